"""Schedulers that race: each due job is enqueued once."""

from datetime import datetime, timedelta

import pytest

from bocage.base import outbox, registry, scheduler
from bocage.base.manifest import Job, Manifest, manifest
from bocage.base.models import Outbox, Schedule
from tests.concurrency.conftest import Race

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("house")]
JOBS = tuple(Job(name=f"race.{n}", path="tests.base.conftest.on_job", every=timedelta(minutes=1)) for n in range(20))


def test_four_schedulers_start_each_job_once(race: Race, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    house = Manifest(name="base", label="", summary="", topics=manifest.topics, jobs=JOBS)
    monkeypatch.setattr(registry, "manifests", lambda: (house,))
    outbox.topics.cache_clear()
    started = race.run(*[(scheduler.tick, now) for _ in range(4)])
    assert sum(started) == len(JOBS)
    with race.here():
        assert Outbox.objects.filter(topic="job").count() == len(JOBS)
        assert Schedule.objects.filter(next_run_at=now + timedelta(minutes=1)).count() == len(JOBS)
        Outbox.objects.update(state="done", done_at=now)
    later = now + timedelta(minutes=7)
    assert sum(race.run(*[(scheduler.tick, later) for _ in range(4)])) == len(JOBS)
    with race.here():
        assert Outbox.objects.filter(state="pending").count() == len(JOBS)
