"""« Accueil du public »: one search, the person, a note, a file, a colleague."""

from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from bocage.cases.models import Case, Note
from bocage.identity.models import Person, Role
from tests.cases.desk import commune, page, sit
from tests.cases.factories import draft, filed
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
LOCQUIGNOL, LE_QUESNOY = "59353", "59481"


def marcelle(given_names: str = "Marcelle", **fields: Any) -> Person:
    told = {"birth_date": date(1948, 1, 31), "phone": "03 53 01 00 12", "commune": commune(LOCQUIGNOL)}
    return factories.person("Delattre", given_names, **{**told, **fields})


def search(client: Any, text: str) -> Any:
    return client.get(reverse("cases_counter"), {"q": text})


@pytest.mark.parametrize("text", ["delattre", "Marcelle Delattre", "03 53 01 00 12", "31/01/1948", "delatre"])
def test_one_field_finds_someone_by_anything(text: str) -> None:
    person = marcelle()
    client, _account = sit(Role.RECEPTION, commune=commune(LOCQUIGNOL))
    assert reverse("cases_person", args=[person.pk]) in page(search(client, text))


def test_someone_of_another_commune_is_not_found_nor_opened() -> None:
    person = marcelle()
    client, _account = sit(Role.RECEPTION, commune=commune(LE_QUESNOY))
    assert "Personne à ce nom" in page(search(client, "delattre"))
    for name in ("cases_person", "cases_edit_person"):
        assert client.get(reverse(name, args=[person.pk])).status_code == 404
    assert client.post(reverse("cases_person_note", args=[person.pk]), {"note": "x"}).status_code == 404


def test_a_reference_or_a_qr_opens_the_case_at_once(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    opened = reverse("cases_desk", args=[case.reference])
    for text in (case.reference, case.reference.lower().replace("-", " "), f"{settings.ENV.base_url}{opened}"):
        assert search(client, text)["Location"] == opened
    entry = reverse("cases_entry", args=["composteur"])
    assert search(client, f"https://ancien.example{entry}")["Location"] == entry


def test_a_case_out_of_reach_says_no_more_than_one_that_does_not_exist(now: Any) -> None:
    case, unknown = filed(now), draft(now)
    client, _account = sit(Role.AGENT, service="libraries")
    told = [page(search(client, one.reference)).replace(one.reference, "") for one in (case, unknown)]
    assert all("Ce dossier ne s’ouvre pas d’ici" in shown for shown in told)


def test_twins_are_told_apart() -> None:
    one = marcelle(given_names="Jean")
    other = marcelle(given_names="Luc")
    client, _account = sit(Role.RECEPTION, commune=commune(LOCQUIGNOL))
    assert "Même nom, même date de naissance" in page(search(client, "Jean Delattre"))
    shown = page(client.get(reverse("cases_person", args=[one.pk])))
    assert "une autre personne a le même nom" in shown
    assert reverse("cases_person", args=[other.pk]) in shown


@pytest.mark.parametrize("text", ["%", "'; DROP TABLE x", "\x00", "a" * 2000, "!!", "🙂"])
def test_hostile_searches_find_nobody(text: str) -> None:
    client, _account = sit(Role.RECEPTION, commune=commune(LOCQUIGNOL))
    assert search(client, text).status_code == 200


def test_someone_unknown_is_entered_from_what_was_searched() -> None:
    client, _account = sit(Role.RECEPTION, commune=commune(LOCQUIGNOL))
    address = reverse("cases_new_person")
    form = client.get(address, {"q": "Lecoq Firmin 12/03/1950"}).context["form"]
    assert (form["birth_name"].value(), form["given_names"].value()) == ("Lecoq", "Firmin")
    told = {"birth_name": "Lecoq", "given_names": "Firmin", "birth_date": "hier", "phone": "12", "postcode": "x"}
    refused = client.post(address, told)
    assert refused.status_code == 422
    assert "Firmin" in page(refused)
    told |= {"birth_date": "12/03/1950", "phone": "", "postcode": "59530", "commune": str(commune(LOCQUIGNOL).pk)}
    created = client.post(address, told)
    person = Person.objects.get(birth_name="Lecoq")
    assert created["Location"] == reverse("cases_person", args=[person.pk])
    assert person.birth_date == date(1950, 3, 12)


def test_details_are_corrected() -> None:
    person = marcelle()
    client, _account = sit(Role.RECEPTION, commune=commune(LOCQUIGNOL))
    address = reverse("cases_edit_person", args=[person.pk])
    assert "03 53 01 00 12" in page(client.get(address))
    told = {"birth_name": "Delattre", "given_names": "Marcelle", "birth_date": "31/01/1948", "email": "m@example.org"}
    assert client.post(address, {**told, "commune": str(commune(LOCQUIGNOL).pk)}).status_code == 302
    person.refresh_from_db()
    assert person.email == "m@example.org"


def test_a_note_on_someone() -> None:
    person = marcelle()
    client, account = sit(Role.RECEPTION, commune=commune(LOCQUIGNOL))
    address = reverse("cases_person_note", args=[person.pk])
    assert client.post(address, {"note": ""}).status_code == 422
    assert client.post(address, {"note": "Entend mal : parler fort."}).status_code == 302
    assert Note.objects.get().author == account
    assert "Entend mal" in page(client.get(reverse("cases_person", args=[person.pk])))


def test_a_case_is_passed_to_a_colleague_with_a_word(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.RECEPTION, commune=commune(LOCQUIGNOL))
    mate = factories.agent(Role.AGENT, service="waste")
    stranger = factories.agent(Role.AGENT, service="libraries")
    address = reverse("cases_hand_over", args=[case.applicant_id])
    told = {"case": case.reference, "assignee": str(stranger.pk), "word": "Elle rappellera jeudi."}
    refused = client.post(address, told)
    assert refused.status_code == 422
    assert "Elle rappellera jeudi." in page(refused)
    assert client.post(address, {**told, "case": "K7QF-2M9X-A"}).status_code == 404
    assert client.post(address, {**told, "assignee": str(mate.pk)}).status_code == 302
    assert Case.objects.get().assignee == mate
    assert Note.objects.get().body == "Elle rappellera jeudi."


def test_the_page_of_someone_lists_only_cases_within_reach(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="libraries")
    shown = client.get(reverse("cases_person", args=[case.applicant_id]))
    assert shown.status_code == 404 or case.reference not in page(shown)
