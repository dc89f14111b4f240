"""Fixtures and strictness shared by every test."""

import functools
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import databases, readyhouse, strictness

# Speed is measured in bench/, never by a unit test: a busy machine fails nothing. The same examples for the same code:
# a change is never refused for what another brought; `--hypothesis-profile explore` draws new ones each time.
hypothesis_settings.register_profile(
    "explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
hypothesis_settings.register_profile("house", hypothesis_settings.get_profile("explore"), derandomize=True)
hypothesis_settings.load_profile("house")

pytest_plugins = ["tests.browser.visiting"]

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
"""The tests' usual instant: a Tuesday, 10:30 in Mormal, town halls open, no holiday near."""


@pytest.fixture
def now() -> datetime:
    """The tests' usual instant, to hand to operations."""
    return NOW


@pytest.fixture
def frozen(now: datetime) -> Iterator[datetime]:
    """The clock stands at ``now``: for views, which read it."""
    import time_machine

    with time_machine.travel(now, tick=False):
        yield now


# --- Houses --------------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Where houses made ready wait for this run and its workers (see tests/readyhouse.py)."""
    if readyhouse.FOLDER not in os.environ:
        os.environ[readyhouse.FOLDER] = folder = tempfile.mkdtemp(prefix="bocage-houses-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        config.add_cleanup(lambda: os.environ.pop(readyhouse.FOLDER))


# --- What does not depend on the database is shown once -----------------------------------------------------------

DATABASE_FIXTURES = {"db", "transactional_db"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--only-database``: leave out the tests that no database can change; ./test runs them on SQLite."""
    parser.addoption("--only-database", action="store_true", help="only the tests that use a database")


def _uses_database(item: pytest.Item) -> bool:
    """pytest-django lets no other test reach a database; those of processes and journeys have their own."""
    marked = any(item.get_closest_marker(name) for name in ("django_db", "processes", "browser"))
    return marked or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def _turn(item: pytest.Item) -> int:
    """What starts the first house begins, beside what needs none; what copies it comes after, and need not wait."""
    if item.path.name == "test_serve.py":
        return 0
    return 1 if item.path.parent.name in {"concurrency", "upgrade"} else 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was shown already, and give the others their turn."""
    if config.getoption("markexpr"):  # the whole of a kind: see ./test
        items.sort(key=_turn)
    if config.getoption("only_database"):
        config.hook.pytest_deselected(items=[item for item in items if not _uses_database(item)])
        items[:] = [item for item in items if _uses_database(item)]


# --- Databases -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _quick_databases() -> Iterator[None]:
    """Migrations run once for each state of the code, not once for each run (see tests/databases.py)."""
    from django.db.backends.base.creation import BaseDatabaseCreation

    original = BaseDatabaseCreation.create_test_db
    quick = functools.partialmethod(_create_test_db, original)
    BaseDatabaseCreation.create_test_db = quick  # type: ignore[method-assign, assignment]
    yield
    BaseDatabaseCreation.create_test_db = original  # type: ignore[method-assign]


def _create_test_db(creation: Any, original: Any, *args: Any, **kwargs: Any) -> str:
    return databases.create_test_db(original, creation, *args, **kwargs)


@pytest.fixture(scope="session")
def django_db_setup(_quick_databases: None, django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that commit put the first state back, rather than flush tables."""
    from django.db import connection

    with django_db_blocker.unblock():
        first = databases.FirstState()
    connection.ops.execute_sql_flush = first.put_back  # type: ignore[method-assign]


# --- Strictness ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _strict_templates() -> None:
    """An unknown variable in one of our templates fails the test that renders it."""
    from django.template import engines

    engines["django"].engine.string_if_invalid = strictness.UnknownVariable()  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _strict_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page that the test client gets is looked at: title, heading, CSRF tokens, what the CSP would refuse."""
    from django.test import Client

    get = Client.request

    @functools.wraps(get)
    def request(self: Client, **environ: Any) -> Any:
        response = get(self, **environ)
        strictness.look_at(response)
        return response

    monkeypatch.setattr(Client, "request", request)


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Only loopback is reachable: a test that needs the network would fail elsewhere."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if host not in {"127.0.0.1", "::1", "localhost"}:
            raise RuntimeError(f"a test reached for the network: {address}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


# --- Nothing is skipped silently -----------------------------------------------------------------------------------

_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped, expected failures included."""
    if report.skipped:
        _skipped.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A whole module may be skipped at its import."""
    if report.skipped:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test fails the run: what a machine lacks must be named and installed, not passed over."""
    if _skipped and not hasattr(session.config, "workerinput"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say why the run failed."""
    for nodeid in _skipped:
        terminalreporter.write_line(f"SKIPPED, which counts as failed: {nodeid}", red=True)
