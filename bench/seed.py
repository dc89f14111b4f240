"""The data of the benchmarks: a production house with 100,000 cases, made once a day and copied for each run.

Kept in a folder of this machine's temporary folder: a PostgreSQL cluster with a template database, an SQLite file, a
``var/`` with its keys and documents. ``bench/fill.py`` and ``town.py`` make it.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench.fill import CASES
from tests import cluster
from tests.house import House, environment

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Town:
    """A house that runs on a fresh copy of the data, and who may sign in: session keys and drafts by name."""

    house: House
    database_url: str
    people: dict[str, Any]


# --- Kept between runs ---------------------------------------------------------------------------------------------


def kept() -> Path:
    """Where the data is kept; PostgreSQL's own user must be able to walk to it."""
    folder = Path("/tmp") / f"bocage-bench-{os.getuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} is somebody else's")
    return folder


def digest() -> str:
    """Changes with the tables, the procedures, what fills them and the day: ages of cases are counted from today."""
    code = [*(ROOT / "bocage").rglob("migrations/*.py"), *(ROOT / "data" / "territories").rglob("procedures/*.json")]
    found = hashlib.sha256(date.today().isoformat().encode())
    made = [Path(__file__).with_name(name) for name in ("fill.py", "town.py")]
    for path in sorted([*code, *made, ROOT / "bocage" / "search" / "text.py"]):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def _fill(var: Path, url: str) -> None:
    shutil.rmtree(var, ignore_errors=True)
    from bocage.base import prepare

    prepare.settings_file(var, demo=False)
    begun = time.monotonic()
    told = environment(var, url)
    subprocess.run([sys.executable, "-m", "bench.fill"], cwd=ROOT, env=told, check=True, stdin=subprocess.DEVNULL)
    print(f"· {CASES:,} cases made in {time.monotonic() - begun:.0f} s, kept in {kept()}", flush=True)


@contextmanager
def data(kind: str) -> Iterator[tuple[str, Path]]:
    """A fresh copy of the data: its database's URL and its ``var/``, thrown away in the end. One run at a time."""
    with (kept() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _data(kind) as found:
            yield found


@contextmanager
def _data(kind: str) -> Iterator[tuple[str, Path]]:
    name = f"seed_{digest()}"
    run = Path(tempfile.mkdtemp(prefix="bocage-run-"))
    var = kept() / f"{name}_{kind}"
    try:
        if kind == "sqlite":
            if not (var / "done").exists():
                _fill(var, f"sqlite:///{var}/seed.sqlite3")
                (var / "done").touch()
            _copy(var, run / "var", f"sqlite:///{run}/var/seed.sqlite3")
            yield f"sqlite:///{run}/var/seed.sqlite3", run / "var"
            return
        with cluster.cluster(durable=True, home=kept() / "cluster") as server:
            template, copy = f"{server}/{name}", f"run_{os.getpid()}"
            if not (var / "done").exists():
                _sql(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                cluster.create_database(server, name)
                _fill(var, template)
                (var / "done").touch()
            url = cluster.create_database(server, copy, name)
            _copy(var, run / "var", url)
            try:
                yield url, run / "var"
            finally:
                _sql(server, f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")
    finally:
        shutil.rmtree(run, ignore_errors=True)


def _sql(server: str, statement: str) -> None:
    folder, port = cluster.programs(), server.rsplit(":", 1)[1]
    command = [f"{folder}/psql", "-h", "127.0.0.1", "-p", port, "-U", "bocage", "-d", "postgres", "-qc", statement]
    subprocess.run(command, check=True, capture_output=True)


def _copy(source: Path, target: Path, url: str) -> None:
    """``var/``; what was prepared for the template need not be prepared for its copy."""
    shutil.copytree(source, target)
    stamps = target / "prepared.json"
    database = hashlib.sha256(url.encode()).hexdigest()[:16]
    told = json.loads(stamps.read_text())
    stamps.write_text(json.dumps({f"{database}:{key.partition(':')[2]}": value for key, value in told.items()}))


@contextmanager
def town(kind: str, *options: str, **more: str) -> Iterator[Town]:
    """A started house on a fresh copy of the data."""
    with data(kind) as (url, var):
        one = House(var, url, *options, **more)
        try:
            one.start(wait=300)
            yield Town(one, url, json.loads((var / "people.json").read_text()))
        finally:
            if one.process and one.process.poll() is None:
                one.stop()
            one.kill()
