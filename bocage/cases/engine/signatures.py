"""Several people who sign a request: each named, with an address to reach them, and what is known of their signature.

The stored form is a list of ``{"name", "email", "phone"}``. Once someone signed it has ``signed_at`` (an instant),
``signed_as`` (the name that was typed), ``channel`` (``web`` or ``paper``) and ``signed_what`` (``read_digest`` of what
was signed; signatures of earlier versions have none). When the request changes afterwards these go, and ``changed_on``
(a date) says since when a new signature is waited for. Pages never send any of them.
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
from bocage.cases.engine.ports import PORTS
from bocage.cases.engine.typed import FieldError, is_empty, texts_of, wrong_shape
from bocage.cases.schema import FormField, ProcedureDocument
from bocage.identity.reading import normal_phone

DAYS = 30  # during which a link serves, from the day of the request
MAX_NAME = 120
MARKS = ("signed_at", "signed_as", "channel", "signed_what")
CHANGED = "changed_on"
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
            raise FieldError(_("Personne %(number)s : écrivez le prénom et le nom. Exemple : Paul Martin") % where)
        if row["email"]:
            try:
                validate_email(row["email"])
            except ValidationError:
                text = _("Personne %(number)s : écrivez une adresse électronique entière. Exemple : paul@exemple.fr")
                raise FieldError(text % where) from None
        if row["phone"]:
            row["phone"] = normal_phone(row["phone"]) or ""
            if not row["phone"]:
                text = _("Personne %(number)s : écrivez un téléphone complet. Exemple : 06 12 34 56 78")
                raise FieldError(text % where)
        if not row["email"] and not row["phone"]:
            raise FieldError(_("Personne %(number)s : écrivez une adresse électronique ou un téléphone.") % where)
        if item.get("signed_at") or item.get(CHANGED):
            told = {key: text for key, text in texts_of(item, (*MARKS, CHANGED)).items() if text}
            row |= {key: told[key] for key in (MARKS if "signed_at" in told else (CHANGED,)) if key in told}
        found.append(row)
    if len({digest(row) for row in found}) != len(found):
        raise FieldError(_("La même personne est écrite deux fois : écrivez-la une seule fois."))
    if len(found) > field.max_items:
        raise FieldError(_("Ajoutez %(count)s personnes au plus.") % {"count": field.max_items})
    return found or None


def digest(row: Signer) -> str:
    """What tells a signer from another in links and buttons: it changes with their name or contacts."""
    told = json.dumps([row["name"].casefold(), row["email"].casefold(), row["phone"]])
    return sha256(told.encode()).hexdigest()[:16]


def read_digest(document: ProcedureDocument, answers: Mapping[str, Any]) -> str:
    """What tells whether what someone signed is still what the request says: SHA-256 of the answers they were shown.

    Computed values follow from the others; who else signs, and what the house settles later, are not what one signs. A
    protected answer was shown covered: that there is one counts, not what it says, which a digest would let guess.
    """
    told: dict[str, Any] = {}
    for key, field in document.by_id.items():
        if key not in answers or field.agent or field.kind in {"signatures", "computed", "note"}:
            continue
        value = answers[key]
        if field.sensitive:
            value = True
        elif field.kind in PORTS:
            value = {name: part for name, part in value.items() if name != "settled"}
        told[key] = value
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def signers(document: ProcedureDocument, answers: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everyone who is to sign, with the field that names them."""
    for key, field in document.by_id.items():
        if field.kind == "signatures":
            for row in answers.get(key) or ():
                yield key, row


def waiting(document: ProcedureDocument, answers: Mapping[str, Any]) -> bool:
    """Whether a signature is still waited for."""
    return any("signed_at" not in row for _field, row in signers(document, answers))


def merged(before: Any, after: Any, *, says: str | None, today: date) -> list[dict[str, Any]]:
    """Signers as corrected, of a request that now ``says`` (``read_digest``) this; None: whatever it says.

    Who signed just that, and is still named with the same contacts, has signed; who signed something else is to sign
    again. A signature of which no digest was kept stands.
    """
    known = {digest(row): row for row in before or ()}
    rows = []
    for row in after or ():
        old = known.get(digest(row), {})
        if "signed_at" in old:
            stands = says is None or old.get("signed_what", says) == says
            rows.append(dict(old) if stands else {**bare(row), CHANGED: today.isoformat()})
        else:
            rows.append(bare(row) | ({CHANGED: old[CHANGED]} if CHANGED in old else {}))
    return rows


def bare(row: Signer) -> dict[str, Any]:
    """A signer who has not signed."""
    return {key: value for key, value in row.items() if key not in MARKS and key != CHANGED}


def is_asked_again(row: Signer) -> bool:
    """Whether they had signed, and the request then changed."""
    return CHANGED in row


def in_words(rows: Any) -> str:
    """Who signs, and who has: one a line."""
    return " ; ".join(f"{row['name']} ({status(row)})" for row in rows)


def status(row: Signer) -> str:
    """Where a signature stands, in words."""
    if CHANGED in row:
        return asked_again(date.fromisoformat(row[CHANGED]))
    if "signed_at" not in row:
        return _("pas encore signé")
    day: date = datetime.fromisoformat(row["signed_at"])
    told = {"day": french_date(day)}
    return _("signé sur papier le %(day)s") % told if row.get("channel") == "paper" else _("signé le %(day)s") % told


def asked_again(changed_on: date) -> str:
    """Why someone who had signed is to sign again."""
    told = _("a signé, puis la demande a changé le %(day)s : une nouvelle signature est demandée")
    return told % {"day": french_date(changed_on)}
