"""Personal data of messaging: what a person was told, erased on request or when its time is over."""

from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import storages
from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.dates import french_datetime
from bocage.identity.models import Person
from bocage.messaging.models import Delivery, DeliveryState, Letter, LetterBatch, MailboxMessage, Notice

KEPT = timedelta(days=5 * 365)
"""A notice proves what was told and when: kept as long as most claims against a public body may be brought."""

BATCH_KEPT = timedelta(days=31)
"""The PDF of a printed batch repeats its letters: kept a month, in case the printer failed."""

MAILBOX_KEPT = timedelta(days=31)
ERASED = "Effacé à la demande de la personne"
SLICE = 500


def export(person: Person) -> dict[str, Any]:
    """Everything a person was told, and what became of it."""
    told = Delivery.objects.filter(person=person).select_related("notice", "letter").order_by("id")
    return {
        "notices": [
            {
                "title": delivery.notice.title,
                "text": delivery.notice.body,
                "about": delivery.notice.subject,
                "channel": delivery.get_channel_display(),
                "to": delivery.address,
                "state": delivery.get_state_display(),
                "written": french_datetime(delivery.created_at),
            }
            for delivery in told
        ]
    }


def erase(person: Person, actor: Actor, now: datetime) -> None:
    """Take name, address, words and papers out of what the person was told; dates and states remain as proof."""
    deliveries = Delivery.objects.filter(person=person)
    with transaction.atomic():
        papers = _forget(deliveries)
        Notice.objects.filter(deliveries__person=person).update(
            title=ERASED, body="", sms="", link="", remedies="", attachments=[]
        )
        # The key told who it was (``person:7``); a notice still has each of its recipients once.
        key = Concat(Value("erased:"), Cast("pk", CharField()))
        waiting = deliveries.filter(state__in=[DeliveryState.QUEUED, DeliveryState.UNCERTAIN])
        waiting.update(state=DeliveryState.FAILED, error=ERASED, changed_at=now)  # no paper is drawn for nobody
        deliveries.update(recipient_key=key, name="", address="", person=None)
        journal.record(stream="messaging", kind="messaging.erased", subject=f"person:{person.pk}", actor=actor, now=now)
    _delete(papers)


def retention(now: datetime) -> int:
    """Erase notices past their time, old batches' PDFs and the demonstration's old post; gives how many."""
    forgotten = 0
    old = Notice.objects.filter(created_at__lt=now - KEPT).order_by("id").values_list("pk", flat=True)
    while pks := list(old[:SLICE]):  # one short transaction for each slice: nobody waits for it
        with transaction.atomic():
            deliveries = Delivery.objects.filter(notice__in=pks)
            papers = _forget(deliveries)
            deliveries.delete()
            Notice.objects.filter(pk__in=pks).delete()
        _delete(papers)
        forgotten += len(pks)
    with transaction.atomic():
        batches = LetterBatch.objects.filter(printed_at__lt=now - BATCH_KEPT).exclude(pdf="")
        papers = list(batches.values_list("pdf", flat=True))
        batches.update(pdf="")
        mailbox, _by_model = MailboxMessage.objects.filter(at__lt=now - MAILBOX_KEPT).delete()
    _delete(papers)
    return forgotten + mailbox


def _forget(deliveries: Any) -> list[str]:
    papers = Letter.objects.filter(delivery__in=deliveries).exclude(pdf="")
    keys = list(papers.values_list("pdf", flat=True))
    papers.update(pdf="", sha256="", pages=0)
    return keys


def _delete(keys: list[str]) -> None:
    for key in keys:
        storages["private"].delete(key)
