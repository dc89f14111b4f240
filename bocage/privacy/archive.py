"""The archive of one's data: one page to read and print, the same as JSON for other services, and the files themselves.

The page stands alone once it is on somebody's disk: its style is inside, nothing is fetched.
"""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO

from django.core.files.storage import storages
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bocage.base import registry
from bocage.base.dates import french_date, french_datetime
from bocage.base.manifest import Manifest, PersonalData
from bocage.base.sizes import french_size
from bocage.identity.models import Account, Person
from bocage.identity.personal_data import WORDS, account_data
from bocage.territory.queries import territory
from bocage.ui.typography import typeset

PAGE, FILES = "mes-donnees.html", "documents"
Tell = Callable[[int, int], None]


@dataclass
class Part:
    """One kind of data: what it is called, how long it is kept, what is held; None: it could not be read."""

    name: str
    label: str
    data: dict[str, Any] | None
    words: Mapping[str, str]
    kept_for: str = ""
    files: list[tuple[str, str]] = field(default_factory=list)

    @property
    def counts(self) -> list[str]:
        """« 12 demandes »: how many of each thing there is."""
        told = (self.data or {}).items()
        return [f"{len(value)} × {_word(key, self.words)}" for key, value in told if isinstance(value, list) and value]


def holders() -> list[tuple[Manifest, PersonalData]]:
    """Every declared kind of personal data, in the order of the apps."""
    return list(registry.contributions("personal_data"))


def write(out: BinaryIO, person: Person | None, account: Account, *, now: datetime, tell: Tell) -> None:
    """Write the archive; ``tell`` hears how many steps are done, of how many. What cannot be read is named in it."""
    parts = [Part("compte", _("Votre compte"), account_data(account), WORDS)]
    asked = holders() if person is not None else []
    total = len(asked) + 1
    for number, (manifest, holder) in enumerate(asked, start=1):
        assert person is not None
        tell(number, total)
        parts.append(_part(manifest, holder, person))
    files = [(name, path) for part in parts for name, path in part.files]
    total += len(files)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as bundle:
        for part in parts:
            if part.data is not None:
                bundle.writestr(f"json/{part.name}.json", _json(part.data))
        sizes = {}
        for number, (name, path) in enumerate(files, start=len(asked) + 1):
            if number % 20 == 0:
                tell(number, total)
            sizes[name] = storages["private"].size(path)
            told = zipfile.ZipInfo(f"{FILES}/{name}", now.timetuple()[:6])  # stored as it is: photographs and PDF
            told.file_size = sizes[name]
            with storages["private"].open(path) as source, bundle.open(told, "w") as target:
                shutil.copyfileobj(source, target)
        bundle.writestr(PAGE, _page(parts, sizes, person, account, now))
    tell(total, total)


def _part(manifest: Manifest, holder: PersonalData, person: Person) -> Part:
    words = registry.resolve(holder.words) if holder.words else {}
    data = registry.isolated(manifest, holder.export, lambda export: dict(export(person)))
    part = Part(holder.name, str(holder.label), data, words, str(holder.kept_for))
    if holder.files:
        found = registry.isolated(manifest, holder.files, lambda files: list(files(person)))
        if found is None:
            part.data = None
        exists = storages["private"].exists
        part.files = [(name, path) for name, path in found or () if exists(path)]
    return part


def _json(data: Any) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def _page(parts: list[Part], sizes: Mapping[str, int], person: Person | None, account: Account, now: datetime) -> str:
    context = {
        "who": person.full_name if person else str(account),
        "territory": territory(),
        "day": french_datetime(now),
        "parts": [
            {
                "name": part.name,
                "label": part.label,
                "kept_for": part.kept_for,
                "counts": ", ".join(part.counts),
                "missing": part.data is None,
                "body": SafeString("".join(_shown(part.data or {}, part.words, sizes, 3))),
            }
            for part in parts
        ],
        "files": len(sizes),
    }
    return typeset(render_to_string("privacy/archive.html", context))


# --- From plain values to a page ----------------------------------------------------------------------------------
def _word(key: str, words: Mapping[str, str]) -> str:
    return words.get(key) or WORDS.get(key) or key.replace("_", " ")


def _shown(data: Mapping[str, Any], words: Mapping[str, str], files: Mapping[str, int], level: int) -> Iterator[str]:
    """A mapping as facts, then each list of things under its own heading; what is empty is left out."""
    facts = {key: value for key, value in data.items() if not isinstance(value, list | Mapping) and _text(value)}
    if facts:
        yield '<dl class="facts">'
        for key, value in facts.items():
            yield f"<div><dt>{escape(_title(_word(key, words)))}</dt><dd>{_value(value, files)}</dd></div>"
        yield "</dl>"
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            yield _heading(_word(key, words), level)
            yield from _shown(value, words, files, level + 1)
        elif isinstance(value, list) and value:
            yield _heading(f"{_title(_word(key, words))} ({len(value)})", level)
            yield from _listed(value, words, files, level)


def _listed(rows: Sequence[Any], words: Mapping[str, str], files: Mapping[str, int], level: int) -> Iterator[str]:
    if not all(isinstance(row, Mapping) for row in rows):
        yield "<ul>" + "".join(f"<li>{_value(row, files)}</li>" for row in rows) + "</ul>"
        return
    for row in rows:
        yield '<section class="thing">'
        yield from _shown(row, words, files, min(level + 1, 6))
        yield "</section>"


def _heading(text: str, level: int) -> str:
    return str(format_html("<h{0}>{1}</h{0}>", min(level, 6), _title(text)))


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]


def _text(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, datetime):
        return french_datetime(value)
    return french_date(value) if isinstance(value, date) else str(value)


def _value(value: Any, files: Mapping[str, int]) -> str:
    text = _text(value)
    if text in files:
        name, size = text.rpartition("/")[2], french_size(files[text])
        return str(format_html('<a href="{}/{}">{}</a> ({})', FILES, text, name, size))
    return str(escape(text).replace("\n", "<br>"))
