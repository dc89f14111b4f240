"""The schema of a procedure: one typed, versioned JSON document (DESIGN.md §5, cases).

A document says everything of a procedure: eligibility, steps, fields, rules, workflow, texts, legal frame. It is
validated here when it is loaded or published, and immutable once a version holds it. ``bocage.cases.engine`` reads it.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from bocage.base.expressions import Expr, Table
from bocage.base.manifest import Act
from bocage.cases.schema_parts import (
    MAX_SCENARIOS,
    AmountColumn,
    AmountLine,
    Condition,
    DataTable,
    DocumentText,
    Id,
    Scenario,
    Strict,
)
from bocage.cases.schema_parts import ScenarioStep as ScenarioStep  # read through here, as every part
from bocage.cases.validation import evaluation_order, field_problems, problems

SCHEMA_VERSION = 1


FieldKind = Literal[
    "text",
    "textarea",
    "number",
    "amount",
    "date",
    "email",
    "phone",
    "choice",
    "choices",
    "yesno",
    "address",
    "organisation",
    "file",
    "group",
    "amounts_table",
    "place",
    "household_person",
    "signatures",
    "appointment",
    "payment",
    "note",
    "computed",
    "statement",
]

PersonRole = Literal["", "birth_name", "usual_name", "given_names", "birth_date", "email", "phone", "address"]
"""What a field tells of the applicant: prefilled from the profile, kept on the person."""

PlaceKind = Literal["town_hall", "counter", "france_services", "waste_site", "library", "other"]
"""The kinds of ``territory.Place``."""


class Option(Strict):
    """One answer of a choice."""

    value: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
    label: str
    hint: str = ""


class FormField(Strict):
    """A field of a step. ``agent`` fields are filled at the desk only and never shown to residents."""

    id: Id
    used_for: str = ""  # what agents do with the answer, where no rule, notice or decision rests on it
    was: tuple[Id, ...] = ()  # ids it had in earlier versions: the answers of drafts follow
    kind: FieldKind
    label: str
    hint: str = ""
    example: str = ""
    required: bool = True
    agent: bool = False
    sensitive: bool = False
    role: PersonRole = ""
    show: Condition | None = None
    options: tuple[Option, ...] = ()
    minimum: str | None = None  # a number, or a date: 2026-01-31, today, today-18y
    maximum: str | None = None
    whole: bool = False  # a number without decimals
    max_length: int = Field(default=0, ge=0, le=20_000)
    format: Literal["", "plate", "iban"] = ""  # of a text: what it is the number of, checked
    accept: tuple[Literal["pdf", "image", "text"], ...] = ("pdf", "image")
    max_files: int = Field(default=1, ge=1, le=10)
    fields: tuple["FormField", ...] = ()
    max_items: int = Field(default=10, ge=1, le=50)
    columns: tuple[AmountColumn, ...] = ()  # of a table of amounts
    lines: tuple[AmountLine, ...] = ()  # its fixed headings
    amount_of: Id | None = None  # of a payment: the field that tells the sum
    members: Literal["all", "children"] = "all"  # of someone of the household: who is proposed
    places: tuple[PlaceKind, ...] = ()  # of a place: the kinds of places of the territory that are proposed
    free_lines: int = Field(default=0, ge=0, le=30)  # lines that people add, with a heading of theirs
    compute: Condition | None = None
    result: Literal["number", "amount", "text", "date", "yesno"] = "number"  # of a computed field

    @model_validator(mode="before")
    @classmethod
    def _protected_by_its_lines(cls, told: Any) -> Any:
        """Answers are sealed and covered whole: a group is protected as soon as one field of its lines is."""
        inner = told.get("fields") if isinstance(told, Mapping) else None
        if isinstance(inner, list | tuple) and any(isinstance(one, Mapping) and one.get("sensitive") for one in inner):
            return {**told, "sensitive": True}
        return told

    @model_validator(mode="after")
    def _coherent(self) -> "FormField":
        found = list(field_problems(self))
        if found:
            raise ValueError("; ".join(found))
        return self

    @property
    def asks(self) -> bool:
        """Whether someone answers it (a note and a computed value ask nothing)."""
        return self.kind not in {"note", "computed"}

    def option_label(self, value: str) -> str:
        """The label of an option, or the value itself when a version no longer has it."""
        return next((option.label for option in self.options if option.value == value), value)


class Question(Strict):
    """An eligibility question, asked before anything else is typed. ``refuse`` true ends it, with the reason."""

    id: Id
    label: str
    hint: str = ""
    options: tuple[Option, ...]
    refuse: Condition
    reason: str
    instead: str = ""  # what the person can do then


class Step(Strict):
    """A page of the form."""

    id: Id
    title: str
    intro: str = ""
    show: Condition | None = None
    fields: tuple[FormField, ...]


class Rule(Strict):
    """When a condition holds: show a field, require it, forbid going on (with the reason)."""

    when: Condition
    then: Literal["show", "require", "forbid"]
    field: Id | None = None
    reason: str = ""

    @model_validator(mode="after")
    def _coherent(self) -> "Rule":
        if self.then == "forbid" and not self.reason:
            raise ValueError("une règle qui empêche de continuer dit pourquoi : écrivez la phrase que la personne lira")
        if self.then != "forbid" and self.field is None:
            raise ValueError("une règle qui affiche ou exige nomme un champ : choisissez lequel")
        return self


Outcome = Literal["", "accepted", "rejected", "withdrawn", "closed"]


class State(Strict):
    """A state of the workflow, named for agents and for residents."""

    id: Id
    label: str
    public: str
    waiting_for: Literal["agent", "applicant", "other", "nobody"] = "agent"
    outcome: Outcome = ""

    @property
    def final(self) -> bool:
        """Whether the case is over."""
        return self.outcome != ""


EffectKind = Literal[
    "send_notice",
    "ask_correction",
    "ask_opinion",
    "create_charge",
    "open_booking",
    "issue_document",
    "void_document",
    "set_deadline",
    "close_deadline",
    "assign",
    "call_webhook",
]


class Effect(Strict):
    """Something a transition sets off. ``set state`` is the transition itself."""

    kind: EffectKind
    notice: str = ""
    document: str = ""
    deadline: str = ""
    days: int = Field(default=0, ge=0, le=3650)
    working_days: bool = False
    due_of: Id | None = None  # of set_deadline, in place of days: the field, asked or computed, that tells the date
    fields: tuple[Id, ...] = ()  # of ask_correction: what is ticked to begin with; the agent changes it
    params: dict[str, Any] = {}


class Transition(Strict):
    """A button: from states to a state, for roles, under a guard."""

    id: Id
    label: str
    sources: tuple[Id, ...]
    target: Id
    roles: tuple[Literal["reception", "agent", "manager", "applicant", "system"], ...] = ("agent", "manager")
    guard: Condition | None = None
    guard_reason: str = ""
    reason: Literal["none", "optional", "required"] = "none"
    decision: bool = False
    algorithmic: bool = False  # decided from a rule or a score that a machine worked out (CRPA L311-3-1)
    confirm: str = ""
    effects: tuple[Effect, ...] = ()


class Workflow(Strict):
    """The life of a case after it is received."""

    initial: Id
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    def state(self, state_id: str) -> State:
        """A state by its id. Raises KeyError."""
        return next((state for state in self.states if state.id == state_id), None) or _missing(state_id)

    def transition(self, transition_id: str) -> Transition:
        """A transition by its id. Raises KeyError."""
        found = next((item for item in self.transitions if item.id == transition_id), None)
        return found or _missing(transition_id)


def _missing(key: str) -> Any:
    raise KeyError(key)


class Silence(Strict):
    """What the administration's silence means (CRPA L231-1 and following): effect, delay in months, source."""

    effect: Literal["accept", "reject", "none"]
    months: int = Field(default=2, ge=0, le=24)
    source: str = ""


