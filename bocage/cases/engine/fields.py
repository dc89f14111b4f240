"""Reading what people typed, field kind by field kind, into one stored form.

Stored forms are JSON: numbers as decimal text ("12.5"), amounts as integer cents, dates as "2026-11-23", choices as
the option's value, addresses and organisations as objects, files as lists of document keys, groups as lists of objects.
What is typed is hostile or mistaken: everything is checked here, whatever the page did.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.base.identifiers import BadIdentifier, clean_iban, clean_plate, clean_rna, clean_siret
from bocage.base.money import NARROW_SPACE, BadAmount, TooLarge, format_cents, parse_amount
from bocage.base.typed_dates import BadDate, NoSuchDay, parse_french_date, relative_date
from bocage.base.typed_numbers import BadNumber, parse_number
from bocage.base.typed_text import visible
from bocage.cases.engine import members, places, ports, signatures, tables
from bocage.cases.engine.typed import MAX_TEXT, FieldError, is_empty, lowered, text_of, texts_of, wrong_shape
from bocage.cases.schema import FormField
from bocage.identity.reading import normal_phone

MAX_TEXTAREA = 5_000
COLUMNS = {"birth_name": 120, "usual_name": 120, "given_names": 160}
"""Longest texts that a person's record holds, by the role of the field they come from."""
MAX_LINE, MAX_LOCALITY = 240, 120  # the same, for an address
_DOCUMENT_KEY = re.compile(r"^[0-9a-f]{32}$")
_POSTCODE = re.compile(r"^\d{5}$")


def clean(
    field: FormField,
    raw: Any,
    today: date,
    ground: places.Ground | None = None,
    household: Mapping[str, members.Member] | None = None,
    ways: Callable[[FormField], Mapping[str, str]] | None = None,
) -> Any:
    """The stored form of what was typed, or None when nothing was. Raises FieldError.

    ``ground`` is the territory, against which a place is judged; ``household`` whom one may choose of the applicant's;
    ``ways`` what an appointment or a payment proposes.
    """
    if isinstance(raw, str):
        raw = visible(raw).strip()
    if is_empty(raw):
        return None
    if field.kind == "place":
        return places.clean(field, raw, ground)
    if field.kind in ports.PORTS:
        return ports.clean(field, raw, ways(field) if ways is not None else None)
    if field.kind == "household_person":
        return members.clean(field, raw, today, household)
    return _CLEANERS[field.kind](field, raw, today)


def _text(field: FormField, raw: Any, today: date) -> str:
    text = text_of(raw)
    limit = field.max_length or (MAX_TEXTAREA if field.kind == "textarea" else MAX_TEXT)
    limit = min(limit, COLUMNS.get(field.role, limit))
    if field.kind == "text":
        text = " ".join(text.split())
    if len(text) > limit:
        raise FieldError(
            _("Ce texte compte %(count)s caractères ; écrivez-en %(limit)s au plus.")
            % {"count": len(text), "limit": limit}
        )
    if field.format:
        try:
            return _FORMATS[field.format](text)
        except BadIdentifier as error:
            raise FieldError(str(error)) from None
    return text


def _decimal(text: str) -> Decimal:
    try:
        return parse_number(text, digits=12, decimals=6)
    except BadNumber as error:
        raise FieldError(str(error)) from None


def _number(field: FormField, raw: Any, today: date) -> str:
    value = _decimal(text_of(raw))
    if field.whole and value != value.to_integral_value():
        raise FieldError(_("Écrivez un nombre entier, par exemple 3."))
    if field.minimum is not None and value < Decimal(field.minimum):
        raise FieldError(_("Écrivez un nombre égal ou supérieur à %(bound)s.") % {"bound": _grouped(field.minimum)})
    if field.maximum is not None and value > Decimal(field.maximum):
        raise FieldError(_("Écrivez un nombre égal ou inférieur à %(bound)s.") % {"bound": _grouped(field.maximum)})
    return format(value.normalize(), "f") if value else "0"


