"""The machine: commands move a case from state to state, and say what follows.

Every function is pure: the same document, case, command and moment give the same result.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.base.expressions import fields_of
from bocage.cases.engine import legal, ports
from bocage.cases.engine.afterwards import nobody_left, overdue, ports_asked, settle, sign, signatures_asked
from bocage.cases.engine.arriving import OWN_EFFECTS as OWN_EFFECTS  # read through here, with the commands
from bocage.cases.engine.arriving import arrive, blocked_by, onward
from bocage.cases.engine.form import Form, evaluate_form, missing_message
from bocage.cases.engine.state import (
    AnswerCorrection,
    AskReasons,
    CaseState,
    Clock,
    Command,
    Deadline,
    EffectRequest,
    EventRecord,
    Forward,
    GiveReasons,
    Happened,
    Moment,
    Move,
    Refused,
    Result,
    Settle,
    Sign,
    Submit,
    Withdraw,
)
from bocage.cases.schema import ProcedureDocument, Transition

ANNOUNCED, SILENCE, CORRECTION = legal.ANNOUNCED, legal.SILENCE, legal.CORRECTION


def apply(document: ProcedureDocument, case: CaseState, command: Command, moment: Moment) -> Result:
    """Carry out a command. Raises Refused, with a sentence for people, when it cannot be."""
    if case.gone:
        if isinstance(command, Clock):
            return Result(case)
        raise Refused(_("Cette demande a été transmise à une autre administration : elle ne se traite plus ici."))
    if isinstance(command, _AFTER_SILENCE) and (told := decided_by_silence(document, case, moment)):
        raise Refused(told)
    return _HANDLERS[type(command)](document, case, command, moment)


def available_transitions(
    document: ProcedureDocument, case: CaseState, role: str, moment: Moment
) -> tuple[tuple[Transition, str], ...]:
    """The buttons a role may see in this state, each with the reason why it cannot be pressed now (or "")."""
    over = decided_by_silence(document, case, moment)
    return tuple(
        (transition, over or blocked_by(document, case, transition, moment))
        for transition in document.workflow.transitions
        if case.state in transition.sources and may_press(transition, role) and not case.gone
    )


def decided_by_silence(document: ProcedureDocument, case: CaseState, moment: Moment) -> str:
    """That silence has decided, in words, where the clock has still to write it; empty while it has not.

    The decision is there from its legal date (CRPA L231-1, L231-4), not from the hour at which a job runs: what is done
    meanwhile would decide a second time, or start a delay that is over.
    """
    deadline = _silence_over(document, case, moment)
    if deadline is None:
        return ""
    told = {"date": french_date(deadline.due_on)}
    if document.silence.effect == "accept":
        return _("Le délai de réponse est passé : le silence a accepté cette demande le %(date)s.") % told
    return _("Le délai de réponse est passé : le silence a refusé cette demande le %(date)s.") % told


def _silence_over(document: ProcedureDocument, case: CaseState, moment: Moment) -> Deadline | None:
    """The deadline of silence that has run out, where a transition follows from it; an implied decision’s date."""
    deadline = legal.time_to_answer_over(document, case, moment).deadline(SILENCE)
    if deadline is None or deadline.suspended_on is not None or deadline.due_on >= moment.today:
        return None
    if case.decision is not None:  # taken before a decision closed that deadline: a case of an earlier release
        return None
    return deadline if _implied(document, case) is not None else None


def may_press(transition: Transition, role: str) -> bool:
    """Whether a button is for a role. A counter entrusted to a town hall (DESIGN.md rule 13) presses what a reception
    does, and asks for the pieces that are missing; it decides nothing."""
    if role != "counter":
        return role in transition.roles
    completes = any(effect.kind == "ask_correction" for effect in transition.effects)
    return "reception" in transition.roles or ("agent" in transition.roles and completes and not transition.decision)


def blocked_decision(document: ProcedureDocument, case: CaseState, transition: str, moment: Moment) -> str | None:
    """Why a decision cannot be taken now ("" when it can); None when it is no decision of agents in this state."""
    for role in ("manager", "agent"):
        for item, blocked in available_transitions(document, case, role, moment):
            if item.id == transition and item.decision:
                return blocked
    return None


def fills_service_part(document: ProcedureDocument, state: str, role: str) -> bool:
    """Whether a role may write in the service's own fields in this state: nobody once it has ended.

    What a decision was taken on stays as it was. Reception: where the procedure gives it a button that asks for one.
    """
    if document.workflow.state(state).final:
        return False
    return role in {"agent", "manager"} or any(
        _is_agents(document, name.split(".")[0])
        for item in document.workflow.transitions
        if state in item.sources and role in item.roles and item.guard is not None
        for name in fields_of(item.guard)
    )


def _checked(form: Form, document: ProcedureDocument, *, allow_incomplete: bool) -> None:
    """Raise Refused where the form cannot be filed."""
    if form.refused:
        raise Refused(form.refused[0].reason)
    if form.forbidden:
        raise Refused(form.forbidden[0])
    errors = dict(form.errors)
    if not allow_incomplete:
        for field_id in form.missing:
            field = document.by_id.get(field_id)
            errors.setdefault(field_id, missing_message(field) if field else _("Répondez à cette question."))
    if errors:
        raise Refused(_("Il reste des réponses à compléter ou à corriger."), errors)


def _submit(document: ProcedureDocument, case: CaseState, command: Submit, moment: Moment) -> Result:
    if not case.is_draft:
        raise Refused(_("Cette demande est déjà envoyée."))
    if command.received_on > moment.today:
        raise Refused(_("La date de réception ne peut pas être dans le futur."))
    form = evaluate_form(document, command.values, moment, agent_answers=case.agent_answers)
    _checked(form, document, allow_incomplete=command.allow_incomplete)
    complete = not form.missing
    filed = replace(
        case,
        state=document.workflow.initial,
        answers={key: value for key, value in form.values.items() if not _is_agents(document, key)},
        received_on=command.received_on,
        complete=complete,
        missing=form.missing,
        deadlines=legal.filing_deadlines(document, command.received_on, complete, moment),
    )
    payload = {"received_on": command.received_on.isoformat(), "complete": complete, "acknowledged": complete}
    events = (EventRecord("submitted", payload),)
    asked = signatures_asked(document, filed, case, moment)
    filed, ported = ports_asked(document, asked.case)
    return Result(filed, events, (EffectRequest("send_notice", {"notice": "receipt"}), *asked.effects, *ported))


def _is_agents(document: ProcedureDocument, field_id: str) -> bool:
    field = document.by_id.get(field_id)
    return field is not None and field.agent


def _move(document: ProcedureDocument, case: CaseState, command: Move, moment: Moment) -> Result:
    try:
        transition = document.workflow.transition(command.transition)
    except KeyError:
        raise Refused(_("Cette action n’existe pas pour cette démarche.")) from None
    if case.state not in transition.sources or not may_press(transition, command.role):
        raise Refused(_("Le dossier a changé entre-temps : cette action n’est plus possible. Relisez le dossier."))
    agent_values = {key: value for key, value in command.agent_values.items() if _is_agents(document, key)}
    if agent_values:
        form = evaluate_form(document, case.answers, moment, agent_answers={**case.agent_answers, **agent_values})
        wrong = {key: text for key, text in form.errors.items() if key in agent_values}
        if wrong:
            raise Refused(_("Il reste des réponses à corriger."), wrong)
        kept = {key: value for key, value in form.values.items() if _is_agents(document, key)}
        case = replace(case, agent_answers=kept)
    blocked = blocked_by(document, case, transition, moment)
    if blocked:
        raise Refused(blocked)
    reason = command.reason.strip()
    if legal.needs_reason(document, transition) and not reason:
        raise Refused(_("Écrivez le motif : la personne doit pouvoir comprendre."), {"reason": _("Écrivez le motif.")})
    return arrive(document, case, transition, moment, reason=reason, command=command, legal_date=moment.today)


def _answer_correction(
    document: ProcedureDocument, case: CaseState, command: AnswerCorrection, moment: Moment
) -> Result:
    wanted = _awaited(case, command)
    came = _came_on(case, command, moment)
    values = {**case.answers, **{key: value for key, value in command.values.items() if key in wanted}}
    for key, answer in case.answers.items():  # what was settled, or is due, stays when people choose another way
        if document.by_id[key].kind in ports.PORTS if key in document.by_id else False:
            kept = {name: answer[name] for name in ("due", "settled") if name in answer}
            if kept and isinstance(values[key], dict) and "label" not in values[key]:
                values[key] = values[key] | kept
    form = evaluate_form(document, values, moment, agent_answers=case.agent_answers)
    # Only what was asked blocks: a paper form entered incomplete may still lack what nobody asked for.
    errors = {key: text for key, text in form.errors.items() if key in wanted}
    for field_id in form.missing:
        if case.correction is not None and field_id in wanted and field_id in document.by_id:
            errors.setdefault(field_id, missing_message(document.by_id[field_id]))
    newly_needed = [key for key in form.missing if key not in wanted and key not in case.missing]
    if errors or newly_needed:
        errors |= {key: missing_message(document.by_id[key]) for key in newly_needed if key in document.by_id}
        raise Refused(_("Il reste des réponses à compléter ou à corriger."), errors)
    if form.forbidden:
        raise Refused(form.forbidden[0])
    # An answer that nobody asked about stays, even one that could not be given today (a date now too long ago).
    stays = {key: case.answers[key] for key in form.errors if key in case.answers and key not in wanted}
    answered = replace(
        case,
        answers=stays | {key: value for key, value in form.values.items() if not _is_agents(document, key)},
        correction=None,
        complete=not form.missing,
        missing=form.missing,
    )
    answered = legal.closed(legal.resumed(document, answered, case.correction, came), CORRECTION)
    told = EventRecord("correction_answered", {"fields": sorted(wanted), "complete": answered.complete})
    events: tuple[EventRecord, ...] = (told,)
    effects: tuple[EffectRequest, ...] = ()
    if answered.complete:
        answered, acknowledged, effects = legal.acknowledged(answered)
        events += acknowledged
    back = next(
        (
            transition
            for transition in document.workflow.transitions
            if "system" in transition.roles
            and case.correction is not None
            and case.state in transition.sources
            and transition.id.startswith("correction_answered")
        ),
        None,
    )
    asked = signatures_asked(document, answered, case, moment)
    result = Result(asked.case, (*events, *asked.events), (*effects, *asked.effects))
    if back is not None:
        arrived = arrive(document, asked.case, back, moment, reason="", command=None, legal_date=moment.today)
        result = Result(arrived.case, (*result.events, *arrived.events), (*result.effects, *arrived.effects))
    return nobody_left(document, case, result, moment)


def _awaited(case: CaseState, command: AnswerCorrection) -> set[str]:
    """The fields that an answer may change: those asked for; for what an agent receives unasked, those that lack."""
    wanted = case.missing if command.received_on is not None else ()
    found = set(case.correction.fields if case.correction is not None else wanted)
    if not found or case.is_draft:
        raise Refused(_("Aucune correction n’est attendue sur cette demande."))
    return found


def _came_on(case: CaseState, command: AnswerCorrection, moment: Moment) -> Moment:
    """The day from which the delays run again: the one on which the pieces came, not that of their entry (L114-5)."""
    if command.received_on is None:
        return moment
    since = case.correction.asked_on if case.correction is not None else case.received_on
    if command.received_on > moment.today or (since is not None and command.received_on < since):
        text = _("Ce jour est dans le futur, ou avant la demande. Vérifiez-le.")
        raise Refused(text, {"received_on": text})
    return replace(moment, today=command.received_on)


def gives_up(document: ProcedureDocument, transition: Transition) -> bool:
    """Whether a button of the workflow withdraws the request."""
    return document.workflow.state(transition.target).outcome == "withdrawn"


def withdrawal(document: ProcedureDocument, state: str) -> Transition | None:
    """How an applicant gives up in this state; None when they no longer can, as in every state where it has ended."""
    if not state or document.workflow.state(state).final:
        return None
    return next(
        (
            item
            for item in document.workflow.transitions
            if "applicant" in item.roles and state in item.sources and gives_up(document, item)
        ),
        None,
    )


def _withdraw(document: ProcedureDocument, case: CaseState, command: Withdraw, moment: Moment) -> Result:
    transition = withdrawal(document, case.state)
    if transition is None:
        raise Refused(_("Cette demande ne peut plus être retirée. Appelez le service pour en parler."))
    return arrive(
        document, case, transition, moment, reason=command.reason.strip(), command=None, legal_date=moment.today
    )


def _clock(document: ProcedureDocument, case: CaseState, command: Clock, moment: Moment) -> Result:
    """What is due by now: an acknowledgement (CRPA R112-11-1), an implied decision (L231-1, L231-4), what follows of
    the deadlines that have passed.

    An implied decision carries the date on which the delay ran out, whenever the job runs.
    """
    running = legal.time_to_answer_over(document, case, moment)
    over, transition = _silence_over(document, case, moment), _implied(document, case)
    if over is not None and transition is not None:
        return arrive(
            document,
            running,
            transition,
            moment,
            reason=_("Décision implicite : le délai prévu est écoulé sans réponse de l’administration."),
            command=None,
            legal_date=over.due_on,
            by_time=True,
        )
    deadline = running.deadline(SILENCE)
    events: tuple[EventRecord, ...] = ()
    effects: tuple[EffectRequest, ...] = ()
    if running is not case and deadline is not None:
        events = (EventRecord("delay_resumed", {"due_on": deadline.due_on.isoformat()}),)
    if legal.acknowledgement_due(running, moment):
        running, told, effects = legal.acknowledged(running)
        events += told
    return overdue(document, Result(running, events, effects), moment)


def _happened(document: ProcedureDocument, case: CaseState, command: Happened, moment: Moment) -> Result:
    """What follows, here, of what happened to another case."""
    if case.is_draft or document.workflow.state(case.state).final or _silence_over(document, case, moment):
        return Result(case)
    told = case if command.agent_answers is None else replace(case, agent_answers=dict(command.agent_answers))
    result = onward(document, told, command.what, moment, [])
    return result if result.events else Result(case)


def _implied(document: ProcedureDocument, case: CaseState) -> Transition | None:
    """The transition that silence takes from this state."""
    outcome = {"accept": "accepted", "reject": "rejected"}.get(document.silence.effect)
    return next(
        (
            item
            for item in document.workflow.transitions
            if "system" in item.roles
            and item.decision
            and case.state in item.sources
            and document.workflow.state(item.target).outcome == outcome
        ),
        None,
    )


_AFTER_SILENCE = (Move, AnswerCorrection, Withdraw, Forward)
"""What nobody does any more once silence has decided. A signature, a payment that comes is kept: it decides nothing."""

_HANDLERS: dict[type, Callable[[ProcedureDocument, CaseState, Any, Moment], Result]] = {
    Submit: _submit,
    Move: _move,
    AnswerCorrection: _answer_correction,
    Withdraw: _withdraw,
    Happened: _happened,
    Settle: settle,
    Sign: sign,
    Clock: _clock,
    AskReasons: legal.ask_reasons,
    GiveReasons: legal.give_reasons,
    Forward: legal.forward,
}
