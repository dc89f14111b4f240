"""The types of answers in expressions, and the order in which they are worked out."""

from collections.abc import Mapping
from functools import lru_cache
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from bocage.base.expressions import BOOLEAN, DATE, NUMBER, TEXT, Type, fields_of, list_of, rows_of
from bocage.cases.validation.parts import parts_of

if TYPE_CHECKING:
    from bocage.cases.schema import FormField, ProcedureDocument

_SIMPLE = {
    "text": TEXT,
    "textarea": TEXT,
    "number": NUMBER,
    "amount": NUMBER,
    "date": DATE,
    "email": TEXT,
    "phone": TEXT,
    "choice": TEXT,
    "choices": list_of(TEXT),
    "yesno": BOOLEAN,
    "statement": BOOLEAN,
    "file": list_of(TEXT),
    "address": TEXT,
    "organisation": TEXT,
    "amounts_table": NUMBER,
    "place": TEXT,
    "household_person": TEXT,
    "signatures": NUMBER,
    "appointment": TEXT,
    "payment": TEXT,
}


def field_type(field: "FormField") -> Type | None:
    """The type of a field's value in expressions; None for a note."""
    if field.kind == "group":
        return rows_of({inner.id: _SIMPLE[inner.kind] for inner in field.fields})
    return _SIMPLE.get(field.result if field.kind == "computed" else field.kind)


def types_of(document: "ProcedureDocument") -> dict[str, Type]:
    """Every name an expression of the document may use, with its type."""
    types = {question.id: TEXT for question in document.eligibility}
    for field in document.by_id.values():
        found = field_type(field)
        if found is not None:
            types[field.id] = found
            types |= {f"{field.id}.{part.name}": part.type for part in parts_of(field)}
    return types


def dependencies(document: "ProcedureDocument") -> Mapping[str, set[str]]:
    """For each field, those that decide whether it is shown or what it is worth."""
    graph: dict[str, set[str]] = {field_id: set() for field_id in document.by_id}
    for field_id, field in document.by_id.items():
        for condition in (field.show, field.compute, document.step_of[field_id].show):
            if condition is not None:
                graph[field_id] |= {name.split(".")[0] for name in fields_of(condition)}
    for rule in document.rules:
        if rule.then == "show" and rule.field in graph:
            graph[str(rule.field)] |= {name.split(".")[0] for name in fields_of(rule.when)}
    return {field_id: wanted & graph.keys() for field_id, wanted in graph.items()}


def evaluation_order(document: "ProcedureDocument") -> tuple[str, ...]:
    """Fields in an order where each comes after those it depends on. Raises CycleError."""
    return _order(tuple((key, tuple(sorted(wanted))) for key, wanted in dependencies(document).items()))


@lru_cache(maxsize=256)
def _order(graph: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    return tuple(TopologicalSorter(dict(graph)).static_order())
