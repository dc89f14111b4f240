"""``bocage serve``: one parent, children that come back, a clean end, a second start that doubles nothing."""

import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bocage.base import serve
from tests import readyhouse
from tests.house import BOCAGE, ROOT, House, environment

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def until(true: Callable[[], object], wait: float = 20) -> bool:
    """Whether it becomes true in time: processes take their own."""
    end = time.monotonic() + wait
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="module")
def kept() -> Iterator[House]:
    with readyhouse.started(os.environ.get("DATABASE_URL", "")) as one:
        yield one


@pytest.fixture
def house(kept: House) -> House:
    """A house that serves, whatever the test before did to it."""
    if kept.process is None or kept.process.poll() is not None:
        kept.start()
    return kept


def gone(pids: set[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_the_first_page_is_there_and_the_house_is_ready(house: House) -> None:
    status, body = house.get("/")
    assert status == 200
    assert "<h1" in body
    assert until(lambda: house.ready()["status"] == "ok"), house.ready()


def test_one_parent_forks_web_worker_and_scheduler(house: House) -> None:
    children = {pid for pid, parent in house.processes().items() if parent == house.pid}
    assert len(children) == 3
    assert until(lambda: len(house.processes()) >= 6)  # the parent, three children, two web workers


def test_everything_fits_in_its_memory(house: House) -> None:
    assert until(lambda: len(house.processes()) >= 6)
    for _ in range(5):
        house.get("/")
    shares = {}
    for pid in house.processes():
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        shares[pid] = int(next(line for line in lines if line.startswith("Pss:")).split()[1]) // 1024
    assert sum(shares.values()) <= 600, shares
    assert max(shares.values()) <= 150, shares


def test_a_child_that_is_killed_comes_back(house: House) -> None:
    before = {pid for pid, parent in house.processes().items() if parent == house.pid}
    victim = max(before)
    os.kill(victim, signal.SIGKILL)
    assert until(lambda: len({p for p, parent in house.processes().items() if parent == house.pid} - before) == 1)
    assert house.get("/healthz")[0] == 200


def test_no_connection_is_refused_while_the_web_server_is_replaced(house: House) -> None:
    until(lambda: len(house.processes()) >= 6)
    web = min(pid for pid, parent in house.processes().items() if parent == house.pid)
    os.killpg(web, signal.SIGKILL)
    assert house.get("/healthz")[0] == 200  # the parent kept the door open: the request waited


def test_a_busy_port_is_said_clearly(house: House, tmp_path: Path) -> None:
    command = [*BOCAGE, "serve", "--port", str(house.port)]
    done = subprocess.run(
        command, cwd=ROOT, env=house.environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert f"port {house.port}" in done.stderr
    assert "Traceback" not in done.stderr


def counts(house: House) -> dict[str, int]:
    """Rows of each table."""
    with connected(house) as (run, listed):
        return {name: run(f'SELECT count(*) FROM "{name}"')[0][0] for (name,) in run(listed)}


@contextmanager
def connected(house: House) -> Iterator[tuple[Callable[[str], list[Any]], str]]:
    """The house's database, past everything of ours, and the query that lists its tables."""
    if url := house.environment.get("DATABASE_URL"):
        with psycopg.connect(url) as server:
            names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            yield lambda query: server.execute(query).fetchall(), names
        return
    with closing(sqlite3.connect(house.var / "bocage.sqlite3")) as file:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        yield lambda query: file.execute(query).fetchall(), names


CHANGING = ("base_", "search_", "django_tasks", "wagtailcore_referenceindex", "wagtailsearch_", "sqlite_")  # jobs


def test_stopping_is_clean_and_a_second_start_is_quick_and_doubles_nothing(house: House) -> None:
    before = counts(house)
    pids = set(house.processes())
    assert house.stop(signal.SIGINT) == 0
    assert until(lambda: gone(pids), 5)
    house.start()
    after = counts(house)
    kept = {name for name in before if not name.startswith(CHANGING)}
    assert before["cases_case"] > 100
    assert after.get("sqlite_stat1", 99) > 10, "SQLite is told how its tables are filled"
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_a_second_signal_forces(house: House) -> None:
    pids = set(house.processes())
    assert house.process
    house.process.send_signal(signal.SIGINT)
    house.process.send_signal(signal.SIGINT)
    house.process.wait(10)
    assert until(lambda: gone(pids), 5)


def test_no_orphan_when_the_parent_is_killed(house: House) -> None:
    pids = set(house.processes())
    os.kill(house.pid, signal.SIGKILL)
    assert house.process
    house.process.wait(10)
    assert until(lambda: gone(pids), 15)


def test_secrets_are_drawn_once_and_are_the_owners_alone(house: House) -> None:
    path = house.var / "bocage.env"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert "BOCAGE_MODE=demo" in text
    assert len({line for line in text.splitlines() if line.startswith(("SECRET_KEY=", "BOCAGE_KEYS="))}) == 2


def test_a_real_installation_has_no_demonstration(tmp_path: Path) -> None:
    house = readyhouse.copy(tmp_path / "var", os.environ.get("DATABASE_URL", ""), readyhouse.NO_DEMO)
    try:
        house.start()
        assert "BOCAGE_MODE=production" in (house.var / "bocage.env").read_text()
        rows = counts(house)
        assert rows["territory_commune"] == 52
        assert rows["identity_account"] == rows["identity_person"] == rows["cases_case"] == 0
        assert house.get("/demo/")[0] == 404
    finally:
        house.kill()


def test_the_door_is_refused_to_a_second_listener() -> None:
    with serve.listen("127.0.0.1", 0) as door, pytest.raises(serve.PortTaken, match="--port"):
        serve.listen("127.0.0.1", door.getsockname()[1])


def test_settings_that_cannot_be_used_are_said_in_one_line(tmp_path: Path) -> None:
    for name, value in (("BOCAGE_MODE", "prod"), ("DATABASE_URL", "mysql://x/y")):
        told = environment(tmp_path / "var", **{"SECRET_KEY": "x" * 60, name: value})
        done = subprocess.run([*BOCAGE, "migrate"], cwd=ROOT, env=told, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert name in done.stderr
        assert "Traceback" not in done.stderr


def test_a_socket_is_needed_once() -> None:
    """The door survives its web server: what a child closes stays open in the parent."""
    with serve.listen("127.0.0.1", 0) as door:
        child = os.fork()
        if child == 0:
            door.close()
            os._exit(0)
        os.waitpid(child, 0)
        with socket.create_connection(door.getsockname(), 5):
            pass
