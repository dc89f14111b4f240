"""Passwords that somebody would guess: common ones lengthened with a year, a keyboard's row, the name of the commune.

No rule on which characters to use (NIST SP 800-63B-4, § 3.1.1.2): a password is refused when little is left of it once
everything that anyone here knows has been taken away.
"""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from bocage.territory import queries as territory
from bocage.territory.models import CommuneAlias, Territory

LEAST = 6
"""Characters that must be left, four of them different, once what is known is taken away."""
FEWEST_WORDS = 3
"""So many different known words make a phrase: « cheval soleil maison » is not guessed as « soleil2026 » is."""
SHORTEST = 4  # letters of a known word or of a row

HOUSE = ("bocage", "mairie", "commune", "communaute", "territoire", "village", "avesnois", "agent", "accueil")
"""Words of the context, whatever the territory; its names and its communes' are added (docs/security.md lists them)."""
_FRENCH = """
motdepasse secret azerty bonjour bonsoir coucou salut soleil amour jetaime cheri cherie doudou loulou chouchou
minou minouche toutou chocolat papillon vacances maison famille maman papa mamie papy bebe enfant marseille paris
france lille valenciennes maubeuge quesnoy bavay nord hautsdefrance football rugby velo moto voiture peugeot
renault citroen chien chat lapin cheval tigre loup ours nicolas julien thomas camille pauline marie sophie laurent
philippe michel isabelle catherine nathalie printemps automne hiver janvier fevrier mars avril juin juillet aout
septembre octobre novembre decembre lundi mardi mercredi jeudi vendredi samedi dimanche bienvenue ordinateur
internet facebook google administrateur utilisateur connexion compte travail bureau retraite liberte egalite
fraternite
"""
_ROWS = """
azertyuiop qsdfghjklm wxcvbn qwertyuiop asdfghjkl zxcvbnm 01234567890 abcdefghijklmnopqrstuvwxyz
"""
_LEET = str.maketrans("013457@$€!", "oieastasei")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SAME = re.compile(r"(.)\1{2,}")
_AGAIN = re.compile(r"(.{1,8}?)\1+")


def _plain(text: str) -> str:
    """Lower case, without accents, spaces or signs between words."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = (sign for sign in decomposed if not unicodedata.combining(sign))
    return "".join(sign for sign in plain if sign.isalnum() or sign in "@$€!")


@cache
def _common() -> frozenset[str]:
    """Django's twenty thousand, with the rows of keyboards read both ways."""
    rows = {
        row[start:end]
        for row in _ROWS.split()
        for start in range(len(row))
        for end in range(start + SHORTEST, len(row) + 1)
    }
    words = {word for word in CommonPasswordValidator().passwords if len(word) >= SHORTEST and word.isalnum()}
    french = {word for word in _FRENCH.split() if len(word) >= SHORTEST}
    return frozenset(words | rows | {row[::-1] for row in rows} | french | set(HOUSE))


def context_words() -> frozenset[str]:
    """What everyone knows of this territory: its name, its communes', those people still use."""
    names = [*territory.commune_names().values(), *CommuneAlias.objects.values_list("name", flat=True)]
    if found := Territory.objects.first():
        names += [found.name, found.slug, str(found.settings.get("short_name", ""))]
    words = {part for name in names for part in re.split(r"[\s'’-]+", name)} | {*names}
    return frozenset(word for word in map(_plain, words) if len(word) >= SHORTEST)


def _taken_away(text: str, known: frozenset[str]) -> tuple[str, set[str]]:
    """What is left of a text, and the known words that it held; the longest first at each place."""
    left, found, at = [], set(), 0
    while at < len(text):
        for end in range(min(len(text), at + 24), at + SHORTEST - 1, -1):
            if text[at:end] in known:
                found.add(text[at:end])
                at = end
                break
        else:
            left.append(text[at])
            at += 1
    return "".join(left), found


@lru_cache(maxsize=4)
def _all_known(context: frozenset[str]) -> frozenset[str]:
    return _common() | context


def is_guessable(password: str, context: frozenset[str] = frozenset()) -> bool:
    """Whether little is left of a password once common and local words, years, rows and repeats are taken away."""
    plain = _plain(password)
    for read in (plain, plain.translate(_LEET)):
        once = _AGAIN.fullmatch(read)
        shorter = _SAME.sub(r"\1", _YEAR.sub("", once[1] if once else read))
        left, found = _taken_away(shorter, _all_known(context))
        if len(found) < FEWEST_WORDS and (len(left) < LEAST or len(set(left)) < SHORTEST):
            return True
    return False


class GuessablePassword:
    """Validator, for ``AUTH_PASSWORD_VALIDATORS``."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError when the password would be guessed."""
        if is_guessable(password, context_words()):
            raise ValidationError(
                _(
                    "Ce mot de passe se devine : c’est un mot courant, un nom d’ici ou une suite de touches, avec "
                    "quelques chiffres. Prenez plutôt quatre mots sans lien entre eux."
                ),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        """Said by Django beside the field; ours says its own."""
        return _("Ni un mot courant, ni un nom d’ici, même avec une année.")
