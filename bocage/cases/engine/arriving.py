"""Taking a transition: what it sets off in the case itself, and what it asks of others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.dates import add_working_days
from bocage.base.expressions import Env, evaluate, fields_of, truth
from bocage.cases.engine import legal, signatures
from bocage.cases.engine.state import (
    CaseState,
    Correction,
    Deadline,
    Decision,
    EffectRequest,
    EventRecord,
    Moment,
    Move,
    Refused,
    Result,
)
from bocage.cases.engine.values import env_values
from bocage.cases.schema import Effect, ProcedureDocument, Transition

ANNOUNCED, SILENCE, CORRECTION = legal.ANNOUNCED, legal.SILENCE, legal.CORRECTION


def blocked_by(document: ProcedureDocument, case: CaseState, transition: Transition, moment: Moment) -> str:
    """Why a transition cannot be taken now: its guard does not hold, a signature fell; empty when it can."""
    if _signed_no_longer(document, case, transition):
        return _("La demande a changé après une signature : attendez la nouvelle, ou notez-la sur papier.")
    if transition.guard is None:
        return ""
    known = {**case.answers, **case.agent_answers}
    env = Env(values=env_values(document, known), today=moment.today, tables=document.data_tables)
    return "" if truth(evaluate(transition.guard, env)) else transition.guard_reason or _("Ce n’est pas possible ici.")


def _signed_no_longer(document: ProcedureDocument, case: CaseState, transition: Transition) -> bool:
    """Whether a decision waits for someone who is to sign again: one that grants, of a procedure that waits for them.

    The state where signatures are waited for may be past when one falls: the decision is then held back itself.
    """
    if not transition.decision or document.workflow.state(transition.target).outcome in {"rejected", "withdrawn"}:
        return False
    again = {key for key, row in signatures.signers(document, case.answers) if signatures.is_asked_again(row)}
    waited = {f"{key}.{part}" for key in again for part in ("signed", "all_signed")}
    return bool(again) and any(
        item.id.startswith("all_signed") or (item.guard is not None and waited & set(fields_of(item.guard)))
        for item in document.workflow.transitions
    )


def arrive(
    document: ProcedureDocument,
    case: CaseState,
    transition: Transition,
    moment: Moment,
    *,
    reason: str,
    command: Move | None,
    legal_date: date,
    by_time: bool = False,
) -> Result:
    """Take a transition that may be taken: the case where it leads, what happened, what is asked of others."""
    target = document.workflow.state(transition.target)
    moved = replace(case, state=target.id)
    if case.correction is not None and target.waiting_for != "applicant":
        # The answer is no longer waited for: what was suspended runs again, and nothing may be corrected any more.
        moved = legal.resumed(document, replace(moved, correction=None), case.correction, moment)
        moved = legal.closed(moved, CORRECTION)
    payload: dict[str, Any] = {"transition": transition.id, "from": case.state, "to": target.id, "reason": reason}
    events = [EventRecord("moved", payload)]
    effects: list[EffectRequest] = []
    if transition.decision:
        decision = Decision(target.outcome or target.id, reason, legal_date, by_time, transition.algorithmic)
        # It answers, whatever follows before the case is over: nobody's silence decides a second time (CRPA L231-1).
        moved = legal.closed(replace(moved, decision=decision), SILENCE, ANNOUNCED)
        events.append(
            EventRecord(
                "decided",
                {"outcome": decision.outcome, "legal_date": legal_date.isoformat(), "by_time": by_time},
            )
        )
    for effect in transition.effects:
        moved, made = _effect(document, moved, effect, moment, command)
        effects.extend(legal.marked(made) if transition.decision else made)
    if target.final:
        closed = tuple(replace(item, closed=True) for item in moved.deadlines)
        moved = replace(moved, deadlines=closed, correction=None)
    return Result(moved, tuple(events), tuple(effects))


def onward(
    document: ProcedureDocument, case: CaseState, begins: str, moment: Moment, events: list[EventRecord]
) -> Result:
    """What has just happened, then the transition of role ``system`` that it takes, if any."""
    taken = next(
        (
            item
            for item in document.workflow.transitions
            if "system" in item.roles and case.state in item.sources and item.id.startswith(begins)
        ),
        None,
    )
    if taken is None or blocked_by(document, case, taken, moment):
        return Result(case, tuple(events))
    arrived = arrive(document, case, taken, moment, reason="", command=None, legal_date=moment.today)
    return Result(arrived.case, (*events, *arrived.events), arrived.effects)


def _effect(
    document: ProcedureDocument, case: CaseState, effect: Effect, moment: Moment, command: Move | None
) -> tuple[CaseState, tuple[EffectRequest, ...]]:
    if own := _OWN_EFFECTS.get(effect.kind):
        return own(document, case, effect, moment, command)
    params: dict[str, Any] = dict(effect.params)
    for name in ("notice", "document"):
        if getattr(effect, name):
            params[name] = getattr(effect, name)
    return case, (EffectRequest(effect.kind, params),)


def _set_deadline(
    document: ProcedureDocument, case: CaseState, effect: Effect, moment: Moment, command: Move | None
) -> tuple[CaseState, tuple[EffectRequest, ...]]:
    told = {**case.answers, **case.agent_answers}.get(effect.due_of) if effect.due_of else None
    if effect.due_of:
        if not isinstance(told, str):
            field = document.by_id[effect.due_of]
            raise Refused(_("Il manque une date : « %(label)s ».") % {"label": field.label})
        due = date.fromisoformat(told)
    elif effect.working_days:
        due = add_working_days(moment.today, effect.days, moment.is_holiday)
    else:
        due = moment.today + timedelta(days=effect.days)
    return legal.with_deadline(case, Deadline(effect.deadline, due)), ()


def _close_deadline(
    document: ProcedureDocument, case: CaseState, effect: Effect, moment: Moment, command: Move | None
) -> tuple[CaseState, tuple[EffectRequest, ...]]:
    return legal.closed(case, effect.deadline), ()


def _ask_correction(
    document: ProcedureDocument, case: CaseState, effect: Effect, moment: Moment, command: Move | None
) -> tuple[CaseState, tuple[EffectRequest, ...]]:
    if command is None or not command.message.strip():
        text = _("Écrivez ce qu’il faut corriger ou compléter.")
        raise Refused(text, {"message": text})
    wanted = tuple(
        field_id
        for field_id, field in document.by_id.items()
        if field_id in command.fields and field.asks and not field.agent
    )
    if not wanted:
        text = _("Choisissez au moins une réponse à corriger.")
        raise Refused(text, {"fields": text})
    due_days = min(max(command.due_days, 1), 365)
    due = moment.today + timedelta(days=due_days)
    correction = Correction(wanted, command.message.strip(), moment.today, due)
    asked = legal.with_deadline(replace(case, correction=correction), Deadline(CORRECTION, due))
    asked = legal.suspended(asked, moment)
    return asked, (EffectRequest("send_notice", {"notice": "correction", "due_on": due.isoformat()}),)


_OwnEffect = Callable[
    [ProcedureDocument, CaseState, Effect, Moment, Move | None], tuple[CaseState, tuple[EffectRequest, ...]]
]
_OWN_EFFECTS: dict[str, _OwnEffect] = {
    "ask_correction": _ask_correction,
    "set_deadline": _set_deadline,
    "close_deadline": _close_deadline,
}
OWN_EFFECTS = frozenset(_OWN_EFFECTS)
"""Effects that the machine carries out itself; the others are asked of whoever applies its result."""
