"""The columns and the fixed headings of a table of amounts, row by row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from bocage.cases.editor_views.forms.base import Item, Row, Rows, new_id
from bocage.cases.validation.kinds import MAX_COLUMNS, MAX_LINES


def _written(rows: Sequence[Row], default: str) -> list[Item]:
    """Rows as items, each with an id of its own that stays when the words change."""
    taken = [row.values["id"] for row in rows if row.values["id"]]
    found = []
    for row in rows:
        key = row.values["id"]
        if not key:
            key = new_id(row.values["label"], [*taken, "balanced"], default)
            taken.append(key)
        found.append({"id": key, "label": row.values["label"]})
    return found


class _Named(Rows):
    names: Sequence[str] = ("id", "label")
    most = 0
    missing = ""

    def is_blank(self, values: Mapping[str, str]) -> bool:
        """A row whose words are erased is taken out."""
        return not values.get("label")

    def clean(self) -> None:
        """Neither none nor too many."""
        count = len(self.filled())
        if self.missing and not count:
            self.error = self.missing
        if count > self.most:
            self.error = _("%(count)s au plus : enlevez-en.") % {"count": self.most}


class ColumnRows(_Named):
    """The columns: each has its total."""

    most = MAX_COLUMNS

    def __init__(self, prefix: str, data: Any, columns: Sequence[Mapping[str, str]]) -> None:
        super().__init__(prefix, data, columns)
        self.title = _("Les colonnes")
        self.hint = _("De une à quatre. Le total de chacune est calculé. Pour retirer une colonne, effacez ses mots.")
        self.row_label, self.add_label = _("Colonne"), _("Ajouter une colonne")
        self.missing = _("Écrivez au moins une colonne. Exemple : Charges")

    def controls(self, row: Row) -> Iterator[dict[str, Any]]:
        """Its title."""
        yield self.control(row, "id", "hidden", "")
        yield self.control(row, "label", "text", _("Titre de la colonne"), maxlength=80)

    def written(self) -> list[Item]:
        """The columns as the schema keeps them."""
        return _written(self.filled(), "colonne")


class LineRows(_Named):
    """The fixed headings; each takes an amount in every column, or in those it names."""

    names = ("id", "label", "columns")
    most = MAX_LINES

    def __init__(
        self, prefix: str, data: Any, lines: Sequence[Mapping[str, Any]], columns: Sequence[Mapping[str, str]]
    ) -> None:
        super().__init__(prefix, data, [{**one, "columns": ",".join(one.get("columns") or ())} for one in lines])
        self.named = {str(one.get("id")): str(one.get("label")) for one in columns}
        self.title = _("Les lignes")
        self.hint = _("Les intitulés imposés, dans l’ordre. Exemple : 60 – Achats. Pour retirer une ligne, effacez-la.")
        self.row_label, self.add_label = _("Ligne"), _("Ajouter une ligne")

    def controls(self, row: Row) -> Iterator[dict[str, Any]]:
        """Its words, and where it takes an amount."""
        yield self.control(row, "id", "hidden", "")
        yield self.control(row, "label", "text", _("Intitulé"), maxlength=160)
        if len(self.named) > 1:
            told = row.values["columns"]
            some = [*self.named, *([told] if "," in told else [])]
            options = [
                {"value": one, "label": _(" et ").join(self.named.get(key, key) for key in one.split(","))}
                for one in some
            ]
            options.insert(0, {"value": "", "label": _("Dans toutes les colonnes")})
            yield self.control(row, "columns", "select", _("Montant"), options=options, no_empty=True)
        else:
            yield self.control(row, "columns", "hidden", "")

    def clean(self) -> None:
        """Columns that exist."""
        super().clean()
        for row in self.filled():
            if not {*filter(None, row.values["columns"].split(","))} <= self.named.keys():
                row.error = _("Choisissez une colonne qui existe.")

    def written(self) -> list[Item]:
        """The headings as the schema keeps them."""
        filled = self.filled()
        found = _written(filled, "ligne")
        for item, row in zip(found, filled, strict=True):
            if columns := [key for key in row.values["columns"].split(",") if key]:
                item["columns"] = columns
        return found
