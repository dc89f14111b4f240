"""Who came: marks made on paper, at a screen, or on a telephone without network, that arrive late and perhaps twice."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bocage.agenda.models import Attendance, Mark, Registration, Session, State
from bocage.agenda.refusals import Refused
from bocage.base import journal
from bocage.base.actors import Actor
from bocage.identity.models import Account

STREAM = "agenda"


def mark(
    registration: Registration,
    session: Session,
    told: Mark,
    *,
    key: UUID,
    marked_at: datetime,
    account: Account | None,
    actor: Actor,
    now: datetime,
    count: int | None = None,
) -> Attendance:
    """Write a mark down; sent again under the same key, it is the one already written. Raises Refused: foreign, count.

    A device's clock that runs ahead is brought back to ``now``. Marks of someone who has cancelled since are kept: they
    tell that the person came all the same.
    """
    known = Attendance.objects.filter(key=key).first()
    if known is not None:
        return known
    if session.offer_id != registration.offer_id or (registration.session_id or session.pk) != session.pk:
        raise Refused("foreign", _("Cette personne n’est pas inscrite à cette séance."))
    if registration.series_id is not None and registration.series_id != session.series_id:
        raise Refused("foreign", _("Cette personne n’est pas inscrite à cette séance."))
    came = (registration.size if count is None else count) if told == Mark.PRESENT else 0
    if not 0 <= came <= registration.size:
        raise Refused("count", _("Cette inscription compte %s personnes au plus.") % registration.size)
    if registration.state == State.WAITING:
        raise Refused("foreign", _("Cette personne est sur liste d’attente : inscrivez-la d’abord."))
    try:
        with transaction.atomic():
            row = Attendance.objects.create(
                key=key,
                registration=registration,
                session=session,
                mark=told,
                count=came,
                marked_at=min(marked_at, now),
                received_at=now,
                account=account,
            )
            journal.record(
                stream=STREAM,
                kind="agenda.marked",
                subject=registration.subject,
                actor=actor,
                now=now,
                payload={"session": session.pk, "mark": str(told), "count": came},
            )
    except IntegrityError:
        return Attendance.objects.get(key=key)  # the same mark, sent twice at once
    return row
