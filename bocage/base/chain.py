"""The chain of the journal: how events are hashed, sealed and verified. Used through ``bocage.base.journal``."""

import hashlib
import json
import logging
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from bocage.base.models import Event, Payload, Schedule

logger = logging.getLogger(__name__)

LEASE_NAME = "journal.sealer"  # a row of Schedule that belongs to no job: next_run_at is when the lease ends
LEASE = timedelta(seconds=60)
BATCH = 500
WRITERS_GIVEN = 1.0  # seconds that writing transactions get to end before the sealer leaves it for its next turn

_FIELDS = ("id", "stream", "kind", "subject", "actor", "on_behalf_of", "channel", "at", "digest", "hat")


class LeaseLost(RuntimeError):
    """Another sealer took over in the middle: this one's batch is rolled back."""


def digest(salt: str, body: Any) -> str:
    """SHA-256 of the salt and of the canonical JSON of a payload."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(f"{salt}{canonical}".encode()).hexdigest()


def event_hash(prev_hash: str, seq: int, values: Iterable[Any]) -> str:
    """SHA-256 of the canonical JSON list of: previous hash, seq, the event's columns in the order of ``_FIELDS``.

    Without the last one, ``hat``, where it is empty: events were sealed before that column came.
    """
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in values]
    if len(plain) == len(_FIELDS) and not plain[-1]:
        plain.pop()
    return hashlib.sha256(json.dumps([prev_hash, seq, *plain], separators=(",", ":")).encode()).hexdigest()


# --- Sealing ------------------------------------------------------------------------------------------------------
def seal(now: datetime) -> int:
    """Chain the unsealed events of every stream in the order of their ids. Returns how many; 0 when another seals.

    Nothing is sealed past an event that may still appear (``_horizon``); should one appear late all the same, by the
    hand of a restore, it is chained then: the order of a chain is that of ``seq``.
    """
    Schedule.objects.bulk_create([Schedule(name=LEASE_NAME, next_run_at=now)], ignore_conflicts=True)
    lease = Schedule.objects.filter(name=LEASE_NAME)
    until = now + LEASE
    if not lease.filter(next_run_at__lte=now).update(next_run_at=until, last_run_at=now):
        return 0
    sealed = 0
    try:
        horizon = _horizon()
        streams = Event.objects.filter(seq=None, id__lte=horizon).order_by().values_list("stream", flat=True).distinct()
        for stream in sorted(streams):
            while batch := _seal_batch(stream, horizon, until):
                sealed += batch
                if batch < BATCH:
                    break
    except LeaseLost:
        logger.warning("another sealer took over")
    finally:
        lease.filter(next_run_at=until).update(next_run_at=now)
    return sealed


def _horizon() -> int:
    """The id up to which no event can appear any more; 0 when that cannot be told now.

    SQLite has one writer at a time: ids appear in their order. PostgreSQL allots an id before its transaction commits,
    but only after the transaction took the table's lock for writing: once every transaction that held that lock when
    the highest visible id was read has ended, nothing can appear below that id.
    """
    highest: int = Event.objects.aggregate(highest=Max("id"))["highest"] or 0
    if connection.vendor != "postgresql" or not highest:
        return highest
    deadline = time.monotonic() + WRITERS_GIVEN
    writers = _writers()
    while writers:
        if time.monotonic() > deadline:
            logger.warning("events not sealed yet: a transaction that writes events is still open")
            return 0
        time.sleep(0.02)
        writers &= _writers()
    return highest


def _writers() -> set[str]:
    """Transactions of PostgreSQL, ours aside, that hold the lock which writing an event takes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = %s::regclass"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()",
            [Event._meta.db_table],
        )
        return {row[0] for row in cursor.fetchall()}


