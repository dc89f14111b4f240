"""A scenario made by doing it once: what was done in the preview, and what came of it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from bocage.cases.engine import (
    AnswerCorrection,
    CaseState,
    Clock,
    Command,
    Moment,
    Move,
    Refused,
    Settle,
    Sign,
    Submit,
    Withdraw,
    apply,
    withdrawal,
)
from bocage.cases.scenarios.runner import charge_of
from bocage.cases.scenarios.wording import DEADLINES
from bocage.cases.schema import ProcedureDocument
from bocage.cases.schema_parts import MAX_SCENARIO_STEPS, SETTLED


class TooLong(ValueError):
    """More was done than a scenario may hold."""


def record(
    document: ProcedureDocument, done: Sequence[tuple[Moment, Command]], *, scenario_id: str, title: str
) -> dict[str, Any]:
    """The scenario, as JSON, of commands given to a new case in this order: each is followed by what it led to.

    Time that passed between two commands becomes a wait; a refusal becomes an expected one; signatures of one field
    that follow one another are told as everyone's. Raises TooLong.
    """
    starts_on = done[0][0].today if done else date(2026, 1, 5)
    steps: list[dict[str, Any]] = []
    case, day, signing = CaseState(), starts_on, ""
    for moment, command in done:
        if moment.today > day:
            if steps and steps[-1]["do"] == "wait":
                steps.pop()  # nothing happened when time stopped there
            steps.append({"do": "wait", "until": moment.today.isoformat()})
            day = moment.today
        field = command.field if isinstance(command, Sign) else ""
        made = [] if field and field == signing else list(_steps(document, case, command))
        signing = field
        steps += made
        try:
            result = apply(document, case, command, moment)
        except Refused as refused:
            if made:
                told = [refused.message, *refused.errors.values()]
                steps.append({"do": "expect", "refused": told[0][:200]})
            continue
        notices = [str(item.params["notice"]) for item in result.effects if item.kind == "send_notice"]
        if result.case.state != case.state or notices:
            steps.append({"do": "expect", "state": result.case.state})
            steps += [{"do": "expect", "notice": key} for key in notices]
        issued = [item.params["document"] for item in result.effects if item.kind == "issue_document"]
        steps += [{"do": "expect", "document": key} for key in issued]
        charges = [charge_of(result.case, item) for item in result.effects if item.kind == "create_charge"]
        steps += [{"do": "expect", "charge": cents} for cents in charges if cents is not None]
        own = {effect.deadline for item in document.workflow.transitions for effect in item.effects} - {"", *DEADLINES}
        steps += [
            {"do": "expect", "deadline": item.kind, "due_on": item.due_on.isoformat()}
            for item in result.case.deadlines
            if item.kind in own and not item.closed and item not in case.deadlines
        ]
        case = result.case
    if len(steps) > MAX_SCENARIO_STEPS:
        raise TooLong(len(steps))
    return {"id": scenario_id, "title": title, "starts_on": starts_on.isoformat(), "steps": steps}


def _steps(document: ProcedureDocument, case: CaseState, command: Command) -> list[dict[str, Any]]:
    match command:
        case Submit():
            filled = _filled(document, command.values)
            return [*filled, {"do": "submit", **({"incomplete": True} if command.allow_incomplete else {})}]
        case Move():
            step: dict[str, Any] = {"do": "press", "button": command.transition, "role": command.role}
            for key, value in (("reason", command.reason), ("message", command.message)):
                if value:
                    step[key] = value
            if command.fields:
                step["fields"] = list(command.fields)
                step["due_days"] = min(max(command.due_days, 1), 365)
            if command.agent_values:
                step["values"] = _known(document, command.agent_values)
            return [step]
        case AnswerCorrection():
            return [*_filled(document, command.values), {"do": "answer_correction", "values": {}}]
        case Withdraw():
            way = withdrawal(document, case.state)
            step = {"do": "press", "button": way.id, "role": "applicant"} if way else {}
            return [{**step, **({"reason": command.reason} if command.reason else {})}] if step else []
        case Settle():
            told = {key: value for key, value in command.told.items() if key in SETTLED and value}
            return [{"do": "settle", "field": command.field, "values": told}]
        case Sign():
            return [{"do": "sign", "field": command.field}]
        case Clock():
            return []


def _known(document: ProcedureDocument, values: Any) -> dict[str, Any]:
    names = document.by_id.keys() | {question.id for question in document.eligibility}
    return {key: value for key, value in values.items() if key in names}


def _filled(document: ProcedureDocument, values: Any) -> list[dict[str, Any]]:
    """Answers as a « fill », files as an « attach » each: their keys mean nothing in another telling."""
    known = _known(document, values)
    files = {key for key in known if key in document.by_id and document.by_id[key].kind == "file"}
    steps: list[dict[str, Any]] = []
    answers = {key: value for key, value in known.items() if key not in files}
    if answers:
        steps.append({"do": "fill", "values": answers})
    for key in sorted(files):
        count = len(known[key]) if isinstance(known[key], list) else 1
        if known[key]:
            steps.append({"do": "attach", "field": key, **({"files": min(count, 10)} if count > 1 else {})})
    return steps
