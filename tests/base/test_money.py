"""Money: one rounding, French writing, and what people type."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocage.base.money import BadAmount, format_cents, parse_amount, round_cents


@pytest.mark.parametrize(
    ("cents", "expected"),
    [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("-2.5", -3), ("0.4999", 0), ("1E+3", 1000), ("-0.4", 0)],
)
def test_halves_go_away_from_zero(cents: str, expected: int) -> None:
    assert round_cents(Decimal(cents)) == expected


@given(st.decimals(-(10**12), 10**12, places=6))
def test_rounding_moves_by_half_a_cent_at_most_and_is_symmetric(cents: Decimal) -> None:
    assert abs(round_cents(cents) - cents) <= Decimal("0.5")
    assert round_cents(-cents) == -round_cents(cents)


def test_what_is_not_a_number_is_refused() -> None:
    for text in ("NaN", "Infinity"):
        with pytest.raises(ValueError, match="number"):
            round_cents(Decimal(text))


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "0,00\u00a0€"),
        (5, "0,05\u00a0€"),
        (123456, "1\u202f234,56\u00a0€"),
        (-100, "\u22121,00\u00a0€"),
        (123456789000, "1\u202f234\u202f567\u202f890,00\u00a0€"),
    ],
)
def test_french_writing(cents: int, text: str) -> None:
    assert format_cents(cents) == text


@given(st.integers(-(10**13) + 1, 10**13 - 1))
def test_what_is_shown_can_be_typed_back(cents: int) -> None:
    assert parse_amount(format_cents(cents)) == cents


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("12", 1200),
        ("12,5", 1250),
        ("12.50 €", 1250),
        ("1 234,56", 123456),
        ("12€", 1200),
        (" 3 euros ", 300),
        ("-1", -100),
    ],
)
def test_what_people_type(text: str, cents: int) -> None:
    assert parse_amount(text) == cents


@pytest.mark.parametrize(
    "text", ["", "€", "douze", "1,234", "1,2,3", "1.234,56", "12 34", "1e3", "--1", "NaN", "٣", "9" * 14, "12 €€ 3"]
)
def test_the_rest_is_refused_in_french(text: str) -> None:
    with pytest.raises(BadAmount, match="montant"):
        parse_amount(text)


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    with contextlib.suppress(BadAmount):
        assert isinstance(parse_amount(text), int)
