"""What makes a procedure's document sound, beyond its shape: references that exist, types that fit, no circle.

Messages are French: the desk's editor shows them to the agent who writes the procedure.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

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
from bocage.base.typed_dates import relative_date
from bocage.messaging import texts

if TYPE_CHECKING:
    from bocage.cases.schema import FormField, ProcedureDocument, State

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
    "phone territory acknowledgement algorithm to to_address"
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


@dataclass(frozen=True)
class Problem:
    """Something wrong: the place of the document (``steps/home/fields/size``) and a French sentence with the mend."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place} : {self.text}" if self.place else self.text


@dataclass(frozen=True)
class Unread:
    """Parts of an unfinished document that could not be read: what speaks of them is not judged."""

    names: frozenset[str] = frozenset()  # fields and questions
    tables: frozenset[str] = frozenset()
    notices: frozenset[str] = frozenset()
    workflow: bool = False  # a state or a transition


NOTHING = Unread()


def problems(document: "ProcedureDocument", unread: Unread = NOTHING) -> Iterator[Problem]:
    """What is wrong with a document, part against part."""
    yield from _names(document)
    yield from _expressions(document, unread)
    yield from _references(document, unread)
    if not unread.workflow:
        yield from _workflow(document)
    yield from _texts(document, unread)
    yield from _scenarios(document, unread)
    try:
        evaluation_order(document)
    except CycleError as error:
        circle = list(dict.fromkeys(map(str, error.args[1])))
        labels = " → ".join(f"« {document.by_id[name].label} »" for name in circle)
        yield Problem(
            field_place(document, circle[0]),
            f"Ces champs dépendent les uns des autres en rond : {labels}. Enlevez une condition ou un calcul.",
        )


def field_place(document: "ProcedureDocument", field_id: str) -> str:
    """Where a field or a question stands in the document."""
    step = document.step_of.get(field_id)
    return f"steps/{step.id}/fields/{field_id}" if step else f"eligibility/{field_id}"


_ROLE_KINDS = {
    "birth_name": {"text"},
    "usual_name": {"text"},
    "given_names": {"text"},
    "birth_date": {"date"},
    "email": {"email"},
    "phone": {"phone"},
    "address": {"address"},
}
_ANY_DAY = date(2026, 1, 1)  # bounds are read against a day only to see that they can be


def _bound(field: "FormField", text: str) -> Any:
    """A bound as the engine will read it. Raises ValueError."""
    if field.kind == "number":
        value = Decimal(text)
        if not value.is_finite():
            raise ValueError(text)
        return value
    if field.kind == "amount":
        return int(text)
    return relative_date(text, _ANY_DAY)


def field_problems(field: "FormField") -> Iterator[str]:
    """What is wrong with a field taken alone."""
    if field.kind in {"choice", "choices"} and len(field.options) < 2:
        yield "Un choix propose au moins deux réponses : ajoutez-en."
    if len({option.value for option in field.options}) != len(field.options):
        yield "Deux réponses ont la même valeur : changez-en une."
    if (field.kind == "computed") != (field.compute is not None):
        yield "Une valeur calculée, et elle seule, a un calcul : écrivez-le, ou changez le genre du champ."
    if (field.kind == "group") != bool(field.fields):
        yield "Un groupe répété, et lui seul, a des champs : ajoutez-en, ou changez le genre du champ."
    if len({inner.id for inner in field.fields}) != len(field.fields):
        yield "Deux champs du groupe ont le même identifiant : changez-en un."
    for inner in field.fields:
        if inner.kind in {"group", "file", "computed", "note", "statement"}:
            yield f"« {inner.label} » : un groupe ne contient que des champs simples."
    if field.kind in {"number", "amount", "date"}:
        bounds: list[Any] = []
        for text in (field.minimum, field.maximum):
            try:
                bounds.append(_bound(field, text) if text is not None else None)
            except (ValueError, ArithmeticError):
                yield f"La limite « {text} » n’est pas lisible : écrivez 3, ou 2026-01-31, ou today-18y."
                return
        low, high = bounds
        if low is not None and high is not None and low > high:
            yield "Le minimum dépasse le maximum : échangez-les."
    if field.role and field.kind not in _ROLE_KINDS[field.role]:
        yield "Ce que ce champ dit de la personne ne va pas avec son genre : changez l’un des deux."
    if field.id in field.was:
        yield "Un champ n’a pas pour ancien nom son propre identifiant."


