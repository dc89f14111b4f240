"""The index of cases: what agents type finds cases, within what they may see, fast enough at 100,000."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q

from bocage.search.models import CaseEntry
from bocage.search.operations import index_case, index_cases, remove_case
from bocage.search.queries import case_ids_matching

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases() -> None:
    index_case(
        1, service="waste", commune_id=10, organisation_id=None,
        text="K7QF-2M9X-A Composteur Delcroix Marie-Thérèse 06 12 34 56 78 mt.delcroix@example.org 78 rue du Bois",
    )  # fmt: skip
    index_case(2, service="waste", commune_id=20, organisation_id=7, text="Composteur Dupont Léa Bavay")
    index_case(3, service="families", commune_id=20, organisation_id=None, text="Cantine Dupont Hugo Bavay")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("delcroix", {1}),
        ("marie therese", {1}),
        ("Marie-Thérèse Delcroix", {1}),
        ("delc mar", {1}),
        ("k7qf-2m9x-a", {1}),
        ("K7QF", {1}),
        ("0612345678", {1}),
        ("06 12 34 56 78", {1}),
        ("mt.delcroix@example.org", {1}),
        ("dupont", {2, 3}),
        ("dupont bavay cantine", {3}),
        ("composteurs", {1, 2}),
        ("dupond", set()),
        ("", set()),
        ("!!", set()),
    ],
)
def test_what_agents_type(cases: None, typed: str, expected: set[int]) -> None:
    assert set(case_ids_matching(typed)) == expected


def test_the_scope_bounds_what_matches(cases: None) -> None:
    assert set(case_ids_matching("dupont", Q(service="waste"))) == {2}
    assert set(case_ids_matching("dupont", Q(commune_id=10))) == set()
    assert set(case_ids_matching("dupont", Q(organisation_id=7))) == {2}


def test_it_is_a_subquery(cases: None, django_assert_num_queries: pytest.FixtureRequest) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = list(CaseEntry.objects.filter(pk__in=case_ids_matching("dupont")).order_by("pk"))
    assert [entry.case_id for entry in found] == [2, 3]


def test_a_case_that_changes_or_goes(cases: None) -> None:
    index_case(2, service="waste", commune_id=20, organisation_id=None, text="Composteur Dupond Léa")
    assert set(case_ids_matching("dupont")) == {3}
    assert set(case_ids_matching("dupond")) == {2}
    remove_case(2)
    assert set(case_ids_matching("dupond")) == set()


def test_it_belongs_to_the_callers_transaction() -> None:
    def change_that_fails() -> None:
        with transaction.atomic():
            index_case(9, service="waste", commune_id=None, organisation_id=None, text="Martin")
            raise IntegrityError

    with pytest.raises(IntegrityError):
        change_that_fails()
    assert set(case_ids_matching("martin")) == set()


def test_many_at_once() -> None:
    assert index_cases((n, "waste", n % 50, None, f"Dossier numéro {n}") for n in range(1, 1202)) == 1201
    assert CaseEntry.objects.count() == 1201
    assert set(case_ids_matching("1200")) == {1200}
