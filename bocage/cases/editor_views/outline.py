"""A draft at a glance: everything it holds, in order, in words, with what is wrong and the way to each part."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from bocage.cases.editing import conditions
from bocage.cases.editing.checks import Issue, errors, issues
from bocage.cases.editing.places import ALONE
from bocage.cases.editor_views import registry, telling
from bocage.cases.editor_views.common import body_of, draft_view
from bocage.cases.editor_views.forms.base import ItemForm
from bocage.cases.engine.form import named
from bocage.cases.models import ProcedureDraft
from bocage.cases.operations.effects import known_effects
from bocage.identity import staff

Item = dict[str, Any]


def anchor(place: str) -> str:
    """Where a part stands in the outline's page."""
    return "p-" + place.replace("/", "-")


def issues_of(body: Item) -> list[Issue]:
    """What is wrong or unwise, errors first."""
    return issues(body, effects=known_effects())


def is_at(where: str, place: str, kind: str) -> bool:
    """Whether an issue is about what stands at a place (a step's page does not repeat those of its questions)."""
    if kind == "steps":
        return where == place
    return where == place or where.startswith(f"{place}/")


def way_to(where: str) -> str:
    """The nearest place that has a page, for an issue."""
    parts = where.split("/")
    while parts:
        candidate = "/".join(parts)
        try:
            registry.kind_of(candidate)
        except ValueError:
            parts.pop()
            continue
        return candidate
    return "settings"


def told(body: Item, issue: Issue) -> Item:
    """An issue where it is listed with others: it names what it is about, and leads there."""
    place = way_to(issue.place)
    try:
        title = registry.title_of(place, registry.edits.get(body, place)) if place not in ALONE else ""
    except ValueError:
        title = ""
    return {
        "level": issue.level,
        "place": place,
        "message": named(title, issue.text) if title and not issue.text.startswith("«") else issue.text,
    }


def fields_of(body: Item, place: str) -> list[Item]:
    """The questions of a step, or of lines that repeat, ready to be listed."""
    names = conditions.names_of(body)
    holder = registry.edits.get(body, place)
    fields = holder.get("fields", ())
    return [
        {
            "place": f"{place}/fields/{field.get('id')}",
            "anchor": anchor(f"{place}/fields/{field.get('id')}"),
            "label": field.get("label") or field.get("id"),
            "kind": telling.field_kind(field),
            "badges": telling.field_badges(field),
            "show": conditions.told(field.get("show"), names),
            "compute": telling.calculation(field["compute"], body) if field.get("compute") is not None else "",
            "fields": [telling.field_kind(one) and one.get("label") for one in field.get("fields") or ()],
            "first": number == 0,
            "last": number == len(fields) - 1,
        }
        for number, field in enumerate(fields)
    ]


def other_steps(body: Item, place: str) -> list[Item]:
    """The steps where a question could go."""
    here = place.split("/")[1]
    return [
        {"value": step["id"], "label": step.get("title") or step["id"]}
        for step in body.get("steps", ())
        if step.get("id") != here
    ]


def uses(body: Item, place: str) -> list[Item]:
    """The other parts that speak of an item: what would be left without it."""
    if place in ALONE or place.startswith("rules/"):
        return []
    try:
        after = registry.edits.remove(body, place)
    except ValueError:
        return []
    before = {(issue.place, issue.text) for issue in errors(body)}
    found = [issue for issue in errors(after) if (issue.place, issue.text) not in before]
    return [told(after, issue) for issue in found][:20]


def facts_of(form: ItemForm) -> list[Item]:
    """What a form holds, as facts to read: what a colleague left there."""
    found = []
    for bound in form:
        value = bound.value()
        options = dict(getattr(bound.field, "choices", ()) or ())
        chosen = value if isinstance(value, list | tuple) else [value]
        told = ", ".join(str(options.get(one, one)) for one in chosen if one not in (None, "", False))
        if value is True:
            told = _("oui")
        found.append({"label": bound.label, "value": told or "–"})
    for rows in form.rows.values():
        lines = [
            ", ".join(value.replace(conditions.SEVERAL, ", ") for value in row.values.values() if value)
            for row in rows.filled()
        ]
        found.append({"label": rows.title, "value": " ; ".join(lines) or "–"})
    return found


def _step_rows(body: Item) -> list[Item]:
    names, steps = conditions.names_of(body), body.get("steps", ())
    return [
        {
            "place": f"steps/{step.get('id')}",
            "anchor": anchor(f"steps/{step.get('id')}"),
            "title": step.get("title") or step.get("id"),
            "show": conditions.told(step.get("show"), names),
            "fields": fields_of(body, f"steps/{step.get('id')}"),
            "first": number == 0,
            "last": number == len(steps) - 1,
            "number": number + 1,
        }
        for number, step in enumerate(steps)
    ]


def _question_rows(body: Item) -> list[Item]:
    names, questions = conditions.names_of(body), body.get("eligibility", ())
    return [
        {
            "place": f"eligibility/{one.get('id')}",
            "anchor": anchor(f"eligibility/{one.get('id')}"),
            "label": one.get("label"),
            "refuse": conditions.told(one.get("refuse"), names),
            "first": number == 0,
            "last": number == len(questions) - 1,
        }
        for number, one in enumerate(questions)
    ]


