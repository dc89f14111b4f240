"""The desk's door: sign-in, second factor, posts that end."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bocage.desk.access import desk_root
from bocage.identity.models import Account, Role
from bocage.identity.operations import end_post
from tests.conftest import NOW
from tests.identity import factories
from tests.publishing import factories as pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HOME = "wagtailadmin_sprite"  # a page of the desk that shows nothing of it


def protected(account: Account) -> Account:
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return account


def test_an_agent_without_second_factor_sets_one_up_first(client: Client) -> None:
    agent = factories.agent(Role.AGENT, service="waste")
    client.force_login(agent)
    response = client.get(reverse(HOME))
    assert response["Location"] == reverse("mfa_index")
    assert "seconde protection" in client.get(response["Location"]).content.decode()
    protected(agent)
    assert client.get(reverse(HOME)).status_code == 200


def test_recovery_codes_alone_are_no_second_factor(client: Client) -> None:
    agent = factories.agent(Role.AGENT)
    Authenticator.objects.create(user=agent, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"})
    client.force_login(agent)
    assert client.get(reverse(HOME))["Location"] == reverse("mfa_index")


def test_a_key_is_a_second_factor(client: Client) -> None:
    agent = factories.agent(Role.AGENT)
    Authenticator.objects.create(user=agent, type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}})
    client.force_login(agent)
    assert client.get(reverse(HOME)).status_code == 200


def test_the_second_factor_is_waived_in_the_demonstration_only(client: Client, settings: Any) -> None:
    client.force_login(factories.agent(Role.AGENT))
    settings.DEMO = True
    assert client.get(reverse(HOME)).status_code == 200
    settings.DEMO = False
    assert client.get(reverse(HOME)).status_code == 302


def test_wagtails_sign_in_leads_to_ours_with_the_way_back(client: Client) -> None:
    response = client.get("/bureau/pages/")
    assert response["Location"] == f"{reverse('account_login')}?next=/bureau/pages/"


def test_a_resident_is_told_where_to_go(client: Client) -> None:
    client.force_login(factories.resident())
    assert client.get(reverse(HOME)).status_code == 403


def test_the_door_closes_with_the_post(client: Client) -> None:
    agent = protected(factories.agent(Role.AGENT))
    client.force_login(agent)
    assert client.get(reverse(HOME)).status_code == 200
    end_post(agent.posts.get(), on=NOW.date(), actor=factories.SYSTEM, now=NOW)
    assert client.get(reverse(HOME)).status_code == 403


def test_the_guard_costs_two_queries(client: Client) -> None:
    client.force_login(protected(factories.agent(Role.AGENT)))
    client.get(reverse(HOME))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse(HOME))
    asked = [query["sql"] for query in queries if "identity_post" in query["sql"] or "authenticator" in query["sql"]]
    assert len(asked) == 2


def test_an_unknown_address_gets_a_page_of_the_desk(client: Client, settings: Any) -> None:
    settings.DEMO = True
    client.force_login(factories.agent(Role.AGENT, service="waste"))
    for address in ("/bureau/dossiers/XXXX-XXXX-X/", f"/bureau/accueil/personnes/{10**30}/", "/bureau/nope/"):
        answer = client.get(address)
        assert answer.status_code == 404, address
        assert "n’est pas de votre ressort" in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "posted"),
    [
        ("pages/add/publishing/editorialpage/{home}/", {"title": "Sans corps", "slug": "sans-corps"}),
        ("sites/new/", {"hostname": "exemple.fr", "port": "80", "root_page": "59 353"}),
        ("pages/{home}/move/", {"new_parent_page": "../../etc/passwd"}),
    ],
)
def test_a_forged_form_of_wagtail_is_told_as_unreadable(client: Client, path: str, posted: dict[str, str]) -> None:
    client.force_login(protected(factories.agent(Role.ADMINISTRATOR)))
    home = pages.tree().pk
    answer = client.post(desk_root() + path.format(home=home), posted)
    assert answer.status_code == 400
    assert "n’a pas pu être lu" in answer.content.decode()
