"""What the pages show, to download: communes and places (DESIGN.md rule 12). Hours stay in OSM's syntax.

No national schema exists for an EPCI's places; the columns follow the names of the OSM and DILA fields they come from.
"""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from bocage.territory import queries
from bocage.territory.models import Commune, Place

LICENCE = "Licence Ouverte 2.0"
COLUMNS = (
    "id",
    "type",
    "nom",
    "adresse",
    "code_insee",
    "commune",
    "latitude",
    "longitude",
    "telephone",
    "site_web",
    "horaires_osm",
    "accessibilite",
    "precisions_accessibilite",
    "gestionnaire",
    "siren_gestionnaire",
    "demonstration",
)
# Cells that a spreadsheet would run as a formula.
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def place_rows() -> Iterator[dict[str, Any]]:
    """The places as rows of ``COLUMNS``."""
    for place in queries.places().order_by("commune__insee", "kind", "slug"):
        yield {
            "id": place.slug,
            "type": place.kind,
            "nom": place.name,
            "adresse": place.address.replace("\n", ", "),
            "code_insee": place.commune.insee,
            "commune": place.commune.name,
            "latitude": place.lat,
            "longitude": place.lon,
            "telephone": place.phone,
            "site_web": place.website,
            "horaires_osm": place.opening_hours,
            "accessibilite": place.accessibility,
            "precisions_accessibilite": place.accessibility_details,
            "gestionnaire": place.run_by.name if place.run_by else "",
            "siren_gestionnaire": place.run_by.siren if place.run_by else "",
            "demonstration": place.demonstration,
        }


def communes_collection() -> dict[str, Any]:
    """The communes as GeoJSON (RFC 7946)."""
    every = Commune.objects.prefetch_related("postcodes", "aliases").order_by("insee")
    features = [
        {
            "type": "Feature",
            "id": commune.insee,
            "properties": {
                "insee": commune.insee,
                "nom": commune.name,
                "siren": commune.siren,
                "population": commune.population,
                "codes_postaux": sorted(postcode.code for postcode in commune.postcodes.all()),
                "anciennes_communes": sorted(alias.name for alias in commune.aliases.all()),
            },
            "geometry": commune.contour,
        }
        for commune in every
    ]
    return {"type": "FeatureCollection", "licence": LICENCE, "features": features}


def places_collection() -> dict[str, Any]:
    """The places as GeoJSON; one without a point has a null geometry."""
    features = []
    for row in place_rows():
        lat, lon = row.pop("latitude"), row.pop("longitude")
        point = None if lat is None else {"type": "Point", "coordinates": [lon, lat]}
        features.append({"type": "Feature", "id": row["id"], "properties": row, "geometry": point})
    return {"type": "FeatureCollection", "licence": LICENCE, "features": features}


def _geojson(collection: dict[str, Any]) -> HttpResponse:
    body = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(body, content_type="application/geo+json; charset=utf-8")


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def communes_geojson(request: HttpRequest) -> HttpResponse:
    """Communes with their contours."""
    return _geojson(communes_collection())


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def places_geojson(request: HttpRequest) -> HttpResponse:
    """Places as points."""
    return _geojson(places_collection())


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def places_csv(request: HttpRequest) -> HttpResponse:
    """Places as a table: UTF-8, commas, one header line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in place_rows():
        writer.writerow({name: _cell(name, value) for name, value in row.items()})
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="lieux.csv"'
    return response


def _cell(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, Place.Kind):
        return value.value
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value
