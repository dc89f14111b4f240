"""The scheduler in one process: first runs, the grid, missed runs, daily hours over clock changes, the house's jobs."""

import os
import socket
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django_tasks_db.models import DBTaskResult

from bocage.base import jobs, outbox, queries, scheduler
from bocage.base.manifest import Job, manifest
from bocage.base.models import Outbox, Schedule
from tests.base.conftest import heard

pytestmark = pytest.mark.django_db
DAILY = Job(name="d", path="x", every=timedelta(days=1), at="03:10")


def keys() -> list[str]:
    return list(Outbox.objects.order_by("id").values_list("key", flat=True))


@pytest.mark.usefixtures("house")
class TestTick:
    """What a tick enqueues."""

    def test_a_new_job_runs_at_once_a_daily_one_at_its_hour(self, now: datetime) -> None:
        assert scheduler.tick(now) == 1
        assert keys() == [f"tests.often@{now.isoformat()}"]
        assert Schedule.objects.get(name="tests.daily").next_run_at == datetime(2026, 3, 11, 2, 10, tzinfo=UTC)

    def test_the_same_instant_twice_enqueues_once(self, now: datetime) -> None:
        assert [scheduler.tick(now), scheduler.tick(now)] == [1, 0]

    def test_jobs_are_run_with_the_instant(self, now: datetime) -> None:
        scheduler.tick(now)
        outbox.drain(now)
        assert heard == [("job", now)]

    def test_missed_runs_are_made_up_once_and_the_grid_is_kept(self, now: datetime) -> None:
        scheduler.tick(now)
        outbox.drain(now)
        later = now + timedelta(hours=2, minutes=3)
        assert scheduler.tick(later) == 1
        assert keys()[-1] == f"tests.often@{(now + timedelta(minutes=5)).isoformat()}"
        assert Schedule.objects.get(name="tests.often").next_run_at == now + timedelta(hours=2, minutes=5)
        assert scheduler.tick(later + timedelta(seconds=1)) == 0

    def test_runs_do_not_pile_up_while_workers_are_down(self, now: datetime) -> None:
        for hour in range(5):
            scheduler.tick(now + timedelta(hours=hour))
        assert len([key for key in keys() if key.startswith("tests.often@")]) == 1

    def test_a_job_that_was_removed_ends_dead(self, now: datetime) -> None:
        with transaction.atomic():
            outbox.enqueue("job", "gone@x", {"job": "gone"}, now=now)
        outbox.drain(now)
        assert Outbox.objects.get().state == "dead"

    def test_a_job_keeps_its_own_lease(self, now: datetime) -> None:
        scheduler.tick(now)
        (message,) = outbox.claim("w", ("jobs",), 5, lambda: now)
        assert message.lease_until == now + timedelta(minutes=1)

    def test_late_jobs_are_seen(self, now: datetime) -> None:
        scheduler.tick(now)
        assert not queries.late_jobs(now).exists()
        assert [row.name for row in queries.late_jobs(now + timedelta(minutes=11))] == ["tests.often"]


@pytest.mark.parametrize(
    ("due", "now", "expected"),
    [
        # An ordinary day: the next morning.
        (datetime(2026, 3, 10, 2, 10, tzinfo=UTC), datetime(2026, 3, 10, 2, 11, tzinfo=UTC), (11, 2)),
        # Down for three days: the next morning to come.
        (datetime(2026, 3, 10, 2, 10, tzinfo=UTC), datetime(2026, 3, 13, 9, 0, tzinfo=UTC), (14, 2)),
        # Summer time began on 29 March: 3:10 in Paris is 1:10 UTC.
        (datetime(2026, 3, 28, 2, 10, tzinfo=UTC), datetime(2026, 3, 28, 2, 10, tzinfo=UTC), (29, 1)),
    ],
)
def test_daily_jobs_keep_their_local_hour(due: datetime, now: datetime, expected: tuple[int, int]) -> None:
    instant = scheduler.next_due(DAILY, due, now).astimezone(UTC)
    assert (instant.day, instant.hour, instant.minute) == (*expected, 10)


# --- The house's own jobs -------------------------------------------------------------------------------------------
def test_every_job_of_base_runs_when_due(now: datetime) -> None:
    for job in manifest.jobs:
        row = Outbox(pk=1, topic="job", key=job.name, payload={"job": job.name}, lease_until=now)
        scheduler.deliver(outbox._message(row, "token", lambda: now))
    assert {job.name for job in manifest.jobs} == {"journal.seal", "tasks.repair", "statistics"}


def test_sqlite_is_made_to_look_at_its_tables(now: datetime) -> None:
    """Nobody else tells it: without it the worklist of 100,000 cases goes through the wrong index."""
    Session.objects.create(session_key="a", session_data="", expire_date=now)

    def seen() -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            if "sqlite_stat1" not in [name for (name,) in cursor.execute("SELECT name FROM sqlite_master").fetchall()]:
                return []
            cursor.execute("SELECT tbl, stat FROM sqlite_stat1 WHERE idx LIKE %s", ["django_session_expire%"])
            return [tuple(row) for row in cursor.fetchall()]

    if connection.vendor == "sqlite":
        assert seen() == []
    jobs.refresh_statistics(now)
    if connection.vendor == "sqlite":
        assert seen() == [("django_session", "1 1")]


def test_done_effects_are_forgotten_after_thirty_days(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PURGED_AT_ONCE", 2)
    for days, state in [(31, "done")] * 5 + [(29, "done"), (90, "dead")]:
        done = now - timedelta(days=days)
        Outbox.objects.create(
            topic="event",
            key=f"{days}{state}{Outbox.objects.count()}",
            payload={},
            state=state,
            created_at=done,
            next_attempt_at=done,
            done_at=done,
        )
    assert jobs.outbox_due(now) == 5
    assert jobs.purge_outbox(now) == 5
    assert sorted(Outbox.objects.values_list("state", flat=True)) == ["dead", "done"]


def test_expired_sessions_are_forgotten(now: datetime) -> None:
    Session.objects.create(session_key="old", session_data="", expire_date=datetime(2020, 1, 1, tzinfo=UTC))
    assert jobs.sessions_due(now) == 1
    assert jobs.clear_sessions(now) == 1
    assert not Session.objects.exists()


class TestRepairOfTasks:
    """Tasks of a killed worker would stay RUNNING for ever."""

    HERE = socket.gethostname()

    def task(self, now: datetime, *workers: str, minutes: int = 1) -> DBTaskResult:
        return DBTaskResult.objects.create(
            status="RUNNING",
            args_kwargs={"args": [], "kwargs": {}},
            task_path="x.y",
            worker_ids=list(workers),
            backend_name="default",
            run_after=now,
            started_at=now - timedelta(minutes=minutes),
            exception_class_path="",
            traceback="",
        )

    @pytest.mark.parametrize(
        ("workers", "minutes", "status"),
        [
            ((f"{HERE}:{2**22 + 1}",), 1, "READY"),  # no such process: above the kernel's highest pid
            ((f"{HERE}:{os.getpid()}",), 1, "RUNNING"),
            (("elsewhere:1",), 1, "RUNNING"),
            (("elsewhere:1",), 31, "READY"),
            (("a:1", "b:1", "c:1"), 31, "FAILED"),
        ],
    )
    def test_repair(self, now: datetime, workers: tuple[str, ...], minutes: int, status: str) -> None:
        task = self.task(now, *workers, minutes=minutes)
        assert jobs.repair_tasks(now) == (status != "RUNNING")
        task.refresh_from_db()
        assert task.status == status
