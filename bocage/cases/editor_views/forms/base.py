"""What every form of the editor shares: it reads one item of the procedure's JSON and writes it back.

Rows (answers of a list, lines of a condition, what a button sets off) are typed without JavaScript: each is a handful
of controls named ``prefix-number-name``; « Ajouter » and « Monter » draw the page again with what was typed, and write
nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from pydantic import BaseModel

from bocage.search.text import fold
from bocage.ui.fields import errors as form_errors

MORE, UP, AGAIN = "_more", "_up", "_again"
MOST_ROWS = 60
"""Beyond, nobody adds any by hand; a procedure that came with more keeps them all."""
MOST_SENT = 400  # rows read from one page
BLANK_ROWS = 2

Item = dict[str, Any]


def new_id(label: str, taken: Sequence[str], default: str) -> str:
    """A stable id made from a label; it never changes again, whatever the label becomes."""
    words = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:30].strip("_")
    base = words if words and words[0].isalpha() else f"{default}_{words}".strip("_")
    found, number = base, 2
    while found in taken:
        found, number = f"{base}_{number}", number + 1
    return found


def compact(model: type[BaseModel], item: Item, before: Item) -> Item:
    """The item without the keys that say what the schema says by itself, but those that it said already."""
    kept: Item = {}
    for key, value in item.items():
        known = model.model_fields.get(key)
        if key in before or known is None or known.is_required() or _plain(value) != _plain(known.default):
            kept[key] = value
    return kept


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def choices(words: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Words as the choices of a field."""
    return list(words.items())


@dataclass
class Row:
    """One row: its number, its controls as ``ui_field`` draws them, what is wrong, and whether it is filled."""

    number: int
    values: dict[str, str]
    fields: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""
    blank: bool = False
    known: bool = False  # it exists in the procedure: it can be moved up

    @property
    def label(self) -> int:
        """How people count rows."""
        return self.number + 1


class Rows:
    """A list of rows inside a form. Subclasses draw a row's controls and turn rows into JSON."""

    names: Sequence[str] = ()
    title: Any = ""
    hint: Any = ""
    row_label: Any = ""
    add_label: Any = ""
    movable = True
    first_wide = False
    """Whether the first control of a row, a long list, has a line to itself."""
    spare = BLANK_ROWS
    """How many empty rows wait to be filled in."""
    told = ""
    head: Any = ()

    def __init__(self, prefix: str, data: Any, initial: Sequence[Mapping[str, str]]) -> None:
        self.prefix = prefix
        self.error = ""
        if data is None:
            values = [{name: str(one.get(name, "")) for name in self.names} for one in initial]
            typed = len(values)
        else:
            values = list(self._posted(data))
            typed = len(values)
            if data.get(UP, "").startswith(f"{prefix}-"):
                values = _moved_up(values, data[UP].removeprefix(f"{prefix}-"))
        filled = [one for one in values if not self.is_blank(one)]
        blanks = self.spare if data is None or data.get(MORE) == prefix else max(1, typed - len(filled))
        if self._wants_one(filled):
            blanks = max(blanks, 1)
        self.rows = [
            Row(number, one, blank=self.is_blank(one), known=number < len(filled))
            for number, one in enumerate([*filled, *(dict.fromkeys(self.names, "") for _n in range(blanks))])
        ][: max(MOST_ROWS, len(filled) + 1)]

    def _wants_one(self, filled: Sequence[Mapping[str, str]]) -> bool:
        return not filled

    def _posted(self, data: Any) -> Iterator[dict[str, str]]:
        told = str(data.get(f"{self.prefix}-count", "0"))
        count = int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 0
        for number in range(min(count, MOST_SENT)):
            yield {name: str(data.get(f"{self.prefix}-{number}-{name}", ""))[:2000].strip() for name in self.names}

    def is_blank(self, values: Mapping[str, str]) -> bool:
        """Whether nothing was typed in a row."""
        return not any(values.values())

    def draw(self) -> "Rows":
        """Give each row its controls."""
        for row in self.rows:
            row.fields = list(self.controls(row))
            if row.error and row.fields:
                visible = next((one for one in row.fields if one["kind"] != "hidden"), row.fields[0])
                visible["error"] = row.error
        return self

    def controls(self, row: Row) -> Iterator[dict[str, Any]]:
        """The controls of a row."""
        raise NotImplementedError

    def name(self, row: Row, part: str) -> str:
        """The name that a control sends."""
        return f"{self.prefix}-{row.number}-{part}"

    def control(self, row: Row, part: str, kind: str, label: Any, **extra: Any) -> dict[str, Any]:
        """The parameters of ``ui_field`` for a control."""
        name = self.name(row, part)
        base = {"id": f"id_{name}", "name": name, "kind": kind, "label": label, "value": row.values.get(part, "")}
        return {**base, "required": True, "one_of": True, **extra}

    def filled(self) -> list[Row]:
        """The rows where something was typed."""
        return [row for row in self.rows if not row.blank]

    def clean(self) -> None:
        """Find what is wrong, row by row (``row.error``) or as a whole (``error``)."""

    @property
    def links(self) -> list[dict[str, str]]:
        """The errors, for the summary."""
        found = [{"target": f"rows-{self.prefix}", "message": self.error}] if self.error else []
        return found + [{"target": self.draw_target(row), "message": row.error} for row in self.rows if row.error]

    def draw_target(self, row: Row) -> str:
        """The control to go to when a row is wrong."""
        controls = [one for one in self.controls(row) if one["kind"] != "hidden"]
        return str(controls[0]["id"]) if controls else f"rows-{self.prefix}"


