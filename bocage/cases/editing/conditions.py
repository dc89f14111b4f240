"""Conditions by choices: « champ, comparaison, valeur » lines, joined by « toutes » or « au moins une ».

``subjects`` lists what a line may speak of, each with its comparisons; ``build`` turns lines into an expression's JSON,
``read`` turns JSON back into lines, or gives None for an expression that is richer than lines can say: ``words`` then
tells it in French. ``read(build(chosen)) == chosen`` for every line that ``subjects`` offers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.expressions import BadExpression, Expr, parse, phrase
from bocage.base.money import BadAmount, format_cents, parse_amount
from bocage.base.typed_dates import BadDate, parse_french_date
from bocage.cases.schema import FormField, Option, ProcedureDocument

Join = Literal["all", "any"]
Input = Literal["none", "option", "options", "text", "number", "amount", "date"]

JOINS: Mapping[Join, str | Promise] = {"all": gettext_lazy("toutes"), "any": gettext_lazy("au moins une")}
MAX_LINES = 12


class BadCondition(ValueError):
    """A line that says nothing; ``line`` is its number from 0, the message is French."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Comparison:
    """A comparison a line may make: its name, its French words, and what is typed beside it."""

    name: str
    label: str
    input: Input


@dataclass(frozen=True)
class Subject:
    """What a line may speak of: a field, a question, or a part of an address; options are those of a choice."""

    id: str
    label: str
    comparisons: tuple[Comparison, ...]
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line. ``value``: "" with nothing to type; an option's value, or several; a number; euros; an ISO date or
    ``today``; as the form sends it."""

    field: str
    comparison: str
    value: str | tuple[str, ...] = ""


@dataclass(frozen=True)
class Chosen:
    """A whole condition made of lines."""

    join: Join
    lines: tuple[Line, ...]


_FILLED = (("is_filled", gettext_lazy("est rempli"), "none"), ("is_empty", gettext_lazy("n’est pas rempli"), "none"))
_ORDER = (
    ("eq", gettext_lazy("est égal à")),
    ("ne", gettext_lazy("est différent de")),
    ("lt", gettext_lazy("est inférieur à")),
    ("le", gettext_lazy("est au plus")),
    ("gt", gettext_lazy("est supérieur à")),
    ("ge", gettext_lazy("est au moins")),
)
_DATES = (
    ("lt", gettext_lazy("est avant le")),
    ("le", gettext_lazy("est au plus tard le")),
    ("gt", gettext_lazy("est après le")),
    ("ge", gettext_lazy("est au plus tôt le")),
    ("eq", gettext_lazy("est le")),
)
_BY_KIND: Mapping[str, tuple[tuple[str, Any, str], ...]] = {
    "option": (
        ("eq", gettext_lazy("est"), "option"),
        ("ne", gettext_lazy("n’est pas"), "option"),
        ("in", gettext_lazy("est l’une de"), "options"),
        *_FILLED,
    ),
    "options": (
        ("contains", gettext_lazy("comprend"), "option"),
        ("lacks", gettext_lazy("ne comprend pas"), "option"),
        *_FILLED,
    ),
    "yesno": (("yes", gettext_lazy("est oui"), "none"), ("no", gettext_lazy("est non"), "none"), *_FILLED),
    "text": (("eq", gettext_lazy("est"), "text"), ("ne", gettext_lazy("n’est pas"), "text"), *_FILLED),
    "number": (*((name, label, "number") for name, label in _ORDER), *_FILLED),
    "amount": (*((name, label, "amount") for name, label in _ORDER), *_FILLED),
    "date": (
        *((name, label, "date") for name, label in _DATES),
        ("age_ge", gettext_lazy("donne un âge d’au moins"), "number"),
        ("age_lt", gettext_lazy("donne un âge de moins de"), "number"),
        *_FILLED,
    ),
    "group": (
        ("count_ge", gettext_lazy("a au moins ce nombre de lignes :"), "number"),
        ("count_le", gettext_lazy("a au plus ce nombre de lignes :"), "number"),
        *_FILLED,
    ),
    "filled": _FILLED,
}
_KIND_OF = {
    "choice": "option",
    "choices": "options",
    "yesno": "yesno",
    "statement": "yesno",
    "number": "number",
    "amount": "amount",
    "date": "date",
    "group": "group",
    "file": "filled",
    "address": "filled",
    "organisation": "filled",
}
_PARTS = {"commune": gettext_lazy("commune (code INSEE)"), "postcode": gettext_lazy("code postal")}
_OPERATORS = {"eq", "ne", "lt", "le", "gt", "ge"}


# --- What may be chosen ---------------------------------------------------------------------------------------------
def subjects(document: ProcedureDocument) -> list[Subject]:
    """Everything a condition of this document may speak of, in the order of the form."""
    found = [
        Subject(question.id, question.label, _comparisons("option"), question.options)
        for question in document.eligibility
    ]
    for field in document.by_id.values():
        kind = _kind(field)
        if kind is None:
            continue
        found.append(Subject(field.id, field.label, _comparisons(kind), field.options))
        if field.kind == "address":
            for part, label in _PARTS.items():
                told = f"{field.label}, {label}"
                found.append(Subject(f"{field.id}.{part}", told, _comparisons("text")))
    return found


def _kind(field: FormField) -> str | None:
    if field.kind == "note":
        return None
    return _KIND_OF.get(field.result if field.kind == "computed" else field.kind, "text")


def _comparisons(kind: str) -> tuple[Comparison, ...]:
    return tuple(Comparison(name, str(label), wanted) for name, label, wanted in _BY_KIND[kind])  # type: ignore[arg-type]


# --- From lines to an expression ------------------------------------------------------------------------------------
def build(document: ProcedureDocument, chosen: Chosen) -> dict[str, Any]:
    """The expression of some lines, as JSON. Raises BadCondition with the number of the line to mend."""
    if not 1 <= len(chosen.lines) <= MAX_LINES:
        raise BadCondition(_("Une condition compte de 1 à %(count)s lignes.") % {"count": MAX_LINES})
    known = {subject.id: subject for subject in subjects(document)}
    parts = []
    for number, line in enumerate(chosen.lines):
        subject = known.get(line.field)
        if subject is None:
            raise BadCondition(_("Choisissez un champ : celui-ci n’existe pas, ou n’existe plus."), number)
        comparison = next((item for item in subject.comparisons if item.name == line.comparison), None)
        if comparison is None:
            raise BadCondition(_("Choisissez une comparaison qui convient à ce champ."), number)
        parts.append(_part(line, _operands(subject, comparison, line.value, number)))
    if len(parts) == 1:
        return parts[0]
    return {"op": "and" if chosen.join == "all" else "or", "args": parts}


def _part(line: Line, value: Any) -> dict[str, Any]:
    field: dict[str, Any] = {"field": line.field}
    match line.comparison:
        case "is_filled" | "is_empty":
            return {"op": line.comparison, "args": [field]}
        case "yes" | "no":
            return {"op": "eq", "args": [field, {"value": line.comparison == "yes"}]}
        case "lacks":
            return {"op": "not", "args": [{"op": "contains", "args": [field, value]}]}
        case "age_ge" | "age_lt":
            return {"op": line.comparison[4:], "args": [{"op": "age", "args": [field]}, value]}
        case "count_ge" | "count_le":
            return {"op": line.comparison[6:], "args": [{"op": "count", "args": [field]}, value]}
    return {"op": line.comparison, "args": [field, value]}


def _operands(subject: Subject, comparison: Comparison, value: str | tuple[str, ...], number: int) -> Any:
    """The right-hand side of a line, as JSON."""
    text = value.strip() if isinstance(value, str) else ""
    match comparison.input:
        case "none":
            return None
        case "options":
            values = value if isinstance(value, tuple) else (value,)
            if not values or any(all(option.value != item for option in subject.options) for item in values):
                raise BadCondition(_("Choisissez une ou plusieurs des réponses proposées."), number)
            return {"value": list(values)}
        case "option":
            if all(option.value != text for option in subject.options):
                raise BadCondition(_("Choisissez une des réponses proposées."), number)
            return {"value": text}
        case "text":
            if not text:
                raise BadCondition(_("Écrivez la réponse à comparer."), number)
            return {"value": text}
        case "number":
            return {"value": _number(text, number)}
        case "amount":
            try:
                return {"value": parse_amount(text)}
            except BadAmount:
                raise BadCondition(_("Écrivez un montant en euros, par exemple 45 ou 45,50."), number) from None
        case "date":
            return _day(text, number)


def _number(text: str, line: int) -> int | float:
    try:
        value = float(text.replace(",", ".").replace(" ", "").replace("\u202f", "").replace("\xa0", ""))
        parse({"value": value})
    except (ValueError, OverflowError):
        raise BadCondition(_("Écrivez un nombre en chiffres, par exemple 3."), line) from None
    return int(value) if value == int(value) else value


def _day(text: str, line: int) -> dict[str, Any]:
    if text == "today":
        return {"today": True}
    try:
        told = {"date": parse_french_date(text).isoformat()}
        parse(told)
    except (BadDate, BadExpression):
        raise BadCondition(
            _("Écrivez une date, par exemple 31/01/2026, ou « today » pour aujourd’hui."), line
        ) from None
    return told


# --- And back -------------------------------------------------------------------------------------------------------
def read(document: ProcedureDocument, expression: Any) -> Chosen | None:
    """The lines of an expression; None when it says more than lines can, or names what is gone."""
    try:
        parse(expression)
    except BadExpression:
        return None
    join: Join = "all"
    parts = [expression]
    if expression.get("op") in {"and", "or"}:
        join = "all" if expression["op"] == "and" else "any"
        parts = list(expression["args"])
    known = {subject.id: subject for subject in subjects(document)}
    lines = [_line(known, part) for part in parts]
    if len(lines) > MAX_LINES or any(line is None for line in lines):
        return None
    chosen = Chosen(join, tuple(line for line in lines if line is not None))
    try:
        build(document, chosen)  # what lines say of it must mean the same, for the same kinds of answers
    except BadCondition:
        return None
    return chosen


def _line(known: Mapping[str, Subject], part: Any) -> Line | None:
    op, args = part.get("op"), part.get("args", [])
    if op == "not" and len(args) == 1 and args[0].get("op") == "contains":
        inner = _line(known, args[0])
        return Line(inner.field, "lacks", inner.value) if inner else None
    if op in {"is_filled", "is_empty"}:
        return Line(args[0]["field"], op) if set(args[0]) == {"field"} else None
    if op not in {*_OPERATORS, "in", "contains"}:
        return None
    left, right = args
    prefix = ""
    if left.get("op") in {"age", "count"} and len(left["args"]) == 1 and op in {"ge", "lt", "le"}:
        prefix, left = f"{left['op']}_", left["args"][0]
    if set(left) != {"field"} or left["field"] not in known:
        return None
    subject, name = known[left["field"]], f"{prefix}{op}"
    if name == "eq" and right in ({"value": True}, {"value": False}) and isinstance(right["value"], bool):
        return Line(subject.id, "yes" if right["value"] else "no")
    comparison = next((item for item in subject.comparisons if item.name == name), None)
    value = _value(comparison.input, right) if comparison else None
    return Line(subject.id, name, value) if value is not None else None


def _value(wanted: Input, right: Any) -> str | tuple[str, ...] | None:
    if right == {"today": True}:
        return "today" if wanted == "date" else None
    if set(right) == {"date"}:
        return str(right["date"])[:10] if wanted == "date" else None
    value = right.get("value") if set(right) == {"value"} else None
    if isinstance(value, bool) or value is None:
        return None
    if wanted == "date" and isinstance(value, dict):
        return str(value.get("date")) if isinstance(value.get("date"), str | date) else None
    if wanted == "options" and isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if wanted in {"option", "text"} and isinstance(value, str):
        return value
    if wanted == "amount" and isinstance(value, int):
        return f"{value // 100}" if value % 100 == 0 else f"{value // 100},{value % 100:02d}"
    if wanted == "number" and isinstance(value, int | float):
        return str(value).replace(".", ",")
    return None


# --- In words -------------------------------------------------------------------------------------------------------
def labels(document: ProcedureDocument) -> dict[str, str]:
    """What expressions call fields, columns and choices, in French, for ``expressions.phrase``."""
    told = {question.id: question.label for question in document.eligibility}
    for question in document.eligibility:
        told |= {f"{question.id}={option.value}": option.label for option in question.options}
    for field in document.by_id.values():
        told[field.id] = field.label
        told |= {f"{field.id}={option.value}": option.label for option in field.options}
        for inner in field.fields:
            told[f"{field.id}.{inner.id}"] = inner.label
            told |= {f"{field.id}.{inner.id}={option.value}": option.label for option in inner.options}
        if field.kind == "address":
            told |= {f"{field.id}.{part}": f"{field.label}, {label}" for part, label in _PARTS.items()}
    return told


def words(document: ProcedureDocument, expression: Any) -> str:
    """An expression in French: « Type de logement » est Maison et…; amounts in euros where lines can tell."""
    return told(labels(document), expression, document)


def told(named: Mapping[str, str], expression: Any, document: ProcedureDocument | None = None) -> str:
    """The same with labels already at hand."""
    try:
        parsed: Expr = parse(expression)
    except BadExpression:
        return _("une condition qui n’est pas lisible")
    chosen = read(document, expression) if document is not None else None
    if document is None or chosen is None:
        return phrase(parsed, named)
    known = {subject.id: subject for subject in subjects(document)}
    lines = [_in_words(known[line.field], line) for line in chosen.lines]
    return (_(" et ") if chosen.join == "all" else _(" ou ")).join(lines)


def _in_words(subject: Subject, line: Line) -> str:
    comparison = next(item for item in subject.comparisons if item.name == line.comparison)
    values = line.value if isinstance(line.value, tuple) else (line.value,)
    names = {option.value: option.label for option in subject.options}
    shown = [names.get(value, value) for value in values if value]
    if comparison.input == "amount":
        shown = [format_cents(parse_amount(value)) for value in shown]
    if comparison.input == "date":
        shown = [_("aujourd’hui") if value == "today" else "/".join(reversed(value.split("-"))) for value in shown]
    return " ".join([f"« {subject.label} »", comparison.label, *([_(" ou ").join(shown)] if shown else [])])
