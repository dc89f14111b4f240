"""A case's page at the desk: everything an agent needs to handle it, on one page."""

from typing import Any

from django.core.files.storage import storages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bocage.base.readonly import allow_write
from bocage.cases import archive, printing
from bocage.cases.agent_timeline import full_timeline, next_dates
from bocage.cases.desk_queries import colleagues, scans_of
from bocage.cases.desk_tools.canned import answers_for, filled
from bocage.cases.desk_views.common import agent_of, desk_case, followed_case, scope_of_request
from bocage.cases.desk_views.passing import hands_of
from bocage.cases.engine import available_transitions, evaluate_form, fills_service_part, gives_up
from bocage.cases.engine.ports import PORTS
from bocage.cases.engine.values import display
from bocage.cases.forms import field_parameters
from bocage.cases.issued import issued_with
from bocage.cases.models import CannedAnswer, Case, ScanState, Urgency
from bocage.cases.operations import open_answers, record_answers_read, record_read
from bocage.cases.operations.store import FORWARDED, moment, state_of
from bocage.cases.queries import agent_case, case_by_reference, case_role, signing_post
from bocage.cases.rights import rights_of
from bocage.cases.rows import row_of
from bocage.cases.schema import Transition
from bocage.cases.signature_book import decisions_of, last_proposal
from bocage.cases.signers import asked_of
from bocage.cases.summary import covered, documents_of, parts_of
from bocage.cases.timeline import decision_of
from bocage.cases.views.cases import file_response
from bocage.identity.actors import actor_of
from bocage.identity.queries import substitute_of
from bocage.messaging.queries import deliveries_for
from bocage.territory.queries import today

HIDDEN = "••••••"


def needs_a_page(transition: Transition) -> bool:
    """Whether a button of the workflow asks something first: a reason, fields to correct, a signature."""
    asks = transition.reason != "none" or transition.decision or transition.confirm
    return bool(asks) or any(effect.kind == "ask_correction" for effect in transition.effects)


def moves_of(case: Case, role: str) -> list[dict[str, Any]]:
    """The workflow's buttons for a role, each with the reason why it cannot be pressed now."""
    now = moment(timezone.now())
    found = available_transitions(case.version.document, state_of(case), role, now)
    document = case.version.document
    first = next((item.id for item, blocked in found if not blocked and not gives_up(document, item)), "")
    return [
        {
            "id": item.id,
            "label": item.label,
            "blocked": blocked,
            "page": needs_a_page(item),
            "first": item.id == first,  # one main action on a page, and giving up is never it
        }
        for item, blocked in found
    ]


def _parts(case: Case, revealed: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]], bool]:
    """Answers by step and those of the service; protected ones are covered until they are asked for."""
    document = case.version.document
    form = evaluate_form(
        document,
        open_answers(case.answers),
        moment(timezone.now()),
        agent_answers=open_answers(case.agent_answers),
    )
    hidden = False
    parts = parts_of(case, form)
    service = parts_of(case, form, agents=True)
    for part in (*parts, *service):
        for at, fact in enumerate(part["facts"]):
            if fact["sensitive"] and fact["kind"] != "file" and fact["value"] and not revealed:
                part["facts"][at], hidden = covered(fact, HIDDEN), True
    return parts, service, hidden


def _euros(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100},{cents % 100:02d}"


def _to_settle(case: Case, revealed: bool) -> list[dict[str, Any]]:
    """Appointments and payments of the request, each with what was noted of it."""
    answers = open_answers(case.answers)
    found = [
        field
        for field in case.version.document.by_id.values()
        if field.kind in PORTS and answers.get(field.id) and (revealed or not field.sensitive)
    ]
    return [
        {
            "field": field,
            "words": display(field, answers[field.id]),
            "settled": bool(answers[field.id].get("settled")),
            "due": _euros(answers[field.id].get("due")),
        }
        for field in found
    ]


def agent_fields(case: Case, typed: dict[str, Any], errors: dict[str, str]) -> list[dict[str, Any]]:
    """The service's own fields, as the design system draws them."""
    kept = open_answers(case.agent_answers)
    return [
        field_parameters(
            field,
            typed.get(field.id, kept.get(field.id)),
            error=errors.get(field.id, ""),
            required=False,
            own=False,
        )
        for field in case.version.document.by_id.values()
        if field.agent and field.asks and field.kind != "file"
    ]


def taken_up(request: HttpRequest, canned: list[CannedAnswer], case: Case) -> str:
    """The canned answer that the address takes up, as it reads on this case; empty without one."""
    wanted = next((one for one in canned if str(one.pk) == request.GET.get("texte", "")), None)
    return filled(wanted, case, timezone.now()) if wanted else ""


