"""Places taken and given back: the only code that changes ``Pool.taken``.

Pools are touched in ascending id, so that two who want the same ones never wait for each other. A place is taken by a
conditional update: the database decides, on SQLite as on PostgreSQL, and no lock is relied on.
"""

from collections.abc import Mapping

from django.db.models import F, Value
from django.db.models.functions import Greatest, Least

from bocage.agenda.models import Offer, Pool
from bocage.base.outbox import require_transaction


class NoPlace(Exception):
    """A pool has not that many places left; whatever was taken goes with the caller's transaction."""

    def __init__(self, pool: int) -> None:
        super().__init__(f"pool {pool} is full")
        self.pool = pool


def take(wanted: Mapping[int, int], *, force: bool = False) -> None:
    """Take so many places in each pool (id → places), or none. Raises NoPlace and NotInTransaction.

    ``force`` goes above the capacity, and writes how far.
    """
    require_transaction()
    for pool, size in sorted(wanted.items()):
        rows = Pool.objects.filter(pk=pool)
        if force:
            above = Greatest(F("overbook"), F("taken") + size - F("capacity"))
            done = rows.update(taken=F("taken") + size, overbook=above)
        else:
            done = rows.filter(taken__lte=F("capacity") - size).update(taken=F("taken") + size)
        if not done:
            raise NoPlace(pool)


def touch(given: Mapping[int, int]) -> dict[int, int]:
    """Give places back (id → places, 0 to hold the row only); tell how many each pool then has left for anyone.

    What was let in above the capacity goes first: it leaves no place to others. Until the caller's transaction ends
    nobody else changes these pools: what is handed to the next in line is never seen free.
    """
    require_transaction()
    for pool, size in sorted(given.items()):
        above = Greatest(Value(0), Least(F("overbook"), F("taken") - size - F("capacity")))
        Pool.objects.filter(pk=pool).update(taken=F("taken") - size, overbook=above)
    return {pool.pk: pool.left for pool in Pool.objects.filter(pk__in=given)}


def take_turn(offer_id: int) -> None:
    """Wait for whoever changes the offer's waiting list to be done: first act of each that does."""
    require_transaction()
    Offer.objects.filter(pk=offer_id).update(queue=F("queue") + 1)