class Algorithm(Strict):
    """What is told of a rule or score that decisions rest on: the mention (CRPA L311-3-1, R311-3-1-1) and, on request,
    how it works (R311-3-1-2)."""

    purpose: str
    contribution: str  # how far, and how, it weighs on the decision
    data: str  # what it reads, and where that comes from
    parameters: str  # and their weights
    operations: str


class NoticeText(Strict):
    """A notice of the procedure: a title and a body with ``{{ placeholders }}``."""

    title: str
    body: str
    large_print: bool = False  # its letters are set in large characters


class PublicList(Strict):
    """What everyone may read of cases whose author agrees: kind, commune, rounded place, state, dates. Nothing else,
    but a photo that an agent looked at.

    Names fields of the steps: a ``place``, a ``choice``, a ``yesno`` that agrees, an agents' date of what is planned,
    a ``file`` of pictures that asks for consent to show one.
    """

    title: Annotated[str, Field(min_length=1, max_length=160)]
    place: Id
    category: Id
    consent: Id
    planned: Id | None = None
    photo: Id | None = None
    near_metres: int = Field(default=100, ge=10, le=1000)  # within which one is proposed to join another


class ProcedureDocument(Strict):
    """A whole procedure."""

    schema_version: Literal[1]
    slug: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
    title: Annotated[str, Field(min_length=1, max_length=160)]
    summary: Annotated[str, Field(min_length=1, max_length=400)]
    service: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    act: Act = "ask"
    audience: Literal["person", "organisation"] = "person"
    intro: str = ""
    prepare: tuple[str, ...] = ()
    cost: str = ""
    minutes: int = Field(default=10, ge=1, le=240)
    announced_days: int = Field(ge=1, le=365)  # working days
    legal_basis: str = ""
    silence: Silence
    remedies: str = ""
    reasons_compulsory: bool = True  # CRPA L211-2: a refusal gives its reasons
    algorithm: Algorithm | None = None
    contact: Literal["required", "optional"] = "required"  # of who starts without account
    identity: Literal["any", "proved"] = "any"  # of who asks online: told, or proved (FranceConnect, an agent)
    public_list: PublicList | None = None
    retention_months: int = Field(default=12, ge=1, le=60)  # after the case is over
    draft_days: int = Field(default=90, ge=7, le=365)
    keywords: tuple[str, ...] = ()
    eligibility: tuple[Question, ...] = ()
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    rules: tuple[Rule, ...] = ()
    workflow: Workflow
    notices: dict[str, NoticeText] = {}
    tables: dict[str, DataTable] = {}
    documents: dict[Id, DocumentText] = {}
    scenarios: Annotated[tuple[Scenario, ...], Field(max_length=MAX_SCENARIOS)] = ()

    @cached_property
    def by_id(self) -> dict[str, FormField]:
        """Every field of the steps, by id, in order (the fields of a group stay inside it)."""
        return {field.id: field for step in self.steps for field in step.fields}

    @cached_property
    def data_tables(self) -> dict[str, Table]:
        """The tables, as expressions want them."""
        return {name: table.table for name, table in self.tables.items()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The fields, each after those it depends on. Raises CycleError in a document that was not validated."""
        return evaluation_order(self)

    @cached_property
    def step_of(self) -> dict[str, Step]:
        """The step of each field."""
        return {field.id: step for step in self.steps for field in step.fields}

    def step(self, step_id: str) -> Step:
        """A step by its id. Raises KeyError."""
        return next((step for step in self.steps if step.id == step_id), None) or _missing(step_id)

    def with_role(self, role: PersonRole) -> FormField | None:
        """The field that tells this of the applicant."""
        return next((field for field in self.by_id.values() if field.role == role), None)

    def conditions(self) -> Iterator[tuple[str, Expr]]:
        """Every expression, with the place where it stands and the key that holds it: ``steps/home show``."""
        for question in self.eligibility:
            yield f"eligibility/{question.id} refuse", question.refuse
        for step in self.steps:
            if step.show is not None:
                yield f"steps/{step.id} show", step.show
            for field in step.fields:
                if field.show is not None:
                    yield f"steps/{step.id}/fields/{field.id} show", field.show
                if field.compute is not None:
                    yield f"steps/{step.id}/fields/{field.id} compute", field.compute
        for index, rule in enumerate(self.rules):
            yield f"rules/{index} when", rule.when
        for transition in self.workflow.transitions:
            if transition.guard is not None:
                yield f"workflow/transitions/{transition.id} guard", transition.guard

    @model_validator(mode="after")
    def _coherent(self) -> "ProcedureDocument":
        found = [str(problem) for problem in problems(self)]
        if found:
            raise ValueError(" ; ".join(found))
        return self
