"""Things to find, in tests."""

from datetime import UTC, datetime
from typing import Any

from bocage.search.items import SearchItem
from bocage.search.operations import put

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def item(title: str, key: str = "", **values: Any) -> SearchItem:
    """A thing of source ``test``."""
    defaults = {"source": "test", "kind": "page", "url": "/x/"}
    return SearchItem(key=key or title, title=title, **{**defaults, **values})


def indexed(*titles: str, **values: Any) -> None:
    """Put things of these titles into the public index."""
    for title in titles:
        put(item(title, **values), NOW)