def _names(document: "ProcedureDocument") -> Iterator[Problem]:
    seen: set[str] = set()
    places = [(question.id, f"eligibility/{question.id}") for question in document.eligibility]
    places += [(item.id, f"steps/{step.id}/fields/{item.id}") for step in document.steps for item in step.fields]
    for name, place in places:
        if name in seen:
            yield Problem(place, f"L’identifiant {name} sert deux fois : renommez l’un des deux.")
        seen.add(name)
    for kind, ids in (("steps", document.steps), ("scenarios", document.scenarios)):
        for key, count in Counter(item.id for item in ids).items():
            if count > 1:
                yield Problem(f"{kind}/{key}", f"L’identifiant {key} sert deux fois : renommez l’un des deux.")
    former: set[str] = set()
    for item in document.by_id.values():
        for name in item.was:
            if name in seen or name in former:
                yield Problem(
                    field_place(document, item.id),
                    f"L’ancien nom {name} est aussi celui d’un autre champ : enlevez-le.",
                )
            former.add(name)
    told: dict[str, FormField] = {}
    for item in document.by_id.values():
        if item.role and item.role in told:
            text = f"« {told[item.role].label} » dit déjà la même chose de la personne : gardez un seul des deux rôles."
            yield Problem(field_place(document, item.id), text)
        told.setdefault(item.role, item)


def _expressions(document: "ProcedureDocument", unread: Unread) -> Iterator[Problem]:
    types = types_of(document)
    for where, condition in document.conditions():
        place, _, key = where.partition(" ")
        names = {name.split(".")[0] for name in fields_of(condition)}
        if names & unread.names or tables_of(condition) & unread.tables:
            continue
        gone = sorted(names - {name.split(".")[0] for name in types})
        if gone:
            yield Problem(place, _gone(gone[0]))
            continue
        try:
            found = check(condition, types, document.data_tables)
        except BadExpression as error:
            yield Problem(place, f"{_KEYS.get(key, key)} : {error.message}")
            continue
        if key != "compute" and found != BOOLEAN:
            yield Problem(
                place, f"{_KEYS.get(key, key)} : une condition répond par vrai ou faux. Choisissez une comparaison."
            )


_KEYS = {
    "show": "La condition pour afficher",
    "compute": "Le calcul",
    "when": "La condition de la règle",
    "guard": "La condition du bouton",
    "refuse": "La condition qui arrête",
}


def _gone(name: str) -> str:
    return f"Le champ « {name} » n’existe pas, ou n’existe plus : choisissez-en un autre, ou enlevez la condition."


def _references(document: "ProcedureDocument", unread: Unread) -> Iterator[Problem]:
    for index, rule in enumerate(document.rules):
        if rule.field is not None and rule.field not in document.by_id and rule.field not in unread.names:
            text = f"La règle parle du champ « {rule.field} », qui n’existe pas : choisissez-en un autre."
            yield Problem(f"rules/{index}", text)
    for item in document.workflow.transitions:
        for effect in item.effects:
            if effect.kind == "send_notice" and effect.notice not in document.notices.keys() | unread.notices:
                text = f"« {item.label} » envoie l’avis « {effect.notice} », qui n’existe pas : écrivez-le."
                yield Problem(f"workflow/transitions/{item.id}", text)


def _workflow(document: "ProcedureDocument") -> Iterator[Problem]:
    workflow = document.workflow
    states = {state.id: state for state in workflow.states}
    if workflow.initial not in states:
        yield Problem("workflow", f"L’état de départ « {workflow.initial} » n’existe pas : choisissez-en un autre.")
    for name, ids in (("states", workflow.states), ("transitions", workflow.transitions)):
        for key, count in Counter(item.id for item in ids).items():
            if count > 1:
                yield Problem(f"workflow/{name}/{key}", f"L’identifiant {key} sert deux fois : renommez l’un des deux.")
    for item in workflow.transitions:
        place = f"workflow/transitions/{item.id}"
        for state_id in dict.fromkeys((*item.sources, item.target)):
            if state_id not in states:
                text = f"« {item.label} » parle de l’état « {state_id} », qui n’existe pas : choisissez-en un autre."
                yield Problem(place, text)
        if item.algorithmic and document.algorithm is None:
            text = f"« {item.label} » décide par une règle ou un score : dites lequel dans « algorithm »."
            yield Problem(place, text)
        target = states.get(item.target)
        if target is None:
            continue
        if any(effect.kind == "ask_correction" for effect in item.effects):
            if target.final or target.waiting_for != "applicant":
                text = f"« {item.label} » demande une correction : son état d’arrivée attend la personne. Changez-le."
                yield Problem(place, text)
            if "system" in item.roles:
                yield Problem(place, f"« {item.label} » demande une correction : une personne le fait, pas le temps.")
        for source in item.sources:
            if source in states and states[source].final:
                yield Problem(
                    place, f"« {item.label} » part de « {states[source].label} », où la demande est finie : enlevez-le."
                )
    yield from _roads(document, states)


