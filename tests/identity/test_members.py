"""Who acts for an organisation, kept by the administrator."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bocage.identity import hats
from bocage.identity.models import OrganisationMembership, Role
from bocage.territory.models import Organisation
from tests.cases.desk import page, sit
from tests.identity import factories
from tests.identity.factories import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def test_a_member_is_added_and_taken_away() -> None:
    client, _agent = sit(Role.ADMINISTRATOR)
    association = Organisation.objects.create(name="Les Haies vives", kind=Organisation.Kind.ASSOCIATION)
    account = factories.resident(birth_name="Rivechêne", given_names="Odile")
    assert account.person
    lists = reverse("identity_members:list", args=[association.pk])
    assert "Rivechêne" in page(client.get(lists, {"q": "rivechene"}))
    add = reverse("identity_members:add", args=[association.pk])
    for bad in ({}, {"person": account.person.pk}, {"person": "x", "role": "Présidente"}):
        refused = client.post(add, bad)
        assert refused.status_code == 422
        assert "Choisissez la personne" in page(refused)
    told: dict[str, Any] = {"person": account.person.pk, "role": "Présidente"}
    assert client.post(add, told)["Location"] == lists
    assert client.post(add, told).status_code == 409
    assert "Présidente" in page(client.get(lists))
    part = OrganisationMembership.objects.get()
    assert [hat.key for hat in hats.hats_of(account, TODAY)] == ["self", f"member:{association.pk}"]
    OrganisationMembership.objects.update(starts=date(2026, 1, 1))
    end = reverse("identity_members:end", args=[association.pk, part.pk])
    for _again in range(2):
        assert client.post(end)["Location"] == lists
    assert [hat.key for hat in hats.hats_of(account, TODAY)] == ["self"]


def test_the_list_asks_as_many_questions_whatever_its_length(django_assert_num_queries: Any) -> None:
    client, _agent = sit(Role.ADMINISTRATOR)
    association = Organisation.objects.create(name="Les Haies vives", kind=Organisation.Kind.ASSOCIATION)
    address = reverse("identity_members:list", args=[association.pk])
    told: dict[str, Any] = {"organisation": association, "role": "Membre", "starts": TODAY}
    OrganisationMembership.objects.create(person=factories.person(), **told)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _number in range(12):
        OrganisationMembership.objects.create(person=factories.person(), **told)
    with django_assert_num_queries(len(few)):
        assert page(client.get(address)).count("Camille Martin") >= 13
