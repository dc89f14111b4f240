"""What somebody typed, understood: words, their synonyms, their probable spelling."""

from collections.abc import Sequence
from dataclasses import dataclass

from bocage.search.backend import Group, Term
from bocage.search.models import Word
from bocage.search.spelling import nearest
from bocage.search.synonyms import longest, synonyms
from bocage.search.text import stem, words

MAX_CHARACTERS = 200
MAX_WORDS = 12


@dataclass(frozen=True)
class Reading:
    """A query understood. ``corrected``: what is searched instead of what was typed, in words; empty: as typed."""

    typed: tuple[str, ...]
    groups: tuple[Group, ...]
    corrected: str = ""


def read(text: str, *, correct: bool = True) -> Reading:
    """Understand a query of the public search; ``correct`` its spelling, or take it as typed.

    Whatever is typed is understood somehow: what holds no word gives no group.
    """
    typed = _words(text)
    known = set(Word.objects.filter(word__in=typed).values_list("word", flat=True)) if typed else set()
    chosen = list(typed)
    for position, word in enumerate(typed):
        if correct and word not in known and not _understood(word, last=position == len(typed) - 1):
            chosen[position] = nearest(word) or word
    corrected = " ".join(chosen) if chosen != typed else ""
    unfinished = bool(chosen) and chosen[-1] not in known and chosen[-1] == typed[-1]
    return Reading(typed=tuple(typed), groups=tuple(_groups(chosen, unfinished)), corrected=corrected)


def read_for_agents(text: str) -> tuple[Group, ...]:
    """A query of the case index: each word in any form, or the beginning of one; neither synonyms nor corrections."""
    return tuple(_beginning(word) for word in _words(text))


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(words(text.replace("\0", " ")[:MAX_CHARACTERS])))[:MAX_WORDS]


def _beginning(word: str) -> Group:
    stemmed = stem(word)
    return ((Term(stemmed),), (Term(word, prefix=True),)) if len(word) > 2 else ((Term(word, prefix=True),),)


def _understood(word: str, *, last: bool) -> bool:
    """The index knows a form of the word, or the word is a wording of the synonyms, or not finished yet."""
    stemmed = stem(word)
    if any(stemmed in wording for wording in synonyms()):
        return True
    # « jardinières » is known when « jardinière » is: same stem. Stems are beginnings of words but for a few letters.
    near = Word.objects.filter(word__startswith=stemmed[: max(3, len(stemmed) - 2)]).values_list("word", flat=True)[
        :200
    ]
    return any(stem(other) == stemmed or (last and other.startswith(word)) for other in near)


def _groups(chosen: Sequence[str], unfinished: bool) -> list[Group]:
    """One group a word, or one for a run of words that has synonyms (« carte grise »).

    ``unfinished``: the last word is not known, it may be the beginning of one (« biblio »; but « CNI » is not CNIL).
    """
    stems = [stem(word) for word in chosen]
    groups: list[Group] = []
    at = 0
    while at < len(chosen):
        for size in range(min(longest(), len(chosen) - at), 0, -1):
            if equivalents := synonyms().get(tuple(stems[at : at + size])):
                group: Group = tuple(tuple(Term(token) for token in wording) for wording in equivalents)
                break
        else:
            size, group = 1, ((Term(stems[at]),),)
        # A short word that has synonyms is one (« CNI » is not the beginning of CNIL), a long one may be unfinished.
        shortest = 5 if tuple(stems[at:]) in synonyms() else 2
        if unfinished and size == 1 and at == len(chosen) - 1 and len(chosen[at]) >= shortest:
            group = (*group, (Term(chosen[at], prefix=True),))
        groups.append(group)
        at += size
    return groups
