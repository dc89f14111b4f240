"""Houses made ready once for a run of the tests, then copied: a start from nothing takes half a minute, a copy less.

The first who needs one starts it from nothing, as ``./run`` does, and stops it. Whoever comes next, in whatever process
(pytest -n), gets a copy of its ``var/`` and of its database, with its secrets and a port of their own.
``BOCAGE_TEST_HOUSES`` names the folder where they wait: ``./test`` gives one to all its steps, pytest alone makes its
own (tests/conftest.py). It goes with the run: nothing is kept from one state of the code to the next.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests import cluster, databases
from tests.house import House

FOLDER = "BOCAGE_TEST_HOUSES"
NO_DEMO = "--no-demo"
NOT_COPIED = shutil.ignore_patterns("cache", "*.log")


def server_of(database_url: str) -> str:
    """The server of a PostgreSQL URL, without a database; nothing for SQLite."""
    return database_url.rsplit("/", 1)[0] if database_url.startswith("postgres") else ""


def new_database(server: str, name: str, template: str = "template0") -> str:
    """A database that no other test uses; gives its URL, nothing for SQLite."""
    unique = f"{name}_{os.getpid()}_{time.monotonic_ns()}"
    return cluster.create_database(server, unique, template) if server else ""


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _made(server: str, options: tuple[str, ...]) -> tuple[Path, str]:
    """The ``var/`` and the database URL of a house that is ready, and stopped; made now by the first who asks."""
    which = "-".join(["postgres" if server else "sqlite", *(option.strip("-") for option in options)])
    folder = Path(os.environ[FOLDER])
    told = folder / f"{which}.json"
    with _alone(folder / f"{which}.lock"):
        if not told.exists():
            var = folder / which / "var"
            shutil.rmtree(var.parent, ignore_errors=True)
            var.mkdir(parents=True)
            url = _begun(server, var, options)
            one = House(var, url, *options)
            seconds = one.start()
            one.stop()
            told.write_text(json.dumps({"url": url, "started_from_nothing_in_s": round(seconds, 1)}))
        return folder / which / "var", json.loads(told.read_text())["url"]


def _begun(server: str, var: Path, options: tuple[str, ...]) -> str:
    """Where a house that is to be made begins: from nothing for the first demonstration of the run.

    The others are given the tables and the static files that others have made: twenty seconds of processor.
    Gives the database's URL.
    """
    if NO_DEMO in options:
        lender = _made(server, ())
    elif server and (Path(os.environ[FOLDER]) / "sqlite.json").exists():
        lender = _made("", ())
    else:
        return new_database(server, "ready")
    url = ""
    migrated = databases.KEPT / f"{databases.fingerprint()}.sqlite3"
    if server:
        try:
            url = new_database(server, "ready", f"bocage_template_{databases.fingerprint()}")
        except subprocess.CalledProcessError:  # no test has needed tables on this server
            url = new_database(server, "ready")
    elif migrated.exists():
        shutil.copy(migrated, var / "bocage.sqlite3")
    _lend(lender, House(var, url))
    return url


def lend_static(server: str, house: House) -> None:
    """Give a house that never started the static files that the demonstration collected: seven seconds of processor."""
    _lend(_made(server, ()), house)


def _lend(lender: tuple[Path, str], house: House) -> None:
    demonstration, source = lender
    shutil.copytree(demonstration / "static", house.var / "static")
    static = json.loads((demonstration / "prepared.json").read_text())[
        f"{digest(source or _sqlite(demonstration))}:static"
    ]
    url = house.environment.get("DATABASE_URL") or _sqlite(house.var)
    (house.var / "prepared.json").write_text(json.dumps({f"{digest(url)}:static": static}))


def _sqlite(var: Path) -> str:
    return f"sqlite:///{var / 'bocage.sqlite3'}"


def digest(database_url: str) -> str:
    return hashlib.sha256(database_url.encode()).hexdigest()[:16]


def copy(var: Path, database_url: str = "", *options: str, **more: str) -> House:
    """A house at ``var`` like the one that is ready, not started. ``database_url`` names the server to use."""
    server = server_of(database_url)
    ready, source = _made(server, options)
    shutil.copytree(ready, var, ignore=NOT_COPIED)
    url = new_database(server, "copy", source.rsplit("/", 1)[1]) if server else ""
    # What was prepared is remembered by database: the copy's has another name.
    stamps = var / "prepared.json"
    old = digest(source or _sqlite(ready))
    new = digest(url or _sqlite(var))
    stamps.write_text(stamps.read_text().replace(f'"{old}:', f'"{new}:'))
    return House(var, url, *options, **more)


@contextlib.contextmanager
def started(database_url: str = "", *options: str, **more: str) -> Iterator[House]:
    """A house that serves, in a temporary folder; stopped and removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix="bocage-house-"))
    one: House | None = None
    try:
        one = copy(folder / "var", database_url, *options, **more)
        one.start()
        yield one
    finally:
        try:
            if one and one.process and one.process.poll() is None:
                one.stop()
        finally:
            if one:
                one.kill()
            shutil.rmtree(folder, ignore_errors=True)
