"""What is wrong with the documents that a procedure issues."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bocage.cases.validation.problem import Problem, Unread
from bocage.messaging import texts

if TYPE_CHECKING:
    from bocage.cases.schema import ProcedureDocument

_EFFECTS = {"issue_document": "délivre", "void_document": "annule"}


def document_problems(document: "ProcedureDocument", known: frozenset[str], unread: Unread) -> Iterator[Problem]:
    """What documents name exists, what they print is not protected, and no case goes before its document does.

    ``known``: the placeholders that something fills.
    """
    if not unread.workflow:
        yield from _effects(document, unread)
    answers = document.by_id.keys() | {question.id for question in document.eligibility} | unread.names
    for own, told in document.documents.items():
        place = f"documents/{own}"
        name = f"Le document « {told.title} »"
        for key in told.facts:
            field = document.by_id.get(key)
            if field is None and key not in unread.names:
                yield Problem(place, f"{name} imprime le champ « {key} », qui n’existe pas : enlevez-le.")
            elif field is not None and (field.sensitive or field.kind == "file"):
                text = f"{name} imprime « {field.label} », une réponse protégée ou un fichier : enlevez-le."
                yield Problem(place, text)
        gone = sorted({*told.renewal, *told.loss} - answers)
        if gone:
            text = f"{name} remplit d’avance le champ « {gone[0]} », qui n’existe pas : enlevez-le."
            yield Problem(place, text)
        try:
            texts.check(told.body, known)
        except texts.BadText as error:
            yield Problem(place, f"{name} : {error}")
        if told.renew_days and not told.valid_months:
            yield Problem(place, f"{name} se renouvelle : dites combien de mois il est valable.")
        if told.valid_months > document.retention_months:
            text = (
                f"{name} est valable {told.valid_months} mois, mais le dossier s’efface "
                f"{document.retention_months} mois après sa fin : gardez-le aussi longtemps."
            )
            yield Problem(place, text)


def _effects(document: "ProcedureDocument", unread: Unread) -> Iterator[Problem]:
    known = document.documents.keys() | unread.documents
    for item in document.workflow.transitions:
        for effect in item.effects:
            if effect.kind in _EFFECTS and effect.document not in known:
                text = (
                    f"« {item.label} » {_EFFECTS[effect.kind]} le document « {effect.document} », qui n’existe pas : "
                    "décrivez-le, ou enlevez cet effet."
                )
                yield Problem(f"workflow/transitions/{item.id}", text)
