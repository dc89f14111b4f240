"""The nodes of an expression, its limits, and the error an editor shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

MAX_DEPTH = 20
MAX_NODES = 500
MAX_LITERAL_ITEMS = 200
MAX_LITERAL_TEXT = 2000
MAX_NAME = 100
MIN_DATE = date(1800, 1, 1)
MAX_DATE = date(2200, 12, 31)

Path: TypeAlias = tuple[str | int, ...]
Scalar: TypeAlias = "bool | Decimal | str | date | None"


class BadExpression(ValueError):
    """An expression cannot be read or its types do not fit.

    ``path`` leads from the root of the JSON to the faulty place; ``message`` is a French sentence for the editor.
    """

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(path, message)
        self.path = path
        self.message = message

    def __str__(self) -> str:
        place = ".".join(str(step) for step in self.path)
        return f"{place} : {self.message}" if place else self.message


@dataclass(frozen=True)
class Literal:
    """A constant: a scalar, or a list of scalars."""

    value: "Scalar | tuple[Scalar, ...]"


@dataclass(frozen=True)
class Field:
    """The answer to a field."""

    name: str


@dataclass(frozen=True)
class Today:
    """The date of the evaluation, given by the caller."""


@dataclass(frozen=True)
class Item:
    """Inside ``each`` and ``filter``: a column of the current row, or (None) the current element of a list."""

    column: str | None


@dataclass(frozen=True)
class Op:
    """An operation on arguments."""

    name: str
    args: tuple["Expr", ...]


@dataclass(frozen=True)
class Each:
    """The list of what ``expr`` gives for each row of a group or element of a list."""

    source: "Expr"
    expr: "Expr"


@dataclass(frozen=True)
class Filter:
    """The rows or elements for which ``where`` is true (unknown does not count)."""

    source: "Expr"
    where: "Expr"


@dataclass(frozen=True)
class Lookup:
    """A cell of a data table."""

    table: str
    key: "Expr"
    column: str


Expr: TypeAlias = "Literal | Field | Today | Item | Op | Each | Filter | Lookup"


def children(expr: Expr) -> tuple[tuple[Path, Expr], ...]:
    """The direct sub-expressions, each with its place in the JSON."""
    match expr:
        case Op(_, args):
            return tuple((("args", index), arg) for index, arg in enumerate(args))
        case Each(source, inner):
            return ((("each",), source), (("expr",), inner))
        case Filter(source, where):
            return ((("filter",), source), (("where",), where))
        case Lookup(_, key, _):
            return ((("key",), key),)
    return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything in it."""
    waiting = [expr]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(child for _, child in children(current))


def fields_of(expr: Expr) -> frozenset[str]:
    """The fields whose answers the expression reads: when one changes, it is evaluated again."""
    return frozenset(node.name for node in walk(expr) if isinstance(node, Field))


def tables_of(expr: Expr) -> frozenset[str]:
    """The data tables the expression reads."""
    return frozenset(node.table for node in walk(expr) if isinstance(node, Lookup))
