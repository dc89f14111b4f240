"""What runs by itself: ends what was held too long, looks each night whether the counts are right."""

import logging
from datetime import datetime

from bocage.agenda import queries
from bocage.agenda.operations.leaving import end_expired

logger = logging.getLogger(__name__)


def expire(now: datetime) -> int:
    """End what was held or offered for too long; its places go to the next in line."""
    return end_expired(now)


def reconcile(now: datetime) -> int:
    """Count every place again, and say what differs; nothing is changed, a person looks first. How many differ."""
    found = queries.drift()
    for one in found:
        logger.error(
            "a pool's count is wrong",
            extra={"pool": one.pool, "session": one.session, "counted": one.counted, "taken": one.taken},
        )
    ghosts = queries.ghosts().count()
    if ghosts:
        logger.error("places are held by registrations that are over", extra={"count": ghosts})
    return len(found) + ghosts
