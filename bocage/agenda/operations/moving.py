"""From one session to another of the same offer, in one act: the new place is sure before the old one is given back."""

from collections import Counter
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bocage.agenda.models import LIVE, Allocation, Pool, Registration, Session
from bocage.agenda.operations.leaving import hand_over
from bocage.agenda.operations.places import NoPlace, take, take_turn, touch
from bocage.agenda.refusals import Refused
from bocage.base import journal
from bocage.base.actors import Actor

STREAM = "agenda"


def move(registration: Registration, session: Session, *, actor: Actor, now: datetime, force: bool = False) -> None:
    """Move a registration to another session of its offer. Raises Refused: foreign, past, full, twice, over."""
    if session.offer_id != registration.offer_id or registration.session_id is None:
        raise Refused("foreign", _("On ne change de séance qu’au sein de la même offre."))
    if session.cancelled_at is not None or (session.starts <= now and not force):
        raise Refused("past", _("Cette séance est annulée, ou déjà commencée."))
    if session.pk == registration.session_id:
        return
    option = registration.terms.document.option(registration.option)
    pools = list(Pool.objects.filter(session=session, name__in=option.takes if option else ()))
    if option is None or len(pools) != len(option.takes):
        raise Refused("option", _("Ce choix n’est pas proposé à cette séance."))
    try:
        with transaction.atomic():
            take_turn(registration.offer_id)
            rows = Registration.objects.filter(pk=registration.pk, state__in=LIVE, session=registration.session_id)
            if not rows.update(session=session):
                raise Refused("over", _("Cette inscription a changé entre-temps : relisez-la."))
            freed: Counter[int] = Counter()
            who = ""
            for allocation in registration.allocations.filter(live=True):
                freed[allocation.pool_id] += allocation.size
                who = allocation.who
            # Old places and new ones in one ascending pass: nobody who wants both waits for us while we wait for them.
            touch(dict.fromkeys([*freed, *(pool.pk for pool in pools)], 0))
            take({pool.pk: registration.size for pool in pools}, force=force)
            registration.allocations.filter(live=True).update(live=False)
            Allocation.objects.bulk_create(
                [Allocation(registration=registration, pool=pool, size=registration.size, who=who) for pool in pools]
            )
            journal.record(
                stream=STREAM,
                kind="agenda.moved",
                subject=registration.subject,
                actor=actor,
                now=now,
                payload={"from": registration.session_id, "to": session.pk},
            )
            hand_over(registration.offer_id, freed, now=now)
    except NoPlace:
        raise Refused("full", _("Il n’y a plus de place à cette séance. Rien n’a changé.")) from None
    except IntegrityError:
        raise Refused("twice", _("Cette personne est déjà inscrite à cette séance.")) from None
    registration.refresh_from_db()
