"""Telling participants: that a place is theirs, offered, lost; that a session is cancelled; that it is soon.

Each thing is told once: a notice's key names the registration and what happened. At most three notices come from a
waiting list: one has joined it, a place is offered, the place has gone to the next.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from bocage.agenda import queries, wording
from bocage.agenda.access import link_to
from bocage.agenda.models import Ended, Registration, Session, State
from bocage.base.actors import Actor
from bocage.base.dates import french_datetime
from bocage.base.models import Event
from bocage.messaging.models import Notice
from bocage.messaging.operations import notify
from bocage.messaging.queries import written_address
from bocage.messaging.recipients import BadRecipient, Recipient
from bocage.territory.queries import time_zone

HOUSE = Actor.system("agenda")
LONGEST = timedelta(hours=720)
"""The earliest reminder that terms may ask for."""


def _registration(event: Event) -> Registration | None:
    rows = Registration.objects.select_related("offer", "terms", "person", "session", "series", "wait")
    return rows.filter(pk=int(event.subject.partition(":")[2])).first()


def recipient(row: Registration) -> Recipient:
    """The participant, reached as was told when registering, else as their own file says."""
    person = row.person
    return Recipient(
        name=row.name,
        email=row.email or (person.email if person else ""),
        phone=row.phone or (person.phone if person else ""),
        address_lines=tuple(written_address(person).splitlines()) if person else (),
        person_id=person.pk if person else None,
        prefers=person.told_by if person else "",
    )


def _tell(row: Registration, key: str, template: str, more: Mapping[str, object], now: datetime) -> None:
    """Tell, once for a key; whoever cannot be reached at all finds it on their page."""
    to = recipient(row)
    zone = time_zone()
    sessions = [one for one in queries.sessions_of(row) if one.cancelled_at is None] or queries.sessions_of(row)
    dates = "\n".join(
        f"- {wording.when(one, zone)}" + (f", {place}" if (place := wording.where(one)) else "") for one in sessions
    )
    with transaction.atomic():
        notify(
            key=key,
            template=template,
            context={"offer": row.offer.title, "name": row.name, "reference": row.reference, "dates": dates, **more},
            recipient=to,
            channels=[_channel(to)],
            subject=row.subject,
            service=row.offer.service,
            organisation_id=row.offer.run_by_id,
            reference=row.reference,
            link=link_to(row),
            link_label=_("Voir ou changer l’inscription"),
            actor=HOUSE,
            now=now,
        )


def _channel(to: Recipient) -> str:
    """The best way that works: an address mistyped at the counter does not stop the rest."""
    best = to.best_channel()
    try:
        to.address(best)
    except BadRecipient:
        return Recipient(name=to.name, address_lines=to.address_lines).best_channel()
    return best


def tell_change(event: Event, now: datetime) -> None:
    """Hears ``agenda.enrolled``, ``agenda.waiting``, ``agenda.offered``, ``agenda.moved`` and ``agenda.over``."""
    row = _registration(event)
    if row is None or row.ended == Ended.ERASED or event.payload.body.get("told"):
        return
    more: dict[str, object] = {}
    if event.kind == "agenda.over":
        if row.ended not in {Ended.AGENT, Ended.EXPIRED} or (row.ended == Ended.EXPIRED and not hasattr(row, "wait")):
            return  # they did it themselves, or never confirmed what they held
        more["why"] = row.get_ended_display()
    if event.kind == "agenda.waiting":
        more["rank"] = queries.rank(row) or 1
    if event.kind == "agenda.offered":
        if row.state != State.OFFERED or row.expires_at is None:
            return  # accepted or let go meanwhile
        more["until"] = french_datetime(row.expires_at, time_zone())
    template = "agenda.enrolled" if event.kind == "agenda.moved" else event.kind
    _tell(row, f"event:{event.pk}", template, more, now)


def tell_cancelled(event: Event, now: datetime) -> None:
    """Hears ``agenda.session_cancelled`` and ``agenda.series_cancelled``: everyone whom it concerns, once."""
    told = event.payload.body
    kind, _colon, pk = event.subject.partition(":")
    what = ""
    if kind == "session":
        session = Session.objects.select_related("place", "commune").get(pk=int(pk))
        what = wording.when(session, time_zone())
    rows = Registration.objects.select_related("offer", "terms", "person", "session", "series")
    for row in rows.filter(pk__in=told["registrations"]).order_by("pk"):
        more = {"what": what or (row.series.label if row.series else ""), "reason": told["reason"]}
        _tell(row, f"{event.subject}:cancelled:{row.pk}", "agenda.cancelled", more, now)


def remind(now: datetime) -> int:
    """Remind whoever comes soon, once for each delay of their terms; how many were told (job)."""
    soon = Session.objects.filter(cancelled_at=None, starts__gt=now, starts__lte=now + LONGEST)
    told = 0
    for session in soon.filter(pools__taken__gt=0).distinct().order_by("starts"):
        rows = (
            Registration.objects.filter(
                state=State.CONFIRMED, allocations__pool__session=session, allocations__live=True
            )
            .select_related("offer", "terms", "person", "session", "series")
            .distinct()
        )
        due = {key: row for row in rows for key in _due(row, session, now)}
        known = set(Notice.objects.filter(key__in=due).values_list("key", flat=True))
        for key, row in due.items():
            if key not in known:
                more = {"when": wording.when(session, time_zone()), "where": wording.where(session)}
                _tell(row, key, "agenda.reminder", more, now)
                told += 1
    return told


def _due(row: Registration, session: Session, now: datetime) -> list[str]:
    """Reminders whose hour has come; none for who registered after that hour, nor two at once."""
    found = []
    for hours in sorted(row.terms.document.rules.reminders):
        moment = session.starts - timedelta(hours=hours)
        if row.made_at < moment <= now:
            found.append(f"registration:{row.pk}:session:{session.pk}:reminder:{hours}")
    return found[:1]
