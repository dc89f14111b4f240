"""The library of ready procedures: those of every territory of the house, and those kept for all, as files to copy."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class Ready:
    """A ready procedure: ``key`` names it in addresses, ``source`` says whose it is."""

    key: str
    title: str
    summary: str
    source: str
    path: Path


def ready() -> list[Ready]:
    """Every ready procedure, by title."""
    root: Path = settings.TERRITORY_ROOT
    files = [*root.glob("*/procedures/*.json"), *root.parent.glob("library/procedures/*.json")]
    stamps = tuple(sorted((str(path), path.stat().st_mtime_ns) for path in files))
    return list(_read(stamps))


@lru_cache(maxsize=2)
def _read(stamps: tuple[tuple[str, int], ...]) -> tuple[Ready, ...]:
    found = []
    for name, _stamp in stamps:
        path = Path(name)
        try:
            body = json.loads(path.read_text())
        except (OSError, ValueError):
            continue
        if isinstance(body, dict) and isinstance(body.get("title"), str):
            source = path.parent.parent.name
            found.append(Ready(f"{source}.{path.stem}", body["title"], str(body.get("summary", "")), source, path))
    return tuple(sorted(found, key=lambda one: (one.title, one.key)))


def text_of(key: str) -> str | None:
    """The file of a ready procedure; None for an unknown key."""
    found = next((one for one in ready() if one.key == key), None)
    return found.path.read_text() if found else None


def body_of(key: str) -> dict[str, Any] | None:
    """Its document."""
    text = text_of(key)
    return dict(json.loads(text)) if text is not None else None
