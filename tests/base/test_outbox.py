"""The outbox in one process: idempotence, leases, failures, uncertain hand-overs, what a person settles."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from bocage.base import operations, outbox, queries
from bocage.base.actors import Actor
from bocage.base.models import Event, Outbox, OutboxState
from bocage.base.outbox import GiveUp, Later, LeaseLost, Message, NotAccepted
from bocage.base.worker import Worker
from tests.base.conftest import behaviour, heard

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
AGENT = Actor("account", 7, "Camille Roux")


def put(topic: str, key: str, now: datetime, **payload: Any) -> None:
    with transaction.atomic():
        outbox.enqueue(topic, key, payload, now=now)


def only() -> Outbox:
    return Outbox.objects.get()


def claim(now: datetime, *queues: str, limit: int = 20) -> list[Message]:
    return outbox.claim("w1", queues or ("default", "mail"), limit, lambda: now)


def test_an_effect_is_handed_over_once(now: datetime) -> None:
    put("mail", "notice:1", now, to=1)
    assert outbox.drain(now) == 1
    assert outbox.drain(now) == 0
    assert [message.payload for _topic, message in heard] == [{"to": 1}]
    row = only()
    assert (row.state, row.done_at, row.attempts, row.leased_by, row.lease_until) == ("done", now, 1, "", None)


def test_the_same_key_twice_is_one_effect_with_the_first_payload(now: datetime) -> None:
    put("mail", "notice:1", now, to=1)
    put("mail", "notice:1", now, to=2)
    assert only().payload == {"to": 1}


def test_an_effect_needs_the_transaction_that_decides_it(now: datetime) -> None:
    with pytest.raises(outbox.NotInTransaction):
        outbox.enqueue("mail", "notice:1", {}, now=now)


def test_a_rolled_back_change_leaves_no_effect(now: datetime) -> None:
    with transaction.atomic():
        outbox.enqueue("mail", "notice:1", {}, now=now)
        transaction.set_rollback(True)
    assert not Outbox.objects.exists()


def test_an_unknown_topic_is_refused_at_once(now: datetime) -> None:
    with pytest.raises(outbox.UnknownTopic), transaction.atomic():
        outbox.enqueue("fax", "1", {}, now=now)


def test_an_effect_for_later_waits(now: datetime) -> None:
    with transaction.atomic():
        outbox.enqueue("mail", "later", {}, now=now, not_before=now + timedelta(hours=1))
    assert outbox.drain(now) == 0
    assert outbox.drain(now + timedelta(hours=1)) == 1


def test_a_claimed_effect_is_not_claimed_again(now: datetime) -> None:
    put("mail", "1", now)
    assert len(claim(now)) == 1
    assert claim(now) == []
    assert only().lease_until == now + timedelta(seconds=60)


def test_claims_keep_to_their_queues_and_limit(now: datetime) -> None:
    for n in range(5):
        put("mail", f"m{n}", now)
    put("plain", "p", now)
    assert [m.key for m in claim(now, "default")] == ["p"]
    assert [m.key for m in claim(now, "mail", limit=2)] == ["m0", "m1"]


def test_a_failure_waits_longer_each_time_then_the_effect_is_dead(now: datetime) -> None:
    def fail(message: Message) -> None:
        raise OSError("refused for camille.roux@example.org")

    behaviour["mail"] = fail
    put("mail", "1", now)
    waits = []
    for attempt in (1, 2, 3):
        assert outbox.drain(now) == 0
        row = only()
        assert row.attempts == attempt
        waits.append((row.next_attempt_at - now).total_seconds())
        assert outbox.drain(now) == 0, "not due yet"
        now = row.next_attempt_at
    assert 3.75 <= waits[0] <= 6.25
    assert 7.5 <= waits[1] <= 12.5
    assert row.state == OutboxState.DEAD
    assert row.last_error == "OSError: refused for [e-mail]"
    assert len(heard) == 3


@pytest.mark.parametrize(
    ("attempts", "low", "high"), [(1, 3.75, 6.25), (4, 30, 50), (12, 2700, 4500), (500, 2700, 4500)]
)
def test_backoff_doubles_up_to_an_hour(attempts: int, low: float, high: float) -> None:
    assert all(low <= outbox.backoff(attempts).total_seconds() <= high for _ in range(50))


def test_giving_up_is_dead_at_once(now: datetime) -> None:
    def refuse(message: Message) -> None:
        raise GiveUp("no such mailbox")

    behaviour["mail"] = refuse
    put("mail", "1", now)
    outbox.drain(now)
    assert (only().state, only().attempts) == ("dead", 1)


def test_later_does_not_count_as_an_attempt(now: datetime) -> None:
    at = now + timedelta(minutes=10)

    def later(message: Message) -> None:
        raise Later(at)

    behaviour["mail"] = later
    put("mail", "1", now)
    outbox.drain(now)
    assert (only().state, only().attempts, only().next_attempt_at) == ("pending", 0, at)


def test_one_failing_effect_does_not_stop_the_others(now: datetime) -> None:
    def fail_first(message: Message) -> None:
        if message.key == "1":
            raise ValueError

    behaviour["mail"] = fail_first
    put("mail", "1", now)
    put("mail", "2", now)
    assert outbox.drain(now) == 1


def test_a_handler_may_finish_in_its_own_transaction(now: datetime) -> None:
    def undo(message: Message) -> None:
        with transaction.atomic():
            message.done()
            raise RuntimeError("after all, no")

    behaviour["mail"] = undo
    put("mail", "1", now)
    outbox.drain(now)
    assert (only().state, only().done_at) == ("pending", None)
    behaviour["mail"] = lambda message: message.done()
    outbox.drain(now + timedelta(minutes=1))
    assert only().state == "done"


# --- Leases ---------------------------------------------------------------------------------------------------------
def test_a_lost_workers_effect_comes_back_when_its_lease_ends(now: datetime) -> None:
    put("plain", "1", now)
    (first,) = claim(now)
    assert outbox.reclaim(now + timedelta(seconds=59)) == 0
    later = now + timedelta(seconds=61)
    assert outbox.reclaim(later) == 1
    (second,) = claim(later)
    assert (second.attempts, second.uncertain) == (1, False)
    with pytest.raises(LeaseLost):
        first.handing_over()
    with pytest.raises(LeaseLost):
        first.done()
    second.done()
    assert only().state == "done"


def test_an_effect_that_kills_its_workers_ends_dead_and_takes_no_others_with_it(now: datetime) -> None:
    put("mail", "killer", now)
    put("mail", "quiet", now)
    assert [m.key for m in claim(now)] == ["killer", "quiet"]
    for _ in range(2):
        now += timedelta(seconds=61)
        outbox.reclaim(now)
        (suspect,) = claim(now, limit=20)
        if suspect.key == "quiet":
            outbox.handle(suspect)
            (suspect,) = claim(now)
    now += timedelta(seconds=61)
    outbox.reclaim(now)
    assert Outbox.objects.get(key="killer").state == "dead"
    assert Outbox.objects.get(key="quiet").state == "done"


def test_a_hand_over_cut_in_the_middle_is_repeated_and_said_uncertain(now: datetime) -> None:
    put("mail", "1", now)
    (message,) = claim(now)
    message.handing_over()
    assert only().handing_over_at == now
    later = now + timedelta(seconds=61)
    assert outbox.drain(later) == 1
    assert [m.uncertain for _topic, m in heard] == [True]


def test_a_hand_over_cut_in_the_middle_is_held_when_its_topic_says_so(now: datetime) -> None:
    put("pay", "1", now)
    (message,) = claim(now)
    message.handing_over()
    later = now + timedelta(seconds=31)
    assert outbox.drain(later) == 0
    assert only().state == "uncertain"
    assert list(queries.uncertain()) == [only()]
    assert heard == []


def test_a_failure_after_handing_over_is_held_unless_surely_not_accepted(now: datetime) -> None:
    def hand_over(message: Message) -> None:
        message.handing_over()
        raise NotAccepted("refused") if message.key == "refused" else TimeoutError

    behaviour["pay"] = hand_over
    put("pay", "timed-out", now)
    put("pay", "refused", now)
    outbox.drain(now)
    assert Outbox.objects.get(key="timed-out").state == "uncertain"
    refused = Outbox.objects.get(key="refused")
    assert (refused.state, refused.handing_over_at) == ("pending", None)


def test_the_rest_of_a_batch_renews_its_lease_before_it_begins(now: datetime) -> None:
    put("mail", "1", now)
    instant = now
    (message,) = outbox.claim("w1", ("mail",), 5, lambda: instant)
    instant = now + timedelta(seconds=45)
    seen: list[datetime | None] = []
    behaviour["mail"] = lambda _message: seen.append(only().lease_until)
    assert outbox.handle(message)
    assert seen == [instant + timedelta(seconds=60)]


def test_the_database_refuses_a_lease_without_holder(now: datetime) -> None:
    put("mail", "1", now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Outbox.objects.update(state="leased", lease_until=now)


# --- What a person settles ------------------------------------------------------------------------------------------
def test_a_dead_effect_is_tried_again_on_demand(now: datetime) -> None:
    put("mail", "1", now)
    Outbox.objects.update(state="dead", attempts=3, last_error="x")
    operations.retry(only().pk, AGENT, now)
    assert outbox.drain(now) == 1
    assert Event.objects.get().kind == "outbox.retried"
    with pytest.raises(operations.NotInThatState):
        operations.retry(only().pk, AGENT, now)


@pytest.mark.parametrize(("delivered", "state", "handed"), [(True, "done", 0), (False, "done", 1)])
def test_an_uncertain_effect_is_settled_by_a_person(now: datetime, delivered: bool, state: str, handed: int) -> None:
    put("pay", "1", now)
    Outbox.objects.update(state="uncertain", handing_over_at=now, attempts=1)
    operations.release(only().pk, AGENT, now, delivered=delivered)
    outbox.drain(now)
    assert (only().state, len(heard)) == (state, handed)
    assert all(not message.uncertain for _topic, message in heard)


def test_health_counts_what_needs_a_person(now: datetime) -> None:
    assert queries.health(now).well
    put("mail", "late", now - timedelta(minutes=6))
    health = queries.health(now)
    assert (health.late, health.dead, health.waiting_since) == (1, 0, now - timedelta(minutes=6))
    Outbox.objects.update(state="dead")
    assert (queries.health(now).dead, queries.health(now).well) == (1, False)


# --- The loop -------------------------------------------------------------------------------------------------------
def test_a_worker_told_to_stop_gives_back_what_it_did_not_begin(now: datetime) -> None:
    stop = threading.Event()
    for key in "abc":
        put("mail", key, now)
    behaviour["mail"] = lambda _message: stop.set()
    Worker(("mail",), "w").once(stop)
    assert sorted(Outbox.objects.values_list("key", "state", "attempts")) == [
        ("a", "done", 1),
        ("b", "pending", 0),
        ("c", "pending", 0),
    ]


def test_what_is_awaited_goes_before_the_rest_even_of_a_batch_begun(now: datetime) -> None:
    """A thousand notices of a cancellation, and someone who waits for the code to sign in."""
    for n in range(4):
        put("mail", f"m{n}", now)

    def code_asked_meanwhile(_message: Message) -> None:
        with transaction.atomic():
            outbox.enqueue("mail", "code", {}, now=now, awaited=True)

    behaviour["mail"] = code_asked_meanwhile
    worker = Worker((outbox.AWAITED, "mail"), "w", batch=3)
    worker.patience = 0
    for _ in range(4):
        worker.once(threading.Event())
    assert [message.key for _topic, message in heard] == ["m0", "code", "m1", "m2", "m3"]
    assert Outbox.objects.get(key="m1").attempts == 1


def test_a_worker_serves_queues_in_turn(now: datetime) -> None:
    for n in range(4):
        put("mail", f"m{n}", now)
        put("plain", f"p{n}", now)
    worker = Worker(("default", "mail"), "w", batch=2)
    for _ in range(4):
        worker.once(threading.Event())
    assert [message.key for _topic, message in heard] == ["p0", "p1", "m0", "m1", "p2", "p3", "m2", "m3"]
