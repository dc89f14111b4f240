"""The outbox: effects on the outside, written in the transaction that decides them, handed over by workers.

Claiming is a compare-and-swap with a lease: of many workers one wins a row, and a dead worker's rows come back when its
lease ends. Delivery is at least once under a deterministic key. A hand-over cut in the middle (the worker died after
``Message.handing_over``) is *uncertain* and follows its topic's ``when_cut``: repeated with ``message.uncertain`` set,
or held for a person to look at (``release``).
"""

import logging
import random
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Value, When

from bocage.base import registry
from bocage.base.logs import scrub
from bocage.base.manifest import Job, Topic
from bocage.base.models import Outbox, OutboxState

logger = logging.getLogger(__name__)

FIRST_RETRY = timedelta(seconds=5)
LAST_RETRY = timedelta(hours=1)
LOST = "the worker was lost before handing over"
CUT = "cut while being handed over"
AWAITED = "awaited"
"""The queue of what somebody waits for before their screen (a code, a link to sign in): served before all others."""

Clock = Callable[[], datetime]


class UnknownTopic(LookupError):
    """No manifest declares this topic."""


class NotInTransaction(RuntimeError):
    """An event or an effect was written outside the transaction that decides it (DESIGN.md rule 2)."""


class LeaseLost(RuntimeError):
    """Another worker holds this effect by now: stop, and do not speak to the outside."""


class NotAccepted(Exception):
    """Raised by a handler that knows the outside did *not* take the effect: tried again, nothing uncertain."""


