"""Dates as people type them in France, and bounds such as « today-18y »."""

import re
from datetime import date, timedelta

from bocage.base.dates import add_months

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan",
            "fevrier fevr fev février févr fév",
            "mars mar",
            "avril avr",
            "mai",
            "juin",
            "juillet juil",
            "aout août",
            "septembre sept sep",
            "octobre oct",
            "novembre nov",
            "decembre dec décembre déc",
        ),
        start=1,
    )
    for name in names.split()
}
_NUMERIC = re.compile(r"^(\d{1,2})[\s/.\-]+(\d{1,2})[\s/.\-]+(\d{4})$")
_COMPACT = re.compile(r"^(\d{2})(\d{2})(\d{4})$")
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_WORDS = re.compile(r"^(?:[a-z]+di\s+|dimanche\s+)?(\d{1,2})(?:er)?\s+([a-zéûô]+)\.?\s+(\d{4})$")
_RELATIVE = re.compile(r"^today(?:([+-])(\d{1,4})([dmy]))?$")


class BadDate(ValueError):
    """What was typed is no date."""


class NoSuchDay(BadDate):
    """A date is written, and the calendar has no such day."""


def parse_french_date(text: str) -> date:
    """31/01/1950, 31.1.1950, 31 janvier 1950, 1er mars 2026, 31011950 or 1950-01-31. Raises BadDate, NoSuchDay.

    Two-digit years are refused: nobody can tell 1926 from 2026.
    """
    typed = " ".join(text.lower().split())
    if found := _NUMERIC.match(typed) or _COMPACT.match(typed):
        day, month, year = (int(part) for part in found.groups())
    elif found := _ISO.match(typed):
        year, month, day = (int(part) for part in found.groups())
    elif (found := _WORDS.match(typed)) and found[2] in _MONTHS:
        day, month, year = int(found[1]), _MONTHS[found[2]], int(found[3])
    else:
        raise BadDate(text)
    try:
        return date(year, month, day)
    except ValueError:
        raise NoSuchDay(text) from None


def relative_date(text: str, today: date) -> date:
    """A bound: ``2026-01-31``, ``today``, ``today-18y``, ``today+3m``, ``today+10d``. Raises BadDate."""
    found = _RELATIVE.match(text)
    if found is None:
        return parse_french_date(text)
    if found[1] is None:
        return today
    amount = int(found[2]) * (1 if found[1] == "+" else -1)
    try:
        if found[3] == "d":
            return today + timedelta(days=amount)
        return add_months(today, amount * (12 if found[3] == "y" else 1))
    except (OverflowError, ValueError):
        raise BadDate(text) from None
