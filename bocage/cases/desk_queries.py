"""Reads of the agents' screens beyond the lists of ``queries``: colleagues, papers to enter, figures without names.

A room of its own: residents' pages need none of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from bocage.base.references import clean as clean_reference
from bocage.cases.entrusting import bounds_of, entrusted_to
from bocage.cases.models import Case, Channel, Custody, Document, Note, Procedure, ProcedureVersion
from bocage.cases.queries import TO_ANSWER, visible_to
from bocage.cases.rows import state_label
from bocage.identity.models import Account, Person, Post, Role
from bocage.identity.queries import scope_of
from bocage.identity.scope import SEES_CASES, Scope
from bocage.identity.search import alike
from bocage.territory.models import Commune, Organisation
from bocage.territory.queries import switched_off, today


def colleagues(case: Case, on: date) -> list[Account]:
    """The agents who may handle a case: those whose post reaches its service, commune and organisation.

    While an organisation holds it, its own agents.
    """
    posts = Post.objects.filter(
        Q(ends=None) | Q(ends__gte=on),
        account=OuterRef("pk"),
        starts__lte=on,
        role__in=SEES_CASES,
        service__in=["", case.service],
    )
    here = Q(commune=None) | Q(commune=case.commune_id)
    bounded = Q(pk__in=[]) if case.custody == Custody.HELD else Q(organisation=None) & here
    if case.handler_id is not None:
        hall = Organisation.objects.filter(pk=case.handler_id, kind=Organisation.Kind.COMMUNE).values("commune")
        own = Q(service="") | Q(role=Role.RECEPTION)
        bounded |= Q(organisation=case.handler_id) & here
        bounded |= own & Q(organisation=None, commune__in=hall)
    posts = posts.filter(bounded | Q(role=Role.ADMINISTRATOR))
    return list(Account.objects.filter(Exists(posts), is_active=True).order_by("last_name", "first_name", "pk")[:200])


def communes_at_work(on: date) -> list[Commune]:
    """The communes whose own agents use this house: a misdirected case may be handed to their town hall."""
    posts = Post.objects.filter(
        Q(ends=None) | Q(ends__gte=on), commune=OuterRef("pk"), starts__lte=on, role__in=SEES_CASES, service=""
    )
    return list(Commune.objects.filter(Exists(posts)).defer("contour").order_by("name"))


# --- Papers to enter -----------------------------------------------------------------------------------------------
def entry_drafts(account: Account, on: date) -> QuerySet[Case]:
    """The drafts that agents hold (entered for someone, or made by a scan) and that this agent may go on with.

    A paper whose sender is not known yet has no commune: whoever serves its service anywhere may take it.
    """
    scope = scope_of(account, on)
    reach = bounds_of(scope)
    if scope.sees_cases:
        reach |= Q(entered_by=account)
        theirs = _procedures_only(scope, on)
        unplaced = Q(commune=None) if theirs is None else Q(commune=None, procedure__in=theirs)
        if scope.services is not None:
            unplaced &= Q(service__in=scope.services)
        reach |= unplaced
    return (
        Case.objects.filter(reach, state="", entered_by__isnull=False)
        .select_related("procedure", "version", "applicant", "entered_by")
        .annotate(papers=Count("documents", filter=Q(documents__source="scan")))
        .order_by("received_on", "id")
    )


def _procedures_only(scope: Scope, on: date) -> set[int] | None:
    """The only procedures that an organisation's agents enter: those entrusted to it. None for everybody else."""
    posts = [post for post in scope.posts if post.role in SEES_CASES]
    return entrusted_to(scope.bodies, on) if all(post.organisation_id is not None for post in posts) else None


def entry_draft(account: Account, text: str, on: date) -> Case | None:
    """One of them, by its reference."""
    reference = clean_reference(text)
    return entry_drafts(account, on).filter(reference=reference).first() if reference else None


def scans_of(draft: Case) -> list[Document]:
    """The scanned papers of a draft, oldest first."""
    return list(draft.documents.filter(source="scan").order_by("id"))


def open_to_agents(account: Account, on: date, *, closed: bool = False) -> list[Procedure]:
    """The procedures that an agent may enter: the open ones of the services they serve.

    ``closed``: those that were, too, for what came on paper before they closed.
    """
    scope = scope_of(account, on)
    if not scope.sees_cases:
        return []
    found = Procedure.objects.filter(current__isnull=False).exclude(service__in=switched_off())
    found = found.exclude(is_open=False, opens_on__gt=on) if closed else found.filter(is_open=True)
    if scope.services is not None:
        found = found.filter(service__in=scope.services)
    theirs = _procedures_only(scope, on)
    return list(found if theirs is None else found.filter(pk__in=theirs))


def people_in_reach(account: Account, on: date) -> Q:
    """The people an agent may look up: those their posts open, and for an organisation's agents those of their cases.

    Agents of the territory's own posts find by name those who live in reach; someone of elsewhere with a case in reach
    is opened from that case.
    """
    scope = scope_of(account, on)
    bounds = scope.people_q()
    if scope.is_of_an_organisation:
        bounds |= Q(Exists(visible_to(account, on).filter(applicant=OuterRef("pk"))))
    return bounds


