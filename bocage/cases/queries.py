"""Reads of cases: what an agent may see, the worklist, the day's work, a resident's own requests, results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from bocage.base.references import clean as clean_reference
from bocage.cases.entrusting import CaseRole, bounds_of, reaches, role_of, role_under
from bocage.cases.models import Case, Procedure, Urgency
from bocage.identity.acting import Right
from bocage.identity.models import SERVICE, Account, Person, Post
from bocage.identity.queries import active_mandates, bounded_posts, covered_accounts, scope_of
from bocage.identity.representing import represented_q
from bocage.identity.scope import Scope
from bocage.search.queries import case_ids_matching
from bocage.territory.queries import switched_off, today

PAGE = 50
YEAR = timedelta(days=365)
COUNT_CAP = 500


def case_role(account: Account, case: Case, on: date) -> CaseRole | None:
    """In what role someone handles a case: manager, agent, counter or reception, by the post that reaches furthest.

    None: out of their reach. Reception enters, follows and gives papers; it decides nothing unless the procedure says.
    A counter entrusted to a town hall (``entrusting``) also asks for missing pieces.
    """
    return role_of(scope_of(account, on), case)


def signing_post(account: Account, case: Case, on: date) -> Post | None:
    """The post under which someone signs on this case: one that reaches it, with a delegation first (CRPA L212-1)."""
    reaching = [
        post
        for post, bounds in bounded_posts(account, on)
        if reaches(bounds, case) and role_under(bounds, case) in {"agent", "manager"}
    ]
    return min(reaching, key=lambda post: (not post.delegation, post.pk), default=None)


def visible_to(account: Account, on: date) -> QuerySet[Case]:
    """The cases that an agent may see, drafts excluded."""
    return Case.objects.filter(bounds_of(scope_of(account, on))).exclude(state="")


def open_procedures() -> QuerySet[Procedure]:
    """The procedures that residents may start, in order: those of services switched on."""
    found = Procedure.objects.filter(is_open=True, current__isnull=False).exclude(service__in=switched_off())
    return found.select_related("current")


def is_closed(procedure: Procedure, on: date) -> bool:
    """Whether nobody begins or sends a request online on a day: closed, or past its last day before the job says so."""
    return not procedure.is_open or (procedure.closes_on is not None and procedure.closes_on < on)


def case_by_reference(text: str, *more: str) -> Case | None:
    """The case of a reference, as people write it, with ``more`` relations than a resident's pages show."""
    reference = clean_reference(text)
    if reference is None:
        return None
    # The document comes from memory, by its digest; nobody looks at contours here.
    heavy = ["version__body", "commune__contour"] + ["applicant__commune__contour"] * ("applicant__commune" in more)
    related = ("version", "procedure", "commune", "applicant", "agreement", "decision", *more)
    return Case.objects.select_related(*related).defer(*heavy).filter(reference=reference).order_by().first()


def agent_case(account: Account, text: str, on: date) -> Case | None:
    """A case, within what an agent may see."""
    case = case_by_reference(text, "applicant__commune", "account", "assignee")
    return case if case is not None and not case.is_draft and case_role(account, case, on) else None


# --- The worklist --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Filters:
    """What an agent asks of the worklist."""

    q: str = ""
    situation: str = "open"  # open, mine, unassigned, late, answered, waiting, closed, all
    procedure: str = ""
    commune: str = ""
    channel: str = ""
    state: str = ""
    sort: str = ""  # the latest first; « pressing »: the most urgent, then what is due first
    after: tuple[str, ...] | None = None


TO_ANSWER = Q(outcome="", waiting_for="agent", decision=None)
"""What the date announced is kept for: cases that the service has still to answer (``rows.is_answered``)."""
SITUATIONS = ("open", "urgent", "mine", "unassigned", "late", "answered", "waiting", "closed", "all")
ORDERS = {"": ("-received_on", "-id"), "pressing": ("-urgency", "announced_on", "id")}
"""How the worklist may be ordered, and what tells the place of a line in it."""


def worklist(account: Account, filters: Filters, now: datetime, scope: Scope | None = None) -> QuerySet[Case]:
    """The cases of an agent that the filters keep, latest first; ``scope`` where the request already knows it."""
    day = today(now)
    scope = scope_of(account, day) if scope is None else scope
    found = Case.objects.filter(bounds_of(scope)).exclude(state="")
    mine = [account, *covered_accounts(account, day)] if filters.situation == "mine" else []
    situations = {
        "open": Q(outcome=""),
        "urgent": Q(outcome="", urgency__in=(Urgency.FIRST, Urgency.URGENT)),
        "mine": Q(outcome="", assignee__in=mine),
        "unassigned": Q(outcome="", assignee=None),
        "late": TO_ANSWER & Q(announced_on__lt=day),
        "answered": Q(outcome="", answered_at__isnull=False),
        "waiting": Q(outcome="", waiting_for="applicant"),
        "closed": ~Q(outcome=""),
    }
    if filters.situation in situations:
        found = found.filter(situations[filters.situation])
    if filters.procedure:
        found = found.filter(procedure__slug=filters.procedure)
    if filters.commune:
        found = found.filter(commune__insee=filters.commune)
    if filters.channel:
        found = found.filter(channel=filters.channel)
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.q.strip():
        found = found.filter(pk__in=case_ids_matching(filters.q, scope.q("service", "commune_id", "organisation_id")))
    return listed(found, filters.sort)


