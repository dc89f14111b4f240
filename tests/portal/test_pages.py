"""The portal's pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from bocage.base import registry
from bocage.base.manifest import Manifest, PortalEntry
from bocage.portal import doors
from bocage.territory.models import Territory
from tests.cases import factories as cases
from tests.conftest import NOW
from tests.identity import factories as people
from tests.territory import factories as territory

pytestmark = pytest.mark.slow

PUBLIC = [
    "/", "/aide/", "/resultats/", "/plan-du-site/", "/ma-commune/", "/mentions-legales/", "/accessibilite/",
    "/donnees-personnelles/", "/recherche/", "/faire/demander/", "/faire/prendre-rendez-vous/", "/faire/inscrire/",
    "/faire/payer/", "/faire/sortir/", "/faire/signaler/",
]  # fmt: skip


@pytest.fixture
def mormal(db: None, frozen: Any) -> None:
    territory.mormal(NOW)
    cases.composter(NOW)


@pytest.mark.parametrize("path", PUBLIC)
def test_anyone_reads(mormal: None, client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    html = response.content.decode()
    assert "Besoin d’aide" in html or path == "/aide/"
    assert "03 53 01 00 00".replace(" ", "\u00a0") in html
    assert "Accessibilité\u00a0: non conforme" in html
    assert "– Pays de Mormal</title>" in html
    for word in ("usager", "téléservice", "dématérialis", "soumettre"):
        assert word not in html.lower()


@pytest.mark.parametrize("path", ["/", "/aide/", "/faire/payer/", "/plan-du-site/", "/resultats/", "/ma-commune/"])
def test_before_a_territory_is_loaded(db: None, client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_nothing_of_mormal_is_in_the_code(mormal: None, client: Client) -> None:
    from bocage.territory import cached

    Territory.objects.update(
        name="CC du Bout du Monde", settings={"short_name": "Bout du Monde"}, phone="01 02 03 04 05"
    )
    cached.forget()
    html = client.get("/").content.decode()
    assert "– Bout du Monde</title>" in html
    assert "Mormal" not in html.replace("Orée de Mormal", "")


def test_the_home_says_what_one_can_do(mormal: None, client: Client) -> None:
    html = client.get("/").content.decode()
    for door in doors.DOORS:
        assert str(door.label) in html
        assert f'href="{door.url}"' in html
    assert html.count("<form") == 1  # the search, and no form that posts: the page may be kept
    assert "Choisir ma commune" in html


def test_a_door_with_something_behind(mormal: None, client: Client) -> None:
    html = client.get("/faire/demander/").content.decode()
    assert "Commander un composteur" in html


def test_a_door_with_nothing_says_whom_to_call(mormal: None, client: Client) -> None:
    html = client.get("/faire/payer/").content.decode()
    assert "Aucun paiement ne se fait encore ici" in html
    assert 'class="button" href="tel:0353010000"' in html


def test_an_unknown_door(mormal: None, client: Client) -> None:
    assert client.get("/faire/nimporte-quoi/").status_code == 404


def test_manifests_fill_the_doors(mormal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = PortalEntry(label="Signaler un dépôt", url_name="help", act="report", order=1)
    gone = PortalEntry(label="Absent", url_name="no_such_page", act="report")
    fake = Manifest(name="waste", label="", summary="", service=True, portal=(entry, gone))
    monkeypatch.setattr(registry, "manifests", lambda: (fake,))
    assert [found.label for found in doors.entries("report")] == ["Signaler un dépôt"]
    monkeypatch.setattr(doors, "is_enabled", lambda service: False)
    assert doors.entries("report") == []


# --- Ma commune -----------------------------------------------------------------------------------------------------
def test_choosing_a_commune(mormal: None, client: Client) -> None:
    response = client.post("/ma-commune/", {"insee": "59353"})
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert client.cookies["commune"].value == "59353"
    html = client.get("/").content.decode()
    assert "Locquignol" in html
    assert "Mairie" in html
    assert "km" in html


def test_reading_the_choice_changes_nothing(mormal: None, client: Client) -> None:
    client.get("/ma-commune/?insee=59353&q=locquignol")
    assert "commune" not in client.cookies


def test_forgetting_the_choice(mormal: None, client: Client) -> None:
    client.post("/ma-commune/", {"insee": "59353"})
    client.post("/ma-commune/", {"forget": "1"})
    assert client.cookies["commune"].value == ""


@pytest.mark.parametrize("insee", ["", "75056", "9" * 400, "<b>", "'; --"])
def test_a_commune_that_is_not_ours(mormal: None, client: Client, insee: str) -> None:
    response = client.post("/ma-commune/", {"insee": insee})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert "commune" not in client.cookies


@pytest.mark.parametrize(
    "next_page", ["https://example.org/", "//example.org", "javascript:alert(1)", "06", "/x" * 2000]
)
def test_one_never_leaves_the_portal(mormal: None, client: Client, next_page: str) -> None:
    response = client.post("/ma-commune/", {"insee": "59353", "next": next_page})
    assert response["Location"] == "/"


def test_looking_for_a_commune(mormal: None, client: Client) -> None:
    html = client.get("/ma-commune/", {"q": "locquinol"}).content.decode()
    assert 'value="59353"' in html
    assert html.count('name="insee"') < 10
    assert "Aucune commune" in client.get("/ma-commune/", {"q": "Marseille sur Mer Noire"}).content.decode()


def test_a_forged_cookie_is_nothing(mormal: None, client: Client) -> None:
    client.cookies["commune"] = "<script>"
    html = client.get("/").content.decode()
    assert "Choisir ma commune" in html


# --- Mon espace -----------------------------------------------------------------------------------------------------
def test_my_space_wants_me(mormal: None, client: Client) -> None:
    response = client.get("/espace/")
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def _resident_with_cases(client: Client) -> Any:
    account = people.resident(birth_name="Delattre", given_names="Marcelle")
    for _number in range(3):
        case = cases.filed(NOW - timedelta(days=3))
        type(case).objects.filter(pk=case.pk).update(applicant=account.person, account=account)
    draft = cases.draft(NOW - timedelta(days=1))
    type(draft).objects.filter(pk=draft.pk).update(account=account)
    client.force_login(account)
    return account


def test_my_space_shows_where_things_stand(mormal: None, client: Client) -> None:
    _resident_with_cases(client)
    html = client.get("/espace/").content.decode()
    assert "Bonjour Marcelle Delattre" in html
    assert html.count("Commander un composteur") >= 4
    assert "À terminer" in html
    assert "En cours" in html
    assert "Réponse prévue au plus tard le" in html


def test_my_space_is_mine(mormal: None, client: Client) -> None:
    case = cases.filed(NOW)
    client.force_login(people.resident())
    html = client.get("/espace/").content.decode()
    assert case.reference not in html
    assert "Vous n’avez pas encore de demande" in html


def test_my_space_tells_a_late_answer(mormal: None, client: Client) -> None:
    account = _resident_with_cases(client)
    account.cases.update(announced_on=NOW.date() - timedelta(days=2))
    assert "Nous avons du retard" in client.get("/espace/").content.decode()


def test_my_space_with_sixty_requests_stays_light_and_leads_to_all(mormal: None, client: Client) -> None:
    """DESIGN.md, rule 9. Each kind at its most: drafts, to answer, running, ended."""
    account = people.resident(birth_name="Delattre", given_names="Marcelle")
    first = cases.filed(NOW)
    model = type(first)
    kinds: list[dict[str, Any]] = [
        {"state": ""}, {"waiting_for": "applicant"}, {}, {"outcome": "accepted", "closed_on": NOW.date()},
    ]  # fmt: skip
    shared = {f.attname: getattr(first, f.attname) for f in model._meta.concrete_fields if not f.unique}
    for number in range(60):
        named = {"reference": f"X{number:03}", "account_id": account.pk, "applicant_id": account.person_id}
        model.objects.create(**{**shared, **named, **kinds[number % 4]})
    client.force_login(account)
    shown = client.get("/espace/").content.decode()
    assert len(re.findall(r"<[a-z][a-z0-9]*", shown)) <= 350
    assert "On attend votre réponse" in shown
    assert 'href="/espace/demandes/"' in shown
    seen: set[str] = set()
    for page in (1, 2, 3):
        html = client.get("/espace/demandes/", {"page": page}).content.decode()
        assert len(re.findall(r"<[a-z][a-z0-9]*", html)) <= 350
        seen |= set(re.findall(r"X\d{3}", html))
    assert len(seen) == 60
    assert client.get("/espace/demandes/", {"page": "nonsense"}).status_code == 200


def test_all_my_requests_are_mine(mormal: None, client: Client) -> None:
    case = cases.filed(NOW)
    assert client.get("/espace/demandes/").status_code == 302
    client.force_login(people.resident())
    html = client.get("/espace/demandes/").content.decode()
    assert case.reference not in html
    assert "Vous n’avez pas encore de demande" in html


def test_my_space_costs_few_queries(mormal: None, client: Client, django_assert_max_num_queries: Any) -> None:
    _resident_with_cases(client)
    client.get("/espace/")
    with django_assert_max_num_queries(29):
        client.get("/espace/")


def test_the_home_costs_few_queries(mormal: None, client: Client, django_assert_max_num_queries: Any) -> None:
    client.post("/ma-commune/", {"insee": "59353"})
    with django_assert_max_num_queries(25):
        client.get("/")


# --- The demonstration ----------------------------------------------------------------------------------------------
def test_no_demonstration_in_production(mormal: None, client: Client) -> None:
    assert client.get("/demo/").status_code == 404
    assert "rien n’est envoyé" not in client.get("/").content.decode()


@override_settings(DEMO=True)
def test_the_demonstration_lets_one_be_someone(mormal: None, client: Client) -> None:
    account = people.resident(birth_name="Bellehaie", given_names="Suzanne")
    type(account).objects.filter(pk=account.pk).update(demo_label="Habitante de 78 ans", username="suzanne")
    secret = people.resident()
    html = client.get("/demo/").content.decode()
    assert "Habitante de 78 ans" in html
    assert 'value="suzanne"' in html
    assert secret.username not in html
    assert "rien n’est envoyé" in client.get("/").content.decode()


# --- What the pages weigh -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", PUBLIC)
def test_weight(mormal: None, client: Client, path: str) -> None:
    import gzip
    import re

    client.cookies["commune"] = "59353"
    body = client.get(path).content
    assert len(gzip.compress(body)) <= 20_000
    assert len(re.findall(rb"<[a-z][a-z0-9]*", body)) <= 350


def test_the_outline_is_light(mormal: None, client: Client) -> None:
    response = client.get("/carte-des-communes.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert len(response.content) <= 15_000
