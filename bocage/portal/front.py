"""What the home page says of now: alerts, the commune chosen, the outline of the territory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import format_html

from bocage.base import registry
from bocage.base.opening_hours import Status
from bocage.territory import contours
from bocage.territory import queries as territory
from bocage.territory.models import Commune, Place

NEARBY = (Place.Kind.WASTE_SITE, Place.Kind.LIBRARY, Place.Kind.FRANCE_SERVICES)
"""Kinds of which the home page shows the nearest, beside the town hall."""

_LEVELS = {"danger": "error", "warning": "warning"}


@dataclass(frozen=True)
class ShownAlert:
    """An alert atop the home page; ``kind`` is that of the alert component."""

    kind: str
    text: str
    url: str
    where: str


@dataclass(frozen=True)
class Near:
    """A place near the commune chosen."""

    place: Place
    status: Status
    distance: str


@dataclass(frozen=True)
class CommuneNow:
    """The commune chosen, now: its town hall, and what is near."""

    commune: Commune
    town_hall: Place | None
    status: Status | None
    near: list[Near]


def alerts(commune: Commune | None, now: datetime) -> list[ShownAlert]:
    """The alerts that manifests contribute; one that fails is left out."""
    found: list[ShownAlert] = []
    for manifest, path in registry.contributions("alerts"):
        contributed: list[Any] = registry.isolated(manifest, path, lambda give: list(give(commune, now))) or []
        found.extend(
            ShownAlert(_LEVELS.get(alert.level, "info"), alert.text, alert.url, ", ".join(alert.communes))
            for alert in contributed
        )
    return found


def commune_now(commune: Commune, now: datetime) -> CommuneNow:
    """The town hall of a commune, open or not, and the nearest place of each kind that people go to."""
    wanted = territory.places(territory.today(now)).filter(kind__in=(*NEARBY, Place.Kind.TOWN_HALL))
    nearest: dict[str, tuple[float, Place]] = {}
    town_hall: Place | None = None
    for place in wanted:
        if place.kind == Place.Kind.TOWN_HALL:
            if place.commune_id == commune.pk:
                town_hall = place
        elif place.lat is not None and place.lon is not None:
            distance = territory.distance_km(commune.lat, commune.lon, place.lat, place.lon)
            if place.kind not in nearest or distance < nearest[place.kind][0]:
                nearest[place.kind] = (distance, place)
    closest = [nearest[kind] for kind in NEARBY if kind in nearest]
    hours = territory.hours_of_all([place for _distance, place in closest] + ([town_hall] if town_hall else []))
    statuses = {place.pk: hour.status(now) for place, hour in hours}
    return CommuneNow(
        commune,
        town_hall,
        statuses[town_hall.pk] if town_hall else None,
        [Near(place, statuses[place.pk], _distance(km)) for km, place in closest],
    )


def _distance(km: float) -> str:
    return f"{km:.1f}".replace(".", ",") if km < 10 else f"{km:.0f}"


def outline() -> str:
    """The communes as one SVG picture, in colours that stand out on light and dark grounds."""
    drawing = contours.communes_map()
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}">'
        '<path fill="#9cc18f" stroke="#4c7a50" stroke-width="1.2" stroke-linejoin="round" d="{d}"/></svg>',
        w=drawing.width,
        h=drawing.height,
        d="".join(shape.path for shape in drawing.shapes),
    )
