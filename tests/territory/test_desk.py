"""The agents' screens for places: who changes what, and what typing mistakes say."""

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from bocage.base.models import Event
from bocage.territory.models import Closure, Commune, Organisation, Place
from tests.identity.factories import agent, resident
from tests.territory.factories import mormal

LIST = "/bureau/lieux/"


@pytest.fixture(autouse=True)
def _country(db: None, frozen: datetime, settings: Any) -> None:
    """The whole territory, in demonstration mode: the second factor is not asked for."""
    settings.DEMO = True
    mormal(frozen)


def place(slug: str) -> Place:
    """A place of the territory."""
    return Place.objects.get(slug=slug)


def as_agent(client: Client, role: str, **bounds: Any) -> Client:
    """The client signed in as an agent."""
    client.force_login(agent(role, **bounds), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def shown(client: Client, url: str = LIST) -> str:
    """A page that must be there."""
    response = client.get(url)
    assert response.status_code == 200
    return str(response.content.decode())


def form_of(found: Place, **changes: str) -> dict[str, str]:
    """What the page of a place would send back, with some changes."""
    days = {f"day_{number}": "" for number in range(7)}
    kept = {name: getattr(found, name) for name in ("notice", "address", "phone", "website", "accessibility")}
    return {**kept, **days, "osm": "", "accessibility_details": found.accessibility_details, **changes}


def test_a_reception_keeps_the_town_hall_of_its_commune_only(client: Client) -> None:
    as_agent(client, "reception", commune=Commune.objects.get(insee="59053"))
    page = shown(client)
    assert "Mairie de Bavay" in page
    assert "Antenne de Bavay" not in page
    assert "Mairie de Bry" not in page
    bavay, bry = place("mairie-bavay"), place("mairie-bry")
    response = client.post(f"{LIST}{bavay.pk}/", form_of(bavay, day_0="9h-12h et 14h-17h30", day_1="9h-12h"))
    assert response.status_code == 302
    bavay.refresh_from_db()
    assert bavay.opening_hours == "Mo 09:00-12:00,14:00-17:30; Tu 09:00-12:00"
    event = Event.objects.get(kind="place.changed")
    assert event.actor.startswith("account:")
    assert client.get(f"{LIST}{bry.pk}/").status_code == 404
    assert client.post(f"{LIST}{bry.pk}/", form_of(bry, day_0="9h-12h")).status_code == 404
    assert client.post(f"{LIST}{bry.pk}/fermer/", {}).status_code == 404


def test_a_manager_keeps_the_places_of_the_community(client: Client) -> None:
    as_agent(client, "manager", service="waste")
    page = shown(client)
    assert "Antenne de Bavay" in page
    assert "Mairie de Bavay" not in page


def test_an_administrator_keeps_everything_and_finds_it(client: Client) -> None:
    as_agent(client, "administrator")
    assert "Mairie de Bavay" in shown(client, f"{LIST}?q=bavai")
    assert "Mairie de Bry" not in shown(client, f"{LIST}?q=bavai")
    assert "Page 1 sur" not in shown(client, f"{LIST}?q=bavay")
    assert "Aucun de vos lieux" in shown(client, f"{LIST}?q=xyzzy")


@pytest.mark.parametrize("role", ["elected", "editor", "agent"])
def test_other_posts_do_not_reach_it(client: Client, role: str) -> None:
    bounds = {"commune": Commune.objects.get(insee="59053")} if role == "elected" else {}
    assert as_agent(client, role, **bounds).get(LIST).status_code == 403


def test_residents_and_visitors_do_not_reach_it(client: Client) -> None:
    assert client.get(LIST).status_code == 302
    client.force_login(resident(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(LIST).status_code == 403


def test_a_typing_mistake_is_told_and_changes_nothing(client: Client) -> None:
    as_agent(client, "administrator")
    bavay = place("mairie-bavay")
    before = bavay.opening_hours
    response = client.post(f"{LIST}{bavay.pk}/", form_of(bavay, day_2="le matin"))
    assert response.status_code == 422
    assert "Mercredi\u00a0: «\u00a0le matin\u00a0»" in response.content.decode()
    response = client.post(f"{LIST}{bavay.pk}/", form_of(bavay, osm="Mo 9-12"))
    assert "9-12" in response.content.decode()
    response = client.post(f"{LIST}{bavay.pk}/", form_of(bavay, day_0="9h-12h", website="javascript:alert(1)"))
    assert response.status_code == 422
    bavay.refresh_from_db()
    assert bavay.opening_hours == before


def test_hours_that_vary_are_shown_in_their_own_syntax_and_kept(client: Client) -> None:
    as_agent(client, "administrator")
    truck = place("france-services-locquignol")
    assert "week 01-53/2 We 09:00-12:00" in shown(client, f"{LIST}{truck.pk}/")
    client.post(f"{LIST}{truck.pk}/", form_of(truck, osm=truck.opening_hours, notice="Devant la mairie"))
    truck.refresh_from_db()
    assert (truck.opening_hours, truck.notice) == ("week 01-53/2 We 09:00-12:00", "Devant la mairie")


def test_closures_are_added_and_taken_away(client: Client) -> None:
    as_agent(client, "administrator")
    counter = place("antenne-bavay")
    sent = {"starts": "15/05/2026", "ends": "2026-05-15", "reason": "pont"}
    assert client.post(f"{LIST}{counter.pk}/fermer/", sent).status_code == 302
    closure = Closure.objects.get()
    assert (closure.starts, closure.reason) == (date(2026, 5, 15), "pont")
    assert "le vendredi 15 mai 2026 (pont)" in shown(client, f"{LIST}{counter.pk}/").replace("\u00a0", " ")
    wrong = client.post(f"{LIST}{counter.pk}/fermer/", {**sent, "ends": "2026-05-01"})
    assert wrong.status_code == 422
    assert "Le dernier jour vient avant le premier" in wrong.content.decode()
    assert client.post(f"{LIST}{counter.pk}/fermer/", {"starts": "demain"}).status_code == 422
    assert client.get(f"{LIST}{counter.pk}/rouvrir/{closure.pk}/").status_code == 405
    elsewhere = place("antenne-landrecies")
    assert client.post(f"{LIST}{elsewhere.pk}/rouvrir/{closure.pk}/").status_code == 404
    assert client.post(f"{LIST}{counter.pk}/rouvrir/{closure.pk}/").status_code == 302
    assert not Closure.objects.exists()


def test_a_place_is_added_for_the_community(client: Client) -> None:
    as_agent(client, "administrator")
    commune = Commune.objects.get(insee="59053")
    sent = {"name": "Médiathèque", "kind": "library", "commune": str(commune.pk), "address": "", "phone": ""}
    response = client.post(f"{LIST}ajouter/", sent)
    added = place("mediatheque")
    assert response.headers["Location"] == f"{LIST}{added.pk}/"
    assert added.run_by == Organisation.objects.get(kind="epci")
    assert client.post(f"{LIST}ajouter/", {**sent, "name": ""}).status_code == 422


def test_a_reception_adds_no_place(client: Client) -> None:
    as_agent(client, "reception", commune=Commune.objects.get(insee="59053"))
    assert client.get(f"{LIST}ajouter/").status_code == 403
