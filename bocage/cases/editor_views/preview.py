"""Trying a draft: as a resident on a telephone or a wide screen, on paper, and as the agents who handle it.

Nothing is written: each page carries what was done (``rehearsal``). What was done once may be kept as a scenario.
"""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bocage.base import pdf
from bocage.cases import printing
from bocage.cases.desk_views.common import number_of, text_of
from bocage.cases.editing import checks, edits
from bocage.cases.editor_views import outline, telling, words
from bocage.cases.editor_views.common import body_of, changed_by, draft_view, fresh
from bocage.cases.editor_views.forms.base import new_id
from bocage.cases.editor_views.rehearsal import A_FILE, Rehearsal, Story
from bocage.cases.engine import Form, Refused
from bocage.cases.forms import error_links, field_parameters, posted_answers, question_parameters
from bocage.cases.models import Procedure, ProcedureDraft
from bocage.cases.operations import Conflict
from bocage.cases.operations.editor import save_draft
from bocage.cases.scenarios.recording import TooLong, record
from bocage.cases.schema import FormField, ProcedureDocument, Step
from bocage.cases.schema_parts import SETTLED
from bocage.identity.actors import actor_of
from bocage.territory.queries import today

CHECK = "check"
ROLES = ("agent", "manager", "reception", "applicant")


def document_of(draft: ProcedureDraft) -> ProcedureDocument | None:
    """The draft as a sound document; None while something keeps it from being one."""
    body = body_of(draft)
    return None if checks.errors(body) else ProcedureDocument.model_validate(body)


def blocked(request: HttpRequest, draft: ProcedureDraft, here: str) -> HttpResponse:
    """The draft cannot be tried yet: what to mend, and where."""
    body = body_of(draft)
    errors = [outline.told(body, issue) for issue in checks.errors(body)]
    return render(request, "cases/desk/editor/blocked.html", {"draft": draft, "errors": errors, "here": here})


@require_http_methods(["GET", "HEAD", "POST"])
@draft_view
def preview(request: HttpRequest, draft: ProcedureDraft) -> HttpResponseBase:
    """The draft in use."""
    document = document_of(draft)
    if document is None:
        return blocked(request, draft, "preview")
    day = today(timezone.now())
    story = Story.unpacked(request.POST.get("story", ""), day) if request.method == "POST" else Story(day)
    play, errors = Rehearsal(document, story), {}
    if request.method == "POST":
        if "_keep" in request.POST:
            kept = _keep(request, draft, play)
            if kept is not None:
                return kept
        errors = _do(request, play)
    return _show(request, draft, play, errors)


def _do(request: HttpRequest, play: Rehearsal) -> dict[str, str]:
    """What the pressed button asks; gives the errors to show."""
    post, story = request.POST, play.story
    if "_restart" in post:
        play.__init__(play.document, Story(today(timezone.now())))  # type: ignore[misc]
    elif "_undo" in post:
        story.acts = story.acts[:-1]
        play.__init__(play.document, replace(story))  # type: ignore[misc]
    elif "_wait" in post:
        days = number_of(post.get("days", ""), 0)
        if not 1 <= days <= 3650:
            return {"days": _("Écrivez un nombre de jours. Exemple : 15")}
        play.do({"do": "wait", "days": days})
    elif "_as" in post:
        story.role = post.get("role", "") if post.get("role", "") in ROLES else ROLES[0]
    elif "press" in post:
        return _press(request, play)
    elif "_settle" in post:
        return _settle(request, play)
    elif "_sign" in post and post["_sign"] in {one.id for one in play.to_sign()}:
        play.do({"do": "sign", "field": post["_sign"]})
        return _refusal(play)
    elif "_answer" in post:
        play.do({"do": "answer", "values": _typed(request, play.document)})
        return _refusal(play)
    elif "_send" in post or "_file" in post:
        play.do({"do": "submit", "values": story.typed, **({"incomplete": True} if "_file" in post else {})})
        return _refusal(play)
    elif "_at" in post:
        story.at = post["_at"][:60]
    elif "_next" in post and play.case.is_draft:
        story.typed = {**story.typed, **_typed(request, play.document)}
        return _go_on(play, set(post.getlist("_shown")))
    elif "_add" in post and play.case.is_draft:  # one more line of what repeats: what was typed stays
        story.typed = {**story.typed, **_typed(request, play.document)}
    return {}


