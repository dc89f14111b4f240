"""What each operation does to known values.

``ARITY`` lists every operation of the language. Those in ``STRICT`` are unknown as soon as an argument is (SQL's
rule); the others, which look at unknown arguments, are in evaluation.py. None of them raises: an argument of another
type, a division by zero or a result out of bounds gives None.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from bocage.base import dates
from bocage.base.expressions.tree import MAX_DATE, MIN_DATE
from bocage.base.expressions.types import ARITHMETIC, MAX_TEXT, Value, number

# Least and greatest number of arguments (None: no greatest).
ARITY: Mapping[str, tuple[int, int | None]] = {
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge", "in", "contains"), (2, 2)),
    **dict.fromkeys(("and", "or"), (1, None)),
    **dict.fromkeys(("not", "is_empty", "is_filled"), (1, 1)),
    **dict.fromkeys(("add", "mul"), (2, None)),
    **dict.fromkeys(("sub", "div"), (2, 2)),
    **dict.fromkeys(("min", "max"), (1, None)),
    "round": (1, 2),
    "abs": (1, 1),
    **dict.fromkeys(("sum", "count", "any", "all"), (1, 1)),
    "if": (3, 3),
    "coalesce": (2, None),
    "concat": (1, None),
    **dict.fromkeys(("lower", "length"), (1, 1)),
    "date_add": (3, 3),
    "days_between": (2, 2),
    "age": (1, 2),
    **dict.fromkeys(("year", "month", "weekday"), (1, 1)),
}

UNITS = ("days", "months", "years")


def same(first: Value, second: Value) -> bool | None:
    """Equality of two known scalars of one type; None across types (in Python, True equals 1)."""
    if type(first) is not type(second) or isinstance(first, tuple | Mapping):
        return None
    return first == second


def _ordered(compare: Callable[..., bool]) -> Callable[..., Value]:
    def apply(first: Value, second: Value) -> Value:
        if type(first) is type(second) and isinstance(first, Decimal | date):
            return compare(first, second)
        return None

    return apply


def _not_same(first: Value, second: Value) -> Value:
    found = same(first, second)
    return None if found is None else not found


def _within(element: Value, elements: Value) -> Value:
    """SQL's IN: unknown when not found beside an unknown element."""
    if not isinstance(elements, tuple):
        return None
    if any(same(element, other) for other in elements):
        return True
    return None if None in elements else False


def _fold(apply: Callable[[Decimal, Decimal], Decimal]) -> Callable[..., Value]:
    def folded(*args: Value) -> Value:
        total: Decimal | None = None
        for arg in args:
            if not isinstance(arg, Decimal):
                return None
            total = arg if total is None else number(apply(total, arg))
            if total is None:
                return None
        return total

    return folded


_add, _sub, _mul = _fold(ARITHMETIC.add), _fold(ARITHMETIC.subtract), _fold(ARITHMETIC.multiply)


def _divide(dividend: Value, divisor: Value) -> Value:
    if not isinstance(dividend, Decimal) or not isinstance(divisor, Decimal) or not divisor:
        return None
    return number(ARITHMETIC.divide(dividend, divisor))


def _extreme(choose: Callable[..., object]) -> Callable[..., Value]:
    def apply(*args: Value) -> Value:
        values = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
        numbers = [value for value in values if isinstance(value, Decimal)]
        days = [value for value in values if isinstance(value, date)]
        for found in (numbers, days):
            if found and len(found) == len(values):
                return choose(found)  # type: ignore[return-value]
        return None

    return apply


def _round(value: Value, digits: Value = Decimal(0)) -> Value:
    """Half away from zero, as amounts are rounded (``bocage.base.money``); 0 to 6 decimals."""
    if not isinstance(value, Decimal) or digits not in range(7):
        return None
    return number(value.quantize(Decimal(1).scaleb(-int(digits)), rounding=ROUND_HALF_UP, context=ARITHMETIC))  # type: ignore[arg-type]


def _absolute(value: Value) -> Value:
    return abs(value) if isinstance(value, Decimal) else None


def _sum(elements: Value) -> Value:
    return _add(Decimal(0), *elements) if isinstance(elements, tuple) else None


def _count(elements: Value) -> Value:
    return Decimal(len(elements)) if isinstance(elements, tuple) else None


def _concat(*args: Value) -> Value:
    parts = [_as_text(arg) for arg in args]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or sum(map(len, known)) > MAX_TEXT:
        return None
    return "".join(known)


def _as_text(value: Value) -> str | None:
    """A scalar as a French reader expects it: 12,5 and 23/11/2026."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}".replace(".", ",")
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else None


def _lower(value: Value) -> Value:
    return value.lower() if isinstance(value, str) else None


def _length(value: Value) -> Value:
    return Decimal(len(value)) if isinstance(value, str) else None


def _date_add(start: Value, amount: Value, unit: Value) -> Value:
    """``2026-01-31`` plus one month is the last day of February."""
    if not isinstance(start, date) or not isinstance(amount, Decimal) or amount != amount.to_integral_value():
        return None
    if abs(amount) > 200_000 or unit not in UNITS:
        return None
    count = int(amount)
    if unit == "days":
        ordinal = start.toordinal() + count
        return _bounded(date.fromordinal(ordinal)) if 0 < ordinal <= date.max.toordinal() else None
    months = count * (12 if unit == "years" else 1)
    reached = start.year + months // 12
    return _bounded(dates.add_months(start, months)) if MIN_DATE.year <= reached <= MAX_DATE.year else None


def _bounded(day: date) -> date | None:
    return day if MIN_DATE <= day <= MAX_DATE else None


def _days_between(start: Value, end: Value) -> Value:
    return Decimal((end - start).days) if isinstance(start, date) and isinstance(end, date) else None


def age(birth: Value, on: Value) -> Value:
    """Whole years on a day; unknown before birth. Someone born on 29 February is a year older on 1 March."""
    if not isinstance(birth, date) or not isinstance(on, date) or on < birth:
        return None
    return Decimal(dates.age(birth, on))


def _part(part: Callable[[date], int]) -> Callable[..., Value]:
    return lambda day: Decimal(part(day)) if isinstance(day, date) else None


STRICT: Mapping[str, Callable[..., Value]] = {
    "eq": same,
    "ne": _not_same,
    "lt": _ordered(operator.lt),
    "le": _ordered(operator.le),
    "gt": _ordered(operator.gt),
    "ge": _ordered(operator.ge),
    "in": _within,
    "contains": lambda elements, element: _within(element, elements),
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _divide,
    "min": _extreme(min),
    "max": _extreme(max),
    "round": _round,
    "abs": _absolute,
    "sum": _sum,
    "count": _count,
    "concat": _concat,
    "lower": _lower,
    "length": _length,
    "date_add": _date_add,
    "days_between": _days_between,
    "age": age,
    "year": _part(lambda day: day.year),
    "month": _part(lambda day: day.month),
    "weekday": _part(lambda day: day.isoweekday()),
}
