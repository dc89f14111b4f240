"""What the engine takes and gives: a case as plain values, commands, and what follows from them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from bocage.cases.engine.places import Ground
    from bocage.cases.schema import FormField

Answers = Mapping[str, Any]
"""Answers by stable field id, in their stored form (JSON): see ``fields.clean``."""


@dataclass(frozen=True)
class Moment:
    """When a command is carried out: the instant, the territory's date, and which days are holidays there."""

    now: datetime
    today: date
    is_holiday: Callable[[date], bool] = field(default=lambda day: False, repr=False)
    ways: "Callable[[FormField], Mapping[str, str]] | None" = field(default=None, repr=False)  # see ``ports``
    ground: "Ground | None" = field(default=None, repr=False)  # the territory, where one is at hand


@dataclass(frozen=True)
class Correction:
    """What an agent asks the applicant to correct: fields, message, by when."""

    fields: tuple[str, ...]
    message: str
    asked_on: date
    due_on: date


@dataclass(frozen=True)
class Deadline:
    """A date to keep. A suspended one does not run; what it lost is given back when it resumes (CRPA L114-5)."""

    kind: str
    due_on: date
    suspended_on: date | None = None
    closed: bool = False


@dataclass(frozen=True)
class Decision:
    """A decision: outcome, reason, its legal date; made by an agent, or by time, or by a rule that counts (L311-3-1).

    ``reasons_on``: when the reasons of an implied rejection were given (CRPA L232-4).
    """

    outcome: str
    reason: str
    legal_date: date
    by_time: bool = False
    algorithmic: bool = False
    reasons_on: date | None = None


@dataclass(frozen=True)
class CaseState:
    """A case as the engine sees it. ``state`` is empty for a draft."""

    state: str = ""
    answers: Answers = field(default_factory=dict)
    agent_answers: Answers = field(default_factory=dict)
    received_on: date | None = None
    complete: bool = False
    missing: tuple[str, ...] = ()
    correction: Correction | None = None
    deadlines: tuple[Deadline, ...] = ()
    decision: Decision | None = None
    gone: bool = False  # handed to another administration, out of this house (CRPA L114-2)

    @property
    def is_draft(self) -> bool:
        """Not submitted yet."""
        return self.state == ""

    def deadline(self, kind: str) -> Deadline | None:
        """The open deadline of a kind."""
        return next((item for item in self.deadlines if item.kind == kind and not item.closed), None)


@dataclass(frozen=True)
class Submit:
    """File the draft. An agent who enters a paper form may file it incomplete: it is then to be completed."""

    values: Answers
    received_on: date
    allow_incomplete: bool = False


@dataclass(frozen=True)
class Move:
    """Press a button of the workflow, as a role."""

    transition: str
    role: Literal["reception", "counter", "agent", "manager", "applicant", "system"]
    reason: str = ""
    agent_values: Answers = field(default_factory=dict)
    fields: tuple[str, ...] = ()  # of a correction request
    message: str = ""
    due_days: int = 15


@dataclass(frozen=True)
class AnswerCorrection:
    """The applicant's answer to a correction request: the fields asked for, and no other, are taken.

    ``received_on``: the day it came to an agent, on paper or by telephone; what is missing may then come unasked. None:
    online, now.
    """

    values: Answers
    received_on: date | None = None


@dataclass(frozen=True)
class Withdraw:
    """The applicant gives up."""

    reason: str = ""


@dataclass(frozen=True)
class Clock:
    """Time passes: what is due by now happens, dated on its legal day."""


@dataclass(frozen=True)
class AskReasons:
    """The applicant asks for the reasons of an implied rejection; ``told_remedies``: they were told of the delay."""

    told_remedies: bool = True


@dataclass(frozen=True)
class GiveReasons:
    """The service gives them."""

    reason: str


@dataclass(frozen=True)
class Forward:
    """Hand a misdirected request to ``to``: another administration or another service, of this house or outside."""

    to: str
    address: str = ""
    reason: str = ""
    administration: bool = True  # another administration, not another service of the same one
    outside: bool = False


@dataclass(frozen=True)
class Sign:
    """Someone whom the request names signs it: ``signer`` is their digest, ``name`` what they typed.

    ``read`` is the ``signatures.read_digest`` of what they had before their eyes; None where it was paper.
    """

    field: str
    signer: str
    name: str
    channel: Literal["web", "paper"] = "web"
    read: str | None = None


@dataclass(frozen=True)
class Settle:
    """An appointment is fixed, a sum is paid: ``told`` as ``ports.read_settled`` reads it."""

    field: str
    told: Mapping[str, str]


@dataclass(frozen=True)
class Happened:
    """Something happened elsewhere that concerns the case: the transition of role ``system`` whose id begins with
    ``what`` is taken from the state where the case stands, if there is one and its guard holds."""

    what: str
    agent_answers: Mapping[str, Any] | None = None  # the service’s part of that other case, where this one takes it


Command = (
    Happened | Settle | Sign | Submit | Move | AnswerCorrection | Withdraw | Clock | AskReasons | GiveReasons | Forward
)


@dataclass(frozen=True)
class EventRecord:
    """Something that happened, for the journal and the timeline."""

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EffectRequest:
    """Something to be done outside the case: a notice, a document, an assignment."""

    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What a command gives."""

    case: CaseState
    events: tuple[EventRecord, ...] = ()
    effects: tuple[EffectRequest, ...] = ()


class Refused(Exception):
    """A command that cannot be carried out: a sentence for people, and the error of each field."""

    def __init__(self, message: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.errors = dict(errors or {})
