"""Random expressions of a wanted type, random answers, random JSON."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from bocage.base import expressions as ex

ROWS = ex.rows_of({"birth": ex.DATE, "price": ex.NUMBER, "name": ex.TEXT, "member": ex.BOOLEAN})
FIELDS = {
    "agrees": ex.BOOLEAN,
    "amount": ex.NUMBER,
    "quantity": ex.NUMBER,
    "housing": ex.TEXT,
    "birth_date": ex.DATE,
    "wishes": ex.list_of(ex.TEXT),
    "readings": ex.list_of(ex.NUMBER),
    "children": ROWS,
}
COLUMNS = dict(ROWS.columns)
TABLE = ex.Table({"price": ex.NUMBER, "label": ex.TEXT}, {"house": {"price": 1500, "label": "Maison"}, "1": {}})
TABLES = {"prices": TABLE}
SCALARS = (ex.BOOLEAN, ex.NUMBER, ex.TEXT, ex.DATE)

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8) | st.sampled_from(
    ["house", "flat", "1", ""]
)
numbers = st.integers(-(10**15), 10**15) | st.floats(-1e6, 1e6).map(lambda x: round(x, 4)) | st.sampled_from([0, 1, -1])
dates = st.dates(date(1800, 1, 1), date(2200, 12, 31))


def scalars(kind: ex.Type) -> st.SearchStrategy:
    return {"boolean": st.booleans(), "number": numbers, "text": texts, "date": dates}[kind.kind]


def answers(kind: ex.Type) -> st.SearchStrategy:
    """A possible answer to a field of this type, unanswered included."""
    if kind.kind == "rows":
        row = st.fixed_dictionaries({}, optional={name: answers(column) for name, column in kind.columns})
        return st.none() | st.lists(row, max_size=4)
    if kind.kind == "list":
        return st.none() | st.lists(answers(kind.of), max_size=4)
    return st.none() | scalars(kind)


def literals(kind: ex.Type) -> st.SearchStrategy:
    if kind.kind == "list":
        return st.lists(scalars(kind.of).map(plain), max_size=4).map(lambda items: {"value": items})
    return scalars(kind).map(lambda value: {"date": value.isoformat()} if isinstance(value, date) else {"value": value})


def plain(value):
    return {"date": value.isoformat()} if isinstance(value, date) else value


@st.composite
def typed(draw, kind: ex.Type, depth: int = 4, item: dict | None = None):
    """The JSON of a random expression that ``check`` accepts with this type; ``item``: the columns around."""
    leaves = [literals(kind)]
    names = [name for name, found in FIELDS.items() if found == kind]
    if names:
        leaves.append(st.sampled_from(names).map(lambda name: {"field": name}))
    columns = [name for name, found in (item or {}).items() if found == kind]
    if columns:
        leaves.append(st.sampled_from(columns).map(lambda name: {"item": name}))
    if kind == ex.DATE:
        leaves.append(st.just({"today": True}))
    leaves.append(st.just({"value": None}) if kind.is_scalar else st.just({"value": []}))
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.one_of(leaves))

    def sub(wanted, within=item):
        return draw(typed(wanted, depth - 1, within))

    def op(name, *args):
        return {"op": name, "args": list(args)}

    def scalar_type():
        return draw(st.sampled_from(SCALARS))

    if kind.kind == "list":
        shape = draw(st.sampled_from(["each", "filter", "if"]))
        if shape == "each":
            return {"each": draw(groups(depth - 1, item)), "expr": sub(kind.of, COLUMNS)}
        if shape == "if":
            return op("if", sub(ex.BOOLEAN), sub(kind), sub(kind))
        return {"filter": sub(kind), "where": sub(ex.BOOLEAN, {})}

    shapes = {
        "boolean": ["eq", "ne", "lt", "le", "gt", "ge", "in", "contains", "and", "or", "not", "is_empty", "is_filled"],
        "number": ["add", "mul", "sub", "div", "min", "max", "round", "abs", "sum", "count", "length", "days_between"],
        "text": ["concat", "lower", "lookup"],
        "date": ["date_add", "min", "max"],
    }[kind.kind]
    more = {"boolean": ["any", "all"], "number": ["age", "year", "month", "weekday", "lookup"]}.get(kind.kind, [])
    shape = draw(st.sampled_from([*shapes, *more, "if", "coalesce"]))
    match shape:
        case "if":
            return op(shape, sub(ex.BOOLEAN), sub(kind), sub(kind))
        case "coalesce":
            return op(shape, sub(kind), sub(kind))
        case "eq" | "ne":
            other = scalar_type()
            return op(shape, sub(other), sub(other))
        case "lt" | "le" | "gt" | "ge":
            other = draw(st.sampled_from((ex.NUMBER, ex.DATE)))
            return op(shape, sub(other), sub(other))
        case "in":
            other = scalar_type()
            return op(shape, sub(other), sub(ex.list_of(other)))
        case "contains":
            other = scalar_type()
            return op(shape, sub(ex.list_of(other)), sub(other))
        case "and" | "or":
            return op(shape, sub(ex.BOOLEAN), sub(ex.BOOLEAN))
        case "not":
            return op(shape, sub(ex.BOOLEAN))
        case "is_empty" | "is_filled":
            return op(shape, sub(scalar_type()))
        case "any" | "all":
            return op(shape, sub(ex.list_of(ex.BOOLEAN)))
        case "min" | "max":
            return op(shape, sub(kind), sub(kind)) if draw(st.booleans()) else op(shape, sub(ex.list_of(kind)))
        case "add" | "mul" | "sub" | "div":
            return op(shape, sub(ex.NUMBER), sub(ex.NUMBER))
        case "round":
            return op(shape, sub(ex.NUMBER), {"value": draw(st.integers(-1, 8))})
        case "abs":
            return op(shape, sub(ex.NUMBER))
        case "sum":
            return op(shape, sub(ex.list_of(ex.NUMBER)))
        case "count":
            return op(shape, draw(groups(depth - 1, item)))
        case "length" | "lower":
            return op(shape, sub(ex.TEXT))
        case "concat":
            return op(shape, sub(ex.TEXT), sub(ex.NUMBER), sub(ex.DATE))
        case "days_between":
            return op(shape, sub(ex.DATE), sub(ex.DATE))
        case "age":
            return op(shape, sub(ex.DATE)) if draw(st.booleans()) else op(shape, sub(ex.DATE), sub(ex.DATE))
        case "year" | "month" | "weekday":
            return op(shape, sub(ex.DATE))
        case "date_add":
            unit = draw(st.sampled_from(["days", "months", "years"]))
            return op(shape, sub(ex.DATE), sub(ex.NUMBER), {"value": unit})
        case "lookup":
            column = "price" if kind == ex.NUMBER else "label"
            return {"lookup": "prices", "key": sub(ex.TEXT), "column": column}
    raise AssertionError(shape)


@st.composite
def groups(draw, depth: int, item: dict | None):
    if depth <= 0 or draw(st.booleans()):
        return {"field": "children"}
    return {"filter": draw(groups(depth - 1, item)), "where": draw(typed(ex.BOOLEAN, depth - 1, COLUMNS))}


environments = st.builds(
    ex.Env,
    st.fixed_dictionaries({}, optional={name: answers(kind) for name, kind in FIELDS.items()}),
    dates,
    st.just(TABLES),
)

# Not only JSON's leaves: what a careless caller may pass too.
_leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=12)
    | st.dates()
    | st.datetimes()
    | st.binary(max_size=3)
)
_keys = st.sampled_from(["field", "value", "date", "today", "item", "op", "args", "each", "expr", "filter", "where"])
_words = st.sampled_from(
    ["eq", "and", "sum", "if", "date_add", "children", "lookup", "key", "column", "prices", "days"]
)
_names = _keys | _words | st.text(max_size=3)
junk = st.recursive(
    _leaves | _words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=25,
)


def has_type(value, kind: ex.Type) -> bool:
    """The value, known or not, is of the type ``check`` announced."""
    if value is None:
        return True
    match kind.kind:
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, Decimal) and value.is_finite() and abs(value) <= 10**15
        case "text":
            return isinstance(value, str)
        case "date":
            return type(value) is date
        case "list":
            return isinstance(value, tuple) and all(has_type(element, kind.of) for element in value)
        case "rows":
            return isinstance(value, tuple)
    return False
