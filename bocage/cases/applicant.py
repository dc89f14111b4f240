"""What a case's answers tell of its applicant, and what the applicant's file tells of the answers.

A room of its own, shared by drafts, filing and corrections: lists, scope and notices follow the answers (who, where,
how to reach them); the answers follow the file where it is certain (``certain``).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bocage.cases.models import Case
from bocage.cases.schema import ProcedureDocument
from bocage.cases.sealing import open_answers
from bocage.identity.models import IdentityLevel, Person
from bocage.territory.models import Commune
from bocage.territory.queries import commune_by_insee

# --- From the file to the answers ------------------------------------------------------------------------------------
CERTAIN = frozenset({"birth_name", "given_names", "birth_date"})
"""What of someone FranceConnect tells, or an agent checks on a paper: never typed again (``identity`` locks it too)."""


def prefill(document: ProcedureDocument, person: Person) -> dict[str, Any]:
    """Answers that the person's own file already gives."""
    told = {
        "birth_name": person.birth_name,
        "usual_name": person.usual_name,
        "given_names": person.given_names,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "email": person.email,
        "phone": person.phone,
        "address": {
            "line": person.address,
            "postcode": person.postcode,
            "commune": person.commune.insee if person.commune else "",
            "locality": person.locality,
        }
        if person.address
        else None,
    }
    return {field.id: told[field.role] for field in document.by_id.values() if field.role and told.get(field.role)}


def is_proved(person: Person | None) -> bool:
    """Whether FranceConnect, or an agent who saw a paper, says who someone is."""
    return person is not None and person.identity_level != IdentityLevel.DECLARED


def asks_as_proved(case: Case) -> bool:
    """Whether an online request is of someone proved, asked by themselves or under their mandate.

    A tracking code opens a request, and says nothing of who types it.
    """
    if case.entered_by_id is not None or case.account is None or not is_proved(case.applicant):
        return False
    return case.mandate_id is not None or case.account.person_id == case.applicant_id


def certain(case: Case) -> dict[str, Any]:
    """The answers of a case that its applicant's file tells for certain, by field: nobody types them online."""
    if not asks_as_proved(case) or case.applicant is None:
        return {}
    document = case.version.document
    told = prefill(document, case.applicant)
    return {key: value for key, value in told.items() if document.by_id[key].role in CERTAIN}


# --- From the answers to the applicant -------------------------------------------------------------------------------
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
