"""The forms of what people read: the notices of a procedure, its tables."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.typed_numbers import BadNumber, parse_number, plain_number
from bocage.cases.editing.conditions import all_fields
from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.base import Item, ItemForm, TextArea
from bocage.cases.validation import NOTICE_VARIABLES
from bocage.messaging import texts


class NoticeForm(ItemForm):
    """What people receive: a title, a text, with words that the house fills in."""

    title = forms.CharField(
        label=gettext_lazy("Objet"),
        max_length=200,
        help_text=gettext_lazy("Exemple : Votre composteur vous attend"),
        error_messages={"required": gettext_lazy("Écrivez l’objet. Exemple : Votre composteur vous attend")},
    )
    text = forms.CharField(
        label=gettext_lazy("Texte"),
        max_length=8000,
        widget=TextArea(12),
        help_text=gettext_lazy(
            "Une ligne vide sépare les paragraphes ; une ligne qui commence par un tiret fait une liste. "
            "Exemple : Bonjour {{ name }},"
        ),
        error_messages={
            "required": gettext_lazy("Écrivez le texte. Exemple : Votre demande {{ reference }} est acceptée.")
        },
    )

    large_print = forms.BooleanField(
        label=gettext_lazy("Ses lettres sont en grands caractères"),
        required=False,
        help_text=gettext_lazy("Exemple : une aide demandée surtout par des personnes âgées."),
    )

    def read(self, item: Item) -> dict[str, Any]:
        """Django's forms keep ``body`` for themselves here."""
        told = {"title": item.get("title", ""), "text": item.get("body", "")}
        return {**told, "large_print": bool(item.get("large_print"))}

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """A notice is read in one go."""
        yield "", ("title", "text", "large_print")

    @property
    def placeholders(self) -> list[dict[str, Any]]:
        """The words that the house fills in."""
        own = [{"name": name, "label": label} for name, label in words.PLACEHOLDERS.items()]
        answers = [
            {"name": field["id"], "label": field.get("label", "")}
            for field in all_fields(self.body)
            if not field.get("sensitive") and field.get("kind") not in {"note", "file", "group", "statement"}
        ]
        return own + answers

    def _checked(self, name: str) -> str:
        text: str = self.cleaned_data[name].replace("\r\n", "\n")
        ids = {str(field.get("id", "")) for field in all_fields(self.body)}
        try:
            texts.check(text, NOTICE_VARIABLES | ids)
        except texts.BadText as error:
            raise ValidationError(str(error)) from error
        return text

    def clean_title(self) -> str:
        """Only words that the house knows how to fill in."""
        return self._checked("title")

    def clean_text(self) -> str:
        """Only words that the house knows how to fill in."""
        return self._checked("text")

    def written(self) -> Item:
        """The notice."""
        item = {**self.item, "title": self.cleaned_data["title"], "body": self.cleaned_data["text"]}
        item.pop("large_print", None)
        return {**item, "large_print": True} if self.cleaned_data["large_print"] else item


class TableForm(ItemForm):
    """A table of values: one line each, cells between semicolons, as a spreadsheet pastes them."""

    rows_text = forms.CharField(
        label=gettext_lazy("Les lignes"),
        max_length=20_000,
        widget=TextArea(12),
        help_text=gettext_lazy(
            "Une par ligne, les cases séparées par des points-virgules. La première ligne nomme les colonnes ; la "
            "première case de chaque ligne est le mot par lequel on la cherche. Exemple : modèle ; prix"
        ),
        error_messages={"required": gettext_lazy("Écrivez au moins deux lignes : les noms, puis une valeur.")},
    )

    def read(self, item: Item) -> dict[str, Any]:
        """The table, one line each."""
        columns = list(item.get("columns", {}))
        lines = [" ; ".join(["clé", *columns])] if columns else []
        for key, cells in item.get("rows", {}).items():
            lines.append(" ; ".join([key, *(_cell_shown(cells.get(name)) for name in columns)]))
        return {"rows_text": "\n".join(lines)}

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """Only its lines."""
        yield "", ("rows_text",)

    def clean_rows_text(self) -> str:
        """As many cells a line as columns, and no key twice."""
        text: str = self.cleaned_data["rows_text"]
        lines = [[cell.strip() for cell in re.split(r"[;\t]", line)] for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or len(lines[0]) < 2:
            raise ValidationError(_("Écrivez au moins deux lignes et deux cases. Exemple : modèle ; prix"))
        names = [re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_") for name in lines[0][1:]]
        if not all(names) or len(set(names)) != len(names):
            raise ValidationError(_("Donnez à chaque colonne un nom différent, sans accent. Exemple : prix"))
        seen: set[str] = set()
        for number, cells in enumerate(lines[1:], 2):
            if len(cells) != len(lines[0]):
                told = _("Ligne %(number)s : il faut %(count)s cases, il y en a %(found)s.")
                raise ValidationError(told % {"number": number, "count": len(lines[0]), "found": len(cells)})
            if cells[0] in seen:
                raise ValidationError(
                    _("Ligne %(number)s : « %(key)s » y est déjà.") % {"number": number, "key": cells[0]}
                )
            seen.add(cells[0])
        self._names, self._lines = names, lines[1:]
        return text

    def written(self) -> Item:
        """The table: a column where every cell is a number is one of numbers."""
        columns, rows = {}, {line[0]: {} for line in self._lines}  # type: ignore[var-annotated]
        for position, name in enumerate(self._names, 1):
            cells = [line[position] for line in self._lines]
            values = [_number(cell) for cell in cells]
            numeric = all(value is not None for value, cell in zip(values, cells, strict=True) if cell)
            columns[name] = "number" if numeric else "text"
            for line, value in zip(self._lines, values, strict=True):
                rows[line[0]][name] = value if numeric else line[position]
        return {"columns": columns, "rows": rows}


def _cell_shown(value: Any) -> str:
    return "" if value is None else str(value).replace(".", ",") if isinstance(value, int | float) else str(value)


def _number(text: str) -> int | float | None:
    try:
        return plain_number(parse_number(text))
    except BadNumber:
        return None
