"""A draft that waits: its link asked for again, kept longer, its owner told before it is erased; a code that is lost.

Nobody should find out that a request was never sent, or is gone, on the day they needed it.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.dates import french_date
from bocage.cases import links
from bocage.cases.engine import Refused
from bocage.cases.entrusting import sender_of
from bocage.cases.models import ERASED, Case, ProcedureVersion
from bocage.cases.operations.store import STREAM, touch
from bocage.cases.queries import ends_on, lost_by, own_cases
from bocage.identity.queries import person_of
from bocage.messaging.models import Channel, Notice
from bocage.messaging.operations import Text, notify
from bocage.messaging.recipients import BadRecipient, Recipient
from bocage.territory.queries import switched_off, today

logger = logging.getLogger(__name__)
IDLE = timedelta(days=3)
"""Without a word typed: its owner may believe that it was sent."""
SOON = 10  # days before it is erased, at most a third of its time
SLICE = 500  # drafts looked at together; each is told in a transaction of its own


def keep_longer(case: Case, *, actor: Actor, now: datetime) -> date:
    """Count a draft's time from today again, as saving an answer does; gives its new last day.

    Raises Refused when it is no draft any more, Conflict when another window saved meanwhile.
    """
    if not case.is_draft:
        raise Refused(_("Cette demande est déjà envoyée : elle ne s’efface plus."))
    with transaction.atomic():
        touch(case, now)
        journal.record(stream=STREAM, kind="cases.draft_kept", subject=case.subject, actor=actor, now=now)
    return ends_on(case)


def send_link(case: Case, email: str, *, actor: Actor, now: datetime, once: UUID | None = None) -> None:
    """Send the link of a draft without account to its mailbox: the one it knows, or else ``email``, kept from now on.

    A draft that knows a mailbox is never sent to another: its links would open nothing (``links``).
    Raises Refused, Conflict, BadRecipient.
    """
    if not case.is_draft or case.account_id is not None:
        raise Refused(_("Cette demande se retrouve dans « Mon espace »."))
    with transaction.atomic():
        if not case.contact_email:
            touch(case, now, contact_email=email)
        notify(
            key=f"resume:{case.reference}:{once or now.isoformat()}",
            template="case.resume",
            context={"procedure": case.procedure.title, "expires_on": today(links.expires(now))},
            recipient=Recipient(name="", email=case.contact_email),
            subject=case.subject,
            service=case.service,
            reference=case.reference,
            link=links.path_for(case),
            link_label=_("Reprendre ma demande"),
            actor=actor,
            now=now,
        )


# --- Found again without its code ------------------------------------------------------------------------------------
def send_lost_links(email: str, *, actor: Actor, now: datetime) -> int:
    """Send to a mailbox a link for each of its latest requests without account, drafts included; how many.

    One mail for each: a request is told of no other, for their services are not the same. Nothing tells whoever asks
    whether there was any: the mailbox alone knows. Raises BadRecipient.
    """
    until = french_date(today(links.expires(now)))
    sent = 0
    for case in lost_by(email, now):
        with transaction.atomic():
            notify(
                key=f"lost:{case.reference}:{now.isoformat()}",
                template="case.lost",
                text=Text(
                    title=_("Votre demande {{ reference }} : {{ procedure }}"),
                    body=_(
                        "Vous avez voulu retrouver vos demandes. Ce lien ouvre celle-ci jusqu’au {{ until }}. Ne le "
                        "transmettez qu’à une personne de confiance.\n\nCe n’était pas vous ? Ne faites rien : ce "
                        "message n’est parti qu’à vous."
                    ),
                ),
                context={"procedure": case.procedure.title, "reference": case.reference, "until": until},
                recipient=Recipient(name="", email=case.contact_email),
                subject=case.subject,
                service=case.service,
                commune_id=case.commune_id,
                **sender_of(case),
                reference=case.reference,
                link=links.path_for(case),
                link_label=_("Ouvrir ma demande"),
                channels=(Channel.EMAIL,),
                actor=actor,
                now=now,
            )
        sent += 1
    return sent


# --- Told before it is gone ------------------------------------------------------------------------------------------
def remind_drafts(now: datetime) -> int:
    """Tell whoever left a draft: once after three days, and once before it is erased; how many.

    Those of a closed procedure are left alone: nothing could be sent. What comes back to life is told of its new end.
    """
    told = 0
    for version in ProcedureVersion.objects.filter(pk__in=_open_drafts().values("version")):
        days = version.document.draft_days
        waiting = _open_drafts().filter(
            version=version, updated_at__gt=now - timedelta(days=days), updated_at__lte=now - IDLE
        )
        last = timedelta(days=days - min(SOON, days // 3))
        for pk, key in _untold(list(waiting.order_by("pk").values_list("pk", "reference", "updated_at")), last, now):
            try:
                told += _remind(pk, key, now)
            except BadRecipient:
                logger.warning("a draft's owner cannot be reached", extra={"case": pk})
    return told


def _open_drafts() -> QuerySet[Case]:
    reached = Q(account__isnull=False) | ~Q(contact_email="") | ~Q(contact_phone="")
    return (
        Case.objects.filter(reached, state="", entered_by=None, procedure__is_open=True)
        .exclude(applicant_name=ERASED)
        .exclude(service__in=switched_off())
    )


def _untold(rows: list[tuple[int, str, datetime]], last: timedelta, now: datetime) -> Iterator[tuple[int, str]]:
    """Drafts with the key of what they should be told now, but for those that were told it."""
    for start in range(0, len(rows), SLICE):
        keys = {
            pk: f"draft:{reference}:{today(at).isoformat() if at <= now - last else 'idle'}"
            for pk, reference, at in rows[start : start + SLICE]
        }
        known = set(Notice.objects.filter(key__in=keys.values()).values_list("key", flat=True))
        yield from ((pk, key) for pk, key in keys.items() if key not in known)


@transaction.atomic
def _remind(pk: int, key: str, now: datetime) -> bool:
    case = (
        Case.objects.select_related("version", "procedure", "account__person")
        .defer("version__body")
        .filter(pk=pk, state="")
        .first()
    )
    if case is None or not _still_opens(case, now):
        return False
    recipient = _owner(case)
    if recipient.best_channel() == Channel.SCREEN:
        return False
    direct = case.account_id is None and bool(case.contact_email)
    notify(
        key=key,
        template="case.draft_waits",
        text=Text(
            title=_("Votre demande n’est pas encore envoyée : {{ procedure }}"),
            body=_(
                "Vous avez commencé la demande « {{ procedure }} » et vous ne l’avez pas envoyée : personne ne l’a lue."
                "\n\nElle est gardée jusqu’au {{ until }}, puis elle s’efface. Chaque fois que vous enregistrez, elle "
                "est gardée {{ days }} jours de plus.\n\nVous n’en avez plus besoin ? Il n’y a rien à faire."
            ),
            sms=_("Votre demande {{ reference }} n’est pas envoyée. Elle s’efface le {{ until }}. La reprendre :"),
        ),
        context={
            "procedure": case.procedure.title,
            "reference": case.reference,
            "until": french_date(ends_on(case)),
            "days": str(case.version.document.draft_days),
        },
        recipient=recipient,
        subject=case.subject,
        service=case.service,
        reference=case.reference,
        link=links.path_for(case) if direct else reverse("case_saved", args=[case.reference]),
        link_label=_("Reprendre ma demande"),
        actor=Actor.system("drafts"),
        now=now,
    )
    return True


def _still_opens(case: Case, now: datetime) -> bool:
    """Whether whoever began it may still open it: a mandate may have ended, an account may be closed."""
    if case.account is None:
        return True
    if not case.account.is_active:
        return False
    return case.mandate_id is None or own_cases(case.account, person_of(case.account), now).filter(pk=case.pk).exists()


def _owner(case: Case) -> Recipient:
    """Whoever began the draft, not whom it is for: under a mandate, the helper goes on with it. Never a letter."""
    account = case.account
    if account is None:
        return Recipient(name="", email=case.contact_email, phone=case.contact_phone)
    person = account.person
    return Recipient(
        name=str(account),
        email=account.email or (person.email if person else ""),
        phone=person.phone if person else "",
        person_id=account.person_id,
    )
