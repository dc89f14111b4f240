"""A card of printed codes given at the counter, and to an agent by an administrator: shown once, told, taken back."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event
from bocage.identity.models import Account, CardCode, CodeCard, Role
from bocage.messaging.models import Notice
from tests.cases.desk import commune, page, sit
from tests.identity import factories

pytestmark = pytest.mark.django_db
HERE = "59353"
CODE = re.compile(r"<li><code>(\w{5}-\w{5})</code></li>")


@pytest.fixture
def suzanne(territory):
    return factories.person("Lefebvre", "Suzanne", address="3 rue du Moulin", postcode="59530", commune=commune(HERE))


def test_a_resident_without_account_gets_one_with_a_card(suzanne, frozen):
    client, agent = sit(Role.RECEPTION, commune=commune(HERE))
    where = reverse("cases_person_card", args=[suzanne.pk])
    assert where in page(client.get(reverse("cases_person", args=[suzanne.pk])))
    assert client.post(where, {"seen": ""}).status_code == 422
    assert not Account.objects.filter(person=suzanne).exists()
    once = "6f1a0f0e-6b0b-4a70-8a55-0d9d6fd3f0a1"
    response = client.post(where, {"seen": "on", "_once": once})
    codes = CODE.findall(page(response))
    account = Account.objects.get(person=suzanne)
    assert len(codes) == 20
    assert account.username in page(response)
    assert "no-store" in response["Cache-Control"]
    assert not account.has_usable_password()
    event = Event.objects.get(kind="identity.card_issued")
    assert (event.actor, event.channel) == (f"account:{agent.pk}", "counter")
    assert Notice.objects.get(template="account.card").deliveries.get().channel == "letter"
    again = page(client.post(where, {"seen": "on", "_once": once}))  # pressed twice
    assert "déjà été montrée" in again
    assert not CODE.findall(again)
    assert CodeCard.objects.count() == 1
    hers = Client()
    told = {"login": account.username, "code": codes[0]}
    assert hers.post(reverse("identity_card"), told)["Location"] == "/espace/"
    client.post(reverse("cases_person_card_revoke", args=[suzanne.pk]))
    assert hers.post(reverse("account_logout")).status_code == 302
    assert hers.post(reverse("identity_card"), {**told, "code": codes[1]}).status_code == 422


def test_the_card_of_an_agent_is_given_by_another_administrator_only(suzanne, frozen, mailoutbox):
    colleague = factories.account(email="agente@example.org", person=suzanne)
    factories.post(colleague, Role.AGENT, service="waste")
    clerk, _agent = sit(Role.RECEPTION, commune=commune(HERE))
    where = reverse("cases_person_card", args=[suzanne.pk])
    assert "Agents et accès" in page(clerk.get(where))
    assert not CODE.findall(page(clerk.post(where, {"seen": "on"})))
    office, admin = sit(Role.ADMINISTRATOR)
    own = reverse("identity_desk:card", args=[admin.pk])
    assert not CODE.findall(page(office.post(own, {"seen": "on"})))
    assert not CodeCard.objects.exists()
    shown = page(office.post(reverse("identity_desk:card", args=[colleague.pk]), {"seen": "on"}))
    assert len(CODE.findall(shown)) == 20
    assert [mail.to for mail in mailoutbox] == [["agente@example.org"]]
    clerk.post(reverse("cases_person_card_revoke", args=[suzanne.pk]))  # nor taken back there
    assert CodeCard.objects.get().revoked_at is None
    assert "encore 20 codes" in page(office.get(reverse("identity_desk:agent", args=[colleague.pk])))
    office.post(reverse("identity_desk:card_revoke", args=[colleague.pk]))
    assert CodeCard.objects.get().revoked_at is not None
    assert CardCode.objects.filter(used_at=None).count() == 20


def test_the_card_of_a_closed_account(suzanne):
    account = factories.account(person=suzanne)
    Account.objects.filter(pk=account.pk).update(is_active=False)
    clerk, _agent = sit(Role.RECEPTION, commune=commune(HERE))
    assert "fermé" in page(clerk.post(reverse("cases_person_card", args=[suzanne.pk]), {"seen": "on"}))
    assert not CodeCard.objects.exists()
