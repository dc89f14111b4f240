"""What makes a procedure's document sound, beyond its shape: references that exist, types that fit, no circle.

Messages are French: the desk's editor shows them to the agent who writes the procedure.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from graphlib import CycleError
from typing import TYPE_CHECKING

from bocage.base.expressions import BOOLEAN, BadExpression, check, fields_of, tables_of
from bocage.cases.validation.documents import document_problems
from bocage.cases.validation.fields import field_place, field_problems
from bocage.cases.validation.problem import NOTHING, Problem, Unread
from bocage.cases.validation.public import public_list_problems
from bocage.cases.validation.typing import evaluation_order, field_type, types_of
from bocage.cases.validation.workflow import workflow_problems
from bocage.messaging import texts

if TYPE_CHECKING:
    from bocage.cases.schema import FormField, ProcedureDocument

_NAMES = (
    "reference name procedure received_on announced_on legal_notice message fields due_on reason legal_date remedies "
    "phone territory acknowledgement algorithm to to_address document_number document_until"
)
NOTICE_VARIABLES = frozenset(_NAMES.split())
"""What every text of a procedure may name, beside the ids of its fields (``notices.variables`` gives the values)."""


TOLD_BY_ENGINE = frozenset({"acknowledgement"})
"""Of the house's notices, what a scenario may expect of a procedure that does not bring its own."""


def problems(document: "ProcedureDocument", unread: Unread = NOTHING) -> Iterator[Problem]:
    """What is wrong with a document, part against part."""
    yield from _names(document)
    yield from _expressions(document, unread)
    yield from _references(document, unread)
    if not unread.workflow:
        yield from workflow_problems(document)
    yield from _texts(document, unread)
    yield from document_problems(document, NOTICE_VARIABLES | document.by_id.keys() | unread.names, unread)
    yield from public_list_problems(document, unread)
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
    for field in document.by_id.values():
        if field.amount_of and field.amount_of not in unread.names:
            told = document.by_id.get(field.amount_of)
            if told is None or "amount" not in (told.kind, told.kind == "computed" and told.result):
                text = f"« {field.label} » : la somme due est celle d’un champ « montant », calculé ou demandé."
                yield Problem(field_place(document, field.id), text)
    for index, rule in enumerate(document.rules):
        if rule.field is not None and rule.field not in document.by_id and rule.field not in unread.names:
            text = f"La règle parle du champ « {rule.field} », qui n’existe pas : choisissez-en un autre."
            yield Problem(f"rules/{index}", text)
    for item in document.workflow.transitions:
        for effect in item.effects:
            if effect.kind == "send_notice" and effect.notice not in document.notices.keys() | unread.notices:
                text = f"« {item.label} » envoie l’avis « {effect.notice} », qui n’existe pas : écrivez-le."
                yield Problem(f"workflow/transitions/{item.id}", text)


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
            answers = () if step.do == "settle" else step.values
            gone = sorted({*answers, *step.fields, *([step.field] if step.field else [])} - names)
            missing = [f"le champ « {name} »" for name in gone]
            if not unread.workflow and step.button and step.button not in buttons:
                missing.append(f"le bouton « {step.button} »")
            if not unread.workflow and step.state and step.state not in states:
                missing.append(f"l’état « {step.state} »")
            if step.notice and step.notice not in document.notices.keys() | unread.notices | TOLD_BY_ENGINE:
                missing.append(f"l’avis « {step.notice} »")
            if step.document and step.document not in document.documents.keys() | unread.documents:
                missing.append(f"le document « {step.document} »")
            if missing:
                text = f"« {scenario.title} », pas {number} : {missing[0]} n’existe pas ou plus. Corrigez ce pas."
                yield Problem(place, text)


__all__ = [
    "NOTICE_VARIABLES",
    "TOLD_BY_ENGINE",
    "Problem",
    "Unread",
    "evaluation_order",
    "field_problems",
    "field_type",
    "problems",
]
