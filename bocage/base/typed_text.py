"""What can be seen of a text that people typed, pasted or forged."""

import unicodedata

_KEPT = "\n\r\t"
_JOINERS = "\u200c\u200d"
_LATIN_ENDS = "\u02ff"  # Latin letters and their signs stand before


def visible(text: str) -> str:
    """``text`` without control and format characters: they hide, or turn round, what a reader believes to see.

    Lines and tabs stay, and so do the joiners of the scripts and emoji that are written with them (Persian, Hindi…).
    """
    if text.isprintable():
        return text
    kept: list[str] = []
    for char in text:
        category = unicodedata.category(char)
        if category not in {"Cc", "Cf"} or char in _KEPT or (char in _JOINERS and _joins(kept)):
            kept.append(char)
    return "".join(kept)


def _joins(before: list[str]) -> bool:
    """Whether a joiner means something after these characters."""
    return bool(before) and before[-1] > _LATIN_ENDS and unicodedata.category(before[-1])[0] in "LMS"
