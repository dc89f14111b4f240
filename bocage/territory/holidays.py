"""Public holidays of France, computed: for the import, and for years that the calendar does not hold."""

from datetime import date
from functools import lru_cache

from holidays import country_holidays


@lru_cache(maxsize=64)
def public_holidays(year: int, subdivision: str = "") -> dict[date, str]:
    """The public holidays of a year by day (Code du travail, L3133-1), with French names.

    ``subdivision`` is INSEE's code where local law adds days (``57``, ``6AE`` for Alsace-Moselle, overseas).
    """
    found = country_holidays("FR", subdiv=subdivision or None, years=year, language="fr")
    return {day: name.replace("; ", ", ") for day, name in sorted(found.items())}
