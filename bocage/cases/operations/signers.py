"""Signatures of several people: given by link or noted from paper, asked for again, reminded of."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.cases import signers
from bocage.cases.engine import Refused, Sign
from bocage.cases.engine.afterwards import SIGNATURES
from bocage.cases.engine.signatures import DAYS
from bocage.cases.models import Case
from bocage.cases.models import Deadline as DeadlineRow
from bocage.cases.operations.drafts import SLICE
from bocage.cases.operations.store import STREAM, Conflict, run
from bocage.messaging.recipients import BadRecipient
from bocage.territory.queries import today

logger = logging.getLogger(__name__)
ATTEMPTS = 5
REMIND_DAYS = 7
"""Days before the last one on which those who have not signed are told again."""


def sign(
    case: Case,
    field: str,
    signer: str,
    *,
    name: str,
    channel: str,
    actor: Actor,
    now: datetime,
    read: str | None = None,
) -> Case:
    """Keep someone's signature, once, and what follows when it is the last one.

    ``read`` is the ``signers.read_of`` of what they were shown: they sign that and nothing else.
    Raises Refused (signed already, too late, no name, nobody of that description; an error ``read`` where the request
    changed under their eyes) and Conflict.
    """
    for _attempt in range(ATTEMPTS):
        try:
            run(case, Sign(field, signer, name, "paper" if channel == "paper" else "web", read), actor=actor, now=now)
        except Conflict:  # another of them signed meanwhile
            case.refresh_from_db()
        else:
            return case
    raise Conflict


@transaction.atomic
def ask_again(case: Case, *, actor: Actor, now: datetime) -> int:
    """Give those who have not signed their link again, good for as long as at first; to how many. Raises Refused."""
    found = case.deadlines.filter(kind=SIGNATURES, closed=False)
    if case.outcome or not found.update(due_on=today(now) + timedelta(days=DAYS)):
        raise Refused(_("Aucune signature n’est attendue sur ce dossier."))
    journal.record(stream=STREAM, kind="cases.signatures_asked", subject=case.subject, actor=actor, now=now)
    return signers.tell(case, occasion=today(now).isoformat(), actor=actor, now=now)


def remind_signers(now: datetime) -> int:
    """Tell those whose link ends soon, once, those that end first first; how many.

    One short transaction for each case. About ``SLICE`` are told in a run: the next one goes on, as after a crash.
    """
    day = today(now)
    soon = DeadlineRow.objects.filter(
        kind=SIGNATURES, closed=False, due_on__range=(day, day + timedelta(days=REMIND_DAYS)), case__outcome=""
    )
    told = 0
    for pk in list(soon.order_by("due_on", "pk").values_list("pk", flat=True)):
        if told >= SLICE:
            break
        try:
            told += _remind(soon.filter(pk=pk), now)
        except BadRecipient:
            logger.warning("someone who is to sign cannot be reached", extra={"deadline": pk})
    return told


@transaction.atomic
def _remind(found: QuerySet[DeadlineRow], now: datetime) -> int:
    row = found.select_related("case__version", "case__procedure").first()
    if row is None:
        return 0  # the last one has signed this very moment
    occasion = f"reminder-{row.due_on.isoformat()}"
    return signers.tell(row.case, occasion=occasion, actor=Actor.system("signatures"), now=now, spares=True)