def _refusal(play: Rehearsal) -> dict[str, str]:
    if play.refused is None:
        return {}
    return play.refused.errors or {"": play.refused.message}


def _typed(request: HttpRequest, document: ProcedureDocument) -> dict[str, Any]:
    """Posted answers; a ticked box stands for a document joined."""
    answers, shown = posted_answers(document, request.POST), set(request.POST.getlist("_shown"))
    for field in document.by_id.values():
        if field.kind == "file" and field.id in shown:
            answers[field.id] = [A_FILE] if request.POST.get(field.id) else []
    return answers


def _go_on(play: Rehearsal, shown: set[str]) -> dict[str, str]:
    """To the next page of the form, unless this one has something to mend, or to ask that was not ``shown`` yet."""
    form, at = play.form(), play.story.at
    if not at:
        unanswered = [one for one in play.document.eligibility if one.id in form.missing]
        if unanswered:
            return {one.id: _("Choisissez une réponse à « %(label)s ».") % {"label": one.label} for one in unanswered}
        if form.refused:
            return {}
        play.story.at = form.steps[0].id if form.steps else CHECK
        return {}
    ids = [step.id for step in form.steps]
    if at not in ids:
        play.story.at = ids[0] if ids else CHECK
        return {}
    step = form.steps[ids.index(at)]
    problems = form.problems_of(step)
    asked = {one.id for one in step.fields if one.id in form.visible and not one.agent and one.compute is None}
    new = asked - shown if shown else set()
    if not problems and not new:
        play.story.at = ids[ids.index(at) + 1] if ids.index(at) + 1 < len(ids) else CHECK
    return {key: text for key, text in problems.items() if key not in new}  # asked, as on the portal, not blamed


def _press(request: HttpRequest, play: Rehearsal) -> dict[str, str]:
    button, _colon, role = request.POST["press"][:100].rpartition(":")
    post = request.POST
    play.do(
        {
            "do": "press",
            "button": button,
            "role": role if role in ROLES else "agent",
            "reason": text_of(request, "reason"),
            "message": text_of(request, "message"),
            "fields": [one for one in post.getlist("fields") if one in play.document.by_id],
            "values": {
                key: value for key, value in _typed(request, play.document).items() if value not in ("", [], None)
            },
            "due_days": number_of(post.get("due_days", ""), 15) or 15,
        }
    )
    return _refusal(play)


def _settle(request: HttpRequest, play: Rehearsal) -> dict[str, str]:
    """What is noted at the counter, part by part."""
    key = request.POST["_settle"]
    if key not in {one.id for one in play.to_settle()}:
        return {}
    told = {part: text_of(request, f"{key}.{part}", 200) for part in SETTLED}
    play.do({"do": "settle", "field": key, "told": told})
    return {} if play.refused is None else {f"{key}.on": play.refused.message}


def _keep(request: HttpRequest, draft: ProcedureDraft, play: Rehearsal) -> HttpResponse | None:
    """Keep what was done as a scenario of the draft."""
    title = text_of(request, "title", 120).strip()
    if not title or not play.done:
        messages.warning(request, _("Donnez un nom au scénario. Exemple : Une demande acceptée"))
        return None
    body = body_of(draft)
    key = new_id(title, [str(one.get("id")) for one in body.get("scenarios", ())], "scenario")
    try:
        made = record(play.document, play.done, scenario_id=key, title=title)
        save_draft(
            draft,
            edits.add(body, f"scenarios/{key}", made),
            seen_revision=number_of(request.POST.get("revision", ""), draft.revision),
            actor=actor_of(request),
            now=timezone.now(),
        )
    except TooLong:
        messages.warning(request, _("Cet essai est trop long pour un scénario : gardez-en un plus court."))
    except (ValueError, Refused) as error:
        messages.warning(request, str(error))
    except Conflict:
        messages.warning(request, changed_by(fresh(draft)))
    else:
        messages.success(request, _("Le scénario est gardé. Il sera rejoué avant chaque publication."))
        return redirect("editor_scenario", draft.slug, key)
    return None