def _grouped(bound: object) -> str:
    """A bound as it is read: ``100 000``, ``2,5``."""
    return f"{Decimal(str(bound)):,f}".replace(",", NARROW_SPACE).replace(".", ",")


def _amount(field: FormField, raw: Any, today: date) -> int:
    try:
        cents = raw if isinstance(raw, int) and not isinstance(raw, bool) else parse_amount(text_of(raw))
    except TooLarge as error:
        raise FieldError(str(error)) from None
    except BadAmount:
        raise FieldError(_("Écrivez un montant en euros, par exemple 45 ou 45,50.")) from None
    low = int(field.minimum) if field.minimum is not None else 0
    high = int(field.maximum) if field.maximum is not None else 10**11
    if not low <= cents <= high:
        bounds = {"low": format_cents(low), "high": format_cents(high)}
        raise FieldError(_("Écrivez un montant compris entre %(low)s et %(high)s.") % bounds)
    return cents


def _date(field: FormField, raw: Any, today: date) -> str:
    try:
        value = parse_french_date(text_of(raw))
    except NoSuchDay:
        raise FieldError(_("Ce jour n’existe pas dans le calendrier. Vérifiez le jour et le mois.")) from None
    except BadDate:
        raise FieldError(_("Écrivez une date avec le jour, le mois et l’année, par exemple 31/01/1950.")) from None
    low = relative_date(field.minimum, today) if field.minimum else date(1890, 1, 1)
    high = relative_date(field.maximum, today) if field.maximum else date(2150, 12, 31)
    if value < low:
        raise FieldError(_("Choisissez une date à partir du %(date)s.") % {"date": french_date(low)})
    if value > high:
        raise FieldError(_("Choisissez une date jusqu’au %(date)s.") % {"date": french_date(high)})
    return value.isoformat()


def _email(field: FormField, raw: Any, today: date) -> str:
    text = text_of(raw)
    try:
        validate_email(text)
    except ValidationError:
        if not text.isascii():
            accent = _("Une adresse électronique s’écrit sans accent, par exemple prenom.nom@exemple.fr. Vérifiez-la.")
            raise FieldError(accent) from None
        raise FieldError(_("Écrivez une adresse électronique complète, par exemple prenom.nom@exemple.fr.")) from None
    if len(text) > 254:
        raise FieldError(_("Cette adresse électronique est trop longue. Vérifiez-la."))
    return text


def _phone(field: FormField, raw: Any, today: date) -> str:
    number = normal_phone(text_of(raw))
    if number is None:
        raise FieldError(_("Écrivez un numéro de téléphone complet, par exemple 03 27 00 00 00."))
    return number


def _choice(field: FormField, raw: Any, today: date) -> str:
    value = text_of(raw)
    if all(option.value != value for option in field.options):
        raise FieldError(_("Choisissez une des réponses proposées."))
    return value


def _choices(field: FormField, raw: Any, today: date) -> list[str]:
    values = raw if isinstance(raw, list | tuple) else [raw]
    if len(values) > len(field.options):
        raise FieldError(_("Choisissez parmi les réponses proposées."))
    chosen = {_choice(field, value, today) for value in values}
    return [option.value for option in field.options if option.value in chosen]


_YES = {"oui", "yes", "true", "1", "on"}
_NO = {"non", "no", "false", "0"}


def _yesno(field: FormField, raw: Any, today: date) -> bool:
    if isinstance(raw, bool):
        return raw
    text = text_of(raw).lower()
    if text not in _YES | _NO:
        raise FieldError(_("Répondez par oui ou par non."))
    return text in _YES


def _statement(field: FormField, raw: Any, today: date) -> bool | None:
    return True if _yesno(field, raw, today) else None