def _seal_batch(stream: str, horizon: int, until: datetime) -> int:
    """Seal up to BATCH events of one stream in one transaction. Raises LeaseLost."""
    with transaction.atomic():
        # Touching the lease's row makes a second sealer wait for this transaction, then find its lease gone.
        if not Schedule.objects.filter(name=LEASE_NAME, next_run_at=until).update(next_run_at=until):
            raise LeaseLost
        head = Event.objects.filter(stream=stream, seq__isnull=False).order_by("-seq").values_list("seq", "hash")
        seq, prev_hash = head.first() or (0, "")
        assert seq is not None
        unsealed = Event.objects.filter(stream=stream, seq=None, id__lte=horizon).order_by("id")
        rows: list[tuple[int, str, str, int]] = []
        for values in unsealed.values_list(*_FIELDS)[:BATCH]:
            seq += 1
            new = event_hash(prev_hash, seq, values)
            rows.append((seq, prev_hash, new, values[0]))
            prev_hash = new
        if not rows:
            return 0
        table = connection.ops.quote_name(Event._meta.db_table)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET seq = %s, prev_hash = %s, hash = %s WHERE id = %s AND seq IS NULL",  # noqa: S608
                rows,
            )
            if cursor.rowcount != len(rows):
                raise LeaseLost
    return len(rows)


# --- Verifying ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Break:
    """Where a stream stops being what was sealed."""

    event: int
    reason: str


@dataclass
class StreamReport:
    """What ``verify`` found in one stream. ``head``, its last seq and hash, kept elsewhere, tells of a cut tail."""

    sealed: int = 0
    unsealed: int = 0
    erased: int = 0
    head: str = ""
    first_break: Break | None = None

    def broken(self, event: int, reason: str) -> None:
        """Keep the first break only."""
        self.first_break = self.first_break or Break(event, reason)


@dataclass
class Report:
    """What ``verify`` found, per stream."""

    streams: dict[str, StreamReport] = field(default_factory=lambda: defaultdict(StreamReport))

    @property
    def ok(self) -> bool:
        """No stream is broken."""
        return all(stream.first_break is None for stream in self.streams.values())

    def __str__(self) -> str:
        lines = []
        for name, stream in sorted(self.streams.items()):
            line = f"{name}: {stream.sealed} sealed, {stream.unsealed} not yet, {stream.erased} payloads erased"
            if stream.head:
                line += f", head {stream.head}"
            if stream.first_break:
                line += f"; BROKEN at event {stream.first_break.event}: {stream.first_break.reason}"
            lines.append(line)
        return "\n".join(lines) or "the journal is empty"


def verify() -> Report:
    """Recompute every chain, and the digest of every payload that was not erased. Reads only."""
    report = Report()
    payloads = _Payloads()
    for stream_name in Event.objects.order_by("stream").values_list("stream", flat=True).distinct():
        stream = report.streams[stream_name]
        seq, prev_hash = 0, ""
        mine = Event.objects.filter(stream=stream_name)
        sealed = mine.filter(seq__isnull=False).order_by("seq").values_list("seq", "prev_hash", "hash", *_FIELDS)
        for told_seq, told_prev, told_hash, *values in sealed.iterator(chunk_size=BATCH):
            seq += 1
            stream.sealed += 1
            if told_seq != seq:
                stream.broken(values[0], f"expected number {seq}, found {told_seq}")
            elif told_prev != prev_hash:
                stream.broken(values[0], "does not follow the event before it")
            elif told_hash != event_hash(prev_hash, seq, values):
                stream.broken(values[0], "was changed after it was sealed")
            payloads.check(values[0], values[_FIELDS.index("digest")], stream)
            seq, prev_hash = told_seq, told_hash
        stream.head = f"{seq}:{prev_hash}" if seq else ""
        for pk, told in mine.filter(seq=None).order_by("id").values_list("id", "digest").iterator(chunk_size=BATCH):
            stream.unsealed += 1
            payloads.check(pk, told, stream)
        payloads.flush()
    return report


class _Payloads:
    """Checks digests by batches: one query for BATCH events."""

    def __init__(self) -> None:
        self.waiting: dict[int, tuple[str, StreamReport]] = {}

    def check(self, event: int, told: str, stream: StreamReport) -> None:
        self.waiting[event] = (told, stream)
        if len(self.waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        found = {one.event_id: one for one in Payload.objects.filter(event__in=list(self.waiting))}
        for event, (told, stream) in self.waiting.items():
            payload = found.get(event)
            if payload is None:
                stream.erased += bool(told)
            elif digest(payload.salt, payload.body) != told:
                stream.broken(event, "its payload is not the one that was recorded")
        self.waiting.clear()
