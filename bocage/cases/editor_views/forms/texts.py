"""The forms of what people read: the notices of a procedure, its tables."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.typed_dates import BadDate, parse_french_date
from bocage.base.typed_numbers import BadNumber, parse_number, plain_number
from bocage.cases.editing.conditions import all_fields
from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.base import Item, ItemForm, TextArea
from bocage.cases.validation import NOTICE_VARIABLES
from bocage.messaging import texts
from bocage.search.text import fold


def placeholders(body: Item) -> list[dict[str, Any]]:
    """The words that the house fills in, in the texts of a procedure."""
    own = [{"name": name, "label": label} for name, label in words.PLACEHOLDERS.items()]
    answers = [
        {"name": field["id"], "label": field.get("label", ""), "answer": True}
        for field in all_fields(body)
        if not field.get("sensitive") and field.get("kind") not in {"note", "file", "group", "statement"}
    ]
    return own + answers


def checked_text(text: str, body: Item) -> str:
    """A text that names only words that the house knows how to fill in. Raises ValidationError."""
    text = text.replace("\r\n", "\n")
    ids = {str(field.get("id", "")) for field in all_fields(body)}
    try:
        texts.check(text, NOTICE_VARIABLES | ids)
    except texts.BadText as error:
        raise ValidationError(str(error)) from error
    return text


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
        return placeholders(self.body)

    def clean_title(self) -> str:
        """Only words that the house knows how to fill in."""
        return checked_text(self.cleaned_data["title"], self.body)

    def clean_text(self) -> str:
        """Only words that the house knows how to fill in."""
        return checked_text(self.cleaned_data["text"], self.body)

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
            "première case de chaque ligne est le mot par lequel on la cherche. Exemple : modèle ; prix. Une colonne "
            "de dates, ou de oui et de non, est reconnue ; pour en décider, écrivez-le : code postal (texte)."
        ),
        error_messages={"required": gettext_lazy("Écrivez au moins deux lignes : les noms, puis une valeur.")},
    )

    def read(self, item: Item) -> dict[str, Any]:
        """The table, one line each."""
        columns = list(item.get("columns", {}))
        kinds, rows = dict(item.get("columns", {})), dict(item.get("rows", {}))
        shown = {name: {key: _cell_shown(cells.get(name)) for key, cells in rows.items()} for name in columns}
        # A kind is written where the cells would not tell it by themselves.
        heads = [
            name if _kind([*shown[name].values()]) == kinds[name] else f"{name} ({_COLUMNS.get(kinds[name], '')})"
            for name in columns
        ]
        lines = [" ; ".join(["clé", *heads])] if columns else []
        lines += [" ; ".join([key, *(shown[name][key] for name in columns)]) for key in rows]
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
        heads = [_head(name) for name in lines[0][1:]]
        names = [name for name, _kind_told in heads]
        self._kinds = {name: kind for name, kind in heads if kind}
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
        for position, name in enumerate(names, 1):
            wrong = next(
                (one[position] for one in lines[1:] if not _fits(one[position], self._kinds.get(name, "text"))), ""
            )
            if wrong:
                told = _("« %(cell)s » n’est pas du genre « %(kind)s » : corrigez la case, ou le genre de la colonne.")
                raise ValidationError(told % {"cell": wrong[:40], "kind": _COLUMNS[self._kinds[name]]})
        self._names, self._lines = names, lines[1:]
        return text

    def written(self) -> Item:
        """The table: the kind of a column is what its title says, else what all its cells are."""
        columns: dict[str, str] = {}
        rows: dict[str, Item] = {line[0]: {} for line in self._lines}
        for position, name in enumerate(self._names, 1):
            columns[name] = self._kinds.get(name) or _kind([line[position] for line in self._lines])
            for line in self._lines:
                rows[line[0]][name] = _READ[columns[name]](line[position])
        return {"columns": columns, "rows": rows}


_COLUMNS = {"text": "texte", "number": "nombre", "date": "date", "boolean": "oui ou non"}
"""The kinds of columns, as they are written behind a title."""


def _head(text: str) -> tuple[str, str]:
    """The name of a column, and its kind where it is written: « code postal (texte) »."""
    found = re.fullmatch(r"(.*?)\s*\(([^()]*)\)", text)
    kinds = {word: kind for kind, word in _COLUMNS.items()}
    kind = kinds.get(found[2].strip().lower(), "") if found else ""
    name = found[1] if found and kind else text
    return re.sub(r"[^a-z0-9_]+", "_", fold(name)).strip("_"), kind


def _cell_shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return str(value).replace(".", ",") if isinstance(value, int | float) else str(value)


def _number(text: str) -> int | float | None:
    try:
        return plain_number(parse_number(text))
    except BadNumber:
        return None


def _day(text: str) -> str | None:
    try:
        return parse_french_date(text).isoformat()
    except BadDate:
        return None


def _yes(text: str) -> bool | None:
    return {"oui": True, "non": False}.get(text.lower())


_READ: dict[str, Callable[[str], Any]] = {"text": str, "number": _number, "date": _day, "boolean": _yes}


def _fits(cell: str, kind: str) -> bool:
    return not cell or _READ[kind](cell) is not None


def _kind(cells: Sequence[str]) -> str:
    """The kind that every cell is of; an empty column is one of text."""
    if not any(cells):
        return "text"
    return next((kind for kind in ("number", "date", "boolean") if all(_fits(cell, kind) for cell in cells)), "text")
