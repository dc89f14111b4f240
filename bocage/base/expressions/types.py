"""The values of the expression language and their types.

A value is a boolean, a number (``Decimal``), a text, a date, a list of these, the rows of a repeated group, or
``None``: not answered. Amounts are integer cents, typed number. Instants, floats and nested lists are not part of the
language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Literal as Kind
from typing import TypeAlias

Value: TypeAlias = "bool | Decimal | str | date | tuple[Value, ...] | Mapping[str, Value] | None"

MAX_ITEMS = 1000  # of a list or a repeated group
MAX_NUMBER = Decimal(10) ** 15
MAX_DECIMALS = 12
MAX_TEXT = 20_000  # characters a computed text may reach

# 15 digits before the comma and 12 after fit in 28; without traps, a bad operation gives NaN or infinity, then unknown.
ARITHMETIC = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=[])
_QUANTUM = Decimal(1).scaleb(-MAX_DECIMALS)


@dataclass(frozen=True)
class Type:
    """A type: ``kind``, with the element type of a list (``of``) or the columns of a group's rows."""

    kind: Kind["boolean", "number", "text", "date", "list", "rows", "null"]
    of: "Type | None" = None
    columns: tuple[tuple[str, "Type"], ...] = ()

    @property
    def is_scalar(self) -> bool:
        """One value, not several (the type of a bare ``null`` counts as one)."""
        return self.kind not in {"list", "rows"}

    def column(self, name: str) -> "Type | None":
        """The type of a column of the rows, None when there is no such column."""
        return dict(self.columns).get(name)


BOOLEAN = Type("boolean")
NUMBER = Type("number")
TEXT = Type("text")
DATE = Type("date")
NULL = Type("null")  # of the literal null: fits wherever a value is expected


def list_of(element: Type) -> Type:
    """The type of a list, such as the answers to a multiple choice."""
    return Type("list", of=element)


def rows_of(columns: Mapping[str, Type]) -> Type:
    """The type of a repeated group, whose rows have these columns."""
    return Type("rows", columns=tuple(sorted(columns.items())))


def unify(first: Type, second: Type) -> Type | None:
    """The one type both have, None when they differ; ``null`` takes the type of the other."""
    if first == second or second == NULL:
        return first
    if first == NULL:
        return second
    if first.of and second.of:
        element = unify(first.of, second.of)
        return list_of(element) if element else None
    return None


@dataclass(frozen=True)
class Table:
    """A data table of the territory (a tariff, the communes' collection days): rows by key, with typed columns."""

    columns: Mapping[str, Type]
    rows: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def number(raw: Decimal | float) -> Decimal | None:
    """A number within bounds, rounded to 12 decimals; None when it is not finite or is larger than 10^15."""
    value = raw if isinstance(raw, Decimal) else _from_binary(raw)
    if value is None or not value.is_finite() or value.adjusted() > 15 or abs(value) > MAX_NUMBER:
        return None
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MAX_DECIMALS:
        value = value.quantize(_QUANTUM, context=ARITHMETIC)
    return value if value else Decimal(0)  # no negative zero


def _from_binary(raw: float) -> Decimal | None:
    if isinstance(raw, int):
        return Decimal(raw) if raw.bit_length() <= 64 else None
    return Decimal(repr(raw))


def normal(raw: object) -> Value:
    """What the language makes of a Python value; None for what it does not know (instants, bytes, too long lists…)."""
    if raw is None or isinstance(raw, bool | str):
        return raw
    if isinstance(raw, int | float | Decimal):
        return number(raw)
    if isinstance(raw, datetime):
        return None
    if isinstance(raw, date):
        return raw
    if isinstance(raw, list | tuple):
        if len(raw) > MAX_ITEMS:
            return None
        return tuple(_row(item) if isinstance(item, Mapping) else _scalar(item) for item in raw)
    return None


def _scalar(raw: object) -> Value:
    return None if isinstance(raw, list | tuple) else normal(raw)


def _row(raw: Mapping[object, object]) -> Mapping[str, Value]:
    return {
        name: tuple(_scalar(item) for item in value[:MAX_ITEMS]) if isinstance(value, list | tuple) else normal(value)
        for name, value in raw.items()
        if isinstance(name, str)
    }


def from_json(raw: object, expected: Type) -> Value:
    """A stored answer (JSON) as a value of its field's type: ``"2026-11-23"`` becomes a date where one is expected.

    Never raises: what does not fit the type becomes None, as if it had not been answered.
    """
    match expected.kind:
        case "boolean":
            return raw if isinstance(raw, bool) else None
        case "text":
            return raw if isinstance(raw, str) else None
        case "number":
            return _number_from_json(raw)
        case "date":
            return _date_from_json(raw)
        case "list":
            if not isinstance(raw, list | tuple) or len(raw) > MAX_ITEMS:
                return None
            return tuple(from_json(item, expected.of or NULL) for item in raw)
        case "rows":
            if not isinstance(raw, list | tuple) or len(raw) > MAX_ITEMS:
                return None
            return tuple(
                {name: from_json(row.get(name), column) for name, column in expected.columns}
                for row in raw
                if isinstance(row, Mapping)
            )
    return None


def _number_from_json(raw: object) -> Decimal | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, str) and len(raw) <= 40:
        try:
            return number(Decimal(raw))
        except InvalidOperation:
            return None
    return number(raw) if isinstance(raw, int | float | Decimal) else None


def _date_from_json(raw: object) -> date | None:
    if isinstance(raw, date):
        return None if isinstance(raw, datetime) else raw
    if not isinstance(raw, str) or len(raw) != 10:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


def to_json(value: Value) -> object:
    """A value as JSON to store: whole numbers as integers, others as decimal strings, dates as ISO 8601.

    ``from_json`` gives the value back.
    """
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {name: to_json(item) for name, item in value.items()}
    return value


def is_empty(value: Value) -> bool:
    """Nothing was answered: no value, a text of blanks, a list without element. False and 0 are answers."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, tuple) and not value)


def truth(value: Value) -> bool:
    """What a rule makes of a value: only a known « vrai » counts, unknown does not."""
    return value is True
