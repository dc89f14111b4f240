"""Erasing someone: asked by them or at the desk, taken back within a week, then done app by app.

The week is for the person: a telephone left open, or somebody else's pressure, must not cost them everything; and for
agents, who may be mistaken about who stands before them. The law gives a month (GDPR, art. 12, paragraph 3).
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bocage.base import journal, outbox, registry
from bocage.base.actors import Actor
from bocage.base.dates import french_date
from bocage.base.models import Event
from bocage.base.once import once_only
from bocage.base.outbox import Later, Message
from bocage.base.personal import Fate
from bocage.identity.models import Account, Person
from bocage.messaging.operations import Text, notify
from bocage.privacy.models import Erasure, ErasureState
from bocage.privacy.queries import fates, holders, recipient_of, subjects_of
from bocage.search.operations import compact
from bocage.territory.queries import time_zone, today

logger = logging.getLogger(__name__)

STREAM = "privacy"
COOLING_OFF = timedelta(days=7)
ATTEMPTS = 30  # of the topic, in the manifest: the last ones an hour apart
SLICE = 500


class Blocked(Exception):
    """Something must end before anything is erased; ``fates`` say what. The message is French."""

    def __init__(self, fates: list[Fate]) -> None:
        self.fates = fates
        super().__init__(_("Tout ne peut pas encore être effacé : %s.") % " ; ".join(fate.what for fate in fates))


class AlreadyAsked(Exception):
    """An erasure of this person is already waiting."""


@once_only(Erasure)
def ask_erasure(
    person: Person,
    *,
    agent: Account | None = None,
    proof: str = "",
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> Erasure:
    """Ask that someone's data be erased, in a week. ``agent`` and ``proof``: at the desk, and how they made sure.

    Raises Blocked while a request of theirs is under way, AlreadyAsked, and ValueError for a desk without proof.
    """
    if agent is not None and not proof.strip():
        raise ValueError("an agent says how they made sure of who asks")
    if blocking := [fate for fate in fates(person, now) if fate.becomes == "blocks"]:
        raise Blocked(blocking)
    due = now + COOLING_OFF
    try:
        with transaction.atomic():
            erasure = Erasure.objects.create(
                person=person,
                channel=actor.channel,
                asked_by=agent,
                proof=proof.strip(),
                asked_at=now,
                due_at=due,
                once=once,
            )
            _record(erasure, "privacy.erasure_asked", actor, now)
            _again(erasure, due, now)
            _tell(erasure, _ASKED, actor, now, day=french_date(today(due)))
    except IntegrityError as error:
        if Erasure.objects.filter(person=person, state=ErasureState.WAITING).exists():
            raise AlreadyAsked from error
        raise
    return erasure


def withdraw_erasure(erasure: Erasure, *, actor: Actor, now: datetime) -> bool:
    """Take an erasure back before it is done; False when it was done, or taken back already."""
    with transaction.atomic():
        waiting = Erasure.objects.filter(pk=erasure.pk, state=ErasureState.WAITING)
        if not waiting.update(state=ErasureState.WITHDRAWN):
            return False
        _record(erasure, "privacy.erasure_withdrawn", actor, now)
        _tell(erasure, _WITHDRAWN, actor, now)
    return True


def _again(erasure: Erasure, at: datetime, now: datetime) -> None:
    outbox.enqueue(
        "privacy.erase", f"erasure:{erasure.pk}@{at.isoformat()}", {"erasure": erasure.pk}, now=now, not_before=at
    )


def _record(erasure: Erasure, kind: str, actor: Actor, now: datetime, **payload: Any) -> None:
    journal.record(
        stream=STREAM,
        kind=kind,
        subject=f"person:{erasure.person_id}",
        actor=actor,
        now=now,
        payload={"erasure": erasure.pk, **payload},
    )


def move_erasures(pks: Iterable[int], before: int, after: int, *, actor: Actor, now: datetime) -> list[int]:
    """Two records of one person are made one, or taken apart: their erasures follow. One that waits is enough."""
    mine = Erasure.objects.filter(pk__in=list(pks), person=before)
    if Erasure.objects.filter(person=after, state=ErasureState.WAITING).exists():
        mine = mine.exclude(state=ErasureState.WAITING)
    moved = list(mine.order_by("pk").values_list("pk", flat=True))
    Erasure.objects.filter(pk__in=moved).update(person=after)
    return moved


# --- Doing it -----------------------------------------------------------------------------------------------------
def run_erasure(message: Message) -> None:
    """Outbox handler: erase, app by app from the top floor down, what may go by now. Bears being run again.

    What the law keeps until a day is erased that day, by another effect. A request filed since stops everything.
    """
    open_states = [ErasureState.WAITING, ErasureState.PARTLY]
    erasure = Erasure.objects.filter(pk=message.payload["erasure"], state__in=open_states).first()
    if erasure is None:
        return
    now = message.now
    if now < erasure.due_at:
        raise Later(erasure.due_at)
    person = Person.objects.get(pk=erasure.person_id)
    found = fates(person, now)
    if any(fate.becomes == "blocks" for fate in found) and erasure.state == ErasureState.WAITING:
        _stop(erasure, now)
        return
    actor = Actor.system("erasure")
    # Written before the first erasure: a run cut in the middle finds them again, when nothing leads to them any more.
    subjects = sorted({*erasure.subjects, *subjects_of(person)})
    Erasure.objects.filter(pk=erasure.pk).update(subjects=subjects)
    for _manifest, holder in reversed(holders()):
        registry.resolve(holder.erase)(person, actor, now)
        message.renew()
    kept = [fate for fate in found if fate.becomes == "kept"]
    later = _next_day([fate.until for fate in kept if fate.named], now)
    _forget_payloads(subjects, kept=subjects_of(person))
    compact(now)
    with transaction.atomic():
        mine = Erasure.objects.filter(pk=erasure.pk, state__in=open_states)
        changes: dict[str, Any] = {
            "state": ErasureState.PARTLY if later else ErasureState.DONE,
            "done_at": erasure.done_at or now,
            "proof": "",
            "kept": [_told(fate) for fate in kept],
        }
        if later is not None:
            changes["due_at"] = later
            _again(erasure, later, now)
        mine.update(**changes)
        _record(erasure, "privacy.erased", actor, now)
        message.done()


def _next_day(days: list[date | None], now: datetime) -> datetime | None:
    """The morning after the first day until which something that names people is kept."""
    ahead = [day for day in days if day is not None and day >= today(now)]
    return datetime.combine(min(ahead) + timedelta(days=1), time(4), time_zone()) if ahead else None


def _told(fate: Fate) -> dict[str, Any]:
    return {"count": fate.count, "why": fate.why, "until": fate.until.isoformat() if fate.until else None}


def _forget_payloads(subjects: list[str], kept: list[str]) -> None:
    """What events about someone say beyond their ids; the chain holds digests (DESIGN.md rule 2)."""
    about = sorted(set(subjects) - {subject for subject in kept if not subject.startswith(("person:", "account:"))})
    events = Event.objects.filter(subject__in=about, payload__isnull=False).exclude(stream=STREAM)
    while pks := list(events.values_list("pk", flat=True)[:SLICE]):
        with transaction.atomic():
            for pk in pks:
                journal.erase_payload(pk)


def _stop(erasure: Erasure, now: datetime) -> None:
    actor = Actor.system("erasure")
    with transaction.atomic():
        if Erasure.objects.filter(pk=erasure.pk, state=ErasureState.WAITING).update(state=ErasureState.STOPPED):
            _record(erasure, "privacy.erasure_stopped", actor, now)
            _tell(erasure, _STOPPED, actor, now)


# --- Telling it ---------------------------------------------------------------------------------------------------
_ASKED = Text(
    title="Vos données seront effacées le {{ day }}",
    body="Bonjour,\n\n"
    "Nous avons reçu la demande d’effacer vos données. Ce sera fait le {{ day }}, sans autre message de notre part.\n\n"
    "Jusque-là, rien n’est perdu : pour annuler, entrez dans « Mon compte », « Mes données », ou appelez-nous. "
    "Si ce n’est pas vous qui l’avez demandé, annulez tout de suite, puis changez votre mot de passe.\n\n"
    "Ce que la loi nous fait garder un temps, et pourquoi, est dit sur la même page.",
    sms="Vos donnees seront effacees le {{ day }}. Pour annuler : Mon compte, Mes donnees, ou appelez-nous.",
)
_WITHDRAWN = Text(
    title="Vos données ne seront pas effacées",
    body="Bonjour,\n\nL’effacement de vos données est annulé. Rien n’a changé.",
    sms="L'effacement de vos donnees est annule. Rien n'a change.",
)
_STOPPED = Text(
    title="Vos données n’ont pas pu être effacées",
    body="Bonjour,\n\n"
    "Vous avez demandé que vos données soient effacées, et une demande est en cours à votre nom : le service en a "
    "besoin pour vous répondre. Rien n’a été effacé.\n\n"
    "Retirez cette demande, ou attendez la réponse, puis demandez de nouveau l’effacement dans « Mes données ».",
    sms="Une demande est en cours a votre nom : vos donnees n'ont pas ete effacees.",
)


def _tell(erasure: Erasure, text: Text, actor: Actor, now: datetime, **context: str) -> None:
    notify(
        key=f"erasure:{erasure.pk}:{text.title}",
        template="privacy.erasure",
        text=text,
        context=context,
        recipient=recipient_of(erasure.person),
        subject=f"person:{erasure.person_id}",
        link="/compte/mes-donnees/",
        link_label=_("Mes données"),
        actor=actor,
        now=now,
    )
