"""What a person decides about effects that the workers could not settle."""

from datetime import datetime

from django.db import transaction

from bocage.base import journal, outbox, registry
from bocage.base.actors import Actor
from bocage.base.models import Outbox, OutboxState

STREAM = "base"


class NotInThatState(RuntimeError):
    """The effect is not, or no longer, dead or uncertain: someone else settled it meanwhile."""


def _settle(
    outbox_id: int, state: OutboxState, changes: dict[str, object], kind: str, actor: Actor, now: datetime
) -> None:
    with transaction.atomic():
        row = Outbox.objects.filter(pk=outbox_id, state=state)
        if not row.update(**changes):
            raise NotInThatState(f"effect {outbox_id} is not {state}")
        effect = row.model.objects.only("topic", "payload").get(pk=outbox_id)
        told = {"topic": effect.topic}
        journal.record(stream=STREAM, kind=kind, subject=f"outbox:{outbox_id}", actor=actor, now=now, payload=told)
        topic = outbox.topics().get(effect.topic)
        if topic is None:
            return
        if changes["state"] == OutboxState.PENDING:
            if topic.again:
                registry.resolve(topic.again)(effect.payload, actor=actor, now=now)
        elif topic.settled:
            arrived = changes["state"] == OutboxState.DONE
            registry.resolve(topic.settled)(effect.payload, arrived=arrived, actor=actor, now=now)


def retry(outbox_id: int, actor: Actor, now: datetime) -> None:
    """Give a dead effect all its attempts again, from now on. Raises NotInThatState."""
    changes: dict[str, object] = {"state": OutboxState.PENDING, "attempts": 0, "next_attempt_at": now}
    _settle(outbox_id, OutboxState.DEAD, changes, "outbox.retried", actor, now)


def abandon(outbox_id: int, actor: Actor, now: datetime) -> None:
    """Give up a dead effect for good: it will not leave, and nobody is asked again. Raises NotInThatState."""
    changes: dict[str, object] = {"state": OutboxState.ABANDONED, "done_at": now}
    _settle(outbox_id, OutboxState.DEAD, changes, "outbox.abandoned", actor, now)


def release(outbox_id: int, actor: Actor, now: datetime, *, delivered: bool) -> None:
    """Settle an uncertain effect: it was ``delivered`` and is done, or it was not and is handed over again.

    Raises NotInThatState.
    """
    if delivered:
        changes: dict[str, object] = {"state": OutboxState.DONE, "done_at": now}
        _settle(outbox_id, OutboxState.UNCERTAIN, changes, "outbox.found_delivered", actor, now)
    else:
        changes = {"state": OutboxState.PENDING, "attempts": 0, "next_attempt_at": now, "handing_over_at": None}
        _settle(outbox_id, OutboxState.UNCERTAIN, changes, "outbox.released", actor, now)
