"""A filed case as its applicant sees it: where it stands, what to answer, what to keep."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.files.storage import storages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bocage.base.once import key_of
from bocage.base.readonly import allow_write
from bocage.cases import archive, printing, satisfaction
from bocage.cases.access import account_of_request
from bocage.cases.engine import Refused, evaluate_form, withdrawal
from bocage.cases.engine.signatures import signers
from bocage.cases.entrusting import handler_of
from bocage.cases.forms import shown_values
from bocage.cases.issued import issued_on
from bocage.cases.models import Case, ScanState
from bocage.cases.operations import (
    Conflict,
    claim_draft,
    open_answers,
    record_read,
    send_message,
    withdraw_case,
)
from bocage.cases.operations.store import moment
from bocage.cases.rights import rights_of
from bocage.cases.summary import documents_of, parts_of
from bocage.cases.timeline import decision_of, history, history_items, latest_timeline, public_timeline
from bocage.cases.views.guard import CHANGED, case_view, drop_stash, take_stash
from bocage.cases.views.limits import may_print, may_write
from bocage.identity.actors import actor_of
from bocage.messaging.models import Delivery, Letter
from bocage.messaging.queries import deliveries_for
from bocage.territory.queries import is_enabled

INLINE = {"application/pdf", "image/jpeg", "image/png"}
MESSAGES_SHOWN = 15  # the latest; the others are a link away
HISTORY_PAGE = 40  # events


@require_GET
@case_view
def case_page(request: HttpRequest, case: Case) -> HttpResponse:
    """Where it stands, what comes next, the messages, the answers, the documents."""
    if case.is_draft:
        return redirect("case_resume", case.reference)
    return _page(request, case, typed=(take_stash(request) or {}).get("message", [""])[0])


def _page(request: HttpRequest, case: Case, *, typed: str = "", error: str = "", status: int = 200) -> HttpResponse:
    """The page; ``typed`` and ``error`` give back a message that could not be sent."""
    document = case.version.document
    agents = open_answers(case.agent_answers)  # some of the applicant's fields are shown by what the service fills in
    form = evaluate_form(document, open_answers(case.answers), moment(timezone.now()), agent_answers=agents)
    state = document.workflow.state(case.state)
    timeline, before = latest_timeline(case, timezone.now())
    context = {
        "case": case,
        "procedure": case.procedure,
        "document": document,
        "state": state,
        "timeline": timeline,
        "before": before,
        "parts": parts_of(case, form),
        "documents": documents_of(case),
        **_thread(case),
        "decision": decision_of(case),
        **rights_of(case, timezone.now()),
        "issued": issued_on(case, timezone.now()),
        "withdrawable": not case.outcome and withdrawal(document, case.state) is not None,
        "typed": typed,
        "error": error,
        "links": [{"target": "f-message", "message": error}] if error else [],
        "opinion": satisfaction.path_for(case) if satisfaction.asks(case) and not satisfaction.answered(case) else "",
        "claimable": _claimable(request, case),
        "repeatable": case.procedure.is_open and is_enabled(case.procedure.service),
        "unsigned": []
        if case.outcome
        else [row["name"] for _field, row in signers(document, form.values) if "signed_at" not in row],
        "handler": handler_of(case) if case.agreement_id is not None else None,
    }
    return render(request, "cases/case.html", context, status=status)


def _claimable(request: HttpRequest, case: Case) -> bool:
    """Whether « Garder dans mon espace » changes anything: what one asked for oneself is there already."""
    account = account_of_request(request)
    if account is None or case.account_id is not None:
        return False
    return case.applicant_id is None or case.applicant_id != account.person_id


def _thread(case: Case) -> dict[str, Any]:
    """The latest messages of a case, oldest first, and how many came before."""
    found = list(case.messages.order_by("-id")[:MESSAGES_SHOWN])
    earlier = 0 if len(found) < MESSAGES_SHOWN else case.messages.count() - len(found)
    return {"thread": found[::-1], "earlier": earlier}


@require_GET
@case_view
def case_history(request: HttpRequest, case: Case) -> HttpResponse:
    """All that happened, messages included, latest first, page by page."""
    if case.is_draft:
        return redirect("case_resume", case.reference)
    page = Paginator(history(case), HISTORY_PAGE).get_page(request.GET.get("page"))
    context = {"case": case, "procedure": case.procedure, "page": page, "items": history_items(case, page)}
    return render(request, "cases/history.html", context)


@require_GET
@case_view
def case_sent(request: HttpRequest, case: Case) -> HttpResponse:
    """The receipt on screen, once it is sent."""
    if case.is_draft:
        return redirect("case_resume", case.reference)
    return render(request, "cases/sent.html", {"case": case, **printing.receipt_context(case)})


@require_GET
@case_view
def case_receipt(request: HttpRequest, case: Case) -> HttpResponse:
    """The receipt as PDF; where PDF is off, as a page to print."""
    if case.is_draft:
        raise Http404
    if not printing.available():
        return render(request, "cases/print_receipt.html", printing.receipt_context(case))
    if not may_print(request):
        return render(request, "cases/too_many.html", status=429)
    response = HttpResponse(printing.receipt(case), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="recepisse-{case.reference}.pdf"'
    return response


@require_GET
@case_view
def case_document(request: HttpRequest, case: Case, key: str) -> HttpResponseBase:
    """A document, once the scanner has cleared it; reads of sensitive ones are journaled."""
    document = case.documents.filter(key=key).first()
    if document is None:
        raise Http404
    if document.scan_state != ScanState.CLEAN:
        return render(request, "cases/quarantine.html", {"case": case, "document": document}, status=409)
    if not storages["private"].exists(document.path):
        raise Http404
    if document.sensitive:
        with allow_write("access journal: a sensitive document is read"):
            record_read(document, actor=actor_of(request), now=timezone.now())
    return file_response(document)


def file_response(document: Any) -> FileResponse:
    """The file itself, never sniffed, never framed, shown in place only where that is safe."""
    response = FileResponse(
        storages["private"].open(document.path),
        content_type=document.content_type,
        as_attachment=document.content_type not in INLINE,
        filename=document.name,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
@case_view
def case_everything(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Everything of the case in one archive: answers, messages, notices and letters, documents, receipt."""
    if not may_print(request):
        return render(request, "cases/too_many.html", status=429)
    document = case.version.document
    form = evaluate_form(document, shown_values(case), moment(timezone.now()))
    told = {
        "reference": case.reference,
        "procedure": case.procedure.title,
        "parts": [{"title": part["title"], "facts": part["facts"]} for part in parts_of(case, form)],
        "to_correct": [  # typed in a draft, and not understood yet
            {"label": document.by_id[key].label, "value": value}
            for key, value in open_answers(case.pending).items()
            if key in document.by_id
        ],
        "messages": [
            {"at": item.at.isoformat(), "from": "service" if item.from_agent else "vous", "body": item.body}
            for item in case.messages.order_by("id")
        ],
        "timeline": public_timeline(case, timezone.now()) if not case.is_draft else [],
    }
    sent = deliveries_for(case.subject) if not case.is_draft else []
    told["notices"] = [_notice(one.delivery, one.sentence) for one in sent]
    held, left = archive.held_in(case)
    out = archive.put_together(case, held, left, told=told, letters=_letters(one.delivery for one in sent))
    with allow_write("access journal: sensitive documents are downloaded"):
        for item in held:
            if item.sensitive:
                record_read(item, actor=actor_of(request), now=timezone.now())
    return archive.response(case, out)


