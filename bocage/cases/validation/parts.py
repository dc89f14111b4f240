"""What an answer of several parts offers to conditions and exports: ``address.commune``, ``budget.charges``.

A room of its own, under the schema: validation types these parts, the engine fills them (``engine.values``), the editor
and the exports name them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from django.utils.translation import gettext as _

from bocage.base.expressions import BOOLEAN, DATE, NUMBER, TEXT, Type

if TYPE_CHECKING:
    from bocage.cases.schema import FormField

PartKind = Literal["text", "number", "amount", "yesno", "date"]
_TYPES = {"text": TEXT, "number": NUMBER, "amount": NUMBER, "yesno": BOOLEAN, "date": DATE}


class Part(NamedTuple):
    """A part of an answer: its name after the dot, what it is called, what it is worth."""

    name: str
    label: str
    kind: PartKind
    exported: bool = False  # a column of its own in exports

    @property
    def type(self) -> Type:
        """As expressions take it."""
        return _TYPES[self.kind]


@dataclass(frozen=True)
class _Like:
    """A field of an unfinished body, as far as its parts go."""

    kind: str
    columns: tuple[Any, ...]


def parts_of_item(item: Mapping[str, Any]) -> tuple[Part, ...]:
    """The parts of a field of an unfinished body."""
    told = item.get("columns")
    columns = tuple(
        SimpleNamespace(id=str(one.get("id")), label=str(one.get("label")))
        for one in (told if isinstance(told, list | tuple) else ())
        if isinstance(one, Mapping)
    )
    return parts_of(_Like(str(item.get("kind")), columns))


def parts_of(field: "FormField | _Like") -> tuple[Part, ...]:
    """The parts of a field's answer; none for most kinds."""
    if field.kind == "address":
        return (
            Part("commune", _("la commune"), "text"),
            Part("postcode", _("le code postal"), "text"),
            Part("locality", _("la ville"), "text"),
        )
    if field.kind == "organisation":
        return (Part("number", _("le numéro"), "text"),)
    if field.kind in {"appointment", "payment"}:
        settled = Part("settled", _("la confirmation"), "yesno")
        day = Part("on", _("le jour"), "date", exported=True)
        sums = (
            Part("due", _("la somme due"), "amount", exported=True),
            Part("paid", _("la somme payée"), "amount", exported=True),
        )
        return (settled, day, *sums) if field.kind == "payment" else (settled, day)
    if field.kind == "signatures":
        return (
            Part("signed", _("le nombre de signatures"), "number", exported=True),
            Part("all_signed", _("toutes les signatures"), "yesno"),
        )
    if field.kind == "household_person":
        return (Part("birth_date", _("la date de naissance"), "date", exported=True),)
    if field.kind == "place":
        return (
            Part("commune", _("la commune"), "text"),
            Part("lat", _("la latitude"), "number", exported=True),
            Part("lon", _("la longitude"), "number", exported=True),
        )
    if field.kind == "amounts_table":
        found = [
            Part(column.id, _("le total %(column)s") % {"column": column.label}, "amount", exported=True)
            for column in field.columns
        ]
        if len(found) > 1:
            found.append(Part("balanced", _("l’égalité des totaux"), "yesno"))
        return tuple(found)
    return ()
