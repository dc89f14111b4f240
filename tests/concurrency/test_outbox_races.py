"""Workers that race, and workers that die with kill -9 in the middle of a hand-over."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from bocage.base import outbox
from bocage.base.models import Outbox
from bocage.base.outbox import Message
from bocage.base.worker import Worker
from tests.base.conftest import behaviour
from tests.concurrency.conftest import PATIENCE, Race, result

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("house")]
EFFECTS = 120


def fill(topic: str, count: int = EFFECTS) -> list[str]:
    keys = [f"{topic}:{n:03}" for n in range(count)]
    with transaction.atomic():
        outbox.enqueue_many(topic, [(key, {}) for key in keys], now=timezone.now())
    return keys


def noting(path: Path) -> Callable[[Message], None]:
    """A handler that hands over to a file: each line written by one system call, whole."""

    def hand_over(message: Message) -> None:
        message.handing_over()
        note(path, f"{message.key} {message.uncertain}")

    return hand_over


def note(path: Path, line: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def work_until_empty(name: str) -> int:
    worker, never = Worker(("mail",), name, batch=7), threading.Event()
    claimed = 0
    while batch := worker.once(never):
        claimed += batch
    return claimed


def test_workers_that_race_hand_each_effect_over_once(race: Race, tmp_path: Path) -> None:
    told = tmp_path / "told"
    behaviour["mail"] = noting(told)
    with race.here():
        keys = fill("mail")
    claimed = race.run(*[(work_until_empty, f"w{n}") for n in range(4)])
    assert sum(claimed) == EFFECTS
    assert Counter(line.split()[0] for line in lines(told)) == Counter(keys)
    with race.here():
        assert Outbox.objects.filter(state="done").count() == EFFECTS


def naive_work(path: Path) -> None:
    """What ``claim`` must never become: read, then write without looking again."""
    while rows := list(Outbox.objects.filter(state="pending").order_by("id")[:7]):
        pks = [row.pk for row in rows]
        Outbox.objects.filter(pk__in=pks).update(state="leased", leased_by="naive", lease_until=timezone.now())
        for row in rows:
            note(path, row.key)
            Outbox.objects.filter(pk=row.pk).update(state="done", done_at=timezone.now())


def test_negative_control_a_naive_claim_doubles(race: Race, tmp_path: Path) -> None:
    told = tmp_path / "told"
    with race.here():
        fill("mail")
    race.run(*[(naive_work, told) for _ in range(4)])
    assert len(lines(told)) > EFFECTS, "this test cannot see doubles: the one above proves nothing"


def run_worker(name: str, queue: str) -> None:
    Worker((queue,), name, batch=3).run(threading.Event())


def wait_for(path: Path, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(lines(path)) < count:
        assert time.monotonic() < deadline, "the worker handed nothing over"
        time.sleep(0.005)


@pytest.mark.parametrize(("topic", "queue", "state"), [("mail", "mail", "done"), ("pay", "default", "uncertain")])
def test_a_worker_killed_in_the_middle_of_a_hand_over(
    race: Race, tmp_path: Path, topic: str, queue: str, state: str
) -> None:
    told = tmp_path / "told"

    def hang(message: Message) -> None:
        message.handing_over()
        note(told, message.key)
        signal.pause()

    behaviour[topic] = hang
    with race.here():
        first, second = fill(topic, 2)
    process, _pipe = race.start(run_worker, "victim", queue)
    wait_for(told, 1)
    os.kill(process.pid, signal.SIGKILL)
    process.join(PATIENCE)

    again = tmp_path / "again"
    behaviour[topic] = noting(again)
    now = timezone.now()
    with race.here():
        cut = Outbox.objects.get(key=first)
        assert (cut.state, cut.handing_over_at is not None) == ("leased", True)
        assert outbox.drain(now) == 0, "the lease still holds"
        outbox.drain(now + timedelta(seconds=61))
        assert Outbox.objects.get(key=first).state == state
        assert Outbox.objects.get(key=second).state == "done"
    repeated = [f"{first} True"] if state == "done" else []
    assert sorted(lines(again)) == sorted([*repeated, f"{second} False"])


def test_nothing_is_lost_and_only_cut_hand_overs_repeat_when_workers_keep_dying(race: Race, tmp_path: Path) -> None:
    told = tmp_path / "told"
    behaviour["mail"] = noting(told)
    with race.here():
        keys = fill("mail")
    for death in range(1, 5):
        process, _pipe = race.start(run_worker, f"victim{death}", "mail")
        wait_for(told, death * 20)
        os.kill(process.pid, signal.SIGKILL)
        process.join(PATIENCE)
    with race.here():
        later = timezone.now()
        for _ in range(3):
            later += timedelta(seconds=61)
            outbox.drain(later)
        assert set(Outbox.objects.values_list("state", flat=True)) == {"done"}
    seen = [line.split() for line in lines(told)]
    assert {key for key, _uncertain in seen} == set(keys)
    counts = Counter(key for key, _uncertain in seen)
    doubled = {key for key, count in counts.items() if count > 1}
    assert doubled <= {key for key, uncertain in seen if uncertain == "True"}
    assert len(doubled) <= 4, "one hand-over at most is cut by one death"


def enqueue_often(key: str, now: datetime) -> None:
    for n in range(20):
        with transaction.atomic():
            outbox.enqueue("mail", f"{key}:{n}", {}, now=now)


def test_the_same_keys_enqueued_by_several_processes_are_one_effect_each(race: Race, now: datetime) -> None:
    race.run(*[(enqueue_often, "notice", now) for _ in range(4)])
    with race.here():
        assert Outbox.objects.count() == 20


def test_a_worker_told_to_stop_stops(race: Race) -> None:
    def stop_soon() -> bool:
        stop = threading.Event()
        threading.Timer(0.2, stop.set).start()
        Worker((), "w").run(stop)
        return True

    assert result(race.start(stop_soon)[1])
