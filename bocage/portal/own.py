"""« Mon espace »: one's requests as the page tells them, and one's household."""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _

from bocage.agenda import queries as agenda
from bocage.agenda import wording
from bocage.base.dates import french_date
from bocage.cases import queries as cases
from bocage.cases.models import Case
from bocage.identity import queries as identity
from bocage.identity.models import Account, Person
from bocage.portal.links import safe_reverse
from bocage.territory.queries import time_zone

SHOWN = {"to_answer": 6, "drafts": 4, "running": 6, "closed": 4}
"""How many of each « Mon espace » shows (350 elements, DESIGN.md §3.9); all of them are a link away."""
PAGE = 20  # requests on a page of all of them
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
    more: bool  # whether there are others than those

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
        return _("Répondez au plus tard le %(date)s.") % {"date": french_date(date.fromisoformat(due))}
    if (decision := getattr(case, "decision", None)) is not None:
        return _("Nous avons répondu le %(date)s.") % {"date": french_date(decision.legal_date)}
    if case.announced_on is None or case.waiting_for != "agent":
        return _("Nous étudions votre demande.") if case.waiting_for == "agent" else _("Votre demande suit son cours.")
    if case.announced_on < today:
        return _("Nous avons du retard : la réponse était prévue le %(date)s. Un agent a été prévenu.") % {
            "date": french_date(case.announced_on)
        }
    return _("Réponse prévue au plus tard le %(date)s.") % {"date": french_date(case.announced_on)}


def _closed(case: Case) -> str:
    return _("Terminé le %(date)s.") % {"date": french_date(case.closed_on)} if case.closed_on else _("Terminé.")


def _told(case: Case, person: Person | None, today: date) -> Request:
    """A request as its page tells it, whatever its group."""
    if case.is_draft:
        return _request(case, person, today, _draft(case))
    if case.outcome:
        return _request(case, person, today, _closed(case), _OUTCOMES.get(case.outcome, "plain"))
    return _request(case, person, today, _running(case, today), "warning" if case.waiting_for == "applicant" else "")


def requests_of(account: Account, person: Person | None, now: datetime, today: date) -> Requests:
    """The requests that « Mon espace » shows."""
    found = cases.space_for(account, person, now)
    groups = {name: getattr(found, name) for name in SHOWN}
    shown = {name: [_told(case, person, today) for case in groups[name][:most]] for name, most in SHOWN.items()}
    return Requests(**shown, more=any(len(groups[name]) > most for name, most in SHOWN.items()))


def all_requests(
    account: Account, person: Person | None, now: datetime, today: date, number: str | None
) -> tuple[Page[Case], list[Request]]:
    """One page of everything one has asked, the latest touched first, and how each is told."""
    page = Paginator(cases.own_cases(account, person, now).order_by("-updated_at", "-id"), PAGE).get_page(number)
    return page, [_told(case, person, today) for case in page]


def _draft(case: Case) -> str:
    return _("Commencé le %(date)s, pas encore envoyé. Gardé jusqu’au %(until)s.") % {
        "date": french_date(case.created_at),
        "until": french_date(cases.ends_on(case)),
    }


@dataclass(frozen=True)
class Place:
    """One registration to come: for what, when, where, and for whom when it is not for oneself."""

    title: str
    reference: str
    when: str
    where: str
    whom: str
    state: str


def registrations(account: Account, person: Person | None, now: datetime) -> list[Place]:
    """The next things that one, or somebody whom one registered, goes to."""
    zone = time_zone()
    return [
        Place(
            title=row.offer.title,
            reference=row.reference,
            when=wording.when(session, zone),
            where=wording.where(session),
            whom="" if person is not None and row.person_id == person.pk else row.name,
            state=row.get_state_display(),
        )
        for row, session in agenda.to_come(account, person, now)
    ]


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
