"""« Mon compte », and « Essayer en tant que »."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.cases.models import Case
from bocage.cases.notices import recipient_of
from bocage.identity import operations
from bocage.identity.models import Account, Role
from bocage.territory.operations import load_territory
from tests.cases.factories import filed
from tests.conftest import NOW
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
TODAY = factories.TODAY
BY = {"actor": factories.SYSTEM, "now": NOW}


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, (response.status_code, response.headers.get("Location"))
    return str(response.content.decode())


@pytest.fixture
def resident(client: Client) -> Account:
    account = factories.account(
        first_name="Camille",
        last_name="Lefèvre",
        person=factories.person("Lefèvre", "Camille", commune=factories.commune("Locquignol"), phone="03 27 12 34 56"),
    )
    client.force_login(account)
    return account


def test_home_shows_ones_details_household_and_mandates(client: Client, resident: Account) -> None:
    me = resident.person
    assert me
    home = operations.open_household(name="Foyer Lefèvre", **BY)
    operations.add_member(home, me, role="guardian", starts=TODAY, legal_authority=True, **BY)
    operations.add_member(home, factories.person("Lefèvre", "Tom"), role="child", starts=TODAY, billing_share=50, **BY)
    helper = factories.person("Aidant", "Paul")
    operations.give_mandate(me, helper, consent="paper", starts=TODAY, ends=TODAY + timedelta(days=9), **BY)
    operations.give_mandate(helper, me, consent="sms", starts=TODAY, ends=TODAY, **BY)
    shown = text(client.get(reverse("identity_home")))
    for expected in (
        "03 27 12 34 56".replace(" ", "\u00a0"),
        "Locquignol",
        "Foyer Lefèvre",
        "Tom Lefèvre",
        "50\u00a0%",
        "Paul Aidant",
        "19\u00a0mars 2026",
    ):
        assert expected in shown


def test_home_of_an_agent_without_person(client: Client) -> None:
    client.force_login(factories.agent(Role.AGENT, service="waste"))
    assert "Mes coordonnées" not in text(client.get(reverse("identity_home")))
    assert client.get(reverse("identity_details")).status_code == 404


def test_details_are_corrected(client: Client, resident: Account) -> None:
    text(client.get(reverse("identity_details")))
    data = {
        "given_names": "Camille",
        "birth_name": "Lefèvre",
        "usual_name": "D’Hondt",
        "birth_date": "12 mars 1948",
        "phone": "06 12 34 56 78",
        "address": "2 rue Haute",
        "postcode": "59530",
        "commune": str(factories.commune("Locquignol").pk),
        "locality": "Ailleurs",
    }
    assert client.post(reverse("identity_details"), data)["Location"] == reverse("identity_home")
    resident.refresh_from_db()
    me = resident.person
    assert me
    assert (me.phone, me.birth_date.isoformat() if me.birth_date else "") == ("+33612345678", "1948-03-12")
    assert me.locality == ""
    assert resident.last_name == "D’Hondt"
    assert "12/03/1948" in text(client.get(reverse("identity_details")))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("birth_name", "", "Exemple\u00a0: Martin"),
        ("phone", "03 27", "Exemple\u00a0: 03\u00a027\u00a012\u00a034\u00a056"),
        ("birth_date", "demain", "Exemple\u00a0: 12/03/1948"),
        ("birth_date", "12/03/15", "Exemple\u00a0: 12/03/1948"),
        ("postcode", "5953", "Exemple\u00a0: 59530"),
    ],
)
def test_errors_show_an_example(client: Client, resident: Account, field: str, value: str, said: str) -> None:
    data = {"given_names": "Camille", "birth_name": "Lefèvre", field: value}
    shown = text(client.post(reverse("identity_details"), data), 422)
    assert said in shown
    assert 'class="error-summary"' in shown


def test_a_mandate_is_revoked_by_who_gave_it(client: Client, resident: Account) -> None:
    me, helper = resident.person, factories.person("Aidant", "Paul")
    assert me
    mine = operations.give_mandate(me, helper, consent="paper", starts=TODAY, ends=TODAY, **BY)
    other = operations.give_mandate(helper, me, consent="paper", starts=TODAY, ends=TODAY, **BY)
    assert client.post(reverse("identity_revoke_mandate", args=[mine.pk]))["Location"] == reverse("identity_home")
    assert client.post(reverse("identity_revoke_mandate", args=[other.pk])).status_code == 404
    assert client.get(reverse("identity_revoke_mandate", args=[mine.pk])).status_code == 405
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.revoked_at, other.revoked_at) == (NOW, None)


# --- « Essayer en tant que » ---------------------------------------------------------------------------------------


@pytest.fixture
def persona() -> Account:
    account = factories.account("demo-suzanne", person=factories.person("Essai", "Suzanne"))
    Account.objects.filter(pk=account.pk).update(demo_label="Habitante")
    return account


def test_essayer_does_not_exist_outside_the_demonstration(client: Client, persona: Account, settings: Any) -> None:
    settings.DEMO = False
    for response in (
        client.post(reverse("demo_sign_in"), {"username": persona.username}),
        client.get(reverse("demo_sign_in")),
    ):
        assert response.status_code == 404
    assert "_auth_user_id" not in client.session
    assert operations.demo_account(persona.username) is None


def test_essayer_signs_in_as_a_persona(client: Client, persona: Account, settings: Any) -> None:
    settings.DEMO = True
    response = client.post(reverse("demo_sign_in"), {"username": persona.username, "next": "/demarches/"})
    assert response["Location"] == "/demarches/"
    assert int(client.session["_auth_user_id"]) == persona.pk
    assert "cet appareil" in text(client.get(reverse("usersessions_list")))


def test_essayer_leads_agents_to_the_desk_and_nobody_elsewhere(client: Client, persona: Account, settings: Any) -> None:
    settings.DEMO = True
    data = {"username": persona.username, "next": "https://ailleurs.example/"}
    assert client.post(reverse("demo_sign_in"), data)["Location"] == "/espace/"
    assert client.post(reverse("demo_sign_in"), {**data, "next": "ailleurs"})["Location"] == "/espace/"
    factories.post(persona, Role.AGENT, service="waste")
    assert client.post(reverse("demo_sign_in"), data)["Location"] == "/compte/role/?next=%2Fbureau%2F"  # two hats


def test_essayer_is_for_personas_only_and_by_post(client: Client, persona: Account, settings: Any) -> None:
    settings.DEMO = True
    real = factories.account("vraie-personne")
    assert client.post(reverse("demo_sign_in"), {"username": real.username}).status_code == 404
    assert client.post(reverse("demo_sign_in"), {}).status_code == 404
    assert client.get(reverse("demo_sign_in")).status_code == 405
    assert "_auth_user_id" not in client.session


def test_one_chooses_how_to_be_told(client: Client, now: Any) -> None:
    load_territory("mormal", now=now)
    account = factories.resident(phone="06 12 34 56 78", email="lea@example.org")
    client.force_login(account)
    assert "Comment voulez-vous être prévenu" in client.get("/compte/coordonnees/").content.decode()
    told = {"birth_name": "Martin", "given_names": "Camille", "phone": "06 12 34 56 78", "told_by": "sms"}
    assert client.post("/compte/coordonnees/", told)["Location"] == "/compte/"
    case = filed(now)
    Case.objects.filter(pk=case.pk).update(
        applicant=account.person, contact_email="lea@example.org", contact_phone="+33612345678"
    )
    case.refresh_from_db()
    assert recipient_of(case, now).best_channel() == "sms"
    assert client.post("/compte/coordonnees/", told | {"told_by": "pigeon"}).status_code == 422
