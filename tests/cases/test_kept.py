"""What is kept for someone who comes back: their words, their code, the drafts of those they act for."""

from dataclasses import replace

import pytest
from django.urls import reverse

from bocage.base import crypto
from bocage.cases.operations import start_draft
from bocage.identity.models import Account, Person
from bocage.identity.operations import give_mandate
from tests.cases.factories import RESIDENT, composter
from tests.cases.test_views import start, step_data

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]


def test_words_kept_under_a_key_that_is_gone_are_not_an_error(client, now, settings):
    case, code = start(client, now)
    client.cookies.clear()
    url = reverse("case_step", args=[case.reference, "person"])
    client.post(url, step_data("person", given_names="Suzanne"))
    client.post("/suivi/", {"reference": case.reference, "code": code})
    settings.ENV = replace(settings.ENV, keys=(crypto.new_key(),))
    page = client.get(url)
    assert page.status_code == 200
    assert "Suzanne" not in page.content.decode()


def test_without_keys_nothing_typed_is_kept_in_clear_and_it_is_said(client, now, settings):
    settings.ENV = replace(settings.ENV, keys=())
    case, code = start(client, now)
    assert code in client.get(reverse("case_code", args=[case.reference])).content.decode().replace(" ", "")
    client.cookies.clear()
    away = client.post(
        reverse("case_step", args=[case.reference, "person"]), step_data("person", given_names="Suzanne")
    )
    assert "Suzanne" not in str(dict(client.session.items()))
    assert "pas pu être gardée" in client.get(away.url).content.decode()


def test_the_code_waits_sealed_until_it_is_shown(client, now):
    case, code = start(client, now)
    assert code not in str(dict(client.session.items()))
    shown = client.get(reverse("case_code", args=[case.reference])).content.decode()
    assert code in shown.replace("\u202f", "").replace("\xa0", "").replace(" ", "")


def test_a_helper_is_told_of_the_draft_of_each_person(client, now):
    daughter, other = (Account.objects.create(username=name) for name in ("daughter", "other"))
    herself, mother, uncle = (
        Person.objects.create(birth_name=name, given_names="Ana", created_at=now) for name in ("Fille", "Mère", "Oncle")
    )
    Account.objects.filter(pk=daughter.pk).update(person=herself)
    daughter.refresh_from_db()
    for principal in (mother, uncle):
        give_mandate(principal, herself, consent="paper", starts=now.date(), ends=now.date(), actor=RESIDENT, now=now)
    procedure = composter(now)
    for account in (daughter, other):
        start_draft(procedure, actor=RESIDENT, now=now, account=account, applicant=mother)
    client.force_login(daughter)
    page = client.get("/demarches/composteur/commencer/").content.decode()
    assert page.count("Reprendre le brouillon pour") == 1
    assert "Reprendre le brouillon pour Ana Mère" in page
    assert "Reprendre mon brouillon" not in page
    start_draft(procedure, actor=RESIDENT, now=now, account=daughter, applicant=uncle)
    start_draft(procedure, actor=RESIDENT, now=now, account=daughter, applicant=herself)
    page = client.get("/demarches/composteur/commencer/").content.decode()
    told = ["Reprendre mon brouillon", "Reprendre le brouillon pour Ana Oncle", "Reprendre le brouillon pour Ana Mère"]
    assert [page.count(text) for text in told] == [1, 1, 1]
