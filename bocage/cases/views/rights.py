"""What someone may ask for once a decision is taken: an attestation, the reasons, the rules applied. POST only."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bocage.cases.engine import Refused
from bocage.cases.models import Case
from bocage.cases.operations import Conflict, ask_reasons, issue_attestation, send_rules
from bocage.cases.views.guard import CHANGED, case_view
from bocage.cases.views.limits import may_print
from bocage.identity.actors import actor_of


@require_POST
@case_view
def case_attestation(request: HttpRequest, case: Case) -> HttpResponseBase:
    """The attestation of an implied acceptance (CRPA L232-3): made at the first request, the same one afterwards."""
    if not may_print(request):
        return render(request, "cases/too_many.html", status=429)
    try:
        document = issue_attestation(case, actor=actor_of(request), now=timezone.now())
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("case_page", case.reference)
    if document is None:
        messages.success(request, _("Votre attestation vous est envoyée."))
    else:
        messages.success(request, _("Votre attestation est dans « Mes documents », et elle vous est envoyée."))
    return redirect("case_page", case.reference)


@require_POST
@case_view
def case_ask_reasons(request: HttpRequest, case: Case) -> HttpResponse:
    """Ask for the reasons of an implied rejection (CRPA L232-4)."""
    try:
        ask_reasons(case, actor=actor_of(request), now=timezone.now())
    except Refused as refused:
        messages.error(request, refused.message)
    except Conflict:
        messages.warning(request, CHANGED)
    else:
        messages.success(request, _("Votre demande de motifs est enregistrée : le service a un mois pour y répondre."))
    return redirect("case_page", case.reference)


@require_POST
@case_view
def case_ask_rules(request: HttpRequest, case: Case) -> HttpResponse:
    """Ask how a rule or a score served the decision (CRPA L311-3-1)."""
    try:
        send_rules(case, actor=actor_of(request), now=timezone.now())
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Les règles appliquées à votre demande vous sont envoyées."))
    return redirect("case_page", case.reference)
