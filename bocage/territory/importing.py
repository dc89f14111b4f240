"""Reads a territory's folder (``data/territories/<slug>/``) into plain values; nothing here touches the database.

A file that is not what it should be raises BadData with its name and row: a half-read territory is never loaded.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from bocage.base.identifiers import BadIdentifier, clean_siren
from bocage.base.opening_hours import BadHours, check
from bocage.base.typed_hours import weekly
from bocage.territory.names import fold

DILA_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


class BadData(ValueError):
    """A file of the territory cannot be used; the message names the file and the row."""


@dataclass(frozen=True)
class CommuneRow:
    """A commune with what hangs from it: its other names (with their INSEE codes) and its postcodes."""

    values: dict[str, Any]
    aliases: tuple[tuple[str, str], ...]
    postcodes: tuple[str, ...]


@dataclass(frozen=True)
class PlaceRow:
    """A place of the sources; ``values`` are fields of the model, apart from the commune and who runs it."""

    source_id: str
    insee: str
    run_by_commune: bool
    values: dict[str, Any]


@dataclass(frozen=True)
class PeriodRow:
    """School holidays, first and last days included."""

    name: str
    starts: date
    ends: date


@dataclass(frozen=True)
class Folder:
    """A territory read whole."""

    territory: dict[str, Any]
    communes: tuple[CommuneRow, ...]
    places: tuple[PlaceRow, ...]
    school_holidays: tuple[PeriodRow, ...]


def read(folder: Path) -> Folder:
    """The territory of a folder. Raises BadData."""
    territory = _json(folder / "territory.json")
    fields = ("slug", "name", "siren", "phone", "email", "address", "time_zone", "school_zone", "settings")
    try:
        values = {field: territory[field] for field in fields}
        clean_siren(values["siren"])
    except (KeyError, BadIdentifier) as error:
        raise BadData(f"territory.json: {error}") from error
    communes = _communes(folder)
    zone = folder / "calendars" / f"school_zone_{values['school_zone'].lower()}.csv"
    known = {row.values["insee"] for row in communes}
    places = (*_town_halls(folder / "mairies.json"), *_places(folder / "places.json"))
    for place in places:
        if place.insee not in known:
            raise BadData(f"{place.source_id}: {place.insee} is not a commune of the territory")
    return Folder(values, communes, places, _periods(zone))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadData(f"{path.name}: {error}") from error


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise BadData(f"{path.name}: {error}") from error


def _communes(folder: Path) -> tuple[CommuneRow, ...]:
    contours = {
        feature["properties"]["insee"]: feature["geometry"]
        for feature in _json(folder / "communes.geojson")["features"]
    }
    aliases: dict[str, list[tuple[str, str]]] = {}
    for row in _rows(folder / "communes_deleguees.csv"):
        aliases.setdefault(row["chef_lieu"], []).append((row["insee"], row["nom"]))
    found = []
    for row in _rows(folder / "communes.csv"):
        insee, name = row["insee"], row["nom"]
        try:
            others = aliases.get(insee, [])
            found.append(
                CommuneRow(
                    values={
                        "insee": insee,
                        "name": name,
                        "slug": slugify(name),
                        "siren": clean_siren(row["siren"]),
                        "population": int(row["population_municipale"]),
                        "lat": float(row["lat"]),
                        "lon": float(row["lon"]),
                        "contour": contours[insee],
                        "search": " | ".join(fold(other) for other in (name, *(alias for _, alias in others))),
                    },
                    aliases=tuple(others),
                    postcodes=tuple(row["codes_postaux"].split()),
                )
            )
        except (KeyError, ValueError) as error:
            raise BadData(f"communes.csv, {insee}: {error}") from error
    return tuple(found)


def osm_hours(ranges: Sequence[Any]) -> str:
    """OSM hours of the directory's shape: ``[["lundi", "mardi", [["09:00:00", "12:00:00"], …]], …]``.

    A day named twice adds up; ranges of one day are put in order and joined when they touch or overlap.
    Raises ValueError for an unknown day or an end before its beginning.
    """
    spans: list[list[tuple[str, str]]] = [[] for _ in DILA_DAYS]
    for first, last, times in ranges:
        begin, end = DILA_DAYS.index(first), DILA_DAYS.index(last)
        days = range(begin, end + 1) if begin <= end else (*range(begin, 7), *range(end + 1))
        for day in days:
            for start, stop in times:
                if not "00:00:00" <= start < stop <= "24:00:00":
                    raise ValueError(f"{first}: {start}-{stop}")
                spans[day].append((start[:5], stop[:5]))
    joined = []
    for day_spans in spans:
        merged: list[list[str]] = []
        for start, stop in sorted(set(day_spans)):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], stop)
            else:
                merged.append([start, stop])
        joined.append(",".join(f"{start}-{stop}" for start, stop in merged))
    return weekly(joined)


def _address(text: str) -> str:
    """The directory's address, one line each, without the stray commas at the ends of lines."""
    return "\n".join(line.strip(" ,") for line in text.splitlines() if line.strip(" ,"))


def _town_halls(path: Path) -> tuple[PlaceRow, ...]:
    found = []
    for row in _json(path):
        try:
            point: Mapping[str, float] = row["localisation"] or {}
            found.append(
                PlaceRow(
                    source_id=f"mairie:{row['insee']}",
                    insee=row["insee"],
                    run_by_commune=True,
                    values={
                        "kind": "town_hall",
                        "name": f"Mairie {of(row['nom'])}",
                        "slug": f"mairie-{slugify(row['nom'])}",
                        "address": _address(row["adresse"]),
                        "lat": point.get("lat"),
                        "lon": point.get("lon"),
                        "phone": row["telephone"],
                        "website": row["site"],
                        "opening_hours": check(osm_hours(row["horaires"])),
                        "accessibility": row["accessibilite"],
                        "accessibility_details": row["accessibilite_details"],
                    },
                )
            )
        except (KeyError, ValueError) as error:
            raise BadData(f"{path.name}, {row.get('insee')}: {error}") from error
    return tuple(found)


def of(name: str) -> str:
    """« du Quesnoy », « d'Eth », « de La Longueville »: "de" and the name of a commune; only "le", "les" contract."""
    if name.startswith("Le "):
        return f"du {name[3:]}"
    if name.startswith("Les "):
        return f"des {name[4:]}"
    # H is left apart: Hargnies, Hecq and Hon-Hergies take "de", as most names of the North that begin with it.
    return f"d'{name}" if fold(name)[0] in "aeiou" else f"de {name}"


def _places(path: Path) -> tuple[PlaceRow, ...]:
    fields = ("kind", "name", "slug", "address", "lat", "lon", "phone", "accessibility", "accessibility_details")
    optional = {"website": "", "notice": "", "demonstration": False}
    found = []
    for row in _json(path):
        try:
            values = {field: row[field] for field in fields} | {
                name: row.get(name, empty) for name, empty in optional.items()
            }
            values["opening_hours"] = check(row["opening_hours"])
            found.append(PlaceRow(row["source_id"], row["insee"], False, values))
        except (KeyError, BadHours) as error:
            raise BadData(f"{path.name}, {row.get('source_id')}: {error}") from error
    return tuple(found)


def _periods(path: Path) -> tuple[PeriodRow, ...]:
    try:
        return tuple(
            PeriodRow(row["nom"], date.fromisoformat(row["premier_jour"]), date.fromisoformat(row["dernier_jour"]))
            for row in _rows(path)
        )
    except (KeyError, ValueError) as error:
        raise BadData(f"{path.name}: {error}") from error
