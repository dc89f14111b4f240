"""Sealers that race with one another and with writers: the chain has no gap and no fork."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from bocage.base import chain, journal
from bocage.base.actors import Actor
from bocage.base.models import Event
from tests.concurrency.conftest import PATIENCE, Race, result

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("house")]
EVENTS = 60


def write(now: datetime, count: int, stream: str = "cases") -> None:
    for n in range(count):
        with transaction.atomic():
            journal.record(
                stream=stream, kind="x", subject=f"case:{n}", actor=Actor.system(), now=now, payload={"n": n}
            )


def seal_often(now: datetime, times: int) -> int:
    """Each time as if the lease of whoever holds it had just ended."""
    return sum(chain.seal(now + n * chain.LEASE * 1.1) for n in range(1, times + 1))


def test_sealers_that_take_the_lease_from_one_another_make_one_chain(
    race: Race, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "BATCH", 5)
    monkeypatch.setattr(chain, "WRITERS_GIVEN", 0.2)
    race.run((write, now, EVENTS), (write, now, EVENTS), *[(seal_often, now, 12)] * 3)
    with race.here():
        chain.seal(now + timedelta(hours=2))
        report = journal.verify()
        assert report.ok, str(report)
        assert report.streams["cases"].sealed == 2 * EVENTS
        assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 2 * EVENTS + 1))


def write_and_wait(now: datetime, written: Any, go_on: Any) -> None:
    with transaction.atomic():
        journal.record(stream="cases", kind="slow", subject="case:1", actor=Actor.system(), now=now)
        written.set()
        assert go_on.wait(PATIENCE)


def test_nothing_is_sealed_past_an_event_that_is_not_committed_yet(
    race: Race, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "WRITERS_GIVEN", 0.1)
    written, go_on = race.context.Event(), race.context.Event()
    _process, pipe = race.start(write_and_wait, now, written, go_on)
    assert written.wait(PATIENCE)
    with race.here():
        if connection.vendor == "postgresql":  # on SQLite the second writer waits for the first: ids commit in order
            write(now, 1)
            assert Event.objects.get().kind == "x", "the event with the higher id is alone to be seen"
            assert chain.seal(now) == 0
        go_on.set()
        result(pipe)
        write(now, 1)
        chain.seal(now)
        rows = list(Event.objects.order_by("id").values_list("seq", flat=True))
        assert rows == list(range(1, len(rows) + 1)), "the chain follows the ids"
        assert Event.objects.get(seq=1).kind == "slow"
