"""Between the engine and the tables: a case read as plain values, a result written in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import transaction

from bocage.base import journal, outbox
from bocage.base.actors import Actor
from bocage.cases.engine import CaseState, Command, Correction, Deadline, Decision, Moment, Move, Result, apply
from bocage.cases.models import Case, ProposalState, PublicCase
from bocage.cases.models import Deadline as DeadlineRow
from bocage.cases.models import Decision as DecisionRow
from bocage.cases.operations.decisions import decision_of, keep_decision
from bocage.cases.operations.effects import perform
from bocage.cases.ports import ways_of
from bocage.cases.sealing import open_answers, seal_answers
from bocage.territory.ground import GROUND
from bocage.territory.queries import holidays, today

STREAM = "cases"
JOINED_TOPIC = "cases.joined"
"""Tells the cases that joined one what became of it (``operations.joining``), after it is written."""
FORWARDED = "forwarded"
"""The outcome of a case handed to another administration, out of this house: it ends here, in the state it was in."""
Changes = Mapping[str, Any] | Callable[[CaseState], Mapping[str, Any]]


class Conflict(Exception):
    """Someone else changed the case meanwhile: read it again."""


def moment(now: datetime) -> Moment:
    """The engine's moment for an instant: the territory's own date and holidays, each year's read once."""
    of_year = cache(holidays)
    return Moment(
        now=now, today=today(now), is_holiday=lambda day: day in of_year(day.year), ground=GROUND, ways=ways_of
    )


def state_of(case: Case) -> CaseState:
    """The case as the engine sees it."""
    correction = None
    if case.correction:
        told = case.correction
        correction = Correction(
            tuple(told["fields"]),
            told["message"],
            date.fromisoformat(told["asked_on"]),
            date.fromisoformat(told["due_on"]),
        )
    decided = decision_of(case)
    rows = case.deadlines.filter(closed=False) if case.state else ()
    return CaseState(
        state=case.state,
        answers=open_answers(case.answers),
        agent_answers=open_answers(case.agent_answers),
        received_on=case.received_on,
        complete=case.complete,
        missing=tuple(case.missing),
        correction=correction,
        deadlines=tuple(Deadline(row.kind, row.due_on, row.suspended_on) for row in rows),
        decision=Decision(
            decided.outcome,
            decided.reason,
            decided.legal_date,
            decided.by_time,
            decided.algorithmic,
            decided.reasons_on,
        )
        if decided
        else None,
        gone=case.outcome == FORWARDED,
    )


def touch(case: Case, now: datetime, **changes: Any) -> None:
    """Change columns of a case, provided nobody did meanwhile. Raises Conflict."""
    values = {**changes, "revision": case.revision + 1, "updated_at": now}
    if not Case.objects.filter(pk=case.pk, revision=case.revision).update(**values):
        raise Conflict
    for name, value in values.items():
        setattr(case, name, value)


def drop_proposals(case: Case, now: datetime) -> None:
    """A decision prepared for signature was about the case as it stood: it waits no longer."""
    case.proposals.filter(state=ProposalState.WAITING).update(state=ProposalState.DROPPED, handled_at=now)


@transaction.atomic
def run(
    case: Case,
    command: Command,
    *,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, Any] | None = None,
    signature: Mapping[str, Any] | None = None,
) -> Result:
    """Carry out a command on a case and write all that follows, or nothing.

    Raises Refused (the engine says no) and Conflict (someone was quicker).
    """
    return carry_out(case, command, actor=actor, now=now, changes=changes, signature=signature)


