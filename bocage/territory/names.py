"""Names of communes as people type them: without accents, hyphens or capitals, "st" for saint."""

from bocage.search.text import fold as _fold

_SHORT = {"st": "saint", "ste": "sainte", "s": "sur"}


def fold(text: str) -> str:
    """Lower-case words without accents or punctuation, abbreviations undone: « St-Waast » gives ``saint waast``."""
    return " ".join(_SHORT.get(word, word) for word in _fold(text).split())
