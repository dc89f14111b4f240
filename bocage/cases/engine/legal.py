"""The legal clock: acknowledgements, delays that stop and run again, reasons, cases that go to who is competent.

Source: Code des relations entre le public et l'administration (CRPA); each function cites its article. Pure, like the
rest of the engine: which days are holidays comes with the moment.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.dates import add_months, add_working_days, legal_end, working_days_between
from bocage.cases.engine.state import (
    AskReasons,
    CaseState,
    Correction,
    Deadline,
    EffectRequest,
    EventRecord,
    Forward,
    GiveReasons,
    Moment,
    Refused,
    Result,
)
from bocage.cases.schema import ProcedureDocument, Transition

ANNOUNCED, SILENCE, CORRECTION = "announced", "silence", "correction"
ACKNOWLEDGEMENT, REASONS = "acknowledgement", "reasons"
ACKNOWLEDGE_DAYS = 10
"""Working days within which a request is acknowledged (CRPA R112-11-1 and following)."""
REASONS_MONTHS = 1
"""Within how many months the reasons of an implied rejection are given (CRPA L232-4)."""
REMEDY_MONTHS = 2
"""The ordinary delay to go to the administrative judge (Code de justice administrative, R421-1)."""


# --- Deadlines -----------------------------------------------------------------------------------------------------
def with_deadline(case: CaseState, deadline: Deadline) -> CaseState:
    """The case with this deadline in place of the open one of its kind."""
    return replace(case, deadlines=(*closed(case, deadline.kind).deadlines, deadline))


def closed(case: CaseState, *kinds: str) -> CaseState:
    """The case with its deadlines of these kinds closed."""
    return replace(
        case,
        deadlines=tuple(replace(item, closed=True) if item.kind in kinds else item for item in case.deadlines),
    )


def filing_deadlines(
    document: ProcedureDocument, received_on: date, complete: bool, moment: Moment
) -> tuple[Deadline, ...]:
    """The dates that a request sets when it is received.

    A complete one is acknowledged at once, by its receipt (CRPA L112-11: an acknowledgement given at once makes the
    registration receipt needless). An incomplete one gets a registration receipt, then its acknowledgement within ten
    working days (L112-3, R112-11-1). The delay to an implied acceptance starts only once the request is complete, that
    to an implied rejection starts on receipt (L114-5, L231-1, L231-4).
    """
    deadlines = [Deadline(ANNOUNCED, add_working_days(received_on, document.announced_days, moment.is_holiday))]
    if not complete:
        due = add_working_days(received_on, ACKNOWLEDGE_DAYS, moment.is_holiday)
        deadlines.append(Deadline(ACKNOWLEDGEMENT, due))
    if document.silence.effect != "none":
        due = add_months(received_on, document.silence.months)
        waits = document.silence.effect == "accept" and not complete
        deadlines.append(Deadline(SILENCE, due, suspended_on=received_on if waits else None))
    return tuple(deadlines)


def decided_before_filing(
    document: ProcedureDocument, received_on: date, complete: bool, moment: Moment
) -> date | None:
    """The legal date of what silence has decided already of a request filed now, for it came long ago; else None.

    The delay runs from the day it was received, not from the day somebody enters it (CRPA L231-1, L231-4).
    """
    for item in filing_deadlines(document, received_on, complete, moment):
        if item.kind == SILENCE and item.suspended_on is None and item.due_on < moment.today:
            return item.due_on
    return None


def suspended(case: CaseState, moment: Moment) -> CaseState:
    """Missing pieces are asked for: the delays of the decision stop (CRPA L114-5), and the one announced too."""
    return replace(
        case,
        deadlines=tuple(
            replace(item, suspended_on=moment.today)
            if item.kind in {SILENCE, ANNOUNCED} and not item.closed and item.suspended_on is None
            else item
            for item in case.deadlines
        ),
    )


def resumed(document: ProcedureDocument, case: CaseState, correction: Correction | None, moment: Moment) -> CaseState:
    """Delays run again once the pieces are there, or no longer waited for (CRPA L114-5).

    The delay to an implied *acceptance* runs only from the day the pieces came: it starts afresh, and stays stopped
    while the request is incomplete. The delay to an implied *rejection* was suspended for the time given to produce
    them, no longer: an answer that comes after the date set gives back no more than that time.
    """
    accepts = document.silence.effect == "accept"
    found = []
    for item in case.deadlines:
        if item.closed or item.suspended_on is None or (item.kind == SILENCE and accepts and not case.complete):
            found.append(item)
        elif item.kind == SILENCE and accepts:
            found.append(Deadline(SILENCE, add_months(moment.today, document.silence.months)))
        elif item.kind == ANNOUNCED and item.due_on > item.suspended_on:
            # Announced in working days: as many are left as there were, and it ends on one.
            left = working_days_between(item.suspended_on, item.due_on, moment.is_holiday)
            due = add_working_days(moment.today, left, moment.is_holiday)
            found.append(replace(item, due_on=due, suspended_on=None))
        else:
            until = moment.today
            if item.kind == SILENCE and correction is not None:
                until = max(item.suspended_on, min(until, correction.due_on))
            lost = until - item.suspended_on
            found.append(replace(item, due_on=item.due_on + lost, suspended_on=None))
    return replace(case, deadlines=tuple(found))


def time_to_answer_over(document: ProcedureDocument, case: CaseState, moment: Moment) -> CaseState:
    """The time given to produce the pieces has passed without them: the delay to an implied rejection runs again.

    CRPA L114-5: it is suspended « pendant le délai imparti pour produire les pièces », and no longer.
    """
    silence, told = case.deadline(SILENCE), case.correction
    if (
        told is None
        or silence is None
        or silence.suspended_on is None
        or document.silence.effect != "reject"
        or told.due_on >= moment.today
    ):
        return case
    lost = max(told.due_on - silence.suspended_on, timedelta(0))
    return with_deadline(case, replace(silence, due_on=silence.due_on + lost, suspended_on=None))


# --- Acknowledgement -----------------------------------------------------------------------------------------------
def acknowledged(case: CaseState) -> tuple[CaseState, tuple[EventRecord, ...], tuple[EffectRequest, ...]]:
    """Acknowledge a request that was not yet, with what must be told (CRPA L112-3, R112-5, R112-11-1)."""
    if case.deadline(ACKNOWLEDGEMENT) is None:
        return case, (), ()
    event = EventRecord("acknowledged", {"complete": case.complete})
    return closed(case, ACKNOWLEDGEMENT), (event,), (EffectRequest("send_notice", {"notice": "acknowledgement"}),)


def acknowledgement_due(case: CaseState, moment: Moment) -> bool:
    """Whether the tenth working day has come (CRPA R112-11-1)."""
    deadline = case.deadline(ACKNOWLEDGEMENT)
    return deadline is not None and deadline.due_on <= moment.today


# --- Reasons -------------------------------------------------------------------------------------------------------
def needs_reason(document: ProcedureDocument, transition: Transition) -> bool:
    """Whether a button wants its reason in writing: it says so, or it rejects where the law wants reasons.

    CRPA L211-2: unfavourable individual decisions are reasoned; L211-5: in writing, with what in law and in fact they
    rest on.
    """
    rejects = transition.decision and document.workflow.state(transition.target).outcome == "rejected"
    return transition.reason == "required" or (rejects and document.reasons_compulsory)


def last_day_to_ask_reasons(legal_date: date, moment: Moment) -> date:
    """Until when the reasons of an implied rejection may be asked for: the delay to go to the judge (CRPA L232-4).

    That delay is « franc »: neither its first nor its last day counts, and it ends on a working day (R421-1 CJA).
    """
    return legal_end(legal_date, months=REMEDY_MONTHS, days=1, is_holiday=moment.is_holiday)


def may_ask_reasons(case: CaseState, moment: Moment, *, told_remedies: bool = True) -> bool:
    """Whether the applicant may ask for the reasons of an implied rejection (CRPA L232-4).

    Where no acknowledgement told them of the delay, it does not run against them (L112-6).
    """
    decision = case.decision
    if case.gone or decision is None or not decision.by_time or decision.outcome != "rejected":
        return False
    if decision.reasons_on is not None or case.deadline(REASONS) is not None:
        return False
    return not told_remedies or moment.today <= last_day_to_ask_reasons(decision.legal_date, moment)


def ask_reasons(document: ProcedureDocument, case: CaseState, command: AskReasons, moment: Moment) -> Result:
    """The applicant asks for the reasons of an implied rejection: the service has one month (CRPA L232-4)."""
    if not may_ask_reasons(case, moment, told_remedies=command.told_remedies):
        raise Refused(_("Les motifs ne peuvent pas être demandés pour cette demande, ou ne peuvent plus l’être."))
    due = add_months(moment.today, REASONS_MONTHS)
    asked = with_deadline(case, Deadline(REASONS, due))
    return Result(asked, (EventRecord("reasons_asked", {"due_on": due.isoformat()}),))


def give_reasons(document: ProcedureDocument, case: CaseState, command: GiveReasons, moment: Moment) -> Result:
    """The service tells the reasons of an implied rejection; the delay to contest it runs anew from that day, for two
    months (CRPA L232-4)."""
    decision = case.decision
    if decision is None or case.deadline(REASONS) is None:
        raise Refused(_("Aucune demande de motifs n’attend de réponse sur ce dossier."))
    reason = command.reason.strip()
    if not reason:
        text = _("Écrivez les motifs : la règle appliquée et les faits.")
        raise Refused(text, {"reason": text})
    given = replace(closed(case, REASONS), decision=replace(decision, reason=reason, reasons_on=moment.today))
    effect = EffectRequest("send_notice", {"notice": "reasons", "decision": True})
    return Result(given, (EventRecord("reasons_given", {"reason": reason}),), (effect,))


# --- To who is competent -------------------------------------------------------------------------------------------
def forward(document: ProcedureDocument, case: CaseState, command: Forward, moment: Moment) -> Result:
    """Hand a misdirected request to who is competent, and tell the applicant (CRPA L114-2).

    Towards another *administration* of this house, L114-3: the delay to an implied rejection still runs from the day
    the first one received the request; that to an implied acceptance runs only from the day the competent one receives
    it, here the same day. Between services of one administration no delay changes. Out of the house the case ends
    here: its delays are the other administration's to keep.
    """
    if case.is_draft or case.gone or document.workflow.state(case.state).final:
        raise Refused(_("Ce dossier ne peut pas être transmis : il n’est pas en cours."))
    errors = {}
    if not command.to.strip():
        errors["to"] = _("Dites à qui vous transmettez cette demande.")
    if command.outside and not command.address.strip():
        errors["address"] = _("Écrivez son adresse : la personne doit pouvoir la joindre.")
    if errors:
        raise Refused(next(iter(errors.values())), errors)
    sent = case
    if case.correction is not None:
        sent = resumed(document, replace(case, correction=None), case.correction, moment)
    sent = closed(sent, CORRECTION)
    payload: dict[str, Any] = {"to": command.to.strip(), "outside": command.outside, "reason": command.reason.strip()}
    values = {"to": command.to.strip(), "to_address": command.address.strip(), "message": command.reason.strip()}
    told = EffectRequest("send_notice", {"notice": "forwarded", "values": values})
    events = (EventRecord("forwarded", payload),)
    if command.outside:
        every = {item.kind for item in sent.deadlines}
        return Result(replace(closed(sent, *every), gone=True), events, (told,))
    sent = replace(sent, state=document.workflow.initial)
    silence = sent.deadline(SILENCE)
    if command.administration:
        announced = add_working_days(moment.today, document.announced_days, moment.is_holiday)
        if sent.deadline(ANNOUNCED) is not None:
            sent = with_deadline(sent, Deadline(ANNOUNCED, announced))
        if silence is not None and document.silence.effect == "accept":
            due = add_months(moment.today, document.silence.months)
            stopped = None if case.complete else moment.today
            sent = with_deadline(sent, Deadline(SILENCE, due, suspended_on=stopped))
    return Result(sent, events, (told,))


def marked(effects: Iterable[EffectRequest]) -> tuple[EffectRequest, ...]:
    """Effects of a decision: its notices carry what the law wants a decision to say (remedies, L311-3-1's mention)."""
    return tuple(
        replace(item, params={**item.params, "decision": True}) if item.kind == "send_notice" else item
        for item in effects
    )