def _address(field: FormField, raw: Any, today: date) -> dict[str, str]:
    parts = texts_of(raw, ("line", "postcode", "commune", "locality"))
    if not parts["line"]:
        raise FieldError(_("Écrivez le numéro et la rue, par exemple 12 rue de l’Église."))
    if len(parts["line"]) > MAX_LINE:
        raise FieldError(
            _("Cette adresse compte %(count)s caractères ; écrivez-en %(limit)s au plus : le numéro et la rue.")
            % {"count": len(parts["line"]), "limit": MAX_LINE}
        )
    if len(parts["locality"]) > MAX_LOCALITY:
        raise FieldError(
            _("Ce nom de ville est trop long. Écrivez %(limit)s caractères au plus.") % {"limit": MAX_LOCALITY}
        )
    if parts["commune"] and not re.fullmatch(r"[0-9AB]{5}", parts["commune"]):
        raise FieldError(_("Choisissez votre commune dans la liste."))
    if parts["postcode"] and not _POSTCODE.match(parts["postcode"]):
        raise FieldError(_("Un code postal compte cinq chiffres, par exemple 59530."))
    if not parts["commune"] and not (parts["locality"] and parts["postcode"]):
        raise FieldError(_("Choisissez votre commune dans la liste, ou écrivez le code postal et la ville."))
    return parts


def _organisation(field: FormField, raw: Any, today: date) -> dict[str, str]:
    parts = texts_of(raw, ("name", "number"))
    if not parts["name"]:
        raise FieldError(_("Écrivez le nom de l’organisme."))
    number = parts["number"].replace(" ", "")
    if number:
        try:
            number = clean_rna(number) if number[:1].upper() == "W" else clean_siret(number)
        except BadIdentifier as error:
            raise FieldError(str(error)) from None
    return {"name": parts["name"], "number": number}


def _file(field: FormField, raw: Any, today: date) -> list[str]:
    keys = list(raw) if isinstance(raw, list | tuple) else [raw]
    if not all(isinstance(key, str) and _DOCUMENT_KEY.match(key) for key in keys):
        raise FieldError(_("Ce fichier n’a pas été reçu. Joignez-le à nouveau."))
    if len(keys) > field.max_files:
        raise FieldError(_("Joignez %(count)s fichiers au plus.") % {"count": field.max_files})
    return list(dict.fromkeys(keys))


def _group(field: FormField, raw: Any, today: date) -> list[dict[str, Any]]:
    if not isinstance(raw, list | tuple):
        raise wrong_shape()
    rows: list[dict[str, Any]] = []
    for number, item in enumerate(raw, start=1):
        if not isinstance(item, Mapping):
            raise wrong_shape()
        if is_empty(dict(item)):
            continue
        row: dict[str, Any] = {}
        for inner in field.fields:
            where = {"number": number, "label": inner.label}
            try:
                value = clean(inner, item.get(inner.id), today)
            except FieldError as error:
                raise FieldError(_("Ligne %(number)s, « %(label)s » : ") % where + lowered(str(error))) from None
            if value is None and inner.required:
                raise FieldError(_("Ligne %(number)s : répondez à « %(label)s ».") % where)
            if value is not None:
                row[inner.id] = value
        rows.append(row)
    if len(rows) > field.max_items:
        raise FieldError(_("Ajoutez %(count)s lignes au plus.") % {"count": field.max_items})
    return rows


def _nothing(field: FormField, raw: Any, today: date) -> None:
    return None


_FORMATS = {"plate": clean_plate, "iban": clean_iban}

_CLEANERS = {
    "text": _text,
    "textarea": _text,
    "number": _number,
    "amount": _amount,
    "date": _date,
    "email": _email,
    "phone": _phone,
    "choice": _choice,
    "choices": _choices,
    "yesno": _yesno,
    "statement": _statement,
    "address": _address,
    "organisation": _organisation,
    "file": _file,
    "group": _group,
    "signatures": lambda field, raw, today: signatures.clean(field, raw),
    "amounts_table": lambda field, raw, today: tables.clean(field, raw),
    "note": _nothing,
    "computed": _nothing,
}
