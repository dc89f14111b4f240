"""Several people who sign, between the browser's form and the engine."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from bocage.cases.engine.values import french_phone
from bocage.cases.schema import FormField

PARTS = ("name", "email", "phone")


def posted(field: FormField, name: str, post: QueryDict) -> list[dict[str, Any]]:
    """The signers as they were typed: ``name.N.email``."""
    return [{part: post.get(f"{name}.{row}.{part}", "") for part in PARTS} for row in range(field.max_items)]


def drawn(field: FormField, value: Any, name: str) -> list[dict[str, Any]]:
    """A line for each signer, with one more to fill in where there is room."""
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    rows = [row for row in rows if any(row.get(part) for part in PARTS)][: field.max_items]
    if len(rows) < field.max_items:
        rows = [*rows, {}]
    return [
        {
            "number": number + 1,
            "needless": not any(row.values()) and (number > 0 or not field.required),
            "name": f"{name}.{number}",
            "id": f"f-{name}" if not number else f"f-{name}-{number}",
            "person": str(row.get("name") or ""),
            "email": str(row.get("email") or ""),
            "phone": french_phone(str(row["phone"])) if row.get("phone") else "",
        }
        for number, row in enumerate(rows)
    ]
