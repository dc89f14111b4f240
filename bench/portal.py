"""CPU and queries of the pages residents see most, at 100,000 cases.

CPU is that of the web worker (user and system, the whole of a request over HTTP), averaged; PostgreSQL's own is told
apart as db_*. On SQLite the database works inside the web worker. Times do not depend on how busy the machine is, save
for what neighbours cost its caches. Wanted: home_cpu_ms <= 5 (cached), space and step <= 25 ms and <= 25 queries.
"""

import os
import time
from pathlib import Path
from typing import Any

from bench import fill, lib, seed, web

STEPS = ("person", "home", "composter", "pickup")
ROUNDS = 200


def _postgres(database: str) -> list[int]:
    """The server's processes that work for this database."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                title = (folder / "cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
            except OSError:
                continue
            if title.startswith(f"postgres: bocage {database} "):
                found.append(int(folder.name))
    return found


def _measure(town: seed.Town, path: str, session: str) -> dict[str, float]:
    port, database = town.house.port, town.database_url.rsplit("/", 1)[-1]

    def ask() -> float:
        answer = web.ask(port, path, session)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {answer.location}")
        return answer.seconds

    for _ in range(20):
        ask()
    workers, servers = lib.web_workers(town.house), _postgres(database)
    before, before_db, begun = lib.cpu_seconds(workers), lib.cpu_seconds(servers), time.monotonic()
    seconds = [ask() for _ in range(ROUNDS)]
    used, used_db = lib.cpu_seconds(workers) - before, lib.cpu_seconds(servers) - before_db
    print(f"{path}: {used * 1000 / ROUNDS:.1f} ms CPU, {time.monotonic() - begun:.1f} s", flush=True)
    return {
        "cpu_ms": round(used * 1000 / ROUNDS, 2),
        "db_cpu_ms": round(used_db * 1000 / ROUNDS, 2),
        "p50_ms": round(lib.percentile(seconds, 0.5) * 1000, 1),
        "p95_ms": round(lib.percentile(seconds, 0.95) * 1000, 1),
    }


def _count_queries(town: seed.Town, pages: dict[str, tuple[str, str]]) -> dict[str, int]:
    """Queries of one request of each page, in this process, with everything warm."""
    os.environ.update(town.house.environment, BOCAGE_BASE_URL=town.house.url)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bocage.settings"
    import django

    django.setup()
    from django.db import connection
    from django.test import RequestFactory

    from bocage.wsgi import application

    counted: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        counted.append(sql)
        return execute(sql, params, many, context)

    found = {}
    for name, (path, session) in pages.items():
        for _ in range(2):
            counted.clear()
            request = RequestFactory().get(path, headers={"host": "localhost", "cookie": f"sessionid={session}"})
            with connection.execute_wrapper(count):
                response = application.get_response(request)
            if response.status_code != 200:
                raise RuntimeError(f"{path}: {response.status_code}")
        found[name] = len(counted)
    connection.close()
    return found


def run(kind: str) -> lib.Figures:
    """The benchmark."""
    with seed.town(kind, "--workers", "1") as town:
        resident = town.people["resident"]
        session, draft, case = resident["session"], resident["draft"], resident["case"]
        pages = {
            "home": ("/", ""),
            "procedure": ("/demarches/composteur/", ""),
            "space": ("/espace/", session),
            **{f"step_{step}": (f"/dossiers/{draft}/etape/{step}/", session) for step in STEPS},
            "check": (f"/dossiers/{draft}/verifier/", session),
            "case": (f"/dossiers/{case}/", session),
        }
        figures = {name: _measure(town, *page) for name, page in pages.items()}
        queries = _count_queries(town, pages)
    steps = [f"step_{step}" for step in STEPS]
    return {
        "home_cpu_ms": figures["home"]["cpu_ms"],
        "space_cpu_ms": figures["space"]["cpu_ms"],
        "step_cpu_ms": max(figures[name]["cpu_ms"] for name in steps),
        "space_queries": queries["space"],
        "step_queries": max(queries[name] for name in steps),
        "cases": fill.CASES,
        "rounds": ROUNDS,
        "per_page": {name: {**figures[name], "queries": queries[name]} for name in pages},
    }