def place_of(case: Case, sort: str) -> str:
    """The place of a line in the order of its list, for the address of the next page: ``2026-03-10.1234``."""
    return ".".join(str(getattr(case, name.lstrip("-"))) for name in ORDERS[sort])


LINE = (
    *("reference", "applicant_name", "state", "outcome", "waiting_for", "urgency"),
    *("answered_at", "announced_on", "received_on", "version_id"),
    *(
        "procedure__title",
        "commune__name",
        "decision__legal_date",
        "assignee__username",
        "assignee__first_name",
        "assignee__last_name",
    ),
)
"""What a line of a list shows (``bocage.cases.rows``), and all that is read for it."""


def lines(found: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with what a line shows of them, and nothing else."""
    return found.select_related("procedure", "commune", "assignee", "decision").only(*LINE)


def listed(found: QuerySet[Case], sort: str = "") -> QuerySet[Case]:
    """The lines of cases, in one of the orders: latest first."""
    return lines(found).order_by(*ORDERS[sort])


def first_page(
    found: QuerySet[Case], read: Callable[[QuerySet[Case]], QuerySet[Case]] = listed
) -> tuple[list[Case], int, bool]:
    """The lines of a first page (and one more where there are more), how many there are up to the cap, and whether
    there are more than that. The database looks for them once, for the lines and for the count; ``read`` says what
    is read of each line."""
    ids = list(found.values_list("pk", flat=True)[: COUNT_CAP + 1])
    return list(read(Case.objects.filter(pk__in=ids[: PAGE + 1]))), min(len(ids), COUNT_CAP), len(ids) > COUNT_CAP


def capped_count(found: QuerySet[Case]) -> tuple[int, bool]:
    """How many, up to a cap, and whether there are more: nobody reads the 40,000th line."""
    count = found.order_by().values("pk")[: COUNT_CAP + 1].count()
    return min(count, COUNT_CAP), count > COUNT_CAP


# --- The day -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class DayGroup:
    """A part of « À faire aujourd'hui »: what, how many, the first ones, where to see all."""

    key: str
    count: int
    cases: list[Case]


def day_groups(account: Account, covered: QuerySet[Account], now: datetime, limit: int = 5) -> list[DayGroup]:
    """Urgent, late, to answer, answers received, my open cases: those of absent colleagues I stand in for included."""
    day = today(now)
    seen = lines(visible_to(account, day).filter(outcome=""))
    mine = Q(assignee=account) | Q(assignee__in=covered)
    groups = {
        "urgent": seen.filter(urgency=Urgency.URGENT, waiting_for="agent").order_by("announced_on", "id"),
        "late": seen.filter(TO_ANSWER, announced_on__lt=day).order_by("announced_on", "id"),
        "answered": seen.filter(answered_at__isnull=False).order_by("answered_at", "id"),
        "soon": seen.filter(TO_ANSWER, announced_on__gte=day, announced_on__lte=day + timedelta(days=3)).order_by(
            "announced_on", "id"
        ),
        "unassigned": seen.filter(assignee=None, waiting_for="agent").order_by("received_on", "id"),
        "mine": seen.filter(mine, waiting_for="agent").order_by("announced_on", "id"),
    }
    result = []
    for key, found in groups.items():
        cases = list(found[: limit + 1])
        count = len(cases) if len(cases) <= limit else capped_count(found)[0]
        result.append(DayGroup(key, count, cases[:limit]))
    return result


# --- Residents -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Space:
    """What « Mon espace » shows of someone's requests."""

    drafts: list[Case]
    to_answer: list[Case]
    running: list[Case]
    closed: list[Case]


def own_cases(account: Account, person: Person | None, now: datetime) -> QuerySet[Case]:
    """The cases someone may open: their own, those of people whose mandate they hold for that procedure today, and
    those of people whom they represent by law.

    What one began for another stays theirs: once the mandate has ended, it no longer opens. A paper that an agent is
    entering is not yet anybody's request.
    """
    mine = Q(account=account, mandate=None)
    if person is not None:
        mine |= Q(applicant=person) | represented_q(person, today(now))
    for mandate in active_mandates(today(now), now, holder=person, account=account):
        mine |= _under(mandate)
    return _opened(mine)


def cases_under(mandate: Right) -> QuerySet[Case]:
    """What a mandate opens of its principal's: see ``opens_under``. Whether it still holds is the caller's question."""
    return _opened(_under(mandate))


def opens_under(mandate: Right, case: Case) -> bool:
    """Whether a mandate opens a case: its principal's, within its scopes.

    To an organisation's helper, not those closed before it began: they help with what goes on, not with the past.
    """
    return (
        case.applicant_id == mandate.principal_id
        and mandate.covers(case.procedure.slug, case.procedure.service)
        and (mandate.helper_id is None or case.closed_on is None or case.closed_on >= mandate.starts)
        and not (case.is_draft and case.entered_by_id is not None)
    )


def _under(mandate: Right) -> Q:
    theirs = Q(applicant=mandate.principal_id)
    if mandate.helper_id is not None:
        theirs &= Q(closed_on=None) | Q(closed_on__gte=mandate.starts)
    if "*" in mandate.scopes:
        return theirs
    services = [scope.removeprefix(SERVICE) for scope in mandate.scopes if scope.startswith(SERVICE)]
    return theirs & (Q(procedure__slug__in=mandate.scopes) | Q(procedure__service__in=services))


def _opened(mine: Q) -> QuerySet[Case]:
    return (
        Case.objects.filter(mine)
        .exclude(state="", entered_by__isnull=False)
        .select_related("procedure", "version", "applicant", "commune", "decision")
        .defer("version__body", "commune__contour")  # the document comes from memory, by its digest
    )


MAX_TO_ANSWER = 200  # requests that wait for one person, those of mandates included


def space_for(account: Account, person: Person | None, now: datetime, limit: int = 20) -> Space:
    """Someone's requests, those that wait for them first; two queries: what waits for an answer is never left out."""
    own = own_cases(account, person, now).order_by("-updated_at", "-id")
    cases = list(own[: limit * 4])
    drafts = [case for case in cases if case.is_draft]
    filed = [case for case in cases if not case.is_draft]
    running = [case for case in filed if not case.outcome]
    return Space(
        drafts=drafts[:limit],
        to_answer=list(own.filter(outcome="", waiting_for="applicant")[:MAX_TO_ANSWER]),
        running=[case for case in running if case.waiting_for != "applicant"][:limit],
        closed=[case for case in filed if case.outcome][:limit],
    )


def existing_drafts(procedure: Procedure, account: Account, people: Sequence[Person]) -> list[Case]:
    """« Vous avez déjà un brouillon »: the account's last draft of this procedure for each of these people.

    A draft that names nobody yet is the account holder's own.
    """
    drafts = (
        Case.objects.filter(Q(applicant__in=people) | Q(applicant=None), procedure=procedure, account=account, state="")
        .select_related("version", "procedure", "applicant")
        .order_by("-updated_at", "-id")
    )
    latest: dict[int | None, Case] = {}
    for draft in drafts:
        latest.setdefault(draft.applicant_id, draft)
    return list(latest.values())


def ends_on(case: Case) -> date:
    """The last day of a draft that nobody touches any more (``drafts.purge_drafts``)."""
    return today(case.updated_at + timedelta(days=case.version.document.draft_days))


LOST = 5  # requests found again at once by their mailbox


def lost_by(email: str, now: datetime) -> list[Case]:
    """The latest requests without account of a mailbox: drafts of theirs, those that run, those over within a year."""
    alive = Q(state="", entered_by=None) | (~Q(state="") & (Q(outcome="") | Q(closed_on__gte=today(now) - YEAR)))
    # As the index of mailboxes is written (Case.Meta).
    found = Case.objects.annotate(mailbox=Lower("contact_email")).filter(alive, mailbox=email.lower(), account=None)
    found = found.exclude(contact_email="").select_related("procedure", "agreement")
    return list(found.order_by("-updated_at", "-id")[:LOST])


def drafts_among(procedure: Procedure, references: Sequence[str]) -> list[Case]:
    """The last draft of this procedure among these references: those that a browser has opened without account."""
    drafts = Case.objects.filter(reference__in=references, procedure=procedure, state="")
    return list(drafts.select_related("version", "procedure", "applicant").order_by("-updated_at", "-id")[:1])


def cases_of_person(person: Person, account: Account, on: date) -> QuerySet[Case]:
    """Someone's cases, within what an agent may see: the counter's page."""
    return visible_to(account, on).filter(applicant=person).select_related("procedure", "commune").order_by("-id")


def person_visible(account: Account, person: Person, on: date) -> bool:
    """Whether an agent may open someone: they live in the agent's reach, or have a case there."""
    scope = scope_of(account, on)
    bounds = scope.people_q()
    return Person.objects.filter(bounds, pk=person.pk).exists() or cases_of_person(person, account, on).exists()
