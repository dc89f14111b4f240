"""Rules that many procedures want, made of what a draft already asks: offered ready on the page of a new rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from django.utils.translation import gettext as _

from bocage.cases.editing.conditions import Item, all_fields

MOST = 8  # offered at once: beyond, nobody reads them
ADULT = 18  # years


@dataclass(frozen=True)
class Ready:
    """A rule to begin with: its name in the address, its words, and its JSON."""

    key: str
    title: str
    rule: dict[str, Any]


def ready_rules(body: Item) -> list[Ready]:
    """The rules that suit a body, those that it has already left out. Never raises, whatever the body."""
    rules = body.get("rules")
    known = [rule.get("when") for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    asked = [one for one in all_fields(body) if one.get("id") and not one.get("agent")]
    found = [*_balanced(asked), *_within(asked), *_adult(asked), *_in_order(asked)]
    return [one for one in found if one.rule["when"] not in known][:MOST]


def _balanced(asked: list[Item]) -> Iterator[Ready]:
    """The total of expenses is that of income: of two columns of a table, or of two tables."""
    tables = [(one, _columns(one)) for one in asked if one.get("kind") == "amounts_table"]
    for one, columns in tables:
        if len(columns) > 1:
            label = {"table": _name(one)}
            yield Ready(
                f"equilibre-{one['id']}",
                _("« %(table)s » est équilibré : toutes ses colonnes ont le même total") % label,
                _forbid(
                    {"op": "eq", "args": [{"field": f"{one['id']}.balanced"}, {"value": False}]},
                    _("« %(table)s » n’est pas équilibré : les totaux doivent être égaux.") % label,
                ),
            )
    singles = [(one, columns[0]) for one, columns in tables if len(columns) == 1]
    for (one, column), (other, its) in combinations(singles, 2):
        both = {"one": _name(one), "other": _name(other)}
        yield Ready(
            f"equilibre-{one['id']}-{other['id']}",
            _("Budget équilibré : « %(one)s » et « %(other)s » ont le même total") % both,
            _forbid(
                _compared("ne", f"{one['id']}.{column}", f"{other['id']}.{its}"),
                _("Le budget n’est pas équilibré : « %(one)s » et « %(other)s » doivent avoir le même total.") % both,
            ),
        )


def _within(asked: list[Item]) -> Iterator[Ready]:
    """A sum asked for is not above what it is for."""
    table = next((one for one in asked if one.get("kind") == "amounts_table" and _columns(one)), None)
    for one in asked if table is not None else ():
        if one.get("kind") == "amount" and table is not None:
            both = {"one": _name(one), "other": _name(table)}
            yield Ready(
                f"plafond-{one['id']}",
                _("« %(one)s » ne dépasse pas le total de « %(other)s »") % both,
                _forbid(
                    _compared("gt", str(one["id"]), f"{table['id']}.{_columns(table)[0]}"),
                    _("« %(one)s » dépasse le total de « %(other)s » : revoyez l’un des deux.") % both,
                ),
            )


def _adult(asked: list[Item]) -> Iterator[Ready]:
    """Whoever asks is of age."""
    for one in asked:
        if one.get("role") == "birth_date":
            age = {"op": "age", "args": [{"field": str(one["id"])}]}
            yield Ready(
                "majeur",
                _("La personne a 18 ans ou plus"),
                _forbid(
                    {"op": "lt", "args": [age, {"value": ADULT}]},
                    _("Il faut avoir 18 ans. Demandez à l’un de vos parents de faire cette demande."),
                ),
            )


def _in_order(asked: list[Item]) -> Iterator[Ready]:
    """Of two days asked one after the other, the second does not come before the first."""
    dates = [one for one in asked if one.get("kind") == "date" and one.get("role") != "birth_date"]
    for one, other in pairwise(dates):
        both = {"one": _name(one), "other": _name(other)}
        yield Ready(
            f"ordre-{one['id']}-{other['id']}",
            _("« %(other)s » ne vient pas avant « %(one)s »") % both,
            _forbid(
                _compared("lt", str(other["id"]), str(one["id"])),
                _("« %(other)s » vient avant « %(one)s » : corrigez l’une des deux dates.") % both,
            ),
        )


def _compared(op: str, name: str, other: str) -> dict[str, Any]:
    return {"op": op, "args": [{"field": name}, {"field": other}]}


def _forbid(when: dict[str, Any], reason: str) -> dict[str, Any]:
    return {"when": when, "then": "forbid", "reason": reason}


def _columns(one: Item) -> list[str]:
    columns = one.get("columns")
    items = columns if isinstance(columns, list | tuple) else ()
    return [str(column["id"]) for column in items if isinstance(column, dict) and column.get("id")]


def _name(one: Item) -> str:
    return str(one.get("label") or one.get("id"))
