"""Possible duplicates: what the house finds and never finds, and the desk's pages of them."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bocage.identity import operations
from bocage.identity.duplicates import Civil, find, likeness, waiting
from bocage.identity.models import PeopleMerge, Person, PossibleDuplicate, Role
from bocage.identity.queries import scope_of
from bocage.territory.operations import load_territory
from tests.cases.desk import page, sit
from tests.cases.factories import filed
from tests.conftest import NOW
from tests.identity import factories
from tests.identity.factories import SYSTEM, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
BY: dict[str, Any] = {"actor": SYSTEM, "now": NOW}
BORN = date(1980, 1, 2)


def civil(birth_name: str, given: str, usual: str = "", born: date = BORN, place: str = "", gender: str = "") -> Civil:
    """A record's civil status."""
    return Civil.of((1, birth_name, usual, given, born, place, gender))


LEA = civil("Le Goff-Ménard", "Léa Marie", place="59481", gender="female")


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (civil("LE GOFF MENARD", "lea  marie"), "same"),
        (civil("Legoff Menard", "Léa-Marie", gender="female"), "same"),
        (civil("Le Goff-Ménard", "Léa"), "close"),  # fewer given names
        (civil("Le Goff-Ménard", "Léa Marie", place="59353"), "close"),
        (civil("Le Goff Menard", "Léa Marie", usual="Caron"), "same"),  # married since
        (civil("Caron", "Léa Marie", usual="Le Goff-Ménard"), "close"),
        (civil("Le Goff-Ménard", "Lia Marie", place="59481"), ""),  # her twin
        (civil("Le Goff-Ménard", "Marie Léa"), ""),
        (civil("Le Goff-Ménard", "Léa Marie", gender="male"), ""),
        (civil("Le Goff-Ménard", "Léa Marie", born=date(1980, 1, 3)), ""),
        (civil("Le Goff-Ménard", ""), ""),
        (civil("Caron", "Léa Marie"), ""),
    ],
)
def test_likeness(other: Civil, told: str) -> None:
    assert likeness(LEA, other) == told
    assert likeness(other, LEA) == told


def test_a_record_under_the_married_name_alone_is_close() -> None:
    assert likeness(civil("Moreau", "Léa", usual="Caron"), civil("Caron", "Léa")) == "close"


def test_the_house_finds_pairs_once_and_never_by_what_people_share() -> None:
    one, two = (factories.person("Moreau", name, birth_date=BORN) for name in ("Léa", "Lea"))
    shared = {"email": "famille@example.org", "phone": "06 39 98 00 01"}
    factories.person("Aubry", "Jean", **shared)
    factories.person("Aubry", "Jeanne", **shared)
    for twin in ("Tom", "Théo"):
        factories.person("Aubry", twin, birth_date=BORN, birth_place="59481")
    assert find(NOW) == 1
    assert find(NOW) == 0
    pair = PossibleDuplicate.objects.get()
    assert (pair.older, pair.newer, pair.why, pair.decision) == (one, two, "same", "waiting")


def test_two_people_told_apart_stay_so_after_one_is_merged_with_a_third() -> None:
    one, two = (factories.person("Moreau", "Léa", birth_date=BORN) for _ in range(2))
    find(NOW)
    operations.not_duplicates(PossibleDuplicate.objects.get(), **BY)
    third = factories.person("Moreau", "Léa", birth_date=BORN)
    operations.merge_people(third, two, **BY)
    find(NOW)
    assert not waiting(scope_of(factories.agent(Role.ADMINISTRATOR), TODAY)).exists()
    assert one.pk


# --- At the desk ----------------------------------------------------------------------------------------------------
def pair(**other: Any) -> PossibleDuplicate:
    """A pair that the house found."""
    factories.person("Moreau", "Léa", birth_date=BORN, phone="06 39 98 00 01")
    factories.person("Moreau", "Lea", birth_date=BORN, **other)
    find(NOW)
    return PossibleDuplicate.objects.latest("pk")


