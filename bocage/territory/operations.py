"""Every write of the territory: importing it, changing places, hours and closures, switching services.

Each operation is one transaction and leaves an event in the journal (stream ``territory``). Validation errors are
``django.core.exceptions.ValidationError`` by field, in French, ready for a form.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.identifiers import BadIdentifier, clean_rna, clean_siren, clean_siret
from bocage.base.once import once_only
from bocage.base.opening_hours import BadHours, check
from bocage.base.shown import save_if_unchanged
from bocage.territory import cached, importing
from bocage.territory.holidays import public_holidays
from bocage.territory.models import (
    CalendarPeriod,
    Closure,
    Commune,
    CommuneAlias,
    Organisation,
    Place,
    Postcode,
    ServiceSwitch,
    Territory,
)

STREAM = "territory"
YEARS_BEFORE, YEARS_AFTER = 2, 10  # public holidays kept around the year of the import
SLUG_ATTEMPTS = 5

PLACE_FIELDS = (
    "kind", "name", "address", "lat", "lon", "phone", "email", "website", "opening_hours", "accessibility",
    "accessibility_details", "notice",
)  # fmt: skip


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


@once_only(Place)
def save_place(
    place: Place | None, values: Mapping[str, Any], *, actor: Actor, now: datetime, once: UUID | None = None
) -> Place:
    """Create a place or change some of its fields (``PLACE_FIELDS``, and ``commune``, ``run_by``).

    ``place`` is the row as it was read: what equals it is left alone. Raises ValidationError by field (hours are in
    OSM's syntax, a point needs both coordinates), ChangedMeanwhile when someone else has changed one of these fields.
    """
    unknown = set(values) - {*PLACE_FIELDS, "commune", "run_by"}
    if unknown:
        raise ValueError(f"not fields of a place: {sorted(unknown)}")
    read = place
    place = copy.copy(place) if place else Place(once=once)  # a refusal leaves the caller's as it was
    new = place.pk is None
    changed = [field for field, value in values.items() if new or getattr(place, field) != value]
    for field in changed:
        setattr(place, field, values[field])
    try:
        place.opening_hours = check(place.opening_hours)
    except BadHours as error:
        raise ValidationError({"opening_hours": str(error)}) from error
    if (place.lat is None) != (place.lon is None):
        raise ValidationError({"lat": _("Donnez la latitude et la longitude, ou aucune des deux.")})
    if new:
        place.slug = _free_slug(place.name)
        place.source_id = f"desk:{place.slug}"
    place.full_clean(exclude=["imported", "commune", "run_by"])
    if not changed:
        return place
    with transaction.atomic():
        cached.forget()
        if read is None:
            _insert(place)
        else:
            save_if_unchanged(read, {name: getattr(place, name) for name in {*changed, "opening_hours"}})
        journal.record(
            stream=STREAM,
            kind="place.created" if new else "place.changed",
            subject=f"place:{place.pk}",
            actor=actor,
            now=now,
            payload={"fields": sorted(changed)},
        )
    return place


def _insert(place: Place) -> None:
    """Insert a place under its slug, or the next one when somebody took it since it was looked for."""
    for _attempt in range(SLUG_ATTEMPTS):
        try:
            with transaction.atomic():
                place.save(force_insert=True)
        except IntegrityError:
            if not Place.objects.filter(Q(slug=place.slug) | Q(source_id=place.source_id)).exists():
                raise
            place.pk, place.slug = None, _free_slug(place.name)
            place.source_id = f"desk:{place.slug}"
        else:
            return
    raise ValidationError({"name": _("Ce nom vient d’être donné à un autre lieu. Enregistrez de nouveau.")})


def _free_slug(name: str) -> str:
    base = slugify(name)[:160] or "lieu"
    taken = set(Place.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def set_opening_hours(place: Place, text: str, *, actor: Actor, now: datetime, notice: str | None = None) -> Place:
    """Change the hours of a place (OSM's syntax; empty: not known). Raises ValidationError."""
    values = {"opening_hours": text} | ({} if notice is None else {"notice": notice})
    return save_place(place, values, actor=actor, now=now)


def add_closure(place: Place, starts: date, ends: date, reason: str, *, actor: Actor, now: datetime) -> Closure:
    """Close a place from a day to another, both included; said twice, it is closed once.

    Raises ValidationError when the days are reversed, longer than a year, already closed for another reason, or when
    the reason is missing.
    """
    reason = _checked_closure(starts, ends, reason)
    with transaction.atomic():
        closure, created = Closure.objects.get_or_create(
            place=place, starts=starts, ends=ends, defaults={"reason": reason}
        )
        if created:
            _record_closure("closure.added", closure, actor, now)
    if closure.reason != reason:  # a colleague's words are not written over: they are shown
        told = _("Le lieu est déjà fermé ces jours-là : « %(reason)s ». Retirez d’abord cette fermeture de la liste.")
        raise ValidationError({"reason": told % {"reason": closure.reason}})
    return closure


def remove_closure(closure: Closure, *, actor: Actor, now: datetime) -> None:
    """Open a place again on the days of a closure; nothing when it has already been taken away."""
    with transaction.atomic():
        removed, _rows = Closure.objects.filter(pk=closure.pk).delete()
        if removed:
            _record_closure("closure.removed", closure, actor, now)


def _checked_closure(starts: date, ends: date, reason: str) -> str:
    reason = " ".join(reason.split())
    if ends < starts:
        raise ValidationError({"ends": _("Le dernier jour vient avant le premier.")})
    if (ends - starts).days > 366:
        raise ValidationError({"ends": _("Une fermeture dure au plus un an : au-delà, changez les horaires du lieu.")})
    if not reason:
        raise ValidationError({"reason": _("Dites pourquoi le lieu est fermé : les habitants le liront.")})
    return reason[:120]


def _record_closure(kind: str, closure: Closure, actor: Actor, now: datetime) -> None:
    journal.record(
        stream=STREAM,
        kind=kind,
        subject=f"place:{closure.place_id}",
        actor=actor,
        now=now,
        payload={"starts": closure.starts.isoformat(), "ends": closure.ends.isoformat(), "reason": closure.reason},
    )


@once_only(Organisation)
def save_organisation(
    organisation: Organisation | None,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> Organisation:
    """Create or change an organisation (``name``, ``kind``, ``siren``, ``siret``, ``rna``, ``commune``).

    ``organisation`` is the row as it was read: what equals it is left alone. Numbers are checked; a SIRET brings its
    SIREN. Raises ValidationError by field, also when a number is taken, ChangedMeanwhile when someone else has changed
    one of these fields.
    """
    cleaned = dict(values)
    for field, clean in (("siren", clean_siren), ("siret", clean_siret), ("rna", clean_rna)):
        if field not in cleaned:
            continue
        try:
            cleaned[field] = clean(cleaned[field]) if cleaned[field] else ("" if field == "siren" else None)
        except BadIdentifier as error:
            raise ValidationError({field: str(error)}) from error
    if cleaned.get("siret"):
        if cleaned.get("siren") and not cleaned["siret"].startswith(cleaned["siren"]):
            raise ValidationError({"siret": _("Ce SIRET n’est pas celui d’un établissement de ce SIREN.")})
        cleaned["siren"] = cleaned["siret"][:9]
    read = organisation
    organisation = copy.copy(organisation) if organisation else Organisation(once=once)
    _check_numbers_free(organisation, cleaned)
    new = organisation.pk is None
    changed = sorted(field for field, value in cleaned.items() if new or getattr(organisation, field) != value)
    for field in changed:
        setattr(organisation, field, cleaned[field])
    organisation.full_clean(exclude=["commune"])
    if not changed:
        return organisation
    try:
        with transaction.atomic():
            if read is None:
                organisation.save(force_insert=True)
            else:
                save_if_unchanged(read, {field: cleaned[field] for field in changed})
            journal.record(
                stream=STREAM,
                kind="organisation.created" if new else "organisation.changed",
                subject=f"organisation:{organisation.pk}",
                actor=actor,
                now=now,
                payload={"fields": changed},
            )
    except IntegrityError:  # somebody gave the number to another one since it was looked for
        _check_numbers_free(organisation, cleaned)
        raise
    return organisation


def _check_numbers_free(organisation: Organisation, cleaned: Mapping[str, Any]) -> None:
    """Raises ValidationError when another organisation has this SIRET or this RNA number."""
    for field, told in (
        ("siret", _("Un autre organisme a déjà ce SIRET.")),
        ("rna", _("Un autre organisme a déjà ce numéro RNA.")),
    ):
        known = Organisation.objects.filter(**{field: cleaned.get(field)}).exclude(pk=organisation.pk)
        if cleaned.get(field) and known.exists():
            raise ValidationError({field: told})


def switch_service(service: str, enabled: bool, *, actor: Actor, now: datetime) -> ServiceSwitch:
    """Turn a service of the house on or off for this territory; what it holds is kept."""
    with transaction.atomic():
        cached.forget()
        switch, _created = ServiceSwitch.objects.update_or_create(service=service, defaults={"enabled": enabled})
        journal.record(
            stream=STREAM,
            kind="service.switched",
            subject=f"service:{service}",
            actor=actor,
            now=now,
            payload={"enabled": enabled},
        )
    return switch
