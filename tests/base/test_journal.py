"""The journal in one process: what is written together, the chain, its breaks, erasure, append-only tables."""

import importlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from bocage.base import chain, journal, outbox
from bocage.base.actors import Actor
from bocage.base.models import Event, Outbox, Payload, Schedule
from tests.base.conftest import heard

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
AGENT = Actor("account", 7, "Camille Roux", "counter")
append_only = importlib.import_module("bocage.base.migrations.0002_journal_append_only")


def record(now: datetime, stream: str = "cases", kind: str = "case.noted", **more: Any) -> Event:
    with transaction.atomic():
        return journal.record(stream=stream, kind=kind, subject="case:12", actor=AGENT, now=now, **more)


def unlock() -> None:
    """Take the triggers away, as someone with the database's password could."""
    append_only.remove(None, connection.schema_editor())


# --- Writing --------------------------------------------------------------------------------------------------------
def test_an_event_says_who_what_when_and_never_a_name(now: datetime) -> None:
    event = record(now, on_behalf_of="person:9", payload={"name": "Lucie Roux"})
    row = Event.objects.values().get()
    assert (row["actor"], row["channel"], row["on_behalf_of"]) == ("account:7", "counter", "person:9")
    assert "Roux" not in repr(row)
    assert Payload.objects.get(event=event).body == {"name": "Lucie Roux"}


def test_an_event_needs_the_transaction_of_its_change(now: datetime) -> None:
    with pytest.raises(journal.NotInTransaction):
        journal.record(stream="cases", kind="x", subject="case:1", actor=AGENT, now=now)


def test_subscribers_are_told_through_the_outbox_once(now: datetime) -> None:
    event = record(now, kind="case.submitted")
    record(now, kind="person.created")
    keys = sorted(Outbox.objects.values_list("key", flat=True))
    assert keys == [f"event:{event.pk}:tests.all", f"event:{event.pk}:tests.one"]
    assert heard == []
    assert outbox.drain(now) == 2
    assert heard == [("event", event), ("event", event)]


def test_a_rolled_back_change_leaves_neither_event_nor_effect(now: datetime) -> None:
    with transaction.atomic():
        journal.record(stream="cases", kind="case.submitted", subject="case:1", actor=AGENT, now=now)
        transaction.set_rollback(True)
    assert not Event.objects.exists()
    assert not Outbox.objects.exists()


@pytest.mark.parametrize("bad", [float("nan"), object()])
def test_a_payload_that_json_cannot_say_is_refused(now: datetime, bad: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        record(now, payload={"value": bad})


# --- The chain ------------------------------------------------------------------------------------------------------
def test_sealing_chains_each_stream_without_gap(now: datetime) -> None:
    for n in range(7):
        record(now, stream="cases" if n % 2 else "identity", payload={"n": n})
    assert chain.seal(now) == 7
    assert chain.seal(now) == 0
    for stream, count in (("cases", 3), ("identity", 4)):
        rows = list(Event.objects.filter(stream=stream).order_by("id").values_list("seq", "prev_hash", "hash"))
        assert [seq for seq, _prev, _hash in rows] == list(range(1, count + 1))
        assert [prev for _seq, prev, _hash in rows] == ["", *[own for _seq, _prev, own in rows[:-1]]]
    assert journal.verify().ok


def test_more_events_than_a_batch_are_sealed_at_once(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "BATCH", 3)
    for _ in range(7):
        record(now)
    assert chain.seal(now) == 7
    assert sorted(Event.objects.values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6, 7]


def test_one_sealer_at_a_time_until_its_lease_ends(now: datetime) -> None:
    record(now)
    Schedule.objects.create(name=chain.LEASE_NAME, next_run_at=now + timedelta(seconds=30))
    assert chain.seal(now) == 0
    assert chain.seal(now + timedelta(seconds=31)) == 1


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"é": "ü\u2028😀", "b": [1, None, True, {"z": 1, "a": 2}]},
        {"float": 0.1, "whole": 1e16, "zero": -0.0, "small": 1e-7, "big": 12345678901234567890},
        {"on": date(2026, 3, 1), "price": Decimal("12.50")},
    ],
)
def test_a_payload_read_back_has_the_digest_it_was_written_with(now: datetime, payload: dict[str, Any]) -> None:
    record(now, payload=payload)
    assert journal.verify().ok


