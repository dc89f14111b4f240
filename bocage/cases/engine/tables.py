"""A table of amounts: fixed headings and free lines, cents in columns, totals worked out here and never trusted.

The stored form is ``{"lines": {line: {column: cents}}, "free": [{"label": …, "amounts": {column: cents}}]}``; totals
are not in it: they follow from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.money import BadAmount, TooLarge, format_cents, parse_amount
from bocage.base.typed_text import visible
from bocage.cases.engine.typed import FieldError, text_of, wrong_shape
from bocage.cases.schema import FormField
from bocage.cases.schema_parts import AmountLine

MAX_CENTS = 10**11
MAX_LABEL = 160


@dataclass(frozen=True)
class Row:
    """A line as it is read: its heading, and the cents of each column (None: nothing there)."""

    label: str
    cents: tuple[int | None, ...]


def columns_of(field: FormField, line: AmountLine) -> tuple[str, ...]:
    """The columns in which a heading takes an amount."""
    return line.columns or tuple(column.id for column in field.columns)


def clean(field: FormField, raw: Any) -> dict[str, Any] | None:
    """The stored form of a table, or None when nothing was typed. Raises FieldError, naming the line."""
    if not isinstance(raw, Mapping):
        raise wrong_shape()
    typed, free = raw.get("lines") or {}, raw.get("free") or ()
    if not isinstance(typed, Mapping) or not isinstance(free, list | tuple):
        raise wrong_shape()
    lines = {}
    for line in field.lines:
        if found := _amounts(field, line.label, typed.get(line.id), columns_of(field, line)):
            lines[line.id] = found
    every = tuple(column.id for column in field.columns)
    added = []
    for number, item in enumerate(free, start=1):
        if not isinstance(item, Mapping):
            raise wrong_shape()
        label = " ".join(visible(text_of(item.get("label") or "")).split())
        amounts = _amounts(field, label or _("Ligne %(number)s") % {"number": number}, item.get("amounts"), every)
        if len(label) > MAX_LABEL:
            raise FieldError(
                _("« %(label)s » est trop long. Écrivez %(limit)s caractères au plus.")
                % {"label": label[:40] + "…", "limit": MAX_LABEL}
            )
        if amounts and not label:
            raise FieldError(_("Dites à quoi correspond le montant de la ligne %(number)s.") % {"number": number})
        if label and not amounts:
            raise FieldError(_("Écrivez le montant de « %(label)s », ou effacez cette ligne.") % {"label": label})
        if label:
            added.append({"label": label, "amounts": amounts})
    if len(added) > field.free_lines:
        raise FieldError(_("Ajoutez %(count)s lignes au plus.") % {"count": field.free_lines})
    return {"lines": lines, "free": added} if lines or added else None


def _amounts(field: FormField, label: str, raw: Any, columns: tuple[str, ...]) -> dict[str, int]:
    if raw in (None, ""):
        return {}
    if not isinstance(raw, Mapping):
        raise wrong_shape()
    found = {}
    for column in field.columns:
        value = raw.get(column.id)
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        where = {"line": label, "column": column.label}
        if column.id not in columns:
            raise FieldError(_("« %(line)s » ne prend pas de montant dans « %(column)s ».") % where)
        try:
            is_cents = isinstance(value, int) and not isinstance(value, bool)
            cents = int(value) if is_cents else parse_amount(text_of(value))
        except TooLarge:
            told = _("« %(line)s », « %(column)s » : ce montant est trop grand.")
            raise FieldError(told % where) from None
        except BadAmount:
            told = _("« %(line)s », « %(column)s » : écrivez un montant en euros, par exemple 45 ou 45,50.")
            raise FieldError(told % where) from None
        if not 0 <= cents <= MAX_CENTS:
            bounds = {**where, "high": format_cents(MAX_CENTS)}
            raise FieldError(_("« %(line)s », « %(column)s » : écrivez un montant de 0 à %(high)s.") % bounds)
        found[column.id] = cents
    return found


def rows(field: FormField, value: Any) -> Iterator[Row]:
    """The lines that hold an amount, in order: fixed headings, then free lines. ``value`` is a stored form."""
    for line in field.lines:
        amounts = value["lines"].get(line.id)
        if amounts:
            yield Row(line.label, tuple(amounts.get(column.id) for column in field.columns))
    for item in value["free"]:
        yield Row(item["label"], tuple(item["amounts"].get(column.id) for column in field.columns))


def totals(field: FormField, value: Any) -> dict[str, int]:
    """The total of each column, in cents."""
    found = list(rows(field, value))
    return {column.id: sum(row.cents[at] or 0 for row in found) for at, column in enumerate(field.columns)}


def in_words(field: FormField, value: Any) -> str:
    """The whole table on one line, its totals last."""

    def told(label: str, cents: tuple[int | None, ...]) -> str:
        named = [
            f"{column.label} {format_cents(amount)}"
            for column, amount in zip(field.columns, cents, strict=True)
            if amount is not None
        ]
        return f"{label}\u00a0: {', '.join(named)}"

    found = [told(row.label, row.cents) for row in rows(field, value)]
    return " ; ".join([*found, told(_("Total"), tuple(totals(field, value).values()))])


def shown(field: FormField, value: Any) -> dict[str, Any]:
    """The table as pages draw it: titles of columns, lines, totals; amounts in words."""

    def words(cents: tuple[int | None, ...]) -> list[dict[str, str]]:
        return [
            {"column": column.label, "amount": "" if amount is None else format_cents(amount)}
            for column, amount in zip(field.columns, cents, strict=True)
        ]

    return {
        "columns": [column.label for column in field.columns],
        "lines": [{"label": row.label, "cells": words(row.cents)} for row in rows(field, value)],
        "totals": words(tuple(totals(field, value).values())),
    }