def show(
    request: HttpRequest,
    case: Case,
    *,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    revealed: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page; ``typed`` and ``errors`` give back what could not be kept."""
    now, account = timezone.now(), agent_of(request)
    day = today(now)
    role = case_role(account, case, day) or "reception"
    document = case.version.document
    parts, service, covered = _parts(case, revealed)
    fills = case.outcome != FORWARDED and fills_service_part(document, case.state, role)
    signing = asked_of(case)
    mates = colleagues(case, day)
    canned = answers_for(case)
    message = taken_up(request, canned, case)
    away = substitute_of(case.assignee, day) if case.assignee else None
    context = {
        "case": case,
        "row": row_of(case, day),
        "state": document.workflow.state(case.state),
        "procedure": case.procedure,
        "parts": parts,
        "covered": covered,
        "to_settle": _to_settle(case, revealed),
        "signers": signing,
        "signs_for": len({one.field for one in signing}) > 1,
        "signatures_waited": not case.outcome and any(not one.signed for one in signing),
        "fields": agent_fields(case, typed or {}, errors or {}) if fills else [],
        "service_facts": [] if fills or role == "follower" else [fact for part in service for fact in part["facts"]],
        "follower": role == "follower",
        **hands_of(case, scope_of_request(request)),
        "moves": moves_of(case, role),
        "dates": next_dates(case),
        "missing": [document.by_id[key].label for key in case.missing if key in document.by_id],
        "documents": documents_of(case),
        "loose": [item for item in scans_of(case) if not item.field],
        "thread": list(case.messages.select_related("author").order_by("id")),
        "notes": list(case.notes.select_related("author").order_by("-id")),
        "deliveries": deliveries_for(case.subject),
        "decision": decision_of(case),
        **rights_of(case, now),
        "issued": issued_with(case, now),
        "proposal": last_proposal(case),
        "preparable": role in {"agent", "manager"} and not case.outcome and bool(decisions_of(case, now)),
        "timeline": full_timeline(case),
        "colleagues": [
            {"value": "", "label": _("Personne")},
            *({"value": str(one.pk), "label": str(one)} for one in mates),
        ],
        "assignee": str(case.assignee_id or ""),
        "urgencies": [{"value": str(one.value), "label": str(one.label).capitalize()} for one in Urgency],
        "urgency": str(case.urgency),
        "mine": case.assignee_id == account.pk,
        "away": away,
        "post": signing_post(account, case, day),
        "canned": canned,
        "typed": {"note": "", "message": message, **(typed or {})},
        "errors": {"note": "", "message": "", "file": "", **(errors or {})},
        "pdf": printing.available(),
    }
    return render(request, "cases/desk/case.html", context, status=status)


@require_safe
@desk_case
def case_page(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Everything of a case."""
    return show(request, case)


@require_POST
@followed_case
def reveal(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Show the protected answers, once: the journal keeps who read them."""
    record_answers_read(case, actor=actor_of(request), now=timezone.now())
    return show(request, case, revealed=True)


@require_safe
@desk_case
def document(request: HttpRequest, case: Case, key: str) -> HttpResponseBase:
    """A document, once the scanner has cleared it; the journal keeps who opened a sensitive one."""
    return serve_document(request, case, key)


@require_POST
@followed_case
def everything(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Its receipt and all its documents in one file; the journal keeps who took the sensitive ones."""
    held, left = archive.held_in(case)
    out = archive.put_together(case, held, left)
    for item in held:
        if item.sensitive:
            record_read(item, actor=actor_of(request), now=timezone.now())
    return archive.response(case, out)


def serve_document(request: HttpRequest, case: Case, key: str) -> HttpResponseBase:
    """The file, or why it cannot be seen yet."""
    found = case.documents.filter(key=key).first()
    if found is None:
        raise Http404
    if found.scan_state != ScanState.CLEAN:
        return render(request, "cases/desk/quarantine.html", {"case": case, "document": found}, status=409)
    if not storages["private"].exists(found.path):
        raise Http404
    if found.sensitive:
        with allow_write("access journal: an agent reads a sensitive document"):
            record_read(found, actor=actor_of(request), now=timezone.now())
    return file_response(found)


@require_safe
def receipt(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The receipt, to print at the counter: for whoever handles the case, and for whoever entered it."""
    account = agent_of(request)
    case = agent_case(account, reference, today(timezone.now()))
    if case is None:
        case = case_by_reference(reference)
        if case is None or case.is_draft or case.entered_by_id != account.pk:
            raise Http404
    if not printing.available():
        return render(request, "cases/print_receipt.html", printing.receipt_context(case))
    response = HttpResponse(printing.receipt(case), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="recepisse-{case.reference}.pdf"'
    return response