class Later(NotAccepted):
    """Raised by a handler that may not hand over now (a limit, closing hours): tried again at ``at``, not counted."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"later: {at.isoformat()}")
        self.at = at


class GiveUp(Exception):
    """Raised by a handler for which trying again is useless (refused address…): dead at once, with this reason."""


def require_transaction() -> None:
    """Raises NotInTransaction unless the caller opened ``transaction.atomic()`` (the one of a test does not count)."""
    blocks = connection.atomic_blocks
    if not blocks or blocks[-1]._from_testcase:  # type: ignore[attr-defined]
        raise NotInTransaction("open transaction.atomic() around the change and its events and effects")


@cache
def topics() -> dict[str, Topic]:
    """The topics of the manifests, by name."""
    return {topic.name: topic for _manifest, topic in registry.contributions("topics")}


def _topic(name: str) -> Topic:
    try:
        return topics()[name]
    except KeyError:
        raise UnknownTopic(f"no manifest declares the outbox topic {name!r}") from None


def queues() -> tuple[str, ...]:
    """Every queue that a topic uses."""
    return (AWAITED, *sorted({topic.queue for topic in topics().values()} - {AWAITED}))


def has_due(queue: str, now: datetime) -> bool:
    """Whether an effect of this queue waits for a worker."""
    return Outbox.objects.filter(queue=queue, state=OutboxState.PENDING, next_attempt_at__lte=now).exists()


# --- Writing ------------------------------------------------------------------------------------------------------
def enqueue(
    topic: str,
    key: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    not_before: datetime | None = None,
    awaited: bool = False,
) -> None:
    """Add an effect to the caller's transaction; a second one with the same ``key`` changes nothing.

    ``awaited``: somebody waits for it before their screen. Raises UnknownTopic and NotInTransaction.
    """
    enqueue_many(topic, [(key, payload)], now=now, not_before=not_before, awaited=awaited)


def enqueue_many(
    topic: str,
    effects: Iterable[tuple[str, dict[str, Any]]],
    *,
    now: datetime,
    not_before: datetime | None = None,
    awaited: bool = False,
) -> None:
    """``enqueue`` for several (key, payload) of one topic, in one statement."""
    require_transaction()
    queue = AWAITED if awaited else _topic(topic).queue
    rows = [
        Outbox(topic=topic, queue=queue, key=key, payload=payload, next_attempt_at=not_before or now, created_at=now)
        for key, payload in effects
    ]
    Outbox.objects.bulk_create(rows, ignore_conflicts=True)


# --- The message a handler gets -----------------------------------------------------------------------------------
@dataclass
class Message:
    """One effect, leased by this worker. ``uncertain``: an earlier attempt may have reached the outside."""

    id: int
    topic: str
    key: str
    payload: dict[str, Any]
    attempts: int  # before this one
    uncertain: bool
    lease_until: datetime
    token: str = field(repr=False)  # who holds the lease: one claim of one worker
    clock: Clock = field(repr=False)
    handed_over: bool = False
    finished: bool = False

    @property
    def now(self) -> datetime:
        """The instant, aware UTC: the clock of the worker, or the one given to ``drain``."""
        return self.clock()

    def _mine(self) -> Any:
        return Outbox.objects.filter(pk=self.id, state=OutboxState.LEASED, leased_by=self.token)

    def renew(self) -> None:
        """Keep the lease for another full length, for long work. Raises LeaseLost."""
        until = self.now + lease_of(self.topic, self.payload)
        if not self._mine().update(lease_until=until):
            raise LeaseLost(self.key)
        self.lease_until = until

    def handing_over(self) -> None:
        """Say, durably, that the outside is about to be spoken to; call it just before, outside any transaction.

        From here on a crash makes the effect uncertain. Raises LeaseLost when another worker took over.
        """
        now = self.now
        until = now + lease_of(self.topic, self.payload)
        with transaction.atomic(durable=True):
            if not self._mine().update(handing_over_at=now, lease_until=until):
                raise LeaseLost(self.key)
        self.lease_until, self.handed_over = until, True

    def done(self) -> None:
        """Mark the effect done, in the caller's transaction if one is open: with what the handler writes about it.

        Optional: a handler that returns is done. Raises LeaseLost when another worker took over.
        """
        if not self._mine().update(**_done(self.now)):
            raise LeaseLost(self.key)
        self.finished = True


def _done(now: datetime) -> dict[str, Any]:
    free = {"lease_until": None, "leased_by": "", "last_error": ""}
    return {**free, "state": OutboxState.DONE, "done_at": now, "attempts": F("attempts") + 1}


@cache
def _jobs() -> dict[str, Job]:
    return {job.name: job for _manifest, job in registry.contributions("jobs")}


def lease_of(topic: str, payload: dict[str, Any]) -> timedelta:
    """How long a worker may hold an effect before another takes over: its topic's lease, or its job's."""
    job = _jobs().get(str(payload.get("job"))) if topic == "job" else None
    return job.lease if job else topics()[topic].lease if topic in topics() else timedelta(seconds=60)


# --- Claiming -----------------------------------------------------------------------------------------------------
def claim(worker: str, queue_names: Sequence[str], limit: int, clock: Clock) -> list[Message]:
    """Lease up to ``limit`` due effects of the first of these queues that has any.

    An effect whose worker was lost is claimed alone, so that one that kills its worker takes no others with it.
    """
    now = clock()
    for queue in queue_names:
        due = Outbox.objects.filter(queue=queue, state=OutboxState.PENDING, next_attempt_at__lte=now)
        due = due.order_by("next_attempt_at", "id")
        if not due.exists():  # looking takes no lock: on SQLite a transaction is a writer from its first statement
            continue
        # Unique to this claim, so that a lease taken over by a later claim of the same worker is seen as lost.
        token = f"{worker[:42]}/{secrets.token_hex(8)}"
        with transaction.atomic():
            # skip_locked only spares PostgreSQL's workers from queueing behind one another; the conditional UPDATE
            # below decides who wins, on both databases.
            found = list(
                due.select_for_update(skip_locked=True).values_list("pk", "topic", "payload", "last_error")[:limit]
            )
            suspects = [n for n, (_pk, _topic, _payload, error) in enumerate(found) if error in {LOST, CUT}]
            if suspects:
                found = found[: max(suspects[0], 1)]
            leases: dict[timedelta, list[int]] = {}
            for pk, topic, payload, _error in found:
                leases.setdefault(lease_of(topic, payload), []).append(pk)
            for lease, pks in leases.items():
                Outbox.objects.filter(pk__in=pks, state=OutboxState.PENDING).update(
                    state=OutboxState.LEASED, leased_by=token, lease_until=now + lease
                )
            pks = [pk for pk, *_rest in found]
            won = Outbox.objects.filter(pk__in=pks, leased_by=token).order_by("next_attempt_at", "id")
            messages = [_message(row, token, clock) for row in won]
        if messages:
            return messages
    return []


def _message(row: Outbox, token: str, clock: Clock) -> Message:
    assert row.lease_until is not None
    return Message(
        id=row.pk,
        topic=row.topic,
        key=row.key,
        payload=row.payload,
        attempts=row.attempts,
        uncertain=row.handing_over_at is not None,
        lease_until=row.lease_until,
        token=token,
        clock=clock,
    )


def reclaim(now: datetime) -> int:
    """Take back the effects of workers whose lease has ended. Returns how many.

    Each counts one attempt, for the effect may be what killed its worker; dead when every attempt is used up. Cut in
    the middle of a hand-over: due again or held, as its topic says. Otherwise due again at once.
    """
    taken = 0
    expired = Outbox.objects.filter(state=OutboxState.LEASED, lease_until__lt=now)
    for name in expired.values_list("topic", flat=True).distinct():
        topic = topics().get(name) or Topic(name=name, path="", when_cut="hold")
        again = Case(
            When(attempts__gte=topic.max_attempts - 1, then=Value(OutboxState.DEAD.value)),
            default=Value(OutboxState.PENDING.value),
        )
        free = {"lease_until": None, "leased_by": "", "next_attempt_at": now, "attempts": F("attempts") + 1}
        mine = expired.filter(topic=name)
        held = Value(OutboxState.UNCERTAIN.value) if topic.when_cut == "hold" else again
        taken += mine.exclude(handing_over_at=None).update(**free, state=held, last_error=CUT)
        taken += mine.filter(handing_over_at=None).update(**free, state=again, last_error=LOST)
    if taken:
        logger.warning("effects of lost workers taken back", extra={"count": taken})
    return taken


def put_back(messages: Sequence[Message]) -> None:
    """Give up the leases of effects that were claimed and not begun, when the worker stops."""
    for message in messages:
        message._mine().update(state=OutboxState.PENDING, lease_until=None, leased_by="")


# --- Handing over -------------------------------------------------------------------------------------------------
def handle(message: Message) -> bool:
    """Run the handler of one leased effect and record how it went. Returns whether it is done.

    A handler that fails leaves the effect pending until ``backoff``, uncertain, or dead. Raises only DatabaseError,
    when the outcome itself cannot be written: the lease then ends by itself.
    """
    try:
        if message.lease_until - message.now < lease_of(message.topic, message.payload) / 2:
            message.renew()  # it waited for the others of its batch
        handler = registry.resolve(_topic(message.topic).path)
        handler(message)
        if not message.finished:
            message.done()
    except LeaseLost:
        logger.warning("lease lost", extra={"outbox": message.id, "topic": message.topic})
        return False
    except Exception as error:
        _record_failure(message, error)
        return False
    return True


def backoff(attempts: int) -> timedelta:
    """How long to wait after the ``attempts``-th failure: doubling from 5 s up to 1 h, give or take a quarter."""
    delay = min(FIRST_RETRY * int(2 ** min(attempts - 1, 20)), LAST_RETRY)
    return delay * random.uniform(0.75, 1.25)  # noqa: S311 - spreads retries, keeps no secret


def _record_failure(message: Message, error: Exception) -> None:
    now = message.now
    topic = topics().get(message.topic)
    attempts = message.attempts + (0 if isinstance(error, Later) else 1)
    changes: dict[str, Any] = {
        "state": OutboxState.PENDING,
        "lease_until": None,
        "leased_by": "",
        "attempts": attempts,
        "next_attempt_at": now + backoff(max(attempts, 1)),
        "last_error": scrub(f"{type(error).__name__}: {error}")[:500],
    }
    if isinstance(error, Later):
        changes["next_attempt_at"] = error.at
    if isinstance(error, NotAccepted) and not message.uncertain:
        changes["handing_over_at"] = None
    if isinstance(error, GiveUp | UnknownTopic) or topic is None or attempts >= topic.max_attempts:
        changes["state"] = OutboxState.DEAD
    elif message.handed_over and topic.when_cut == "hold" and not isinstance(error, NotAccepted):
        changes["state"] = OutboxState.UNCERTAIN
    message._mine().update(**changes)
    level = logging.ERROR if changes["state"] != OutboxState.PENDING else logging.WARNING
    logger.log(
        level,
        "effect not handed over",
        extra={"outbox": message.id, "topic": message.topic, "attempts": attempts, "state": str(changes["state"])},
        exc_info=None if isinstance(error, NotAccepted | GiveUp) else error,
    )


def drain(now: datetime, *, limit: int = 10_000, queue_names: Sequence[str] | None = None) -> int:
    """Hand over, here and now, everything that is due at ``now``, and what that makes due in turn.

    For tests, demonstrations and the end of a command; returns how many effects were done. Failures wait for their next
    attempt, as under a worker.
    """
    done = seen = 0
    reclaim(now)
    while seen < limit:
        messages = claim("drain", queue_names or queues(), min(50, limit - seen), lambda: now)
        if not messages:
            break
        seen += len(messages)
        done += sum(handle(message) for message in messages)
    return done
