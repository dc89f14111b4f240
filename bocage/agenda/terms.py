"""The terms of an offer, as data: its pools, options, questions, priorities and delays (DESIGN.md rule 6).

A registration keeps the terms under which it was made, whatever becomes of the offer's.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from bocage.base.expressions import BOOLEAN, BadExpression, Type, check
from bocage.base.expressions import DATE as DATE_TYPE
from bocage.base.expressions import TEXT as TEXT_TYPE
from bocage.base.strict import Condition, Id, Strict

Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]

FACTS: dict[str, Type] = {"commune": TEXT_TYPE, "birth_date": DATE_TYPE}
"""What a priority may look at: the INSEE code of the commune where the participant lives, and the date of birth."""


class PoolModel(Strict):
    """A stock of places that each session of the offer has: « Matin », « Places assises », « Fauteuils roulants »."""

    id: Id
    label: Annotated[str, Field(min_length=1, max_length=80)]
    capacity: Annotated[int, Field(ge=0, le=100_000)]


class Option(Strict):
    """What one registers for: it takes a place in each of these pools at once (« Journée avec repas »)."""

    id: Id
    label: Annotated[str, Field(min_length=1, max_length=80)]
    takes: Annotated[tuple[Id, ...], Field(min_length=1, max_length=12)]
    note: Annotated[str, Field(max_length=200)] = ""


class Question(Strict):
    """Something the organiser needs to know; asked when registering, told to nobody else."""

    id: Id
    label: Annotated[str, Field(min_length=1, max_length=160)]
    help: Annotated[str, Field(max_length=240)] = ""
    kind: Literal["text", "long_text", "yes_no", "choice"] = "text"
    choices: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=80)], ...], Field(max_length=30)] = ()
    required: bool = False

    @model_validator(mode="after")
    def _choices(self) -> "Question":
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError(f"« {self.label} » : des réponses à choisir vont avec le genre « choix », et lui seul.")
        return self


class Priority(Strict):
    """A group for whom registration opens on its own day, and who comes before others in the waiting list.

    Where an offer has such groups, whoever is in none of them cannot register: the last one is often « Tout le monde ».
    """

    label: Annotated[str, Field(min_length=1, max_length=120)]
    opens_at: AwareDatetime | None = None
    condition: Condition | None = None  # None: everyone

    @model_validator(mode="after")
    def _typed(self) -> "Priority":
        if self.condition is not None:
            try:
                found = check(self.condition, FACTS)
            except BadExpression as error:
                raise ValueError(str(error)) from error
            if found != BOOLEAN:
                raise ValueError(f"« {self.label} » : la condition doit dire oui ou non.")
        return self


class Rules(Strict):
    """Delays and limits. Working days are Monday to Friday, public holidays aside; hours are the territory's."""

    opens_days: Annotated[int, Field(ge=1, le=730)] | None = None  # days before a session; None: as soon as published
    notice_days: Annotated[int, Field(ge=0, le=60)] = 0  # working days before; 0: until it begins
    notice_hour: Hour = "12:00"
    cancel_days: Annotated[int, Field(ge=0, le=60)] = 0  # the last moment to give one's place back
    cancel_hour: Hour = "12:00"
    hold_minutes: Annotated[int, Field(ge=1, le=60)] = 15  # a place is kept while one answers
    max_party: Annotated[int, Field(ge=1, le=60)] = 1  # places in one registration
    waiting: bool = True
    accept_hours: Annotated[int, Field(ge=1, le=240)] = 48  # to take a freed place
    reminders: Annotated[tuple[Annotated[int, Field(ge=1, le=720)], ...], Field(max_length=4)] = (48,)  # hours before
    account_needed: bool = False


class Terms(Strict):
    """Everything under which one registers."""

    pools: Annotated[tuple[PoolModel, ...], Field(min_length=1, max_length=12)]
    options: Annotated[tuple[Option, ...], Field(min_length=1, max_length=12)]
    questions: Annotated[tuple[Question, ...], Field(max_length=20)] = ()
    priorities: Annotated[tuple[Priority, ...], Field(max_length=6)] = ()
    rules: Rules = Rules()

    @model_validator(mode="after")
    def _whole(self) -> "Terms":
        for name, items in (("pools", self.pools), ("options", self.options), ("questions", self.questions)):
            ids = [item.id for item in items]
            if len(ids) != len(set(ids)):
                raise ValueError(f"{name} : deux fois le même identifiant")
        known = {pool.id for pool in self.pools}
        for option in self.options:
            if unknown := set(option.takes) - known:
                raise ValueError(f"« {option.label} » prend dans « {sorted(unknown)[0]} », qui n’existe pas")
            if len(set(option.takes)) != len(option.takes):
                raise ValueError(f"« {option.label} » prend deux fois dans le même contingent")
        return self

    def option(self, name: str) -> Option | None:
        """The option of this id; the only one for ""."""
        if not name and len(self.options) == 1:
            return self.options[0]
        return next((option for option in self.options if option.id == name), None)
