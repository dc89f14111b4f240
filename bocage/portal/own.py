"""« Mon espace »: one's requests as the page tells them, and one's household."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.cases import queries as cases
from bocage.cases.models import Case
from bocage.identity import queries as identity
from bocage.identity.models import Account, Person
from bocage.portal.links import safe_reverse

_OUTCOMES = {"accepted": "success", "rejected": "error"}


@dataclass(frozen=True)
class Request:
    """One request: what it is, where it stands, what comes next."""

    title: str
    reference: str
    url: str
    state: str
    kind: str  # of the badge
    whom: str  # for whom, when it is not for oneself
    next: str


@dataclass(frozen=True)
class Requests:
    """One's requests: those that wait for an answer first."""

    to_answer: list[Request]
    drafts: list[Request]
    running: list[Request]
    closed: list[Request]

    @property
    def none(self) -> bool:
        """Whether there is nothing at all."""
        return not (self.to_answer or self.drafts or self.running or self.closed)


@dataclass(frozen=True)
class Member:
    """Someone of one's household."""

    name: str
    role: str
    born: str


def _request(case: Case, person: Person | None, today: date, following: str, kind: str = "plain") -> Request:
    other = case.applicant_id is not None and (person is None or case.applicant_id != person.pk)
    return Request(
        title=case.procedure.title,
        reference=case.reference,
        url=safe_reverse("case_page", case.reference),
        state=_("Brouillon") if case.is_draft else case.version.document.workflow.state(case.state).public,
        kind=kind,
        whom=case.applicant.full_name if other and case.applicant else "",
        next=following,
    )


def _running(case: Case, today: date) -> str:
    if case.waiting_for == "applicant":
        due = (case.correction or {}).get("due_on")
        if not due:
            return _("Votre réponse est attendue.")
        return _("Répondez avant le %(date)s.") % {"date": french_date(date.fromisoformat(due))}
    if case.announced_on is None:
        return _("Nous étudions votre demande.")
    if case.announced_on < today:
        return _("Nous avons du retard : la réponse était prévue le %(date)s. Un agent a été prévenu.") % {
            "date": french_date(case.announced_on)
        }
    return _("Réponse prévue au plus tard le %(date)s.") % {"date": french_date(case.announced_on)}


def _closed(case: Case) -> str:
    return _("Terminé le %(date)s.") % {"date": french_date(case.closed_on)} if case.closed_on else _("Terminé.")


def requests_of(account: Account, person: Person | None, now: datetime, today: date) -> Requests:
    """The requests that « Mon espace » shows."""
    found = cases.space_for(account, person, now)
    return Requests(
        [_request(case, person, today, _running(case, today), "warning") for case in found.to_answer],
        [_request(case, person, today, _draft(case)) for case in found.drafts],
        [_request(case, person, today, _running(case, today), "") for case in found.running],
        [_request(case, person, today, _closed(case), _OUTCOMES.get(case.outcome, "plain")) for case in found.closed],
    )


def _draft(case: Case) -> str:
    return _("Commencé le %(date)s, enregistré et pas encore envoyé.") % {"date": french_date(case.created_at)}


def household(person: Person, on: date) -> list[Member]:
    """The others of one's households."""
    return [
        Member(
            member.person.full_name,
            member.get_role_display(),
            french_date(member.person.birth_date) if member.person.birth_date else "",
        )
        for member in identity.household_members(person, on)
        if member.person_id != person.pk
    ]


def personas() -> list[Account]:
    """Those whom the demonstration lets one be."""
    return list(Account.objects.filter(is_active=True).exclude(demo_label="").order_by("demo_order", "pk"))
