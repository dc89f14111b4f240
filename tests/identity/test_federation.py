"""Signing in through FranceConnect and ProConnect: every check on what comes back, and which account it opens."""

from datetime import date

import pytest
from django.test import Client

from bocage.base.env import BadEnvironment, Registration
from bocage.base.models import Event
from bocage.identity.models import Account, ExternalIdentity, IdentityLevel, Person, PossibleDuplicate
from bocage.identity.stand_in import people, views
from tests.identity import factories
from tests.identity.providers import answer, come_back, go, providers

__all__ = ["providers"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "providers")]

AURELIEN = {
    "birth_name": "Hautruisseau",
    "given_names": "Aurélien Marcel",
    "birth_date": date(1988, 6, 21),
    "gender": "male",
    "birth_place": "59481",
    "birth_country": "99100",
}


def signed_in(client: Client) -> Account | None:
    key = client.session.get("_auth_user_id")
    return Account.objects.get(pk=key) if key else None


# --- Which account -------------------------------------------------------------------------------------------------
def test_a_new_resident_gets_an_account_with_what_civil_status_says(client):
    response = go(client, "franceconnect", person="aurelien")
    assert response["Location"] == "/compte/bienvenue/"
    person = signed_in(client).person
    assert {name: getattr(person, name) for name in AURELIEN} == AURELIEN
    assert person.identity_level == IdentityLevel.EIDAS1
    assert (person.email, signed_in(client).email) == ("", "")  # what the provider tells of an e-mail is not proved
    page = client.get("/compte/bienvenue/").content.decode()
    assert "Aurélien Marcel" in page
    assert "Hautruisseau" in page
    assert Event.objects.filter(kind="identity.identity_linked").count() == 1


def test_who_comes_back_finds_the_same_account(client):
    go(client, "franceconnect", person="aurelien")
    first = signed_in(client)
    again = Client()
    response = go(again, "franceconnect", person="aurelien")
    assert (signed_in(again), response["Location"]) == (first, "/espace/")
    assert (Account.objects.count(), Person.objects.count(), ExternalIdentity.objects.count()) == (1, 1, 1)


def test_one_goes_on_where_one_was(client):
    response = go(client, "franceconnect", person="aurelien", next_url="/espace/%3Fvue%3Ddossiers")
    assert response["Location"] == "/espace/?vue=dossiers"


