"""An appointment or a payment, between the browser's form and the engine."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from bocage.cases.ports import port_of
from bocage.cases.schema import FormField

PARTS = ("way", "details")


def posted(name: str, post: QueryDict) -> dict[str, Any]:
    """The way as it was chosen."""
    return {part: post.get(f"{name}.{part}", "") for part in PARTS}


def drawn(field: FormField, value: Any) -> dict[str, Any]:
    """The ways to choose from, the one that was, and what is said of them."""
    told = value if isinstance(value, Mapping) else {}
    port = port_of(field.kind)
    ways, chosen = dict(port.ways(field)), str(told.get("way") or "")
    if told.get("label") and chosen not in ways:
        ways[chosen] = str(told["label"])  # no longer proposed, and chosen when it was
    return {
        "ways": [{"value": value, "label": label} for value, label in ways.items()],
        "way": chosen,
        "details": str(told.get("details") or ""),
        "words": port.words(field),
    }