def carry_out(
    case: Case,
    command: Command,
    *,
    actor: Actor,
    now: datetime,
    changes: Changes | None = None,
    signature: Mapping[str, Any] | None = None,
) -> Result:
    """``run`` inside the caller's transaction, which its exceptions must undo.

    ``changes`` are columns to write with the rest, or a function that tells them from what the command makes of the
    case: it may write, and sets on the case what the effects read there.
    """
    document = case.version.document
    before = state_of(case)
    result = apply(document, before, command, moment(now))
    after = result.case
    if after == before and not result.events:
        return result
    if callable(changes):
        changes = changes(after)
    state = document.workflow.state(after.state) if after.state else None
    open_deadlines = {item.kind: item for item in after.deadlines if not item.closed}
    over = after.gone or (state is not None and state.final)
    touch(
        case,
        now,
        state=after.state,
        waiting_for="" if state is None or over else state.waiting_for,
        outcome=FORWARDED if after.gone else state.outcome if state else "",
        answers=seal_answers(document, after.answers),
        agent_answers=seal_answers(document, after.agent_answers),
        correction=_correction_json(after.correction),
        complete=after.complete,
        missing=list(after.missing),
        received_on=after.received_on,
        announced_on=open_deadlines["announced"].due_on if "announced" in open_deadlines else case.announced_on,
        silence_on=_running(open_deadlines.get("silence")),
        closed_on=(case.closed_on or moment(now).today) if over else None,
        **(changes or {}),
    )
    _write_deadlines(case, before, after)
    if not before.is_draft and (after.state != before.state or over):
        drop_proposals(case, now)
    if after.decision is not None and after.decision != before.decision:
        decision = after.decision
        row, _made = DecisionRow.objects.update_or_create(
            case=case,
            defaults={
                "outcome": decision.outcome,
                "reason": decision.reason,
                "legal_date": decision.legal_date,
                "by_time": decision.by_time,
                "algorithmic": decision.algorithmic,
                "reasons_on": decision.reasons_on,
                **(signature or {}),
            },
        )
        keep_decision(case, row)
    for number, event in enumerate(result.events):
        recorded = journal.record(
            stream=STREAM,
            kind=f"cases.{event.kind}",
            subject=case.subject,
            actor=actor,
            on_behalf_of=on_behalf_of(case, actor),
            payload=dict(event.payload),
            now=now,
        )
        if number == 0:
            first = recorded
    if (
        document.public_list is not None
        and not before.is_draft
        and (after.state, after.gone) != (before.state, before.gone)
    ):
        told = {"case": case.pk, "event": first.pk, "state": case.outcome if after.gone else case.state}
        if isinstance(command, Move):  # pressed on a case that had joined another: it stands alone again
            PublicCase.objects.filter(case=case).update(joins=None)
        outbox.enqueue(JOINED_TOPIC, f"{JOINED_TOPIC}:{first.pk}", told, now=now)
    for number, effect in enumerate(result.effects):
        perform(case, effect, key=f"{case.subject}:{first.pk}:{number}", actor=actor, now=now)
    return result


def on_behalf_of(case: Case, actor: Actor) -> str:
    """Whom a write is for, when it is not for oneself."""
    key = f"person:{case.applicant_id}"
    return key if case.applicant_id and actor.key not in {key, f"account:{case.account_id}"} else ""


def _running(deadline: Deadline | None) -> date | None:
    return deadline.due_on if deadline is not None and deadline.suspended_on is None else None


def _correction_json(correction: Correction | None) -> dict[str, Any] | None:
    if correction is None:
        return None
    told = asdict(correction)
    return {
        **told,
        "fields": list(correction.fields),
        "asked_on": correction.asked_on.isoformat(),
        "due_on": correction.due_on.isoformat(),
    }


def _write_deadlines(case: Case, before: CaseState, after: CaseState) -> None:
    rows = {row.kind: row for row in case.deadlines.filter(closed=False)} if before.deadlines else {}
    wanted = {item.kind: item for item in after.deadlines if not item.closed}
    gone = [row.pk for kind, row in rows.items() if kind not in wanted]
    if gone:
        case.deadlines.filter(pk__in=gone).update(closed=True)
    fresh = []
    for kind, item in wanted.items():
        row = rows.get(kind)
        if row is None:
            fresh.append(DeadlineRow(case=case, kind=kind, due_on=item.due_on, suspended_on=item.suspended_on))
        elif (row.due_on, row.suspended_on) != (item.due_on, item.suspended_on):
            case.deadlines.filter(pk=row.pk).update(due_on=item.due_on, suspended_on=item.suspended_on)
    if fresh:
        DeadlineRow.objects.bulk_create(fresh)
