"""Someone of the applicant's household, chosen among its members or told by name and date of birth.

The stored form is a snapshot ``{"name", "given_names", "birth_name", "birth_date"}``, with ``person`` (an id) when the
person was chosen. Pages never send a ``name``: what has one was read already, and stays as it was when people move.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.base.typed_dates import BadDate, NoSuchDay, parse_french_date
from bocage.cases.engine.typed import FieldError, texts_of, wrong_shape
from bocage.cases.schema import FormField

OTHER = "other"
MAX_NAME = 120
OLDEST = date(1900, 1, 1)
_NAMES = ("given_names", "birth_name", "birth_date")


@dataclass(frozen=True)
class Member:
    """A member of the household: what is kept of them when they are chosen."""

    kept: Mapping[str, Any]
    is_child: bool = False
    is_self: bool = False


def proposed(field: FormField, household: Mapping[str, Member]) -> dict[str, Member]:
    """The members that a field proposes."""
    children = field.members == "children"
    return {key: member for key, member in household.items() if member.is_child or not children}


def clean(field: FormField, raw: Any, today: date, household: Mapping[str, Member] | None) -> dict[str, Any] | None:
    """The stored form of a person, or None when nothing was told. Raises FieldError."""
    if not isinstance(raw, Mapping):
        raise wrong_shape()
    told = texts_of(raw, ("choice", *_NAMES))
    if "name" in raw:
        kept: dict[str, Any] = texts_of(raw, ("name", *_NAMES))
        return kept | ({"person": raw["person"]} if isinstance(raw.get("person"), int) else {})
    if told["choice"] not in ("", OTHER):
        member = proposed(field, household or {}).get(told["choice"])
        if member is None:
            raise FieldError(
                _("Cette personne n’est pas dans votre foyer. Choisissez dans la liste, ou écrivez son nom.")
            )
        return dict(member.kept)
    if not told["choice"] and not any(told[name] for name in _NAMES):
        return None
    if not told["given_names"] or not told["birth_name"]:
        raise FieldError(_("Écrivez son prénom et son nom. Exemple : Léa, puis Martin"))
    if max(len(told["given_names"]), len(told["birth_name"])) > MAX_NAME:
        raise FieldError(_("Ce nom est trop long. Écrivez %(limit)s caractères au plus.") % {"limit": MAX_NAME})
    return {
        "name": f"{told['given_names']} {told['birth_name']}",
        "given_names": told["given_names"],
        "birth_name": told["birth_name"],
        "birth_date": _birth(told["birth_date"], today),
    }


def _birth(text: str, today: date) -> str:
    try:
        day = parse_french_date(text)
    except NoSuchDay:
        raise FieldError(_("Ce jour n’existe pas dans le calendrier. Vérifiez le jour et le mois.")) from None
    except BadDate:
        raise FieldError(_("Écrivez sa date de naissance. Exemple : 31/01/2015")) from None
    if not OLDEST <= day <= today:
        raise FieldError(_("Cette date de naissance n’est pas possible. Vérifiez l’année."))
    return day.isoformat()


def in_words(value: Mapping[str, Any]) -> str:
    """Someone as they are read: name, day of birth."""
    born = value.get("birth_date")
    if not born:
        return str(value["name"])
    return _("%(name)s, naissance le %(day)s") % {"name": value["name"], "day": french_date(date.fromisoformat(born))}
