"""Communes and places, given to the one search."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.search.items import SearchItem
from bocage.territory import queries

SOURCE = "territory"


def items() -> Iterable[SearchItem]:
    """Every commune, found by its old names and postcodes too; every place, found by its commune and kind."""
    for commune in queries.communes().prefetch_related("aliases", "postcodes"):
        codes = sorted(postcode.code for postcode in commune.postcodes.all())
        yield SearchItem(
            source=SOURCE,
            key=f"commune:{commune.insee}",
            kind="commune",
            title=commune.name,
            url=reverse("commune", args=[commune.slug]),
            summary=_("Mairie, horaires, lieux de la commune") + f" ({', '.join(codes)})",
            text=" ".join([*codes, commune.insee, *(alias.name for alias in commune.aliases.all())]),
            commune=commune.insee,
        )
    for place in queries.places():
        yield SearchItem(
            source=SOURCE,
            key=f"place:{place.source_id}",
            kind="place",
            title=place.name,
            url=reverse("place", args=[place.slug]),
            summary=", ".join([str(place.get_kind_display()).capitalize(), *place.address.splitlines()]),
            text=" ".join([place.commune.name, place.notice, place.accessibility_details]),
            commune=place.commune.insee,
        )
