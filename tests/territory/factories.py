"""The territory in tests: the real import, or a small country made by hand."""

from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction

from bocage.territory import cached
from bocage.territory.models import Commune, Organisation, Place, Territory
from bocage.territory.operations import ImportReport, load_territory

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # a Tuesday, 10 h 30 in France

_ROOT = settings.TERRITORY_ROOT
_loaded: dict[datetime, tuple[ImportReport, list[tuple[Any, list[Any]]]]] = {}

_SQUARE = [[[3.6, 50.2], [3.7, 50.2], [3.7, 50.3], [3.6, 50.3], [3.6, 50.2]]]


def mormal(now: datetime = NOW) -> ImportReport:
    """The whole territory of the Pays de Mormal, as installed: loaded once in a run, then its rows are put back.

    Half of the suite's time went to loading it anew. Where some of those tables hold rows, it is loaded as always.
    """
    whole = settings.TERRITORY_ROOT == _ROOT
    if whole and now in _loaded and not any(model._base_manager.exists() for model, _rows in _loaded[now][1]):
        report, tables = _loaded[now]
        with transaction.atomic():
            cached.forget()
            for model, rows in tables:
                model._base_manager.bulk_create(rows)
            with connection.cursor() as cursor:  # PostgreSQL's sequences go on after the rows put back
                for sql in connection.ops.sequence_reset_sql(no_style(), [model for model, _rows in tables]):
                    cursor.execute(sql)
        return report
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    before = {model: model._base_manager.count() for model in models if not model._meta.proxy}
    report = load_territory("mormal", now=now)
    grown = [model for model, count in before.items() if model._base_manager.count() != count]
    if whole and grown and not before[Territory] and not any(before[model] for model in grown):
        _loaded[now] = (report, [(model, list(model._base_manager.order_by("pk"))) for model in grown])
    return report


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
