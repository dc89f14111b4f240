"""What the agenda holds of people: registrations, marks, places in line."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from bocage.agenda.models import Ended, Registration, Session, State
from bocage.agenda.operations.leaving import leave
from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.crypto import unseal
from bocage.base.models import Event
from bocage.base.personal import Concerned, Fate, Search
from bocage.base.references import clean
from bocage.identity.models import Person

ERASED = "effacé"
SLICE = 500  # in one night: the next one goes on
KEPT = timedelta(days=2 * 365)
"""After the last session: public figures by season are made of it, then names go."""


WORDS = {
    "inscriptions": "inscriptions",
    "reference": "référence",
    "offre": "offre",
    "seance": "séance",
    "serie": "série",
    "places": "places",
    "etat": "état",
    "fin": "fin",
    "faite_le": "faite le",
    "nom": "nom",
    "besoins": "besoins particuliers",
    "reponses": "réponses",
    "presences": "présences",
    "session__starts": "séance",
    "mark": "présence",
    "marked_at": "notée le",
}


def _of(person: Person) -> Any:
    return Registration.objects.filter(person__in=[person, *person.merged.all()]).select_related("offer")


def subjects(person: Person) -> Iterator[str]:
    """The journal's subjects of someone's registrations."""
    yield from (row.subject for row in _of(person).order_by("pk"))


def fate(person: Person, now: datetime) -> Iterator[Fate]:
    """What erasing does to someone's registrations: those to come are cancelled, counts stay."""
    coming = _of(person).exclude(state=State.OVER).count()
    past = _of(person).filter(state=State.OVER).count()
    if coming:
        yield Fate(becomes="erased", what=_("Inscriptions à venir : elles sont annulées"), count=coming)
    if past:
        yield Fate(becomes="erased", what=_("Inscriptions passées : nom, réponses, besoins"), count=past)
    if coming or past:
        yield Fate(
            becomes="kept",
            what=_("Le nombre d’inscrits et de présents, sans nom"),
            why=_("les chiffres du service (règlement européen, art. 89)"),
        )


def in_use(now: datetime) -> QuerySet[Any]:
    """Ids of the people whom a registration names, until it is emptied."""
    return Registration.objects.filter(person__isnull=False).exclude(name=ERASED).values("person_id")


def concerned(search: Search) -> Iterator[Concerned]:
    """Whom a breach concerns through the registrations that were named."""
    wanted = [found for text in search.references if (found := clean(text))]
    for row in Registration.objects.filter(reference__in=wanted).exclude(name=ERASED).order_by("pk"):
        yield Concerned(
            kind=_("inscriptions"),
            person=row.person_id,
            name=row.name,
            email=row.email,
            phone=row.phone,
            sensitive=bool(row.sealed_needs),
            records=(row.reference,),
        )


def reseal_all(reseal: Callable[[str], str]) -> int:
    """Seal the particular needs anew (``bocage keys rotate``); how many changed. May be stopped and run again."""
    changed = 0
    for row in Registration.objects.exclude(sealed_needs="").only("sealed_needs").order_by("pk").iterator():
        fresh = reseal(row.sealed_needs)
        if fresh != row.sealed_needs:
            held = Registration.objects.filter(pk=row.pk, sealed_needs=row.sealed_needs)
            changed += held.update(sealed_needs=fresh)
    return changed


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
    due = list(_past(now).order_by("pk")[:SLICE])
    for row in due:
        _empty(row, now)
    return len(due)


def retention_due(now: datetime) -> int:
    """How many ``retention`` would empty, over as many nights as it takes."""
    return _past(now).count()


def _past(now: datetime) -> QuerySet[Registration]:
    """Made more than two years ago, and over, or for sessions that ended as long ago."""
    before = now - KEPT
    later = Session.objects.filter(series=OuterRef("series"), ends__gte=before)
    ended = Q(session__ends__lt=before) | Q(session=None) & ~Exists(later)
    rows = Registration.objects.filter(made_at__lt=before).exclude(name=ERASED)
    return rows.filter(Q(state=State.OVER) | ended).select_related("session")


def _empty(row: Registration, now: datetime) -> None:
    with transaction.atomic():
        Registration.objects.filter(pk=row.pk).update(
            name=ERASED, email="", phone="", sealed_needs="", answers={}, person=None, account=None, mandate=None
        )
        row.allocations.update(who="")
        row.marks.update(account=None)
        if hasattr(row, "wait"):
            type(row.wait).objects.filter(pk=row.wait.pk).update(who="")
        for event in Event.objects.filter(subject=row.subject, payload__isnull=False):
            journal.erase_payload(event)
        journal.record(
            stream="agenda",
            kind="agenda.emptied",
            subject=row.subject,
            actor=Actor.system("agenda.retention"),
            now=now,
        )
