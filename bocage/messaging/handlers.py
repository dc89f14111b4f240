"""What the worker does with messaging's effects: hand over, and write down how it went, with the outbox's own mark.

A hand-over in doubt (``message.uncertain``) is repeated under the same Message-ID or key.
"""

import base64

from django.db import transaction

from bocage.base.outbox import GiveUp, Message, NotAccepted, topics
from bocage.messaging import sms, smtp, transport
from bocage.messaging.mime import Envelope, envelope
from bocage.messaging.models import Delivery, DeliveryState, Letter
from bocage.messaging.operations.letters import draw
from bocage.messaging.operations.notices import mark

WAITING = (DeliveryState.QUEUED, DeliveryState.UNCERTAIN)


def send_email(message: Message) -> None:
    """Topic ``messaging.email``: the mail of a delivery, or one written by a package (``raw``)."""
    if "raw" in message.payload:
        _send_raw(message)
        return
    delivery = _waiting(message)
    if delivery is None:
        return
    try:
        mail = envelope(delivery)
    except ValueError as error:  # a line break in a header, a domain that cannot be: never right later either
        _fail(message, delivery, "L’adresse ou le titre ne peut pas être envoyé par courriel.")
        raise GiveUp(str(error)) from None
    message.handing_over()
    try:
        reply = transport.deliver(mail, message.now)
    except smtp.Refused as error:
        _fail(message, delivery, str(error))
    except smtp.Cut as error:
        _doubt(message, delivery, str(error))
        raise
    except smtp.Deferred as error:
        _wait(message, delivery, str(error))
        raise NotAccepted(str(error)) from None
    else:
        _sent(message, delivery, reply)


def _send_raw(message: Message) -> None:
    payload = message.payload
    raw = base64.b64decode(payload["raw"])
    mail = Envelope(payload["sender"], payload["recipients"], payload["message_id"], raw, payload["title"])
    message.handing_over()
    try:
        transport.deliver(mail, message.now)
    except smtp.Refused as error:
        raise GiveUp(str(error)) from None
    except smtp.Deferred as error:
        raise NotAccepted(str(error)) from None


def send_sms(message: Message) -> None:
    """Topic ``messaging.sms``."""
    delivery = _waiting(message)
    if delivery is None:
        return
    text = sms.plain(delivery.notice.sms)
    try:
        port = sms.port()
        message.handing_over()
        reference = port.send(delivery.address, text, delivery.message_id)
    except sms.SmsRefused as error:
        _fail(message, delivery, str(error))
    except sms.SmsDeferred as error:
        _wait(message, delivery, str(error))
        raise NotAccepted(str(error)) from None
    except Exception:
        _doubt(message, delivery, "Le fournisseur de SMS n’a pas répondu : l’envoi sera répété.")
        raise
    else:
        _sent(message, delivery, reference)


def draw_letter(message: Message) -> None:
    """Topic ``messaging.letter``: the PDF of a letter, which then waits to be printed."""
    letter = Letter.objects.select_related("delivery__notice").get(delivery__message_id=message.payload["delivery"])
    draw(letter, message.now)


def _waiting(message: Message) -> Delivery | None:
    """The delivery, unless it already left or failed (a repeat after the answer was written down)."""
    found = Delivery.objects.select_related("notice").get(message_id=message.payload["delivery"])
    return found if found.state in WAITING else None


def _sent(message: Message, delivery: Delivery, reference: str) -> None:
    with transaction.atomic():
        mark(delivery, DeliveryState.SENT, message.now, provider_ref=reference)
        message.done()


def _fail(message: Message, delivery: Delivery, why: str) -> None:
    mark(delivery, DeliveryState.FAILED, message.now, error=why)


def _doubt(message: Message, delivery: Delivery, why: str) -> None:
    mark(delivery, DeliveryState.UNCERTAIN, message.now, error=why)


def _wait(message: Message, delivery: Delivery, why: str) -> None:
    """Not taken: the reason is shown while it waits; at the last attempt it has failed."""
    if message.attempts + 1 >= topics()[message.topic].max_attempts:
        _fail(message, delivery, why)
    elif not message.uncertain:
        mark(delivery, DeliveryState.QUEUED, message.now, error=why)
