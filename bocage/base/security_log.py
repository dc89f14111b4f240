"""The log of what concerns security: who signs in or fails to, what is refused, what changes in an account.

Lines of the logger ``bocage.security``, among the others (``bocage.base.logs``), told apart by their logger. They name
an account by its internal number, which only the database resolves, and a visitor by a word that changes every day:
enough to see a hundred attempts from one place, nothing to know whose. docs/security.md lists the events.
"""

import contextlib
import logging

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bocage.base import ratelimit

logger = logging.getLogger("bocage.security")

_SIGNED_IN = "_auth_user_id"  # Django's own key of the session
_REFUSALS = {403: "refused", 429: "too_many"}


def source(request: HttpRequest) -> str:
    """Where a request comes from, as a word that means nothing tomorrow."""
    seed = f"{timezone.now():%Y-%m-%d} {ratelimit.client_ip(request)}"
    return salted_hmac("bocage.base.security_log", seed, algorithm="sha256").hexdigest()[:10]


def tell(event: str, request: HttpRequest | None, *, level: int = logging.WARNING, **told: object) -> None:
    """Write one line. ``told`` holds no name, address or word that someone typed."""
    if request is not None:
        told = {"view": _view(request), "source": source(request), "account": _account(request), **told}
    logger.log(level, "security: %s", event, extra={"event": event, **told})


def tell_of(request: HttpRequest, response: HttpResponseBase) -> None:
    """Write a refusal: 403, 429, and 404 where someone signed in asks for a thing that is not there, or not theirs."""
    event = _REFUSALS.get(response.status_code, "")
    match = request.resolver_match
    if not event and response.status_code == 404 and match is not None and match.kwargs and _account(request):
        event = "out_of_reach"
    if event:
        tell(event, request, method=request.method or "")


def _view(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.view_name if match else ""


def _account(request: HttpRequest) -> str:
    """The account's internal number; empty for nobody, and where sessions cannot be read."""
    with contextlib.suppress(Exception):
        return str(request.session.get(_SIGNED_IN, ""))
    return ""
