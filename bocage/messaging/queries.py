"""Reads of messaging: what became of notices, in sentences; the letters that an agent may see."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from bocage.base import references
from bocage.base.dates import french_date, french_datetime
from bocage.identity.models import Person
from bocage.identity.queries import find_people
from bocage.identity.scope import Scope
from bocage.messaging.models import (
    Channel,
    Delivery,
    DeliveryState,
    Letter,
    LetterBatch,
    MailboxMessage,
    Notice,
    ReturnReason,
)

AGAIN = "again:"


@dataclass(frozen=True)
class Told:
    """One delivery as a case's screen shows it. ``trouble`` asks for someone's attention."""

    delivery: Delivery
    title: str
    to: str
    sentence: str
    trouble: bool


def deliveries_for(subject: str) -> list[Told]:
    """Every delivery about something (``case:12``), oldest first, each with its sentence; in one query."""
    found = Delivery.objects.filter(notice__subject=subject).select_related("notice", "letter").order_by("id")
    return [
        Told(
            delivery=delivery,
            title=delivery.notice.title,
            to=destination(delivery),
            sentence=sentence(delivery),
            trouble=delivery.state in {DeliveryState.FAILED, DeliveryState.RETURNED},
        )
        for delivery in found
    ]


def destination(delivery: Delivery) -> str:
    """Who and where: « Jeanne Lefebvre, jeanne@exemple.fr »."""
    return ", ".join(part for part in (delivery.name, *delivery.address.split("\n")) if part)


def sentence(delivery: Delivery) -> str:
    """What became of a delivery, in words."""
    match delivery.channel:
        case Channel.EMAIL:
            return _carried(
                delivery, _("Courriel remis le %s"), _("Courriel en attente d’envoi"), _("Courriel non remis")
            )
        case Channel.SMS:
            return _carried(delivery, _("SMS remis le %s"), _("SMS en attente d’envoi"), _("SMS non remis"))
        case Channel.LETTER:
            return _letter(delivery)
    return _("À lire à l’écran depuis le %s") % french_datetime(delivery.created_at)


def _carried(delivery: Delivery, sent: str, waiting: str, failed: str) -> str:
    if delivery.sent_at is not None:
        return sent % french_datetime(delivery.sent_at)
    if delivery.state == DeliveryState.FAILED:
        return f"{failed} : {delivery.error}"
    return f"{waiting}. {delivery.error}" if delivery.error else waiting


def _letter(delivery: Delivery) -> str:
    letter = delivery.letter
    if letter.returned_on is not None:
        why = ReturnReason(letter.return_reason).label
        return _("Lettre revenue le %(day)s : %(why)s") % {"day": french_date(letter.returned_on), "why": why}
    if letter.posted_on is not None:
        posted = _("Lettre postée le %s") % french_date(letter.posted_on)
        if letter.registered_number:
            return _("%(posted)s, recommandé n° %(number)s") % {
                "posted": posted,
                "number": spaced(letter.registered_number),
            }
        return posted
    if delivery.state == DeliveryState.HANDED_OVER:
        return _("Lettre imprimée le %s, à poster") % french_date(delivery.changed_at)
    if delivery.state == DeliveryState.FAILED:
        return _("Lettre non envoyée : %s") % delivery.error
    return _("Lettre à imprimer")


def spaced(number: str) -> str:
    """A registered number as La Poste prints it: ``1A 234 567 8901 2``."""
    if len(number) != 13 or not number[2:].isdigit():
        return number
    return f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:12]} {number[12]}"


# --- Letters at the desk ------------------------------------------------------------------------------------------
def _within(scope: Scope, common: Q) -> Q:
    return scope.q(
        service_field="delivery__notice__service",
        commune_field="delivery__notice__commune_id",
        organisation_field="delivery__notice__organisation_id",
        common=common,
    )


_SEEN = Q(delivery__notice__apart=False)
_OURS = Q(delivery__notice__organisation=None)
"""Letters that carry our own letterhead: those of a body are printed by its agents."""


def letters_visible_to(scope: Scope) -> QuerySet[Letter]:
    """The letters that an agent may see, oldest first, with what their lists show."""
    return (
        Letter.objects.filter(_within(scope, _SEEN))
        .select_related("delivery__notice__commune", "batch")
        .order_by("delivery_id")
    )


def letters_printable(scope: Scope) -> QuerySet[Letter]:
    """Those that this agent's side prints: a body's own letters are printed by its agents."""
    return letters_visible_to(scope).filter(_within(scope, _OURS))


def letters_to_print(scope: Scope, *, service: str = "", commune_id: int | None = None) -> QuerySet[Letter]:
    """Those not printed yet, of a service or a commune if asked."""
    found = letters_printable(scope).filter(batch=None, delivery__state=DeliveryState.QUEUED)
    if service:
        found = found.filter(delivery__notice__service=service)
    return found.filter(delivery__notice__commune_id=commune_id) if commune_id else found


def batches_visible_to(scope: Scope) -> QuerySet[LetterBatch]:
    """Batches of which the agent may see every letter, newest first, with their numbers of letters and of returns."""
    hidden = Letter.objects.exclude(pk__in=Letter.objects.filter(_within(scope, _SEEN)).values("pk"))
    return (
        LetterBatch.objects.exclude(pk__in=hidden.filter(batch__isnull=False).values("batch_id"))
        .annotate(count=Count("letters"), returned=Count("letters", filter=Q(letters__returned_on__isnull=False)))
        .select_related("created_by")
        .order_by("-pk")
    )


def find_letter(text: str, scope: Scope) -> Letter | None:
    """The letter that an agent means by a reference typed, or by what its QR says when scanned."""
    reference = references.clean(text.strip().rpartition("reference=")[2])
    return letters_visible_to(scope).filter(reference=reference).first() if reference else None


def find_letters(text: str, scope: Scope, limit: int = 20) -> list[Letter]:
    """Printed letters by their recipient's name, latest first: the person's words as the counter reads them, any order.

    A letter to someone without a file goes by the name written on it.
    """
    looked_for = text.split()
    if not looked_for:
        return []
    written = Q()
    for word in looked_for:
        written &= Q(delivery__name__icontains=word)
    people = [person.pk for person in find_people(text, limit=200)]
    found = letters_visible_to(scope).filter(batch__isnull=False)
    return list(found.filter(written | Q(delivery__person__in=people)).order_by("-delivery_id")[:limit])


def returned_letters(scope: Scope) -> QuerySet[Letter]:
    """Letters that came back, within an agent's reach."""
    return letters_visible_to(scope).filter(returned_on__isnull=False).select_related("delivery__person__commune")


