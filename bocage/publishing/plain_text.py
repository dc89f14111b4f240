"""Pages written as plain text files of the territory, in a small part of Markdown, read into the blocks of a page.

``# Title`` first, then the introduction (one paragraph), then: paragraphs, ``## `` and ``### `` headings, ``- `` lists,
``> `` what to remember, ``1. Title. Text`` steps, and on a line of their own ``{procedure: slug | label}`` and
``{contact: place}``. Within a line: ``**bold**``, ``[label](address)``.
``name: value`` lines above the title are the page's properties.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

Block = tuple[str, Any]

_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_STEP = re.compile(r"\d+\. ([^.?!]+[?!]?)\.? ?(.*)", re.DOTALL)
_CALL = re.compile(r"\{(procedure|contact): *([a-z0-9-]+)(?: *\| *(.+))?\}")


class BadText(ValueError):
    """A file that is not written as this module reads; the message names the file."""


@dataclass(frozen=True)
class Text:
    """A page as its file says it. ``digest`` changes with the file."""

    slug: str
    title: str
    intro: str
    body: list[Block]
    digest: str
    properties: dict[str, str] = field(default_factory=dict)


def read(path: Path, fill: Callable[[str], str] = lambda text: text) -> Text:
    """The page in a file, named after its slug; ``fill`` replaces what depends on the territory or the day.

    Raises BadText when there is no title.
    """
    source = fill(path.read_text(encoding="utf-8"))
    head, found, rest = ("\n" + source).partition("\n# ")
    if not found:
        raise BadText(f"{path.name}: no title (a line that begins with « # »)")
    lines = (line.partition(":") for line in head.splitlines())
    properties = {name.strip(): value.strip() for name, sign, value in lines if sign}
    title, _, text = rest.partition("\n")
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    plain = bool(parts) and not parts[0].startswith(("#", "-", ">", "{", "1. "))
    return Text(
        slug=path.stem,
        title=title.strip(),
        intro=" ".join(parts[0].split()) if plain else "",
        body=blocks(parts[1:] if plain else parts),
        digest=hashlib.sha256(source.encode()).hexdigest(),
        properties=properties,
    )


def blocks(parts: list[str]) -> list[Block]:
    """The blocks of a page from the paragraphs of its file."""
    found: list[Block] = []
    for part in parts:
        kind, value = _block(part)
        if kind == "steps" and found and found[-1][0] == "steps":
            found[-1][1].extend(value)
        elif kind == "paragraph" and found and found[-1][0] == "paragraph":
            found[-1] = ("paragraph", found[-1][1] + value)
        else:
            found.append((kind, value))
    return found


def _block(part: str) -> Block:
    if call := _CALL.fullmatch(part):
        name, slug, label = call.groups()
        if name == "procedure":
            return "procedure", {"slug": slug, "label": label or slug}
        return "contact", {"place": slug, "name": label or "", "phone": "", "email": ""}
    if part.startswith("#"):
        marks, _, text = part.partition(" ")
        return "heading", {"text": text.strip(), "level": "h3" if len(marks) > 2 else "h2"}
    if part.startswith(">"):
        text = " ".join(line.lstrip("> ").strip() for line in part.splitlines())
        return "key_info", {"title": "", "text": f"<p>{_inline(text)}</p>"}
    if part.startswith("- "):
        items = re.split(r"\n- ", part[2:])
        return "paragraph", "<ul>" + "".join(f"<li>{_inline(' '.join(item.split()))}</li>" for item in items) + "</ul>"
    if re.match(r"\d+\. ", part):
        steps = []
        for item in re.split(r"\n(?=\d+\. )", part):
            if match := _STEP.fullmatch(" ".join(item.split())):
                steps.append({"title": match[1], "text": f"<p>{_inline(match[2])}</p>" if match[2] else ""})
        return "steps", steps
    return "paragraph", f"<p>{_inline(' '.join(part.split()))}</p>"


def _inline(text: str) -> str:
    return _LINK.sub(r'<a href="\2">\1</a>', _BOLD.sub(r"<b>\1</b>", escape(text, quote=False)))
