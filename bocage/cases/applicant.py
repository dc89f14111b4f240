"""What a case's answers tell of its applicant: who, where, how to reach them. Derived when it is filed or corrected.

A room of its own, shared by filing and by corrections: lists, scope and notices follow the answers.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bocage.cases.models import Case
from bocage.cases.schema import ProcedureDocument
from bocage.cases.sealing import open_answers
from bocage.territory.models import Commune
from bocage.territory.queries import commune_by_insee


def person_fields(document: ProcedureDocument, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the answers tell of the applicant, as ``identity`` wants it."""
    told: dict[str, Any] = {
        field.role: values[field.id] for field in document.by_id.values() if field.role and field.id in values
    }
    address = told.pop("address", None)
    if address:
        told |= {
            "address": address["line"],
            "postcode": address.get("postcode", ""),
            "locality": address.get("locality", ""),
            "commune": commune_by_insee(address["commune"]) if address.get("commune") else None,
        }
    if told.get("birth_date"):
        told["birth_date"] = date.fromisoformat(told["birth_date"])
    return told


def place_commune(document: ProcedureDocument, values: Mapping[str, Any]) -> Commune | None:
    """The commune of the first place that the answers tell: where the matter is, if nothing says where people live."""
    places = [key for key, field in document.by_id.items() if field.kind == "place"]
    found = next((values[key] for key in places if key in values), None)
    return commune_by_insee(found["commune"]) if found else None


def columns(case: Case, told: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The case's own columns that follow from what its answers tell of the applicant (``person_fields``).

    The commune is where they say they live; else where the matter is; else what was known.
    """
    name = _name(told)
    return {
        "commune": told.get("commune") or place_commune(case.version.document, values) or case.commune,
        "contact_email": told.get("email") or case.contact_email,
        "contact_phone": told.get("phone") or case.contact_phone,
        "applicant_name": (name or (case.applicant.full_name if case.applicant else ""))[:240],
    }


def _name(told: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (told.get("given_names", ""), told.get("usual_name") or told.get("birth_name", ""))))


def name_told(draft: Case) -> str:
    """Whom a draft is for: the person found, else the name typed so far; empty when nobody wrote it yet."""
    if draft.applicant is not None:
        return str(draft.applicant)
    answers = open_answers(draft.answers)
    names = {role: draft.version.document.with_role(role) for role in ("given_names", "usual_name", "birth_name")}
    return _name({role: str(answers.get(field.id) or "") for role, field in names.items() if field is not None})