def test_erasing_a_payload_leaves_the_chain_whole(now: datetime) -> None:
    event = record(now, payload={"name": "Lucie"})
    chain.seal(now)
    with transaction.atomic():
        assert journal.erase_payload(event)
        assert not journal.erase_payload(event.pk)
    report = journal.verify()
    assert report.ok
    assert report.streams["cases"].erased == 1
    assert "1 payloads erased" in str(report)


def test_the_same_payload_twice_has_two_digests(now: datetime) -> None:
    assert record(now, payload={"a": 1}).digest != record(now, payload={"a": 1}).digest


# --- Breaks ---------------------------------------------------------------------------------------------------------
def tampered(now: datetime) -> list[Event]:
    events = [record(now, payload={"n": n}) for n in range(5)]
    chain.seal(now)
    unlock()
    return events


@pytest.mark.parametrize(
    "change", [{"actor": "account:8"}, {"kind": "x"}, {"subject": "case:13"}, {"digest": "0" * 64}]
)
def test_a_changed_event_is_found(now: datetime, change: dict[str, str]) -> None:
    events = tampered(now)
    Event.objects.filter(pk=events[2].pk).update(**change)
    report = journal.verify()
    assert not report.ok
    assert report.streams["cases"].first_break is not None
    assert report.streams["cases"].first_break.event == events[2].pk


def test_a_removed_event_is_found(now: datetime) -> None:
    events = tampered(now)
    Payload.objects.filter(event=events[2]).delete()
    Event.objects.filter(pk=events[2].pk).delete()
    broken = journal.verify().streams["cases"].first_break
    assert broken == chain.Break(events[3].pk, "expected number 3, found 4")


def test_events_put_in_another_order_are_found(now: datetime) -> None:
    """Two events change places, each with its own number and hashes: the first one out of its place is named."""
    events = tampered(now)
    first, second = (Event.objects.values("seq", "prev_hash", "hash").get(pk=one.pk) for one in events[1:3])
    Event.objects.filter(pk=events[1].pk).update(seq=None, prev_hash="", hash="")
    Event.objects.filter(pk=events[2].pk).update(**first)
    Event.objects.filter(pk=events[1].pk).update(**second)
    broken = journal.verify().streams["cases"].first_break
    assert broken == chain.Break(events[2].pk, "was changed after it was sealed")


def test_a_payload_whose_digest_was_changed_with_it_is_found(now: datetime) -> None:
    events = tampered(now)
    payload = Payload.objects.get(event=events[3])
    Payload.objects.filter(event=events[3]).update(body={"n": 9})
    Event.objects.filter(pk=events[3].pk).update(digest=chain.digest(payload.salt, {"n": 9}))
    broken = journal.verify().streams["cases"].first_break
    assert broken == chain.Break(events[3].pk, "was changed after it was sealed")


def test_a_changed_payload_is_found(now: datetime) -> None:
    event = record(now, payload={"n": 1})
    Payload.objects.filter(event=event).update(body={"n": 2})
    report = journal.verify()
    assert not report.ok
    assert f"BROKEN at event {event.pk}" in str(report)


def test_a_cut_tail_shows_in_the_head(now: datetime) -> None:
    events = tampered(now)
    head = journal.verify().streams["cases"].head
    Payload.objects.filter(event=events[4]).delete()
    Event.objects.filter(pk=events[4].pk).delete()
    assert journal.verify().streams["cases"].head != head


# --- Append-only, in the database -----------------------------------------------------------------------------------
@pytest.mark.parametrize("change", [{"kind": "x"}, {"at": datetime(2020, 1, 1).astimezone()}, {"actor": "x"}])
@pytest.mark.parametrize("sealed", [False, True])
def test_the_database_refuses_to_change_an_event(now: datetime, change: dict[str, Any], sealed: bool) -> None:
    record(now)
    if sealed:
        chain.seal(now)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.update(**change)


def test_the_database_refuses_to_seal_twice_or_to_unseal(now: datetime) -> None:
    record(now)
    chain.seal(now)
    for change in ({"seq": None, "prev_hash": "", "hash": ""}, {"seq": 2}, {"hash": "0" * 64}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Event.objects.update(**change)


def test_the_database_refuses_to_delete_an_event(now: datetime) -> None:
    record(now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.all().delete()
    assert Event.objects.count() == 1
