"""What makes a procedure's document sound, beyond its shape: references that exist, types that fit, no circle.

Messages are French: the desk's editor shows them to the agent who writes the procedure.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from bocage.base.expressions import (
    BOOLEAN,
    DATE,
    NUMBER,
    TEXT,
    BadExpression,
    Type,
    check,
    fields_of,
    list_of,
    rows_of,
    tables_of,
)
from bocage.messaging import texts

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
}
_NAMES = (
    "reference name procedure received_on announced_on legal_notice message fields due_on reason legal_date remedies "
    "phone territory"
)
NOTICE_VARIABLES = frozenset(_NAMES.split())
"""What every text of a procedure may name, beside the ids of its fields (``notices.variables`` gives the values)."""

_PARTS = {"address": ("commune", "postcode", "locality"), "organisation": ("number",)}


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
            types |= {f"{field.id}.{part}": TEXT for part in _PARTS.get(field.kind, ())}
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


def problems(document: "ProcedureDocument") -> Iterator[str]:
    """What is wrong with a document, one French sentence each."""
    yield from _names(document)
    yield from _expressions(document)
    yield from _workflow(document)
    try:
        evaluation_order(document)
    except CycleError as error:
        yield f"ces champs dépendent les uns des autres en rond : {', '.join(map(str, error.args[1]))}"


def _names(document: "ProcedureDocument") -> Iterator[str]:
    seen: set[str] = set()
    ids = [question.id for question in document.eligibility]
    ids += [field.id for step in document.steps for field in step.fields]
    for name in ids:
        if name in seen:
            yield f"l’identifiant {name} sert deux fois"
        seen.add(name)
    if len({step.id for step in document.steps}) != len(document.steps):
        yield "deux étapes ont le même identifiant"
    for rule in document.rules:
        if rule.field is not None and rule.field not in document.by_id:
            yield f"une règle parle d’un champ qui n’existe pas : {rule.field}"
    roles = [field.role for field in document.by_id.values() if field.role]
    if len(roles) != len(set(roles)):
        yield "deux champs disent la même chose de la personne"


def _expressions(document: "ProcedureDocument") -> Iterator[str]:
    types = types_of(document)
    for where, condition in document.conditions():
        for table in tables_of(condition) - document.tables.keys():
            yield f"{where} : la table {table} n’existe pas"
        try:
            found = check(condition, types, document.data_tables)
        except BadExpression as error:
            yield f"{where} : {error}"
            continue
        if not where.endswith(".compute") and found != BOOLEAN:
            yield f"{where} : une condition répond par vrai ou faux"


def _workflow(document: "ProcedureDocument") -> Iterator[str]:
    workflow = document.workflow
    states = {state.id for state in workflow.states}
    if workflow.initial not in states:
        yield f"l’état de départ {workflow.initial} n’existe pas"
    if len(states) != len(workflow.states):
        yield "deux états ont le même identifiant"
    if len({item.id for item in workflow.transitions}) != len(workflow.transitions):
        yield "deux actions ont le même identifiant"
    reached = {workflow.initial}
    for item in workflow.transitions:
        for state_id in (*item.sources, item.target):
            if state_id not in states:
                yield f"l’action {item.id} parle d’un état qui n’existe pas : {state_id}"
        reached.add(item.target)
        for effect in item.effects:
            if effect.kind == "send_notice" and effect.notice not in document.notices:
                yield f"l’action {item.id} envoie un avis qui n’existe pas : {effect.notice}"
    for state_id in sorted(states - reached):
        yield f"aucune action ne mène à l’état {state_id}"
    for state in workflow.states:
        leaves = any(state.id in item.sources for item in workflow.transitions)
        if not state.final and not leaves:
            yield f"on ne sort jamais de l’état {state.id}"
    known = NOTICE_VARIABLES | document.by_id.keys()
    for key, notice in document.notices.items():
        for text in (notice.title, notice.body):
            try:
                texts.check(text, known)
            except texts.BadText as error:
                yield f"l’avis {key} : {error}"
    for needed in ("receipt", "correction"):
        if needed not in document.notices:
            yield f"l’avis « {needed} » manque"
    if document.silence.effect != "none" and not document.silence.source:
        yield "le sens du silence cite sa source"
