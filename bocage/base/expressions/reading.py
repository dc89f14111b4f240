"""From JSON to an expression and back."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from bocage.base.expressions import types
from bocage.base.expressions.operators import ARITY
from bocage.base.expressions.tree import (
    MAX_DATE,
    MAX_DEPTH,
    MAX_LITERAL_ITEMS,
    MAX_LITERAL_TEXT,
    MAX_NAME,
    MAX_NODES,
    MIN_DATE,
    BadExpression,
    Each,
    Expr,
    Field,
    Filter,
    Item,
    Literal,
    Lookup,
    Op,
    Path,
    Scalar,
    Today,
)

# The keys of each form of node; the first names the form.
FORMS: tuple[tuple[str, ...], ...] = (
    ("field",),
    ("value",),
    ("date",),
    ("today",),
    ("item",),
    ("op", "args"),
    ("each", "expr"),
    ("filter", "where"),
    ("lookup", "key", "column"),
)


def parse(json: object) -> Expr:
    """Read an expression from decoded JSON.

    Raises BadExpression, and nothing else, whatever it is given: unknown forms and operations, wrong number of
    arguments, more than 20 levels or 500 nodes, constants out of bounds.
    """
    return _Reader().node(json, (), 1)


class _Reader:
    def __init__(self) -> None:
        self.nodes = 0

    def node(self, json: object, path: Path, depth: int) -> Expr:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise BadExpression(
                path, _("L’expression a plus de %d niveaux : découpez-la en valeurs calculées.") % MAX_DEPTH
            )
        if self.nodes > MAX_NODES:
            raise BadExpression(
                path, _("L’expression a plus de %d éléments : découpez-la en valeurs calculées.") % MAX_NODES
            )
        if not isinstance(json, Mapping):
            raise BadExpression(path, _('Une expression est attendue ici, par exemple {"field": "age"}.'))
        form = next((form for form in FORMS if form[0] in json), None)
        if form is None:
            raise BadExpression(path, _("Cette forme d’expression n’existe pas."))
        for key in form:
            if key not in json:
                raise BadExpression(path, _("Il manque « %s » à côté de « %s ».") % (key, form[0]))
        for key in json:
            if key not in form:
                raise BadExpression(path, _("« %s » n’a pas sa place à côté de « %s ».") % (str(key)[:40], form[0]))
        return self.form(form[0], json, path, depth)

    def form(self, form: str, json: Mapping[str, object], path: Path, depth: int) -> Expr:
        match form:
            case "field":
                return Field(_name(json["field"], (*path, "field")))
            case "value":
                return Literal(_constant(json["value"], (*path, "value")))
            case "date":
                return Literal(_date(json["date"], (*path, "date")))
            case "today":
                if json["today"] is not True:
                    raise BadExpression((*path, "today"), _('« today » s’écrit toujours {"today": true}.'))
                return Today()
            case "item":
                column = json["item"]
                return Item(None if column is True else _name(column, (*path, "item")))
            case "op":
                return self.operation(json, path, depth)
            case "each":
                source = self.source(json["each"], (*path, "each"), depth + 1)
                return Each(source, self.node(json["expr"], (*path, "expr"), depth + 1))
            case "filter":
                source = self.source(json["filter"], (*path, "filter"), depth + 1)
                return Filter(source, self.node(json["where"], (*path, "where"), depth + 1))
        table = _name(json["lookup"], (*path, "lookup"))
        key = self.node(json["key"], (*path, "key"), depth + 1)
        return Lookup(table, key, _name(json["column"], (*path, "column")))

    def source(self, json: object, path: Path, depth: int) -> Expr:
        """A group's name, or any expression that gives a list."""
        return self.node({"field": json} if isinstance(json, str) else json, path, depth)

    def operation(self, json: Mapping[str, object], path: Path, depth: int) -> Expr:
        name, args = json["op"], json["args"]
        if not isinstance(name, str) or name not in ARITY:
            raise BadExpression((*path, "op"), _("L’opération « %s » n’existe pas.") % str(name)[:40])
        if not isinstance(args, list | tuple):
            raise BadExpression((*path, "args"), _("Les arguments d’une opération sont une liste."))
        least, most = ARITY[name]
        if len(args) < least or (most is not None and len(args) > most):
            raise BadExpression((*path, "args"), _arity_message(name, least, most, len(args)))
        return Op(name, tuple(self.node(arg, (*path, "args", index), depth + 1) for index, arg in enumerate(args)))


