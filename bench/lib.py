"""What benchmarks share: a house on a durable database, the kernel's CPU and memory, percentiles, the machine."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests import cluster
from tests.house import House
from tests.house import house as start_house

ROOT = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")
Figures = dict[str, Any]


@contextmanager
def database(kind: str) -> Iterator[str]:
    """A server's URL for ``kind``: a PostgreSQL cluster that syncs to disk as a production does, or SQLite's ""."""
    if kind == "sqlite":
        yield ""
        return
    with cluster.cluster(durable=True) as url:
        yield f"{url}/bench"


@contextmanager
def house(kind: str, *options: str, **more: str) -> Iterator[House]:
    """A demonstration house on its own database of ``kind``."""
    with database(kind) as url, start_house(url, *options, **more) as one:
        yield one


def shell(one: House, code: str) -> str:
    """Run code in the house's environment, in a process of its own; give the last line that it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=ROOT,
        env=one.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().splitlines()[-1]


# --- Kernel's figures ----------------------------------------------------------------------------------------------


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time (user and system) that living processes used so far."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def pss_mib(pid: int) -> float:
    """A process's proportional share of memory, in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024


def web_workers(one: House) -> list[int]:
    """Gunicorn's workers: the grandchildren of the house's parent."""
    tree = one.processes()
    children = {pid for pid, parent in tree.items() if parent == one.pid}
    return sorted(pid for pid, parent in tree.items() if parent in children)


def cpu_per_request_ms(one: House, ask: Callable[[], object], times: int = 200, warm: int = 20) -> float:
    """CPU of the web workers for one request, averaged over ``times`` after ``warm`` (the kernel counts in 10 ms)."""
    for _ in range(warm):
        ask()
    workers = web_workers(one)
    before = cpu_seconds(workers)
    for _ in range(times):
        ask()
    return round((cpu_seconds(workers) - before) * 1000 / times, 2)


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the values lie, by rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


# --- Around a run --------------------------------------------------------------------------------------------------


def machine() -> Figures:
    """Where it ran, and how busy it was."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024
    return {"cores": os.cpu_count(), "cpu": model, "memory_mib": memory, "system": platform.platform()}


def versions(kind: str) -> Figures:
    """Of what runs, and of the code."""
    told: Figures = {name: version(name) for name in ("django", "wagtail", "gunicorn")}
    told["python"] = platform.python_version()
    if kind == "postgres":
        server = [f"{cluster.programs()}/postgres", "--version"]
        told["postgresql"] = subprocess.run(server, capture_output=True, text=True, check=True).stdout.split()[2]
    else:
        import sqlite3

        told["sqlite"] = sqlite3.sqlite_version
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    told["commit"] = commit.stdout.strip()
    return told


def measured(name: str, kind: str, run: Callable[[str], Figures]) -> Figures:
    """Run a benchmark, add what is needed to read its figures, keep them in bench/results/."""
    load_before, begun = os.getloadavg(), time.monotonic()
    figures = run(kind)
    figures |= {
        "benchmark": name,
        "database": kind,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "took_s": round(time.monotonic() - begun, 1),
        "load_before": round(load_before[0], 2),
        "load_after": round(os.getloadavg()[0], 2),
        "machine": machine(),
        "versions": versions(kind),
    }
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    (results / f"{name}-{kind}.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    return figures
