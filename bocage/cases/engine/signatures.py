"""Several people who sign a request: each named, with an address to reach them, and what is known of their signature.

The stored form is a list of ``{"name", "email", "phone"}``, with ``signed_at`` (an instant), ``signed_as`` (the name
that was typed) and ``channel`` (``web`` or ``paper``) once someone signed. Pages never send these last three.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.cases.engine.typed import FieldError, is_empty, texts_of, wrong_shape
from bocage.cases.schema import FormField, ProcedureDocument
from bocage.identity.reading import normal_phone

DAYS = 30  # during which a link serves, from the day of the request
MAX_NAME = 120
MARKS = ("signed_at", "signed_as", "channel")
Signer = Mapping[str, Any]


def clean(field: FormField, raw: Any) -> list[dict[str, Any]] | None:
    """The stored form of the signers, or None without any. Raises FieldError, with the number of the line."""
    if not isinstance(raw, list | tuple):
        raise wrong_shape()
    found: list[dict[str, Any]] = []
    for number, item in enumerate(raw, start=1):
        if not isinstance(item, Mapping):
            raise wrong_shape()
        if is_empty(dict(item)):
            continue
        row: dict[str, Any] = texts_of(item, ("name", "email", "phone"))
        where = {"number": number}
        if not 0 < len(row["name"]) <= MAX_NAME:
            raise FieldError(_("Ligne %(number)s : écrivez le prénom et le nom. Exemple : Paul Martin") % where)
        if row["email"]:
            try:
                validate_email(row["email"])
            except ValidationError:
                told = _("Ligne %(number)s : écrivez une adresse électronique entière. Exemple : paul@exemple.fr")
                raise FieldError(told % where) from None
        if row["phone"]:
            row["phone"] = normal_phone(row["phone"]) or ""
            if not row["phone"]:
                raise FieldError(_("Ligne %(number)s : écrivez un téléphone complet. Exemple : 06 12 34 56 78") % where)
        if not row["email"] and not row["phone"]:
            raise FieldError(_("Ligne %(number)s : écrivez une adresse électronique ou un téléphone.") % where)
        if item.get("signed_at"):
            row |= texts_of(item, MARKS)
        found.append(row)
    if len({digest(row) for row in found}) != len(found):
        raise FieldError(_("La même personne est écrite deux fois : gardez une seule ligne."))
    if len(found) > field.max_items:
        raise FieldError(_("Ajoutez %(count)s personnes au plus.") % {"count": field.max_items})
    return found or None


def digest(row: Signer) -> str:
    """What tells a signer from another in links and buttons: it changes with their name or contacts."""
    told = json.dumps([row["name"].casefold(), row["email"].casefold(), row["phone"]])
    return sha256(told.encode()).hexdigest()[:16]


def signers(document: ProcedureDocument, answers: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everyone who is to sign, with the field that names them."""
    for key, field in document.by_id.items():
        if field.kind == "signatures":
            for row in answers.get(key) or ():
                yield key, row


def waiting(document: ProcedureDocument, answers: Mapping[str, Any]) -> bool:
    """Whether a signature is still waited for."""
    return any("signed_at" not in row for _field, row in signers(document, answers))


def merged(before: Any, after: Any) -> Any:
    """Signers as corrected: who signed already, and is still named with the same contacts, has signed."""
    signed = {digest(row): row for row in before or () if "signed_at" in row}
    return [signed.get(digest(row), bare(row)) for row in after or ()]


def bare(row: Signer) -> dict[str, Any]:
    """A signer who has not signed."""
    return {key: value for key, value in row.items() if key not in MARKS}


def in_words(rows: Any) -> str:
    """Who signs, and who has: one a line."""
    return " ; ".join(f"{row['name']} ({status(row)})" for row in rows)


def status(row: Signer) -> str:
    """Where a signature stands, in words."""
    if "signed_at" not in row:
        return _("pas encore signé")
    day: date = datetime.fromisoformat(row["signed_at"])
    told = {"day": french_date(day)}
    return _("signé sur papier le %(day)s") % told if row["channel"] == "paper" else _("signé le %(day)s") % told
