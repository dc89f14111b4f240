"""Telling someone something: the notice frozen, its deliveries, and what must leave, in the caller's transaction."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal, outbox
from bocage.base.actors import Actor
from bocage.base.references import new_reference
from bocage.identity.merging import mover
from bocage.messaging import texts
from bocage.messaging.letterhead import Letterhead
from bocage.messaging.models import Channel, Delivery, DeliveryState, Letter, Notice
from bocage.messaging.operations.templates import current_version
from bocage.messaging.recipients import Recipient

TOPICS = {
    Channel.EMAIL: "messaging.email",
    Channel.SMS: "messaging.sms",
    Channel.LETTER: "messaging.letter",
}


#: What one was told follows when two records of a person are made one (manifest, ``person_rows``).
move_deliveries = mover(Delivery, "person")


@dataclass(frozen=True)
class Signatory:
    """The author of a decision as CRPA L212-1 wants them told: first name and name, title, delegation if any."""

    name: str
    title: str = ""
    delegation: str = ""


def delivery_key(notice_key: str, recipient_key: str, channel: str) -> str:
    """What makes a delivery the same one when it is asked for, or handed over, twice."""
    return hashlib.sha256("\0".join((notice_key, recipient_key, channel)).encode()).hexdigest()[:40]


def notify(
    *,
    key: str,
    template: str,
    context: Mapping[str, object],
    recipient: Recipient,
    subject: str,
    actor: Actor,
    now: datetime,
    channels: Sequence[str] | None = None,
    text: texts.Text | None = None,
    service: str = "",
    commune_id: int | None = None,
    organisation_id: int | None = None,
    apart: bool = False,
    head: Letterhead | None = None,
    reference: str = "",
    link: str = "",
    link_label: str = "",
    remedies: str = "",
    signatory: Signatory | None = None,
    attachments: Iterable[Mapping[str, Any]] = (),
    registered: bool = False,
) -> Notice:
    """Tell ``recipient`` something about ``subject`` (``case:12``). Nothing leaves before the caller's commit.

    ``key`` is deterministic: asking again gives the same notice and sends nothing more. ``template`` is the key of a
    text (``data/territories/<slug>/templates/``), or the name to keep for ``text`` when the caller brings its own;
    ``context`` gives every placeholder a value. ``channels`` overrides the choice (an e-mail if there is one, else an
    SMS to a mobile phone, else a letter, else the screen alone). ``link`` is a path of ours. ``attachments`` are
    ``{"path": dotted path, "args": {...}}``, called when the mail leaves or the letter is drawn:
    ``path(**args) -> attachments.File | None``.
    ``apart``: only ``organisation_id``'s agents see it; ``head``: its letterhead, where an agreement says one.
    ``registered`` asks for a letter with proof of delivery. The notice can always be read on screen.

    Raises texts.BadText (a placeholder without value), BadRecipient (an address that cannot be used),
    templates.UnknownTemplate.
    """
    version = None if text else current_version(template, now)
    source = text or version
    assert source is not None
    author = signatory or Signatory("")
    address = settings.ENV.base_url + link if link.startswith("/") else link
    title = texts.one_line(texts.fill(source.title, context))
    told = Notice(
        key=key,
        subject=subject,
        template=template,
        version=version,
        title=title,
        body=texts.fill(source.body, context),
        sms=_short(texts.fill(source.sms, context) or title, address),
        reference=reference,
        link=address,
        link_label=link_label,
        remedies=remedies,
        large_print=text is not None and text.large_print,
        signatory_name=author.name,
        signatory_title=author.title,
        signatory_delegation=author.delegation,
        attachments=[dict(item) for item in attachments],
        service=service,
        commune_id=commune_id,
        organisation_id=organisation_id,
        apart=apart,
        head=asdict(head) if head else None,
        actor=actor.key,
        created_at=now,
    )
    wanted = channels or [recipient.best_channel()]
    for channel in wanted:
        recipient.address(channel)  # refused here, before anything is written
    with transaction.atomic(savepoint=False):
        # The key is unique: the first telling stands. The update changes nothing; it gives the row's id either way.
        Notice.objects.bulk_create([told], update_conflicts=True, unique_fields=["key"], update_fields=["key"])
        new = sum(deliver(told, recipient, channel, registered, now) for channel in wanted)
        if new:
            journal.record(
                stream="messaging",
                kind="messaging.notified",
                subject=subject,
                actor=actor,
                now=now,
                payload={"notice": told.pk},
            )
    if new < len(wanted):
        told.refresh_from_db()  # what was said the first time
    return told


def _short(sentence: str, link: str) -> str:
    return texts.one_line(f"{sentence} {link}" if link and link not in sentence else sentence, 480)


def deliver(notice: Notice, recipient: Recipient, channel: str, registered: bool, now: datetime) -> int:
    """One delivery and what makes it leave, unless it already exists; gives how many were made."""
    message_id = delivery_key(notice.key, recipient.key, channel)
    address = recipient.address(channel)
    if Delivery.objects.filter(message_id=message_id).exists():
        return 0
    on_screen = channel == Channel.SCREEN
    Delivery.objects.bulk_create(
        [
            Delivery(
                notice=notice,
                recipient_key=recipient.key,
                person_id=recipient.person_id,
                name=texts.one_line(recipient.name, 240),
                address=address,
                channel=channel,
                state=DeliveryState.DELIVERED if on_screen else DeliveryState.QUEUED,
                message_id=message_id,
                created_at=now,
                changed_at=now,
                sent_at=now if on_screen else None,
            )
        ],
        ignore_conflicts=True,
    )
    if channel == Channel.LETTER:
        delivery = Delivery.objects.get(message_id=message_id)
        drawn = new_reference()
        while Letter.objects.filter(reference=drawn).exists():
            drawn = new_reference()
        Letter.objects.get_or_create(delivery=delivery, defaults={"reference": drawn, "registered": registered})
    if not on_screen:
        topic = TOPICS[Channel(channel)]
        outbox.enqueue(topic, f"{topic}:{message_id}", {"delivery": message_id}, now=now)
    return 1


def mark(
    delivery: Delivery,
    state: str,
    now: datetime,
    *,
    error: str = "",
    provider_ref: str = "",
    actor: Actor | None = None,
) -> bool:
    """Move a delivery that was on its way to ``state``; False when it had already left or failed (a repeat).

    A failure is journaled on what the notice is about, so that its screen shows the trouble.
    """
    values: dict[str, Any] = {"state": state, "changed_at": now, "error": error[:300]}
    if state in {DeliveryState.SENT, DeliveryState.DELIVERED}:
        values["sent_at"] = now
    if provider_ref:
        values["provider_ref"] = provider_ref[:120]
    waiting = [DeliveryState.QUEUED, DeliveryState.UNCERTAIN, DeliveryState.HANDED_OVER]
    with transaction.atomic(savepoint=False):
        moved = Delivery.objects.filter(pk=delivery.pk, state__in=waiting).update(**values)
        if moved and state == DeliveryState.FAILED:
            journal.record(
                stream="messaging",
                kind="messaging.delivery_failed",
                subject=delivery.notice.subject,
                actor=actor or Actor.system("messaging"),
                now=now,
                payload={"delivery": delivery.pk},
            )
    return bool(moved)


def settle(payload: Mapping[str, Any], *, arrived: bool, actor: Actor, now: datetime) -> None:
    """Put a delivery that is still on its way to its end, in the caller's transaction: someone settled its effect.

    It ``arrived`` though the line was cut before the answer, or it will not leave. One that already ended is left as
    it is; a mail of a package (``raw``) has no delivery.
    """
    delivery = Delivery.objects.select_related("notice").filter(message_id=payload.get("delivery", "")).first()
    if delivery is None:
        return
    if not arrived:
        mark(delivery, DeliveryState.FAILED, now, error=_("L’envoi a été abandonné : il ne partira pas."), actor=actor)
    elif delivery.channel != Channel.LETTER:  # a letter that was drawn is yet to be printed
        mark(delivery, DeliveryState.SENT, now)


def requeue(payload: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Let a delivery that failed leave again, in the caller's transaction: someone gave its effect its attempts again.

    A mail of a package (``raw``) has no delivery; one that did not fail is left as it is.
    """
    failed = Delivery.objects.select_related("notice").filter(
        message_id=payload.get("delivery", ""), state=DeliveryState.FAILED
    )
    delivery = failed.first()
    if delivery is None or not failed.update(state=DeliveryState.QUEUED, changed_at=now, error=""):
        return
    journal.record(
        stream="messaging",
        kind="messaging.delivery_requeued",
        subject=delivery.notice.subject,
        actor=actor,
        now=now,
        payload={"delivery": delivery.pk},
    )


def unseal_notices(subject: str) -> None:
    """What was for a body's agents alone is for whoever sees ``subject`` from now on, in the caller's transaction."""
    Notice.objects.filter(subject=subject, apart=True).update(apart=False)
