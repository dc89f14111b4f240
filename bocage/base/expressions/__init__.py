"""The house's one expression language: closed, typed, bounded, and evaluated only on the server.

Rules of procedures, eligibility, routing and prices are written in it, as JSON, by the same evaluator everywhere.
``parse`` reads, ``check`` types, ``evaluate`` computes (never raises), ``explain`` says it in French. Unknown answers
(None) spread as in SQL; a rule counts unknown as false (``truth``).

    {"op": "and", "args": [
        {"op": "eq", "args": [{"field": "housing"}, {"value": "house"}]},
        {"op": "ge", "args": [{"op": "age", "args": [{"field": "birth_date"}]}, {"value": 18}]}]}
"""

from bocage.base.expressions.checking import check, describe
from bocage.base.expressions.evaluation import Env, evaluate
from bocage.base.expressions.reading import dump, parse
from bocage.base.expressions.tree import (
    BadExpression,
    Each,
    Expr,
    Field,
    Filter,
    Item,
    Literal,
    Lookup,
    Op,
    Today,
    fields_of,
    tables_of,
)
from bocage.base.expressions.types import (
    BOOLEAN,
    DATE,
    NULL,
    NUMBER,
    TEXT,
    Table,
    Type,
    Value,
    from_json,
    is_empty,
    list_of,
    rows_of,
    to_json,
    truth,
)
from bocage.base.expressions.wording import OPERATION_LABELS, explain, phrase

__all__ = [
    "BOOLEAN",
    "DATE",
    "NULL",
    "NUMBER",
    "OPERATION_LABELS",
    "TEXT",
    "BadExpression",
    "Each",
    "Env",
    "Expr",
    "Field",
    "Filter",
    "Item",
    "Literal",
    "Lookup",
    "Op",
    "Table",
    "Today",
    "Type",
    "Value",
    "check",
    "describe",
    "dump",
    "evaluate",
    "explain",
    "fields_of",
    "from_json",
    "is_empty",
    "list_of",
    "parse",
    "phrase",
    "rows_of",
    "tables_of",
    "to_json",
    "truth",
]
