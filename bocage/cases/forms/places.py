"""A place, between the browser's form and the engine: its controls, and the map that scripts draw beside them."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from bocage.cases.schema import FormField
from bocage.territory.contours import communes_map
from bocage.territory.models import Place
from bocage.territory.queries import commune_names

PARTS = ("commune", "description", "place", "lat", "lon", "forget")


def posted(name: str, post: QueryDict) -> dict[str, Any]:
    """The place as it was typed."""
    return {part: post.get(f"{name}.{part}", "") for part in PARTS}


def drawn(field: FormField, value: Any) -> dict[str, Any]:
    """The lists to choose from, what was told, and where the map lies."""
    told = value if isinstance(value, Mapping) else {}
    known = Place.objects.filter(kind__in=field.places).order_by("name").values_list("slug", "name", "commune__name")
    drawing = communes_map()
    return {
        "communes": list(commune_names().items()),
        "known": [
            {"slug": slug, "label": name if commune in name else f"{name}, {commune}"} for slug, name, commune in known
        ],
        "told": {part: _text(told.get(part)) for part in PARTS},
        "point": told.get("lat") not in (None, "") and not told.get("place"),
        "map": {
            "url": reverse("communes_svg"),
            "width": drawing.width,
            "height": drawing.height,
            "bounds": " ".join(f"{number:.6f}" for number in drawing.bounds),
        },
    }


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | float | int) and not isinstance(value, bool) else ""


def spot(value: Any) -> dict[str, Any] | None:
    """The point of a stored place on the map of communes, for a page to draw; None without one."""
    if not isinstance(value, Mapping) or "lat" not in value:
        return None
    drawing = communes_map()
    x, y = drawing.at(value["lat"], value["lon"])
    return {"url": reverse("communes_svg"), "width": drawing.width, "height": drawing.height, "x": x, "y": y}
