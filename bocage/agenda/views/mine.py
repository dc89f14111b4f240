"""One's registration: where it stands, its dates, accepting a place, giving it back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bocage.agenda import deadlines, queries, wording
from bocage.agenda.access import opened
from bocage.agenda.models import LIVE, Ended, Registration, State
from bocage.agenda.operations import By, confirm, leave
from bocage.agenda.refusals import Refused
from bocage.identity.acting import act_under, usable
from bocage.identity.actors import actor_of
from bocage.identity.models import Account
from bocage.territory.queries import is_holiday, time_zone


@login_not_required
@require_safe
def registration(request: HttpRequest, reference: str, token: str = "") -> HttpResponse:
    """Where it stands and what one can do."""
    row = opened(request, reference, token)
    now, zone = timezone.now(), time_zone()
    sessions = queries.sessions_of(row)
    coming = [one for one in sessions if one.starts > now and one.cancelled_at is None]
    until = deadlines.gives_back_until(row.terms.document.rules, coming[0].starts, is_holiday, zone) if coming else None
    context = {
        "row": row,
        "token": token,
        "stand": wording.stand(row, queries.rank(row)),
        "dates": [(wording.when(one, zone), wording.where(one), one.cancelled_at is not None) for one in sessions],
        "offered": row.state in {State.OFFERED, State.HELD} and row.expires_at and row.expires_at > now,
        "waits": row.state == State.WAITING,
        "live": row.state in LIVE,
        "until": until if until and now < until else None,
        "option": row.terms.document.option(row.option),
    }
    return render(request, "agenda/registration.html", context)


@login_not_required
@require_POST
def accept(request: HttpRequest, reference: str, token: str = "") -> HttpResponse:
    """Take the place that is offered."""
    row = opened(request, reference, token)
    _act(request, row)
    try:
        confirm(row, by=By(actor=actor_of(request)), now=timezone.now())
        messages.success(request, _("La place est à vous."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return _back(row, token)


@login_not_required
@require_POST
def cancel(request: HttpRequest, reference: str, token: str = "") -> HttpResponse:
    """Give one's place back, or leave the line."""
    row = opened(request, reference, token)
    _act(request, row)
    try:
        if leave(row, ended=Ended.RESIDENT, actor=actor_of(request), now=timezone.now()):
            messages.success(request, _("C’est annulé. Merci : la place servira à quelqu’un."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return _back(row, token)


def _back(row: Registration, token: str) -> HttpResponse:
    return redirect("registration_link", row.reference, token) if token else redirect("registration", row.reference)


def _act(request: HttpRequest, row: Registration) -> None:
    """Under the mandate of whoever takes part, where it is by one that this account opens it."""
    account = request.user
    if not isinstance(account, Account) or row.person_id in {None, account.person_id}:
        return
    for mandate in usable(account, timezone.now()):
        if mandate.principal_id == row.person_id and mandate.covers(f"offer:{row.offer.slug}", row.offer.service):
            act_under(request, mandate)
            return
