"""Money: integer cents of euro everywhere, and the one function that rounds (DESIGN.md §7)."""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

NARROW_SPACE = "\u202f"
SPACE = "\u00a0"
MINUS = "\u2212"

_AMOUNT = re.compile(
    r"(?P<sign>[-\u2212+]?)(?P<euros>[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+|[0-9]+)(?:[.,](?P<cents>[0-9]{1,2}))?"
)
_UNIT = re.compile(r"\s*(?:€|eur|euros?)\s*$", re.IGNORECASE)
_LIMIT = 10**13
"""Cents: a hundred billion euros. Above, it is a typing mistake, and no column of ours would hold the sums."""


class BadAmount(ValueError):
    """A text that is not an amount in euros; the message is French and meant for the person who typed it."""


class TooLarge(BadAmount):
    """An amount well written, beyond what the house counts."""


def round_cents(cents: Decimal) -> int:
    """Whole cents from a computed number *of cents*, half away from zero (0.5 → 1, -0.5 → -1).

    The only rounding of the house: ``round_cents(price * Decimal("0.055"))``. Raises ValueError for NaN or
    an infinity.
    """
    if not cents.is_finite():
        raise ValueError("not a number of cents")
    return int(cents.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def format_cents(cents: int) -> str:
    """``1 234,56 €`` by the rules of French typography (narrow no-break spaces in the number, no-break before €)."""
    euros, rest = divmod(abs(cents), 100)
    grouped = f"{euros:,}".replace(",", NARROW_SPACE)
    return f"{MINUS if cents < 0 else ''}{grouped},{rest:02d}{SPACE}€"


def parse_amount(text: str) -> int:
    """Cents from what a person typed: ``12``, ``12,5``, ``1 234.50 €``.

    Raises BadAmount (French, says what to type) for anything else: more than two decimals, two separators, words.
    """
    match = _AMOUNT.fullmatch(_UNIT.sub("", text).strip())
    if not match:
        raise BadAmount(_("Écrivez un montant en euros, par exemple 12,50."))
    euros = int(re.sub(r"\D", "", match["euros"]))
    cents = euros * 100 + int((match["cents"] or "").ljust(2, "0"))
    if cents >= _LIMIT:
        raise TooLarge(_("Ce montant est trop grand."))
    return -cents if match["sign"] in {"-", MINUS} else cents
