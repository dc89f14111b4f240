"""Opening hours as agents type them, day by day, and as OSM writes them: the two ways of the desk's form."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _

from bocage.base.dates import WEEKDAYS
from bocage.base.opening_hours import BadHours, Hours, runs

OSM_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_TYPED = re.compile(
    r"(\d{1,2})\s*(?:[h:]\s*(\d{2})?)?\s*(?:-|–|à|a|/)\s*(\d{1,2})\s*(?:[h:]\s*(\d{2})?)?", re.IGNORECASE
)


def from_days(days: Sequence[str]) -> str:
    """OSM hours from seven texts typed by people, Monday first: « 9h-12h et 14h-17h30 », or nothing when closed.

    Raises BadHours naming the day.
    """
    spans: list[str] = []
    for offset, typed in enumerate(days):
        bare = typed.strip().lower()
        if bare in {"", "fermé", "ferme", "-"}:
            spans.append("")
            continue
        found = list(_TYPED.finditer(bare))
        rest = _TYPED.sub("", bare)
        if not found or re.sub(r"\b(et|puis|de|ouvert)\b|[\s,;+]", "", rest):
            raise BadHours(
                _("%(day)s : « %(typed)s » n’est pas compris. Écrivez par exemple « 9h-12h et 14h-17h30 ».")
                % {"day": WEEKDAYS[offset].capitalize(), "typed": typed.strip()}
            )
        pieces, previous = [], ""
        for match in found:
            start, end = (f"{int(match[i]):02d}:{int(match[i + 1] or 0):02d}" for i in (1, 3))
            minutes = max(int(match[2] or 0), int(match[4] or 0))
            if minutes > 59 or not previous <= start < end <= "24:00":
                raise BadHours(
                    _("%(day)s : les heures de « %(typed)s » ne se suivent pas.")
                    % {"day": WEEKDAYS[offset].capitalize(), "typed": typed.strip()}
                )
            pieces.append(f"{start}-{end}")
            previous = end
        spans.append(",".join(pieces))
    return weekly(spans)


def weekly(spans: Sequence[str]) -> str:
    """OSM hours from seven lists of spans (``09:00-12:00,14:00-17:00``, empty when closed), equal days grouped."""
    rules = []
    for span in dict.fromkeys(span for span in spans if span):
        days = [offset for offset, other in enumerate(spans) if other == span]
        names = [OSM_DAYS[run[0]] if len(run) == 1 else f"{OSM_DAYS[run[0]]}-{OSM_DAYS[run[-1]]}" for run in runs(days)]
        rules.append(f"{','.join(names)} {span}")
    return "; ".join(rules)


def to_days(text: str) -> list[str] | None:
    """Seven texts as people type them, when the hours are a plain week; None when only OSM's syntax can say them."""
    hours = Hours(text)
    if hours.varies or '"' in text:
        return None
    monday = date(2024, 1, 1)
    texts = []
    for offset in range(7):
        # A night is cut at midnight: the end of one day and the beginning of the next.
        slots = hours.slots(monday + timedelta(days=offset), usual=True)
        texts.append(
            " et ".join(
                f"{slot.start:%H:%M}-{'24:00' if slot.end.date() > slot.start.date() else f'{slot.end:%H:%M}'}"
                for slot in slots
            )
        )
    return texts
