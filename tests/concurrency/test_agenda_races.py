"""Places raced for by processes: never one too many, never one lost, the line always served. With negative controls."""

import contextlib
import random
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bocage.agenda import operations, queries
from bocage.agenda.models import Allocation, Ended, Pool, Registration, Series, Session, State, WaitEntry
from bocage.agenda.operations import enrolling, leaving
from bocage.agenda.operations.places import NoPlace, take
from bocage.agenda.refusals import Refused
from bocage.territory.operations import load_territory
from tests.agenda import factories
from tests.agenda.factories import BY, SYSTEM, someone
from tests.concurrency.conftest import Race
from tests.conftest import NOW

pytestmark = pytest.mark.processes
PROCESSES = 8


def _at(race: Race, make):
    """Something made on the race's database, by its id."""
    with race.here():
        load_territory("mormal", now=timezone.now())
        return make().pk


def _soundness(race: Race) -> None:
    with race.here():
        assert queries.drift() == []
        assert not queries.ghosts().exists()


@contextlib.contextmanager
def _only(code: str):
    """Where one may be refused for this reason, and for no other."""
    try:
        yield
    except Refused as refusal:
        if refusal.code != code:
            raise


def enrol_some(pk: int, number: int, times: int) -> int:
    """How many of so many people get a place."""
    session, done = Session.objects.select_related("offer__terms").get(pk=pk), 0
    for turn in range(times):
        with _only("full"):
            operations.enrol(session, someone(f"Personne {number}-{turn}"), by=BY, now=NOW)
            done += 1
    return done


def naive_enrol(pk: int, number: int, times: int) -> int:
    """What one would write without the conditional update: look whether there is room, then take it."""
    session, done = Session.objects.select_related("offer__terms").get(pk=pk), 0
    for turn in range(times):
        with transaction.atomic():
            pool = Pool.objects.get(session=session)
            if pool.taken >= pool.capacity:
                continue
            row = Registration.objects.create(
                reference=f"{number}-{turn}",
                offer=session.offer,
                terms=session.offer.terms,
                session=session,
                option="place",
                state=State.CONFIRMED,
                name="Personne",
                made_at=NOW,
            )
            Allocation.objects.create(registration=row, pool=pool, size=1)
            Pool.objects.filter(pk=pool.pk).update(taken=pool.taken + 1)
            done += 1
    return done


def test_a_rush_sells_every_place_and_not_one_more(race: Race) -> None:
    pk = _at(race, lambda: factories.session(factories.offer(factories.terms(20))))
    done = race.run(*[(enrol_some, pk, number, 5) for number in range(PROCESSES)])
    assert sum(done) == 20
    _soundness(race)
    with race.here():
        assert Registration.objects.count() == 20


def test_without_the_conditional_update_there_are_too_many(race: Race) -> None:
    """The negative control. SQLite lets one transaction write at a time, and hides the race."""
    for _round in range(5 if connection.vendor == "postgresql" else 1):
        pk = _at(race, lambda: factories.session(factories.offer(factories.terms(20))))
        if sum(race.run(*[(naive_enrol, pk, number + _round * 100, 5) for number in range(PROCESSES)])) > 20:
            return
    assert connection.vendor == "sqlite", "the race that the conditional update guards against was never seen"


def same_person(pk: int) -> bool:
    session = Session.objects.select_related("offer__terms").get(pk=pk)
    with _only("twice"):
        operations.enrol(session, someone("Camille Martin"), by=BY, now=NOW)
        return True
    return False


def test_one_person_takes_one_place_however_often_they_press(race: Race) -> None:
    pk = _at(race, lambda: factories.session(factories.offer(factories.terms(20))))
    assert sum(race.run(*[(same_person, pk)] * PROCESSES)) == 1
    _soundness(race)


