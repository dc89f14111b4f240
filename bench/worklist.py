"""The agents' worklist at 100,000 cases: filters, search and next pages, whole pages with the desk's shell.

Four clients ask at once, each scenario in turn, without a pause; a figure is the time from the connection to the last
byte. Wanted: p95_ms <= 150 with 2 web workers on 2 cores.
"""

import threading
import time
from collections import defaultdict
from typing import Any

from bench import fill, lib, seed, web

CLIENTS = 4
ROUNDS = 6  # of every scenario, by every client
LIST = "/bureau/dossiers/"


def scenarios(communes: list[str]) -> list[tuple[str, str, str]]:
    """(who, name, query string)."""
    everyone = [
        ("open", ""),
        ("late", "situation=late"),
        ("unassigned", "situation=unassigned"),
        ("answered", "situation=answered"),
        ("closed", "situation=closed"),
        ("all", "situation=all"),
        ("page-far", "situation=all&after=2025-01-15.50000"),
        ("state", "situation=all&procedure=composteur&state=studying"),
        ("channel", "situation=all&channel=post"),
        ("search-name", "situation=all&q=Delattre"),
        ("search-two-words", "situation=all&q=marcelle+lefebvre"),
        ("search-prefix", "situation=all&q=lefeb"),
        ("search-phone", "situation=all&q=03+53+00+12+34"),
        ("search-open", "situation=open&q=moulin"),
        ("search-common", "situation=all&q=rue"),
        ("search-nothing", "situation=all&q=xylophone"),
    ]
    found = [("administrator", name, query) for name, query in everyone]
    found.append(("administrator", "commune", f"situation=all&commune={communes[0]}"))
    found += [(who, name, query) for who in ("agent", "secretary") for name, query in everyone if name != "channel"]
    return found


def _client(town: seed.Town, number: int, rounds: int, times: dict[str, list[float]], failed: list[str]) -> None:
    wanted = scenarios(town.people["communes"])
    for _ in range(rounds):
        for position in range(len(wanted)):
            who, name, query = wanted[(position * 7 + number * 11) % len(wanted)]
            answer = web.ask(town.house.port, f"{LIST}?{query}", town.people["agents"][who])
            if answer.status != 200:
                failed.append(f"{who} {query}: {answer.status} {answer.location}")
                return
            times[f"{who}-{name}"].append(answer.seconds * 1000)


def _all_clients(town: seed.Town, rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    failed: list[str] = []
    clients = [
        threading.Thread(target=_client, args=(town, number, rounds, times, failed)) for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    if failed:
        raise RuntimeError("; ".join(failed))
    return times


def run(kind: str) -> lib.Figures:
    """The benchmark."""
    with seed.town(kind) as town:
        _all_clients(town, 2)  # each worker has seen every scenario: what is measured is a house at work
        workers = lib.web_workers(town.house)
        before, begun = lib.cpu_seconds(workers), time.monotonic()
        times = _all_clients(town, ROUNDS)
        elapsed, used = time.monotonic() - begun, lib.cpu_seconds(workers) - before
    every = [value for values in times.values() for value in values]
    per_scenario: dict[str, Any] = {
        name: {"p50_ms": round(lib.percentile(values, 0.5), 1), "p95_ms": round(lib.percentile(values, 0.95), 1)}
        for name, values in sorted(times.items(), key=lambda item: -lib.percentile(item[1], 0.95))
    }
    return {
        "p95_ms": round(lib.percentile(every, 0.95), 1),
        "p50_ms": round(lib.percentile(every, 0.5), 1),
        "worst_scenario_p95_ms": next(iter(per_scenario.values()))["p95_ms"],
        "pages_per_s": round(len(every) / elapsed, 1),
        "web_cpu_ms": round(used * 1000 / len(every), 1),
        "pages": len(every),
        "clients": CLIENTS,
        "cases": fill.CASES,
        "per_scenario": per_scenario,
    }