def _roads(document: "ProcedureDocument", states: Mapping[str, "State"]) -> Iterator[Problem]:
    """States that nothing leads to, or that nothing ends."""
    workflow = document.workflow
    onward: dict[str, set[str]] = {state_id: set() for state_id in states}
    back: dict[str, set[str]] = {state_id: set() for state_id in states}
    for item in workflow.transitions:
        for source in item.sources:
            if source in states and item.target in states:
                onward[source].add(item.target)
                back[item.target].add(source)
    reached = _spread(onward, [workflow.initial] if workflow.initial in states else [])
    ending = _spread(back, [state_id for state_id, state in states.items() if state.final])
    for state in states.values():
        place = f"workflow/states/{state.id}"
        if state.id not in reached:
            text = f"Aucun bouton ne mène à l’état « {state.label} » : ajoutez-en un, ou enlevez l’état."
            yield Problem(place, text)
        if not state.final and not onward[state.id]:
            yield Problem(
                place,
                f"On ne sort jamais de l’état « {state.label} » : ajoutez un bouton, ou dites que la demande y finit.",
            )
        elif state.id not in ending:
            text = (
                f"De l’état « {state.label} », aucun chemin ne mène à une fin : ajoutez un bouton vers un état final."
            )
            yield Problem(place, text)


def _spread(graph: Mapping[str, set[str]], begin: list[str]) -> set[str]:
    """All that can be reached."""
    reached, waiting = set(begin), list(begin)
    while waiting:
        for found in graph[waiting.pop()] - reached:
            reached.add(found)
            waiting.append(found)
    return reached


def _texts(document: "ProcedureDocument", unread: Unread) -> Iterator[Problem]:
    known = NOTICE_VARIABLES | document.by_id.keys() | unread.names
    for key, notice in document.notices.items():
        unknown = sorted(texts.variables_in(notice.title, notice.body) - known)
        if unknown:
            text = (
                f"L’avis parle de {{{{ {unknown[0]} }}}}, que rien ne remplit : choisissez un autre nom, ou enlevez-le."
            )
            yield Problem(f"notices/{key}", text)
            continue
        for words in (notice.title, notice.body):
            try:
                texts.check(words, known)
            except texts.BadText as error:
                yield Problem(f"notices/{key}", str(error))
    for needed in ("receipt", "correction"):
        if needed not in document.notices and needed not in unread.notices:
            title = {"receipt": "l’accusé de réception", "correction": "la demande de correction"}[needed]
            yield Problem(f"notices/{needed}", f"L’avis « {needed} » manque : écrivez {title}.")
    if document.silence.effect != "none" and not document.silence.source:
        yield Problem("settings", "Le sens du silence cite sa source : écrivez le texte de loi ou le règlement.")
    if document.silence.effect != "none" and document.silence.months < 1:
        yield Problem("settings", "Le silence vaut décision après un mois au moins : écrivez le nombre de mois.")


def _scenarios(document: "ProcedureDocument", unread: Unread) -> Iterator[Problem]:
    """What a scenario names exists."""
    names = document.by_id.keys() | {question.id for question in document.eligibility} | unread.names
    buttons = {item.id for item in document.workflow.transitions}
    states = {state.id for state in document.workflow.states}
    for scenario in document.scenarios:
        place = f"scenarios/{scenario.id}"
        for day in (scenario.starts_on, *(step.until or step.due_on for step in scenario.steps)):
            try:
                date.fromisoformat(day or "2026-01-05")
            except ValueError:
                yield Problem(place, f"La date {day} n’existe pas : corrigez-la.")
        for number, step in enumerate(scenario.steps, start=1):
            gone = sorted({*step.values, *step.fields, *([step.field] if step.field else [])} - names)
            missing = [f"le champ « {name} »" for name in gone]
            if not unread.workflow and step.button and step.button not in buttons:
                missing.append(f"le bouton « {step.button} »")
            if not unread.workflow and step.state and step.state not in states:
                missing.append(f"l’état « {step.state} »")
            if step.notice and step.notice not in document.notices.keys() | unread.notices:
                missing.append(f"l’avis « {step.notice} »")
            if missing:
                text = f"« {scenario.title} », pas {number} : {missing[0]} n’existe pas ou plus. Corrigez ce pas."
                yield Problem(place, text)
