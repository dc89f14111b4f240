"""Offers and their sessions: written, published, planned as series, changed, cancelled."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from bocage.agenda.deadlines import instant
from bocage.agenda.models import (
    Allocation,
    Ended,
    Offer,
    OfferState,
    OfferTerms,
    Pool,
    Registration,
    Series,
    Session,
    State,
    WaitEntry,
)
from bocage.agenda.operations.leaving import hand_over
from bocage.agenda.operations.places import take_turn
from bocage.agenda.recurrence import Recurrence, days
from bocage.agenda.refusals import Refused
from bocage.agenda.terms import Terms
from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.territory.models import Place
from bocage.territory.queries import is_holiday, school_holidays, time_zone

STREAM = "agenda"


@once_only(Offer)
def create_offer(
    *,
    slug: str,
    service: str,
    kind: str,
    title: str,
    terms: Terms,
    actor: Actor,
    now: datetime,
    once: Any = None,
    **told: Any,
) -> Offer:
    """Write an offer, as a draft. ``told``: its other columns."""
    with transaction.atomic():
        offer = Offer.objects.create(
            once=once, slug=slug, service=service, kind=kind, title=title, state=OfferState.DRAFT, **told
        )
        _write_terms(offer, terms, now)
        _record("agenda.offer_written", f"offer:{offer.pk}", actor, now)
    return offer


def change_terms(offer: Offer, terms: Terms, *, actor: Actor, now: datetime) -> None:
    """Change under what people register from now on; whoever has registered keeps the former terms.

    Sessions keep their pools and capacities: ``set_capacity`` changes them one by one.
    """
    with transaction.atomic():
        _write_terms(offer, terms, now)
        _record("agenda.terms_changed", f"offer:{offer.pk}", actor, now)


def _write_terms(offer: Offer, terms: Terms, now: datetime) -> None:
    body = terms.model_dump(mode="json")
    sha256 = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    if offer.terms is not None and offer.terms.sha256 == sha256:
        return
    number = (OfferTerms.objects.filter(offer=offer).aggregate(last=Max("number"))["last"] or 0) + 1
    offer.terms = OfferTerms.objects.create(offer=offer, number=number, body=body, sha256=sha256, made_at=now)
    offer.save(update_fields=["terms"])


def publish(offer: Offer, *, actor: Actor, now: datetime, opens_at: datetime | None = None) -> None:
    """Show the offer; registration opens at ``opens_at``, or at once."""
    _set_state(offer, OfferState.OPEN, "agenda.published", actor, now, opens_at=opens_at)


def close(offer: Offer, *, actor: Actor, now: datetime) -> None:
    """Take no more registrations; those made stay."""
    _set_state(offer, OfferState.CLOSED, "agenda.closed", actor, now)


def _set_state(offer: Offer, state: OfferState, kind: str, actor: Actor, now: datetime, **changes: Any) -> None:
    with transaction.atomic():
        if Offer.objects.filter(pk=offer.pk).exclude(state=state).update(state=state, **changes):
            _record(kind, f"offer:{offer.pk}", actor, now)
    offer.refresh_from_db()


# --- Sessions -------------------------------------------------------------------------------------------------------
def plan(rule: Recurrence) -> list[date]:
    """The days that a rule gives in the territory's calendar: what the desk previews, and what is then made."""
    periods = [(period.starts, period.ends) for period in school_holidays(rule.first)]

    def is_school(day: date) -> bool:
        return any(starts <= day <= ends for starts, ends in periods)

    return days(rule, is_holiday, is_school)


def bounds(day: date, starts: str, ends: str) -> tuple[datetime, datetime]:
    """The instants of a session on a day of the territory; one that ends at or before it begins ends the next day."""
    zone = time_zone()
    begin = instant(day, starts, zone)
    end = instant(day, ends, zone)
    return begin, end if end > begin else instant(day + timedelta(days=1), ends, zone)


@once_only(Series)
def create_series(
    offer: Offer,
    rule: Recurrence,
    *,
    label: str,
    place: Place | None,
    actor: Actor,
    now: datetime,
    capacities: Mapping[str, int] | None = None,
    once: Any = None,
) -> Series:
    """A series with its sessions and their pools. Raises Refused: empty (the rule gives no day)."""
    dates = plan(rule)
    if not dates:
        raise Refused("empty", _("Aucun jour ne répond à cette règle."))
    with transaction.atomic():
        series = Series.objects.create(
            once=once, offer=offer, label=label, place=place, recurrence=rule.model_dump(mode="json")
        )
        _make(offer, dates, rule.starts, rule.ends, place, series, capacities)
        _record("agenda.planned", f"series:{series.pk}", actor, now, sessions=len(dates))
    return series


