"""A table of amounts, between the browser's form and the engine: names of its controls, and how it is drawn."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from bocage.base.money import format_cents
from bocage.cases.engine import FieldError, tables
from bocage.cases.schema import FormField


def posted(field: FormField, name: str, post: QueryDict) -> dict[str, Any]:
    """The table as it was typed: ``name.line.LINE.COLUMN``, ``name.free.N.label``, ``name.free.N.COLUMN``."""
    return {
        "lines": {
            line.id: {column: post.get(f"{name}.line.{line.id}.{column}", "") for column in columns}
            for line in field.lines
            for columns in [tables.columns_of(field, line)]
        },
        "free": [
            {
                "label": post.get(f"{name}.free.{row}.label", ""),
                "amounts": {column.id: post.get(f"{name}.free.{row}.{column.id}", "") for column in field.columns},
            }
            for row in range(field.free_lines)
            if any(key.startswith(f"{name}.free.{row}.") for key in post)
        ],
    }


def drawn(field: FormField, value: Any, name: str) -> dict[str, Any]:
    """Lines and controls of a table that is filled in; ``value`` is what was typed or what is kept."""
    kept = value if isinstance(value, Mapping) else {}
    lines, free = kept.get("lines"), kept.get("free")
    lines = lines if isinstance(lines, Mapping) else {}
    added = [item for item in free if isinstance(item, Mapping)] if isinstance(free, list | tuple) else []
    added = [item for item in added if item.get("label") or any(_mapping(item.get("amounts")).values())]
    added = added[: field.free_lines]
    if len(added) < field.free_lines:
        added = [*added, {}]
    prefix = f"f-{name.replace('.', '-')}"

    def cells(where: str, amounts: Mapping[str, Any], columns: tuple[str, ...]) -> list[dict[str, Any]]:
        return [
            {
                "column": column.label,
                "name": f"{name}.{where}.{column.id}" if column.id in columns else "",
                "id": f"{prefix}-{where.replace('.', '-')}-{column.id}",
                "value": _typed(amounts.get(column.id)),
            }
            for column in field.columns
        ]

    every = tuple(column.id for column in field.columns)
    return {
        "columns": [column.label for column in field.columns],
        "lines": [
            {
                "label": line.label,
                "cells": cells(f"line.{line.id}", _mapping(lines.get(line.id)), tables.columns_of(field, line)),
            }
            for line in field.lines
        ],
        "free": [
            {
                "number": row + 1,
                "label": item.get("label", ""),
                "name": f"{name}.free.{row}.label",
                "id": f"{prefix}-free-{row}-label",
                "cells": cells(f"free.{row}", _mapping(item.get("amounts")), every),
            }
            for row, item in enumerate(added)
        ],
        "totals": _totals(field, value),
    }


def _totals(field: FormField, value: Any) -> list[dict[str, str]]:
    """The totals of what can be read; « – » as long as something cannot."""
    try:
        kept = tables.clean(field, value) if value else None
    except FieldError:
        kept = None
    found = tables.totals(field, kept) if kept else {}
    return [
        {"column": column.label, "amount": format_cents(found[column.id]) if column.id in found else "–"}
        for column in field.columns
    ]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _typed(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value // 100},{value % 100:02d}"
    return value if isinstance(value, str) else ""