@pytest.mark.parametrize("outside", ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(client, outside):
    assert go(client, "franceconnect", person="aurelien", next_url=outside)["Location"] == "/compte/bienvenue/"


@pytest.mark.parametrize("level", ["verified", "eidas1"])
def test_a_verified_record_is_recognised_by_the_whole_pivot_identity(client, level):
    known = factories.person(**AURELIEN, identity_level=level)
    go(client, "franceconnect", person="aurelien")
    assert signed_in(client).person == known
    assert not PossibleDuplicate.objects.exists()


def test_the_account_of_a_verified_record_is_opened(client):
    account = factories.account(
        person=factories.person(**AURELIEN, identity_level="verified"), password="quatre mots sans lien"
    )
    go(client, "franceconnect", person="aurelien")
    assert signed_in(client) == account


@pytest.mark.parametrize(
    "told",
    [
        AURELIEN | {"identity_level": "declared"},  # anybody may have declared it
        AURELIEN | {"identity_level": "verified", "birth_place": ""},
        AURELIEN | {"identity_level": "verified", "gender": "female"},
        AURELIEN | {"identity_level": "verified", "given_names": "Aurélien"},
        AURELIEN | {"identity_level": "verified", "birth_date": None},
    ],
)
def test_less_than_that_waits_for_an_agent(client, told):
    older = factories.person(**told, email="aurelien.hautruisseau@example.org")
    go(client, "franceconnect", person="aurelien")
    newer = signed_in(client).person
    assert newer != older
    waiting = PossibleDuplicate.objects.get()
    assert (waiting.newer, waiting.older, waiting.decision) == (newer, older, "waiting")


def test_twins_are_two_people(client):
    factories.person(**AURELIEN | {"given_names": "Marius Jean"}, identity_level="verified")
    go(client, "franceconnect", person="aurelien")
    assert Person.objects.count() == 2
    assert not PossibleDuplicate.objects.exists()


def test_one_e_mail_shared_recognises_nobody(client):
    wife = factories.resident(birth_name="Hautruisseau", given_names="Rose", email="aurelien.hautruisseau@example.org")
    go(client, "franceconnect", person="aurelien")
    assert signed_in(client) != wife
    assert not PossibleDuplicate.objects.exists()


def test_two_records_that_fit_recognise_neither(client):
    for _ in range(2):
        factories.person(**AURELIEN, identity_level="verified")
    go(client, "franceconnect", person="aurelien")
    assert PossibleDuplicate.objects.filter(newer=signed_in(client).person).count() == 2


def test_a_record_merged_away_is_not_a_candidate(client):
    kept = factories.person("Autre", "Quelqu’un")
    merged = factories.person(**AURELIEN, identity_level="verified")
    Person.objects.filter(pk=merged.pk).update(merged_into=kept)
    go(client, "franceconnect", person="aurelien")
    assert signed_in(client).person not in {kept, merged}
    assert not PossibleDuplicate.objects.exists()


def test_someone_who_marries_keeps_their_account(client, monkeypatch):
    go(client, "franceconnect", person="aurelien")
    account = signed_in(client)
    told = people.person("franceconnect", "aurelien")
    changed = people.Invented(told.key, told.label, told.claims | {"preferred_username": "Claireprairie"})
    monkeypatch.setattr(views.people, "person", lambda provider, key: changed)
    again = Client()
    go(again, "franceconnect", person="aurelien")
    assert signed_in(again) == account
    account.refresh_from_db()
    assert (account.person.usual_name, account.last_name) == ("Claireprairie", "Claireprairie")


def test_born_abroad_or_on_a_day_nobody_knows(client, monkeypatch):
    go(client, "franceconnect", person="noor")
    assert (signed_in(client).person.birth_place, signed_in(client).person.birth_country) == ("", "99131")
    told = people.person("franceconnect", "noor")
    changed = people.Invented("autre", told.label, told.claims | {"birthdate": "1979-00-00", "given_name": "Nour"})
    monkeypatch.setattr(views.people, "person", lambda provider, key: changed)
    other = Client()
    go(other, "franceconnect", person="noor")
    assert signed_in(other).person.birth_date is None


def test_a_closed_account_stays_closed(client):
    go(client, "franceconnect", person="aurelien")
    Account.objects.update(is_active=False)
    other = Client()
    response = go(other, "franceconnect", person="aurelien")
    assert response.status_code == 409
    assert "Ce compte est fermé" in response.content.decode()
    assert signed_in(other) is None


# --- Tying to an account that one has ------------------------------------------------------------------------------
def test_one_ties_franceconnect_to_ones_account_and_unties_it(client):
    account = factories.account(person=factories.person("Hautruisseau", "Aurélien"), password="quatre mots sans lien")
    client.force_login(account)
    assert "Lier FranceConnect" in client.get("/compte/").content.decode()
    assert go(client, "franceconnect", person="aurelien")["Location"] == "/compte/"
    account.refresh_from_db()
    assert account.person.identity_level == IdentityLevel.EIDAS1
    assert account.person.birth_date == date(1988, 6, 21)
    page = client.get("/compte/").content.decode()
    assert "lié depuis le 10\xa0mars 2026" in page
    client.post("/compte/avec/franceconnect/delier/")
    assert not ExternalIdentity.objects.exists()
    assert Event.objects.filter(kind="identity.identity_unlinked").exists()


def test_someone_elses_identity_is_not_tied(client):
    account = factories.account(person=factories.person("Martin", "Camille", birth_date=date(1950, 1, 1)))
    client.force_login(account)
    response = go(client, "franceconnect", person="aurelien")
    assert response.status_code == 409
    assert "ni le même nom ni la même date" in response.content.decode()
    assert not ExternalIdentity.objects.exists()


def test_an_identity_that_opens_another_account_is_not_tied_to_a_second(client):
    go(Client(), "franceconnect", person="aurelien")
    client.force_login(factories.account(person=factories.person("Hautruisseau", "Aurélien")))
    response = go(client, "franceconnect", person="aurelien")
    assert (response.status_code, ExternalIdentity.objects.count()) == (409, 1)
    assert "ouvre déjà un autre compte" in response.content.decode()


def test_the_only_way_in_is_not_taken_away(client):
    go(client, "franceconnect", person="aurelien")
    client.post("/compte/avec/franceconnect/delier/")
    assert ExternalIdentity.objects.exists()
    assert "votre seul moyen d’entrer" in client.get("/compte/").content.decode()


def test_what_is_verified_is_not_typed_over(client):
    go(client, "franceconnect", person="aurelien")
    person = signed_in(client).person
    response = client.post("/compte/coordonnees/", {"given_names": "Autre", "birth_name": "Nom", "phone": "0327000000"})
    assert response.status_code == 302
    person.refresh_from_db()
    assert (person.given_names, person.birth_name, person.phone) == ("Aurélien Marcel", "Hautruisseau", "+33327000000")


# --- ProConnect ----------------------------------------------------------------------------------------------------
def agent() -> Account:
    account = factories.account(
        "demo-agent", email="agent@example.org", first_name="Dominique", password="quatre mots sans lien"
    )
    factories.post(account, "agent", service="waste")
    return account


def test_an_agent_ties_proconnect_then_signs_in_with_it(client):
    account = agent()
    stranger = go(Client(), "proconnect", person="agent")
    assert stranger.status_code == 409
    assert "pas encore liée" in stranger.content.decode()
    client.force_login(account)
    assert go(client, "proconnect", person="agent")["Location"] == "/compte/"
    again = Client()
    assert go(again, "proconnect", person="agent")["Location"] == "/bureau/"
    assert signed_in(again) == account


def test_proconnect_is_offered_to_agents_only(client):
    client.force_login(factories.resident())
    page = client.get("/compte/").content.decode()
    assert "Lier FranceConnect" in page
    assert "Lier ProConnect" not in page


# --- What comes back -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("forgery", sorted(views.FORGERIES))
def test_a_forged_answer_opens_nothing(client, forgery):
    response = go(client, "franceconnect", person="aurelien", forgery=forgery)
    assert response.status_code == 400
    page = response.content.decode()
    assert "n’est pas valable" in page
    assert "Rien n’a été changé ni perdu" in page
    assert signed_in(client) is None
    assert not Person.objects.exists()


def test_an_answer_serves_once(client):
    asked = client.get("/compte/avec/franceconnect/")
    back = answer(asked["Location"], person="aurelien")
    assert come_back(client, back).status_code == 302
    client.logout()
    assert come_back(client, back).status_code == 400
    assert signed_in(client) is None


def test_a_code_serves_once_even_under_a_state_of_ones_own(client):
    back = answer(client.get("/compte/avec/franceconnect/")["Location"], person="aurelien")
    assert come_back(client, back).status_code == 302
    thief = Client()
    fresh = answer(thief.get("/compte/avec/franceconnect/")["Location"], error="access_denied")
    state = fresh.rpartition("state=")[2]
    code = back.partition("code=")[2].partition("&")[0]
    assert come_back(thief, f"/compte/avec/franceconnect/retour/?code={code}&state={state}").status_code == 400
    assert signed_in(thief) is None


def test_an_answer_is_of_no_use_in_another_browser(client):
    back = answer(client.get("/compte/avec/franceconnect/")["Location"], person="aurelien")
    other = Client()
    other.get("/compte/avec/franceconnect/")
    assert come_back(other, back).status_code == 400
    assert signed_in(other) is None


def test_a_code_swapped_for_anothers_is_refused(client):
    """The state is right, the code is somebody else's: PKCE and the nonce are not of this sign-in."""
    victim = answer(Client().get("/compte/avec/franceconnect/")["Location"], person="aurelien")
    mine = answer(client.get("/compte/avec/franceconnect/")["Location"], person="noor")
    code = victim.partition("code=")[2].partition("&")[0]
    state = mine.rpartition("state=")[2]
    response = come_back(client, f"/compte/avec/franceconnect/retour/?code={code}&state={state}")
    assert (response.status_code, signed_in(client)) == (400, None)


def test_a_state_of_one_provider_is_not_taken_by_the_other(client):
    back = answer(client.get("/compte/avec/franceconnect/")["Location"], person="aurelien")
    assert come_back(client, back.replace("franceconnect/retour", "proconnect/retour")).status_code == 400


def test_two_windows_at_once(client):
    first = answer(client.get("/compte/avec/franceconnect/")["Location"], person="aurelien")
    second = answer(client.get("/compte/avec/franceconnect/")["Location"], person="aurelien")
    assert come_back(client, second).status_code == 302
    assert come_back(client, first).status_code == 302
    assert Account.objects.count() == 1


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x&code=y", "?state=", "?error=access_denied&state=é"])
def test_an_answer_that_nobody_asked_for(client, query):
    response = client.get(f"/compte/avec/franceconnect/retour/{query}")
    assert response.status_code == 400
    assert "Recommencez" in response.content.decode()


def test_who_refuses_comes_back_to_the_sign_in(client):
    response = go(client, "franceconnect", error="access_denied", next_url="/espace/")
    assert response["Location"] == "/compte/connexion/?next=/espace/"
    assert "Rien n’a changé" in client.get(response["Location"]).content.decode()


def test_the_provider_is_down(client, providers):
    assert go(client, "franceconnect", error="temporarily_unavailable").status_code == 503
    asked = client.get("/compte/avec/franceconnect/")
    back = answer(asked["Location"], person="aurelien")
    providers["down"] = True
    response = come_back(client, back)
    assert response.status_code == 503
    assert "ne répond pas" in response.content.decode()
    assert signed_in(client) is None


def test_the_session_is_another_once_signed_in(client):
    client.get("/compte/avec/franceconnect/")
    before = client.session.session_key
    go(client, "franceconnect", person="aurelien")
    assert client.session.session_key != before


# --- Leaving -------------------------------------------------------------------------------------------------------
def test_one_signs_out_at_both_ends(client):
    go(client, "franceconnect", person="aurelien")
    response = client.post("/compte/deconnexion/")
    assert response["Location"].startswith("http://testserver/demo/franceconnect/api/v2/session/end?id_token_hint=ey")
    assert signed_in(client) is None
    back = come_back(client, response["Location"])
    assert "/compte/avec/franceconnect/parti/?state=" in back["Location"]
    home = client.get(come_back(client, back["Location"])["Location"])
    assert "Votre session FranceConnect" in home.content.decode()


def test_signing_out_does_not_wait_for_a_provider_that_is_down(client, providers):
    from django.core.cache import cache

    go(client, "franceconnect", person="aurelien")
    cache.clear()
    providers["down"] = True
    assert client.post("/compte/deconnexion/")["Location"] == "/"
    assert signed_in(client) is None


# --- The stand-ins themselves --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_id", "autre"),
        ("redirect_uri", "https://example.org/compte/"),
        ("redirect_uri", "http://testserver.example.org/compte/"),
        ("response_type", "token"),
        ("state", "court"),
        ("nonce", ""),
        ("acr_values", "eidas0"),
        ("code_challenge_method", "plain"),
        ("scope", "email"),
    ],
)
def test_a_stand_in_refuses_what_the_real_one_would(client, name, value):
    from urllib.parse import parse_qsl, urlencode, urlsplit

    asked = urlsplit(client.get("/compte/avec/franceconnect/")["Location"])
    query = dict(parse_qsl(asked.query)) | {name: value}
    assert client.get(f"{asked.path}?{urlencode(query)}").status_code == 400


def test_stand_ins_do_not_exist_in_production(client, settings):
    settings.TESTING = settings.DEMO = False
    assert client.get("/demo/franceconnect/api/v2/jwks").status_code == 404


# --- Registration --------------------------------------------------------------------------------------------------
def test_what_a_provider_gave_is_one_address():
    told = Registration.read("https://mon%40site:se%2Fcret@fc.example.org:8443/api/v2/")
    assert told == Registration("https://fc.example.org:8443/api/v2", "mon@site", "se/cret")
    assert Registration.read("") == Registration("", "", "")


@pytest.mark.parametrize(
    "url",
    [
        "http://a:b@fc.example.org/api",
        "https://fc.example.org/api",
        "https://a@fc.example.org/",
        "http://a:b@localhost.example.org/",
    ],
)
def test_a_registration_that_cannot_be_used_stops_the_house(url):
    with pytest.raises(BadEnvironment):
        Registration.read(url)
