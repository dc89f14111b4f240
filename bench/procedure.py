"""A procedure of 100 fields and 60 rules: a field saved and its page re-evaluated, publication, 200 scenarios.

On the operations and the engine themselves, one process, no web server: what the editor's pages add is their templates.
Wanted: save_cpu_ms <= 60 (a field saved in the draft, every issue found again, the preview's form evaluated),
publish_s <= 2 (scenarios excluded), scenarios_s <= 10.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from bench import lib

FIELDS, RULES, SCENARIOS = 100, 60, 200
SAVES = 40


def big_body() -> dict[str, Any]:
    """A sound procedure: 10 steps of 10 fields, half of them conditional, 60 rules, 200 scenarios of 7 steps."""
    from bocage.cases.editing.skeleton import skeleton

    body = skeleton("grande", title="Une grande démarche", service="waste")
    body["steps"] = [step(number) for number in range(FIELDS // 10)]
    body["rules"] = [rule(number) for number in range(RULES)]
    body["scenarios"] = [scenario(number) for number in range(SCENARIOS)]
    return body


def step(number: int) -> dict[str, Any]:
    """Ten fields: a choice, a number, a date, texts, yes-or-no, an amount, a computed value; some shown by others."""
    key = f"s{number}"
    shown = {"op": "eq", "args": [{"field": f"{key}_choice"}, {"value": "a"}]}
    told: list[dict[str, Any]] = [
        {"kind": "choice", "label": "Un choix", "options": [{"value": v, "label": v.upper()} for v in "abc"]},
        {"kind": "number", "label": "Une surface", "minimum": "0", "maximum": "9999"},
        {"kind": "date", "label": "Un jour", "minimum": "2000-01-01", "maximum": "today+10y"},
        {"kind": "text", "label": "Un mot", "show": shown},
        {"kind": "yesno", "label": "Oui ou non", "show": shown},
        {"kind": "amount", "label": "Un montant", "show": shown},
        {"kind": "textarea", "label": "Une explication", "required": False},
        {"kind": "choices", "label": "Choix", "required": False, "options": [{"value": v, "label": v} for v in "xyz"]},
        {"kind": "computed", "label": "Le double", "result": "number",
         "compute": {"op": "mul", "args": [{"field": f"{key}_number"}, {"value": 2}]}},
        {"kind": "email", "label": "Une adresse", "required": False},
    ]  # fmt: skip
    names = ("choice", "number", "date", "text", "yesno", "amount", "textarea", "choices", "computed", "email")
    fields = [{"id": f"{key}_{name}", **field} for name, field in zip(names, told, strict=True)]
    return {"id": key, "title": f"Étape {number + 1}", "fields": fields}


def rule(number: int) -> dict[str, Any]:
    """A rule on three fields of its own step and of the next."""
    here, there = f"s{number % 10}", f"s{(number + 1) % 10}"
    when = {
        "op": "and",
        "args": [
            {"op": "eq", "args": [{"field": f"{here}_choice"}, {"value": "b"}]},
            {"op": "gt", "args": [{"field": f"{there}_number"}, {"value": 5000 + number}]},
            {"op": "is_empty", "args": [{"field": f"{here}_textarea"}]},
        ],
    }
    if number % 3 == 0:
        return {"when": when, "then": "forbid", "reason": "La surface est trop grande : corrigez-la."}
    return {"when": when, "then": "require", "field": f"{here}_email" if number % 3 == 1 else f"{here}_textarea"}


def answers(number: int) -> dict[str, Any]:
    """Answers to every step that a scenario gives."""
    told: dict[str, Any] = {}
    for place in range(FIELDS // 10):
        key = f"s{place}"
        told |= {
            f"{key}_choice": "abc"[(number + place) % 3],
            f"{key}_number": str(100 + number),
            f"{key}_date": "31/01/2026",
        }
        told |= {f"{key}_text": "mot", f"{key}_yesno": "oui", f"{key}_amount": "45,50", f"{key}_choices": ["x", "z"]}
    return told


def scenario(number: int) -> dict[str, Any]:
    """Filed, corrected, decided."""
    steps = [
        {"do": "fill", "values": answers(number)},
        {"do": "submit"},
        {"do": "expect", "state": "received", "notice": "receipt"},
        {"do": "press", "button": "ask", "message": "Vérifiez la surface.", "fields": ["s0_number"]},
        {"do": "wait", "days": 3},
        {"do": "answer_correction", "values": {"s0_number": "250"}},
        {"do": "press", "button": "accept"},
        {"do": "expect", "outcome": "accepted"},
    ]
    return {"id": f"n{number}", "title": f"Histoire {number}", "steps": steps}


def measure() -> lib.Figures:
    """In a process of the house's environment: edit, publish, tell the scenarios."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bocage.settings")
    import django

    django.setup()
    from django.utils import timezone

    from bocage.base.actors import Actor
    from bocage.cases.editing import edits
    from bocage.cases.editing.checks import examine
    from bocage.cases.editing.files import write
    from bocage.cases.engine import evaluate_form
    from bocage.cases.models import ProcedureDraft
    from bocage.cases.operations import editor
    from bocage.cases.operations.store import moment
    from bocage.cases.scenarios import run_all
    from bocage.cases.schema import ProcedureDocument

    actor, now, body = Actor.system("bench"), timezone.now(), big_body()
    draft = editor.import_document(write(body), actor=actor, now=now)  # with its scenarios: each save carries them
    place, typed = "steps/s3/fields/s3_number", answers(7)

    saves = []
    for number in range(SAVES):
        field = {**edits.get(draft.body, place), "label": f"Une surface, {number}"}
        begun = time.process_time()
        fresh = ProcedureDraft.objects.get(pk=draft.pk)  # as a request does
        changed = edits.put(fresh.body, place, field)
        editor.save_draft(fresh, changed, seen_revision=fresh.revision, actor=actor, now=now)
        found, document = examine(changed)
        form = evaluate_form(document, typed, moment(now))
        saves.append((time.process_time() - begun) * 1000)
        assert not [issue for issue in found if issue.level == "error"]
        assert form.sendable
        draft = fresh

    begun = time.perf_counter()
    reports = run_all(ProcedureDocument.model_validate(draft.body), is_holiday=moment(now).is_holiday)
    scenarios_s = time.perf_counter() - begun
    assert [report.reason for report in reports if not report.passed] == []

    begun = time.perf_counter()
    version = editor.publish_draft(draft, seen_revision=draft.revision, actor=actor, now=now)
    whole_s = time.perf_counter() - begun  # the scenarios are told again there
    document = version.document
    return {
        "save_cpu_ms": round(statistics.median(saves), 2),
        "save_cpu_ms_max": round(max(saves), 2),
        "publish_s": round(max(whole_s - scenarios_s, 0), 3),
        "publish_with_scenarios_s": round(whole_s, 2),
        "scenarios_s": round(scenarios_s, 2),
        "fields": len(document.by_id),
        "rules": len(document.rules),
        "scenarios": len(reports),
    }


def run(kind: str) -> lib.Figures:
    """Measure in a process of its own, on a house's database of ``kind``."""
    with lib.house(kind) as one:
        command = [sys.executable, "-m", "bench.procedure"]
        told = subprocess.run(command, cwd=lib.ROOT, env=one.environment, stdout=subprocess.PIPE, check=True, text=True)
    return dict(json.loads(told.stdout.splitlines()[-1]))


if __name__ == "__main__":
    print(json.dumps(measure()))
