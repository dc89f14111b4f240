"""Words that people use for the same thing: data of the territory, read once per process."""

import json
import logging
from functools import cache

from django.conf import settings

from bocage.search.text import stem, words

logger = logging.getLogger(__name__)

Stems = tuple[str, ...]


@cache
def synonyms() -> dict[Stems, tuple[Stems, ...]]:
    """From the stems of a wording to those of its equivalents, itself first.

    ``synonyms.json`` of the territory is ``{"groups": [["déchèterie", "déchetterie", …], …]}``: within a group, each
    wording finds the others. Without the file, or when it cannot be read (which is logged), there are none.
    """
    path = settings.TERRITORY_ROOT / settings.ENV.territory / "synonyms.json"
    try:
        groups = json.loads(path.read_text(encoding="utf-8"))["groups"]
        found: dict[Stems, dict[Stems, None]] = {}
        for group in groups:
            wordings = [wording for text in group if (wording := tuple(stem(word) for word in words(text)))]
            for wording in wordings:
                found.setdefault(wording, {wording: None}).update(dict.fromkeys(wordings))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        logger.exception("synonyms cannot be read", extra={"path": str(path)})
        return {}
    return {wording: tuple(others) for wording, others in found.items()}


@cache
def longest() -> int:
    """How many words the longest wording has."""
    return max(map(len, synonyms()), default=0)
