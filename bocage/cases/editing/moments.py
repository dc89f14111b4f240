"""Moments that a date is compared with, as people write them: « aujourd’hui - 18 ans » for ``today-18y``."""

import re

from django.utils.translation import gettext as _

from bocage.base.typed_dates import BadDate, parse_french_date
from bocage.search.text import fold

_UNITS = {"j": "d", "jour": "d", "jours": "d", "mois": "m", "an": "y", "ans": "y", "annee": "y", "annees": "y"}
_WORDS = {"d": "jours", "m": "mois", "y": "ans"}
_STORED = re.compile(r"^today(?:([+-])(\d+)([dmy]))?$")
_TYPED = re.compile(r"^aujourd.?hui\s*(?:([+-])\s*(\d{1,4})\s*([a-zé]+))?$")


class BadMoment(ValueError):
    """A moment that cannot be read; its message says how to write it."""


def shown(moment: str | None) -> str:
    """A stored moment, as people write it."""
    if not moment:
        return ""
    found = _STORED.match(moment)
    if found:
        sign, count, unit = found.groups()
        return f"aujourd’hui {sign} {count} {_WORDS[unit]}" if sign else "aujourd’hui"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", moment):
        return "/".join(reversed(moment.split("-")))
    return moment


def read(text: str) -> str:
    """What was typed, as it is stored. Raises BadMoment."""
    typed = " ".join(text.replace("–", "-").replace("−", "-").lower().split())
    found = _TYPED.match(typed)
    if found:
        sign, count, word = found.groups()
        if not sign:
            return "today"
        unit = _UNITS.get(fold(word))
        if unit:
            return f"today{sign}{int(count)}{unit}"
    elif _STORED.match(typed):
        return typed
    else:
        try:
            return parse_french_date(text).isoformat()
        except BadDate:
            pass
    raise BadMoment(_("Écrivez une date, ou un moment. Exemples : 31/12/2026 ; aujourd’hui ; aujourd’hui - 18 ans"))
