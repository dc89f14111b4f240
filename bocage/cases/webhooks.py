"""Telling another software that a case moved: a signed POST, repeated until it is accepted.

The receiver sees the same ``Idempotency-Key`` on a repeat. Only addresses that the installer listed are spoken to
(``BOCAGE_WEBHOOKS``): a procedure's text alone never makes the house speak to a stranger.
"""

import hashlib
import hmac
import json
from urllib.request import Request, urlopen

from django.conf import settings

from bocage.base.outbox import GiveUp, Message

TIMEOUT_SECONDS = 10


def deliver(message: Message) -> None:
    """Outbox handler. Raises GiveUp for an address that is not listed, OSError when the other side does not answer."""
    url = str(message.payload["url"])
    if not any(url.startswith(allowed) for allowed in settings.ENV.webhooks):
        raise GiveUp("webhook address not listed in BOCAGE_WEBHOOKS")
    body = json.dumps({key: value for key, value in message.payload.items() if key != "url"}).encode()
    signature = hmac.new(settings.SECRET_KEY.encode(), body, hashlib.sha256).hexdigest()
    request = Request(  # noqa: S310  the address is one the installer listed
        url,
        data=body,
        headers={
            "Content-Type": "application/json",
            "Idempotency-Key": message.key,
            "X-Bocage-Signature": f"sha256={signature}",
        },
    )
    message.handing_over()
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        answer.read(1024)
