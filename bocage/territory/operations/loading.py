"""Importing the folder of a territory: communes, organisations, places, calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.territory import cached, importing
from bocage.territory.holidays import public_holidays
from bocage.territory.models import (
    CalendarPeriod,
    Commune,
    CommuneAlias,
    Organisation,
    Place,
    Postcode,
    Territory,
)
from bocage.territory.operations.stream import STREAM

YEARS_BEFORE, YEARS_AFTER = 2, 10  # public holidays kept around the year of the import


@dataclass
class ImportReport:
    """What an import found and changed, for the command that ran it."""

    communes: int = 0
    places: int = 0
    created: int = 0
    updated: int = 0


def load_territory(slug: str, *, now: datetime, actor: Actor | None = None, root: Path | None = None) -> ImportReport:
    """Import the folder of a territory. Running it again doubles nothing, and leaves alone what agents have changed.

    A place's field is overwritten only while it still holds what the previous import wrote. Raises
    ``importing.BadData`` before anything is written.
    """
    actor = actor or Actor.system("import")
    folder = importing.read((root or Path(settings.TERRITORY_ROOT)) / slug)
    report = ImportReport(communes=len(folder.communes), places=len(folder.places))
    with transaction.atomic():
        cached.forget()
        _save(Territory.objects.filter(slug=folder.territory["slug"]), Territory(), folder.territory, report)
        communes = {row.values["insee"]: _load_commune(row, report) for row in folder.communes}
        community, town_halls = _load_organisations(folder, communes, report)
        for row in folder.places:
            run_by = town_halls[row.insee] if row.run_by_commune else community
            _load_place(row, communes[row.insee], run_by, report)
        _load_calendar(folder, now.year, report)
        if report.created or report.updated:
            journal.record(
                stream=STREAM,
                kind="territory.imported",
                subject=f"territory:{slug}",
                actor=actor,
                now=now,
                payload={"created": report.created, "updated": report.updated},
            )
    return report


def _save(found: Any, blank: Any, values: Mapping[str, Any], report: ImportReport) -> Any:
    """The row of ``found`` brought to ``values``, or ``blank`` filled and inserted; untouched when nothing differs."""
    row = found.first()
    if row is None:
        for field, value in values.items():
            setattr(blank, field, value)
        blank.save(force_insert=True)
        report.created += 1
        return blank
    changed = [field for field, value in values.items() if getattr(row, field) != value]
    if changed:
        for field in changed:
            setattr(row, field, values[field])
        row.save(update_fields=changed)
        report.updated += 1
    return row


def _load_commune(row: importing.CommuneRow, report: ImportReport) -> Commune:
    commune: Commune = _save(Commune.objects.filter(insee=row.values["insee"]), Commune(), row.values, report)
    aliases = {alias.name: alias for alias in commune.aliases.all()}
    for insee, name in row.aliases:
        _save(
            CommuneAlias.objects.filter(commune=commune, name=name),
            CommuneAlias(commune=commune),
            {"insee": insee, "name": name},
            report,
        )
        aliases.pop(name, None)
    codes = {postcode.code: postcode for postcode in commune.postcodes.all()}
    for code in row.postcodes:
        if not codes.pop(code, None):
            Postcode.objects.create(commune=commune, code=code)
            report.created += 1
    # What a merger or La Poste withdrew goes: nothing refers to these rows.
    for gone in (*aliases.values(), *codes.values()):
        gone.delete()
        report.updated += 1
    return commune


def _load_organisations(
    folder: importing.Folder, communes: Mapping[str, Commune], report: ImportReport
) -> tuple[Organisation, dict[str, Organisation]]:
    """The EPCI and its communes as bodies. The sources give SIREN only: a SIRET is left to whoever knows it."""
    siren = folder.territory["siren"]
    community: Organisation = _save(
        Organisation.objects.filter(kind=Organisation.Kind.EPCI, siren=siren),
        Organisation(),
        {"name": folder.territory["name"], "kind": Organisation.Kind.EPCI, "siren": siren},
        report,
    )
    bodies = {}
    for insee, commune in communes.items():
        values = {
            "name": f"Commune {importing.of(commune.name)}",
            "kind": Organisation.Kind.COMMUNE,
            "siren": commune.siren,
            "commune_id": commune.pk,
        }
        bodies[insee] = _save(
            Organisation.objects.filter(kind=Organisation.Kind.COMMUNE, commune=commune), Organisation(), values, report
        )
    return community, bodies


def _load_place(row: importing.PlaceRow, commune: Commune, run_by: Organisation, report: ImportReport) -> None:
    place = Place.objects.filter(source_id=row.source_id).first()
    values = {**row.values, "commune_id": commune.pk, "run_by_id": run_by.pk}
    if place is None:
        Place.objects.create(source_id=row.source_id, imported=row.values, **values)
        report.created += 1
        return
    # A field that still holds what the last import wrote follows its source; one that an agent changed stays theirs.
    changed = [
        field
        for field, value in values.items()
        if getattr(place, field) != value
        and (field not in row.values or place.imported.get(field) == getattr(place, field))
    ]
    if not changed and place.imported == row.values:
        return
    for field in changed:
        setattr(place, field, values[field])
    place.imported = row.values
    place.save(update_fields=[*changed, "imported"])
    report.updated += 1


def _load_calendar(folder: importing.Folder, year: int, report: ImportReport) -> None:
    subdivision = folder.territory["settings"].get("holidays_subdivision", "")
    for around in range(year - YEARS_BEFORE, year + YEARS_AFTER + 1):
        for day, name in public_holidays(around, subdivision).items():
            _period(CalendarPeriod.Kind.PUBLIC, name, day, day, report)
    for row in folder.school_holidays:
        _period(CalendarPeriod.Kind.SCHOOL, row.name, row.starts, row.ends, report)


def _period(kind: str, name: str, starts: date, ends: date, report: ImportReport) -> None:
    period, created = CalendarPeriod.objects.get_or_create(kind=kind, name=name, starts=starts, defaults={"ends": ends})
    report.created += created
    if period.ends != ends:
        CalendarPeriod.objects.filter(pk=period.pk).update(ends=ends)
        report.updated += 1
