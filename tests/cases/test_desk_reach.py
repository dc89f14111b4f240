"""Whom an agent meets at the counter: by the bounds of their posts, their notes and look-alikes included."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from bocage.cases.models import Case, Note
from bocage.identity.models import Account, Person, Role
from bocage.territory.models import Organisation
from tests.cases.desk import commune, page, sit
from tests.cases.factories import filed
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
LOCQUIGNOL, LE_QUESNOY = "59353", "59481"


def found(client: Any, text: str) -> str:
    return page(client.get(reverse("cases_counter"), {"q": text}))


def person_page(client: Any, person: Person) -> Any:
    return client.get(reverse("cases_person", args=[person.pk]))


def noted(person: Person, author: Account, body: str, now: Any) -> None:
    Note.objects.create(person=person, author=author, body=body, at=now)


@pytest.fixture
def association(db: None) -> Organisation:
    """« Familles rurales », whose agents handle its own cases."""
    return Organisation.objects.create(name="Familles rurales", kind="association")


def test_an_organisation_meets_the_people_of_its_own_cases_only(association: Organisation, now: Any) -> None:
    case = filed(now)
    Case.objects.filter(pk=case.pk).update(organisation=association)
    theirs = case.applicant
    stranger = factories.person("Delattre", "Odile", commune=commune(LOCQUIGNOL))
    elsewhere = factories.person("Delattre", "Zoé", locality="Valenciennes")
    client, _account = sit(Role.AGENT, organisation=association)
    shown = found(client, "delattre")
    assert reverse("cases_person", args=[theirs.pk]) in shown
    for other in (stranger, elsewhere):
        assert reverse("cases_person", args=[other.pk]) not in shown
        assert person_page(client, other).status_code == 404
    assert person_page(client, theirs).status_code == 200


def test_a_service_of_the_territory_meets_everybody(now: Any) -> None:
    someone = factories.person("Delattre", "Odile", commune=commune(LE_QUESNOY))
    client, _account = sit(Role.AGENT, service="waste")
    assert reverse("cases_person", args=[someone.pk]) in found(client, "delattre")


def test_posts_add_up(association: Organisation) -> None:
    someone = factories.person("Delattre", "Odile", commune=commune(LOCQUIGNOL))
    client, account = sit(Role.AGENT, organisation=association)
    assert person_page(client, someone).status_code == 404
    factories.post(account, Role.RECEPTION, commune=commune(LOCQUIGNOL))
    assert person_page(client, someone).status_code == 200


def test_look_alikes_stay_within_reach() -> None:
    born = {"birth_date": date(2015, 6, 1)}
    lucas = factories.person("Moreau", "Lucas", commune=commune(LOCQUIGNOL), **born)
    lea = factories.person("Moreau", "Léa", commune=commune(LE_QUESNOY), **born)
    town_hall, _account = sit(Role.RECEPTION, commune=commune(LOCQUIGNOL))
    waste, _account = sit(Role.AGENT, service="waste")
    link = reverse("cases_person", args=[lea.pk])
    assert link in page(person_page(waste, lucas))
    assert link not in page(person_page(town_hall, lucas))


def test_notes_are_read_within_reach(now: Any) -> None:
    someone = factories.person("Moreau", "Lucas", commune=commune(LOCQUIGNOL))
    waste, waste_agent = sit(Role.AGENT, service="waste")
    families, families_agent = sit(Role.AGENT, service="families")
    hall, hall_agent = sit(Role.RECEPTION, commune=commune(LOCQUIGNOL))
    chief, _account = sit(Role.ADMINISTRATOR)
    noted(someone, waste_agent, "NOTE-DECHETS", now)
    noted(someone, families_agent, "NOTE-FAMILLES", now)
    noted(someone, hall_agent, "NOTE-MAIRIE", now)
    read = {
        name: {
            word for word in ("DECHETS", "FAMILLES", "MAIRIE") if f"NOTE-{word}" in page(person_page(client, someone))
        }
        for name, client in (("waste", waste), ("families", families), ("hall", hall), ("chief", chief))
    }
    assert read == {
        "waste": {"DECHETS"},
        "families": {"FAMILLES"},
        "hall": {"MAIRIE"},
        "chief": {"DECHETS", "FAMILLES", "MAIRIE"},
    }
