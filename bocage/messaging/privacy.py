"""Personal data of messaging: what a person was told, erased on request or when its time is over."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import storages
from django.db import transaction
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.models import Outbox, OutboxState
from bocage.base.personal import Fate
from bocage.identity.models import Account, Person
from bocage.messaging.models import Delivery, DeliveryState, Letter, LetterBatch, MailboxMessage, Notice
from bocage.territory.queries import today

KEPT = timedelta(days=5 * 365)
"""A notice proves what was told and when: kept as long as most claims against a public body may be brought."""

BATCH_KEPT = timedelta(days=31)
"""The PDF of a printed batch repeats its letters: kept a month, in case the printer failed."""

MAILBOX_KEPT = timedelta(days=31)
ERASED = "Effacé à la demande de la personne"
SLICE = 500


WORDS = {
    "avis": "avis et courriers",
    "titre": "titre",
    "texte": "texte",
    "au_sujet_de": "au sujet de",
    "par": "envoyé par",
    "a": "à",
    "devenu": "ce qu’il est devenu",
    "ecrit_le": "écrit le",
    "papier": "lettre",
}


def _told(person: Person) -> QuerySet[Delivery]:
    return Delivery.objects.filter(person__in=[person.pk, *person.merged.values_list("pk", flat=True)])


def export(person: Person) -> dict[str, Any]:
    """Everything a person was told, and what became of it."""
    told = _told(person).select_related("notice", "letter").order_by("id")
    return {
        "avis": [
            {
                "titre": delivery.notice.title,
                "texte": delivery.notice.body,
                "au_sujet_de": delivery.notice.reference,
                "par": delivery.get_channel_display(),
                "a": delivery.address,
                "devenu": delivery.get_state_display(),
                "ecrit_le": delivery.created_at,
                "papier": f"courriers/{letter.reference}.pdf" if (letter := _letter(delivery)) else None,
            }
            for delivery in told
        ]
    }


def _letter(delivery: Delivery) -> Letter | None:
    letter: Letter | None = getattr(delivery, "letter", None)
    return letter if letter is not None and letter.pdf else None


def files(person: Person) -> Iterator[tuple[str, str]]:
    """The letters that are still kept: their names in the archive, their paths."""
    for letter in Letter.objects.filter(delivery__in=_told(person)).exclude(pdf="").order_by("pk"):
        yield f"courriers/{letter.reference}.pdf", letter.pdf


def fate(person: Person, now: datetime) -> Iterator[Fate]:
    """What erasing does to what someone was told."""
    count = _told(person).count()
    if count:
        yield Fate(becomes="erased", what=_("Avis et courriers : texte, nom, adresse, papier"), count=count)
        yield Fate(
            becomes="kept",
            what=_("Le jour, la voie et l’issue de chaque envoi, sans nom"),
            count=count,
            why=_("ils prouvent que le service a écrit (règlement européen, art. 17, paragraphe 3, point e)"),
            until=max(today(one + KEPT) for one in _told(person).values_list("created_at", flat=True)),
        )


def erase(person: Person, actor: Actor, now: datetime) -> None:
    """Take name, address, words and papers out of what the person was told; dates and states remain as proof."""
    deliveries = Delivery.objects.filter(pk__in=list(_told(person).values_list("pk", flat=True)))
    addresses = _addresses(person)
    with transaction.atomic():
        papers = _forget(deliveries)
        Notice.objects.filter(deliveries__in=deliveries).update(
            title=ERASED, body="", sms="", link="", remedies="", attachments=[]
        )
        _forget_mails(addresses, now)
        # The key told who it was (``person:7``); a notice still has each of its recipients once.
        key = Concat(Value("erased:"), Cast("pk", CharField()))
        waiting = deliveries.filter(state__in=[DeliveryState.QUEUED, DeliveryState.UNCERTAIN])
        waiting.update(state=DeliveryState.FAILED, error=ERASED, changed_at=now)  # no paper is drawn for nobody
        deliveries.update(recipient_key=key, name="", address="", person=None)
        journal.record(stream="messaging", kind="messaging.erased", subject=f"person:{person.pk}", actor=actor, now=now)
    _delete(papers)


def _addresses(person: Person) -> list[str]:
    """The e-mail addresses and telephones that are this person's alone: a couple may share one."""
    told = Person.objects.filter(merged_into=None).exclude(pk=person.pk)
    account = Account.objects.filter(person=person).values_list("email", flat=True)
    emails = {email.lower() for email in (person.email, *account) if email}
    shared = {email.lower() for email in told.filter(email__in=emails).values_list("email", flat=True)}
    phones = {person.phone} if person.phone and not told.filter(phone=person.phone).exists() else set()
    return sorted((emails - shared) | phones)


def _forget_mails(addresses: list[str], now: datetime) -> None:
    """The packages' mails (a code to sign in) to these addresses, and the demonstration's post: none leaves now."""
    MailboxMessage.objects.filter(recipient__in=addresses).delete()
    mails = Outbox.objects.filter(topic="messaging.email", payload__has_key="raw").exclude(state=OutboxState.LEASED)
    gone = [pk for pk, payload in mails.values_list("pk", "payload") if set(payload["recipients"]) <= set(addresses)]
    forgotten = Outbox.objects.filter(pk__in=gone)
    forgotten.exclude(state=OutboxState.DONE).update(state=OutboxState.ABANDONED, done_at=now, last_error="")
    forgotten.update(payload={"recipients": []})


def retention(now: datetime) -> int:
    """Erase notices past their time, old batches' PDFs and the demonstration's old post; gives how many."""
    forgotten = 0
    old = _old(now).order_by("id").values_list("pk", flat=True)
    while pks := list(old[:SLICE]):  # one short transaction for each slice: nobody waits for it
        with transaction.atomic():
            deliveries = Delivery.objects.filter(notice__in=pks)
            papers = _forget(deliveries)
            deliveries.delete()
            Notice.objects.filter(pk__in=pks).delete()
        _delete(papers)
        forgotten += len(pks)
    with transaction.atomic():
        batches = _old_batches(now)
        papers = list(batches.values_list("pdf", flat=True))
        batches.update(pdf="")
        mailbox, _models = MailboxMessage.objects.filter(at__lt=now - MAILBOX_KEPT).delete()
    _delete(papers)
    return forgotten + mailbox + len(papers)


def retention_due(now: datetime) -> int:
    """How many ``retention`` would erase."""
    old_post = MailboxMessage.objects.filter(at__lt=now - MAILBOX_KEPT)
    return _old(now).count() + _old_batches(now).count() + old_post.count()


def _old(now: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(created_at__lt=now - KEPT)


def _old_batches(now: datetime) -> QuerySet[LetterBatch]:
    return LetterBatch.objects.filter(printed_at__lt=now - BATCH_KEPT).exclude(pdf="")


def _forget(deliveries: Any) -> list[str]:
    papers = Letter.objects.filter(delivery__in=deliveries).exclude(pdf="")
    keys = list(papers.values_list("pdf", flat=True))
    papers.update(pdf="", sha256="", pages=0)
    return keys


def _delete(keys: list[str]) -> None:
    for key in keys:
        storages["private"].delete(key)
