"""What a procedure's document is made of: strict models, ids, conditions, lines of amounts; its stored scenarios."""

from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from bocage.base.expressions import BOOLEAN, DATE, NUMBER, TEXT, Table
from bocage.base.strict import Condition as Condition
from bocage.base.strict import Id as Id
from bocage.base.strict import Strict as Strict


class AmountColumn(Strict):
    """A column of a table of amounts: « Charges », « Produits ». Its total is worked out, never typed."""

    id: Id
    label: Annotated[str, Field(min_length=1, max_length=80)]


class AmountLine(Strict):
    """A fixed heading of a table of amounts: « 60 – Achats »; in every column, or in those named."""

    id: Id
    label: Annotated[str, Field(min_length=1, max_length=160)]
    columns: tuple[Id, ...] = ()


PressRole = Literal["reception", "agent", "manager", "applicant", "system"]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]

SETTLED = ("on", "at", "where", "paid", "reference")
"""What settles an appointment (the day, the hour, the place) or a payment (the day, the sum, the receipt)."""

HOUSE_NOTICES = frozenset({"acknowledgement", "forwarded", "attestation", "reasons", "rules", "document_lost"})
"""Notices that every procedure has (``legal_texts.HOUSE``): it may bring its own of the same name, and need not."""

MAX_SCENARIOS, MAX_SCENARIO_STEPS, MAX_WAIT = 300, 80, 3650
"""Bounds: scenarios always end (steps are a list, days are counted), and a document stays small enough to read."""

SCENARIO_KEYS: dict[str, tuple[str, ...]] = {
    "fill": ("values",),
    "attach": ("field", "files"),
    "submit": ("incomplete",),
    "press": ("button", "role", "reason", "message", "fields", "values", "due_days"),
    "answer_correction": ("values",),
    "sign": ("field",),
    "settle": ("field", "values"),
    "hear": ("button", "values"),
    "wait": ("days", "until"),
    "expect": ("state", "notice", "deadline", "due_on", "outcome", "refused", "charge", "document"),
}
"""What each step of a scenario may say, beside ``do``."""


class ScenarioStep(Strict):
    """One thing done or expected, in order; ``do`` says which, and so which other keys it may have."""

    do: Literal["fill", "attach", "submit", "press", "answer_correction", "sign", "settle", "hear", "wait", "expect"]
    values: dict[str, Any] = {}
    field: str = ""
    files: int = Field(default=1, ge=1, le=10)
    incomplete: bool = False
    button: str = ""
    role: PressRole = "agent"
    reason: str = ""
    message: str = ""
    fields: tuple[str, ...] = ()
    due_days: int = Field(default=15, ge=1, le=365)
    days: int = Field(default=0, ge=0, le=MAX_WAIT)
    until: Day | None = None
    state: str = ""
    notice: str = ""
    deadline: str = ""
    due_on: Day | None = None
    outcome: Literal["", "accepted", "rejected", "withdrawn", "closed"] = ""
    refused: str = ""
    charge: int | None = Field(default=None, ge=0)  # cents
    document: str = ""  # issued by the step before

    @model_validator(mode="after")
    def _coherent(self) -> "ScenarioStep":
        allowed = {"do", *SCENARIO_KEYS[self.do]}
        extra = sorted(self.model_fields_set - allowed)
        if extra:
            raise ValueError(f"un pas « {self.do} » ne dit pas : {', '.join(extra)}")
        said = self.model_fields_set - {"do"}
        if self.do == "expect" and not any(getattr(self, key) not in ("", None) for key in said):
            raise ValueError("un pas « expect » dit ce qui est attendu : un état, un avis, une date, un refus…")
        if self.do == "expect" and self.due_on and not self.deadline:
            raise ValueError("une date attendue est celle d’un délai : dites lequel")
        if self.do == "wait" and (self.days > 0) == (self.until is not None):
            raise ValueError("un pas « wait » dit un nombre de jours, ou une date")
        if self.do in {"press", "hear"} and not self.button:
            raise ValueError(f"un pas « {self.do} » dit quel bouton")
        if self.do in {"attach", "sign", "settle"} and not self.field:
            raise ValueError(f"un pas « {self.do} » dit à quel champ")
        if self.do == "settle" and not self.values.keys() <= {*SETTLED}:
            raise ValueError(f"un pas « settle » ne dit que : {', '.join(SETTLED)}")
        return self


class DocumentText(Strict):
    """A document that a transition issues (effect ``issue_document``): what it says and how long it holds."""

    title: Annotated[str, Field(min_length=1, max_length=80)]
    body: str = ""  # printed with it, with placeholders
    shape: Literal["card", "page"] = "card"
    facts: tuple[Id, ...] = ()  # answers printed on it, and shown to the agents who check it
    valid_months: int = Field(default=0, ge=0, le=60)  # 0: without end
    single: bool = True  # a newer one replaces those that the same person held
    renew_days: int = Field(default=0, ge=0, le=365)  # from how many days before its end it is renewed; 0: it is not
    renewal: dict[str, Any] = {}  # answers that a request to renew it begins with
    loss: dict[str, Any] = {}  # the same, where it is lost


class Scenario(Strict):
    """A story that the procedure must tell: run before each publication, on the pure engine."""

    id: Id
    title: str
    starts_on: Day = "2026-01-05"
    steps: tuple[ScenarioStep, ...] = Field(min_length=1, max_length=MAX_SCENARIO_STEPS)


class DataTable(Strict):
    """A table that expressions look things up in: models and prices, tours by commune."""

    columns: dict[str, Literal["number", "text", "boolean", "date"]]
    rows: dict[str, dict[str, Any]]

    @cached_property
    def table(self) -> Table:
        """The table as expressions want it."""
        kinds = {"number": NUMBER, "text": TEXT, "boolean": BOOLEAN, "date": DATE}
        rows = {
            key: {name: _cell(self.columns.get(name, ""), cell) for name, cell in cells.items()}
            for key, cells in self.rows.items()
        }
        return Table(columns={name: kinds[kind] for name, kind in self.columns.items()}, rows=rows)


def _cell(kind: str, cell: Any) -> Any:
    """A cell of a table as expressions take it: a day is kept in JSON as text; unknown where it is none."""
    if kind != "date" or not isinstance(cell, str):
        return cell
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return None
