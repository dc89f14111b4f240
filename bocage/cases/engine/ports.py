"""Answers that another part of the house settles: an appointment, a payment.

The request says which way suits; somebody, or the agenda or the billing one day, settles it later. The stored form is
``{"way", "label", "details"}``, for a payment with ``due`` (cents, once the request is sent), and ``settled`` once it
is: ``{"on", "at", "where"}`` of an appointment, ``{"on", "paid", "reference"}`` of a payment. Pages never send a
``label``: what has one was read already.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.base.money import BadAmount, format_cents, parse_amount
from bocage.base.typed_dates import BadDate, parse_french_date
from bocage.cases.engine.typed import FieldError, texts_of, wrong_shape
from bocage.cases.schema import FormField

PORTS = frozenset({"appointment", "payment"})
MAX_DETAILS, MAX_PLACE, MAX_TIME = 300, 200, 20


def standing_ways(kind: str) -> dict[str, str]:
    """What is proposed where nothing is plugged in: an agent then settles it by hand. Scenarios know these alone."""
    if kind == "payment":
        return {"counter": _("Au guichet, par carte, chèque ou espèces")}
    return {
        "morning": _("Plutôt le matin"),
        "afternoon": _("Plutôt l’après-midi"),
        "call": _("Appelez-moi pour convenir du jour"),
    }


def clean(field: FormField, raw: Any, ways: Mapping[str, str] | None) -> dict[str, Any] | None:
    """The stored form of a way, or None when nothing was told. Raises FieldError."""
    if not isinstance(raw, Mapping):
        raise wrong_shape()
    told: dict[str, Any] = dict(texts_of(raw, ("way", "details")))
    if len(told["details"]) > MAX_DETAILS:
        raise FieldError(_("Ce texte est trop long. Écrivez %(limit)s caractères au plus.") % {"limit": MAX_DETAILS})
    if "label" in raw:
        return told | texts_of(raw, ("label",)) | _kept(raw)
    if not any(told.values()):
        return None
    known = standing_ways(field.kind) if ways is None else ways
    if told["way"] not in known:
        raise FieldError(_("Choisissez une des réponses proposées."))
    return {**told, "label": str(known[told["way"]]), **_kept(raw)}


def _kept(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What the house added to an answer; no page sends it."""
    return {key: raw[key] for key in ("due", "settled") if isinstance(raw.get(key), int | Mapping)}


def read_settled(kind: str, told: Mapping[str, str], due: int | None) -> dict[str, Any]:
    """What settles an answer, as typed at the desk. Raises FieldError."""
    try:
        on = parse_french_date(told.get("on", "")).isoformat()
    except BadDate:
        raise FieldError(_("Écrivez le jour. Exemple : 31/03/2026")) from None
    if kind == "appointment":
        at, where = (" ".join(told.get(key, "").split()) for key in ("at", "where"))
        if not at or len(at) > MAX_TIME:
            raise FieldError(_("Écrivez l’heure. Exemple : 14 h 30"))
        if len(where) > MAX_PLACE:
            raise FieldError(_("Ce lieu est trop long. Écrivez %(limit)s caractères au plus.") % {"limit": MAX_PLACE})
        return {"on": on, "at": at, "where": where}
    try:
        paid = parse_amount(told.get("paid", ""))
    except BadAmount:
        raise FieldError(_("Écrivez la somme payée. Exemple : 20")) from None
    if paid <= 0 or (due is not None and paid > due):
        raise FieldError(_("La somme payée ne peut être ni nulle, ni plus grande que la somme due."))
    return {"on": on, "paid": paid, "reference": " ".join(told.get("reference", "").split())[:MAX_PLACE]}


def in_words(kind: str, value: Mapping[str, Any]) -> str:
    """The way that was chosen, and what settled it."""
    parts = [value["label"], value.get("details", "")]
    if value.get("due") is not None:
        parts.append(_("à payer : %(amount)s") % {"amount": format_cents(value["due"])})
    settled = value.get("settled")
    if settled:
        day = french_date(date.fromisoformat(settled["on"]))
        if kind == "appointment":
            at = {"day": day, "time": settled["at"]}
            parts += [_("rendez-vous le %(day)s à %(time)s") % at, settled["where"]]
        else:
            paid = {"amount": format_cents(settled["paid"]), "day": day}
            parts.append(_("payé : %(amount)s le %(day)s") % paid)
    return ", ".join(part for part in parts if part)
