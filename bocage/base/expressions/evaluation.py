"""The value of an expression, always: nothing here raises, loops without end or asks the outside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bocage.base.expressions.operators import STRICT, age
from bocage.base.expressions.tree import MAX_DEPTH, Each, Expr, Field, Filter, Item, Literal, Lookup, Op, Today
from bocage.base.expressions.types import Table, Value, is_empty, normal, truth

MAX_STEPS = 50_000  # nodes evaluated and list elements looked at: bounds groups within groups


@dataclass(frozen=True)
class Env:
    """What an expression may look at: the answers by field, the day, and the territory's data tables."""

    values: Mapping[str, object]
    today: date
    tables: Mapping[str, Table] = field(default_factory=dict)


class _Exhausted(Exception):
    pass


def evaluate(expr: Expr, env: Env) -> Value:
    """The value of the expression, of the type ``check`` gives; None when it is not known.

    Unknown spreads as in SQL: a comparison or a sum with an unknown value is unknown; « et », « ou », « un », « tous
    » follow Kleene; an ``if`` whose condition is unknown is unknown. An evaluation longer than 50,000 steps is
    unknown too. Never raises.
    """
    try:
        return _Run(env).value(expr, None, 1)
    except _Exhausted:
        return None


class _Run:
    """One evaluation: counts its steps and reads each answer once."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.steps = 0
        self.answers: dict[str, Value] = {}

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise _Exhausted

    def value(self, expr: Expr, item: Value, depth: int) -> Value:
        self.spend(1)
        if depth > MAX_DEPTH:
            raise _Exhausted
        match expr:
            case Literal(value):
                return value
            case Field(name):
                return self.answer(name)
            case Today():
                return self.env.today
            case Item(column):
                if column is None:
                    return item
                return item.get(column) if isinstance(item, Mapping) else None
            case Op(name, args):
                return self.operation(name, args, item, depth + 1)
            case Each(source, inner):
                elements = self.elements(source, item, depth + 1)
                if elements is None:
                    return None
                return tuple(_scalar(self.value(inner, element, depth + 1)) for element in elements)
            case Filter(source, where):
                elements = self.elements(source, item, depth + 1)
                if elements is None:
                    return None
                return tuple(element for element in elements if truth(self.value(where, element, depth + 1)))
            case Lookup(table, key, column):
                return self.cell(table, self.value(key, item, depth + 1), column)

    def answer(self, name: str) -> Value:
        if name not in self.answers:
            self.answers[name] = normal(self.env.values.get(name))
        return self.answers[name]

    def elements(self, source: Expr, item: Value, depth: int) -> tuple[Value, ...] | None:
        found = self.value(source, item, depth)
        return found if isinstance(found, tuple) else None

    def cell(self, table: str, key: Value, column: str) -> Value:
        if isinstance(key, Decimal) and key == key.to_integral_value():
            key = str(int(key))
        if table not in self.env.tables or not isinstance(key, str):
            return None
        return normal(self.env.tables[table].rows.get(key, {}).get(column))

    def operation(self, name: str, args: tuple[Expr, ...], item: Value, depth: int) -> Value:
        match name:
            case "and" | "or":
                return _kleene(name == "or", (self.value(arg, item, depth) for arg in args))
            case "if":
                condition = self.value(args[0], item, depth)
                if not isinstance(condition, bool):
                    return None
                return self.value(args[1 if condition else 2], item, depth)
            case "coalesce":
                return next((v for v in (self.value(arg, item, depth) for arg in args) if not is_empty(v)), None)
        values = [self.value(arg, item, depth) for arg in args]
        self.spend(sum(len(value) for value in values if isinstance(value, tuple)))
        match name:
            case "not":
                return not values[0] if isinstance(values[0], bool) else None
            case "is_empty":
                return is_empty(values[0])
            case "is_filled":
                return not is_empty(values[0])
            case "any" | "all":
                return _kleene(name == "any", values[0]) if isinstance(values[0], tuple) else None
            case "age" if len(values) == 1:
                return age(values[0], self.env.today)
        if name not in STRICT or any(value is None for value in values):
            return None
        return STRICT[name](*values)


def _kleene(decisive: bool, values: Iterable[Value]) -> bool | None:
    """Kleene's « ou » (one true decides) or « et » (one false decides); otherwise unknown if one is unknown."""
    unknown = False
    for value in values:
        if value is decisive:
            return decisive
        unknown = unknown or value is not (not decisive)
    return None if unknown else not decisive


def _scalar(value: Value) -> Value:
    return None if isinstance(value, tuple | Mapping) else value
