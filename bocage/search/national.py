"""The State's own guides (« fiches »): what people look for here and is not ours, with who does it and what to bring.

Data of the territory, ``national_sheets/``, read once per process; see its SOURCES.md. The demonstration's sheets are
out of date and every page that shows one says so.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from django.conf import settings

from bocage.search.items import SearchItem

logger = logging.getLogger(__name__)

SOURCE = "national"
BOOST = 0.15  # what is ours comes first
FOLDER_BOOST = 0.6  # « Carte d'identité » before each of its sheets
TOPIC_BOOST = 0.9  # and first of all where we can say who does it and what to bring
ADDRESS = "https://www.service-public.gouv.fr/particuliers/vosdroits/{id}"


@dataclass(frozen=True)
class Topic:
    """Who is competent for some themes, and what to bring. ``counter``: the town hall, or the nearest that helps."""

    who: str
    counter: Literal["town_hall", "nearest"]
    bring: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A guide of the State. ``bring`` is its own list, where it has one; else its topic's."""

    id: str
    title: str
    theme: str
    description: str = ""
    bring: tuple[str, ...] = ()
    topic: Topic | None = None

    @property
    def address(self) -> str:
        """Its current version, on the State's site."""
        return ADDRESS.format(id=self.id)


@dataclass(frozen=True)
class Library:
    """All the sheets. ``collected`` is the month of the export, ``YYYY-MM``."""

    collected: str = ""
    sheets: dict[str, Sheet] = field(default_factory=dict)

    @property
    def year(self) -> str:
        """The year to show beside a sheet."""
        return self.collected[:4]


@cache
def library() -> Library:
    """The territory's national sheets; none, and a log line, where they cannot be read."""
    folder = settings.TERRITORY_ROOT / settings.ENV.territory / "national_sheets"
    try:
        topics = json.loads((folder / "topics.json").read_text(encoding="utf-8"))["topics"]
        stored = json.loads((folder / "sheets.json").read_text(encoding="utf-8"))
        by_theme: dict[str, Topic] = {}
        for one in topics:
            topic = Topic(one["who"], one["counter"], tuple(one["bring"]))
            by_theme.update(dict.fromkeys([*one["themes"], *one["sheets"]], topic))
        sheets = {}
        for key, title, theme, *more in stored["sheets"]:
            path = stored["themes"][theme]
            extra = more[0] if more else {}
            topic_of = by_theme.get(key) or by_theme.get(path)
            sheets[key] = Sheet(key, title, path, extra.get("description", ""), tuple(extra.get("bring", ())), topic_of)
        return Library(stored["collected"], sheets)
    except FileNotFoundError:
        return Library()
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        logger.exception("national sheets cannot be read", extra={"path": str(folder)})
        return Library()


def search_items() -> Iterator[SearchItem]:
    """The manifest's search source."""
    for sheet in library().sheets.values():
        yield SearchItem(
            source=SOURCE,
            key=sheet.id,
            kind="national",
            title=sheet.title,
            url=f"/fiches/{sheet.id}/",
            summary=sheet.description or (sheet.topic.who if sheet.topic else ""),
            text=sheet.theme.replace(">", " "),
            boost=BOOST if sheet.id.startswith("F") else TOPIC_BOOST if sheet.topic else FOLDER_BOOST,
        )