# --- Showing --------------------------------------------------------------------------------------------------------
def drawn(field: FormField, form: Form, values: dict[str, Any], error: str) -> dict[str, Any]:
    """A field as the resident sees it; a document is only said to be joined."""
    value = form.values.get(field.id) if field.kind == "computed" else values.get(field.id)
    made = field_parameters(field, value, error=error, required=field.id in form.required, own=False)
    if field.kind == "file":
        made |= {
            "kind": "checkbox",
            "label": _("%(label)s : un document est joint") % {"label": field.label},
            "checked_value": "oui",
            "value": bool(value),
            "files": [],
        }
    return made


def _show(request: HttpRequest, draft: ProcedureDraft, play: Rehearsal, errors: dict[str, str]) -> HttpResponse:
    document, form, story = play.document, play.form(), play.story
    step = next((one for one in form.steps if one.id == story.at), None) if play.case.is_draft else None
    state = next((one for one in document.workflow.states if one.id == play.case.state), None)
    wide = request.GET.get("vue") == "ecran"
    agents = [one for one in document.by_id.values() if one.agent and one.id in form.visible]
    correction = play.case.correction
    context: dict[str, Any] = {
        "draft": draft,
        "document": document,
        "play": play,
        "story": story.packed(),
        "wide": wide,
        "form": form,
        "step": step,
        "at": story.at if play.case.is_draft else "sent",
        "started": bool(story.acts or story.typed or story.at),
        "questions": [
            question_parameters(one, story.typed.get(one.id), errors.get(one.id, "")) for one in document.eligibility
        ],
        "refused": form.refused[0] if form.refused and not story.at else None,
        "links": _links(document, errors),
        "fields": _fields(step, form, story.typed, errors) if step else [],
        "shown": [one.id for one in step.fields if one.id in form.visible and not one.agent] if step else [],
        "question_ids": [one.id for one in document.eligibility],
        "previous": _previous(form, story.at),
        "parts": play.facts() if story.at == CHECK or not play.case.is_draft else [],
        "problems": [*form.errors.values(), *form.forbidden] if story.at == CHECK else [],
        "incomplete": story.at == CHECK and bool(form.missing),
        "state": state,
        "day": play.day,
        "dates": play.dates(),
        "told": list(reversed(play.told)),
        "notices": [notice for one in reversed(play.told) for notice in one.notices],
        "buttons": _buttons(play),
        "role": story.role,
        "agent_fields": [drawn(one, form, dict(play.case.agent_answers), errors.get(one.id, "")) for one in agents],
        "agent_shown": [one.id for one in agents],
        "others": _others(play),
        "roles": [{"value": one, "label": words.PRESSED_BY[one]} for one in ROLES],
        "to_settle": [_to_settle(one, errors, request) for one in play.to_settle()],
        "to_sign": play.to_sign(),
        "corrects": any(item["corrects"] for item in _buttons(play)),
        "ticked": _ticked(play),
        "correctable": [{"value": one.id, "label": one.label} for one in play.correctable()] if state else [],
        "asked": [
            drawn(document.by_id[key], form, dict(play.case.answers), errors.get(key, ""))
            for key in (correction.fields if correction else ())
            if key in document.by_id
        ],
        "correction": correction,
        "days_error": errors.get("days", ""),
    }
    return render(request, "cases/desk/editor/preview.html", context, status=422 if errors else 200)


def _links(document: ProcedureDocument, errors: dict[str, str]) -> list[dict[str, str]]:
    """The errors, each with the control to go to; those of what is settled are at the counter's form."""
    settled = {key: text for key, text in errors.items() if "." in key and key.rpartition(".")[2] in SETTLED}
    found = error_links(document, {key: text for key, text in errors.items() if key not in settled})
    return found + [{"target": f"f-{key.replace('.', '-')}", "message": text} for key, text in settled.items()]


