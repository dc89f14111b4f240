"""Answers for example: what a document prints before anybody asked for it."""

from datetime import date
from typing import Any

from bocage.cases.engine import CaseState
from bocage.cases.engine.fields import clean
from bocage.cases.engine.typed import FieldError
from bocage.cases.scenarios.runner import case_that_issues
from bocage.cases.schema import FormField, ProcedureDocument
from bocage.territory.queries import communes

_TYPED: dict[str, Any] = {
    "textarea": "Quelques lignes, comme les habitants les écrivent.",
    "amount": "150",
    "yesno": "oui",
    "statement": "oui",
    "email": "camille@exemple.fr",
    "phone": "06 12 34 56 78",
    "organisation": {"number": "W595001988", "name": "Les Amis du bocage"},
    "household_person": {"choice": "other", "given_names": "Léa", "birth_name": "Exemple", "birth_date": "03/05/2017"},
    "signatures": [{"name": "Paul Exemple", "email": "paul@exemple.fr"}],
    "appointment": {"way": "morning"},
    "payment": {"way": "counter"},
}
_FORMATS = {"plate": "AB-123-CD", "iban": "FR76 3000 6000 0112 3456 7890 189"}


def case_for(document: ProcedureDocument, key: str, day: date) -> CaseState:
    """A case on which a document could be issued: that of a scenario that issues it, else answers for example."""
    told = case_that_issues(document, key)
    return told if told is not None else CaseState(answers=answers(document, day), received_on=day)


def answers(document: ProcedureDocument, day: date) -> dict[str, Any]:
    """An answer to each field, as it is kept; those that no example fits are left out."""
    found = {}
    for field in document.by_id.values():
        try:
            value = clean(field, _typed(field, day), day) if field.asks else None
        except FieldError:
            continue
        if value is not None:
            found[field.id] = value
    return found


def _typed(field: FormField, day: date) -> Any:
    commune = next((one.insee for one in communes()), "")
    match field.kind:
        case "text":
            return _FORMATS.get(field.format) or field.example or "Exemple"
        case "number":
            return field.example or field.minimum or "1"
        case "date":
            return day.isoformat()
        case "choice":
            return field.options[0].value
        case "choices":
            return [field.options[0].value]
        case "address":
            return {"line": "12 rue de l’Église", "postcode": "59530", "commune": commune}
        case "place":
            return {"description": "Devant l’école", "commune": commune}
        case "group":
            return [{inner.id: _typed(inner, day) for inner in field.fields}]
    return _TYPED.get(field.kind)
