"""Real processes on a real database: an SQLite file, or a database of the PostgreSQL cluster under test.

Processes are forked after every connection is closed, and open their own. The parent looks at the same database inside
``race.here()``.
"""

import contextlib
import multiprocessing
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.base.conftest import house

__all__ = ["house"]

PATIENCE = 30  # seconds before a process is given up: a test then fails, it does not hang


class Race:
    """Starts processes on one database."""

    def __init__(self, name: str, blocker: Any) -> None:
        self.name = name
        self.blocker = blocker
        self.context = multiprocessing.get_context("fork")
        self.started: list[Any] = []

    def _open(self) -> None:
        from django.db import connections

        settings = {**connections["default"].settings_dict, "NAME": self.name}
        connections.settings["default"] = settings
        connections["default"] = connections.create_connection("default")

    @contextlib.contextmanager
    def here(self) -> Iterator[None]:
        """This process, on the race's database."""
        from django.db import connections

        with self.blocker.unblock():
            kept, settings = connections["default"], connections.settings["default"]
            self._open()
            try:
                yield
            finally:
                connections["default"].close()
                connections["default"] = kept
                connections.settings["default"] = settings

    def start(self, call: Callable[..., Any], *args: Any) -> tuple[Any, Any]:
        """A process that runs ``call(*args)``. Returns it and the pipe on which its result, or its error, arrives."""
        ours, theirs = self.context.Pipe(duplex=False)
        process = self.context.Process(target=self._child, args=(theirs, call, args), daemon=True)
        process.start()
        theirs.close()
        self.started.append(process)
        return process, ours

    def _child(self, pipe: Any, call: Callable[..., Any], args: tuple[Any, ...]) -> None:
        from django.db import connections

        self.blocker.unblock()
        self._open()
        try:
            pipe.send(("result", call(*args)))
        except BaseException as error:
            pipe.send(("error", repr(error)))
        finally:
            connections["default"].close()

    def run(self, *calls: tuple[Any, ...]) -> list[Any]:
        """Run several ``(call, *args)`` at once, started by a common signal. Returns their results in order."""
        barrier = self.context.Barrier(len(calls))

        def begin(call: Callable[..., Any], *args: Any) -> Any:
            from django.db import connection

            connection.ensure_connection()
            barrier.wait(PATIENCE)
            return call(*args)

        pipes = [self.start(begin, *call)[1] for call in calls]
        return [result(pipe) for pipe in pipes]


def result(pipe: Any) -> Any:
    """What a process returned. Fails when it raised, died or takes too long."""
    assert pipe.poll(PATIENCE), "a process takes too long"
    try:
        kind, value = pipe.recv()
    except EOFError:
        pytest.fail("a process died")
    assert kind == "result", value
    return value


def migrate(url: str) -> None:
    """Create the tables of an empty database, in a process of its own."""
    environment = {**os.environ, "DATABASE_URL": url, "BOCAGE_MODE": "test"}
    command = [sys.executable, str(databases.ROOT / "manage.py"), "migrate", "--verbosity=0", "--skip-checks"]
    subprocess.run(command, env=environment, check=True, timeout=120, cwd=databases.ROOT)


def sqlite_file(folder: Path) -> str:
    """A copy of the migrated snapshot that the other tests keep, made here when it is not there yet."""
    name = folder / "race.sqlite3"
    kept = databases.KEPT / f"{databases.fingerprint()}.sqlite3"
    if kept.exists():
        shutil.copy(kept, name)
    else:
        migrate(f"sqlite:///{name}")
    return str(name)


def postgres_database(url: str) -> str:
    """A database made from the template that the other tests keep, made here when it is not there yet."""
    from django.db import DatabaseError, connection

    name, template = f"race_{uuid.uuid4().hex[:12]}", f"bocage_template_{databases.fingerprint()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        known = cursor.fetchone() is not None
        cursor.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if known else ""))
    if not known:
        migrate(f"{url.rpartition('/')[0]}/{name}")
        with connection._nodb_cursor() as cursor, contextlib.suppress(DatabaseError):  # another process was quicker
            cursor.execute(f"CREATE DATABASE {template} TEMPLATE {name}")
    return name


@pytest.fixture
def race(django_db_blocker: Any, tmp_path: Path) -> Iterator[Race]:
    """A migrated database of one's own, and processes on it."""
    from django.conf import settings
    from django.db import connection

    with django_db_blocker.unblock():
        postgres = connection.vendor == "postgresql"
        if postgres:
            connection.close()  # a forked process must not inherit an open connection
        name = postgres_database(settings.ENV.database_url) if postgres else sqlite_file(tmp_path)
    one = Race(name, django_db_blocker)
    yield one
    for process in one.started:
        process.join(0.1)
        if process.is_alive():
            process.kill()
            process.join()
    if postgres:
        with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
