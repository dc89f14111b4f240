"""Typing mistakes: the nearest word that the public index knows.

Candidates share groups of three letters with what was typed (an indexed look-up, the same on both databases); the
nearest in edits wins, then the most frequent.
"""

from django.db.models import Count

from bocage.search.models import WordGram
from bocage.search.text import stem

CANDIDATES = 80


def grams(word: str) -> set[str]:
    """The groups of three letters of a word; its edges are marked, so that short words have some too."""
    padded = f"^{word}$"
    return {padded[i : i + 3] for i in range(len(padded) - 2)} | {padded[:2], padded[-2:]}


def distance(one: str, other: str, limit: int) -> int:
    """Edits from one word to the other: a letter too many, missing, wrong, or two swapped.

    Beyond ``limit``, ``limit + 1``.
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return min(last[-1], limit + 1)


def nearest(word: str) -> str | None:
    """The word of the vocabulary that ``word`` probably stands for, or None when nothing is near.

    One edit is forgiven up to four letters, two beyond; the first letter is nearly always right, so it settles ties.
    """
    if len(word) < 3 or not word.isalpha():
        return None
    limit = 1 if len(word) <= 4 else 2
    candidates = (
        WordGram.objects.filter(gram__in=grams(word))
        .values_list("word__word", "word__frequency")
        .annotate(shared=Count("id"))
        .order_by("-shared", "word__word")[:CANDIDATES]
    )
    stemmed = stem(word)
    best: tuple[int, bool, int, str] | None = None
    for candidate, frequency, _shared in candidates:
        # « composteurss »: the stems may be nearer than the words.
        edits = min(distance(word, candidate, limit), distance(stemmed, stem(candidate), limit) + 1)
        if edits <= limit:
            rank = (edits, candidate[0] != word[0], -frequency, candidate)
            best = min(best, rank) if best else rank
    return best[3] if best else None
