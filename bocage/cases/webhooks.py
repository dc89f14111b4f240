"""Telling another software that a case moved: a signed POST, repeated until it is accepted.

The receiver sees the same ``Idempotency-Key`` on a repeat. Only addresses that the installer listed are spoken to
(``BOCAGE_WEBHOOKS``): a procedure's text alone never makes the house speak to a stranger, and a redirect is not
followed to one.

The signature is an HMAC-SHA256 of the body under a key of its own, derived from SECRET_KEY: it is told to the other
software (``bocage webhooks key``), which could otherwise sign sessions and links in our place.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.utils.crypto import salted_hmac

from bocage.base.outbox import GiveUp, Message

TIMEOUT_SECONDS = 10


class _StayHere(HTTPRedirectHandler):
    """Follows no redirect: it would lead where the installer did not allow."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """No request follows: urllib then raises HTTPError with the redirect's own code."""


_post = build_opener(_StayHere).open


def is_allowed(url: str, allowed: Iterable[str]) -> bool:
    """Whether an address lies under one of these: same scheme, same host and port, and its path inside theirs."""
    try:
        asked = urlsplit(url)
        place = (asked.scheme, asked.hostname, asked.port)
        inside = "\\" not in url and not re.search(r"(^|/)(\.|%2e){1,2}(/|$)", asked.path, re.IGNORECASE)
        if asked.scheme not in {"http", "https"} or not asked.hostname or "@" in asked.netloc or not inside:
            return False
        for prefix in allowed:
            base = urlsplit(prefix)
            root = base.path.rstrip("/")
            under = asked.path == root or asked.path.startswith(f"{root}/")
            if place == (base.scheme, base.hostname, base.port) and under:
                return True
    except ValueError:  # a port or a host that is none
        return False
    return False


def signing_key() -> str:
    """What the receiver checks signatures with; SECRET_KEY cannot be found from it, and it changes with SECRET_KEY."""
    return salted_hmac("bocage.cases.webhooks", "signing key", algorithm="sha256").hexdigest()


def signature_of(body: bytes) -> str:
    """The header ``X-Bocage-Signature`` of a body."""
    return "sha256=" + hmac.new(signing_key().encode(), body, hashlib.sha256).hexdigest()


def deliver(message: Message) -> None:
    """Outbox handler. Raises GiveUp for an address that is not listed, OSError when the other side does not answer."""
    url = str(message.payload["url"])
    if not is_allowed(url, settings.ENV.webhooks):
        raise GiveUp("webhook address not listed in BOCAGE_WEBHOOKS")
    body = json.dumps({key: value for key, value in message.payload.items() if key != "url"}).encode()
    request = Request(  # noqa: S310  the address is one the installer listed
        url,
        data=body,
        headers={
            "Content-Type": "application/json",
            "Idempotency-Key": message.key,
            "X-Bocage-Signature": signature_of(body),
        },
    )
    message.handing_over()
    with _post(request, timeout=TIMEOUT_SECONDS) as answer:
        answer.read(1024)
