"""Reads of helping: whom one helps and what waits there, and what others did for oneself."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.cases.helping.telling import act_words
from bocage.cases.helping.wording import extent, holder_name
from bocage.cases.models import Case, Procedure
from bocage.cases.queries import cases_under, ends_on, open_procedures
from bocage.identity.acting import Right
from bocage.identity.models import Account, Mandate, MandateAsk, Person
from bocage.identity.queries import partner_bodies
from bocage.identity.representing import Represented
from bocage.search.national import Sheet, library
from bocage.territory.queries import today

USES_SHOWN = 100
SOON = timedelta(days=14)


@dataclass(frozen=True)
class Task:
    """One request of someone helped, and what comes next."""

    case: Case
    next: str
    due: date | None
    urgent: bool


@dataclass(frozen=True)
class Helped:
    """Someone helped: under what, for what, and what waits."""

    mandate: Right
    extent: str
    tasks: list[Task]
    ends_soon: bool

    @property
    def page_url(self) -> str:
        """Their page."""
        return page_of(self.mandate)

    @property
    def take_url(self) -> str:
        """« Agir pour »."""
        by_law = isinstance(self.mandate, Represented)
        return reverse("helping_represent" if by_law else "helping_take", args=[self.mandate.pk])

    @property
    def by_law(self) -> str:
        """By what right, for whom one represents by law; "" under a mandate."""
        return self.mandate.told if isinstance(self.mandate, Represented) else ""

    @property
    def assists(self) -> bool:
        """Whether both act (curatelle)."""
        return isinstance(self.mandate, Represented) and self.mandate.assists

    @property
    def deadlines(self) -> list[Task]:
        """What has a date, the first one first."""
        return sorted((task for task in self.tasks if task.due), key=lambda task: task.due or date.max)


def page_of(right: Right) -> str:
    """The page of someone for whom one may act."""
    by_law = isinstance(right, Represented)
    return reverse("helping_represented" if by_law else "helping_person", args=[right.pk])


def helped(mandate: Right, now: datetime, limit: int = 50) -> Helped:
    """What a mandate shows: running requests and drafts of its principal, within its scopes."""
    day = today(now)
    found = cases_under(mandate).filter(outcome="").order_by("-updated_at", "-id")[:limit]
    tasks = [_task(case, day) for case in found]
    soon = mandate.ends - day <= SOON and mandate.ends > mandate.starts
    return Helped(mandate, extent(mandate.scopes), tasks, soon)


@dataclass(frozen=True)
class Pressing:
    """What waits for an answer, or ends soon, for one of the people helped."""

    helped: Helped
    task: Task


def pressing(people: list[Helped], limit: int = 7) -> list[Pressing]:
    """What presses among everyone helped, the first date first; what has none but waits comes before the dates."""
    found = [Pressing(one, task) for one in people for task in one.tasks if task.urgent]
    return sorted(found, key=lambda one: one.task.due or date.min)[:limit]


RIGHTS = ("F16920", "F32829", "F10009", "F10424", "F33367")
"""The State's guides that relatives ask for: leave, income, the autonomy allowance, what a guardianship is."""


def rights_of_helpers() -> list[Sheet]:
    """Those of the guides that the territory's library holds."""
    known = library().sheets
    return [known[key] for key in RIGHTS if key in known]


def _task(case: Case, day: date) -> Task:
    if case.is_draft:
        last = ends_on(case)
        told = _("Brouillon, pas encore envoyé. Effacé après le %s.") % french_date(last)
        return Task(case, told, last, last - day <= SOON)
    if case.waiting_for == "applicant":
        due = (case.correction or {}).get("due_on")
        if not due:
            return Task(case, _("Une réponse est attendue."), None, True)
        last = date.fromisoformat(due)
        return Task(case, _("À corriger au plus tard le %s.") % french_date(last), last, True)
    if case.announced_on:
        return Task(case, _("Réponse prévue au plus tard le %s.") % french_date(case.announced_on), None, False)
    return Task(case, _("En cours d’étude."), None, False)


def procedures_under(mandate: Right) -> list[Procedure]:
    """What a helper may begin for the principal."""
    return [one for one in open_procedures() if mandate.covers(one.slug, one.service)]


def proposals(account: Account, now: datetime) -> list[MandateAsk]:
    """The mandates offered to an account, by its e-mail, that wait for its answer."""
    if not account.email:
        return []
    waiting = MandateAsk.objects.filter(
        invited_email=account.email.lower(), state=MandateAsk.State.WAITING, expires_at__gt=now
    )
    return list(waiting.select_related("principal").order_by("-asked_at"))


def asked_by(account: Account, now: datetime) -> list[MandateAsk]:
    """The consents that a partner's helper asked for and that still wait: a letter takes days."""
    waiting = MandateAsk.objects.filter(helper=account, state=MandateAsk.State.WAITING, expires_at__gt=now)
    named = waiting.filter(holder_organisation__in=partner_bodies(account, today(now)))
    return list(named.select_related("principal").order_by("expires_at")[:50])


@dataclass(frozen=True)
class Use:
    """One act done for oneself."""

    at: datetime
    who: str
    act: str
    case: Case | None


@dataclass(frozen=True)
class Given:
    """A mandate that one gave, and what was done with it."""

    mandate: Mandate
    holder: str
    extent: str
    state: str
    holds: bool
    uses: list[Use]


def given(person: Person, now: datetime) -> list[Given]:
    """The mandates that someone gave, those in force first, with the latest uses of each."""
    day = today(now)
    rows = Mandate.objects.filter(principal=person).select_related("holder_person", "holder_organisation", "helper")
    mandates = list(rows.order_by("-ends", "-pk")[:30])
    told = [_given(mandate, day) for mandate in mandates]
    return sorted(told, key=lambda one: not one.holds)


def _given(mandate: Mandate, day: date) -> Given:
    uses = list(mandate.uses.select_related("account").order_by("-pk")[:USES_SHOWN])
    pks = {int(use.subject.removeprefix("case:")) for use in uses if use.subject.startswith("case:")}
    cases = {case.subject: case for case in Case.objects.filter(pk__in=pks).select_related("procedure")}
    holds = mandate.revoked_at is None and mandate.starts <= day <= mandate.ends
    if mandate.revoked_at is not None:
        state = _("retiré le %s") % french_date(mandate.revoked_at)
    elif mandate.ends < day:
        state = _("fini le %s") % french_date(mandate.ends)
    else:
        state = _("jusqu’au %s") % french_date(mandate.ends)
    return Given(
        mandate,
        holder_name(mandate),
        extent(mandate.scopes),
        state,
        holds,
        [Use(use.at, str(use.account), act_words(use.kind), cases.get(use.subject)) for use in uses],
    )


def offered(person: Person, now: datetime) -> list[MandateAsk]:
    """The proposals that someone made online and that wait for an answer."""
    return list(
        MandateAsk.objects.filter(
            principal=person, way=MandateAsk.Way.ONLINE, state=MandateAsk.State.WAITING, expires_at__gt=now
        ).order_by("-asked_at")
    )