def written_address(person: Person) -> str:
    """The postal lines of someone's file, corrected perhaps since the letter left; empty when it has none."""
    town = person.commune.name if person.commune else person.locality
    lines = (person.address, f"{person.postcode} {town}".strip())
    return "\n".join(lines) if all(lines) else ""


def sent_again(letter: Letter) -> Delivery | None:
    """The delivery by which a letter that came back left again; None before that."""
    return Delivery.objects.filter(notice__key=again_key(letter)).select_related("letter").first()


def again_key(letter: Letter) -> str:
    """The key of the notice that says again what a returned letter said: one for each return."""
    return f"{AGAIN}{letter.pk}"


def letters_returned(scope: Scope, since: date) -> QuerySet[Letter]:
    """Letters that came back since a day, newest first."""
    return letters_visible_to(scope).filter(returned_on__gte=since).order_by("-returned_on", "-delivery_id")


def letters_to_take_up(scope: Scope, since: date) -> QuerySet[Letter]:
    """Those of them that did not leave again: somebody is to call, correct the address and send them again."""
    key = Concat(Value(AGAIN), Cast(OuterRef("pk"), CharField()))
    return letters_returned(scope, since).exclude(Exists(Notice.objects.filter(key=key)))


# --- The demonstration's post -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Post:
    """A mail, an SMS or a letter of the demonstration's mailbox."""

    kind: str
    label: str
    pk: int
    to: str
    title: str
    at: Any


def mailbox() -> "QuerySet[Any, tuple[str, int, Any]]":
    """(kind, id, instant) of all that would have left, newest first; ``posts`` reads a page of it."""
    kept = MailboxMessage.objects.order_by().values_list("kind", "pk", "at")
    letters = (
        Delivery.objects.filter(channel=Channel.LETTER)
        .exclude(letter__pdf="")
        .order_by()
        .values_list("channel", "pk", "created_at")
    )
    return kept.union(letters, all=True).order_by("-at", "-id")


def posts(rows: list[tuple[str, int, Any]]) -> list[Post]:
    """What a page of ``mailbox`` shows."""
    kept = MailboxMessage.objects.defer("raw").in_bulk([pk for kind, pk, _at in rows if kind != Channel.LETTER])
    papers = Delivery.objects.select_related("notice").in_bulk([pk for kind, pk, _at in rows if kind == Channel.LETTER])
    found = []
    for kind, pk, at in rows:
        if kind == Channel.LETTER:
            found.append(Post(kind, _("Lettre"), pk, destination(papers[pk]), papers[pk].notice.title, at))
        else:
            message = kept[pk]
            found.append(Post(kind, message.get_kind_display(), pk, message.recipient, message.title, at))
    return found
