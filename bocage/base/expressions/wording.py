"""An expression said in plain French, for those who write rules and those who are told why."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.expressions.tree import Each, Expr, Field, Filter, Item, Literal, Lookup, Op, Scalar, Today
from bocage.base.money import format_cents, round_cents

# How an editor's menu names each operation.
OPERATION_LABELS: Mapping[str, str | Promise] = {
    "eq": gettext_lazy("est"),
    "ne": gettext_lazy("n’est pas"),
    "lt": gettext_lazy("est inférieur à"),
    "le": gettext_lazy("est au plus"),
    "gt": gettext_lazy("est supérieur à"),
    "ge": gettext_lazy("est au moins"),
    "in": gettext_lazy("fait partie de"),
    "contains": gettext_lazy("comprend"),
    "and": gettext_lazy("et"),
    "or": gettext_lazy("ou"),
    "not": gettext_lazy("contraire de"),
    "is_empty": gettext_lazy("n’est pas rempli"),
    "is_filled": gettext_lazy("est rempli"),
    "add": gettext_lazy("plus"),
    "sub": gettext_lazy("moins"),
    "mul": gettext_lazy("multiplié par"),
    "div": gettext_lazy("divisé par"),
    "min": gettext_lazy("le plus petit"),
    "max": gettext_lazy("le plus grand"),
    "round": gettext_lazy("arrondi"),
    "abs": gettext_lazy("valeur sans signe"),
    "sum": gettext_lazy("total"),
    "count": gettext_lazy("nombre de lignes"),
    "any": gettext_lazy("au moins une ligne vérifie"),
    "all": gettext_lazy("toutes les lignes vérifient"),
    "if": gettext_lazy("si… alors… sinon…"),
    "coalesce": gettext_lazy("première valeur remplie"),
    "concat": gettext_lazy("textes mis bout à bout"),
    "lower": gettext_lazy("en minuscules"),
    "length": gettext_lazy("nombre de caractères"),
    "date_add": gettext_lazy("date décalée"),
    "days_between": gettext_lazy("nombre de jours entre deux dates"),
    "age": gettext_lazy("âge en années"),
    "year": gettext_lazy("année"),
    "month": gettext_lazy("mois"),
    "weekday": gettext_lazy("jour de la semaine (1 pour lundi)"),
}

_INFIX = {"add": "+", "sub": "−", "mul": "×", "div": "÷"}
_COMPARISONS = {"eq", "ne", "lt", "le", "gt", "ge", "in", "contains"}
_CONDITIONS = {*_COMPARISONS, "and", "or", "not", "is_empty", "is_filled", "any", "all"}
_COMPOUND = {"and", "or", *_INFIX}
_DATE_COMPARISONS = {
    "lt": gettext_lazy("est avant le"),
    "le": gettext_lazy("est au plus tard le"),
    "gt": gettext_lazy("est après le"),
    "ge": gettext_lazy("est au plus tôt le"),
}


def explain(expr: Expr, labels: Mapping[str, str] | None = None, *, amounts: Collection[str] = ()) -> str:
    """A sentence: « si Type de logement est Maison et Âge est au moins 18 »; a computed value reads « Prix × 2 ».

    ``labels`` names fields (``"housing"``), columns of groups (``"children.birth_date"``) and choices
    (``"housing=house"``); what has no label shows its id.
    ``amounts``: the fields and columns in cents; what they are compared with is said in euros.
    """
    words = phrase(expr, labels, amounts=amounts)
    if not (isinstance(expr, Op) and expr.name in _CONDITIONS):
        return words
    return _("s’%s") % words if words.startswith("il ") else _("si %s") % words


def phrase(expr: Expr, labels: Mapping[str, str] | None = None, *, amounts: Collection[str] = ()) -> str:
    """The same without « si », to be put inside another sentence."""
    return _Wording(labels or {}, amounts).say(expr, "")


class _Wording:
    def __init__(self, labels: Mapping[str, str], amounts: Collection[str]) -> None:
        self.labels, self.amounts = labels, amounts

    def say(self, expr: Expr, group: str) -> str:
        match expr:
            case Literal(value):
                return self.constant(value)
            case Field(name):
                return self.labels.get(name, name)
            case Today():
                return _("aujourd’hui")
            case Item(None):
                return _("la valeur")
            case Item(column):
                return self.labels.get(f"{group}.{column}", column or "")
            case Op(name, args):
                return self.operation(name, args, group)
            case Each(source, inner):
                values = {"value": self.say(inner, _group(source)), "rows": self.say(source, group)}
                return _("%(value)s pour chaque ligne de %(rows)s") % values
            case Filter(source, where):
                values = {"rows": self.say(source, group), "condition": self.say(where, _group(source))}
                return _("%(rows)s où %(condition)s") % values
            case Lookup(table, key, column):
                values = {"column": column, "table": table, "key": self.say(key, group)}
                return _("« %(column)s » de la table %(table)s pour %(key)s") % values

    def constant(self, value: "Scalar | tuple[Scalar, ...]", field: str = "") -> str:
        if isinstance(value, tuple):
            words = [self.constant(item, field) for item in value]
            return _(" ou ").join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
        if isinstance(value, bool):
            return _("oui") if value else _("non")
        if isinstance(value, Decimal):
            if field in self.amounts:
                return format_cents(round_cents(value))
            return f"{value.normalize():f}".replace(".", ",")
        if isinstance(value, date):
            return f"{value:%d/%m/%Y}"
        if value is None:
            return _("rien")
        return self.labels.get(f"{field}={value}") or (value if value.strip() else _("un texte vide"))

    def choice(self, expr: Expr, beside: Expr, group: str) -> str:
        """A constant named as the choice of the field it is compared with."""
        if isinstance(expr, Literal) and isinstance(beside, Field | Item):
            field = beside.name if isinstance(beside, Field) else f"{group}.{beside.column}"
            return self.constant(expr.value, field)
        return self.nested(expr, group)

    def nested(self, expr: Expr, group: str) -> str:
        words = self.say(expr, group)
        return f"({words})" if isinstance(expr, Op) and expr.name in _COMPOUND and len(expr.args) > 1 else words

    def operation(self, name: str, args: tuple[Expr, ...], group: str) -> str:
        if name in _COMPARISONS:
            left, right = self.choice(args[0], args[1], group), self.choice(args[1], args[0], group)
            return f"{left} {self.comparison(name, args[1])} {right}"
        words = [self.nested(arg, group) for arg in args]
        if name in {"and", "or"}:
            return f" {OPERATION_LABELS[name]} ".join(words)
        if name in _INFIX:
            return f" {_INFIX[name]} ".join(words)
        values = {f"a{index}": word for index, word in enumerate(words)}
        match name:
            case "not":
                return self.denial(args[0], group)
            case "is_empty":
                return _("%(a0)s n’est pas rempli") % values
            case "is_filled":
                return _("%(a0)s est rempli") % values
            case "any" | "all" if isinstance(args[0], Each):
                each = args[0]
                said = {"rows": self.say(each.source, group), "condition": self.say(each.expr, _group(each.source))}
                if name == "any":
                    return _("pour au moins une ligne de %(rows)s, %(condition)s") % said
                return _("pour toutes les lignes de %(rows)s, %(condition)s") % said
            case "sum" if isinstance(args[0], Each):
                each = args[0]
                said = {"rows": self.say(each.source, group), "value": self.say(each.expr, _group(each.source))}
                return _("le total de %(value)s pour toutes les lignes de %(rows)s") % said
            case "sum":
                return _("le total de %(a0)s") % values
            case "count":
                return _("le nombre de lignes de %(a0)s") % values
            case "if":
                return _("%(a1)s si %(a0)s, sinon %(a2)s") % values
            case "round":
                return _("%(a0)s arrondi") % values
            case "age" if len(args) == 1:
                return _("l’âge (d’après %(a0)s)") % values
            case "age":
                return _("l’âge (d’après %(a0)s) le %(a1)s") % values
            case "date_add":
                return self.shift(args, words)
            case "days_between":
                return _("le nombre de jours entre %(a0)s et %(a1)s") % values
            case "year":
                return _("l’année de %(a0)s") % values
            case "month":
                return _("le mois de %(a0)s") % values
            case "weekday":
                return _("le jour de la semaine de %(a0)s") % values
            case "length":
                return _("le nombre de caractères de %(a0)s") % values
            case "lower":
                return _("%(a0)s en minuscules") % values
        return f"{OPERATION_LABELS.get(name, name)} ({', '.join(words)})"

    def comparison(self, name: str, right: Expr) -> str:
        if isinstance(right, Literal) and isinstance(right.value, date) and name in _DATE_COMPARISONS:
            return str(_DATE_COMPARISONS[name])
        return str(OPERATION_LABELS[name])

    def denial(self, arg: Expr, group: str) -> str:
        """« n'est pas » rather than « contraire de », where French has the words."""
        opposite = {"eq": "ne", "ne": "eq", "is_empty": "is_filled", "is_filled": "is_empty", "lt": "ge", "ge": "lt"}
        opposite |= {"gt": "le", "le": "gt"}
        if isinstance(arg, Op) and arg.name in opposite:
            return self.operation(opposite[arg.name], arg.args, group)
        if isinstance(arg, Field):
            return _("%s est non") % self.say(arg, group)
        return _("il est faux que %s") % self.nested(arg, group)

    def shift(self, args: tuple[Expr, ...], words: list[str]) -> str:
        unit = args[2].value if isinstance(args[2], Literal) else ""
        units = {"days": _("jours"), "months": _("mois"), "years": _("ans")}
        values = {"date": words[0], "count": words[1].removeprefix("-"), "unit": units.get(str(unit), "")}
        if words[1].startswith("-"):
            return _("%(date)s moins %(count)s %(unit)s") % values
        return _("%(date)s plus %(count)s %(unit)s") % values


def _group(source: Expr) -> str:
    """The group a list comes from, whose columns' labels apply inside."""
    while isinstance(source, Filter):
        source = source.source
    return source.name if isinstance(source, Field) else ""