def _moved_up(values: list[dict[str, str]], told: str) -> list[dict[str, str]]:
    if told.isascii() and told.isdigit() and 0 < int(told) < len(values):
        at = int(told)
        values[at - 1], values[at] = values[at], values[at - 1]
    return values


@dataclass
class Part:
    """A section of a form's page: a title, and what it holds (bound fields, rows)."""

    title: Any
    things: list[Any]
    intro: Any = ""


class ItemForm(forms.Form):
    """One item of the procedure. ``item`` is its JSON; ``written()`` gives the new one, ready to be put back.

    ``body`` is the whole document as it stands, sound or not: nothing here validates it as a whole.
    """

    def __init__(self, data: Any = None, *, body: Item, item: Item, **extra: Any) -> None:
        self.body, self.item, self.extra = body, item, extra
        super().__init__(data, initial=self.read(item))
        for control in self.fields.values():
            if limit := getattr(control, "max_length", None):
                control.error_messages["max_length"] = _("Écrivez %(limit)s caractères au plus.") % {"limit": limit}
        self.rows: dict[str, Rows] = {}
        self.prepare()
        if data is not None and any(key in data for key in (MORE, UP, AGAIN)):
            self.is_redraw = True
            self._errors = ErrorDict()  # drawn again as typed: nothing is blamed yet
        else:
            self.is_redraw = False

    def read(self, item: Item) -> dict[str, Any]:
        """The item as initial values of the fields."""
        return dict(item)

    @property
    def typed(self) -> Any:
        """What was sent; None when nothing was."""
        return self.data if self.is_bound else None

    def prepare(self) -> None:
        """Choices and rows that depend on the document."""

    def add_rows(self, rows: Rows) -> None:
        """Take rows in."""
        self.rows[rows.prefix] = rows

    def is_valid(self) -> bool:
        """Whether the fields and every row can be kept. A page drawn again is never kept."""
        if self.is_redraw:
            return False
        for rows in self.rows.values():
            rows.clean()
        return super().is_valid() and not any(rows.links for rows in self.rows.values())

    @property
    def links(self) -> list[dict[str, str]]:
        """Every error, each with the control to go to."""
        if not self.is_bound or self.is_redraw:
            return []
        return form_errors(self) + [link for rows in self.rows.values() for link in rows.links]

    def written(self) -> Item:
        """The item to put back: what this form does not know of stays as it was."""
        raise NotImplementedError

    def key(self, label: str, taken: Sequence[str], default: str) -> str:
        """The id of a new item of this kind."""
        return new_id(label, taken, default)

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """Titles of sections, with the names of their fields and rows."""
        raise NotImplementedError

    @property
    def parts(self) -> list[Part]:
        """The page, section by section, ready to be drawn."""
        found = []
        for title, names in self.layout:
            things = [
                {"rows": self.rows[name].draw()} if name in self.rows else {"bound": self[name]}
                for name in names
                if name in self.rows or name in self.fields
            ]
            if things:
                found.append(Part(title, things))
        return found

    def keep_only(self, names: Sequence[str]) -> None:
        """Leave out the fields that this kind of item has no use for."""
        for name in list(self.fields):
            if name not in names:
                del self.fields[name]

    def choose(self, name: str, options: Sequence[tuple[str, Any]]) -> None:
        """Give a field its choices."""
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ChoiceField | forms.MultipleChoiceField)
        chosen.choices = list(options)


class TextArea(forms.Textarea):
    """A few lines."""

    def __init__(self, rows: int = 3) -> None:
        super().__init__(attrs={"rows": rows})


class LinesField(forms.CharField):
    """A list of sentences, one a line."""

    def __init__(self, **extra: Any) -> None:
        super().__init__(widget=TextArea(extra.pop("rows", 4)), **extra)

    def prepare_value(self, value: Any) -> Any:
        """Lists are shown one item a line."""
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        """The lines that say something."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class OptionRows(Rows):
    """The answers of a list. ``value`` is what cases keep: it stays when the words change."""

    names = ("value", "label", "hint")

    def __init__(self, prefix: str, data: Any, options: Sequence[Mapping[str, str]]) -> None:
        super().__init__(prefix, data, options)
        self.title = _("Les réponses proposées")
        self.hint = _("Au moins deux. Pour retirer une réponse, effacez ses mots.")
        self.row_label = _("Réponse")
        self.add_label = _("Ajouter une réponse")

    def is_blank(self, values: Mapping[str, str]) -> bool:
        """A row whose words are erased is taken out."""
        return not values.get("label") and not values.get("hint")

    def controls(self, row: Row) -> Iterator[dict[str, Any]]:
        """Its words, and help on it."""
        yield self.control(row, "value", "hidden", "")
        yield self.control(row, "label", "text", _("Mots de la réponse"), maxlength=200)
        yield self.control(row, "hint", "text", _("Précision"), required=False, one_of=False, maxlength=300)

    def clean(self) -> None:
        """Two answers or more, each with its words."""
        filled = self.filled()
        for row in filled:
            if not row.values["label"]:
                row.error = _("Écrivez les mots de cette réponse.")
        if len(filled) < 2:
            self.error = _("Proposez au moins deux réponses. Exemple : « Maison », puis « Appartement ».")

    def written(self) -> list[Item]:
        """The options, each with a value of its own."""
        taken = [row.values["value"] for row in self.filled() if row.values["value"]]
        found = []
        for row in self.filled():
            value = row.values["value"]
            if not re.fullmatch(r"[a-z0-9_-]{1,40}", value):
                value = new_id(row.values["label"], taken, "option")
                taken.append(value)
            option = {"value": value, "label": row.values["label"]}
            if row.values["hint"]:
                option["hint"] = row.values["hint"]
            found.append(option)
        return found