def test_an_agent_compares_merges_and_separates() -> None:
    client, agent = sit(Role.MANAGER)
    found = pair(phone="06 39 98 00 02", usual_name="Caron")
    assert "Moreau" in page(client.get(reverse("identity_duplicates:list")))
    address = reverse("identity_duplicates:pair", args=[found.pk])
    shown = client.get(address)
    assert "06 39 98 00 02" in page(shown)
    posted = {"seen": shown.context["seen"], "phone": "other", "given_names": "kept"}
    refused = client.post(address, posted)
    assert refused.status_code == 422
    assert "Cochez la case" in page(refused)
    done = client.post(address, posted | {"sure": "oui"})
    merge = PeopleMerge.objects.get()
    assert done["Location"] == reverse("identity_duplicates:merge", args=[merge.pk])
    assert merge.by == agent
    merge.kept.refresh_from_db()
    assert (merge.kept.phone, merge.kept.given_names, merge.kept.usual_name) == ("+33639980002", "Léa", "Caron")
    assert client.get(address)["Location"] == done["Location"]
    assert "Rien n’est arrivé depuis" in page(client.get(done["Location"]))
    assert "séparées" in page(client.post(done["Location"], follow=True))
    merge.kept.refresh_from_db()
    assert (merge.kept.phone, merge.kept.usual_name) == ("+33639980001", "")
    again = client.post(done["Location"])
    assert again.status_code == 409
    assert "déjà séparées" in page(again)


def test_a_page_that_is_old_merges_nothing() -> None:
    client, _agent = sit(Role.MANAGER)
    found = pair()
    address = reverse("identity_duplicates:pair", args=[found.pk])
    seen = client.get(address).context["seen"]
    operations.update_person(found.newer, address="2 rue Haute", **BY)
    response = client.post(address, {"seen": seen, "sure": "oui"})
    assert response.status_code == 409
    assert "a changé pendant" in page(response)
    assert client.post(address, {"sure": "oui"}).status_code == 409
    assert not PeopleMerge.objects.exists()


def test_what_follows_is_counted_and_told_only_within_reach() -> None:
    load_territory("mormal", now=NOW)
    case = filed(NOW)
    kept = factories.person("Moreau", "Léa", birth_date=BORN, identity_level="verified")
    found = operations.propose(kept, case.applicant, **BY)
    address = reverse("identity_duplicates:pair", args=[found.pk])
    mine, _agent = sit(Role.MANAGER, service="waste")
    assert case.reference in page(mine.get(address))
    theirs, _agent = sit(Role.MANAGER, service="libraries")
    shown = page(theirs.get(address))
    assert case.reference not in shown
    assert "Demandes : 1" in shown


def test_two_people_are_told_apart() -> None:
    client, agent = sit(Role.MANAGER)
    found = pair()
    for told in ("C’est noté", "entre-temps"):
        response = client.post(reverse("identity_duplicates:different", args=[found.pk]), follow=True)
        assert told in page(response)
    found.refresh_from_db()
    assert (found.decision, found.decided_by) == ("different", agent)


def test_an_agent_proposes_a_pair_within_reach_alone() -> None:
    here, away = factories.commune(), factories.commune("Le Quesnoy")
    one, two, far = (factories.person(commune=place) for place in (here, here, away))
    client, _agent = sit(Role.MANAGER, commune=here)
    address = reverse("identity_duplicates:propose")
    found = client.post(address, {"one": one.pk, "two": two.pk})
    assert found["Location"] == reverse("identity_duplicates:pair", args=[PossibleDuplicate.objects.get().pk])
    for bad in ({"one": one.pk, "two": far.pk}, {"one": one.pk, "two": one.pk}, {"one": "x", "two": "9" * 30}, {}):
        assert client.post(address, bad).status_code == 404


def test_the_list_asks_as_many_questions_whatever_its_length(django_assert_num_queries: Any) -> None:
    client, _agent = sit(Role.MANAGER)
    pair()
    address = reverse("identity_duplicates:list")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(8):
        for _ in range(2):
            factories.person(f"Moreau{number}", "Léa", birth_date=BORN, commune=factories.commune())
    find(NOW)
    with django_assert_num_queries(len(few)):
        assert page(client.get(address)).count("Moreau") >= 18
    assert Person.objects.count() >= 18
