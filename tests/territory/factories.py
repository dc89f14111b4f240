"""The territory in tests: the real import, or a small country made by hand."""

from datetime import UTC, datetime
from typing import Any

from bocage.territory.models import Commune, Organisation, Place
from bocage.territory.operations import ImportReport, load_territory

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # a Tuesday, 10 h 30 in France

_SQUARE = [[[3.6, 50.2], [3.7, 50.2], [3.7, 50.3], [3.6, 50.3], [3.6, 50.2]]]


def mormal(now: datetime = NOW) -> ImportReport:
    """The whole territory of the Pays de Mormal, as installed."""
    return load_territory("mormal", now=now)


def commune(insee: str = "59481", name: str = "Le Quesnoy", **values: Any) -> Commune:
    """A commune without the rest of the territory."""
    defaults = {
        "name": name,
        "slug": f"c-{insee}",
        "population": 500,
        "lat": 50.25,
        "lon": 3.65,
        "contour": {"type": "Polygon", "coordinates": _SQUARE},
        "search": name.lower(),
    }
    return Commune.objects.create(insee=insee, **{**defaults, **values})


def place(of: Commune | None = None, slug: str = "accueil", **values: Any) -> Place:
    """A counter, open from Monday to Friday, 9 h to 12 h and 14 h to 17 h."""
    defaults = {
        "kind": Place.Kind.COUNTER,
        "name": "Accueil",
        "source_id": f"test:{slug}",
        "opening_hours": "Mo-Fr 09:00-12:00,14:00-17:00",
        "lat": 50.25,
        "lon": 3.65,
    }
    return Place.objects.create(commune=of or commune(), slug=slug, **{**defaults, **values})


def organisation(name: str = "Association des tests", **values: Any) -> Organisation:
    """An association."""
    return Organisation.objects.create(name=name, **{"kind": Organisation.Kind.ASSOCIATION, **values})
