"""The shared cache of files: live entries stay, what is over goes, and of two that add one succeeds."""

import multiprocessing
import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache.backends.filebased import FileBasedCache

from bocage.base.filecache import FileCache

AT_ONCE = 8
ROUNDS = 20


@pytest.fixture
def cache(tmp_path):
    return FileCache(str(tmp_path), {"OPTIONS": {"MAX_ENTRIES": 3000}})


def files(tmp_path) -> int:
    return len(list(tmp_path.glob("*.djcache")))


def test_many_entries_do_not_push_out_others(cache, tmp_path, monkeypatch):
    for number in range(700):
        cache.set(f"flood-{number}", number, 300)
    monkeypatch.setattr(random, "randrange", lambda most: 0)  # look at every file
    cache.set("one-more", 1, 300)
    assert all(cache.get(f"flood-{number}") == number for number in range(700))


def test_djangos_own_pushes_them_out(tmp_path):
    """Why there is another: without it, the test above fails."""
    theirs = FileBasedCache(str(tmp_path), {})
    for number in range(400):
        theirs.set(f"flood-{number}", number, 300)
    assert sum(theirs.get(f"flood-{number}") is not None for number in range(400)) < 400


def test_what_is_over_is_swept(cache, tmp_path, monkeypatch, time_machine):
    cache.set("short", 1, 60)
    cache.set("long", 2, 6000)
    time_machine.move_to(datetime.now(UTC) + timedelta(minutes=5))
    monkeypatch.setattr(random, "randrange", lambda most: 0)
    cache.set("another", 3, 60)
    assert files(tmp_path) == 2
    assert (cache.get("short"), cache.get("long")) == (None, 2)


def test_a_flood_is_bounded(cache, tmp_path, monkeypatch):
    small = FileCache(str(tmp_path), {"OPTIONS": {"MAX_ENTRIES": 30}})
    monkeypatch.setattr(random, "randrange", lambda most: 0)
    for number in range(200):
        small.set(f"flood-{number}", number, 300)
    assert files(tmp_path) <= 32


def test_a_number_is_added_to(cache):
    cache.set("count", 1)
    assert cache.incr("count") == 2
    with pytest.raises(ValueError, match="none"):
        cache.incr("none")


def _adds(kind, folder, barrier, pipe):
    cache = kind(folder, {})
    told = []
    for number in range(ROUNDS):
        barrier.wait(30)
        told.append(bool(cache.add(f"code-{number}", 1, 60)))
    pipe.send(told)


def winners(kind, folder) -> list[int]:
    """How many of the processes that add at once believe that they were the first, round by round."""
    context = multiprocessing.get_context("fork")
    barrier, pipes = context.Barrier(AT_ONCE), []
    started = []
    for _ in range(AT_ONCE):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_adds, args=(kind, str(folder), barrier, theirs), daemon=True)
        process.start()
        started.append(process)
        pipes.append(ours)
    try:
        assert all(pipe.poll(60) for pipe in pipes)
        told = [pipe.recv() for pipe in pipes]
    finally:
        for process in started:
            process.join(5)
            process.kill()
    return [sum(column) for column in zip(*told, strict=True)]


def slow(kind):
    """A cache whose gap between a look and a write is long enough to be seen each time."""

    def late(self, *args, **kwargs):
        time.sleep(0.01)
        kind.set(self, *args, **kwargs)

    return type("Slow", (kind,), {"set": late})


@pytest.mark.processes
def test_of_those_who_add_at_once_one_succeeds(tmp_path):
    assert winners(slow(FileCache), tmp_path) == [1] * ROUNDS


@pytest.mark.processes
def test_without_the_lock_several_do(tmp_path):
    """Negative control: Django's own ``add`` looks, then writes."""
    assert max(winners(slow(FileBasedCache), tmp_path)) > 1