def _arity_message(name: str, least: int, most: int | None, given: int) -> str:
    values = {"op": name, "least": least, "most": most, "given": given}
    if most is None:
        return _("L’opération « %(op)s » attend au moins %(least)d argument(s), pas %(given)d.") % values
    if most == least:
        return _("L’opération « %(op)s » attend %(least)d argument(s), pas %(given)d.") % values
    return _("L’opération « %(op)s » attend de %(least)d à %(most)d arguments, pas %(given)d.") % values


def _text(raw: str, path: Path, limit: int) -> str:
    """A text every database can store: no NUL, no lone surrogate, not too long."""
    if len(raw) > limit:
        raise BadExpression(path, _("Ce texte dépasse %d caractères.") % limit)
    if "\0" in raw or any("\ud800" <= char <= "\udfff" for char in raw):
        raise BadExpression(path, _("Ce texte contient un caractère interdit."))
    return raw


def _name(raw: object, path: Path) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise BadExpression(path, _("Un nom est attendu ici."))
    return _text(raw, path, MAX_NAME)


def _date(raw: object, path: Path) -> date:
    day = raw
    if isinstance(raw, str) and len(raw) == 10:
        try:
            day = date.fromisoformat(raw)
        except ValueError:
            day = None
    if not isinstance(day, date) or isinstance(day, datetime):
        raise BadExpression(path, _("Cette date n’existe pas. Exemple : 2026-11-23."))
    if not MIN_DATE <= day <= MAX_DATE:
        raise BadExpression(path, _("Cette date est hors limites (de 1800 à 2200)."))
    return day


def _scalar(raw: object, path: Path) -> Scalar:
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        return _text(raw, path, MAX_LITERAL_TEXT)
    if isinstance(raw, Mapping) and set(raw) == {"date"}:
        return _date(raw["date"], (*path, "date"))
    if isinstance(raw, int | float | Decimal):
        value = types.number(raw)
        exact = raw if isinstance(raw, Decimal) else Decimal(repr(raw)) if isinstance(raw, float) else None
        if value is None or (exact is not None and exact != value):
            raise BadExpression(path, _("Ce nombre est hors limites (15 chiffres, 12 décimales)."))
        return value
    raise BadExpression(path, _("Une constante est un texte, un nombre, vrai, faux, une date ou rien."))


def _constant(raw: object, path: Path) -> "Scalar | tuple[Scalar, ...]":
    if not isinstance(raw, list | tuple):
        return _scalar(raw, path)
    if len(raw) > MAX_LITERAL_ITEMS:
        raise BadExpression(path, _("Cette liste dépasse %d éléments : utilisez une table.") % MAX_LITERAL_ITEMS)
    return tuple(_scalar(item, (*path, index)) for index, item in enumerate(raw))


def dump(expr: Expr) -> dict[str, object]:
    """The expression as JSON, in its one canonical form: ``parse(dump(expr)) == expr``."""
    match expr:
        case Literal(value):
            if isinstance(value, date):
                return {"date": value.isoformat()}
            if isinstance(value, tuple):
                return {"value": [_dump_scalar(item) for item in value]}
            return {"value": _dump_scalar(value)}
        case Field(name):
            return {"field": name}
        case Today():
            return {"today": True}
        case Item(column):
            return {"item": True if column is None else column}
        case Op(name, args):
            return {"op": name, "args": [dump(arg) for arg in args]}
        case Each(source, inner):
            return {"each": _dump_source(source), "expr": dump(inner)}
        case Filter(source, where):
            return {"filter": _dump_source(source), "where": dump(where)}
        case Lookup(table, key, column):
            return {"lookup": table, "key": dump(key), "column": column}


def _dump_source(source: Expr) -> object:
    return source.name if isinstance(source, Field) else dump(source)


def _dump_scalar(value: Scalar) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value
