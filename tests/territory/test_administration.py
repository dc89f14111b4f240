"""Organisations and services switched on: the administrator's screens."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.base import outbox
from bocage.base.models import Event
from bocage.cases.engine import Refused
from bocage.cases.operations import start_draft
from bocage.cases.queries import open_procedures
from bocage.search.models import Entry
from bocage.search.operations import rebuild
from bocage.territory import queries
from bocage.territory.models import Commune, Organisation
from tests.cases.factories import composter
from tests.conftest import NOW
from tests.identity.factories import SYSTEM, agent
from tests.territory.factories import mormal

LIST = "/bureau/organismes/"


@pytest.fixture
def office(client: Client, db: None, frozen: datetime, settings: Any) -> Client:
    settings.DEMO = True
    mormal(frozen)
    client.force_login(agent("administrator"))
    return client


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


def test_an_organisation_is_added_with_its_numbers_checked(office: Client) -> None:
    asked = {"name": "Les Amis du bocage", "kind": "association", "siret": "123 456 789 00011", "rna": "59"}
    wrong = office.post(f"{LIST}ajouter/", asked)
    assert wrong.status_code == 422
    assert "Ce numéro SIRET n’existe pas" in wrong.content.decode().replace("&#x27;", "’").replace("'", "’")
    commune = Commune.objects.get(insee="59353")
    right = {**asked, "siret": "732 829 320 00074", "rna": "w595 001234", "commune": commune.pk}
    assert office.post(f"{LIST}ajouter/", right).status_code == 302
    found = Organisation.objects.get(name="Les Amis du bocage")
    assert (found.siret, found.siren, found.rna) == ("73282932000074", "732829320", "W595001234")
    assert Event.objects.get(kind="organisation.created").subject == f"organisation:{found.pk}"
    for text in ("amis", "732 829 320", "W595001234", "Locquignol"):
        assert "Les Amis du bocage" in shown(office, f"{LIST}?q={text}")
    assert "Aucun organisme trouvé" in shown(office, f"{LIST}?q=zzz")
    twice = office.post(f"{LIST}ajouter/", {**right, "name": "Autre", "rna": ""})
    assert twice.status_code == 422
    assert "a déjà ce SIRET" in twice.content.decode()


def test_an_organisation_is_changed_and_a_refusal_changes_nothing(office: Client) -> None:
    found = Organisation.objects.filter(kind="commune").first()
    assert found
    address = f"{LIST}{found.pk}/"
    values = {"name": "", "kind": "commune", "commune": found.commune_id, "siren": found.siren}
    assert office.post(address, values).status_code == 422
    assert office.post(address, {**values, "name": "Commune nouvelle"}).status_code == 302
    found.refresh_from_db()
    assert found.name == "Commune nouvelle"


def test_a_service_switched_off_leaves_the_portal_the_search_and_the_counter(office: Client) -> None:
    procedure = composter(NOW)
    rebuild(NOW)
    assert Entry.objects.filter(source="procedures").exists()
    assert "Fermer" in shown(office, "/bureau/services/")
    office.post("/bureau/services/waste/", {"enabled": "no"})
    office.post("/bureau/services/waste/", {"enabled": "no"})
    assert not queries.is_enabled("waste")
    assert Event.objects.filter(kind="service.switched").count() == 1
    assert not open_procedures().exists()
    assert Client().get(reverse("procedure", args=[procedure.slug])).status_code == 404
    with pytest.raises(Refused):
        start_draft(procedure, actor=SYSTEM, now=NOW)
    outbox.drain(NOW)
    assert not Entry.objects.filter(source="procedures").exists()
    office.post("/bureau/services/waste/", {"enabled": "yes"})
    outbox.drain(NOW)
    assert Entry.objects.filter(source="procedures").exists()
    assert Client().get(reverse("procedure", args=[procedure.slug])).status_code == 200


def test_a_service_that_is_not_does_not_exist(office: Client) -> None:
    assert office.post("/bureau/services/territory/", {"enabled": "no"}).status_code == 404