def _notice(delivery: Delivery, sentence: str) -> dict[str, Any]:
    notice = delivery.notice
    return {
        "at": notice.created_at.isoformat(),
        "title": notice.title,
        "body": notice.body,
        "remedies": notice.remedies,
        "sent": sentence,
    }


def _letters(deliveries: Iterable[Delivery]) -> Iterable[tuple[str, str]]:
    """The letters drawn and still kept: their names in an archive and their paths."""
    for delivery in deliveries:
        letter: Letter | None = getattr(delivery, "letter", None)
        if letter is not None and letter.pdf and storages["private"].exists(letter.pdf):
            yield f"courriers/{letter.reference}.pdf", letter.pdf


@require_POST
@case_view
def case_message(request: HttpRequest, case: Case) -> HttpResponse:
    """Write to the service."""
    account = request.user if request.user.is_authenticated else None
    if not may_write(request):
        text = _("Vous avez écrit beaucoup de messages en peu de temps. Le vôtre est gardé : envoyez-le plus tard.")
        return _page(request, case, typed=request.POST.get("message", ""), error=text, status=429)
    try:
        send_message(
            case,
            request.POST.get("message", ""),
            from_agent=False,
            author=account,
            actor=actor_of(request),
            now=timezone.now(),
            once=key_of(request),
        )
    except Refused as refused:
        if case.is_draft:
            return redirect("case_resume", case.reference)
        return _page(request, case, typed=request.POST.get("message", ""), error=refused.message, status=422)
    drop_stash(request)
    messages.success(request, _("Votre message est envoyé au service."))
    return redirect(f"{reverse('case_page', args=[case.reference])}#messages")


@require_POST
@case_view
def case_claim(request: HttpRequest, case: Case) -> HttpResponse:
    """Keep in one's account a request that was begun without one."""
    account = account_of_request(request)
    if account is None:
        raise Http404
    try:
        claim_draft(case, account, actor=actor_of(request), now=timezone.now())
    except Conflict:
        messages.warning(request, CHANGED)
    else:
        messages.success(request, _("Cette demande est maintenant dans votre espace."))
    return redirect("case_page", case.reference)


@require_http_methods(["GET", "POST"])
@case_view
def case_withdraw(request: HttpRequest, case: Case) -> HttpResponse:
    """Give up, after asking."""
    if withdrawal(case.version.document, case.state) is None:
        messages.info(request, _("Cette demande ne peut plus être retirée. Appelez le service pour en parler."))
        return redirect("case_page", case.reference)
    if request.method == "GET":
        return render(request, "cases/withdraw.html", {"case": case, "procedure": case.procedure})
    try:
        withdraw_case(case, actor=actor_of(request), now=timezone.now(), reason=request.POST.get("reason", "")[:1000])
    except Refused as refused:
        messages.error(request, refused.message)
    except Conflict:
        messages.warning(request, CHANGED)
    else:
        messages.success(request, _("Votre demande est retirée."))
    return redirect("case_page", case.reference)
