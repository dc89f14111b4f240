"""How hard a French text is to read: Flesch's index in Kandel and Moles's French form.

L. Kandel, A. Moles, « Application de l'indice de Flesch à la langue française », Cahiers d'études de radio-télévision,
n° 19, 1958, p. 253-274: 207 − 1.015 × words per sentence − 73.6 × syllables per word. 100 is very easy, under 30 is
for university readers. Syllables are counted from the letters, which is right to a few per cent on ordinary prose.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

HARD = 30.0
"""Under this an ordinary reader gives up."""

FEWEST_WORDS = 20
"""Under this many words an index of one text means nothing."""

LONG_SENTENCE = 35  # words

_PLACEHOLDER = re.compile(r"\{\{[^}]*\}\}")
_SENTENCES = re.compile(r"[.!?…]+(?:\s|$)|\n\s*\n|\n- |:\s*\n")
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]+", re.IGNORECASE)
_MUTE_ENDINGS = ("es", "ent", "e")


@dataclass(frozen=True)
class Reading:
    """A text measured: ``ease`` is the index (None for too short a text), ``longest`` its longest sentence in words."""

    words: int
    ease: float | None
    longest: int


@lru_cache(maxsize=4096)
def measure(text: str) -> Reading:
    """Measure a text; placeholders count as a word."""
    told = _PLACEHOLDER.sub("mot", text)
    lengths = [len(_WORD.findall(part)) for part in _SENTENCES.split(told)]
    lengths = [length for length in lengths if length]
    words = _WORD.findall(told)
    if not words or not lengths:
        return Reading(0, None, 0)
    ease = None
    if len(words) >= FEWEST_WORDS:
        per_word = sum(map(syllables, words)) / len(words)
        ease = 207 - 1.015 * len(words) / len(lengths) - 73.6 * per_word
    return Reading(len(words), ease, max(lengths))


def syllables(word: str) -> int:
    """About how many syllables a word has: its groups of vowels, less a mute ending."""
    count = len(_VOWELS.findall(word))
    lowered = word.lower()
    if count > 1:
        for ending in _MUTE_ENDINGS:
            if (
                lowered.endswith(ending)
                and len(lowered) > len(ending)
                and not _VOWELS.fullmatch(lowered[-len(ending) - 1])
            ):
                return count - 1
    return max(count, 1)
