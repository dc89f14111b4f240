"""What is wrong with a field taken alone, and where it stands."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bocage.base.typed_dates import relative_date
from bocage.cases.validation.kinds import NOT_IN_GROUPS, kind_problems

if TYPE_CHECKING:
    from bocage.cases.schema import FormField, ProcedureDocument


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
        if inner.kind in NOT_IN_GROUPS:
            yield (
                f"« {inner.label} » ne peut pas se répéter, un groupe ne contient que des champs simples : "
                "mettez-le hors du groupe, ou changez son genre."
            )
    yield from kind_problems(field)
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
