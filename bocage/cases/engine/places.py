"""A place: a commune and some words, a point of the map, or one of the places that the territory knows.

The stored form is ``{"name", "description", "commune", "place"}``, with ``lat`` and ``lon`` (degrees) where there is a
point; ``name`` is that of a known place, kept as it was. Pages never send a ``name``: what has one was read already,
and is not judged again, since communes unite and places close while cases live on.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, Protocol

from django.utils.translation import gettext as _

from bocage.cases.engine.typed import FieldError, texts_of, wrong_shape
from bocage.cases.schema import FormField

Point = tuple[float, float]
"""Latitude and longitude, in degrees (WGS 84)."""
DECIMALS = 5  # about a metre
_INSEE = re.compile(r"[0-9AB]{5}")
_DEGREES = re.compile(r"-?\d{1,3}(?:\.\d{1,20})?")


class Ground(Protocol):
    """The territory, as far as reading a place needs it. Scenarios have none: they take communes at their word."""

    def commune_at(self, lat: float, lon: float) -> str | None:
        """The commune that holds a point, if any."""

    def commune_name(self, insee: str) -> str:
        """The name of a commune of the territory; empty for another."""

    def known_place(self, slug: str, kinds: Collection[str]) -> tuple[str, str, Point | None] | None:
        """A place of one of these kinds: its name, its commune, its point."""


def clean(field: FormField, raw: Any, ground: Ground | None) -> dict[str, Any] | None:
    """The stored form of a place, or None when nothing was told. Raises FieldError."""
    if not isinstance(raw, Mapping):
        raise wrong_shape()
    told: dict[str, Any] = dict(texts_of(raw, ("commune", "description", "place")))
    point = None if raw.get("forget") else _point(raw.get("lat"), raw.get("lon"))
    if not any(told.values()) and point is None:
        return None
    if told["commune"] and not _INSEE.fullmatch(told["commune"]):
        raise FieldError(_("Choisissez la commune dans la liste."))
    if "name" in raw:
        told |= texts_of(raw, ("name",))
    else:
        told["name"] = ""
        if ground is not None:
            point = _checked(field, told, point, ground)
    if not told["commune"]:
        raise FieldError(_("Choisissez la commune où cela se trouve."))
    if not (told["name"] or told["place"] or told["description"] or point):
        raise FieldError(_("Dites où c’est dans la commune : une adresse, un repère. Exemple : devant l’école"))
    return told if point is None else told | {"lat": point[0], "lon": point[1]}


def _checked(field: FormField, told: dict[str, Any], point: Point | None, ground: Ground) -> Point | None:
    """Judge what was typed on the ground; a known place gives its commune and its point."""
    if told["place"]:
        known = ground.known_place(told["place"], field.places)
        if known is None:
            raise FieldError(_("Ce lieu n’est pas dans la liste. Choisissez-en un autre, ou décrivez l’endroit."))
        told["name"], told["commune"], point = known
        return point
    if told["commune"] and not ground.commune_name(told["commune"]):
        raise FieldError(_("Choisissez la commune dans la liste."))
    if point is not None:
        found = ground.commune_at(*point)
        if found is None:
            raise FieldError(
                _("Ce point est en dehors de notre territoire. Placez-le dans une de nos communes, ou retirez-le.")
            )
        if told["commune"] and told["commune"] != found:
            names = {"point": ground.commune_name(found), "chosen": ground.commune_name(told["commune"])}
            raise FieldError(
                _("Le point est à %(point)s, la commune choisie est %(chosen)s. Changez l’un des deux.") % names
            )
        told["commune"] = found
    return point


def _point(lat: Any, lon: Any) -> Point | None:
    if lat in (None, "") and lon in (None, ""):
        return None
    found = []
    for value, limit in ((lat, 90), (lon, 180)):
        text = str(value).strip().replace(",", ".") if isinstance(value, str | int | float) else ""
        if isinstance(value, bool) or not _DEGREES.fullmatch(text) or abs(float(text)) > limit:
            raise FieldError(_("Le point de la carte n’a pas été reçu. Placez-le à nouveau."))
        found.append(round(float(text), DECIMALS))
    return found[0], found[1]


def in_words(value: Mapping[str, Any], communes: Mapping[str, str]) -> str:
    """A place as it is read: what it is called, the commune, the point."""
    commune = value.get("commune", "")
    parts = [value.get("name"), value.get("description"), communes.get(commune, commune)]
    told = ", ".join(part for part in parts if part)
    return f"{told} ({value['lat']:.5f} ; {value['lon']:.5f})" if "lat" in value else told
