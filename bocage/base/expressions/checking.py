"""The type of an expression, or the sentence that tells the editor what does not fit."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from bocage.base.expressions.operators import UNITS
from bocage.base.expressions.tree import (
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
from bocage.base.expressions.types import BOOLEAN, DATE, NULL, NUMBER, TEXT, Table, Type, list_of, unify

# Operations whose arguments all have one fixed type each (the last one repeats), and their result.
FIXED: Mapping[str, tuple[tuple[Type, ...], Type]] = {
    "and": ((BOOLEAN,), BOOLEAN),
    "or": ((BOOLEAN,), BOOLEAN),
    "not": ((BOOLEAN,), BOOLEAN),
    "add": ((NUMBER,), NUMBER),
    "sub": ((NUMBER,), NUMBER),
    "mul": ((NUMBER,), NUMBER),
    "div": ((NUMBER,), NUMBER),
    "round": ((NUMBER,), NUMBER),
    "abs": ((NUMBER,), NUMBER),
    "sum": ((list_of(NUMBER),), NUMBER),
    "any": ((list_of(BOOLEAN),), BOOLEAN),
    "all": ((list_of(BOOLEAN),), BOOLEAN),
    "lower": ((TEXT,), TEXT),
    "length": ((TEXT,), NUMBER),
    "date_add": ((DATE, NUMBER, TEXT), DATE),
    "days_between": ((DATE,), NUMBER),
    "age": ((DATE,), NUMBER),
    "year": ((DATE,), NUMBER),
    "month": ((DATE,), NUMBER),
    "weekday": ((DATE,), NUMBER),
}


def check(expr: Expr, fields: Mapping[str, Type], tables: Mapping[str, Table] | None = None) -> Type:
    """The type of the expression where ``fields`` gives the type of each field and ``tables`` the data tables.

    Raises BadExpression with the path and a French sentence when a name is unknown or the types do not fit.
    """
    return _Checker(fields, tables or {}).type_of(expr, None, ())


def describe(kind: Type) -> str:
    """A type in plain French: « un nombre »."""
    names = {
        "boolean": _("un oui ou non"),
        "number": _("un nombre"),
        "text": _("un texte"),
        "date": _("une date"),
        "rows": _("un groupe répété"),
        "null": _("rien"),
    }
    if kind.kind == "list":
        elements = {
            "boolean": _("une liste de oui ou non"),
            "number": _("une liste de nombres"),
            "text": _("une liste de textes"),
            "date": _("une liste de dates"),
        }
        return elements.get(kind.of.kind if kind.of else "", _("une liste"))
    return names[kind.kind]


class _Checker:
    def __init__(self, fields: Mapping[str, Type], tables: Mapping[str, Table]) -> None:
        self.fields = fields
        self.tables = tables

    def type_of(self, expr: Expr, item: Type | None, path: Path) -> Type:
        match expr:
            case Literal(value):
                return self.literal(value, path)
            case Field(name):
                if name not in self.fields:
                    raise BadExpression(path, _("Le champ « %s » n’existe pas.") % name)
                return self.fields[name]
            case Today():
                return DATE
            case Item(column):
                return self.item(column, item, path)
            case Op(name, args):
                kinds = tuple(self.type_of(arg, item, (*path, "args", i)) for i, arg in enumerate(args))
                return self.operation(name, args, kinds, path)
            case Each(source, inner):
                element = self.element(source, item, (*path, "each"))
                result = self.type_of(inner, element, (*path, "expr"))
                if not result.is_scalar:
                    message = _("« each » attend une seule valeur par ligne, pas %s.") % describe(result)
                    raise BadExpression((*path, "expr"), message)
                return list_of(result)
            case Filter(source, where):
                element = self.element(source, item, (*path, "filter"))
                self.expect(BOOLEAN, self.type_of(where, element, (*path, "where")), (*path, "where"))
                return self.type_of(source, item, (*path, "filter"))
            case Lookup(table, key, column):
                return self.cell(table, self.type_of(key, item, (*path, "key")), column, path)

    def literal(self, value: "Scalar | tuple[Scalar, ...]", path: Path) -> Type:
        if not isinstance(value, tuple):
            return _scalar_type(value)
        common: Type = NULL
        for index, element in enumerate(value):
            found = unify(common, _scalar_type(element))
            if found is None:
                raise BadExpression((*path, "value", index), _("Une liste ne mélange pas les types."))
            common = found
        return list_of(common)

    def item(self, column: str | None, item: Type | None, path: Path) -> Type:
        if item is None:
            raise BadExpression(path, _("« item » ne s’emploie que dans « each » ou « filter »."))
        if column is None:
            return item
        found = item.column(column)
        if found is None:
            raise BadExpression(path, _("Le groupe n’a pas de champ « %s ».") % column)
        return found

    def element(self, source: Expr, item: Type | None, path: Path) -> Type:
        """What ``item`` stands for over this source."""
        found = self.type_of(source, item, path)
        if found.kind == "rows":
            return found
        if found.kind == "list" and found.of:
            return found.of
        if found == NULL:
            return NULL
        raise BadExpression(path, _("Une liste ou un groupe répété est attendu ici, pas %s.") % describe(found))

    def cell(self, table: str, key: Type, column: str, path: Path) -> Type:
        if table not in self.tables:
            raise BadExpression(path, _("La table « %s » n’existe pas.") % table)
        if key not in {TEXT, NUMBER, NULL}:
            raise BadExpression((*path, "key"), _("La clé d’une table est un texte ou un nombre."))
        columns = self.tables[table].columns
        if column not in columns:
            raise BadExpression(path, _("La table « %s » n’a pas de colonne « %s ».") % (table, column))
        return columns[column]

    def operation(self, name: str, args: tuple[Expr, ...], kinds: tuple[Type, ...], path: Path) -> Type:
        if name in FIXED:
            expected, result = FIXED[name]
            for index, kind in enumerate(kinds):
                self.expect(expected[min(index, len(expected) - 1)], kind, (*path, "args", index))
            if name == "date_add" and not (isinstance(args[2], Literal) and args[2].value in UNITS):
                raise BadExpression((*path, "args", 2), _("L’unité est « days », « months » ou « years »."))
            return result
        match name:
            case "is_empty" | "is_filled":
                return BOOLEAN
            case "eq" | "ne":
                self.among((BOOLEAN, NUMBER, TEXT, DATE), kinds, path)
                return BOOLEAN
            case "lt" | "le" | "gt" | "ge":
                self.among((NUMBER, DATE), kinds, path)
                return BOOLEAN
            case "in":
                return self.membership(kinds[0], 0, kinds[1], 1, path)
            case "contains":
                return self.membership(kinds[1], 1, kinds[0], 0, path)
            case "min" | "max":
                if len(kinds) == 1 and kinds[0].kind == "list":
                    kinds = (kinds[0].of or NULL,)
                return self.among((NUMBER, DATE), kinds, path)
            case "count":
                if kinds[0].is_scalar and kinds[0] != NULL:
                    message = _("Une liste ou un groupe répété est attendu ici, pas %s.") % describe(kinds[0])
                    raise BadExpression((*path, "args", 0), message)
                return NUMBER
            case "concat":
                for index, kind in enumerate(kinds):
                    self.among((TEXT, NUMBER, DATE), (kind,), (*path, "args", index))
                return TEXT
            case "coalesce":
                return self.common(kinds, path, 0)
            case "if":
                self.expect(BOOLEAN, kinds[0], (*path, "args", 0))
                return self.common(kinds[1:], path, 1)
        raise BadExpression(path, _("L’opération « %s » n’existe pas.") % name)

    def expect(self, expected: Type, found: Type, path: Path) -> None:
        if unify(expected, found) != expected:
            values = {"expected": describe(expected), "found": describe(found)}
            raise BadExpression(path, _("Il faut ici %(expected)s, pas %(found)s.") % values)

    def common(self, kinds: tuple[Type, ...], path: Path, first: int) -> Type:
        """The one type of all arguments (from the ``first``), null aside."""
        result: Type = NULL
        for index, kind in enumerate(kinds):
            found = unify(result, kind)
            if found is None:
                values = {"expected": describe(result), "found": describe(kind)}
                place = (*path, "args", first + index)
                raise BadExpression(place, _("Il faut ici %(expected)s, pas %(found)s.") % values)
            result = found
        return result

    def among(self, allowed: tuple[Type, ...], kinds: tuple[Type, ...], path: Path) -> Type:
        """The one type of all arguments, which must be one of ``allowed``."""
        result = self.common(kinds, path, 0)
        if result != NULL and result not in allowed:
            choices = _(" ou ").join(describe(kind) for kind in allowed)
            values = {"expected": choices, "found": describe(result)}
            raise BadExpression(path, _("Il faut ici %(expected)s, pas %(found)s.") % values)
        return result

    def membership(self, element: Type, element_at: int, elements: Type, elements_at: int, path: Path) -> Type:
        if not element.is_scalar:
            message = _("Une seule valeur est attendue ici, pas %s.") % describe(element)
            raise BadExpression((*path, "args", element_at), message)
        if elements != NULL and elements.kind != "list":
            message = _("Une liste est attendue ici, pas %s.") % describe(elements)
            raise BadExpression((*path, "args", elements_at), message)
        if elements.of and unify(element, elements.of) is None:
            values = {"expected": describe(elements.of), "found": describe(element)}
            raise BadExpression((*path, "args", element_at), _("Il faut ici %(expected)s, pas %(found)s.") % values)
        return BOOLEAN


def _scalar_type(value: Scalar) -> Type:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, str):
        return TEXT
    return DATE if not hasattr(value, "is_finite") else NUMBER
