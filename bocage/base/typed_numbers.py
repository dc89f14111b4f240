"""Numbers as people type them in France: « 12,5 », « 1 500 »."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

_SPACES = re.compile(r"[ \u00a0\u202f]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


class BadNumber(ValueError):
    """What was typed is no number, or one too large or too precise; the message is French and shows how to write it."""


def parse_number(text: str, *, digits: int = 15, decimals: int = 12) -> Decimal:
    """The number that was typed, with so many digits before and after the comma at most: by default, those that the
    expression language holds. Raises BadNumber, for « 1e400 », « nan » and « Infinity » too.
    """
    typed = _SPACES.sub("", text).replace(",", ".").replace("\u2212", "-")
    if not _NUMBER.fullmatch(typed):
        raise BadNumber(_("Écrivez un nombre en chiffres. Exemple : 3"))
    if len(typed.partition(".")[2]) > decimals or abs(value := Decimal(typed)) >= 10**digits:
        raise BadNumber(_("Ce nombre est trop grand ou trop précis. Exemples : 3 ; 12,5"))
    return value


def plain_number(value: Decimal) -> int | float:
    """The same as JSON holds it."""
    return int(value) if value == value.to_integral_value() else float(value)