def come_and_go(series: int, number: int) -> None:
    """Take whole courses and single sessions in any order, leave some: nobody waits for somebody who waits for them."""
    course = Series.objects.select_related("offer__terms").get(pk=series)
    sessions = list(course.sessions.select_related("offer__terms"))
    draw = random.Random(number)
    mine = []
    for turn in range(12):
        what = course if draw.random() < 0.5 else draw.choice(sessions)
        wait = draw.random() < 0.4
        with contextlib.suppress(Refused):
            mine.append(operations.enrol(what, someone(f"Personne {number}-{turn}"), by=BY, now=NOW, wait=wait))
        if mine and draw.random() < 0.5:
            gone = mine.pop(draw.randrange(len(mine)))
            operations.leave(gone, ended=Ended.AGENT, actor=SYSTEM, now=NOW)


def _left_while_waiting() -> list[int]:
    """Entries that wait although each of their pools has room for all of them."""
    found = []
    for entry in WaitEntry.objects.filter(waits=True).select_related("registration__terms"):
        pools = list(leaving._pools_of(entry, NOW))
        if pools and all(pool.left >= entry.size for pool in pools):
            found.append(entry.pk)
    return found


def test_courses_and_sessions_in_any_order(race: Race) -> None:
    pk = _at(race, lambda: factories.series(factories.offer(factories.terms(4)), count=5))
    race.run(*[(come_and_go, pk, number) for number in range(PROCESSES)])
    _soundness(race)
    with race.here():
        assert _left_while_waiting() == []


def leave_or_join(pk: int, number: int, holders: list[int], turns: bool) -> None:
    """Half of them give their place back while the other half, having seen that it is full, join the line."""
    if not turns:
        leaving.take_turn = enrolling.take_turn = lambda offer: None  # type: ignore[assignment]
    if number < len(holders):
        time.sleep(0.15)
        operations.leave(Registration.objects.get(pk=holders[number]), ended=Ended.AGENT, actor=SYSTEM, now=NOW)
    else:
        session = Session.objects.select_related("offer__terms").get(pk=pk)
        enrolling.take = _Slow()
        operations.enrol(session, someone(f"Attente {number}"), by=BY, now=NOW, wait=True)


class _Slow:
    """The gap between seeing that it is full, for the second time, and joining the line, made wide."""

    looks = 0

    def __call__(self, wanted, *, force=False):
        self.looks += 1
        try:
            take(wanted, force=force)
        except NoPlace:
            time.sleep(0.3 * (self.looks == 2))
            raise


def _leaving_and_joining(race: Race, *, turns: bool) -> list[int]:
    half = PROCESSES // 2
    with race.here():
        load_territory("mormal", now=timezone.now())
        session = factories.session(factories.offer(factories.terms(half)))
        holders = [factories.enrol(session).pk for _place in range(half)]
    race.run(*[(leave_or_join, session.pk, number, holders, turns) for number in range(PROCESSES)])
    _soundness(race)
    with race.here():
        return _left_while_waiting()


def test_whoever_leaves_and_whoever_joins_meet(race: Race) -> None:
    for _round in range(3):
        assert _leaving_and_joining(race, turns=True) == []


def test_without_turns_someone_waits_for_a_free_place(race: Race) -> None:
    """The negative control. SQLite lets one transaction write at a time, and hides the race."""
    for _round in range(5 if connection.vendor == "postgresql" else 1):
        if _leaving_and_joining(race, turns=False):
            return
    assert connection.vendor == "sqlite", "the race that turns guard against was never seen"


def accept(pk: int) -> bool:
    try:
        operations.confirm(Registration.objects.get(pk=pk), by=BY, now=NOW + timedelta(minutes=14, seconds=59))
    except Refused:
        return False
    return True


def expire(pk: int) -> bool:
    return leaving.end_expired(NOW + timedelta(minutes=15)) == 1


def test_a_place_is_accepted_or_let_go_never_both(race: Race) -> None:
    for _round in range(3):
        pk = _at(race, lambda: factories.enrol(factories.session(factories.offer(factories.terms(1))), hold=True))
        told = race.run((accept, pk), (expire, pk), (expire, pk))
        assert sum(told) == 1
        _soundness(race)
