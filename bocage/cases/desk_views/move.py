"""Pressing a button of the workflow: at once, or through a page that asks for a reason, fields, a signature."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.cases.desk_tools.canned import answers_for
from bocage.cases.desk_views.common import CHANGED, agent_of, desk_case, number_of, seen_revision, text_of
from bocage.cases.desk_views.page import needs_a_page, taken_up
from bocage.cases.engine import Refused, available_transitions, evaluate_form, may_press, needs_reason
from bocage.cases.models import Case
from bocage.cases.notices import recipient_of
from bocage.cases.operations import Conflict, move_case, open_answers
from bocage.cases.operations.store import moment, state_of
from bocage.cases.preview import preview
from bocage.cases.queries import case_by_reference, case_role, signing_post
from bocage.cases.schema import ProcedureDocument, Transition
from bocage.identity.actors import actor_of
from bocage.messaging.recipients import is_mobile
from bocage.territory.queries import today

DAYS = 15
ASKED = ("reason", "message", "fields", "days")


def _transition(case: Case, key: str, role: str) -> tuple[Transition, str]:
    """The button, and why it cannot be pressed; Http404 for one this role never sees."""
    now = moment(timezone.now())
    for item, blocked in available_transitions(case.version.document, state_of(case), role, now):
        if item.id == key:
            return item, blocked
    known = any(item.id == key and may_press(item, role) for item in case.version.document.workflow.transitions)
    if not known:
        raise Http404
    text = _("Le dossier a changé entre-temps : cette action n’est plus possible. Relisez le dossier.")
    return case.version.document.workflow.transition(key), text


def _correctable(case: Case, document: ProcedureDocument) -> list[dict[str, Any]]:
    """The fields that can be pointed at, by step: the visible ones that the applicant answers."""
    form = evaluate_form(
        document,
        open_answers(case.answers),
        moment(timezone.now()),
        agent_answers=open_answers(case.agent_answers),
    )
    steps = []
    for step in form.steps:
        fields = [
            {"value": field.id, "label": field.label}
            for field in step.fields
            if field.id in form.visible and field.asks and not field.agent
        ]
        if fields:
            steps.append({"title": step.title, "fields": fields})
    return steps


def _ticked(case: Case, item: Transition) -> list[str]:
    """What a correction asks for unless the agent changes it: what is missing, and what the button names."""
    named = [key for effect in item.effects for key in effect.fields]
    return list(dict.fromkeys([*case.missing, *named]))


@require_http_methods(["GET", "HEAD", "POST"])
@desk_case
def move(request: HttpRequest, case: Case, transition: str) -> HttpResponseBase:
    """A button of the workflow."""
    now, account = timezone.now(), agent_of(request)
    role = case_role(account, case, today(now)) or "reception"
    item, blocked = _transition(case, transition, role)
    typed: dict[str, Any] = {
        "reason": text_of(request, "reason"),
        "message": text_of(request, "message"),
        "days": text_of(request, "days", 4) or str(DAYS),
        "fields": request.POST.getlist("fields")[:200] if request.method == "POST" else _ticked(case, item),
    }
    if request.method != "POST":
        typed["message"] = taken_up(request, answers_for(case), case)
        return _ask(request, case, item, typed, blocked=blocked)
    if not seen_revision(request, case):
        messages.warning(request, CHANGED)
        return _ask(request, case, item, typed, blocked=blocked, status=409)
    errors: dict[str, str] = {}
    days = number_of(typed["days"], -1)
    corrects = any(effect.kind == "ask_correction" for effect in item.effects)
    if corrects and not 1 <= days <= 365:
        errors["days"] = _("Indiquez un nombre de jours entre 1 et 365. Exemple : 15")
    if not errors:
        try:
            move_case(
                case,
                transition,
                agent=account,
                actor=actor_of(request),
                now=now,
                reason=typed["reason"],
                fields=tuple(typed["fields"]),
                message=typed["message"],
                due_days=days,
            )
        except Refused as refused:
            errors = refused.errors or {"": refused.message}
        except Conflict:
            messages.warning(request, CHANGED)
            fresh = case_by_reference(case.reference)
            assert fresh is not None
            item, blocked = _transition(fresh, transition, role)
            return _ask(request, fresh, item, typed, blocked=blocked, status=409)
        else:
            state = case.version.document.workflow.state(case.state)
            messages.success(request, _("C’est fait. Le dossier est : %(state)s.") % {"state": state.label})
            return redirect("cases_desk", case.reference)
    return _ask(request, case, item, typed, blocked=blocked, errors=errors, status=422)


def _ask(
    request: HttpRequest,
    case: Case,
    item: Transition,
    typed: dict[str, Any],
    *,
    blocked: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    account, document = agent_of(request), case.version.document
    corrects = any(effect.kind == "ask_correction" for effect in item.effects)
    post = signing_post(account, case, today(timezone.now()))
    errors = errors or {}
    told = recipient_of(case, timezone.now())
    ways = [word for word, way in ((_("courriel"), told.email), (_("SMS"), is_mobile(told.phone))) if way]
    context = {
        "case": case,
        "procedure": case.procedure,
        "item": item,
        "typed": typed,
        "blocked": blocked,
        "errors": {"reason": "", "message": "", "fields": "", "days": "", **errors},
        "links": [{"target": f"f-{key}" if key in ASKED else "", "message": errors[key]} for key in errors],
        "corrects": corrects,
        "canned": answers_for(case) if corrects else [],
        "asks_reason": "required" if needs_reason(document, item) else item.reason,
        "steps": _correctable(case, document) if corrects else [],
        "missing": [document.by_id[key].label for key in case.missing if key in document.by_id],
        "post": post,
        "signer": account,
        "preview": [] if corrects else preview(case, item, typed["reason"], timezone.now()),
        "ways": ", ".join(ways) or _("courrier"),
        "plain": not needs_a_page(item),
        "care": document.workflow.state(item.target).outcome in {"rejected", "withdrawn"},
    }
    return render(request, "cases/desk/move.html", context, status=status)
