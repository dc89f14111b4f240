"""Topics, jobs and subscribers for the tests of the lowest floor, in place of the installed apps' ones."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bocage.base import journal, outbox, registry
from bocage.base.manifest import Job, Manifest, Subscriber, Topic, manifest

heard: list[tuple[str, Any]] = []
"""What the handlers below were given, in order."""
behaviour: dict[str, Callable[[Any], None]] = {}
"""What ``handler`` does, by topic; nothing by default."""


def handler(message: outbox.Message) -> None:
    """Handler of every test topic."""
    heard.append((message.topic, message))
    if act := behaviour.get(message.topic):
        act(message)


def on_event(event: Any, now: Any) -> None:
    """A subscriber."""
    heard.append(("event", event))


def on_job(now: Any) -> None:
    """A job."""
    heard.append(("job", now))


def other_job(now: Any) -> None:
    """Another job."""
    heard.append(("other", now))


HERE = "tests.base.conftest"
TEST_MANIFEST = Manifest(
    name="tests",
    label="Essais",
    summary="",
    topics=(
        Topic(name="mail", path=f"{HERE}.handler", queue="mail", max_attempts=3),
        Topic(name="pay", path=f"{HERE}.handler", when_cut="hold", lease=timedelta(seconds=30)),
        Topic(name="plain", path=f"{HERE}.handler"),
    ),
    subscribers=(
        Subscriber(kind="case.submitted", name="tests.one", path=f"{HERE}.on_event"),
        Subscriber(kind="case.*", name="tests.all", path=f"{HERE}.on_event"),
    ),
    jobs=(
        Job(name="tests.often", path=f"{HERE}.on_job", every=timedelta(minutes=5), lease=timedelta(minutes=1)),
        Job(name="tests.daily", path=f"{HERE}.other_job", every=timedelta(days=1), at="03:10"),
    ),
)


def forget() -> None:
    """Empty what is remembered of the manifests."""
    for cached in (outbox.topics, outbox._jobs, journal._by_name, journal.subscribers, registry.manifests):
        cached.cache_clear()


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[Manifest]:
    """A house of two apps: base, without its jobs, and the tests' own."""
    base = Manifest(name="base", label="", summary="", topics=manifest.topics)
    forget()
    monkeypatch.setattr(registry, "manifests", lambda: (base, TEST_MANIFEST))
    heard.clear()
    behaviour.clear()
    yield TEST_MANIFEST
    monkeypatch.undo()
    forget()


@pytest.fixture
def territory(db: None, now: datetime) -> None:
    """Mormal, loaded."""
    from bocage.territory.operations import load_territory

    load_territory("mormal", now=now)
