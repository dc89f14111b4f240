"""Public lists of cases, and the cases near a place: reads only.

What is published of a case: its kind, its commune, its place rounded to about a hundred metres, its state, its dates,
how many people joined it, and a photo that an agent looked at (``operations.showing``). Never a name, a word that
someone typed or a reference.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import cos, radians
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from bocage.cases.models import Case, Procedure, ProcedureVersion, PublicCase, PublicPhoto
from bocage.cases.schema import ProcedureDocument, PublicList
from bocage.cases.sealing import open_answers
from bocage.territory.queries import distance_km

PUBLISHED_DECIMALS = 3  # of a degree: about 110 m northwards, 70 m eastwards
METRES_PER_DEGREE = 111_000
MOST_NEAR = 5


@dataclass(frozen=True)
class Line:
    """A case as everyone may read it."""

    pk: int
    category: str
    category_label: str
    commune: str
    insee: str
    lat: float | None
    lon: float | None
    state: str
    over: bool
    received_on: date
    planned_on: date | None
    closed_on: date | None
    others: int
    photo: PublicPhoto | None = None


@dataclass(frozen=True)
class Near:
    """A running case of the same kind nearby; ``metres`` is None where one of the two has no point."""

    row: PublicCase
    metres: int | None


def listed(procedure: Procedure) -> QuerySet[PublicCase]:
    """What the procedure's public list shows, the newest first: filed, agreed to, not joined to another."""
    return (
        PublicCase.objects.filter(case__procedure=procedure, shown=True, joins=None)
        .exclude(case__state="")
        .select_related("case", "commune", "photo")
        .annotate(others=Count("joined", filter=~Q(joined__case__state="")))
        .order_by("-case__received_on", "-pk")
    )


def lines(rows: Iterable[PublicCase]) -> Iterator[Line]:
    """Rows of ``listed`` as they are published; two queries whatever their number."""
    found = list(rows)
    versions = ProcedureVersion.objects.defer("body").in_bulk({row.case.version_id for row in found})
    for row in found:
        yield _line(row, versions[row.case.version_id].document)


def _line(row: PublicCase, document: ProcedureDocument) -> Line:
    case, told = row.case, document.public_list
    field = document.by_id.get(told.category) if told else None
    planned = open_answers(case.agent_answers).get(told.planned) if told and told.planned else None
    gone = case.outcome == "forwarded"
    return Line(
        pk=row.pk,
        category=row.category,
        category_label=field.option_label(row.category) if field else row.category,
        commune=row.commune.name if row.commune else "",
        insee=row.commune.insee if row.commune else "",
        lat=None if row.lat is None else round(row.lat, PUBLISHED_DECIMALS),
        lon=None if row.lon is None else round(row.lon, PUBLISHED_DECIMALS),
        state=_("Transmis à l’administration compétente") if gone else document.workflow.state(case.state).public,
        over=bool(case.outcome),
        received_on=case.received_on,
        planned_on=date.fromisoformat(planned) if isinstance(planned, str) and not case.outcome else None,
        closed_on=case.closed_on,
        others=getattr(row, "others", 0),
        photo=getattr(row, "photo", None),
    )


def near(case: Case, answers: Mapping[str, Any], *, only_shown: bool = True) -> list[Near]:
    """The running cases of the same kind near what a case tells, the nearest first.

    Where one of the two has no point, the same commune is near. ``only_shown``: those whose author agrees to it.
    """
    told = case.version.document.public_list
    place = answers.get(told.place) if told else None
    category = answers.get(told.category) if told else None
    if told is None or not isinstance(place, Mapping) or not isinstance(category, str):
        return []
    running = PublicCase.objects.filter(case__procedure=case.procedure_id, case__outcome="", category=category)
    running = running.filter(joins=None).exclude(case__state="").exclude(case=case.pk)
    if only_shown:
        running = running.filter(shown=True)
    lat, lon = place.get("lat"), place.get("lon")
    here = Q(commune__insee=str(place.get("commune", "")))
    if isinstance(lat, float | int) and isinstance(lon, float | int):
        here &= Q(lat=None)
        high = told.near_metres * 1.01 / METRES_PER_DEGREE
        wide = high / max(cos(radians(lat)), 0.01)
        here |= Q(lat__range=(lat - high, lat + high), lon__range=(lon - wide, lon + wide))
    found = []
    for row in running.filter(here).select_related("case", "commune").order_by("-pk")[:200]:
        metres = None
        if (
            row.lat is not None
            and row.lon is not None
            and isinstance(lat, float | int)
            and isinstance(lon, float | int)
        ):
            metres = round(distance_km(lat, lon, row.lat, row.lon) * 1000)
            if metres > told.near_metres:
                continue
        found.append(Near(row, metres))
    found.sort(key=lambda item: (item.metres is None, item.metres or 0, -item.row.pk))
    return found[:MOST_NEAR]


def joined_to(case: Case) -> PublicCase | None:
    """The case that one joins, if any."""
    row = PublicCase.objects.filter(case=case.pk).select_related("joins__case").first()
    return row.joins if row is not None else None


def public_procedure(procedure: Procedure) -> PublicList | None:
    """The public list of a procedure’s current version."""
    return procedure.current.document.public_list if procedure.current is not None else None


COLUMNS = ("id", "categorie", "libelle", "code_insee", "commune", "latitude", "longitude", "etat", "termine")
COLUMNS += ("recu_le", "prevu_le", "termine_le", "autres_personnes")


def records(procedure: Procedure) -> Iterator[dict[str, Any]]:
    """The public list as rows of ``COLUMNS``; places are rounded. No national schema exists for such reports."""
    for line in lines(listed(procedure)):
        yield {
            "id": line.pk,
            "categorie": line.category,
            "libelle": line.category_label,
            "code_insee": line.insee,
            "commune": line.commune,
            "latitude": line.lat,
            "longitude": line.lon,
            "etat": line.state,
            "termine": line.over,
            "recu_le": line.received_on.isoformat(),
            "prevu_le": line.planned_on.isoformat() if line.planned_on else "",
            "termine_le": line.closed_on.isoformat() if line.closed_on else "",
            "autres_personnes": line.others,
        }
