"""The applicant's household, as far as a form proposes its members.

Read for the applicant's own account and for agents who enter a request: whoever holds a link or a mandate types a name.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bocage.cases.engine import FieldError, clean
from bocage.cases.engine.members import Member
from bocage.cases.models import Case
from bocage.identity.models import Account, Membership
from bocage.identity.queries import household_members
from bocage.territory.queries import today


def is_own(account: Account | None, case: Case) -> bool:
    """Whether someone fills in their own request, and so may read who lives with them."""
    return account is not None and case.applicant_id is not None and account.person_id == case.applicant_id


def members_of(case: Case, day: date) -> dict[str, Member]:
    """The members of the applicant's households on a day, by the value of their button; empty without applicant."""
    if case.applicant is None:
        return {}
    found: dict[str, Member] = {}
    for one in household_members(case.applicant, day):
        person = one.person
        kept: dict[str, Any] = {
            "person": person.pk,
            "name": person.full_name,
            "given_names": person.given_names,
            "birth_name": person.birth_name,
            "birth_date": person.birth_date.isoformat() if person.birth_date else "",
        }
        is_child = one.role == Membership.Role.CHILD
        found.setdefault(str(person.pk), Member(kept, is_child=is_child, is_self=person.pk == case.applicant_id))
    return found


def settled(
    case: Case, answers: Mapping[str, Any], *, own: bool, now: datetime
) -> tuple[dict[str, Any], dict[str, str]]:
    """Answers in which whoever was chosen of the household is read, and what is refused of them, by field."""
    found, errors = dict(answers), {}
    for key, field in case.version.document.by_id.items():
        if field.kind == "household_person" and key in found:
            try:
                found[key] = clean(field, found[key], today(now), None, members_of(case, today(now)) if own else None)
            except FieldError as error:
                errors[key] = str(error)
    return found, errors
