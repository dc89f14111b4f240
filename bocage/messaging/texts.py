"""The texts of notices: plain paragraphs with ``{{ placeholders }}``, and nothing else that could run.

Administrators write them, so no template engine ever sees them: a placeholder is a declared name between two pairs of
braces, its value is put in as it is, and what a value contains is never read again.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Literal

from bocage.base.dates import french_date, french_datetime

PLACEHOLDER = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")
_BLANK_LINES = re.compile(r"\n[ \t]*\n[\s]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


class BadText(ValueError):
    """A text names a variable that it may not, or has braces that are no placeholder; the message is for people."""


@dataclass(frozen=True)
class Text:
    """A text given by the caller (that of a procedure's version) in place of a template's current one."""

    title: str
    body: str
    sms: str = ""
    large_print: bool = False  # of its letters


@dataclass(frozen=True)
class Block:
    """A paragraph (its lines) or a list (its items)."""

    kind: Literal["paragraph", "list"]
    lines: tuple[str, ...]


def variables_in(*texts: str) -> frozenset[str]:
    """The names that texts use."""
    return frozenset(name for text in texts for name in PLACEHOLDER.findall(text))


def check(text: str, variables: Iterable[str]) -> None:
    """Raise BadText unless every placeholder is one of ``variables`` and no other braces are left."""
    known = frozenset(variables)
    unknown = sorted(variables_in(text) - known)
    if unknown:
        allowed = ", ".join(sorted(known)) or "aucune"
        raise BadText(f"Variable inconnue : {', '.join(unknown)}. Variables possibles : {allowed}.")
    rest = PLACEHOLDER.sub("", text)
    for sign in ("{{", "}}", "{%", "%}"):
        if sign in rest:
            raise BadText(f"« {sign} » n’entoure pas le nom d’une variable, comme dans {{{{ reference }}}}.")


def fill(text: str, context: Mapping[str, object]) -> str:
    """``text`` with its placeholders replaced, in one pass. Raises BadText for one without value in ``context``."""
    check(text, context.keys())
    filled = PLACEHOLDER.sub(lambda match: written(context[match[1]]), text)
    return _BLANK_LINES.sub("\n\n", filled.replace("\r\n", "\n")).strip()


def written(value: object) -> str:
    """A value as it is read by people: dates in French, None as nothing, control characters left out."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return french_datetime(value)
    if isinstance(value, date):
        return french_date(value)
    return _CONTROL.sub("", str(value).replace("\r\n", "\n"))


def one_line(text: str, limit: int = 200) -> str:
    """``text`` on one line, for a title: a value with a line break never becomes a header of its own."""
    return " ".join(text.split())[:limit]


def blocks(body: str) -> list[Block]:
    """The paragraphs and lists (lines that begin with ``- ``) of a body."""
    found: list[Block] = []
    for part in _BLANK_LINES.split(body.strip()):
        kinds = groupby(part.split("\n"), key=lambda line: line.startswith("- "))
        found += [
            Block("list" if items else "paragraph", tuple(line.removeprefix("- ").strip() for line in lines))
            for items, lines in kinds
        ]
    return found
