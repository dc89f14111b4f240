"""When one may register and give one's place back: pure, from the terms and the moment of the session."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bocage.agenda.terms import Priority, Rules, Terms
from bocage.base.dates import IsHoliday, add_working_days
from bocage.base.expressions import Env, evaluate, truth


def opens(terms: Terms, published: datetime | None, starts: datetime, priority: Priority | None) -> datetime | None:
    """When registration opens for a session: the latest of the offer's date, the group's and the longest delay.

    None: it is open. ``priority`` is the group that the participant belongs to.
    """
    told = [published, priority.opens_at if priority else None]
    if terms.rules.opens_days is not None:
        told.append(starts - timedelta(days=terms.rules.opens_days))
    return max((one for one in told if one is not None), default=None)


def group_of(terms: Terms, facts: Mapping[str, object], day: date) -> tuple[int, Priority | None] | None:
    """The first group that someone belongs to, with its rank; None: the offer is for others."""
    if not terms.priorities:
        return 0, None
    env = Env(facts, day)
    for rank, priority in enumerate(terms.priorities):
        if priority.condition is None or truth(evaluate(priority.condition, env)):
            return rank, priority
    return None


def closes(rules: Rules, starts: datetime, is_holiday: IsHoliday, zone: ZoneInfo) -> datetime:
    """The first instant at which it is too late to register for a session that begins at ``starts``."""
    return _before(rules.notice_days, rules.notice_hour, starts, is_holiday, zone)


def gives_back_until(rules: Rules, starts: datetime, is_holiday: IsHoliday, zone: ZoneInfo) -> datetime:
    """The first instant at which it is too late to give one's place back by oneself."""
    return _before(rules.cancel_days, rules.cancel_hour, starts, is_holiday, zone)


def _before(days: int, hour: str, starts: datetime, is_holiday: IsHoliday, zone: ZoneInfo) -> datetime:
    """So many working days before the session's day, at an hour of the territory; its beginning for none."""
    if not days:
        return starts
    day = add_working_days(starts.astimezone(zone).date(), -days, is_holiday)
    return min(starts, instant(day, hour, zone))


def instant(day: date, hour: str, zone: ZoneInfo) -> datetime:
    """An hour of the clock as an instant (UTC).

    An hour that the clock skips is the one that it jumps to; of one that comes twice, the first (RFC 5545, §3.3.5).
    """
    return datetime.combine(day, time.fromisoformat(hour), zone).astimezone(UTC)
