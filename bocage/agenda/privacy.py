"""What the agenda holds of people: registrations, marks, places in line."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bocage.agenda.models import Ended, Registration, State
from bocage.agenda.operations.leaving import leave
from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.crypto import unseal
from bocage.identity.models import Person

ERASED = "effacé"
KEPT = timedelta(days=2 * 365)
"""After the last session: public figures by season are made of it, then names go."""


def _of(person: Person) -> Any:
    return Registration.objects.filter(person__in=[person, *person.merged.all()]).select_related("offer")


def export(person: Person) -> dict[str, Any]:
    """Every registration of someone, with what was told and whether they came."""
    return {
        "inscriptions": [
            {
                "reference": row.reference,
                "offre": row.offer.title,
                "seance": row.session.starts if row.session else None,
                "serie": row.series.label if row.series else "",
                "places": row.size,
                "etat": row.get_state_display(),
                "fin": row.get_ended_display() if row.ended else "",
                "faite_le": row.made_at,
                "nom": row.name,
                "email": row.email,
                "telephone": row.phone,
                "besoins": unseal(row.sealed_needs) if row.sealed_needs else "",
                "reponses": row.answers,
                "presences": list(row.marks.values("session__starts", "mark", "marked_at")),
            }
            for row in _of(person).select_related("session", "series").order_by("pk")
        ]
    }


def erase(person: Person, actor: Actor, now: datetime) -> None:
    """Cancel what is to come, and take the names out of what was: the counts stay."""
    for row in _of(person).exclude(state=State.OVER):
        leave(row, ended=Ended.ERASED, actor=actor, now=now)
    for row in _of(person):
        _empty(row, now)


def retention(now: datetime) -> int:
    """Take the names out of registrations made more than two years ago for sessions that are over."""
    rows = Registration.objects.filter(made_at__lt=now - KEPT).exclude(name=ERASED)
    due = [
        row
        for row in rows.select_related("session").order_by("pk")[:500]
        if row.state == State.OVER or _last(row) < now - KEPT
    ]
    for row in due:
        _empty(row, now)
    return len(due)


def _last(row: Registration) -> datetime:
    if row.session is not None:
        return row.session.ends
    last = row.series.sessions.order_by("-ends").first() if row.series else None
    return last.ends if last else row.made_at


def _empty(row: Registration, now: datetime) -> None:
    with transaction.atomic():
        Registration.objects.filter(pk=row.pk).update(
            name=ERASED, email="", phone="", sealed_needs="", answers={}, person=None, account=None, mandate=None
        )
        row.allocations.update(who="")
        row.marks.update(account=None)
        if hasattr(row, "wait"):
            type(row.wait).objects.filter(pk=row.wait.pk).update(who="")
        journal.record(
            stream="agenda",
            kind="agenda.emptied",
            subject=row.subject,
            actor=Actor.system("agenda.retention"),
            now=now,
        )
