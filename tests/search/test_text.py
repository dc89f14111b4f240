"""Folding, words, stems: the one index text of both databases."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocage.search.text import fold, stem, tokens, words


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("L'Œuvre d’été", "l oeuvre d ete"),
        ("Saint-Rémy-du-Nord", "saint remy du nord"),
        ("DÉCHÈTERIE", "decheterie"),
        ("Ægidius, naïve & Straße", "aegidius naive strasse"),
        ("ﬁn ½", "fin 1 2"),
        ("", ""),
    ],
)
def test_fold(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize("spelling", ["déchèterie", "déchèteries", "decheterie", "DECHETERIES", "dechèterie"])
def test_every_spelling_of_a_word_has_one_stem(spelling: str) -> None:
    assert {stem(word) for word in words(spelling)} == {stem("decheterie")}


def test_stop_words_are_left_out_and_numbers_kept() -> None:
    assert words("Le 3 de la rue des Juifs, n° 12 bis") == ["3", "rue", "juifs", "12", "bis"]


@pytest.mark.parametrize(
    "written", ["06 12 34 56 78", "06.12.34.56.78", "+33 6 12 34 56 78", "0612345678", "+33612345678"]
)
def test_a_telephone_number_is_one_word(written: str) -> None:
    assert words(f"Tél. {written}.") == ["tel", "0612345678"]


@pytest.mark.parametrize("written", ["K7QF-2M9X-A", "k7qf-2m9x-a", "K7QF 2M9X-A"])
def test_a_public_reference_is_one_word(written: str) -> None:
    assert words(f"dossier {written}") == ["dossier", "k7qf2m9xa"]


def test_tokens_hold_the_stem_and_the_word() -> None:
    assert tokens("Commander des composteurs").split() == [
        stem("commander"),
        "commander",
        stem("composteurs"),
        "composteurs",
    ]


@given(st.text(max_size=300))
def test_tokens_are_plain_whatever_the_text(text: str) -> None:
    """No token can hold an operator of a search language."""
    for token in tokens(text).split(" "):
        assert re.fullmatch(r"[a-z0-9]{0,40}", token)
    assert fold(fold(text)) == fold(text)
