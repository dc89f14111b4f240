"""One act on several cases of the worklist: choose it, see what it would do, do it, read the report.

Everything is posted, nothing is kept between pages: the cases travel with their revisions.
"""

from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bocage.base.once import key_of
from bocage.cases.desk_queries import colleagues
from bocage.cases.desk_tools.bulk import (
    MANY,
    Act,
    Picked,
    carry_out,
    cases_of,
    preview,
    read_picked,
    transitions_of,
    written,
)
from bocage.cases.desk_tools.canned import PLACEHOLDERS
from bocage.cases.desk_views.common import agent_of, number_of, scope_of_request, text_of
from bocage.cases.desk_views.worklist import filters_of
from bocage.cases.models import CannedAnswer, Case
from bocage.cases.operations.handling import MAX_MESSAGE
from bocage.cases.queries import worklist
from bocage.identity.actors import actor_of
from bocage.identity.models import Account
from bocage.messaging import texts
from bocage.territory.queries import today


def _picked(request: HttpRequest) -> tuple[list[Picked], bool]:
    """The cases ticked, or the first of the whole list; and whether the list held more."""
    if request.POST.get("which") == "all":
        filters = filters_of(dict(parse_qsl(text_of(request, "asked", 1_000))))
        found = worklist(agent_of(request), filters, timezone.now(), scope_of_request(request))
        rows = list(found.values_list("reference", "revision")[: MANY + 1])
        return [Picked(*row) for row in rows[:MANY]], len(rows) > MANY
    picked = read_picked(request.POST.getlist("case"))
    return picked[:MANY], len(picked) > MANY


def _mates(cases: list[Case]) -> dict[str, Account]:
    """Those who may handle at least one of the cases."""
    found: dict[str, Account] = {}
    for case in {(one.service, one.commune_id, one.organisation_id, one.apart): one for one in cases}.values():
        found |= {str(mate.pk): mate for mate in colleagues(case, today(timezone.now()))}
    return dict(sorted(found.items(), key=lambda pair: str(pair[1]))[:200])


def _act(request: HttpRequest, cases: list[Case], mates: dict[str, Account]) -> tuple[Act | None, dict[str, str]]:
    """What is asked, or what is wrong with it, by field."""
    kind = request.POST.get("act", "")
    if kind == "assign":
        wanted = request.POST.get("assignee", "")
        if wanted == "nobody":
            return Act("assign"), {}
        if wanted not in mates:
            return None, {"assignee": _("Choisissez un ou une collègue de la liste.")}
        return Act("assign", assignee=mates[wanted]), {}
    if kind == "message":
        body = text_of(request, "body", 10_000).replace("\r\n", "\n").strip()
        if not body:
            return None, {"body": _("Écrivez votre message.")}
        if len(body) > MAX_MESSAGE:
            return None, {"body": _("Écrivez %(limit)s caractères au plus.") % {"limit": MAX_MESSAGE}}
        try:
            texts.check(body, PLACEHOLDERS)
        except texts.BadText as error:
            return None, {"body": str(error)}
        return Act("message", body=body), {}
    if kind == "move":
        wanted = request.POST.get("transition", "")
        if wanted not in transitions_of(cases):
            return None, {"transition": _("Choisissez une action de la liste.")}
        return Act("move", transition=wanted), {}
    return None, {"act": _("Choisissez ce qu’il faut faire.")}


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """The pages, in turn: choose, preview, report."""
    now, account = timezone.now(), agent_of(request)
    picked, more = _picked(request)
    cases = cases_of(picked, account, now)
    asked = text_of(request, "asked", 1_000)
    if not cases:
        return render(request, "cases/desk/bulk.html", {"nothing": True, "asked": asked}, status=422)
    mates = _mates(cases)
    labels = transitions_of(cases)
    context: dict[str, Any] = {
        "asked": asked,
        "cases": cases,
        "values": [f"{one.reference}.{one.revision}" for one in picked],
        "more": more,
        "limit": MANY,
        "typed": {key: text_of(request, key, 10_000) for key in ("act", "assignee", "body", "transition")},
        "errors": dict.fromkeys(("act", "assignee", "body", "transition"), ""),
        "mates": [{"value": "nobody", "label": _("Personne")}]
        + [{"value": key, "label": str(mate)} for key, mate in mates.items()],
        "transitions": [{"value": key, "label": label} for key, label in labels.items()],
        "canned": CannedAnswer.objects.filter(service__in={case.service for case in cases}).order_by("title", "pk"),
        "placeholders": [f"{{{{ {name} }}}}" for name in PLACEHOLDERS],
    }
    stage = request.POST.get("stage", "")
    if stage == "canned":
        text = context["canned"].filter(pk=number_of(text_of(request, "texte", 9)))
        context["typed"] |= {"act": "message", "body": next((one.body for one in text), context["typed"]["body"])}
    if stage not in {"preview", "do"}:
        return render(request, "cases/desk/bulk.html", context)
    act, errors = _act(request, cases, mates)
    if act is None:
        context["errors"] |= errors
        return render(request, "cases/desk/bulk.html", context | {"wrong": True}, status=422)
    told = {
        "assign": _("Confier à %(name)s") % {"name": act.assignee or _("personne")},
        "message": _("Envoyer un message"),
    }
    context["title"] = told.get(act.kind) or labels[act.transition]
    if stage == "do":
        verdicts = carry_out(
            act, cases, picked, account=account, actor=actor_of(request), now=now, once=key_of(request)
        )
    else:
        verdicts = preview(act, cases, picked, account, now)
    context |= {
        "done": [one for one in verdicts if not one.why],
        "left": [one for one in verdicts if one.why],
        "report": stage == "do",
    }
    if act.kind == "message" and stage != "do" and context["done"]:
        context["sample"] = written(act, context["done"][0].case, now)
    return render(request, "cases/desk/bulk_told.html", context)
