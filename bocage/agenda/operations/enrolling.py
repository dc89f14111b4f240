"""Registering: for a session or for a whole series, for someone or a group; holding places; waiting for one.

All the places or none, in one transaction, with the event that tells it. Who is refused is told why, and what to do.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bocage.agenda import deadlines
from bocage.agenda.models import (
    LIVE,
    Allocation,
    Enrolment,
    Offer,
    OfferState,
    Pool,
    Registration,
    Series,
    Session,
    State,
    WaitEntry,
)
from bocage.agenda.operations.leaving import end_expired
from bocage.agenda.operations.places import NoPlace, take, take_turn
from bocage.agenda.refusals import Refused
from bocage.agenda.terms import Option, Terms
from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.crypto import seal
from bocage.base.dates import french_datetime
from bocage.base.once import once_only
from bocage.base.references import new_reference
from bocage.identity.models import Account, Mandate, Person
from bocage.territory.models import Organisation
from bocage.territory.names import fold
from bocage.territory.queries import is_holiday, time_zone, today

STREAM = "agenda"


@dataclass(frozen=True)
class Participant:
    """Who takes part: a person of the house, someone without record here, or a group of an organisation."""

    name: str
    person: Person | None = None
    organisation: Organisation | None = None  # a group's: a school, a care home
    email: str = ""
    phone: str = ""
    size: int = 1
    needs: str = ""  # what would help them take part; sealed
    answers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def who(self) -> str:
        """The same for the same participant, whatever the way they came; empty for a group, which may come twice."""
        if self.person is not None:
            return f"person:{self.person.pk}"
        if self.organisation is not None:
            return ""
        told = "\0".join((fold(self.name), self.email.lower(), self.phone))
        return hashlib.sha256(told.encode()).hexdigest()[:40]

    def facts(self) -> dict[str, object]:
        """What the offer's groups may look at."""
        if self.person is None:
            return {}
        commune = self.person.commune.insee if self.person.commune else ""
        return {"commune": commune, "birth_date": self.person.birth_date}


@dataclass(frozen=True)
class By:
    """By whom and how: the account that holds the registration, the agent who enters it, the mandate, the channel.

    ``told``: they know already (a list on paper, copied): nothing is sent.
    """

    actor: Actor
    account: Account | None = None
    agent: Account | None = None
    mandate: Mandate | None = None
    channel: str = "web"
    told: bool = False


@once_only(Registration)
def enrol(
    what: Session | Series,
    participant: Participant,
    *,
    by: By,
    now: datetime,
    option: str = "",
    hold: bool = False,
    force: bool = False,
    wait: bool = False,
    once: Any = None,
) -> Registration:
    """Register a participant: every place of the option, in the session or in all the coming ones of the series.

    ``hold``: keep the places for as long as the terms say, to be confirmed. ``force``: an agent lets them in above the
    capacity, against the delays too. ``wait``: where it is full, join the waiting list. Asked twice (``once``), it is
    done once. Raises Refused: past, cancelled, closed, early, others, alone, series, option, size, twice, full.
    """
    offer = what.offer
    assert offer.terms is not None
    terms = offer.terms.document
    chosen = _option(terms, option)
    sessions = _sessions(what, now)
    rank = _check(what, offer, terms, sessions, participant, now, agent=by.agent is not None, force=force)
    if participant.size > terms.rules.max_party and participant.organisation is None and not force:
        most = terms.rules.max_party
        raise Refused(
            "size",
            _("Une inscription compte %s place au plus ici.") % most
            if most == 1
            else _("Une inscription compte %s places au plus ici. Appelez-nous pour un groupe.") % most,
        )
    pools = _pools(sessions, chosen)
    wanted = dict.fromkeys(pools, participant.size)
    row = Registration(
        once=once,
        reference=new_reference(),
        offer=offer,
        terms=offer.terms,
        session=what if isinstance(what, Session) else None,
        series=what if isinstance(what, Series) else None,
        option=chosen.id,
        size=participant.size,
        person=participant.person,
        organisation=participant.organisation,
        mandate=by.mandate,
        account=by.account,
        entered_by=by.agent,
        channel=by.channel,
        name=participant.name[:240],
        email=participant.email,
        phone=participant.phone,
        sealed_needs=seal(participant.needs) if participant.needs else "",
        answers=dict(participant.answers),
        forced=force,
        made_at=now,
    )
    try:
        return _write(row, wanted, participant.who, by, now, hold=hold, force=force)
    except NoPlace:
        pass
    if end_expired(now, pools=list(wanted)):  # what somebody held and let go
        try:
            return _write(row, wanted, participant.who, by, now, hold=hold, force=force)
        except NoPlace:
            pass
    if not wait:
        raise Refused("full", _("Il n’y a plus de place."))
    if not terms.rules.waiting:
        raise Refused("full", _("Il n’y a plus de place, et pas de liste d’attente ici."))
    return _join_line(row, wanted, participant.who, rank, by, now)


