"""Dates as French people write them, and as French law counts them.

Legal dates are dates, instants are aware UTC datetimes (DESIGN.md §7). Which days are holidays belongs to the
territory: it is passed in, as a predicate, by whoever knows.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo

from django.utils import timezone

SPACE = "\u00a0"
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

IsHoliday = Callable[[date], bool]


# --- Writing ------------------------------------------------------------------------------------------------------
def french_date(day: date, *, weekday: bool = False, year: bool = True) -> str:
    """``1er mars 2026``, ``12 mars 2026``; with ``weekday`` ``mardi 12 mars 2026``; no-break after the day's number.

    An aware datetime is first brought to the current time zone.
    """
    if isinstance(day, datetime):
        day = timezone.localdate(day) if timezone.is_aware(day) else day.date()
    number = "1er" if day.day == 1 else str(day.day)
    text = f"{number}{SPACE}{MONTHS[day.month - 1]}"
    if weekday:
        text = f"{WEEKDAYS[day.weekday()]} {text}"
    return f"{text} {day.year}" if year else text


def french_time(moment: time | datetime, tz: tzinfo | None = None) -> str:
    """``9 h``, ``17 h 30``. An aware datetime is brought to ``tz``, by default the current time zone."""
    if isinstance(moment, datetime) and timezone.is_aware(moment):
        moment = timezone.localtime(moment, tz)
    hour = f"{moment.hour}{SPACE}h"
    return f"{hour}{SPACE}{moment.minute:02d}" if moment.minute else hour


def french_datetime(moment: datetime, tz: tzinfo | None = None, *, weekday: bool = False) -> str:
    """``12 mars 2026 à 17 h 30``, in ``tz``, by default the current time zone (the territory's)."""
    local = timezone.localtime(moment, tz) if timezone.is_aware(moment) else moment
    return f"{french_date(local.date(), weekday=weekday)} à {french_time(local.time())}"


def french_range(first: date, last: date) -> str:
    """``le 3 mars 2026``, ``du 3 au 5 mars 2026``, ``du 30 mars au 2 avril 2026``, with both years when they differ."""
    if first == last:
        return f"le {french_date(first)}"
    if (first.year, first.month) == (last.year, last.month):
        start = "1er" if first.day == 1 else str(first.day)
    else:
        start = french_date(first, year=first.year != last.year)
    return f"du {start} au {french_date(last)}"


# --- Counting -----------------------------------------------------------------------------------------------------
def is_working_day(day: date, is_holiday: IsHoliday) -> bool:
    """A *jour ouvré*: Monday to Friday, not a public holiday."""
    return day.weekday() < 5 and not is_holiday(day)


def next_working_day(day: date, is_holiday: IsHoliday) -> date:
    """``day`` itself when it is a working day, else the first one after it (Code de procédure civile, art. 642)."""
    while not is_working_day(day, is_holiday):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, n: int, is_holiday: IsHoliday) -> date:
    """The ``n``-th working day (*jour ouvré*) after ``day``, which never counts; before it when ``n`` < 0.

    ``n`` = 0 gives ``day`` unchanged, even on a Sunday.
    """
    step = timedelta(days=1 if n > 0 else -1)
    left = abs(n)
    while left:
        day += step
        if is_working_day(day, is_holiday):
            left -= 1
    return day


def working_days_between(first: date, last: date, is_holiday: IsHoliday) -> int:
    """How many working days come after ``first``, up to and with ``last``; negative when ``last`` is the earlier."""
    if last < first:
        return -working_days_between(last, first, is_holiday)
    return sum(is_working_day(first + timedelta(days=n), is_holiday) for n in range(1, (last - first).days + 1))


def add_months(day: date, n: int) -> date:
    """Same day of the month ``n`` months later, or that month's last day when there is no such day.

    *De quantième à quantième*: Code de procédure civile, art. 641. Raises OverflowError outside years 1 to 9999.
    """
    index = day.year * 12 + day.month - 1 + n
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("date out of range")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def legal_end(start: date, *, months: int = 0, days: int = 0, is_holiday: IsHoliday | None = None) -> date:
    """The last day of a legal delay that ``start`` triggers: months first, then days; ``start`` does not count.

    With ``is_holiday`` the end is carried to the first working day when it falls on a Saturday, a Sunday or a public
    holiday (Code de procédure civile, art. 641 and 642): for what a person must do. Leave it out for what the
    silence of the administration decides (CRPA, art. L231-1 and L231-4), which runs from date to date.
    """
    end = add_months(start, months) + timedelta(days=days)
    return next_working_day(end, is_holiday) if is_holiday else end


def age(birth: date, on: date) -> int:
    """Completed years on a day. Someone born on 29 February is older on 1 March of common years.

    Raises ValueError when ``on`` is before the birth.
    """
    if on < birth:
        raise ValueError("not born yet")
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
