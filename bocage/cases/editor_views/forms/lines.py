"""A condition as lines that people choose: a field, a comparison, a value; and back to the expression.

Pure, on bodies that may be unsound. A condition made otherwise (by hand, or too rich for lines) is ``None`` here: the
page shows it in words and keeps it as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.money import BadAmount, parse_amount
from bocage.cases.editor_views.forms import limits
from bocage.cases.editor_views.telling import all_fields
from bocage.search.text import fold

ITSELF = "itself"
FILLED = ("is_filled", "is_empty")
_BY_KIND: Mapping[str, tuple[str, ...]] = {
    "choice": ("eq", "ne", *FILLED),
    "choices": ("contains", "lacks", *FILLED),
    "yesno": ("eq", "is_filled", "is_empty"),
    "statement": ("eq",),
    "number": ("eq", "ne", "gt", "ge", "lt", "le", *FILLED),
    "amount": ("eq", "ne", "gt", "ge", "lt", "le", *FILLED),
    "date": ("lt", "le", "gt", "ge", "eq", "older", "younger", *FILLED),
    "text": ("eq", "ne", *FILLED),
    "group": ("lines_ge", "lines_lt", *FILLED),
}
COMPARISONS = {
    "eq": "est",
    "ne": "n’est pas",
    "contains": "comprend",
    "lacks": "ne comprend pas",
    "gt": "est plus que",
    "ge": "est au moins",
    "lt": "est moins que",
    "le": "est au plus",
    "older": "donne un âge d’au moins (ans)",
    "younger": "donne un âge de moins de (ans)",
    "lines_ge": "a au moins, en lignes",
    "lines_lt": "a moins de, en lignes",
    "is_filled": "est rempli",
    "is_empty": "n’est pas rempli",
}
_DATES = {"lt": "est avant le", "le": "est au plus tard le", "gt": "est après le", "ge": "est au plus tôt le"}


@dataclass(frozen=True)
class Subject:
    """What a line may speak of: its name in expressions, what it is called, its kind, its answers."""

    name: str
    label: str
    kind: str
    options: tuple[tuple[str, str], ...] = field(default=())

    @property
    def comparisons(self) -> list[tuple[str, str]]:
        """The comparisons that suit it, with their words."""
        words = {**COMPARISONS, **_DATES} if self.kind == "date" else COMPARISONS
        return [(key, words[key]) for key in _BY_KIND.get(self.kind, FILLED)]


class BadLine(ValueError):
    """A line that says nothing yet; the message tells the mend."""


def subjects(body: Mapping[str, Any], *, communes: Sequence[tuple[str, str]] = ()) -> dict[str, Subject]:
    """Everything a condition may speak of, in the order of the form."""
    found = [subject_of(question, "choice") for question in body.get("eligibility", ())]
    for one in all_fields(dict(body)):
        kind = str(one.get("result") if one.get("kind") == "computed" else one.get("kind"))
        if kind == "note":
            continue
        found.append(subject_of(one, {"textarea": "text", "email": "text", "phone": "text"}.get(kind, kind)))
        if kind == "address":
            label = _("%(label)s : la commune") % {"label": one.get("label", "")}
            found.append(Subject(f"{one.get('id')}.commune", label, "choice", tuple(communes)))
    return {subject.name: subject for subject in found}


def subject_of(one: Mapping[str, Any], kind: str) -> Subject:
    """A question or a field as something to speak of."""
    options = [(str(item.get("value")), str(item.get("label"))) for item in one.get("options") or ()]
    if kind in {"yesno", "statement"}:
        options = [("oui", _("Oui")), ("non", _("Non"))]
    return Subject(str(one.get("id")), str(one.get("label") or one.get("id")), kind, tuple(options))


# --- From lines -----------------------------------------------------------------------------------------------------
def expression(mode: str, lines: Sequence[Any]) -> Any:
    """The expression of lines already made by ``line``."""
    return lines[0] if len(lines) == 1 else {"op": "or" if mode == "any" else "and", "args": list(lines)}


def line(subject: Subject, comparison: str, value: str) -> Any:
    """One line as an expression. Raises BadLine."""
    if comparison not in dict(subject.comparisons):
        raise BadLine(_("Choisissez une comparaison qui va avec « %(label)s ».") % {"label": subject.label})
    subject_ref = {"field": subject.name}
    if comparison in FILLED:
        return {"op": comparison, "args": [subject_ref]}
    if not value:
        raise BadLine(_("Écrivez à quoi comparer « %(label)s ».") % {"label": subject.label})
    if comparison in {"older", "younger"}:
        age = {"op": "age", "args": [subject_ref]}
        return {"op": "ge" if comparison == "older" else "lt", "args": [age, {"value": _whole(value)}]}
    if comparison in {"lines_ge", "lines_lt"}:
        count = {"op": "count", "args": [subject_ref]}
        return {"op": comparison[-2:], "args": [count, {"value": _whole(value)}]}
    if comparison == "lacks":
        return {"op": "not", "args": [{"op": "contains", "args": [subject_ref, _value(subject, value)]}]}
    return {"op": comparison, "args": [subject_ref, _value(subject, value)]}


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise BadLine(_("Écrivez un nombre entier. Exemple : 18"))
    return int(text)


def _value(subject: Subject, text: str) -> Any:
    kind = subject.kind
    if subject.options:
        for key, label in subject.options:
            if text == key or fold(text) == fold(label):
                return {"value": key == "oui" if kind in {"yesno", "statement"} else key}
        known = ", ".join(label for _key, label in subject.options[:6])
        raise BadLine(
            _("« %(text)s » n’est pas une réponse possible. Exemples : %(known)s") % {"text": text, "known": known}
        )
    if kind == "number":
        try:
            number = Decimal(text.replace(",", ".").replace(" ", ""))
        except InvalidOperation:
            raise BadLine(_("Écrivez un nombre. Exemple : 3")) from None
        return {"value": int(number) if number == number.to_integral_value() else float(number)}
    if kind == "amount":
        try:
            return {"value": parse_amount(text)}
        except BadAmount:
            raise BadLine(_("Écrivez une somme en euros. Exemple : 150")) from None
    if kind == "date":
        try:
            stored = limits.read(text)
        except limits.BadLimit as error:
            raise BadLine(str(error)) from None
        return _date(stored)
    return {"value": text}


def _date(stored: str) -> Any:
    if not stored.startswith("today"):
        return {"date": stored}
    if stored == "today":
        return {"today": True}
    sign, count, unit = stored[5], int(stored[6:-1]), {"d": "days", "m": "months", "y": "years"}[stored[-1]]
    return {"op": "date_add", "args": [{"today": True}, {"value": -count if sign == "-" else count}, {"value": unit}]}


# --- To lines -------------------------------------------------------------------------------------------------------
def read(expr: Any, known: Mapping[str, Subject]) -> tuple[str, list[dict[str, str]]] | None:
    """The mode and the lines of an expression; None when lines cannot say it."""
    if not isinstance(expr, Mapping):
        return None
    parts, mode = [expr], "all"
    if expr.get("op") in {"and", "or"}:
        parts, mode = list(expr.get("args") or ()), "any" if expr["op"] == "or" else "all"
    found = [_read_line(part, known) for part in parts]
    if not found or any(one is None for one in found):
        return None
    return mode, [one for one in found if one is not None]


def _read_line(expr: Any, known: Mapping[str, Subject]) -> dict[str, str] | None:
    if not isinstance(expr, Mapping) or "op" not in expr:
        name = expr.get("field") if isinstance(expr, Mapping) else None
        if name in known and known[str(name)].kind in {"yesno", "statement"}:
            return {"field": str(name), "op": "eq", "value": "oui"}
        return None
    op, args = expr["op"], expr.get("args") or []
    if op == "not" and len(args) == 1 and isinstance(args[0], Mapping) and args[0].get("op") == "contains":
        inner = _read_line(args[0], known)
        return {**inner, "op": "lacks"} if inner else None
    if not args or not isinstance(args[0], Mapping):
        return None
    left = args[0]
    if left.get("op") in {"age", "count"} and len(left.get("args") or ()) == 1 and len(args) == 2:
        name, value = (left["args"][0] or {}).get("field"), args[1].get("value")
        words = {
            ("age", "ge"): "older",
            ("age", "lt"): "younger",
            ("count", "ge"): "lines_ge",
            ("count", "lt"): "lines_lt",
        }
        comparison = words.get((left["op"], op))
        if name in known and comparison and isinstance(value, int):
            return {"field": str(name), "op": comparison, "value": str(value)}
        return None
    subject = known.get(str(left.get("field", "")))
    if subject is None or op not in dict(subject.comparisons):
        return None
    if op in FILLED:
        return {"field": subject.name, "op": op, "value": ""}
    shown = _shown(subject, args[1]) if len(args) == 2 else None
    return None if shown is None else {"field": subject.name, "op": op, "value": shown}


def _shown(subject: Subject, value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None
    if value.get("today"):
        return "aujourd’hui"
    if "date" in value:
        return limits.shown(str(value["date"]))
    if value.get("op") == "date_add" and len(value.get("args") or ()) == 3 and value["args"][0] == {"today": True}:
        count, unit = value["args"][1].get("value"), value["args"][2].get("value")
        if isinstance(count, int) and unit in {"days", "months", "years"}:
            return limits.shown(f"today{'-' if count < 0 else '+'}{abs(count)}{unit[0]}")
        return None
    raw = value.get("value")
    if raw is None or isinstance(raw, list | dict):
        return None
    if isinstance(raw, bool):
        return "oui" if raw else "non"
    if subject.kind == "amount" and isinstance(raw, int):
        return f"{raw // 100},{raw % 100:02d}"
    return str(raw).replace(".", ",") if isinstance(raw, int | float) else str(raw)
