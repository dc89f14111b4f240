"""The pages of « Mes données » and of the desk: what they say, who opens them, what they do."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event
from bocage.cases.operations import record_answers_read
from bocage.identity.models import Account, Role
from bocage.privacy import looking
from bocage.privacy.models import Erasure, ErasureState
from bocage.privacy.operations import ask_erasure
from tests.cases.desk import sit
from tests.conftest import NOW
from tests.identity import factories
from tests.privacy import someone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "committing", "frozen")]


PASSWORD = "haie vive au printemps"


@pytest.fixture
def them(now: Any) -> someone.Someone:
    return someone.known(now)


@pytest.fixture
def signed_in(client: Client, them: someone.Someone) -> Client:
    them.account.set_password(PASSWORD)
    them.account.save()
    client.force_login(them.account)
    return client


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, (response.status_code, response.headers.get("Location"))
    return str(response.content.decode()).replace("\u00a0", " ").replace("\u202f", " ")


def fresh(client: Client) -> Any:
    """Whoever sits there types their password again; what the page answers."""
    return client.post(reverse("account_reauthenticate") + "?next=" + reverse("data_erase"), {"password": PASSWORD})


# --- Erasing --------------------------------------------------------------------------------------------------------
def test_the_page_says_what_goes_what_stays_and_why(signed_in: Client) -> None:
    shown = text(signed_in.get(reverse("data_erase")))
    for expected in ("Ce qui s’efface", "Brouillons", "Ce qui reste, et pourquoi", "17 mars 2026", "art. 17"):
        assert expected in shown


def test_it_wants_a_password_typed_lately_then_goes_on(signed_in: Client, them: someone.Someone) -> None:
    response = signed_in.post(reverse("data_erase"), {"sure": "on"})
    assert response.status_code == 302
    assert "confirmer" in response["Location"]
    assert not Erasure.objects.exists()
    signed_in.post(reverse("account_reauthenticate"), {"password": "un autre mot de passe"})
    assert not Erasure.objects.exists()
    assert fresh(signed_in)["Location"] == reverse("data_home"), "what was asked is done, without asking again"
    assert Erasure.objects.get().person == them.person


def test_erasing_is_confirmed_then_waits_then_is_taken_back(signed_in: Client, them: someone.Someone) -> None:
    fresh(signed_in)
    page = text(signed_in.post(reverse("data_erase"), {}), 422)
    assert "Cochez la case" in page
    sent = re.search(
        r'name="sure" type="checkbox" value="([^"]+)"|type="checkbox"[^>]*name="sure"[^>]*value="([^"]+)"', page
    )
    assert sent, "what a browser sends for the box"
    told = {"sure": sent[1] or sent[2]}
    assert signed_in.post(reverse("data_erase"), told)["Location"] == reverse("data_home")
    (asked,) = Erasure.objects.all()
    assert (asked.person, asked.state, asked.channel) == (them.person, ErasureState.WAITING, "web")
    assert "17 mars 2026" in text(signed_in.get(reverse("data_home")))
    assert "Annuler l’effacement" in text(signed_in.get(reverse("data_erase")))
    assert signed_in.post(reverse("data_keep")).status_code == 302
    assert "Annuler l’effacement" not in text(signed_in.get(reverse("data_home")))
    assert signed_in.post(reverse("data_keep")).status_code == 404


def test_a_request_under_way_is_named_with_the_way_out(signed_in: Client, them: someone.Someone) -> None:
    running = someone.filed(them.account, them.actor, NOW)
    shown = text(signed_in.get(reverse("data_erase")))
    assert running.reference in shown
    assert reverse("case_page", args=[running.reference]) in shown
    assert "Cochez" not in shown
    fresh(signed_in)
    refused = text(signed_in.post(reverse("data_erase"), {"sure": "on"}), 422)
    assert "Rien n’est effacé" in refused
    assert not Erasure.objects.exists()


def test_a_get_never_erases(signed_in: Client) -> None:
    fresh(signed_in)
    signed_in.get(reverse("data_erase"), {"sure": "on"})
    assert signed_in.get(reverse("data_keep")).status_code == 405
    assert not Erasure.objects.exists()


# --- Who looked -----------------------------------------------------------------------------------------------------
def read(them: someone.Someone, agent: Account, days: int = 0) -> None:
    from bocage.identity.actors import actor_of_account

    record_answers_read(them.closed, actor=actor_of_account(agent, "counter"), now=NOW - timedelta(days=days))


def test_the_resident_reads_the_post_and_not_the_name(signed_in: Client, them: someone.Someone) -> None:
    assert "Personne n’a ouvert" in text(signed_in.get(reverse("data_looks")))
    agent = factories.account(first_name="Armelle", last_name="Curieuse")
    factories.post(agent, Role.AGENT, service="waste", starts=NOW.date() - timedelta(days=30))
    read(them, agent)
    shown = text(signed_in.get(reverse("data_looks")))
    assert "Curieuse" not in shown
    assert "Agent instructeur, Déchets" in shown
    assert "A ouvert vos réponses protégées" in shown
    assert "10 mars 2026" in shown


def test_the_post_is_that_of_the_day(them: someone.Someone) -> None:
    agent = factories.account(first_name="Armelle", last_name="Curieuse")
    factories.post(agent, Role.AGENT, service="waste", starts=NOW.date() - timedelta(days=30))
    read(them, agent, days=40)
    read(them, agent, days=1)
    late, early = looking.looks_at(them.person)
    assert (late.who, early.who) == ("agent instructeur, Déchets", "un compte sans poste")


def test_ones_own_reads_are_left_out_and_anothers_are_not_mine(them: someone.Someone) -> None:
    read(them, them.account)
    other = someone_else()
    record_answers_read(other, actor=factories.SYSTEM, now=NOW)
    assert looking.looks_at(them.person) == []


def someone_else() -> Any:
    from tests.cases.factories import filed

    return filed(NOW)


def test_an_export_that_took_ones_request_away_is_told(them: someone.Someone) -> None:
    from bocage.base import outbox
    from bocage.cases.exports.operations import ask_export
    from bocage.cases.queries import Filters

    before = someone_else()
    _client, agent = sit(Role.MANAGER, service="waste")
    ask_export(agent, Filters(situation="all"), format_="csv", sensitive=False, actor=factories.SYSTEM, now=NOW)
    outbox.drain(NOW)
    (told,) = looking.looks_at(them.person)
    assert told.what == "a emporté votre demande dans un export"
    assert [look.what for look in looking.looks_at(before.applicant)] == [told.what]
    assert looking.looks_at(factories.person("Absent")) == []


def test_searched_names_never_enter_the_journal(them: someone.Someone) -> None:
    from bocage.cases.exports.operations import ask_export
    from bocage.cases.queries import Filters

    _client, agent = sit(Role.MANAGER, service="waste")
    asked = ask_export(
        agent, Filters(q=someone.FAMILY), format_="csv", sensitive=False, actor=factories.SYSTEM, now=NOW
    )
    assert asked.filters["q"] == someone.FAMILY
    assert someone.FAMILY not in str(Event.objects.get(kind="cases.export_asked").payload.body)


def test_agreements_standing_and_taken_back(signed_in: Client, them: someone.Someone) -> None:
    from bocage.identity.models import Mandate
    from bocage.identity.operations import revoke_mandate

    shown = text(signed_in.get(reverse("data_agreed")))
    assert "Mandat donné à Paul Aidant" in shown
    assert "Jusqu’au 9 avril 2026" in shown
    revoke_mandate(Mandate.objects.get(), actor=them.actor, now=NOW)
    assert "Repris le 10 mars 2026" in text(signed_in.get(reverse("data_agreed")))


# --- The register ---------------------------------------------------------------------------------------------------
def test_the_register_is_public_and_complete(client: Client, them: someone.Someone) -> None:
    from bocage.privacy.queries import processings

    shown = text(client.get(reverse("processing_register")))
    entries = processings()
    assert {entry.name for entry in entries} >= {"identity.people", "cases.composteur", "privacy.rights"}
    for entry in entries:
        for part in (entry.label, entry.purpose, entry.basis, entry.people, entry.recipients, entry.kept):
            assert part.strip(), f"{entry.name} leaves something out (GDPR, art. 30, paragraph 1)"
        assert entry.data or entry.sensitive
    assert "Commander un composteur" in shown
    assert "24 mois" in shown


@pytest.mark.parametrize("format_", ["csv", "ods"])
def test_the_register_is_taken_away(client: Client, them: someone.Someone, format_: str) -> None:
    response = client.get(reverse("processing_register_file", args=[format_]))
    assert f".{format_}" in response["Content-Disposition"]
    if format_ == "csv":
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
        assert len({len(row) for row in rows}) == 1
        assert any("composteur" in row[0] for row in rows)
    assert client.get(reverse("processing_register_file", args=["exe"])).status_code == 404


# --- At the desk ----------------------------------------------------------------------------------------------------
@pytest.fixture
def officer() -> Client:
    return sit(Role.ADMINISTRATOR)[0]


def test_an_agent_finds_the_person_and_asks_for_them(them: someone.Someone, officer: Client) -> None:
    assert someone.GIVEN in text(officer.get(reverse("privacy_desk:people"), {"q": someone.FAMILY}))
    page = reverse("privacy_desk:person", args=[them.person.pk])
    assert "Ce qui s’efface" in text(officer.get(page))
    form = reverse("privacy_desk:erase", args=[them.person.pk])
    assert "Dites comment" in text(officer.post(form, {"channel": "counter", "sure": "on"}), 422)
    assert "Dites-le-lui" in text(officer.post(form, {"channel": "counter", "proof": "CNI vue"}), 422)
    assert officer.post(form, {"channel": "post", "proof": "CNI vue", "sure": "on"})["Location"] == page
    (asked,) = Erasure.objects.all()
    assert (asked.channel, asked.proof, asked.asked_by is not None) == ("post", "CNI vue", True)
    assert Event.objects.get(kind="privacy.erasure_asked").channel == "post"
    assert "CNI vue" in text(officer.get(reverse("privacy_desk:home")))
    assert officer.post(reverse("privacy_desk:keep", args=[asked.pk]))["Location"] == page
    asked.refresh_from_db()
    assert asked.state == ErasureState.WITHDRAWN


def test_a_reception_sees_to_its_own_people_and_not_who_looked(them: someone.Someone) -> None:
    here = factories.commune("Locquignol")
    near = factories.person("Voisine", "Anne", commune=here)
    far = factories.person("Lointaine", "Anne", commune=factories.commune("Le Quesnoy"))
    client, _agent = sit(Role.RECEPTION, commune=here)
    shown = text(client.get(reverse("privacy_desk:person", args=[near.pk])))
    assert "Qui a consulté" not in shown
    assert client.get(reverse("privacy_desk:person", args=[far.pk])).status_code == 404
    assert client.get(reverse("privacy_desk:erase", args=[far.pk])).status_code == 404
    asked = ask_erasure(far, actor=factories.SYSTEM, now=NOW)
    assert client.post(reverse("privacy_desk:keep", args=[asked.pk])).status_code == 404


def test_the_officer_reads_names_and_what_one_agent_did(them: someone.Someone, officer: Client) -> None:
    agent = factories.account(username="armelle", email="armelle@mairie.example", first_name="Armelle", last_name="Zed")
    factories.post(agent, Role.AGENT, service="waste")
    read(them, agent)
    assert "Armelle Zed" in text(officer.get(reverse("privacy_desk:person", args=[them.person.pk])))
    shown = text(officer.get(reverse("privacy_desk:looks"), {"q": "armelle@mairie.example"}))
    assert them.closed.subject in shown
    assert "Aucun agent" in text(officer.get(reverse("privacy_desk:looks"), {"q": "personne@example.org"}))
    assert "Aucun agent" in text(officer.get(reverse("privacy_desk:looks"), {"q": someone.EMAIL})), "residents are none"
