"""A step of a scenario in French words, with the labels of its procedure."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bocage.base.dates import french_date
from bocage.base.money import format_cents
from bocage.cases.engine import ports
from bocage.cases.scenarios import tables
from bocage.cases.schema import ProcedureDocument
from bocage.cases.schema_parts import ScenarioStep

ROLES = {
    "reception": "l’accueil",
    "agent": "un agent",
    "manager": "un responsable",
    "applicant": "la personne",
    "system": "le temps",
}
DEADLINES = {
    "announced": "délai annoncé",
    "acknowledgement": "accusé de réception",
    "silence": "silence de l’administration",
    "correction": "réponse à la correction",
    "signatures": "signatures attendues",
    "decision": "date légale de la décision",
}
OUTCOMES = {"accepted": "acceptée", "rejected": "refusée", "withdrawn": "retirée", "closed": "close"}
HOUSE = {"acknowledgement": gettext_lazy("Accusé de réception")}
"""What a scenario may expect of the house's own notices (``validation.TOLD_BY_ENGINE``)."""

_NONE: Mapping[str, str] = MappingProxyType({})
_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")


def field_label(document: ProcedureDocument, field_id: str) -> str:
    """What a field or a question asks; its id when there is none."""
    field = document.by_id.get(field_id)
    if field is not None:
        return field.label
    return next((question.label for question in document.eligibility if question.id == field_id), field_id)


def state_label(document: ProcedureDocument, state_id: str) -> str:
    """The name of a state; « pas encore envoyée » for a draft."""
    if not state_id:
        return _("pas encore envoyée")
    return next((state.label for state in document.workflow.states if state.id == state_id), state_id)


def button_label(document: ProcedureDocument, button_id: str) -> str:
    """What a button says."""
    return next((item.label for item in document.workflow.transitions if item.id == button_id), button_id)


def notice_label(document: ProcedureDocument, key: str) -> str:
    """The title of a notice, without the words that only a case fills in."""
    if key in HOUSE and key not in document.notices:
        return str(HOUSE[key])
    title = document.notices[key].title if key in document.notices else key
    return " ".join(_PLACEHOLDER.sub("", title).split())


def document_label(document: ProcedureDocument, key: str) -> str:
    """The title of a document that the procedure issues."""
    return document.documents[key].title if key in document.documents else key


def day_words(day: str) -> str:
    """A stored day as it is read."""
    try:
        return french_date(date.fromisoformat(day))
    except ValueError:
        return day


def say(document: ProcedureDocument, step: ScenarioStep, communes: Mapping[str, str] = _NONE) -> str:
    """What a step does or expects, as one line; ``communes`` are their names by INSEE code."""
    match step.do:
        case "fill":
            return _("Répondre : %(answers)s") % {"answers": _answers(document, step.values, communes)}
        case "attach":
            count = ngettext("%(count)s fichier", "%(count)s fichiers", step.files) % {"count": step.files}
            return _("Joindre %(files)s à « %(field)s »") % {"files": count, "field": field_label(document, step.field)}
        case "submit":
            return _("Enregistrer la demande incomplète, au guichet") if step.incomplete else _("Envoyer la demande")
        case "press":
            told = _("Appuyer sur « %(button)s » (%(role)s)") % {
                "button": button_label(document, step.button),
                "role": ROLES[step.role],
            }
            more = [step.reason, step.message]
            if step.values:
                more.append(_answers(document, step.values, communes))
            return " : ".join([told, *filter(None, more)])
        case "answer_correction":
            return _("Répondre à la correction : %(answers)s") % {"answers": _answers(document, step.values, communes)}
        case "sign":
            return _("Faire signer « %(field)s » par tout le monde") % {"field": field_label(document, step.field)}
        case "settle":
            told = {"field": field_label(document, step.field), "told": _settled(step.values)}
            return _("Confirmer « %(field)s » : %(told)s") % told
        case "hear":
            return _("Apprendre d’une autre demande : « %(button)s »") % {"button": button_label(document, step.button)}
        case "wait":
            if step.until:
                return _("Attendre jusqu’au %(day)s") % {"day": day_words(step.until)}
            return ngettext("Attendre %(count)s jour", "Attendre %(count)s jours", step.days) % {"count": step.days}
    return _("Vérifier : %(what)s") % {"what": ", ".join(_expected(document, step))}


def _settled(values: dict[str, Any]) -> str:
    parts = [day_words(str(values.get("on", "")))]
    if values.get("at"):
        parts.append(_("à %(time)s") % {"time": values["at"]})
    if values.get("paid"):
        parts.append(_("%(amount)s payés") % {"amount": f"{values['paid']} €"})
    return ", ".join([*parts, *(str(values[key]) for key in ("where", "reference") if values.get(key))])


def _answers(document: ProcedureDocument, values: dict[str, Any], communes: Mapping[str, str]) -> str:
    told = [f"{field_label(document, key)} = {_value(document, key, value, communes)}" for key, value in values.items()]
    return ", ".join(told) or _("rien de plus")


def _value(document: ProcedureDocument, key: str, value: Any, communes: Mapping[str, str]) -> str:
    field = document.by_id.get(key)
    if field is not None and field.kind == "amounts_table":
        return tables.shown(field.model_dump(include={"columns", "lines"}), value)
    if field is not None and field.kind in ports.PORTS and isinstance(value, dict):
        way = ports.standing_ways(field.kind).get(str(value.get("way")), value.get("way"))
        return ", ".join(str(part) for part in (way, value.get("details")) if part)
    if isinstance(value, dict):
        named = {**value, "commune": communes.get(str(value.get("commune")), value.get("commune"))}
        return ", ".join(str(part) for part in named.values() if part)
    if isinstance(value, list):
        return ", ".join(_value(document, key, item, communes) for item in value)
    return field.option_label(value) if field is not None and isinstance(value, str) else str(value)


def _expected(document: ProcedureDocument, step: ScenarioStep) -> Iterable[str]:
    if step.state:
        yield _("l’état est « %(state)s »") % {"state": state_label(document, step.state)}
    if step.outcome:
        yield _("la demande est %(outcome)s") % {"outcome": OUTCOMES[step.outcome]}
    if step.notice:
        yield _("l’avis « %(notice)s » part") % {"notice": notice_label(document, step.notice)}
    if step.deadline:
        told = _("l’échéance « %(deadline)s » court") % {"deadline": DEADLINES.get(step.deadline, step.deadline)}
        yield f"{told} ({day_words(step.due_on)})" if step.due_on else told
    if step.refused:
        yield _("c’est refusé : « %(message)s »") % {"message": step.refused}
    if step.document:
        yield _("le document « %(document)s » est délivré") % {"document": document_label(document, step.document)}
    if step.charge is not None:
        yield _("à payer : %(amount)s") % {"amount": format_cents(step.charge)}
