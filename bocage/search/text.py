"""French text as the indexes see it: folded, cut into words, stemmed. The same on both databases, text and query."""

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

MAX_WORD = 40  # characters; longer runs are noise, and PostgreSQL refuses lexemes past 2 kB

# Letters that Unicode does not take apart into a base letter and an accent.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"})
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
# One thing that people write with and without separators is one word: telephone numbers and our public references.
_PHONE = re.compile(r"(?<![\w+])(?:\+33 ?|0033 ?|0)(?:\(0\) ?)?([1-9](?:[ .\-/]?\d\d){4})(?!\d)")
_REFERENCE = re.compile(r"\b([a-z0-9]{4})[- ]([a-z0-9]{4})-([a-z0-9])\b", re.IGNORECASE)

_STOP_WORDS = """
a ai as au aucun aussi autre aux avec avoir c ca car ce cela celle celui ces cet cette ceux chez comme comment
d dans de des du elle elles en est et etes etre eu eux fait faire faut il ils j je jusqu l la le les leur
leurs lui m ma mais me meme mes moi mon n ne ni nos notre nous on ont ou par pas peut plus pour pourquoi puis
qu quand que quel quelle quelles quels qui quoi s sa sans se ses si son sont sur t ta te tes toi ton tous tout
toute toutes tu un une vers veux voici vos votre voudrais vous y
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

_stemmer = snowballstemmer.stemmer("french")
_stemming = threading.Lock()  # the stemmer keeps the word it works on: one thread at a time


def fold(text: str) -> str:
    """``text`` in lower case without accents, ligatures, apostrophes, hyphens: « L'Été » → ``l ete``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _NOT_A_WORD.sub(" ", plain.casefold()).strip()


def words(text: str) -> list[str]:
    """The folded words of ``text`` in order, without stop words or lone letters; numbers are kept."""
    text = _REFERENCE.sub(_joined_reference, _PHONE.sub(_joined_phone, text))
    return [
        word[:MAX_WORD] for word in fold(text).split() if word not in STOP_WORDS and (len(word) > 1 or word.isdigit())
    ]


def _joined_phone(match: re.Match[str]) -> str:
    return " 0" + re.sub(r"\D", "", match[1]) + " "


def _joined_reference(match: re.Match[str]) -> str:
    # « avec 2000 2001-A » is not a reference: ours always mix letters and digits.
    joined = "".join(match.groups())
    return joined if any(c.isdigit() for c in joined) and any(c.isalpha() for c in joined) else match[0]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The French stem of a folded word: ``decheteries`` → ``decheter``. A number is its own stem."""
    if not word.isalpha():
        return word
    with _stemming:
        stemmed: str = _stemmer.stemWord(word)
    return stemmed


def tokens(text: str) -> str:
    """What is indexed for ``text``: each word's stem, then the word itself where it differs, separated by spaces.

    The stem answers a whole word in another form; the word itself answers its beginning, typed letter by letter.
    """
    kept: list[str] = []
    for word in words(text):
        stemmed = stem(word)
        kept.append(stemmed)
        if stemmed != word:
            kept.append(word)
    return " ".join(kept)
