"""Who may open a registration: its account, whoever holds a mandate of its person, this browser, or its link.

Someone else's reference and one that does not exist get the same answer. A link is a signature of the registration: it
is told to the participant only, and opens that one thing.
"""

from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from bocage.agenda.models import Registration
from bocage.base import references
from bocage.identity.acting import usable
from bocage.identity.models import Account, Mandate, Membership, Person
from bocage.identity.queries import household_members, person_of
from bocage.territory.queries import today

SESSION_KEY = "registrations"
MAX_KEPT = 20


def token_of(registration: Registration) -> str:
    """The secret of the link to a registration."""
    told = f"{registration.pk}:{registration.reference}"
    return salted_hmac("bocage.agenda.registration", told, algorithm="sha256").hexdigest()[:40]


def link_to(registration: Registration) -> str:
    """The address that opens a registration without an account."""
    return reverse("registration_link", args=[registration.reference, token_of(registration)])


def opened(request: HttpRequest, reference: str, token: str = "") -> Registration:
    """The registration that this request may open. Raises Http404."""
    told = references.clean(reference)
    rows = Registration.objects.select_related(
        "offer__terms", "terms", "session__place__commune", "session__commune", "series__place__commune", "person"
    )
    row = rows.filter(reference=told).first() if told else None
    if row is None or not _opens(request, row, token):
        raise Http404
    return row


def _opens(request: HttpRequest, row: Registration, token: str) -> bool:
    if token:
        return constant_time_compare(token, token_of(row))
    if row.reference in request.session.get(SESSION_KEY, []):
        return True
    account = request.user
    if not isinstance(account, Account):
        return False
    if row.account_id == account.pk or (row.person_id is not None and row.person_id == account.person_id):
        return True
    return any(
        one.person.pk == row.person_id for one in people(request, row.offer.service, row.offer.slug) if one.person
    )


def remember(request: HttpRequest, registration: Registration) -> None:
    """Let this browser open the registration until it is closed."""
    request.session.cycle_key()
    if not request.user.is_authenticated:
        request.session.set_expiry(0)
    kept = [one for one in request.session.get(SESSION_KEY, []) if one != registration.reference]
    request.session[SESSION_KEY] = [*kept, registration.reference][-MAX_KEPT:]


@dataclass(frozen=True)
class One:
    """Someone for whom this account may register: themselves, a child of theirs, whoever gave them a mandate."""

    key: str
    label: str
    person: Person
    mandate: Mandate | None = None


def people(request: HttpRequest, service: str, offer: str, only: str | None = None) -> list[One]:
    """Everyone for whom the signed-in account may register here, themselves first; nobody without a person.

    ``only``: themselves, and whoever has this key; others are not looked for.
    """
    account = request.user
    person = person_of(account) if isinstance(account, Account) else None
    if person is None or not isinstance(account, Account):
        return []
    found = [One("me", person.full_name, person)]
    kind = None if only is None else only.partition("-")[0]
    if kind in {None, "child"}:
        found += _children(person)
    for mandate in usable(account, timezone.now()) if kind in {None, "mandate"} else ():
        if mandate.covers(f"offer:{offer}", service):
            found.append(One(f"mandate-{mandate.pk}", mandate.principal.full_name, mandate.principal, mandate))
    return list({one.key: one for one in found}.values())


def _children(person: Person) -> list[One]:
    """The children of the households that someone looks after."""
    members = list(household_members(person, today(timezone.now())))
    guards = {
        row.household_id for row in members if row.person_id == person.pk and row.role == Membership.Role.GUARDIAN
    }
    return [
        One(f"child-{row.person_id}", row.person.full_name, row.person)
        for row in members
        if row.household_id in guards and row.role == Membership.Role.CHILD and row.person_id != person.pk
    ]
