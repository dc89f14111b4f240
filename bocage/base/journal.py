"""The journal: what happened, by whom, when; written with the change itself, chained afterwards (DESIGN.md rule 2).

``record`` adds an event to the caller's transaction and an outbox row for each subscriber. One leased sealer chains
unsealed events per stream within a minute, so that writers never queue behind a chain. The chain covers ids and the
payload's salted digest: erasing a payload leaves the chain whole and nothing to guess the payload from.
"""

import json
import secrets
from datetime import datetime
from functools import cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from bocage.base import outbox, registry
from bocage.base.actors import Actor
from bocage.base.chain import Report, digest, seal, verify
from bocage.base.manifest import Subscriber
from bocage.base.models import Event, Payload
from bocage.base.outbox import Message, NotInTransaction, require_transaction

__all__ = [
    "NotInTransaction",
    "Report",
    "UnknownSubscriber",
    "deliver",
    "erase_payload",
    "record",
    "seal",
    "subscribers",
    "verify",
]

TOPIC = "event"


class UnknownSubscriber(LookupError):
    """An outbox row names a subscriber that no manifest declares any more."""


# --- Writing ------------------------------------------------------------------------------------------------------
def _normal(value: Any) -> Any:
    """JSON as both databases give it back: whole floats as integers, no NaN."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    return [_normal(item) for item in value] if isinstance(value, list) else value


def record(
    *,
    stream: str,
    kind: str,
    subject: str,
    actor: Actor,
    now: datetime,
    on_behalf_of: str = "",
    payload: dict[str, Any] | None = None,
) -> Event:
    """Add an event to the caller's transaction, and an effect for each subscriber of its ``kind``.

    ``stream`` is the app that speaks, ``subject`` the thing (``case:12``), ``on_behalf_of`` an actor's key
    (``person:7``); an actor ``under`` a mandate brings it, and the use is written in the same transaction, or nothing
    is. Names and other personal data belong in ``payload``, the only part that can be erased.
    Raises NotInTransaction, and ValueError or TypeError for a payload that JSON cannot say.
    """
    require_transaction()
    body: Any = None
    salt = told = ""
    if payload is not None:
        body = _normal(json.loads(json.dumps(payload, cls=DjangoJSONEncoder, allow_nan=False)))
        salt = secrets.token_hex(16)
        told = digest(salt, body)
    event = Event.objects.create(
        stream=stream,
        kind=kind,
        subject=subject,
        actor=actor.key,
        on_behalf_of=on_behalf_of or (actor.under.key if actor.under else ""),
        channel=actor.channel if actor.kind != "system" else "",
        hat=actor.hat,
        at=now,
        digest=told,
    )
    if payload is not None:
        Payload.objects.create(event=event, salt=salt, body=body)
    if actor.under is not None:
        actor.under.used(event, now)
    if hearing := subscribers(kind):
        effects = [(f"event:{event.pk}:{one.name}", {"event": event.pk, "subscriber": one.name}) for one in hearing]
        outbox.enqueue_many(TOPIC, effects, now=now)
    return event


def erase_payload(event: Event | int) -> bool:
    """Erase what an event says beyond its ids, in the caller's transaction. Returns whether there was something.

    Called by ``privacy`` and retention only; the caller records that it did. Raises NotInTransaction.
    """
    require_transaction()
    erased, _by_model = Payload.objects.filter(event=event).delete()
    return bool(erased)


# --- Subscribers --------------------------------------------------------------------------------------------------
@cache
def _by_name() -> dict[str, Subscriber]:
    return {one.name: one for _manifest, one in registry.contributions("subscribers")}


@cache
def subscribers(kind: str) -> tuple[Subscriber, ...]:
    """Who hears events of this kind: ``case.submitted`` is heard under that name, ``case.*`` and ``*``."""
    return tuple(
        one
        for one in _by_name().values()
        if one.kind == kind or (one.kind.endswith("*") and kind.startswith(one.kind[:-1]))
    )


def deliver(message: Message) -> None:
    """Outbox handler of topic ``event``: tell one subscriber. Raises UnknownSubscriber."""
    name = message.payload["subscriber"]
    subscriber = _by_name().get(name)
    if subscriber is None:
        raise UnknownSubscriber(name)
    registry.resolve(subscriber.path)(Event.objects.get(pk=message.payload["event"]), message.now)
