"""The territory's share of the demonstration: hours where the directory has none, closures around today.

Everything goes through operations, as an agent would do it, and may be loaded again: nothing doubles.
"""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from bocage.base.actors import Actor
from bocage.territory import operations, queries
from bocage.territory.models import Closure, Place


def load(now: datetime) -> operations.ImportReport:
    """Import the territory that the environment names; the manifest's loader."""
    return operations.load_territory(settings.ENV.territory, now=now)


def demonstration(now: datetime) -> None:
    """Load invented hours and closures. The manifest's demonstration loader."""
    actor = Actor.system("demo")
    path = Path(settings.TERRITORY_ROOT) / settings.ENV.territory / "demo" / "hours.json"
    if path.is_file():
        invented = json.loads(path.read_text(encoding="utf-8"))
        for place in Place.objects.filter(source_id__in=invented["hours"], opening_hours=""):
            text = invented["hours"][place.source_id]
            operations.set_opening_hours(place, text, notice=invented["notice"], actor=actor, now=now)
    _closures(now, actor)


def _closures(now: datetime, actor: Actor) -> None:
    """A town hall closed this week, a counter closed between the holidays, bridge days of the coming months."""
    today = queries.today(now)
    monday = today - timedelta(days=today.weekday())
    # Counted over the closures still to come: a start on another day of the same week adds nothing.
    if Closure.objects.filter(ends__gte=today).exists():
        return
    town_halls = list(Place.objects.filter(kind=Place.Kind.TOWN_HALL).order_by("-commune__population", "id")[:12])
    counters = list(Place.objects.filter(kind=Place.Kind.COUNTER).order_by("id"))
    if len(town_halls) > 8:
        reason = _("congés de la secrétaire de mairie")
        operations.add_closure(town_halls[8], monday, monday + timedelta(days=6), reason, actor=actor, now=now)
        reason = _("élections : la salle est prise")
        day = monday + timedelta(days=8)
        operations.add_closure(town_halls[3], day, day, reason, actor=actor, now=now)
    for counter in counters[1:]:
        reason = _("inventaire")
        day = monday + timedelta(days=10)
        operations.add_closure(counter, day, day, reason, actor=actor, now=now)
    for bridge in _bridges(today):
        for counter in counters:
            operations.add_closure(counter, bridge, bridge, _("pont"), actor=actor, now=now)
    christmas = date(today.year, 12, 24)
    for town_hall in town_halls[4:7]:
        reason = _("fêtes de fin d’année")
        operations.add_closure(town_hall, christmas, christmas + timedelta(days=8), reason, actor=actor, now=now)


def _bridges(today: date) -> list[date]:
    """Working days caught between a public holiday and a weekend, in the coming year."""
    found = []
    for offset in range(365):
        day = today + timedelta(days=offset)
        before, after = day - timedelta(days=1), day + timedelta(days=1)
        if queries.is_holiday(day):
            continue
        if (day.weekday() == 4 and queries.is_holiday(before)) or (day.weekday() == 0 and queries.is_holiday(after)):
            found.append(day)
    return found
