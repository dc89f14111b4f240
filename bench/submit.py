"""Sending a filled-in request with its scanned document, while web and worker are killed (kill -9) and restarted.

Eight browsers post the last page of drafts; one whose line is cut sends the same again, as a person would. Mail goes to
a stand-in server that keeps every Message-ID it accepts. Afterwards each case that was acknowledged is looked up: filed
once, told once. per_s counts acknowledged cases from the first to the last, kills included; drained_per_s counts
effects handed over: those left once the last case was sent, or, when few were left, all of them from the first case on.
Wanted: per_s >= 60, lost, doubled and errors 0. uncertain: mails accepted twice because a kill cut their dialogue.
"""

import contextlib
import http.client
import os
import queue
import signal
import sqlite3
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench import fill, lib, seed, web
from tests.house import House
from tests.standins import smtp

CLIENTS = 8
SECONDS = 60.0
EVERY = 6.0
"""Seconds between two kills: of the worker, of a web process, of the web's parent, in turn."""

MANY = 500
"""Effects: fewer left at the end than this are too few to measure a rate by."""

TRIES = 40
DRAIN = 240.0


@dataclass
class Sent:
    """What the browsers saw."""

    seconds: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    retries: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    last: float = 0.0


def _browse(port: int, drafts: "queue.Queue[dict[str, str]]", until: float, sent: Sent) -> None:
    while time.monotonic() < until:
        try:
            draft = drafts.get_nowait()
        except queue.Empty:
            return
        _send(port, draft, sent)


def _send(port: int, draft: dict[str, str], sent: Sent) -> None:
    reference = draft["reference"]
    begun = time.monotonic()
    for _ in range(TRIES):
        try:
            answer = web.ask(port, f"/dossiers/{reference}/verifier/", draft["session"], form={})
        except (OSError, http.client.HTTPException):
            sent.retries += 1
            time.sleep(0.2)
            continue
        if answer.status == 302 and answer.location in (f"/dossiers/{reference}/envoyee/", f"/dossiers/{reference}/"):
            sent.last = time.monotonic()
            sent.seconds.append((sent.last - begun) * 1000)
            sent.acknowledged.append(reference)
        else:
            sent.errors[f"{answer.status} {answer.location.replace(reference, '*')}"] += 1
        return
    sent.errors["no answer"] += 1


# --- Kills ---------------------------------------------------------------------------------------------------------


def _victims(one: House, scheduler: int) -> dict[str, int]:
    tree = one.processes()
    children = {pid for pid, parent in tree.items() if parent == one.pid}
    parents = set(tree.values())
    found = {}
    for pid in children - {scheduler}:
        found["web" if pid in parents else "worker"] = pid
    workers = [pid for pid, parent in tree.items() if parent == found.get("web")]
    if workers:
        found["web process"] = workers[0]
    return found


def _kill(one: House, scheduler: int, until: float, kills: Counter[str]) -> None:
    begun, turn = time.monotonic(), 0
    while begun + (turn + 1) * EVERY < until:
        time.sleep(max(0.0, begun + (turn + 1) * EVERY - time.monotonic()))
        name = ("worker", "web process", "web")[turn % 3]
        pid = _victims(one, scheduler).get(name)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                kills[name] += 1
        turn += 1


# --- What the database says ----------------------------------------------------------------------------------------


def _rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as line:
            return line.execute(sql).fetchall()
    import psycopg

    with psycopg.connect(url) as line:
        return line.execute(sql).fetchall()


def _count(url: str, *states: str) -> int:
    named = ", ".join(f"'{state}'" for state in states)
    return int(_rows(url, f"SELECT count(*) FROM base_outbox WHERE topic <> 'job' AND state IN ({named})")[0][0])


