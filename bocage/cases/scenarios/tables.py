"""A table of amounts on one line of a scenario: « 60 – Achats, Charges = 500,00 ; 70 – Ventes, Produits = 500,00 »."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from bocage.search.text import fold

Item = Mapping[str, Any]


def shown(field: Item, value: Any) -> str:
    """A table, as typed or as kept, on one line. ``field`` is the JSON of the field."""
    if not isinstance(value, Mapping):
        return str(value)
    titles = _labels(field.get("columns"))
    lines, free = value.get("lines"), value.get("free")
    found = [
        _told(label, column, amounts.get(column), titles)
        for key, label in _labels(field.get("lines")).items()
        for amounts in [_mapping(_mapping(lines).get(key))]
        for column in titles
        if amounts.get(column) not in (None, "")
    ]
    for item in free if isinstance(free, list | tuple) else ():
        amounts = _mapping(_mapping(item).get("amounts"))
        found += [
            _told(str(item.get("label")), column, amounts.get(column), titles)
            for column in titles
            if amounts.get(column) not in (None, "")
        ]
    return " ; ".join(found)


def read(field: Item, text: str) -> dict[str, Any]:
    """The table that such a line tells; headings that the table does not have are free lines. Raises ValueError."""
    lines = {fold(label): key for key, label in _labels(field.get("lines")).items()}
    columns = {fold(label): key for key, label in _labels(field.get("columns")).items()}
    fixed: dict[str, dict[str, str]] = {}
    added: dict[str, dict[str, str]] = {}
    for piece in filter(str.strip, text.split(";")):
        where, equals, amount = piece.rpartition("=")
        label, comma, title = where.rpartition(",")
        column = columns.get(fold(title.strip()), "")
        if not (equals and comma and column and label.strip() and amount.strip()):
            told = _("« %(piece)s » : écrivez l’intitulé, une virgule, la colonne, = et le montant.")
            raise ValueError(told % {"piece": piece.strip()[:80]})
        key = lines.get(fold(label.strip()))
        amounts = fixed.setdefault(key, {}) if key else added.setdefault(label.strip(), {})
        amounts[column] = amount.strip()
    return {"lines": fixed, "free": [{"label": label, "amounts": amounts} for label, amounts in added.items()]}


def _told(label: str, column: str, amount: Any, titles: Mapping[str, str]) -> str:
    cents = isinstance(amount, int) and not isinstance(amount, bool)
    return f"{label}, {titles[column]} = {f'{amount // 100},{amount % 100:02d}' if cents else amount}"


def _labels(items: Any) -> dict[str, str]:
    found: Sequence[Any] = items if isinstance(items, list | tuple) else ()
    return {
        str(one["id"]): str(one.get("label", one["id"])) for one in found if isinstance(one, Mapping) and "id" in one
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
