"""What FranceConnect says of someone: the pivot identity of civil status, and the name they use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bocage.identity.models import Person
from bocage.identity.reading import words

_COG = re.compile(r"[0-9][0-9AB][0-9]{3}")
FRANCE = "99100"


class Incomplete(ValueError):
    """A provider that says neither the name nor the given names of someone: nobody can be known by it."""


@dataclass(frozen=True)
class Pivot:
    """The pivot identity: what tells one person from all others in France (FranceConnect, « identité pivot »).

    ``birth_place`` is the commune's INSEE code, empty for a birth abroad; ``birth_country`` the country's (99100:
    France). A date that civil status itself does not know whole (« 1948-00-00 ») is None.
    """

    birth_name: str
    given_names: str
    usual_name: str
    gender: str
    birth_date: date | None
    birth_place: str
    birth_country: str

    @classmethod
    def read(cls, claims: Mapping[str, Any]) -> "Pivot":
        """Read claims as FranceConnect writes them. Raises Incomplete."""

        def text(name: str, longest: int) -> str:
            value = claims.get(name)
            return " ".join(value.split())[:longest] if isinstance(value, str) else ""

        birth_name, given_names = text("family_name", 120), text("given_name", 160)
        if not birth_name or not given_names:
            raise Incomplete("a name is missing")
        usual, gender = text("preferred_username", 120), text("gender", 6)
        place, country = text("birthplace", 5), text("birthcountry", 5)
        return cls(
            birth_name=birth_name,
            given_names=given_names,
            usual_name="" if words(usual) == words(birth_name) else usual,
            gender=gender if gender in {"female", "male"} else "",
            birth_date=_whole_date(text("birthdate", 10)),
            birth_place=place if _COG.fullmatch(place) else "",
            birth_country=country if _COG.fullmatch(country) else "",
        )

    @property
    def is_whole(self) -> bool:
        """Whether it names one person alone; born abroad, there is no commune."""
        here = bool(self.birth_place) or (self.birth_country not in {"", FRANCE})
        return bool(self.birth_date and self.gender and self.birth_country and here)

    def is_of(self, person: Person) -> bool:
        """Whether a record says the same, whole and word for word but for accents and case."""
        return (
            self.is_whole
            and words(person.birth_name) == words(self.birth_name)
            and words(person.given_names) == words(self.given_names)
            and person.birth_date == self.birth_date
            and (person.gender, person.birth_place, person.birth_country)
            == (self.gender, self.birth_place, self.birth_country)
        )

    def may_be(self, person: Person) -> bool:
        """Whether a record may be of the same person: family name or usual name, first given name and birth date.

        A record without a birth date is left to the names alone.
        """
        known = {words(person.birth_name), words(person.usual_name)} - {()}
        mine = {words(self.birth_name), words(self.usual_name)} - {()}
        first = words(self.given_names)[:1]
        born = person.birth_date is None or self.birth_date is None or person.birth_date == self.birth_date
        return bool(known & mine) and words(person.given_names)[:1] == first and born


def _whole_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