def notes_on(person: Person, account: Account, on: date) -> QuerySet[Note]:
    """The notes on someone that an agent may read, latest first: their own, and those of authors within their reach.

    An author is within reach when one of their posts is, past or present: what the families' service noted is not for
    the waste service, nor a town hall's for its neighbour.
    """
    reach = scope_of(account, on).q("service", "commune_id", "organisation_id", common=Q(organisation=None))
    theirs = Exists(Post.objects.filter(reach, account=OuterRef("author")))
    notes = Note.objects.filter(Q(author=account) | theirs, person=person)
    return notes.select_related("author").order_by("-id")


def look_alikes(person: Person, account: Account, on: date) -> list[Person]:
    """Those within reach with the same family name and birth date: twins, or one person entered twice."""
    if person.birth_date is None:
        return []
    born = Person.objects.filter(people_in_reach(account, on), birth_date=person.birth_date, merged_into=None).exclude(
        pk=person.pk
    )
    return [other for other in born.select_related("commune")[:200] if alike(person, other)]


def cases_told(pks: list[int], scope: Scope) -> list[str]:
    """Of these cases, those that an agent may read, in words: what follows when two records are made one."""
    seen = Case.objects.filter(bounds_of(scope), pk__in=pks).exclude(state="").select_related("procedure")
    return [f"{case.procedure.title}, {case.reference}" for case in seen.order_by("-pk")]


def running_twice(kept: Person, other: Person, scope: Scope) -> list[str]:
    """What two records of one person ask at the same time, for an agent to look at before they are made one."""
    running = Case.objects.filter(bounds_of(scope), outcome="").exclude(state="")
    theirs = running.filter(applicant=other).values("procedure")
    asked = Procedure.objects.filter(pk__in=running.filter(applicant=kept, procedure__in=theirs).values("procedure"))
    told = _(
        "Chaque fiche a une demande en cours pour « %s » : les deux restent ouvertes, l’une est peut-être de trop."
    )
    return [told % procedure.title for procedure in asked.order_by("title")]


# --- Figures without names -----------------------------------------------------------------------------------------
FEW = 5
"""Below this many cases a figure may tell of someone: it is shown as « moins de 5 »."""


@dataclass(frozen=True)
class Figure:
    """A count with its label; ``shown`` hides small ones, and those that would give them away (``shields``)."""

    label: str
    count: int
    shields: bool = False

    @property
    def shown(self) -> str:
        """The count as it may be shown."""
        if self.shields:
            return _("caché")
        return str(self.count) if self.count >= FEW or self.count == 0 else f"< {FEW}"


@dataclass(frozen=True)
class CommuneFigures:
    """A commune's year: received, in progress, late, decided, median delay; by procedure, state and channel."""

    commune: Commune | None
    received: Figure
    running: Figure
    late: Figure
    decided: Figure
    median_days: int | None
    by_procedure: list[Figure]
    by_state: list[Figure]
    by_channel: list[Figure]


def shielded(parts: list[Figure]) -> list[Figure]:
    """The parts of a total that is shown beside: no small one is found by taking the others from it.

    The smallest of the rest are hidden too, until the hidden parts are two at least and ``FEW`` together.
    """
    small = [part for part in parts if 0 < part.count < FEW]
    rest = sorted((part for part in parts if part.count >= FEW), key=lambda part: part.count)
    hidden, total = len(small), sum(part.count for part in small)
    shields: set[str] = set()
    for part in rest:
        if not small or (hidden > 1 and total >= FEW):
            break
        shields.add(part.label)
        hidden, total = hidden + 1, total + part.count
    return [replace(part, shields=True) if part.label in shields else part for part in parts]


def figures(communes: Iterable[Commune], now: datetime) -> CommuneFigures:
    """The figures of some communes together, over twelve months; no name, and no number small enough to be one."""
    wanted = list(communes)
    day = today(now)
    year = Case.objects.filter(commune__in=wanted, received_on__gte=day - timedelta(days=365)).exclude(state="")
    running = Case.objects.filter(commune__in=wanted, outcome="").exclude(state="")
    late = running.filter(TO_ANSWER, announced_on__lt=day)
    decided = year.filter(decision__isnull=False).values_list("received_on", "decision__legal_date")
    delays = sorted((end - start).days for start, end in decided[:20_000] if start and end)
    total = year.values("procedure__title").annotate(total=Count("id")).order_by("-total")
    channels = year.values_list("channel").annotate(total=Count("id")).order_by("-total", "channel")
    states = list(running.values_list("version_id", "state").annotate(total=Count("id")).order_by())
    versions = {
        version.pk: version
        for version in ProcedureVersion.objects.filter(pk__in={row[0] for row in states}).defer("body")
    }
    by_state: dict[str, int] = {}
    for version_id, state, count in states:
        label = state_label(versions[version_id], state)
        by_state[label] = by_state.get(label, 0) + count
    return CommuneFigures(
        commune=wanted[0] if len(wanted) == 1 else None,
        received=Figure("", sum(row["total"] for row in total)),
        running=Figure("", sum(by_state.values())),
        late=Figure("", late.count()),
        decided=Figure("", len(delays)),
        median_days=delays[len(delays) // 2] if len(delays) >= FEW else None,
        by_procedure=shielded([Figure(row["procedure__title"], row["total"]) for row in total]),
        by_state=shielded([Figure(label, count) for label, count in sorted(by_state.items(), key=lambda one: -one[1])]),
        by_channel=shielded([Figure(str(Channel(channel).label), count) for channel, count in channels]),
    )
