"""Postal addresses as French sorting machines read them.

Rules of AFNOR NF Z 10-011 as La Poste's national address service tells them ("Les 6 règles d'or de la norme",
laposte.fr/sna): six lines at most, seven with a country; 38 signs a line; aligned left, without blank line; the last
three lines in capitals; no punctuation from the street's line on; abbreviations only where a line is too long. Capitals
bear no accent there: optical readers know A to Z.
"""

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 38
LINES = 7

_ABBREVIATIONS = {
    "ALLEE": "ALL",
    "AVENUE": "AV",
    "BATIMENT": "BAT",
    "BOULEVARD": "BD",
    "CHEMIN": "CHE",
    "FAUBOURG": "FG",
    "IMPASSE": "IMP",
    "LIEU DIT": "LD",
    "LOTISSEMENT": "LOT",
    "PLACE": "PL",
    "RESIDENCE": "RES",
    "ROUTE": "RTE",
    "SAINT": "ST",
    "SAINTE": "STE",
    "SQUARE": "SQ",
}
_NOT_CAPITALS = re.compile(r"[^A-Z0-9 ]+")


@dataclass(frozen=True)
class PostalBlock:
    """The lines to print. ``tight``: too many or too long for the normal size; to be printed smaller."""

    lines: tuple[str, ...]
    tight: bool = False


def postal_block(name: str, lines: Sequence[str]) -> PostalBlock:
    """The address block of a recipient: name as written, complements, then street to town in capitals."""
    written = [line for line in (" ".join(line.split()) for line in lines) if line]
    head, tail = written[:-3], written[-3:]
    wanted = [" ".join(name.split()), *head, *(capitals(line) for line in tail)]
    fitted: list[str] = []
    for line in wanted:
        fitted += textwrap.wrap(_abbreviated(line), WIDTH) if line else []
    return PostalBlock(tuple(fitted), tight=len(fitted) > LINES or any(len(line) > WIDTH for line in fitted))


def capitals(line: str) -> str:
    """Capitals without accent or punctuation: ``14 bis, rue de l'Église`` gives ``14 BIS RUE DE L EGLISE``."""
    spelt = line.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(sign))
    return " ".join(_NOT_CAPITALS.sub(" ", bare.upper()).split())


def _abbreviated(line: str) -> str:
    if len(line) <= WIDTH or line != line.upper():
        return line
    for word, short in _ABBREVIATIONS.items():
        line = re.sub(rf"\b{word}\b", short, line)
        if len(line) <= WIDTH:
            break
    return line
