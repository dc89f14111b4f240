"""For whom a request acts: the mandate that a helper took up, or that the case they opened rests on.

A room of its own between sessions and ``actors``: taken up, a mandate lasts until its helper stops, signs out, or loses
it. Nothing here trusts what the session says: each request asks the table again, once.
"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from bocage.identity.models import Account, Mandate
from bocage.identity.operations.mandates import MandateOver, UnderMandate
from bocage.identity.operations.representing import NeedsBoth
from bocage.identity.queries import active_mandates, person_of
from bocage.identity.representing import Represented, represented_by, represents, was
from bocage.territory.queries import today

SESSION_KEY = "acting"
"""In the session: the number of a mandate, or the key of someone whom one represents by law."""

Right = Mandate | Represented
"""By what one acts for another."""

__all__ = [
    "MandateGuard",
    "MandateOver",
    "NotCovered",
    "Right",
    "act_under",
    "acting",
    "lost",
    "represented",
    "stop",
    "take_up",
    "usable",
]


class NotCovered(MandateOver):
    """What was asked is not within the mandate taken up: another procedure, or someone else's case."""


def usable(account: Account, now: datetime) -> list[Mandate]:
    """The mandates that an account may use today, as a person or as an organisation's named helper."""
    return list(active_mandates(today(now), now, holder=person_of(account), account=account))


def represented(account: Account, now: datetime) -> list[Represented]:
    """Whom an account's person represents by law today: their children, protected adults."""
    return represented_by(person_of(account), today(now))


def take_up(request: HttpRequest, mandate: Right) -> None:
    """Act for its principal from now on, until ``stop``."""
    request.session[SESSION_KEY] = mandate.pk
    request._acting = mandate  # type: ignore[attr-defined]


def stop(request: HttpRequest) -> None:
    """Act for oneself again."""
    request.session.pop(SESSION_KEY, None)
    request._acting = None  # type: ignore[attr-defined]


def _taken_up(request: HttpRequest) -> int | str | None:
    session = getattr(request, "session", None)  # an error page may come before sessions
    pk = session.get(SESSION_KEY) if session is not None else None
    return pk if isinstance(pk, int | str) and isinstance(getattr(request, "user", None), Account) else None


def acting(request: HttpRequest) -> Right | None:
    """By what one acts now, for the banner of each page; None for oneself, and once it is lost. Read once a request."""
    if not hasattr(request, "_acting"):
        request._acting = None  # type: ignore[attr-defined]
        pk = _taken_up(request)
        if isinstance(pk, str) and isinstance(request.user, Account):
            found = represents(person_of(request.user), pk, today(timezone.now()))
            request._acting = found  # type: ignore[attr-defined]
        elif pk is not None and isinstance(request.user, Account):
            now = timezone.now()
            held = active_mandates(today(now), now, holder=person_of(request.user), account=request.user)
            request._acting = held.filter(pk=pk).first()  # type: ignore[attr-defined]
    known: Right | None = request._acting  # type: ignore[attr-defined]
    return known


def lost(request: HttpRequest) -> Right | None:
    """What was taken up and no longer holds (its ``principal``): a mandate revoked in between or ended, its helper
    gone; a measure lifted, a child of age. None otherwise."""
    pk = _taken_up(request)
    if pk is None or acting(request) is not None:
        return None
    if isinstance(pk, str):
        return was(pk)
    return Mandate.objects.select_related("principal").filter(pk=pk).first()


def act_under(request: HttpRequest, mandate: Right) -> None:
    """What this request does from here on is done for the principal: the banner says so, and the journal."""
    assert isinstance(request.user, Account)
    request._acting = mandate  # type: ignore[attr-defined]
    request._under = (  # type: ignore[attr-defined]
        mandate.authority(request.user)
        if isinstance(mandate, Represented)
        else UnderMandate(mandate.pk, mandate.principal_id, request.user.pk)
    )


class MandateGuard:
    """Middleware: says clearly, wherever it happens, that one no longer acts for someone. Nothing was written."""

    def __init__(self, get_response):  # type: ignore[no-untyped-def]
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing on the way in or out."""
        response: HttpResponse = self.get_response(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page that says what happened, what is safe, and what to do."""
        if not isinstance(exception, MandateOver):
            return None
        mandate = acting(request)
        context = {
            "name": exception.name or (mandate.principal.full_name if mandate else ""),
            "not_covered": isinstance(exception, NotCovered),
            "needs_both": isinstance(exception, NeedsBoth),
            "mandate": mandate,
            "typed": exception.typed,
        }
        response = render(request, "identity/mandate_over.html", context, status=403)
        add_never_cache_headers(response)
        return response
