"""Reads of the agenda: what is coming, whose registrations, ranks in line, and whether the counts are right."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from bocage.agenda.models import LIVE, Allocation, OfferState, Pool, Registration, Series, Session, State, WaitEntry
from bocage.identity.models import Account, Person
from bocage.identity.scope import Scope


def coming(now: datetime) -> QuerySet[Session]:
    """Public sessions that have not begun, soonest first, with their offer, place and pools."""
    return (
        Session.objects.filter(offer__state=OfferState.OPEN, cancelled_at=None, starts__gt=now)
        .select_related("offer__terms", "place", "commune", "series")
        .prefetch_related(Prefetch("pools", queryset=Pool.objects.order_by("pk")))
        .order_by("starts", "pk")
    )


def to_come(
    account: Account, person: Person | None, now: datetime, most: int = 4
) -> list[tuple[Registration, Session]]:
    """What an account or its person is registered to, with the next session of each, soonest first."""
    mine = Q(account=account) | Q(person=person) if person is not None else Q(account=account)
    rows = Registration.objects.filter(mine).exclude(state=State.OVER)
    soonest = Session.objects.filter(starts__gt=now, cancelled_at=None).order_by("starts")
    single = soonest.filter(pk=OuterRef("session"))
    of_series = soonest.filter(series=OuterRef("series"))
    found = (
        rows.annotate(next=Coalesce(Subquery(single.values("pk")[:1]), Subquery(of_series.values("pk")[:1])))
        .filter(next__isnull=False)
        .select_related("offer", "session", "series")
    )
    sessions = Session.objects.select_related("place", "commune").in_bulk([row.next for row in found])
    pairs: list[tuple[Registration, Session]] = [(row, sessions[row.next]) for row in found]
    return sorted(pairs, key=lambda pair: (pair[1].starts, pair[0].pk))[:most]


def visible_to(scope: Scope) -> QuerySet[Session]:
    """The sessions that an agent reaches: by the offer's service, the session's commune, the body that runs it."""
    return Session.objects.filter(scope.q("offer__service", "commune", "offer__run_by"))


def roster(session: Session) -> list[Registration]:
    """Whoever is registered to a session, alone or by the series, then whoever waits for it, in order."""
    marks = Prefetch("marks", queryset=session.marks.order_by("marked_at", "pk"))
    held = Registration.objects.filter(
        state__in=LIVE, allocations__pool__session=session, allocations__live=True
    ).distinct()
    line = Registration.objects.filter(wait__session=session, wait__waits=True).order_by(
        "wait__priority", "wait__since", "wait__pk"
    )
    return [*held.order_by("name", "pk").prefetch_related(marks), *line.prefetch_related(marks)]


def coming_of(series: Series, now: datetime) -> QuerySet[Session]:
    """What is to come of a series, soonest first."""
    return (
        series.sessions.filter(cancelled_at=None, starts__gt=now).select_related("place", "commune").order_by("starts")
    )


def sessions_of(registration: Registration) -> list[Session]:
    """The sessions that a registration is for, soonest first, cancelled ones included."""
    rows = Session.objects.select_related("place", "commune").order_by("starts")
    if registration.session_id is not None:
        return list(rows.filter(pk=registration.session_id))
    held = rows.filter(pools__allocations__registration=registration).distinct()
    return list(held) or list(rows.filter(series=registration.series_id))


def rank(registration: Registration) -> int | None:
    """How many stand before them in line, themselves included; None when they do not wait."""
    entry = WaitEntry.objects.filter(registration=registration, waits=True).first()
    if entry is None:
        return None
    before = Q(priority__lt=entry.priority) | Q(priority=entry.priority, since__lt=entry.since)
    before |= Q(priority=entry.priority, since=entry.since, pk__lt=entry.pk)
    line = WaitEntry.objects.filter(waits=True, session=entry.session_id, series=entry.series_id, option=entry.option)
    return line.filter(before).count() + 1


@dataclass(frozen=True)
class Drift:
    """A pool whose count is not the sum of what was taken in it."""

    pool: int
    session: int
    counted: int
    taken: int


def drift() -> list[Drift]:
    """Every pool whose count is wrong; none, unless something wrote past the operations."""
    live = Sum("allocations__size", filter=Q(allocations__live=True))
    rows = Pool.objects.annotate(really=Coalesce(live, 0)).exclude(taken=F("really"))
    return [Drift(row.pk, row.session_id, row.taken, row.really) for row in rows]


def ghosts() -> QuerySet[Allocation]:
    """Places that a registration which is over, or only waits, still holds; none, for the same reason."""
    return Allocation.objects.filter(live=True).exclude(registration__state__in=LIVE)