def _write(
    row: Registration, wanted: dict[int, int], who: str, by: By, now: datetime, *, hold: bool, force: bool
) -> Registration:
    row.pk = None
    row.state = State.HELD if hold else State.CONFIRMED
    row.expires_at = now + timedelta(minutes=row.terms.document.rules.hold_minutes) if hold else None
    try:
        with transaction.atomic():
            take(wanted, force=force)
            row.save(force_insert=True)
            _allocate(row, wanted, who)
            _record(f"agenda.{'held' if hold else 'enrolled'}", row, by, now)
    except IntegrityError:
        _refuse_twice(wanted, who)
        raise
    return row


def _join_line(row: Registration, wanted: dict[int, int], who: str, rank: int, by: By, now: datetime) -> Registration:
    """Wait, unless a place was freed this very moment: whoever frees one and whoever joins take turns."""
    row.pk = None
    try:
        with transaction.atomic():
            take_turn(row.offer_id)
            try:
                with transaction.atomic():
                    take(wanted)
                row.state, row.expires_at = State.CONFIRMED, None
            except NoPlace:
                row.state, row.expires_at = State.WAITING, None
            row.save(force_insert=True)
            if row.state == State.CONFIRMED:
                _allocate(row, wanted, who)
                _record("agenda.enrolled", row, by, now)
                return row
            if who and Allocation.objects.filter(pool__in=wanted, who=who, live=True).exists():
                raise IntegrityError("allocation_one_each")
            WaitEntry.objects.create(
                registration=row,
                offer=row.offer,
                session=row.session,
                series=row.series,
                option=row.option,
                size=row.size,
                who=who,
                priority=rank,
                since=now,
            )
            _record("agenda.waiting", row, by, now)
    except IntegrityError:
        _refuse_twice(wanted, who)
        lines = WaitEntry.objects.filter(waits=True, who=who, session=row.session, series=row.series)
        if who and lines.exists():
            raise Refused("twice", _("Cette personne est déjà sur la liste d’attente.")) from None
        raise
    return row


def confirm(registration: Registration, *, answers: Mapping[str, Any] | None = None, by: By, now: datetime) -> None:
    """Make of places held, or offered from the waiting list, a registration. Raises Refused: late.

    Asked again once it is done, it changes nothing.
    """
    with transaction.atomic():
        rows = Registration.objects.filter(pk=registration.pk, state__in=[State.HELD, State.OFFERED])
        changes: dict[str, Any] = {"state": State.CONFIRMED, "expires_at": None}
        if answers is not None:
            changes["answers"] = dict(answers)
        if rows.filter(expires_at__gt=now).update(**changes):
            registration.refresh_from_db()
            _record("agenda.enrolled", registration, by, now)
            return
    registration.refresh_from_db()
    if registration.state != State.CONFIRMED:
        raise Refused("late", _("Le délai est passé : cette place n’est plus gardée. Regardez s’il en reste."))


# --- What must hold -------------------------------------------------------------------------------------------------
def _option(terms: Terms, name: str) -> Option:
    found = terms.option(name)
    if found is None:
        raise Refused("option", _("Choisissez ce à quoi vous voulez vous inscrire."))
    return found


