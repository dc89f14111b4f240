"""Reading what people type: telephone numbers and dates in any French writing, words of names.

A room of its own: pure functions, shared by forms, operations and the agents' search.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import phonenumbers

from bocage.search.text import fold

REGION = "FR"
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("janvier", "janv"),
            ("fevrier", "fevr", "fev"),
            ("mars",),
            ("avril", "avr"),
            ("mai",),
            ("juin",),
            ("juillet", "juil"),
            ("aout",),
            ("septembre", "sept"),
            ("octobre", "oct"),
            ("novembre", "nov"),
            ("decembre", "dec"),
        ),
        start=1,
    )
    for name in names
}
_EMAIL = re.compile(r"\S+@\S+")
_NUMERIC_DATE = re.compile(r"(?<!\d)(?<!\d[/.\-])(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)(?!\2\d)")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_WORDED_DATE = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:er)?\s+({'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?\s+(\d{{4}}|\d{{2}})(?!\d)"
)
_PHONE = re.compile(r"(?<![\w+])(?:\+\d|0)[\d\s.\-()/]{2,22}\d(?!\w)|(?<![\w+])0\d{3,9}(?!\w)")


def _plain(text: str) -> str:
    """Lower case without accents; unlike ``fold``, punctuation stays: dates and telephones are written with it."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def normal_phone(text: str) -> str | None:
    """E.164 for a number in any French writing (« 06 12 34 56 78 », « 0033… ») or international; None for no number."""
    if any(character.isalpha() for character in text):
        return None  # letters are no keypad here: « O3 27 trente » would become somebody else's number
    try:
        number = phonenumbers.parse(text.replace("(0)", ""), REGION)
    except phonenumbers.NumberParseException:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Arcep's numbers for fiction (06 39 98…) are possible but not in use.
    if phonenumbers.is_valid_number(number) or re.fullmatch(r"\+3363998\d{4}", e164):
        return e164
    return None


def written_phone(e164: str) -> str:
    """The number as one writes it in France: « 06 12 34 56 78 », « +32 2 … » for another country."""
    try:
        number = phonenumbers.parse(e164, REGION)
    except phonenumbers.NumberParseException:
        return e164
    home = number.country_code == phonenumbers.country_code_for_region(REGION)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def read_dates(text: str, today: date) -> tuple[date, ...]:
    """The past dates that ``text`` may mean: « 12/03/1948 », « 12.3.48 », « 12 mars 1948 », « 1948-03-12 ».

    A year of two digits may mean two centuries; both are given when both are past.
    """
    return _dates(_plain(text), today)[0]


def _dates(folded: str, today: date) -> tuple[tuple[date, ...], str]:
    """Dates found, and what is left of the text."""
    if found := _ISO_DATE.search(folded):
        year, month, day = (int(part) for part in found.groups())
        return _built([year], month, day, today), _without(folded, found)
    if found := _NUMERIC_DATE.search(folded):
        day, month = int(found[1]), int(found[3])
        return _built(_years(found[4]), month, day, today), _without(folded, found)
    if found := _WORDED_DATE.search(folded):
        return _built(_years(found[3]), MONTHS[found[2]], int(found[1]), today), _without(folded, found)
    return (), folded


def _years(text: str) -> list[int]:
    return [int(text)] if len(text) == 4 else [1900 + int(text), 2000 + int(text)]


def _built(years: Iterable[int], month: int, day: int, today: date) -> tuple[date, ...]:
    dates = []
    for year in years:
        try:
            built = date(year, month, day)
        except ValueError:
            continue
        if built <= today:
            dates.append(built)
    return tuple(dates)


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def words(*names: str) -> tuple[str, ...]:
    """The folded words of names, in order, once each; « D'Hondt » gives d, hondt and dhondt."""
    found: dict[str, None] = {}
    for part in " ".join(names).split():
        pieces = [piece[:40] for piece in fold(part).split()]
        found.update(dict.fromkeys(pieces))
        if len(pieces) > 1:
            found["".join(pieces)[:40]] = None
    return tuple(found)


@dataclass(frozen=True)
class Wanted:
    """What an agent's search asks for, taken apart."""

    words: tuple[str, ...] = ()
    dates: tuple[date, ...] = ()
    phone: str = ""  # E.164, or the beginning of one
    phone_is_whole: bool = False
    email: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.dates or self.phone or self.email)


def read_search(text: str, today: date) -> Wanted:
    """Take apart « dupont marie 12/03/1948 », « 06 12 34 56 78 », « m.dupont@example.org » or any mixture."""
    rest = " ".join(text.split())[:200]
    email = ""
    if found := _EMAIL.search(rest):
        email, rest = found[0].lower(), _without(rest, found)
    dates, folded = _dates(_plain(rest), today)
    phone, whole = "", False
    if found := _PHONE.search(folded):
        digits = re.sub(r"[^\d+]", "", found[0].replace("(0)", ""))
        if complete := normal_phone(digits):
            phone, whole = complete, True
        elif digits.startswith("0"):
            phone = f"+33{digits.lstrip('0')}"
        else:
            phone = digits
        folded = _without(folded, found)
    typed = tuple(dict.fromkeys(piece[:40] for piece in fold(folded).split()))
    return Wanted(words=typed, dates=dates, phone=phone, phone_is_whole=whole, email=email)
