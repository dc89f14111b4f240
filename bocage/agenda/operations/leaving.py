"""Giving places back, and handing them to the next in line in the same transaction.

Whoever frees places and whoever joins the waiting list of an offer take turns (``places.take_turn``): a place freed
while someone joins is theirs or the next one's, never lost between them. The first in line whose whole party fits is
served; one for whom there is not yet room for all keeps their place in line.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bocage.agenda import deadlines
from bocage.agenda.models import Allocation, Ended, Pool, Registration, Session, State, WaitEntry
from bocage.agenda.operations.places import take, take_turn, touch
from bocage.agenda.refusals import Refused
from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.dates import french_datetime
from bocage.territory.queries import is_holiday, time_zone

STREAM = "agenda"
LINE = 200
"""How far down a waiting list one looks for someone whose whole party fits."""
HOUSE = Actor.system("agenda")


def leave(registration: Registration, *, ended: Ended, actor: Actor, now: datetime) -> bool:
    """End a registration, or leave the waiting list; its places go to the next in line. False: it was over already.

    A resident does so until the terms' last moment, and is then asked to call. Raises Refused: late.
    """
    if ended == Ended.RESIDENT and registration.state != State.WAITING:
        _check_in_time(registration, now)
    with transaction.atomic():
        take_turn(registration.offer_id)
        return _end(registration.pk, ended, actor, now)


def _check_in_time(registration: Registration, now: datetime) -> None:
    coming = _coming(registration, now).first()
    starts = coming.starts if coming else now
    zone = time_zone()
    until = deadlines.gives_back_until(registration.terms.document.rules, starts, is_holiday, zone)
    if now >= until:
        text = _("On pouvait annuler en ligne jusqu’au %s. Appelez-nous : la place servira à quelqu’un.")
        raise Refused("late", text % french_datetime(until, zone))


def _coming(registration: Registration, now: datetime) -> QuerySet[Session]:
    if registration.session_id is not None:
        return Session.objects.filter(pk=registration.session_id)
    return Session.objects.filter(series=registration.series_id, cancelled_at=None, starts__gt=now).order_by("starts")


def _end(pk: int, ended: Ended, actor: Actor, now: datetime, where: Q | None = None) -> bool:
    """In the caller's transaction, after its turn came; only if it still is as ``where`` says."""
    rows = Registration.objects.filter(where or Q(), pk=pk).exclude(state=State.OVER)
    if not rows.update(state=State.OVER, ended=ended, over_at=now, expires_at=None):
        return False
    registration = Registration.objects.get(pk=pk)
    WaitEntry.objects.filter(registration=pk, waits=True).update(waits=False)
    freed: Counter[int] = Counter()
    for allocation in Allocation.objects.filter(registration=pk, live=True).order_by("pool"):
        if Allocation.objects.filter(pk=allocation.pk, live=True).update(live=False):
            freed[allocation.pool_id] += allocation.size
    journal.record(
        stream=STREAM,
        kind="agenda.over",
        subject=registration.subject,
        actor=actor,
        now=now,
        on_behalf_of=f"person:{registration.person_id}" if registration.person_id else "",
        payload={"why": str(ended)},
    )
    hand_over(registration.offer_id, freed, now=now)
    return True


def hand_over(offer_id: int, freed: Counter[int], *, now: datetime) -> list[Registration]:
    """Give these places back, and offer what is then free to the next in line. In the caller's transaction and turn."""
    if not freed:
        return []
    line, needs = _line(offer_id, list(freed), now)
    held = Counter(freed)
    for pools in needs.values():
        for pool in pools:
            held.setdefault(pool, 0)
    left = touch(held)
    there = set(Allocation.objects.filter(pool__in=held, live=True).exclude(who="").values_list("pool", "who"))
    offered = []
    for entry in line:
        wanted = dict.fromkeys(needs[entry.pk], entry.size)
        if any((pool, entry.who) in there for pool in wanted):  # they found a place by themselves meanwhile
            _drop(entry, now)
        elif wanted and all(left[pool] >= size for pool, size in wanted.items()):
            take(wanted)
            for pool, size in wanted.items():
                left[pool] -= size
            offered.append(_offer(entry, wanted, now))
    return offered


def _line(offer_id: int, freed: Sequence[int], now: datetime) -> tuple[list[WaitEntry], dict[int, list[int]]]:
    """Who may be served from these pools, in order, and every pool that each of them needs."""
    sessions = Session.objects.filter(pools__in=freed, cancelled_at=None, starts__gt=now)
    told = list(sessions.values_list("pk", "series_id"))
    if not told:
        return [], {}
    where = Q(session__in=[pk for pk, _series in told]) | Q(series__in=[series for _pk, series in told if series])
    line = list(
        WaitEntry.objects.filter(where, offer=offer_id, waits=True)
        .select_related("registration__terms", "session", "series")
        .order_by("priority", "since", "pk")[:LINE]
    )
    needs: dict[int, list[int]] = {}
    known: dict[tuple[int | None, int | None], list[Pool]] = {}
    for entry in line:
        key = (entry.session_id, entry.series_id)
        if key not in known:
            known[key] = list(_pools_of(entry, now))
        option = entry.registration.terms.document.option(entry.option)
        takes = option.takes if option else ()
        needs[entry.pk] = [pool.pk for pool in known[key] if pool.name in takes]
    return line, needs


def _pools_of(entry: WaitEntry, now: datetime) -> Iterable[Pool]:
    if entry.session_id is not None:
        return Pool.objects.filter(session=entry.session_id)
    return Pool.objects.filter(session__series=entry.series_id, session__cancelled_at=None, session__starts__gt=now)


def _drop(entry: WaitEntry, now: datetime) -> None:
    WaitEntry.objects.filter(pk=entry.pk).update(waits=False)
    Registration.objects.filter(pk=entry.registration_id).update(state=State.OVER, ended=Ended.MOVED, over_at=now)


def _offer(entry: WaitEntry, wanted: dict[int, int], now: datetime) -> Registration:
    """A place is theirs until the deadline, or until registration closes."""
    registration = entry.registration
    rules = registration.terms.document.rules
    first = Session.objects.filter(pools__in=list(wanted)).order_by("starts").first()
    assert first is not None
    until = min(now + timedelta(hours=rules.accept_hours), first.starts)
    Registration.objects.filter(pk=registration.pk).update(state=State.OFFERED, expires_at=until)
    WaitEntry.objects.filter(pk=entry.pk).update(waits=False)
    Allocation.objects.bulk_create(
        [
            Allocation(registration=registration, pool_id=pool, size=size, who=entry.who)
            for pool, size in sorted(wanted.items())
        ]
    )
    journal.record(
        stream=STREAM,
        kind="agenda.offered",
        subject=registration.subject,
        actor=HOUSE,
        now=now,
        on_behalf_of=f"person:{registration.person_id}" if registration.person_id else "",
        payload={"until": until},
    )
    registration.refresh_from_db()
    return registration


def end_expired(now: datetime, *, pools: Sequence[int] | None = None, most: int = 500) -> int:
    """End what was held or offered for too long, each in a transaction of its own; tell how many."""
    late = Q(state__in=[State.HELD, State.OFFERED], expires_at__lte=now)
    rows = Registration.objects.filter(late)
    if pools is not None:
        rows = rows.filter(allocations__pool__in=pools, allocations__live=True).distinct()
    done = 0
    for pk, offer_id in list(rows.order_by("expires_at").values_list("pk", "offer_id")[:most]):
        with transaction.atomic():
            take_turn(offer_id)
            done += _end(pk, Ended.EXPIRED, HOUSE, now, late)
    return done
