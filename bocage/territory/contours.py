"""The map of communes: contours of our own GeoJSON, projected and thinned into one small SVG.

Points are rounded to a grid and repeated ones dropped. Neighbours share the points of their border, so both sides are
rounded alike and no gap opens between them. Drawn once per import and kept in the shared cache.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, dist, radians
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Sum

from bocage.territory.models import Commune

WIDTH = 480  # units of the drawing; also its grid: 480 columns keep borders legible at 320 CSS pixels
NAMED = 5  # the largest communes have their names written
MARGIN = 4


@dataclass(frozen=True)
class Shape:
    """One commune of the map: its path, and where its name would be written."""

    insee: str
    name: str
    slug: str
    path: str
    x: int
    y: int
    named: bool
    neighbours: tuple[str, ...]  # INSEE codes of the communes it touches, nearest centre first


@dataclass(frozen=True)
class CommunesMap:
    """The whole drawing."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    bounds: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)  # west, north; units a degree east, and south

    def at(self, lat: float, lon: float) -> tuple[int, int]:
        """Where a point (degrees, WGS 84) stands on the drawing."""
        west, north, east_by, south_by = self.bounds
        return round((lon - west) * east_by) + MARGIN, round((north - lat) * south_by) + MARGIN

    def neighbours(self, insee: str) -> list[Shape]:
        """The shapes that touch a commune's, nearest first."""
        by_insee = {shape.insee: shape for shape in self.shapes}
        own = by_insee.get(insee)
        return [by_insee[code] for code in own.neighbours] if own else []


def rings(geometry: dict[str, Any]) -> list[list[list[float]]]:
    """Every ring of a Polygon or MultiPolygon. Raises ValueError for another geometry."""
    if geometry["type"] == "Polygon":
        return list(geometry["coordinates"])
    if geometry["type"] == "MultiPolygon":
        return [ring for polygon in geometry["coordinates"] for ring in polygon]
    raise ValueError(geometry["type"])


def stamp() -> str:
    """What tells one import of the communes from another."""
    found = Commune.objects.aggregate(last=Max("id"), sum=Sum("population"), count=Count("id"))
    return f"{found['last']}:{found['sum']}:{found['count']}"


def communes_map() -> CommunesMap:
    """The map, drawn from the database when the cache has not this import's."""
    key = f"territory:map2:{stamp()}"
    found: CommunesMap | None = cache.get(key)
    if found is None:
        found = draw(Commune.objects.order_by("slug"))
        cache.set(key, found, 24 * 3600)
    return found


def draw(communes: Iterable[Commune]) -> CommunesMap:
    """The drawing of these communes: equirectangular around their middle latitude, north up."""
    every = list(communes)
    if not every:
        return CommunesMap(WIDTH, WIDTH, ())
    points = [point for commune in every for ring in rings(commune.contour) for point in ring]
    west, east = min(point[0] for point in points), max(point[0] for point in points)
    south, north = min(point[1] for point in points), max(point[1] for point in points)
    squeeze = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * squeeze)

    def project(lon: float, lat: float) -> tuple[int, int]:
        return round((lon - west) * squeeze * scale) + MARGIN, round((north - lat) * scale) + MARGIN

    owners: dict[tuple[float, float], set[str]] = {}
    for commune in every:
        for ring in rings(commune.contour):
            for point in ring:
                owners.setdefault((point[0], point[1]), set()).add(commune.insee)
    touching: dict[str, set[str]] = {commune.insee: set() for commune in every}
    for codes in owners.values():
        for code in codes:
            touching[code] |= codes - {code}
    centres = {commune.insee: project(commune.lon, commune.lat) for commune in every}
    largest = {commune.pk for commune in sorted(every, key=lambda one: -one.population)[:NAMED]}
    shapes = []
    for commune in every:
        path = "".join(_path([project(point[0], point[1]) for point in ring]) for ring in rings(commune.contour))
        x, y = centres[commune.insee]
        near = sorted(touching[commune.insee], key=lambda code: dist((x, y), centres[code]))
        named = commune.pk in largest
        shapes.append(Shape(commune.insee, commune.name, commune.slug, path, x, y, named, tuple(near)))
    bounds = (west, north, squeeze * scale, scale)
    return CommunesMap(WIDTH, project(west, south)[1] + MARGIN, tuple(shapes), bounds)


def _path(ring: Sequence[tuple[int, int]]) -> str:
    """An SVG subpath with relative whole coordinates; straight runs along the grid lose their middle points."""
    kept: list[tuple[int, int]] = []
    for point in ring[:-1]:
        if kept and point == kept[-1]:
            continue
        kept.append(point)
    x, y = kept[0]
    steps = [f"M{x} {y}l"]
    for next_x, next_y in kept[1:]:
        dx, dy = next_x - x, next_y - y
        separator = "" if steps[-1].endswith("l") or dx < 0 else " "
        steps.append(f"{separator}{dx}{'' if dy < 0 else ' '}{dy}")
        x, y = next_x, next_y
    return "".join(steps) + "z"
