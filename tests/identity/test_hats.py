"""One account, several hats: chosen at sign-in, worn on every page, written in the journal."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.base.journal import seal, verify
from bocage.base.models import Event
from bocage.identity import hats, operations
from bocage.identity.models import Account, OrganisationMembership, Role
from bocage.territory.models import Organisation
from tests.cases.desk import page, signed_in
from tests.conftest import NOW
from tests.identity import factories
from tests.identity.factories import SYSTEM, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
BY: dict[str, Any] = {"actor": SYSTEM, "now": NOW}
PASSWORD = "quatre mots sans lien"
CHOOSE = "/compte/role/"


def hall(name: str) -> Organisation:
    """A commune's town hall."""
    return Organisation.objects.create(name=name, kind=Organisation.Kind.COMMUNE, commune=factories.commune(name))


@pytest.fixture
def association() -> Organisation:
    """An association."""
    return Organisation.objects.create(name="Les Haies vives", kind=Organisation.Kind.ASSOCIATION)


@pytest.fixture
def account(association: Organisation) -> Account:
    """A resident, secretary of two town halls, treasurer of an association."""
    person = factories.person("Matinbleu", "Zélie", email="zelie@example.org")
    account = factories.account(email="zelie@example.org", person=person, password=PASSWORD)
    for name in ("Hecq", "Jolimetz"):
        hall(name)
        factories.post(account, Role.RECEPTION, commune=factories.commune(name))
    operations.add_organisation_member(association, person, role="Trésorière", starts=TODAY, **BY)
    operations.accounts.trust_email(account)
    return account


def test_every_hat_of_an_account(account: Account, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        found = [hat.label for hat in hats.hats_of(account, TODAY)]
    assert found == ["Pour moi", "Les Haies vives", "Mairie de Hecq", "Mairie de Jolimetz", "Toutes mes mairies"]


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMINISTRATOR])
def test_who_has_one_hat_is_asked_nothing(role: str) -> None:
    for one in (factories.resident(), factories.agent(role)):
        client = Client()
        client.force_login(one)
        assert len(hats.hats_of(one, TODAY)) == 1
        assert "hats-worn" not in page(client.get("/compte/"))


def test_a_hat_is_chosen_at_sign_in_and_leads_where_one_was_going(account: Account) -> None:
    client = Client()
    response = client.post("/compte/connexion/", {"login": account.email, "password": PASSWORD, "next": "/compte/"})
    assert response["Location"] == f"{CHOOSE}?next=%2Fcompte%2F"
    shown = page(client.get(response["Location"]))
    assert "À quel titre venez-vous ?" in shown
    assert "Trésorière" in shown
    assert client.post(CHOOSE, {"hat": "self", "next": "/compte/"})["Location"] == "/compte/"
    assert "Pour moi" in page(client.get("/compte/"))


@pytest.mark.parametrize(
    ("hat", "wanted", "home"),
    [
        ("self", "", "/espace/"),
        ("self", "/bureau/dossiers/", "/espace/"),
        ("agent", "/espace/", "/bureau/"),
        ("agent", "/bureau/dossiers/", "/bureau/dossiers/"),
        ("agent", "https://example.org/", "/bureau/"),
        ("agent", "//example.org", "/bureau/"),
    ],
)
def test_each_hat_has_its_first_page(account: Account, hat: str, wanted: str, home: str) -> None:
    client = signed_in(account)
    assert client.post(CHOOSE, {"hat": hat, "next": wanted})["Location"] == home


@pytest.mark.parametrize("hat", ["", "body:999", "member:999", "member:x", "admin"])
def test_nobody_wears_another_s_hat(account: Account, hat: str) -> None:
    client = signed_in(account)
    assert client.post(CHOOSE, {"hat": hat})["Location"] == CHOOSE
    assert hats.WORN not in client.session


def test_the_desk_asks_for_an_agents_hat(account: Account) -> None:
    client = signed_in(account)
    assert client.get("/bureau/dossiers/").status_code == 200
    client.post(CHOOSE, {"hat": "self"})
    assert client.get("/bureau/dossiers/")["Location"] == f"{CHOOSE}?next=%2Fbureau%2Fdossiers%2F"
    assert client.post(reverse("cases_counter")).status_code == 403
    client.post(CHOOSE, {"hat": "agent"})
    assert client.get("/bureau/dossiers/").status_code == 200


def test_a_new_sign_in_chooses_anew(account: Account) -> None:
    client = signed_in(account)
    client.post(CHOOSE, {"hat": "self"})
    client.force_login(account)
    assert hats.WORN not in client.session


def test_a_site_that_shares_the_account_asks_nothing(account: Account) -> None:
    client = Client()
    told = {"login": account.email, "password": PASSWORD, "next": reverse("idp:oidc:authorization") + "?a=b"}
    assert client.post("/compte/connexion/", told)["Location"].startswith(reverse("idp:oidc:authorization"))


# --- In the journal -------------------------------------------------------------------------------------------------
def worn_in_the_journal(client: Client) -> str:
    """The hat of the event that a correction of one's own details makes."""
    street = f"{Event.objects.count()} rue Haute"
    client.post("/compte/coordonnees/", {"birth_name": "Matinbleu", "given_names": "Zélie", "address": street})
    return Event.objects.filter(kind="identity.person_changed").latest("pk").hat


def test_events_say_under_which_hat(account: Account, association: Organisation) -> None:
    client = signed_in(account)
    assert worn_in_the_journal(client) == "self"
    client.post(CHOOSE, {"hat": f"member:{association.pk}"})
    assert worn_in_the_journal(client) == f"member:{association.pk}"
    OrganisationMembership.objects.update(starts="2026-01-01", ends="2026-02-01")
    assert worn_in_the_journal(client) == "self"  # she left it since
    known = Organisation.objects.get(name="Jolimetz")
    client.post(CHOOSE, {"hat": f"body:{known.pk}"})
    assert worn_in_the_journal(client) == "self"  # the portal is nobody's desk
    where = {"birth_name": "Doucesource", "given_names": "Ninon"}
    client.post(reverse("cases_new_person"), where)
    assert Event.objects.filter(kind="identity.person_created").latest("pk").hat == f"body:{known.pk}"
    client.post(CHOOSE, {"hat": "agent"})
    client.post(reverse("cases_new_person"), where)
    assert Event.objects.filter(kind="identity.person_created").latest("pk").hat == "agent"


def test_the_chain_covers_the_hat(account: Account) -> None:
    worn_in_the_journal(signed_in(account))
    seal(NOW)
    assert verify().ok
    from bocage.base.chain import event_hash

    told = (1, "identity", "kind", "person:1", "account:1", "", "web", NOW, "digest")
    assert event_hash("", 1, told) == event_hash("", 1, (*told, ""))  # sealed before hats came
    assert event_hash("", 1, (*told, "self")) != event_hash("", 1, (*told, ""))
