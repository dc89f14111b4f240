"""Conditions of a procedure: made of lines that people choose (a field, a comparison, a value), and said in French.

Pure, on bodies that may be unsound. What lines cannot say exactly is ``None`` when read: the page then shows it in
words and keeps it as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.expressions import (
    OPERATION_LABELS,
    BadExpression,
    Expr,
    Field,
    Literal,
    Op,
    Today,
    dump,
    parse,
    phrase,
)
from bocage.base.money import BadAmount, parse_amount
from bocage.base.typed_numbers import BadNumber, parse_number, plain_number
from bocage.cases.editing import moments
from bocage.cases.validation.parts import parts_of_item
from bocage.search.text import fold

Item = Mapping[str, Any]

ITSELF = "itself"
"""The name of a question in its own condition, before it has one."""
SEVERAL = "\n"
"""Between the answers of « est l’une de »."""
FILLED = ("is_filled", "is_empty")
_ORDER = ("eq", "ne", "gt", "ge", "lt", "le")
_OF = "_of"
"""The end of a comparison with another answer: « dépasse la réponse »."""
_OTHERS = tuple(f"{op}{_OF}" for op in _ORDER)
_BY_KIND: Mapping[str, tuple[str, ...]] = {
    "choice": ("eq", "ne", "in", *FILLED),
    "choices": ("contains", "lacks", *FILLED),
    "yesno": ("eq", *FILLED),
    "statement": ("eq",),
    "number": (*_ORDER, *_OTHERS, *FILLED),
    "amount": (*_ORDER, *_OTHERS, *FILLED),
    "date": ("lt", "le", "gt", "ge", "eq", "older", "younger", *_OTHERS, *FILLED),
    "text": ("eq", "ne", *FILLED),
    "group": ("lines_ge", "lines_lt", *FILLED),
}
COMPARISONS: Mapping[str, str | Promise] = {
    "eq": OPERATION_LABELS["eq"],
    "ne": OPERATION_LABELS["ne"],
    "in": gettext_lazy("est l’une de"),
    "contains": OPERATION_LABELS["contains"],
    "lacks": gettext_lazy("ne comprend pas"),
    **{name: OPERATION_LABELS[name] for name in ("gt", "ge", "lt", "le")},
    "older": gettext_lazy("donne un âge d’au moins (ans)"),
    "younger": gettext_lazy("donne un âge de moins de (ans)"),
    "lines_ge": gettext_lazy("a au moins, en lignes"),
    "lines_lt": gettext_lazy("a moins de, en lignes"),
    "eq_of": gettext_lazy("est égal à (autre réponse)"),
    "ne_of": gettext_lazy("diffère de (autre réponse)"),
    "gt_of": gettext_lazy("dépasse (autre réponse)"),
    "ge_of": gettext_lazy("atteint (autre réponse)"),
    "lt_of": gettext_lazy("est inférieur à (autre réponse)"),
    "le_of": gettext_lazy("ne dépasse pas (autre réponse)"),
    **{name: OPERATION_LABELS[name] for name in FILLED},
}
_DATES: Mapping[str, str | Promise] = {
    "lt": gettext_lazy("est avant le"),
    "le": gettext_lazy("est au plus tard le"),
    "gt": gettext_lazy("est après le"),
    "ge": gettext_lazy("est au plus tôt le"),
    "eq_of": gettext_lazy("est le même jour que (autre réponse)"),
    "ne_of": gettext_lazy("n’est pas le même jour que (autre réponse)"),
    "gt_of": gettext_lazy("vient après (autre réponse)"),
    "ge_of": gettext_lazy("ne vient pas avant (autre réponse)"),
    "lt_of": gettext_lazy("vient avant (autre réponse)"),
    "le_of": gettext_lazy("ne vient pas après (autre réponse)"),
}
_COUNTED = {("age", "ge"): "older", ("age", "lt"): "younger", ("count", "ge"): "lines_ge", ("count", "lt"): "lines_lt"}
_UNITS = {"d": "days", "m": "months", "y": "years"}


class BadLine(ValueError):
    """A line that says nothing yet; the message tells the mend."""


@dataclass(frozen=True)
class Subject:
    """What a line may speak of: its name in expressions, what it is called, its kind, its answers."""

    name: str
    label: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def comparisons(self) -> list[tuple[str, str | Promise]]:
        """The comparisons that suit it, with their words."""
        words = {**COMPARISONS, **_DATES} if self.kind == "date" else COMPARISONS
        return [(key, words[key]) for key in _BY_KIND.get(self.kind, FILLED)]


def is_of_another(comparison: str) -> bool:
    """Whether a comparison is with another answer."""
    return comparison in _OTHERS


def comparable(subject: Subject, known: Mapping[str, Subject]) -> dict[str, Subject]:
    """The other answers that one may be compared with: those of its kind."""
    return {name: one for name, one in known.items() if one.kind == subject.kind and name != subject.name}


# --- What may be chosen ---------------------------------------------------------------------------------------------
def subjects(body: Item, *, communes: Sequence[tuple[str, str]] = ()) -> dict[str, Subject]:
    """Everything a condition may speak of, in the order of the form."""
    found = [subject_of(question, "choice") for question in _items(body, "eligibility")]
    for one in all_fields(body):
        kind = str(one.get("result") if one.get("kind") == "computed" else one.get("kind"))
        if kind == "note":
            continue
        found.append(subject_of(one, {"textarea": "text", "email": "text", "phone": "text"}.get(kind, kind)))
        for part in parts_of_item(one):
            named = {"id": f"{one.get('id')}.{part.name}", "label": f"{one.get('label', '')} : {part.label}"}
            found.append(subject_of(named, part.kind))
            if part.name == "commune":
                found[-1] = replace(found[-1], kind="choice", options=tuple(communes))
    return {subject.name: subject for subject in found}


def subject_of(one: Item, kind: str) -> Subject:
    """A question or a field as something to speak of."""
    options = [(str(item.get("value")), str(item.get("label"))) for item in _items(one, "options")]
    if kind in {"yesno", "statement"}:
        options = [("oui", _("Oui")), ("non", _("Non"))]
    return Subject(str(one.get("id")), str(one.get("label") or one.get("id")), kind, tuple(options))


def all_fields(body: Item) -> list[Item]:
    """Every question of the steps, in order (those inside lines that repeat stay inside them)."""
    return [field for step in _items(body, "steps") for field in _items(step, "fields")]


def _items(holder: Any, name: str) -> list[Item]:
    """The objects of a list, whatever stands there in a body that was never checked."""
    found = holder.get(name) if isinstance(holder, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []


# --- From lines -----------------------------------------------------------------------------------------------------
def expression(mode: str, lines: Sequence[Any]) -> Any:
    """The expression of lines already made by ``line``."""
    return lines[0] if len(lines) == 1 else {"op": "or" if mode == "any" else "and", "args": list(lines)}


def line(subject: Subject, comparison: str, typed: str, known: Mapping[str, Subject] | None = None) -> Any:
    """One line as an expression. ``typed``: as people write it; for « est l’une de », answers between SEVERAL; for a
    comparison with another answer, its name, of those ``known``.

    Raises BadLine.
    """
    if comparison not in dict(subject.comparisons):
        raise BadLine(_("Choisissez une comparaison qui va avec « %(label)s ».") % {"label": subject.label})
    if is_of_another(comparison):
        if typed not in comparable(subject, known or {}):
            raise BadLine(_("Choisissez à quelle autre réponse comparer « %(label)s ».") % {"label": subject.label})
        return {"op": comparison.removesuffix(_OF), "args": [{"field": subject.name}, {"field": typed}]}
    made = _line(subject, comparison, typed.strip())
    try:
        return dump(parse(made))
    except BadExpression as error:
        raise BadLine(error.message) from None


def _line(subject: Subject, comparison: str, typed: str) -> Any:
    field = {"field": subject.name}
    if comparison in FILLED:
        return {"op": comparison, "args": [field]}
    if not typed:
        raise BadLine(_("Écrivez à quoi comparer « %(label)s ».") % {"label": subject.label})
    if comparison == "in":
        return {"op": "in", "args": [field, {"value": [_value(subject, one)["value"] for one in typed.split(SEVERAL)]}]}
    if SEVERAL in typed:
        raise BadLine(_("Choisissez une seule réponse, ou la comparaison « est l’une de »."))
    for (of, op), name in _COUNTED.items():
        if comparison == name:
            return {"op": op, "args": [{"op": of, "args": [field]}, {"value": _whole(typed)}]}
    if comparison == "lacks":
        return {"op": "not", "args": [{"op": "contains", "args": [field, _value(subject, typed)]}]}
    return {"op": comparison, "args": [field, _value(subject, typed)]}


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise BadLine(_("Écrivez un nombre entier. Exemple : 18"))
    return int(text)


def _value(subject: Subject, text: str) -> Any:
    if subject.options:
        return {"value": _answer(subject, text)}
    try:
        match subject.kind:
            case "number":
                return {"value": plain_number(parse_number(text))}
            case "amount":
                return {"value": parse_amount(text)}
            case "date":
                return _moment(moments.read(text))
    except (BadNumber, moments.BadMoment) as error:
        raise BadLine(str(error)) from None
    except BadAmount:
        raise BadLine(_("Écrivez une somme en euros. Exemple : 150")) from None
    return {"value": text}


def _answer(subject: Subject, text: str) -> str | bool:
    """The answer that was chosen, or told by its words."""
    keys = dict(subject.options)
    key = text if text in keys else next((key for key in keys if fold(keys[key]) == fold(text)), None)
    if key is None:
        known = ", ".join(label for _key, label in subject.options[:6])
        raise BadLine(
            _("« %(text)s » n’est pas une réponse possible. Exemples : %(known)s") % {"text": text, "known": known}
        )
    return key == "oui" if subject.kind in {"yesno", "statement"} else key


def _moment(stored: str) -> Any:
    if not stored.startswith("today"):
        return {"date": stored}
    if stored == "today":
        return {"today": True}
    count = int(stored[5:-1])
    return {"op": "date_add", "args": [{"today": True}, {"value": count}, {"value": _UNITS[stored[-1]]}]}


# --- To lines -------------------------------------------------------------------------------------------------------
def read(expr: Any, known: Mapping[str, Subject]) -> tuple[str, list[dict[str, str]]] | None:
    """The mode and the lines of an expression; None when lines cannot say it, or it cannot be read at all."""
    try:
        parsed = parse(expr)
    except BadExpression:
        return None
    match parsed:
        case Op("and" | "or" as op, parts):
            mode = "any" if op == "or" else "all"
        case _:
            mode, parts = "all", (parsed,)
    found = [_read_line(part, known) for part in parts]
    kept = [one for one in found if one is not None]
    return (mode, kept) if len(kept) == len(found) else None


def _read_line(part: Expr, known: Mapping[str, Subject]) -> dict[str, str] | None:
    name, comparison, value = _parts_of(part)
    subject = known.get(name)
    if subject is None or comparison not in dict(subject.comparisons):
        return None
    typed = "" if value is None else _shown(subject, value)
    if typed is None:
        return None
    found = {"field": name, "op": comparison, "value": typed}
    try:
        same = parse(line(subject, comparison, typed, known)) == part
    except BadLine:
        return found if subject.options else None  # an answer that is gone: it is mended there
    return found if same or isinstance(part, Field) else None


def _parts_of(part: Expr) -> "tuple[str, str, Expr | None]":
    match part:
        case Field(name):  # a yes or no by itself
            return name, "eq", Literal(True)
        case Op("is_filled" | "is_empty" as op, (Field(name),)):
            return name, op, None
        case Op("not", (Op("contains", (Field(name), value)),)):
            return name, "lacks", value
        case Op("ge" | "lt" as op, (Op("age" | "count" as of, (Field(name),)), value)):
            return name, _COUNTED[of, op], value
        case Op(op, (Field(name), Field() as other)):
            return name, f"{op}{_OF}", other
        case Op(op, (Field(name), value)):
            return name, op, value
    return "", "", None


def _shown(subject: Subject, value: Expr) -> str | None:
    """A value as people type it."""
    match value:
        case Field(name):
            return name
        case Today():
            return moments.shown("today")
        case Op("date_add", (Today(), Literal(Decimal() as count), Literal("days" | "months" | "years" as unit))):
            return moments.shown(f"today{count:+.0f}{unit[0]}")
        case Literal(bool() as said):
            return "oui" if said else "non"
        case Literal(date() as day):
            return moments.shown(day.isoformat())
        case Literal(Decimal() as number):
            return f"{number / 100 if subject.kind == 'amount' else number:f}".replace(".", ",")
        case Literal(tuple() as several):
            return SEVERAL.join(str(one) for one in several)
        case Literal(str() as text):
            return text
    return None


# --- In words -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Names:
    """What expressions call things, in French: fields, columns and answers; and which of them are sums of money."""

    labels: Mapping[str, str]
    amounts: frozenset[str]

    def field(self, name: Any) -> str:
        """A field between « », by its id where it has no name."""
        return self.labels.get(str(name), f"« {name} »")


def names_of(body: Item) -> Names:
    """The names of a body, between « »."""
    labels: dict[str, str] = {}
    amounts = set()

    def add(key: str, one: Item) -> None:
        labels[key] = f"« {one.get('label', '')} »"
        labels.update(
            {f"{key}={option.get('value')}": f"« {option.get('label')} »" for option in _items(one, "options")}
        )
        if "amount" in (one.get("kind"), one.get("result")):
            amounts.add(key)

    for question in _items(body, "eligibility"):
        add(str(question.get("id")), question)
    for field in all_fields(body):
        key, label = str(field.get("id")), {"label": field.get("label")}
        add(key, field)
        for part in parts_of_item(field):
            labels[f"{key}.{part.name}"] = _("%(part)s de « %(label)s »") % {**label, "part": part.label}
            if part.kind == "amount":
                amounts.add(f"{key}.{part.name}")
        for inner in _items(field, "fields"):
            add(f"{key}.{inner.get('id')}", inner)
    return Names(labels, frozenset(amounts))


def told(expr: Any, names: Names) -> str:
    """A condition or a calculation as a sentence without « si »; empty for none."""
    if expr is None:
        return ""
    try:
        return phrase(parse(expr), names.labels, amounts=names.amounts)
    except BadExpression as error:
        return _("une condition illisible (%(why)s)") % {"why": error}


def consequence(rule: Item, names: Names) -> str:
    """What a rule does, in words."""
    if rule.get("then") == "forbid":
        return _("la demande s’arrête : « %(reason)s »") % {"reason": rule.get("reason", "")}
    name = {"name": names.field(rule.get("field"))}
    if rule.get("then") == "require":
        return _("%(name)s devient obligatoire") % name
    return _("%(name)s est montré") % name
