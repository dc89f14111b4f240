"""A draft left for later: how to come back, its link by e-mail, kept longer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bocage.base.dates import french_date
from bocage.base.once import key_of
from bocage.cases.engine import Refused
from bocage.cases.engine.fields import FieldError, clean
from bocage.cases.models import Case
from bocage.cases.operations import Conflict
from bocage.cases.operations.waiting import keep_longer, send_link
from bocage.cases.queries import ends_on
from bocage.cases.views.guard import CHANGED, case_view
from bocage.cases.views.limits import EMAIL, may_mail
from bocage.identity.actors import actor_of
from bocage.messaging.recipients import BadRecipient, checked_email
from bocage.territory.queries import today


@require_GET
@case_view
def case_saved(request: HttpRequest, case: Case) -> HttpResponse:
    """« Enregistré » : how to come back."""
    return _page(request, case)


def _page(request: HttpRequest, case: Case, *, typed: str = "", error: str = "") -> HttpResponse:
    if not case.is_draft:
        return redirect("case_page", case.reference)
    days, until = case.version.document.draft_days, ends_on(case)
    context = {
        "case": case,
        "procedure": case.procedure,
        "days": days,
        "until": until,
        "keepable": (until - today(timezone.now())).days < days,
        "mailable": case.account_id is None,
        "typed": typed,
        "error": error,
        "links": [{"target": "f-email", "message": error}] if error else [],
    }
    return render(request, "cases/saved.html", context, status=422 if error else 200)


@require_POST
@case_view
def case_keep(request: HttpRequest, case: Case) -> HttpResponse:
    """« Garder plus longtemps »."""
    try:
        until = keep_longer(case, actor=actor_of(request), now=timezone.now())
    except Refused as refused:
        messages.info(request, refused.message)
        return redirect("case_page", case.reference)
    except Conflict:
        messages.warning(request, CHANGED)
    else:
        messages.success(request, _("Votre brouillon est gardé jusqu’au %(date)s.") % {"date": french_date(until)})
    return redirect("case_saved", case.reference)


@require_POST
@case_view
def case_link(request: HttpRequest, case: Case) -> HttpResponse:
    """« M’envoyer le lien »: to the mailbox that the draft knows, or to the one typed here."""
    now, typed = timezone.now(), request.POST.get("email", "").strip()
    try:
        email = case.contact_email or checked_email(clean(EMAIL, typed, today(now)) or "")
    except (FieldError, BadRecipient) as error:
        return _page(request, case, typed=typed, error=str(error))
    if not may_mail(request, email):
        return render(request, "cases/too_many.html", status=429)
    try:
        send_link(case, email, actor=actor_of(request), now=now, once=key_of(request))
    except Refused as refused:
        messages.info(request, refused.message)
        return redirect("case_page", case.reference)
    except Conflict:
        messages.warning(request, CHANGED)
    else:
        messages.success(request, _("Le lien est parti à %(email)s.") % {"email": case.contact_email})
    return redirect("case_saved", case.reference)
