"""A form that corrects what exists, when someone else corrects it too: nobody's correction is lost in silence.

The page carries a fingerprint of each answer that it showed (``WAS``). What comes back is compared with it and with
what is kept now: an answer left as shown follows what is kept; one changed by this person alone is saved; one changed
by both is a clash, shown again with both values and saved by nobody. Between that comparison and the write, the write
itself compares (``save_if_unchanged``), so that two who press at the same moment cannot both win.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _

WAS = "_was"
"""The hidden field that says what the page showed."""

_LENGTH = 16  # signs of a fingerprint: it tells one text from another, it protects nothing
_LONGEST = 120  # characters of a value quoted in a message


class ChangedMeanwhile(Exception):
    """Someone changed one of these fields since the row was read; nothing is written."""


def save_if_unchanged(row: models.Model, values: Mapping[str, Any]) -> None:
    """Write ``values`` over the fields of ``row``, provided that they still hold what ``row`` says of them.

    One conditional UPDATE; ``row`` then holds the new values. Raises ChangedMeanwhile.
    """
    before = {name: getattr(row, name) for name in values}
    if not type(row)._base_manager.filter(pk=row.pk, **before).update(**values):
        raise ChangedMeanwhile
    for name, value in values.items():
        setattr(row, name, value)


def fingerprints(texts: Mapping[str, str]) -> str:
    """What ``WAS`` carries of the answers shown."""
    return json.dumps({name: _fingerprint(text) for name, text in texts.items()}, separators=(",", ":"))


def _plain(text: str) -> str:
    """As browsers send it back or not: ends of lines and spaces around are no correction."""
    return text.replace("\r\n", "\n").strip()


def _fingerprint(text: str) -> str:
    return hashlib.sha256(_plain(text).encode()).hexdigest()[:_LENGTH]


@dataclass(frozen=True)
class Compared:
    """``texts``: what to read the form from; ``clashes``: the answers changed by both, in the order of the form."""

    texts: dict[str, str]
    clashes: tuple[str, ...]


def compare(
    shown: str, now: Mapping[str, str], typed: Mapping[str, str], together: Collection[Collection[str]] = ()
) -> Compared:
    """What this person changed, put on what is kept ``now``. ``shown`` is ``WAS`` as sent.

    The fields of a group of ``together`` make one answer (the lines of an address): all are this person's, or none.
    A form that does not say what it showed, or says it badly, is read as if it had shown what is kept now.
    """
    marks = _read(shown)
    texts, clashes = dict(typed), set[str]()
    grouped = {name for group in together for name in group}
    for group in [*together, *((name,) for name in now if name not in grouped)]:
        names = [name for name in group if name in now]
        prints = {name: marks.get(name, _fingerprint(now[name])) for name in names}
        mine = any(_fingerprint(typed.get(name, "")) != prints[name] for name in names)
        theirs = any(_fingerprint(now[name]) != prints[name] for name in names)
        apart = [name for name in names if _plain(typed.get(name, "")) != _plain(now[name])]
        if not mine:
            texts |= {name: now[name] for name in names}
        elif theirs:
            clashes.update(apart)
    return Compared(texts, tuple(name for name in now if name in clashes))


def _read(shown: str) -> dict[str, str]:
    try:
        marks = json.loads(shown)
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in marks.items()} if isinstance(marks, dict) else {}


def clash_title() -> str:
    """What happened, what is safe, what to do."""
    return _(
        "Quelqu’un d’autre a changé cette fiche pendant que vous l’aviez sous les yeux. Rien n’est enregistré encore, "
        "et ce que vous avez écrit est gardé ci-dessous : gardez-le ou corrigez-le, puis enregistrez de nouveau."
    )


def clash_heading() -> str:
    """The title over the errors of a page that someone else changed meanwhile."""
    return _("La fiche a changé entre-temps")


def clash_message(now: str, typed: str) -> str:
    """Both values of an answer changed by both."""
    told = {"now": _quoted(now), "typed": _quoted(typed)}
    return _("Enregistré entre-temps par quelqu’un d’autre : %(now)s. Vous avez écrit : %(typed)s.") % told


def _quoted(text: str) -> str:
    short = " ".join(text.split())
    short = short if len(short) <= _LONGEST else f"{short[:_LONGEST]}…"
    return _("« %(text)s »") % {"text": short} if short else _("rien")


if TYPE_CHECKING:
    _Form = forms.BaseForm
else:
    _Form = object


class CorrectionForm(_Form):
    """A mixin, first of its bases: a form of single-valued fields whose ``initial`` is the row as it is now.

    After ``is_valid``, ``clashes`` names the answers changed by both: the page is then shown again with status 409.
    ``together`` groups the fields that make one answer.
    """

    together: tuple[tuple[str, ...], ...] = ()
    clashes: tuple[str, ...] = ()
    _compared = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[WAS] = forms.CharField(
            required=False, widget=forms.HiddenInput, initial=lambda: fingerprints(self._kept())
        )

    def _kept(self) -> dict[str, str]:
        """What is kept now, as the controls would show it."""
        found = {}
        for name, field in self.fields.items():
            if name == WAS:
                continue
            value = field.prepare_value(self.get_initial_for_field(field, name))
            found[name] = "" if value is None else str(value)
        return found

    def full_clean(self) -> None:
        """Compare first, so that the form checks what would be saved."""
        if not self.is_bound or self._compared:
            super().full_clean()
            return
        self._compared = True
        now = self._kept()
        typed = {name: str(self.data.get(self.add_prefix(name), "")) for name in now}
        compared = compare(str(self.data.get(self.add_prefix(WAS), "")), now, typed, self.together)
        data = QueryDict(mutable=True)
        data.update({self.add_prefix(name): text for name, text in compared.texts.items()})
        data[self.add_prefix(WAS)] = fingerprints(now)
        self.data, self.clashes = data, compared.clashes
        super().full_clean()
        self.cleaned_data.pop(WAS, None)
        for name in self.clashes:
            self.add_error(name, clash_message(self._told(name, now[name]), self._told(name, typed[name])))
        if self.clashes:
            self.add_error(None, clash_title())

    def _told(self, name: str, text: str) -> str:
        """An answer in words: the label of a choice rather than its key."""
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField | forms.ModelChoiceField) or not text:
            return text
        choices: Any = field.choices
        return next((str(label) for value, label in choices if str(value) == text), text)

    @property
    def summary_title(self) -> str:
        """The title of the errors' summary; empty for the usual one."""
        return clash_heading() if self.clashes else ""

    @property
    def status(self) -> int:
        """The status of the page that shows this form."""
        return 409 if self.clashes else 422 if self.is_bound and self.errors else 200
