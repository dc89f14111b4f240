"""Names of communes as people type them: without accents, hyphens or capitals, "st" for saint, a letter wrong."""

import re
import unicodedata

_SHORT = {"st": "saint", "ste": "sainte", "s": "sur"}
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Lower-case words without accents or punctuation: « L'Orée de Mormal » gives ``l oree de mormal``."""
    # NFKD leaves ligatures whole, and "Sœur" is typed "soeur".
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign)).lower()
    words = _NOT_WORD.sub(" ", bare).split()
    return " ".join(_SHORT.get(word, word) for word in words)
