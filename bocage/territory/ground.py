"""Where a point of the map lies: in which commune of the territory, if any; and the places people may name.

Contours are read once for each import and kept by the process: a point is looked up at each answer that is typed.
"""

from collections.abc import Collection

from bocage.territory.contours import rings, stamp
from bocage.territory.models import Commune, Place
from bocage.territory.queries import commune_names

Ring = list[list[float]]
_kept: dict[str, list[tuple[str, list[Ring]]]] = {}


def commune_at(lat: float, lon: float) -> str | None:
    """The INSEE code of the commune that holds a point (degrees, WGS 84); None outside the territory."""
    return next((insee for insee, found in _contours() if inside(found, lat, lon)), None)


def inside(contour: Collection[Ring], lat: float, lon: float) -> bool:
    """Whether a point lies within the rings of a contour, by the even-odd rule: holes and islands count."""
    within = False
    for ring in contour:
        for (x1, y1, *_a), (x2, y2, *_b) in zip(ring, ring[1:] + ring[:1], strict=True):
            if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                within = not within
    return within


def _contours() -> list[tuple[str, list[Ring]]]:
    key = stamp()
    if key not in _kept:
        _kept.clear()
        found = Commune.objects.order_by("slug").values_list("insee", "contour")
        _kept[key] = [(insee, rings(contour)) for insee, contour in found]
    return _kept[key]


class Ground:
    """The territory as the forms' engine wants it."""

    def commune_at(self, lat: float, lon: float) -> str | None:
        """See ``commune_at``."""
        return commune_at(lat, lon)

    def commune_name(self, insee: str) -> str:
        """The name of a commune of the territory; empty for another."""
        return commune_names().get(insee, "")

    def known_place(self, slug: str, kinds: Collection[str]) -> tuple[str, str, tuple[float, float] | None] | None:
        """A place of one of these kinds: its name, its commune, its point."""
        found = (
            Place.objects.filter(slug=slug, kind__in=kinds).values_list("name", "commune__insee", "lat", "lon").first()
        )
        if found is None:
            return None
        name, insee, lat, lon = found
        return name, insee, None if lat is None or lon is None else (lat, lon)


GROUND = Ground()