def _rule_rows(body: Item) -> list[Item]:
    names, rules = conditions.names_of(body), body.get("rules", ())
    return [
        {
            "place": f"rules/{number}",
            "anchor": anchor(f"rules/{number}"),
            "when": conditions.told(rule.get("when"), names),
            "then": conditions.consequence(rule, names),
            "first": number == 0,
            "last": number == len(rules) - 1,
        }
        for number, rule in enumerate(rules)
    ]


def flow_of(body: Item) -> list[Item]:
    """The workflow as a list to read: each state, then its buttons and where they lead."""
    flow, names = body.get("workflow", {}), conditions.names_of(body)
    states, transitions = flow.get("states", ()), flow.get("transitions", ())
    labels = {str(state.get("id")): str(state.get("label") or state.get("id")) for state in states}
    told: list[Item] = []
    for number, state in enumerate(states):
        buttons = [
            {
                "place": f"workflow/transitions/{item.get('id')}",
                "anchor": anchor(f"workflow/transitions/{item.get('id')}"),
                "named": state.get("id") == (item.get("sources") or [""])[0],
                "label": item.get("label") or item.get("id"),
                "to": labels.get(str(item.get("target")), str(item.get("target"))),
                "to_anchor": anchor(f"workflow/states/{item.get('target')}"),
                "roles": telling.roles(item),
                "auto": "system" in (item.get("roles") or ()),
                "decision": bool(item.get("decision")),
                "guard": conditions.told(item.get("guard"), names),
                "effects": [telling.effect(one, body) for one in item.get("effects", ())],
            }
            for item in transitions
            if state.get("id") in (item.get("sources") or ())
        ]
        told.append(
            {
                "place": f"workflow/states/{state.get('id')}",
                "anchor": anchor(f"workflow/states/{state.get('id')}"),
                "label": labels[str(state.get("id"))],
                "public": state.get("public"),
                "initial": state.get("id") == flow.get("initial"),
                "outcome": state.get("outcome", ""),
                "waiting_for": state.get("waiting_for", "agent"),
                "buttons": buttons,
                "first": number == 0,
                "last": number == len(states) - 1,
            }
        )
    return told


def _notice_rows(body: Item) -> list[Item]:
    used = {
        effect.get("notice")
        for item in body.get("workflow", {}).get("transitions", ())
        for effect in item.get("effects", ())
    } | {"receipt", "correction"}
    return [
        {
            "place": f"notices/{key}",
            "anchor": anchor(f"notices/{key}"),
            "name": registry.title_of(f"notices/{key}", notice),
            "title": notice.get("title"),
            "idle": key not in used,
        }
        for key, notice in body.get("notices", {}).items()
    ]


def _document_rows(body: Item) -> list[Item]:
    issued = {
        effect.get("document")
        for item in body.get("workflow", {}).get("transitions", ())
        for effect in item.get("effects", ())
        if effect.get("kind") == "issue_document"
    }
    return [
        {
            "place": f"documents/{key}",
            "anchor": anchor(f"documents/{key}"),
            "title": told.get("title") or key,
            "validity": telling.validity(told),
            "idle": key not in issued,
        }
        for key, told in body.get("documents", {}).items()
    ]


def _silence(body: Item) -> str:
    silence = body.get("silence") or {}
    months = silence.get("months", 2)
    if silence.get("effect") == "accept":
        return _("Sans réponse au bout de %(months)s mois, la demande est acceptée.") % {"months": months}
    if silence.get("effect") == "reject":
        return _("Sans réponse au bout de %(months)s mois, la demande est refusée.") % {"months": months}
    return _("Le silence ne décide pas.")


@require_safe
@draft_view
def outline(request: HttpRequest, draft: ProcedureDraft) -> HttpResponseBase:
    """The whole draft."""
    return render(request, "cases/desk/editor/outline.html", outline_context(draft))


def outline_context(draft: ProcedureDraft) -> Item:
    """What the outline's page shows."""
    body = body_of(draft)
    found = [told(body, one) for one in issues_of(body)]
    warnings = [one for one in found if one["level"] != "error"]
    return {
        "draft": draft,
        "version": draft.procedure.current if draft.procedure else None,
        "body": body,
        "service_label": staff.services().get(draft.service, draft.service),
        "silence": _silence(body),
        "errors": [one for one in found if one["level"] == "error"],
        "warnings": warnings,
        "warnings_title": ngettext("%(count)s conseil", "%(count)s conseils", len(warnings)) % {"count": len(warnings)},
        "questions": _question_rows(body),
        "steps": _step_rows(body),
        "rules": _rule_rows(body),
        "states": flow_of(body),
        "notices": _notice_rows(body),
        "documents": _document_rows(body),
        "listed": telling.public_list(body),
        "listed_anchor": anchor("public_list"),
        "tables": [
            {
                "place": f"tables/{name}",
                "name": name,
                "anchor": anchor(f"tables/{name}"),
                "count": len(table.get("rows", {})),
            }
            for name, table in body.get("tables", {}).items()
        ],
        "scenarios": [
            {"place": f"scenarios/{one.get('id')}", "id": one.get("id"), "title": one.get("title") or one.get("id")}
            for one in body.get("scenarios", ())
        ],
    }