@once_only(Session)
def create_session(
    offer: Offer,
    day: date,
    starts: str,
    ends: str,
    *,
    place: Place | None,
    actor: Actor,
    now: datetime,
    series: Series | None = None,
    capacities: Mapping[str, int] | None = None,
    once: Any = None,
) -> Session:
    """One session, alone or added to a series."""
    with transaction.atomic():
        (session,) = _make(offer, [day], starts, ends, place, series, capacities, once)
        _record("agenda.planned", f"session:{session.pk}", actor, now, sessions=1)
    return session


def _make(
    offer: Offer,
    dates: Iterable[date],
    starts: str,
    ends: str,
    place: Place | None,
    series: Series | None,
    capacities: Mapping[str, int] | None,
    once: Any = None,
) -> list[Session]:
    assert offer.terms is not None
    rows = []
    for day in dates:
        begin, end = bounds(day, starts, ends)
        rows.append(
            Session(
                once=once,
                offer=offer,
                series=series,
                starts=begin,
                ends=end,
                day=day,
                place=place,
                commune_id=place.commune_id if place else None,
            )
        )
    made = Session.objects.bulk_create(rows)
    asked = capacities or {}
    Pool.objects.bulk_create(
        [
            Pool(session=session, name=pool.id, capacity=asked.get(pool.id, pool.capacity))
            for session in made
            for pool in offer.terms.document.pools
        ]
    )
    return made


def set_capacity(pool: Pool, capacity: int, *, actor: Actor, now: datetime) -> None:
    """Change how many places there are; new ones go to the waiting list first. Raises Refused: taken."""
    offer_id = pool.session.offer_id
    with transaction.atomic():
        take_turn(offer_id)
        if not Pool.objects.filter(pk=pool.pk, taken__lte=capacity).update(capacity=capacity, overbook=0):
            taken = Pool.objects.values_list("taken", flat=True).get(pk=pool.pk)
            raise Refused("taken", _("%s places sont déjà prises : choisissez au moins ce nombre.") % taken)
        _record("agenda.capacity", f"session:{pool.session_id}", actor, now, pool=pool.name, capacity=capacity)
        hand_over(offer_id, Counter({pool.pk: 0}), now=now)
    pool.refresh_from_db()


# --- Cancelling -----------------------------------------------------------------------------------------------------
def cancel_session(session: Session, *, reason: str, actor: Actor, now: datetime) -> bool:
    """Cancel a session: whoever was registered or waiting is told once, by what hears ``agenda.session_cancelled``.

    Whoever follows the series keeps their place in the others. False: it was cancelled already.
    """
    with transaction.atomic():
        take_turn(session.offer_id)
        return _cancel(session, reason, actor, now)


def cancel_series(series: Series, *, reason: str, actor: Actor, now: datetime) -> bool:
    """Cancel what has not begun of a series, and the registrations for it; everyone is told once."""
    with transaction.atomic():
        take_turn(series.offer_id)
        if not Series.objects.filter(pk=series.pk, cancelled_at=None).update(cancelled_at=now):
            return False
        told = _end_all(Registration.objects.filter(series=series), now)
        for session in series.sessions.filter(cancelled_at=None, starts__gt=now).order_by("pk"):
            told |= _empty(session, reason, now)
        _record("agenda.series_cancelled", f"series:{series.pk}", actor, now, registrations=sorted(told), reason=reason)
    series.refresh_from_db()
    return True


def _cancel(session: Session, reason: str, actor: Actor, now: datetime) -> bool:
    if session.ends <= now:
        raise Refused("past", _("Cette séance a déjà eu lieu."))
    followers = set(
        Allocation.objects.filter(pool__session=session, live=True, registration__series__isnull=False).values_list(
            "registration", flat=True
        )
    )
    if not Session.objects.filter(pk=session.pk, cancelled_at=None).exists():
        return False
    told = _empty(session, reason, now) | followers
    _record("agenda.session_cancelled", f"session:{session.pk}", actor, now, registrations=sorted(told), reason=reason)
    session.refresh_from_db()
    return True


def _empty(session: Session, reason: str, now: datetime) -> set[int]:
    """End everything in a session; without capacity nobody who was about to register comes in behind it."""
    Session.objects.filter(pk=session.pk).update(cancelled_at=now, cancelled_for=reason)
    for pool in session.pools.order_by("pk"):
        Pool.objects.filter(pk=pool.pk).update(capacity=0, overbook=0, taken=0)
    told = _end_all(Registration.objects.filter(session=session), now)
    Allocation.objects.filter(pool__session=session, live=True).update(live=False)
    return told


def _end_all(rows: Any, now: datetime) -> set[int]:
    """End these registrations, whatever they wait for; tell which."""
    found = set(rows.exclude(state=State.OVER).values_list("pk", flat=True))
    WaitEntry.objects.filter(registration__in=found, waits=True).update(waits=False)
    Registration.objects.filter(pk__in=found).update(
        state=State.OVER, ended=Ended.SESSION, over_at=now, expires_at=None
    )
    return found


def _record(kind: str, subject: str, actor: Actor, now: datetime, **payload: Any) -> None:
    journal.record(stream=STREAM, kind=kind, subject=subject, actor=actor, now=now, payload=payload or None)
