"""Agents' one search."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bocage.identity.models import Role
from bocage.identity.operations import merge_people, update_person
from bocage.identity.queries import find_people, scope_of
from bocage.identity.search import distance
from tests.conftest import NOW
from tests.identity import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def marie():  # type: ignore[no-untyped-def]
    return factories.person(
        "Lefèvre",
        "Marie-Thérèse",
        usual_name="D'Hondt",
        birth_date=date(1948, 3, 12),
        phone="03 27 12 34 56",
        email="MT@example.org",
        commune=factories.commune("Locquignol"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "lefevre",
        "LEFÈVRE marie",
        "marie lefev",
        "therese dhondt",
        "d'hondt",
        "12/03/1948",
        "12 mars 1948 lefevre",
        "0327123456",
        "+33 3 27 12 34 56",
        "03 27 12",
        "mt@example.org",
        "dhondt 0327123456",
    ],
)
def test_a_person_is_found_by_any_sign(marie, text: str) -> None:  # type: ignore[no-untyped-def]
    factories.person("Durand", "Paul", birth_date=date(1950, 1, 1), phone="03 27 99 99 99")
    assert find_people(text) == [marie]


@pytest.mark.parametrize("text", ["lefevr marie", "lefvere", "lefebvre", "elfevre", "marie thrse dhont"])
def test_typing_mistakes_are_forgiven_when_nothing_matches(marie, text: str) -> None:  # type: ignore[no-untyped-def]
    factories.person("Durand", "Paul")
    assert find_people(text) == [marie]


def test_what_matches_is_not_corrected(marie) -> None:  # type: ignore[no-untyped-def]
    other = factories.person("Lefebre", "Marc")
    assert find_people("lefebre") == [other]


@pytest.mark.parametrize("text", ["", "   ", "zzzzzz", "01/01/1901", "06 00 00 00 01", "@"])
def test_nothing_is_found_for_nothing(marie, text: str) -> None:  # type: ignore[no-untyped-def]
    assert find_people(text) == []


def test_a_name_in_full_comes_before_longer_ones() -> None:
    factories.person("Martineau", "Anne")
    martin = factories.person("Martin", "Zoé")
    assert find_people("martin")[0] == martin


def test_twins_come_both_and_are_told_apart() -> None:
    born = date(2015, 6, 1)
    lucas = factories.person("Moreau", "Lucas", birth_date=born)
    lea = factories.person("Moreau", "Léa", birth_date=born)
    factories.person("Moreau", "Paul", birth_date=date(2016, 6, 1))
    found = find_people("lucas moreau")
    assert found == [lucas, lea]
    assert found[0].look_alikes == [lea]
    assert found[1].look_alikes == [lucas]


def test_an_agent_finds_people_of_their_communes_and_of_none() -> None:
    here, there = factories.commune("Locquignol"), factories.commune("Hecq")
    ours = factories.person("Martin", "Anne", commune=here)
    outside = factories.person("Martin", "Belle", locality="Valenciennes")
    factories.person("Martin", "Claude", commune=there)
    reception = factories.agent(Role.RECEPTION, commune=here)
    elected = factories.agent(Role.ELECTED, commune=here)
    day = factories.TODAY
    assert find_people("martin", scope_of(reception, day)) == [ours, outside]
    assert find_people("martin", scope_of(elected, day)) == []
    assert find_people("martin", scope_of(factories.account(), day)) == []
    assert len(find_people("martin", scope_of(factories.agent(Role.AGENT, service="waste"), day))) == 3


def test_twins_of_another_commune_do_not_come_along() -> None:
    here, there = factories.commune("Locquignol"), factories.commune("Hecq")
    born = date(2015, 6, 1)
    lucas = factories.person("Moreau", "Lucas", birth_date=born, commune=here)
    factories.person("Moreau", "Léa", birth_date=born, commune=there)
    scope = scope_of(factories.agent(Role.RECEPTION, commune=here), factories.TODAY)
    assert find_people("lucas", scope) == [lucas]


def test_names_are_found_again_after_a_change_and_a_merge(marie) -> None:  # type: ignore[no-untyped-def]
    update_person(marie, usual_name="Caron", actor=factories.SYSTEM, now=NOW)
    assert find_people("caron") == [marie]
    assert find_people("dhondt") == []
    double = factories.person("Lefevre", "Marie Therese")
    merge_people(marie, double, actor=factories.SYSTEM, now=NOW)
    assert find_people("lefevre") == [marie]


def test_a_search_takes_few_queries(marie) -> None:  # type: ignore[no-untyped-def]
    with CaptureQueriesContext(connection) as queries:
        find_people("marie lefevre 12/03/1948", today=NOW.date())
    assert len(queries) <= 3
    assert not any("contour" in query["sql"] for query in queries), "outlines of communes are long, and not for here"


def test_a_word_in_full_is_found_among_hundreds_that_begin_alike() -> None:
    for number in range(210):
        factories.person(f"Martineau{number}", "Anne")
    martin = factories.person("Martin", "Zoé")
    assert find_people("martin")[0] == martin


@pytest.mark.parametrize(
    ("one", "other", "mistakes"),
    [
        ("moreau", "moreau", 0),
        ("moreau", "morau", 1),
        ("moreau", "omreau", 1),
        ("moreau", "maraud", 3),
        ("a", "abc", 2),
    ],
)
def test_distance_counts_mistakes(one: str, other: str, mistakes: int) -> None:
    assert distance(one, other, 5) == mistakes
    assert distance(other, one, 5) == mistakes
    if mistakes:
        assert distance(one, other, mistakes - 1) == mistakes  # one more than allowed: given up
