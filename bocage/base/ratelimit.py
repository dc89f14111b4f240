"""The house's one rate limiter: allauth's own, which already guards sign-in, opened to the rest of the house.

Counts live in the shared cache under hashes: an address or a key cannot be read back from it. Limits are there to slow
abuse down, not to count exactly: a cache that is down lets requests through and says so in the logs.
"""

import logging

from allauth.core.internal import ratelimit as allauth_ratelimit
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

logger = logging.getLogger(__name__)


def client_ip(request: HttpRequest) -> str:
    """The client's address behind the trusted proxies (``ALLAUTH_TRUSTED_PROXY_COUNT``), IPv6 cut to its network."""
    try:
        return str(allauth_ratelimit.get_ip(request))
    except PermissionDenied:
        return "unknown"


def _hashed(text: str) -> str:
    return salted_hmac("bocage.base.ratelimit", text, algorithm="sha256").hexdigest()


def allow(
    request_or_ip: HttpRequest | str, action: str, *, limit: int, per_seconds: int, key: str = "", count: bool = True
) -> bool:
    """Count one ``action`` and say whether it stays within ``limit`` per sliding ``per_seconds``.

    Without ``count``, only say whether one more would.

    Counted per client address, or per ``key`` when one is given (an e-mail, a reference: whatever is being guessed);
    call it twice to limit both. A refused action is not counted.
    """
    source = (
        f"key:{key}" if key else f"ip:{request_or_ip if isinstance(request_or_ip, str) else client_ip(request_or_ip)}"
    )
    request = request_or_ip if isinstance(request_or_ip, HttpRequest) else HttpRequest()
    try:
        return (
            allauth_ratelimit.consume(
                request,
                app="bocage",
                action=action,
                config={action: f"{limit}/{per_seconds}s/key"},
                key=_hashed(source),
                limit_get=True,
                dry_run=not count,
            )
            is not None
        )
    except Exception:
        logger.exception("the rate limiter's cache failed; request let through", extra={"action": action})
        return True


def forget(action: str, *, limit: int, per_seconds: int, key: str) -> None:
    """Start the count of ``key`` afresh, after a success for instance; the limit must be the one given to ``allow``."""
    allauth_ratelimit.clear(
        HttpRequest(),
        app="bocage",
        action=action,
        config={action: f"{limit}/{per_seconds}s/key"},
        key=_hashed(f"key:{key}"),
    )