def _fields(step: Step, form: Form, typed: dict[str, Any], errors: dict[str, str]) -> list[dict[str, Any]]:
    visible = [one for one in step.fields if one.id in form.visible and not one.agent]
    return [drawn(one, form, typed, errors.get(one.id, "")) for one in visible]


def _previous(form: Form, at: str) -> str:
    ids = ["", *(step.id for step in form.steps), CHECK]
    return ids[ids.index(at) - 1] if at in ids and ids.index(at) else ""


def _buttons(play: Rehearsal) -> list[dict[str, Any]]:
    """The buttons of the state that the role tried may press."""
    if play.case.is_draft:
        return []
    names = {state.id: state.label for state in play.document.workflow.states}
    return [
        {
            "label": item.label,
            "press": f"{item.id}:{play.story.role}",
            "to": names.get(item.target, item.target),
            "roles": telling.roles({"roles": item.roles}),
            "reason": item.reason,
            "corrects": any(effect.kind == "ask_correction" for effect in item.effects),
        }
        for item in play.document.workflow.transitions
        if play.case.state in item.sources and play.story.role in item.roles
    ]


def _ticked(play: Rehearsal) -> list[str]:
    """What the buttons of the state tick to begin with, for the role tried."""
    return [
        key
        for item in play.document.workflow.transitions
        if play.case.state in item.sources and play.story.role in item.roles
        for effect in item.effects
        for key in effect.fields
    ]


def _others(play: Rehearsal) -> list[str]:
    """The buttons of the state that others press: their words, and who."""
    return [
        _("%(label)s (%(roles)s)") % {"label": item.label, "roles": telling.roles({"roles": item.roles})}
        for item in play.document.workflow.transitions
        if play.case.state in item.sources and play.story.role not in item.roles and set(item.roles) - {"system"}
    ]


def _to_settle(field: FormField, errors: dict[str, str], request: HttpRequest) -> dict[str, Any]:
    """An appointment or a payment, with the controls that settle it."""
    told = {
        "on": ("date", _("Jour"), _("Exemple : 31/03/2026")),
        "at": ("text", _("Heure"), _("Exemple : 14 h 30")),
        "where": ("text", _("Lieu"), _("Exemple : Mairie")),
        "paid": ("text", _("Somme payée, en euros"), _("Exemple : 20")),
        "reference": ("text", _("Quittance"), _("Exemple : Q-12")),
    }
    parts = ("on", "at", "where") if field.kind == "appointment" else ("on", "paid", "reference")
    controls = [
        {
            "id": f"f-{field.id}-{part}",
            "name": f"{field.id}.{part}",
            "kind": told[part][0],
            "label": told[part][1],
            "hint": told[part][2],
            "value": request.POST.get(f"{field.id}.{part}", "") if f"{field.id}.on" in errors else "",
            "error": errors.get(f"{field.id}.{part}", ""),
            "required": part not in {"where", "reference"},
        }
        for part in parts
    ]
    return {"field": field, "controls": controls}


@require_safe
@draft_view
def paper(request: HttpRequest, draft: ProcedureDraft) -> HttpResponseBase:
    """The blank form as it will be printed; ``?pdf=1``: as a PDF."""
    document = document_of(draft)
    if document is None:
        return blocked(request, draft, "preview")
    stand_in = Procedure(slug=draft.slug, title=document.title, summary=document.summary)
    context = printing.blank_form_context(stand_in, document)
    if request.GET.get("pdf") and printing.available():
        made = pdf.render("cases/pdf/blank_form.html", context, css=printing.CSS)
        response = HttpResponse(made, content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{draft.slug}-essai.pdf"'
        return response
    shown = {**context, "draft": draft, "pdf": printing.available()}
    return render(request, "cases/desk/editor/paper.html", shown)