def _drain(url: str, begun: float) -> dict[str, Any]:
    """Wait until nothing is left; leases of killed workers end after a minute, and are no part of the rate."""
    done, left, start = _count(url, "done"), _count(url, "pending"), time.monotonic()
    while _count(url, "pending") and time.monotonic() - start < DRAIN:
        time.sleep(0.25)
    now = time.monotonic()
    rate = (_count(url, "done") - done) / (now - start) if left >= MANY else _count(url, "done") / (now - begun)
    while _count(url, "pending", "leased") and time.monotonic() - start < DRAIN:
        time.sleep(0.5)
    return {"drained_per_s": round(rate, 1), "left_at_end": left, "drain_s": round(time.monotonic() - start, 1)}


def _verdict(url: str, sent: Sent, mails: smtp.Server) -> dict[str, Any]:
    filed = {row[0]: row[1] for row in _rows(url, "SELECT reference, id FROM cases_case WHERE state <> ''")}
    receipts: dict[str, list[tuple[str, str]]] = {}
    told = (
        "SELECT n.subject, d.message_id, d.state FROM messaging_delivery d JOIN messaging_notice n"
        " ON n.id = d.notice_id WHERE d.channel = 'email'"
    )
    for subject, message_id, state in _rows(url, told):
        receipts.setdefault(subject, []).append((message_id, state))
    submitted = Counter(row[0] for row in _rows(url, "SELECT subject FROM base_event WHERE kind = 'cases.submitted'"))
    accepted = {identifier.strip("<>").split("@")[0] for identifier in mails.ids}
    not_filed = not_told = twice = 0
    for reference in sent.acknowledged:
        if reference not in filed:
            not_filed += 1
            continue
        subject = f"case:{filed[reference]}"
        mine = receipts.get(subject, [])
        not_told += not any(key in accepted and state == "sent" for key, state in mine)
        twice += len(mine) > 1 or submitted[subject] != 1
    counters = mails.counters()
    return {
        "lost": not_filed + not_told,
        "doubled": counters["doubled"] + twice,
        "uncertain": counters["doubled_after_cut"],
        "acknowledged_not_filed": not_filed,
        "filed_not_told": not_told,
        "filed_or_told_twice": twice,
        "mails_accepted": counters["accepted"],
        "dead_effects": _count(url, "dead", "uncertain"),
        "left_undone": _count(url, "pending", "leased"),
    }


def run(kind: str) -> lib.Figures:
    """The benchmark."""
    mails = smtp.Server(keep=False).start()
    with seed.town(kind, EMAIL_URL=mails.url) as town:
        one = town.house
        scheduler = max(pid for pid, parent in one.processes().items() if parent == one.pid)  # forked last
        drafts: queue.Queue[dict[str, str]] = queue.Queue()
        warm, timed = town.people["drafts"][:40], town.people["drafts"][40:]
        for draft in timed:
            drafts.put(draft)
        before = Sent()
        for draft in warm:
            _send(one.port, draft, before)
        sent, kills = Sent(), Counter[str]()
        begun = time.monotonic()
        until = begun + SECONDS
        threads = [threading.Thread(target=_browse, args=(one.port, drafts, until, sent)) for _ in range(CLIENTS)]
        threads.append(threading.Thread(target=_kill, args=(one, scheduler, until, kills)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = len(sent.acknowledged) / (sent.last - begun)
        drained = _drain(town.database_url, begun)
        verdict = _verdict(town.database_url, sent, mails)
    mails.stop()
    return {
        "per_s": round(rate, 1),
        **drained,
        **verdict,
        "errors": sum(sent.errors.values()) + sum(before.errors.values()),
        "errors_told": dict(sent.errors + before.errors),
        "acknowledged": len(sent.acknowledged),
        "retries": sent.retries,
        "kills": dict(kills),
        "p50_ms": round(lib.percentile(sent.seconds, 0.5), 1),
        "p95_ms": round(lib.percentile(sent.seconds, 0.95), 1),
        "clients": CLIENTS,
        "seconds": SECONDS,
        "cases": fill.CASES,
    }
