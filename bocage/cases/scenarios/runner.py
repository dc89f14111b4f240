"""Telling a scenario on the engine, step by step, and saying where it goes wrong."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.money import format_cents
from bocage.cases.engine import (
    AnswerCorrection,
    CaseState,
    Clock,
    Command,
    EffectRequest,
    Happened,
    Moment,
    Move,
    Refused,
    Settle,
    Sign,
    Submit,
    apply,
)
from bocage.cases.engine.form import named
from bocage.cases.engine.signatures import digest, signers
from bocage.cases.scenarios.wording import (
    DEADLINES,
    OUTCOMES,
    day_words,
    document_label,
    notice_label,
    say,
    state_label,
)
from bocage.cases.schema import ProcedureDocument
from bocage.cases.schema_parts import MAX_WAIT, Scenario, ScenarioStep
from bocage.territory.holidays import public_holidays

MAX_STOPS = 60  # dates at which time stops during one wait, to let what is due happen


@dataclass(frozen=True)
class Line:
    """A step told: its number from 1, what it does or expects, whether it went well, and what happened."""

    number: int
    text: str
    passed: bool
    happened: str = ""


@dataclass(frozen=True)
class Report:
    """How a scenario went. ``step`` is the number of the one that failed (0: none), ``reason`` why, in French."""

    scenario: str
    title: str
    passed: bool
    step: int = 0
    reason: str = ""
    lines: tuple[Line, ...] = ()


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(public_holidays(year))


def national_holiday(day: date) -> bool:
    """Whether a day is a public holiday of the country (a territory's own come from its calendar, in the database)."""
    return day in _holidays(day.year)


class _Failed(Exception):
    """A step did not go as told."""


@dataclass
class _Story:
    document: ProcedureDocument
    day: date
    is_holiday: Callable[[date], bool]
    case: CaseState = field(default_factory=CaseState)
    typed: dict[str, Any] = field(default_factory=dict)
    effects: list[EffectRequest] = field(default_factory=list)  # of the last thing done
    refused: Refused | None = None
    files: int = 0
    issued: set[str] = field(default_factory=set)

    def moment(self) -> Moment:
        return Moment(datetime.combine(self.day, time(9), UTC), self.day, self.is_holiday)

    def carry_out(self, command: Command) -> None:
        self.effects, self.refused = [], None
        self.also(command)

    def also(self, command: Command) -> None:
        result = apply(self.document, self.case, command, self.moment())
        self.case = result.case
        self.effects += result.effects
        self.issued |= {str(one.params.get("document")) for one in result.effects if one.kind == "issue_document"}


def run(
    document: ProcedureDocument,
    scenario: Scenario,
    *,
    is_holiday: Callable[[date], bool] | None = None,
    communes: Mapping[str, str] | None = None,
) -> Report:
    """Tell a scenario, with the country's public holidays or others. Never raises: the report tells what goes wrong.

    ``communes``: their names by INSEE code, for the words of the report.
    """
    try:
        story = _Story(document, date.fromisoformat(scenario.starts_on), is_holiday or national_holiday)
    except ValueError:
        return Report(scenario.id, scenario.title, False, 0, _("Le jour où le scénario commence n’existe pas."))
    return _tell(story, scenario, communes or {})


def case_that_issues(document: ProcedureDocument, key: str) -> CaseState | None:
    """The case of the first scenario that goes well and has this document issued: an example of what it prints."""
    for scenario in document.scenarios:
        try:
            story = _Story(document, date.fromisoformat(scenario.starts_on), national_holiday)
        except ValueError:
            continue
        if _tell(story, scenario).passed and key in story.issued:
            return story.case
    return None


def _tell(story: _Story, scenario: Scenario, communes: Mapping[str, str] = MappingProxyType({})) -> Report:
    document = story.document
    lines: list[Line] = []
    for number, step in enumerate(scenario.steps, start=1):
        words = say(document, step, communes)
        following = scenario.steps[number] if number < len(scenario.steps) else None
        try:
            _DOING[step.do](story, step)
        except Refused as refused:
            story.refused = refused
            told = _told(story, refused, names=True)
            if following is None or following.do != "expect" or not following.refused:
                lines.append(Line(number, words, False, told))
                reason = _("Refusé : %(message)s") % {"message": told}
                return Report(scenario.id, scenario.title, False, number, reason, tuple(lines))
            lines.append(Line(number, words, True, told))
        except _Failed as failed:
            lines.append(Line(number, words, False, str(failed)))
            return Report(scenario.id, scenario.title, False, number, str(failed), tuple(lines))
        else:
            lines.append(Line(number, words, True, _happened(story) if step.do in _ACTS else ""))
    return Report(scenario.id, scenario.title, True, lines=tuple(lines))


# --- Doing ----------------------------------------------------------------------------------------------------------
def _fill(story: _Story, step: ScenarioStep) -> None:
    story.typed |= step.values


def _attach(story: _Story, step: ScenarioStep) -> None:
    known = story.typed.get(step.field)
    keys = list(known) if isinstance(known, list) else []
    for _number in range(step.files):
        story.files += 1
        keys.append(f"{story.files:032x}")
    story.typed[step.field] = keys


def _submit(story: _Story, step: ScenarioStep) -> None:
    story.carry_out(Submit(story.typed, story.day, allow_incomplete=step.incomplete))
    story.typed = {}


def _press(story: _Story, step: ScenarioStep) -> None:
    command = Move(
        step.button,
        step.role,
        reason=step.reason,
        agent_values={**story.typed, **step.values},
        fields=step.fields,
        message=step.message,
        due_days=step.due_days,
    )
    story.carry_out(command)
    story.typed = {}


def _answer(story: _Story, step: ScenarioStep) -> None:
    story.carry_out(AnswerCorrection({**story.typed, **step.values}))
    story.typed = {}


def _sign(story: _Story, step: ScenarioStep) -> None:
    """Everyone who has not signed does."""
    waited = [
        row
        for field, row in signers(story.document, story.case.answers)
        if field == step.field and "signed_at" not in row
    ]
    if not waited:
        raise _Failed(_("Personne n’a plus à signer ici."))
    story.effects, story.refused = [], None
    for row in waited:
        story.also(Sign(step.field, digest(row), row["name"]))


def _settle(story: _Story, step: ScenarioStep) -> None:
    """The appointment is fixed, the sum is paid."""
    story.carry_out(Settle(step.field, {key: str(value) for key, value in step.values.items()}))


def _hear(story: _Story, step: ScenarioStep) -> None:
    """The case hears of another one (it joins it, that other moves), with what the service's part says there."""
    before = story.case
    story.carry_out(Happened(step.button, step.values or None))
    if story.case == before and not story.effects:
        raise _Failed(_("Dans cet état, ce qui arrive à l’autre demande ne change rien à celle-ci."))


def _wait(story: _Story, step: ScenarioStep) -> None:
    """Let time pass, stopping where something falls due, so that what follows follows in order."""
    until = story.day + timedelta(days=step.days)
    if step.until:
        try:
            until = date.fromisoformat(step.until)
        except ValueError:
            raise _Failed(_("Ce jour n’existe pas : %(day)s.") % {"day": step.until}) from None
    if not story.day < until <= story.day + timedelta(days=MAX_WAIT):
        told = {"today": day_words(story.day.isoformat()), "until": day_words(until.isoformat())}
        raise _Failed(_("On est le %(today)s : on ne peut pas attendre jusqu’au %(until)s.") % told)
    story.effects, story.refused = [], None
    for stops_left in reversed(range(MAX_STOPS)):
        story.day = next_stop(story.case, story.day, until) if stops_left else until
        story.also(Clock())
        if story.day == until:
            break


def next_stop(case: CaseState, day: date, until: date) -> date:
    """The next day at which time stops on its way to ``until``: the one after something falls due, where the clock
    lets it happen as it would have, or ``until`` itself. Who waits stops ``MAX_STOPS`` times at most."""
    due = [item.due_on + timedelta(days=1) for item in case.deadlines if not item.closed]
    return min((one for one in due if day < one < until), default=until)


# --- Expecting ------------------------------------------------------------------------------------------------------
def _expect(story: _Story, step: ScenarioStep) -> None:
    for found in _unmet(story, step):
        raise _Failed(found)


def _unmet(story: _Story, step: ScenarioStep) -> Iterator[str]:
    document, case = story.document, story.case
    if step.refused:
        if story.refused is None:
            yield _("On attendait un refus : « %(wanted)s ». Cela a été accepté.") % {"wanted": step.refused}
        elif step.refused.casefold() not in (found := _told(story, story.refused)).casefold():
            yield _("Le refus dit autre chose : « %(found)s ».") % {"found": found}
    if step.state and step.state != case.state:
        told = {"wanted": state_label(document, step.state), "found": state_label(document, case.state)}
        yield _("On attendait l’état « %(wanted)s » ; la demande est dans l’état « %(found)s ».") % told
    outcome = document.workflow.state(case.state).outcome if case.state else ""
    if step.outcome and step.outcome != outcome:
        told = {"wanted": OUTCOMES[step.outcome], "found": OUTCOMES.get(outcome, _("en cours"))}
        yield _("On attendait une demande %(wanted)s ; elle est %(found)s.") % told
    if step.notice:
        sent = _notices(story)
        if step.notice not in sent:
            told = {"wanted": notice_label(document, step.notice), "found": _sent(story) or _("aucun avis")}
            yield _("L’avis « %(wanted)s » n’est pas parti. Parti à cette étape : %(found)s.") % told
    if step.deadline:
        yield from _unmet_deadline(story, step)
    if step.document:
        issued = [effect.params.get("document") for effect in story.effects if effect.kind == "issue_document"]
        if step.document not in issued:
            yield _("Le document « %(wanted)s » n’a pas été délivré.") % {
                "wanted": document_label(document, step.document)
            }
    if step.charge is not None:
        charges = [charge_of(story.case, effect) for effect in story.effects if effect.kind == "create_charge"]
        if step.charge not in charges:
            listed = ", ".join(format_cents(cents) for cents in charges if cents is not None) or _("rien")
            told = {"wanted": format_cents(step.charge), "found": listed}
            yield _("On attendait %(wanted)s à payer ; à cette étape : %(found)s.") % told


def _unmet_deadline(story: _Story, step: ScenarioStep) -> Iterator[str]:
    decision = story.case.decision
    deadline = story.case.deadline(step.deadline)
    known: date | None = deadline.due_on if deadline else None
    if step.deadline == "decision":
        known = decision.legal_date if decision else None
    name = DEADLINES.get(step.deadline, step.deadline)
    if known is None:
        yield _("L’échéance « %(name)s » ne court pas.") % {"name": name}
    elif step.due_on and known.isoformat() != step.due_on:
        told = {"name": name, "wanted": day_words(step.due_on), "found": day_words(known.isoformat())}
        yield _("L’échéance « %(name)s » est le %(found)s ; on attendait le %(wanted)s.") % told


def charge_of(case: CaseState, effect: EffectRequest) -> int | None:
    """The amount of a charge, in cents: written in the effect, or the answer to the field that it names."""
    amount = effect.params.get("amount")
    if isinstance(amount, str):
        amount = {**case.answers, **case.agent_answers}.get(amount)
    return amount if isinstance(amount, int) and not isinstance(amount, bool) else None


# --- Telling --------------------------------------------------------------------------------------------------------
def _notices(story: _Story) -> list[str]:
    return [str(effect.params.get("notice")) for effect in story.effects if effect.kind == "send_notice"]


def _sent(story: _Story) -> str:
    return ", ".join(f"« {notice_label(story.document, key)} »" for key in _notices(story))


def _happened(story: _Story) -> str:
    told = [_("le %(day)s") % {"day": day_words(story.day.isoformat())}, state_label(story.document, story.case.state)]
    if sent := _sent(story):
        told.append(_("avis : %(notices)s") % {"notices": sent})
    return " · ".join(told)


def _told(story: _Story, refused: Refused, *, names: bool = False) -> str:
    """The refusal in one line; with ``names``, each error says which question it means."""
    fields = story.document.by_id
    errors = [
        named(fields[key].label, text) if names and key in fields else text for key, text in refused.errors.items()
    ]
    return " ".join(dict.fromkeys([refused.message, *errors]))


_ACTS = {"submit", "sign", "settle", "hear", "press", "answer_correction", "wait"}
_DOING: dict[str, Callable[[_Story, ScenarioStep], None]] = {
    "fill": _fill,
    "attach": _attach,
    "submit": _submit,
    "press": _press,
    "answer_correction": _answer,
    "sign": _sign,
    "settle": _settle,
    "hear": _hear,
    "wait": _wait,
    "expect": _expect,
}
