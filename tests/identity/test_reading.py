"""Telephones, dates and names as people write them."""

from datetime import date

import pytest

from bocage.identity.reading import normal_phone, read_dates, read_search, words, written_phone

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    "text",
    [
        "0327123456",
        "03 27 12 34 56",
        "03.27.12.34.56",
        "03-27-12-34-56",
        "+33 3 27 12 34 56",
        "+33 (0)3 27 12 34 56",
        "0033327123456",
    ],
)
def test_a_telephone_in_any_french_writing_is_one_number(text: str) -> None:
    assert normal_phone(text) == "+33327123456"
    assert read_search(text, TODAY).phone == "+33327123456"
    assert read_search(text, TODAY).words == ()


@pytest.mark.parametrize("text", ["", "12", "03 27 12 34", "00 00 00 00 00", "bonjour", "03 27 12 34 56 78 90"])
def test_what_is_no_telephone_is_refused(text: str) -> None:
    assert normal_phone(text) is None


def test_a_belgian_number_stays_international() -> None:
    phone = normal_phone("+32 65 12 34 56")
    assert phone == "+3265123456"
    assert written_phone(phone) == "+32 65 12 34 56"
    assert written_phone("+33327123456") == "03 27 12 34 56"


@pytest.mark.parametrize(
    "text", ["12/03/1948", "12-3-1948", "12.03.1948", "12 mars 1948", "12 Mars 48", "1948-03-12", "12/03/48"]
)
def test_a_birth_date_in_any_french_writing_is_one_date(text: str) -> None:
    assert read_dates(text, TODAY) == (date(1948, 3, 12),)


@pytest.mark.parametrize(("text", "day"), [("1er août 1950", date(1950, 8, 1)), ("3 déc. 1971", date(1971, 12, 3))])
def test_worded_months_with_accents_and_shortened(text: str, day: date) -> None:
    assert read_dates(text, TODAY) == (day,)


def test_a_short_year_may_mean_two_centuries_when_both_are_past() -> None:
    assert read_dates("12/03/15", TODAY) == (date(1915, 3, 12), date(2015, 3, 12))


@pytest.mark.parametrize("text", ["31/02/1990", "12/03/2090", "Dupont", "03.27.12.01.02"])
def test_what_is_no_past_date_is_none(text: str) -> None:
    assert read_dates(text, TODAY) == ()


def test_words_fold_accents_and_join_compounds() -> None:
    assert words("D'Hondt", "Élise-Anne") == ("d", "hondt", "dhondt", "elise", "anne", "eliseanne")


def test_a_mixed_search_is_taken_apart() -> None:
    wanted = read_search("  Marie DUPONT 12 mars 1948 m.dupont@example.org 06 12 34 56 78", TODAY)
    assert wanted.words == ("marie", "dupont")
    assert wanted.dates == (date(1948, 3, 12),)
    assert wanted.email == "m.dupont@example.org"
    assert (wanted.phone, wanted.phone_is_whole) == ("+33612345678", True)


def test_the_beginning_of_a_number_is_searched_as_one() -> None:
    wanted = read_search("03 27 49", TODAY)
    assert (wanted.phone, wanted.phone_is_whole) == ("+3332749", False)
