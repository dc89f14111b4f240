"""When and how someone signed in: what a site is told of it in ``auth_time``, ``amr`` and ``acr``.

``amr`` values are those of RFC 8176. ``acr`` is « eidas1 » for who came through FranceConnect, else « 1 »: a password,
a key or a code of ours, which says nothing of civil status.
"""

import time
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from bocage.identity.federation.leaving import SIGNED_IN
from bocage.identity.federation.providers import FRANCECONNECT

OURS = "1"
EIDAS1 = "eidas1"
LEVELS = (OURS, EIDAS1)
_RECORDS = "account_authentication_methods"  # django-allauth's own list, in the session
_KEPT = 300  # seconds: codes live one minute


def proof_of(request: HttpRequest) -> dict[str, Any]:
    """What this session proves."""
    records: list[dict[str, Any]] = request.session.get(_RECORDS, [])
    through: dict[str, Any] = request.session.get(SIGNED_IN, {})
    if through.get("account") != request.user.pk:
        through = {}
    found = {method for record in records for method in _methods(record)} | set(through.get("amr", []))
    if len(found - {"mfa"}) > 1:
        found.add("mfa")
    account = request.user
    moments = [record["at"] for record in records if "at" in record]
    if through.get("at"):
        moments.append(through["at"])
    signed_in = getattr(account, "last_login", None)
    latest = max(moments, default=signed_in.timestamp() if signed_in else 0)
    return {
        "auth_time": int(latest),
        "amr": sorted(found),
        "acr": EIDAS1 if through.get("provider") == FRANCECONNECT else OURS,
    }


def _methods(record: dict[str, Any]) -> set[str]:
    """RFC 8176, §2."""
    if record.get("method") == "password":
        return {"pwd"}
    if record.get("method") == "mfa":
        return {"hwk"} if record.get("type") == "webauthn" else {"otp"}
    return {"otp"} if record.get("method") in {"code", "card"} else set()


def is_fresh(request: HttpRequest, seconds: int) -> bool:
    """Whether someone signed in less than so many seconds ago (``max_age``)."""
    return bool(proof_of(request)["auth_time"] + seconds >= time.time())


def remember(request: HttpRequest, code: str) -> None:
    """Keep, under a code, what this session proves: the site asks for it in a request of its own."""
    cache.set(_name(code), proof_of(request), _KEPT)


def remembered(code: str) -> dict[str, Any]:
    """What was kept under a code; empty for another."""
    return cache.get(_name(code)) or {}


def _name(code: str) -> str:
    return f"oidc-proof:{salted_hmac('bocage.identity.provider', code, algorithm='sha256').hexdigest()}"
