"""References: every slip of one sign or of two signs exchanged is found, what people write is forgiven."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocage.base import references
from bocage.base.references import ALPHABET, clean, new_reference

bodies = st.text(ALPHABET, min_size=8, max_size=8)


def printed(body: str) -> str:
    return f"{body[:4]}-{body[4:]}-{references._check_sign(body)}"


def test_a_new_reference_is_well_formed_and_never_the_same() -> None:
    drawn = {new_reference() for _ in range(500)}
    assert len(drawn) == 500
    assert all(references.PATTERN.fullmatch(one) and clean(one) == one for one in drawn)
    assert {len(one) for one in drawn} == {references.LENGTH}


def test_no_sign_is_taken_for_another_and_no_word_is_spelled() -> None:
    assert not set(ALPHABET) & set("01OILSZBUVQAEIOU")
    assert len(ALPHABET) == 23, "the checksum needs a prime number of signs"


@given(bodies, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_found(body: str, position: int, wrong: str) -> None:
    right = printed(body).replace("-", "")
    typed = right[:position] + wrong + right[position + 1 :]
    assert (clean(typed) is not None) == (typed == right)


@given(bodies, st.integers(0, 8), st.integers(0, 8))
def test_two_signs_exchanged_are_found(body: str, first: int, second: int) -> None:
    signs = list(printed(body).replace("-", ""))
    right = "".join(signs)
    signs[first], signs[second] = signs[second], signs[first]
    assert (clean("".join(signs)) is not None) == ("".join(signs) == right)


@given(bodies, st.sampled_from([" ", "", "-", " - ", "–", ".", "\u00a0"]))
def test_the_way_people_write_it_is_forgiven(body: str, separator: str) -> None:
    right = printed(body)
    assert clean(f"  {right.lower().replace('-', separator)}\n") == right
    assert clean(right.replace("2", "Z").replace("5", "s").replace("8", "B")) == right


@pytest.mark.parametrize(
    "text", ["", "K7RF", "K7RF-2M9X", "x" * 5000, "ÀÉÎÕÜ-ÀÉÎ-À", "0000-0000-0", "DROP TABLE", "😀" * 9]
)
def test_anything_else_is_none(text: str) -> None:
    assert clean(text) is None


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert clean(text) is None or references.PATTERN.fullmatch(clean(text) or "")
