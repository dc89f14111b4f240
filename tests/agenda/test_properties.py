"""Whatever people and agents do, in any order: no place too many, none lost, nobody waiting beside a free one."""

import contextlib
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bocage.agenda import operations, queries
from bocage.agenda.models import Ended, Pool, Registration, WaitEntry
from bocage.agenda.operations import leaving
from bocage.agenda.refusals import Refused
from tests.agenda import factories
from tests.agenda.factories import BY, SYSTEM, someone
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("enrol"), st.integers(0, 3), st.integers(1, 3), st.booleans()),
        st.tuples(st.just("hold"), st.integers(0, 3), st.integers(1, 2), st.booleans()),
        st.tuples(st.just("force"), st.integers(0, 3), st.integers(1, 2), st.booleans()),
        st.tuples(st.just("leave"), st.integers(0, 20)),
        st.tuples(st.just("confirm"), st.integers(0, 20)),
        st.tuples(st.just("move"), st.integers(0, 20), st.integers(0, 2)),
        st.tuples(st.just("capacity"), st.integers(0, 2), st.integers(0, 5)),
        st.tuples(st.just("cancel"), st.integers(0, 2)),
        st.tuples(st.just("wait_for"), st.integers(1, 4000)),
    ),
    min_size=3,
    max_size=25,
)


class World:
    """A course of three sessions, and the hand that does things in it."""

    def __init__(self) -> None:
        told = factories.terms(2, max_party=3, hold_minutes=15, accept_hours=24)
        self.series = factories.series(factories.offer(told), count=3)
        self.sessions = list(self.series.sessions.order_by("starts"))
        self.now, self.made = NOW, []
        for number in (0, 1, 2, 0, 1, 2):  # every session is full, and people wait
            self.enrol(number, 1, False, "enrol")
        for number in (0, 1, 3, 2):
            self.enrol(number, 1 + number % 2, True, "enrol")

    def do(self, act) -> None:
        getattr(self, act[0] if act[0] not in {"hold", "force"} else "enrol")(*act[1:], kind=act[0])

    def enrol(self, what, size, wait, kind) -> None:
        target = self.series if what == 3 else self.sessions[what]
        more = {"hold": kind == "hold", "force": kind == "force", "wait": wait}
        self.made.append(operations.enrol(target, someone(size=size), by=BY, now=self.now, **more))

    def leave(self, which, kind) -> None:
        if self.made:
            operations.leave(self.made[which % len(self.made)], ended=Ended.AGENT, actor=SYSTEM, now=self.now)

    def confirm(self, which, kind) -> None:
        if self.made:
            operations.confirm(self.made[which % len(self.made)], by=BY, now=self.now)

    def move(self, which, to, kind) -> None:
        if self.made:
            row = Registration.objects.select_related("terms").get(pk=self.made[which % len(self.made)].pk)
            operations.move(row, self.sessions[to], actor=SYSTEM, now=self.now)

    def capacity(self, which, places, kind) -> None:
        pool = self.sessions[which].pools.get()
        if self.sessions[which].cancelled_at is None:
            operations.set_capacity(pool, places, actor=SYSTEM, now=self.now)

    def cancel(self, which, kind) -> None:
        operations.cancel_session(self.sessions[which], reason="Neige", actor=SYSTEM, now=self.now)

    def wait_for(self, minutes, kind) -> None:
        self.now += timedelta(minutes=minutes)
        leaving.end_expired(self.now)

    def check(self) -> None:
        assert queries.drift() == []
        assert not queries.ghosts().exists()
        for entry in WaitEntry.objects.filter(waits=True).select_related("registration__terms"):
            pools = [pool for pool in leaving._pools_of(entry, self.now) if pool.session.starts > self.now]
            assert not pools or any(pool.left < entry.size for pool in pools), "waits beside a free place"
        for pool in Pool.objects.all():
            assert pool.taken <= pool.capacity + pool.overbook


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=ACTS)
def test_any_sequence_keeps_the_counts_right(db, territory, acts):
    with transaction.atomic():
        world = World()
        for act in acts:
            with contextlib.suppress(Refused):
                world.do(act)
            world.check()
        transaction.set_rollback(True)
