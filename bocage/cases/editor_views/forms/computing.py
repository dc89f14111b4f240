"""What a computed value is worth: read in a table, a product, a total; anything else stays as it was written."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.typed_numbers import BadNumber, parse_number, plain_number
from bocage.cases.editing.conditions import all_fields
from bocage.cases.editor_views import telling
from bocage.cases.editor_views.forms.base import Item, Row, Rows
from bocage.cases.validation.parts import parts_of_item


class ComputePart(Rows):
    """One row: how it is worked out, and from what."""

    names = ("how", "table", "column", "field", "by", "number", "group", "cell")
    movable = False

    def __init__(self, prefix: str, data: Any, body: Item, expr: Any) -> None:
        self.body, self.expr = body, expr
        initial = _read(expr)
        super().__init__(prefix, data, [initial] if initial else [])
        self.rows = self.rows[:1]
        self.title = _("Comment la calculer")
        self.hint = _("Choisissez, puis « Montrer ce qu’il faut ».")
        self.row_label = _("Calcul")
        self.add_label = _("Montrer ce qu’il faut")
        if expr is not None and expr != {"value": 0}:
            self.told = _("Aujourd’hui : %(words)s.") % {"words": telling.calculation(expr, body)}

    def is_blank(self, values: Mapping[str, str]) -> bool:
        """Nothing chosen keeps the calculation as it is."""
        return not values.get("how")

    def _numbers(self) -> list[dict[str, str]]:
        kinds = {"number", "amount"}
        found = []
        for one in all_fields(self.body):
            key, label = str(one.get("id")), str(one.get("label"))
            if one.get("kind") in kinds or (one.get("kind") == "computed" and one.get("result") in kinds):
                found.append({"value": key, "label": label})
            parts = [part for part in parts_of_item(one) if part.kind in kinds]
            found += [{"value": f"{key}.{part.name}", "label": f"{label} : {part.label}"} for part in parts]
        return found

    def controls(self, row: Row) -> Iterator[dict[str, Any]]:
        """How, then from what."""
        options = [
            {"value": "lookup", "label": _("Le lire dans une table")},
            {"value": "product", "label": _("Multiplier une réponse par un nombre")},
            {"value": "sum", "label": _("Additionner deux réponses")},
            {"value": "total", "label": _("Faire le total d’une colonne de lignes")},
        ]
        yield self.control(row, "how", "select", _("Façon"), options=options)
        how = row.values["how"]
        if how == "lookup":
            tables = self.body.get("tables", {})
            yield self.control(row, "table", "select", _("Table"), options=[{"value": k, "label": k} for k in tables])
            columns = sorted({name for one in tables.values() for name in one.get("columns", {})})
            yield self.control(
                row, "column", "select", _("Colonne"), options=[{"value": k, "label": k} for k in columns]
            )
            fields = [
                {"value": str(one.get("id")), "label": str(one.get("label"))}
                for one in all_fields(self.body)
                if one.get("kind") in {"choice", "text"}
            ]
            yield self.control(row, "field", "select", _("Cherchée par la réponse à"), options=fields)
        elif how == "product":
            yield self.control(row, "field", "select", _("Réponse"), options=self._numbers())
            yield self.control(
                row, "number", "text", _("Multipliée par"), hint=_("Une somme est en centimes. Exemple : 1500")
            )
        elif how == "sum":
            yield self.control(row, "field", "select", _("Première réponse"), options=self._numbers())
            yield self.control(row, "by", "select", _("Deuxième réponse"), options=self._numbers())
        elif how == "total":
            cells = [
                {"value": f"{one.get('id')}.{inner.get('id')}", "label": f"{one.get('label')} : {inner.get('label')}"}
                for one in all_fields(self.body)
                for inner in one.get("fields") or ()
                if inner.get("kind") in {"number", "amount"}
            ]
            yield self.control(row, "cell", "select", _("Colonne"), options=cells)

    def clean(self) -> None:
        """Each way says what it needs."""
        needed = {
            "lookup": ("table", "column", "field"),
            "product": ("field", "number"),
            "sum": ("field", "by"),
            "total": ("cell",),
        }
        for row in self.filled():
            if any(not row.values[name] for name in needed.get(row.values["how"], ("how",))):
                row.error = _("Dites à partir de quoi calculer.")
            elif row.values["how"] == "product":
                try:
                    parse_number(row.values["number"])
                except BadNumber as error:
                    row.error = str(error)

    def written(self) -> Any:
        """The expression."""
        filled = self.filled()
        if not filled:
            return self.expr
        values = filled[0].values
        field = {"field": values["field"]}
        match values["how"]:
            case "lookup":
                return {"lookup": values["table"], "key": field, "column": values["column"]}
            case "product":
                return {"op": "mul", "args": [field, {"value": plain_number(parse_number(values["number"]))}]}
            case "sum":
                return {"op": "add", "args": [field, {"field": values["by"]}]}
        group, _dot, column = values["cell"].partition(".")
        return {"op": "sum", "args": [{"each": group, "expr": {"item": column}}]}


def _read(expr: Any) -> dict[str, str] | None:
    match expr:
        case {"lookup": table, "key": {"field": field}, "column": column}:
            return {"how": "lookup", "table": table, "column": column, "field": field}
        case {"op": "mul", "args": [{"field": field}, {"value": number}]}:
            return {"how": "product", "field": field, "number": str(number)}
        case {"op": "add", "args": [{"field": field}, {"field": by}]}:
            return {"how": "sum", "field": field, "by": by}
        case {"op": "sum", "args": [{"each": str(group), "expr": {"item": column}}]}:
            return {"how": "total", "cell": f"{group}.{column}"}
    return None