def _sessions(what: Session | Series, now: datetime) -> list[Session]:
    if isinstance(what, Session):
        return [what]
    return list(what.sessions.filter(cancelled_at=None, starts__gt=now).order_by("starts"))


def _check(
    what: Session | Series,
    offer: Offer,
    terms: Terms,
    sessions: list[Session],
    participant: Participant,
    now: datetime,
    *,
    agent: bool,
    force: bool,
) -> int:
    """The rank of the participant's group. Raises Refused."""
    if offer.state == OfferState.DRAFT or (offer.state == OfferState.CLOSED and not force):
        raise Refused("closed", _("Les inscriptions sont fermées."))
    if what.cancelled_at is not None:
        raise Refused(
            "cancelled", _("Cette séance est annulée.") if isinstance(what, Session) else _("Cette série est annulée.")
        )
    if isinstance(what, Session) and offer.enrolment == Enrolment.SERIES and not force:
        raise Refused("alone", _("On s’inscrit ici pour toute la série, pas pour une seule séance."))
    if isinstance(what, Series) and offer.enrolment == Enrolment.SESSION and not force:
        raise Refused("series", _("On s’inscrit ici séance par séance."))
    if not sessions or sessions[-1].ends <= now or (sessions[0].starts <= now and not force):
        raise Refused("past", _("C’est déjà commencé, ou passé."))
    found = deadlines.group_of(terms, participant.facts(), today(now))
    if force:
        return found[0] if found else len(terms.priorities)
    if found is None:
        groups = ", ".join(priority.label for priority in terms.priorities)
        raise Refused("others", _("Cette offre est réservée : %s. Appelez-nous si vous pensez en être.") % groups)
    rank, group = found
    zone = time_zone()
    starts = sessions[0].starts if isinstance(what, Session) else _first_start(what, sessions)
    opening = deadlines.opens(terms, offer.opens_at, starts, group)
    if opening is not None and now < opening:
        raise Refused("early", _("Les inscriptions ouvrent le %s.") % french_datetime(opening, zone))
    if not agent and now >= deadlines.closes(terms.rules, starts, is_holiday, zone):
        raise Refused(
            "closed", _("Il est trop tard pour s’inscrire en ligne. Appelez-nous : il reste peut-être de la place.")
        )
    return rank


def _first_start(series: Series, coming: list[Session]) -> datetime:
    """When the series begins, a session already held included: one does not join a course under way by oneself."""
    first = series.sessions.filter(cancelled_at=None).order_by("starts").values_list("starts", flat=True).first()
    return first or coming[0].starts


def _pools(sessions: list[Session], option: Option) -> list[int]:
    """The pools from which the option takes, in every session. Raises Refused: option."""
    rows = Pool.objects.filter(session__in=sessions, name__in=option.takes).values_list("pk", flat=True)
    found = list(rows)
    if len(found) != len(sessions) * len(option.takes):
        raise Refused("option", _("Ce choix n’est pas proposé à toutes les séances. Choisissez autre chose."))
    return found


def _allocate(row: Registration, wanted: Mapping[int, int], who: str) -> None:
    Allocation.objects.bulk_create(
        [Allocation(registration=row, pool_id=pool, size=size, who=who) for pool, size in sorted(wanted.items())]
    )


def _refuse_twice(wanted: Mapping[int, int], who: str) -> None:
    """Raises Refused when this participant already has places there."""
    if who and Allocation.objects.filter(pool__in=wanted, who=who, live=True, registration__state__in=LIVE).exists():
        raise Refused("twice", _("Cette personne est déjà inscrite."))


def _record(kind: str, row: Registration, by: By, now: datetime) -> None:
    payload = {"size": row.size, "session": row.session_id, "series": row.series_id, "forced": row.forced}
    journal.record(
        stream=STREAM,
        kind=kind,
        subject=row.subject,
        actor=by.actor,
        now=now,
        on_behalf_of=f"person:{row.person_id}" if row.person_id else "",
        payload=payload | ({"told": True} if by.told else {}),
    )
