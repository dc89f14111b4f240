"""What the holder of an issued document does with it: says that it is lost, asks for another."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base.actors import Actor
from bocage.cases.engine import Refused
from bocage.cases.issued import shown
from bocage.cases.models import Case, IssuedDocument, VoidReason
from bocage.cases.operations.drafts import carried, start_draft
from bocage.cases.operations.effects import send_notice
from bocage.cases.operations.issuing import void
from bocage.identity.models import Account
from bocage.identity.queries import mandate_for, person_of
from bocage.territory.queries import today


@transaction.atomic
def declare_lost(row: IssuedDocument, *, actor: Actor, now: datetime) -> None:
    """The document holds no longer, from this moment: whoever finds it does nothing with it. A second time is nothing.

    Raises Refused for one that holds no longer for another reason.
    """
    if shown(row, now).standing != "valid":
        if row.void_reason == VoidReason.LOST:
            return
        raise Refused(_("Ce document n’est déjà plus valable."))
    if void(row, VoidReason.LOST, actor=actor, now=now):
        words = {"document_number": row.number}
        send_notice(row.case, "document_lost", key=f"lost:{row.number}", actor=actor, now=now, values=words)


def renew(
    row: IssuedDocument,
    *,
    actor: Actor,
    now: datetime,
    account: Account | None = None,
    once: UUID | None = None,
) -> tuple[Case, str]:
    """Begin a request for another document, from the one that issued this; gives it with its tracking code.

    Its answers are there to be read again, but for what is made anew (``drafts.OF_ITS_DAY``). It is the ``account``'s
    where someone is signed in. The applicant's own file fills in the rest for themselves and for whoever holds their
    mandate; whoever has a tracking code alone reads what the former request said, and nothing that the file says since.

    Raises Refused where it is not yet to be renewed, or the procedure is closed.
    """
    old, told = row.case, shown(row, now)
    current = old.procedure.current
    if not told.renewable or current is None:
        raise Refused(_("Ce document n’est pas encore à renouveler."))
    answers = carried(old, current.document)
    answers |= told.told.loss if row.void_reason == VoidReason.LOST else told.told.renewal
    person = person_of(account) if account is not None else None
    own = person is not None and old.applicant_id == person.pk
    mandate = None
    if account is not None and old.applicant is not None and not own:
        slug, service = old.procedure.slug, old.procedure.service
        mandate = mandate_for(old.applicant, person, slug, today(now), now, account=account, service=service)
    return start_draft(
        old.procedure,
        actor=actor,
        now=now,
        account=account,
        applicant=old.applicant,
        mandate=mandate,
        contact_email=old.contact_email,
        contact_phone=old.contact_phone,
        answers=answers,
        prefilled=own or mandate is not None,
        once=once,
    )
