"""Issued documents on the portal: their holder prints them, says that they are lost, asks for another; anyone checks
that one holds."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from bocage.base import ratelimit
from bocage.base.once import key_of
from bocage.cases import issued, printing
from bocage.cases.access import account_of_request, references_opened, remember
from bocage.cases.engine import Refused
from bocage.cases.models import Case, IssuedDocument
from bocage.cases.operations import declare_lost, renew
from bocage.cases.operations.drafts import give_new_code
from bocage.cases.queries import case_role
from bocage.cases.views.guard import case_view, shown_once
from bocage.cases.views.limits import may_print
from bocage.cases.views.procedures import may_start
from bocage.identity.actors import actor_of
from bocage.identity.second_factor import must_set_up
from bocage.territory.queries import territory, today

CHECKS_PER_HOUR = 600  # a busy Saturday at one waste site


def _of(case: Case, number: str) -> IssuedDocument:
    row = issued.by_number(number)
    if row is None or row.case_id != case.pk:
        raise Http404
    return row


@require_GET
@case_view
def document(request: HttpRequest, case: Case, number: str) -> HttpResponse:
    """The document as PDF."""
    row = _of(case, number)
    if issued.standing(row, today(timezone.now())) == "void":
        messages.info(request, _("Ce document n’est plus valable : il ne s’imprime plus."))
        return redirect("case_page", case.reference)
    if not may_print(request):
        return render(request, "cases/too_many.html", status=429)
    return pdf_response(request, row, reverse("case_page", args=[case.reference]))


def pdf_response(request: HttpRequest, row: IssuedDocument, back: str) -> HttpResponse:
    """The PDF; where it cannot be drawn, back to the page with what to do."""
    if not printing.available():
        phone = territory().phone
        text = _("Ce document ne s’imprime pas ici pour le moment. Appelez le %(phone)s : nous vous l’envoyons.")
        messages.warning(request, text % {"phone": phone})
        return redirect(back)
    response = HttpResponse(printing.issued_document(row, timezone.now()), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{row.document}-{row.number}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
@case_view
def lost(request: HttpRequest, case: Case, number: str) -> HttpResponse:
    """Say that it is lost or stolen, after asking."""
    row = _of(case, number)
    here = issued.shown(row, timezone.now())
    if request.method == "POST":
        try:
            declare_lost(row, actor=actor_of(request), now=timezone.now())
        except Refused as refused:
            messages.info(request, refused.message)
        else:
            messages.success(request, _("C’est noté : il n’est plus valable. Vous pouvez en demander un autre."))
        return redirect(reverse("case_page", args=[case.reference]) + "#delivre")
    if not here.losable:
        messages.info(request, _("Ce document n’est déjà plus valable."))
        return redirect("case_page", case.reference)
    return render(request, "cases/issued_lost.html", {"case": case, "shown": here})


@require_POST
@case_view
def again(request: HttpRequest, case: Case, number: str) -> HttpResponse:
    """Begin a request for another document, with the answers of the former one."""
    row, account = _of(case, number), account_of_request(request)
    if not may_start(request, case.contact_email if account is None else ""):
        return render(request, "cases/too_many.html", status=429)
    try:
        made, code = renew(row, actor=actor_of(request), now=timezone.now(), account=account, once=key_of(request))
    except Refused as refused:
        messages.info(request, refused.message)
        return redirect("case_page", case.reference)
    messages.success(request, _("Vos réponses d’avant sont reprises : relisez-les, puis joignez les pièces."))
    if account is None:
        if not code and made.reference in references_opened(request):
            return redirect("case_resume", made.reference)  # pressed again, after the code was shown
        code = code or give_new_code(made, actor=actor_of(request), now=timezone.now())
        remember(request, made)
        request.session["tracking"] = {"reference": made.reference, **shown_once(code)}
        return redirect("case_code", made.reference)
    return redirect("case_resume", made.reference)


@login_not_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Where a number is typed, when its code cannot be read."""
    text = request.GET.get("numero", "")[:40].strip()
    if text and not _may_check(request):
        return render(request, "cases/too_many.html", status=429)
    row = issued.by_number(text) if text else None
    if row is not None:
        return redirect("issued_check", row.number)
    error = _("Aucun document ne porte ce numéro. Vérifiez chaque signe, par exemple K7QF-2M9X-A.") if text else ""
    links = [{"target": "f-numero", "message": error}] if error else []
    context = {"typed": text, "error": error, "links": links}
    return render(request, "cases/issued_find.html", context, status=404 if error else 200)


@login_not_required
@require_safe
def check(request: HttpRequest, number: str) -> HttpResponse:
    """Whether a document holds: what its QR opens. Nothing of its holder, but for agents who handle its case."""
    if not _may_check(request):
        return render(request, "cases/too_many.html", status=429)
    row = issued.by_number(number)
    if row is None:
        return redirect(f"{reverse('issued_find')}?numero={number[:40]}")
    account, day = account_of_request(request), today(timezone.now())
    if account is not None and case_role(account, row.case, day) is not None and not must_set_up(request):
        return redirect("cases_issued", row.number)  # the desk's own page, behind the desk's own door
    context = {"row": row, "told": issued.text_of(row), "standing": issued.standing(row, day), "on": day}
    return render(request, "cases/issued_check.html", context)


def _may_check(request: HttpRequest) -> bool:
    return ratelimit.allow(request, "issued-check", limit=CHECKS_PER_HOUR, per_seconds=3600)
