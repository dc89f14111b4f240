"""Between stored forms (JSON) and the values of expressions."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import phonenumbers
from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.base.expressions import Value, from_json
from bocage.base.money import format_cents
from bocage.cases.engine import members, places, ports, signatures, tables
from bocage.cases.schema import FormField, ProcedureDocument
from bocage.cases.validation import field_type


def env_values(document: ProcedureDocument, known: Mapping[str, Any]) -> dict[str, Value]:
    """What expressions see of stored answers; parts of addresses and organisations under ``field.part``."""
    values: dict[str, Value] = {}
    for key, value in known.items():
        field = document.by_id.get(key)
        if field is None:
            values[key] = value  # an eligibility question
        elif isinstance(value, Mapping) or field.kind == "signatures":
            values |= {f"{key}.{part}" if part else key: told for part, told in env_parts(field, value).items()}
        else:
            expected = field_type(field)
            values[key] = from_json(value, expected) if expected else None
    return values


def env_parts(field: FormField, value: Any) -> dict[str, Value]:
    """What expressions see of an answer of several parts: the answer itself under "", then its parts."""
    if field.kind == "amounts_table":
        totals = {key: Decimal(cents) for key, cents in tables.totals(field, value).items()}
        told: dict[str, Value] = {"": totals[field.columns[0].id], **totals}
        return told | ({"balanced": len(set(totals.values())) == 1} if len(totals) > 1 else {})
    if field.kind == "place":
        told = {"": value.get("name") or value.get("description") or None, "commune": value.get("commune") or None}
        return told | {key: Decimal(str(value[key])) for key in ("lat", "lon") if key in value}
    if field.kind in ports.PORTS:
        settled = value.get("settled") or {}
        told = {"": value["label"], "settled": bool(settled)}
        told["on"] = date.fromisoformat(settled["on"]) if settled else None
        if field.kind == "payment":
            told["due"] = Decimal(value["due"]) if "due" in value else None
            told["paid"] = Decimal(settled.get("paid", 0))
        return told
    if field.kind == "signatures":
        signed = sum("signed_at" in row for row in value)
        return {"": Decimal(len(value)), "signed": Decimal(signed), "all_signed": signed == len(value)}
    if field.kind == "household_person":
        born = value.get("birth_date")
        return {"": value.get("name") or None, "birth_date": date.fromisoformat(born) if born else None}
    first = "line" if field.kind == "address" else "name"
    return {"" if part == first else part: text or None for part, text in value.items()}


def display(field: FormField, value: Any, *, communes: Mapping[str, str] | None = None) -> str:
    """An answer as people read it, on screen, in letters and on paper."""
    if value is None or value in ("", [], {}):
        return ""
    kind = field.result if field.kind == "computed" else field.kind
    if kind == "number":
        return str(value).replace(".", ",")
    if kind == "amount":
        return format_cents(int(value))
    if kind == "date":
        return french_date(date.fromisoformat(value))
    if kind in {"yesno", "statement"}:
        return _("Oui") if value else _("Non")
    if kind == "choice":
        return field.option_label(value)
    if kind == "choices":
        return ", ".join(field.option_label(item) for item in value)
    if kind == "phone":
        return french_phone(value)
    if kind == "address":
        town = (communes or {}).get(value.get("commune", ""), "") or value.get("locality", "")
        return ", ".join(part for part in (value.get("line"), f"{value.get('postcode', '')} {town}".strip()) if part)
    if kind == "organisation":
        return f"{value['name']} ({value['number']})" if value.get("number") else str(value["name"])
    if kind == "file":
        return f"{len(value)} document{'s' if len(value) > 1 else ''}"
    if kind in ports.PORTS:
        return ports.in_words(kind, value)
    if kind == "signatures":
        return signatures.in_words(value)
    if kind == "household_person":
        return members.in_words(value)
    if kind == "place":
        return places.in_words(value, communes or {})
    if kind == "amounts_table":
        return tables.in_words(field, value)
    if kind == "group":
        rows = [
            ", ".join(filter(None, (display(inner, row.get(inner.id), communes=communes) for inner in field.fields)))
            for row in value
        ]
        return " ; ".join(rows)
    return str(value)


def french_phone(number: str) -> str:
    """A number as it is dialled in France: 03 27 00 00 00."""
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    national = parsed.country_code == 33
    wanted = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, wanted))
