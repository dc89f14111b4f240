"""Another site signs in with this house's account: what an independent client (Authlib) gets, and what it may not."""

import time
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.contrib.auth.hashers import check_password, make_password
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet

from bocage.base.models import Event
from bocage.identity import hashers, operations
from bocage.identity.models import SigningKey, SiteConsent, SiteSubject
from bocage.identity.operations.accounts import trust_email
from tests.conftest import NOW
from tests.identity import factories
from tests.identity.providers import answer, come_back, go, providers

__all__ = ["providers"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("providers")]

HOUSE = "http://localhost:8000"
BACK = "https://media.example.org/oidc/retour"
OUT = "https://media.example.org/parti"
VERIFIER = "v" * 64
BY = {"actor": factories.SYSTEM, "now": NOW}


@pytest.fixture(scope="module")
def key():
    """One drawn key for all: drawing takes a while."""
    from bocage.identity.provider import keys

    return keys.drawn()


@pytest.fixture(autouse=True)
def signing(key, monkeypatch):
    monkeypatch.setattr("bocage.identity.provider.keys.drawn", lambda: key)
    operations.keep_signing_keys(NOW - timedelta(days=1))


@pytest.fixture
def site():
    """The library, with its secret."""
    client, client.shown = operations.register_site(
        name="Médiathèque", redirect_uris=[BACK], logout_uris=[OUT], scopes=["profile", "address", "email"], **BY
    )
    return client


def another(name="Cantine"):
    return operations.register_site(name=name, redirect_uris=[BACK], logout_uris=[], scopes=["profile"], **BY)


def session(site) -> OAuth2Session:
    return OAuth2Session(
        site.pk,
        site.shown,
        redirect_uri=BACK,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic",
    )


def metadata(browser=None) -> dict:
    return (browser or Browser()).get("/.well-known/openid-configuration").json()


def ask(site, **changes) -> str:
    """The path to which the site sends the browser."""
    asked = {
        "client_id": site.pk,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "etat",
        "nonce": "unefois",
        "code_challenge": create_s256_code_challenge(VERIFIER),
        "code_challenge_method": "S256",
    } | changes
    return f"/oidc/authorize?{urlencode({name: value for name, value in asked.items() if value is not None})}"


def agree(browser, path, scopes=("openid", "profile"), action="grant"):
    """Read the page that asks and answer; give the query with which the browser is sent back."""
    page = browser.get(path)
    assert page.status_code == 200, page.content.decode()
    sent = browser.post(
        "/oidc/authorize",
        {"request": page.context["form"].initial["request"], "scopes": list(scopes), "action": action},
    )
    return back(sent)


def back(response, address=BACK) -> dict:
    assert response.status_code == 302, response.content.decode()
    location = urlsplit(response["Location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == address
    return dict(parse_qsl(location.query))


def exchange(site, code, **changes):
    told = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return Browser().post("/oidc/token", told | {"client_id": site.pk, "client_secret": site.shown} | changes)


def tokens(browser, site, **changes) -> dict:
    return exchange(site, agree(browser, ask(site, **changes))["code"]).json()


def opened(token, site) -> dict:
    keys = KeySet.import_key_set(Browser().get("/oidc/jwks.json").json())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


@pytest.fixture
def resident(client):
    """Someone signed in, with a password."""
    account = factories.account(
        email="camille@example.org",
        person=factories.person(
            "Martin",
            "Camille Anne",
            phone="0327000000",
            address="4 chemin du Gué",
            postcode="59530",
            commune=factories.commune("Locquignol", "59353"),
        ),
        password="quatre mots sans lien",
    )
    trust_email(account)
    sent = client.post("/compte/connexion/", {"login": account.username, "password": "quatre mots sans lien"})
    assert sent.status_code == 302, sent.content.decode()
    return account


# --- A whole sign-in, by an independent client ---------------------------------------------------------------------
def test_an_independent_client_signs_someone_in(client, resident, site):
    told = metadata()
    with session(site) as library:
        url, state = library.create_authorization_url(
            told["authorization_endpoint"], code_verifier=VERIFIER, nonce="unefois", scope="openid profile address"
        )
        told_back = agree(client, url.removeprefix(HOUSE), ("openid", "profile", "address"))
        assert told_back["state"] == state
        token = library.fetch_token(told["token_endpoint"], code=told_back["code"], code_verifier=VERIFIER)
        assert token["token_type"] == "Bearer"
        person = library.get(told["userinfo_endpoint"]).json()
    claims = opened(token["id_token"], site)
    subject = SiteSubject.objects.get().subject
    assert (claims["iss"], claims["aud"], claims["nonce"], claims["sub"]) == (HOUSE, site.pk, "unefois", subject)
    assert (claims["acr"], claims["amr"]) == ("1", ["pwd"])
    assert abs(claims["auth_time"] - time.time()) < 60
    assert claims["exp"] - claims["iat"] == 300
    assert "given_name" not in claims  # told where a token can be withdrawn
    assert person == {
        "sub": subject,
        "name": "Camille Martin",
        "given_name": "Camille Anne",
        "family_name": "Martin",
        "identity_verified": False,
        "address": {
            "street_address": "4 chemin du Gué",
            "postal_code": "59530",
            "locality": "Locquignol",
            "formatted": "4 chemin du Gué\n59530 Locquignol",
        },
        "commune": "59353",
    }


def test_who_came_through_franceconnect_is_told_so(client, site):
    go(client, "franceconnect", person="aurelien")
    claims = opened(tokens(client, site)["id_token"], site)
    assert claims["acr"] == "eidas1"
    assert abs(claims["auth_time"] - time.time()) < 60


def test_the_household_is_told_when_asked_and_allowed(client, resident, site):
    operations.change_site(site, name="Cantine", redirect_uris=[BACK], logout_uris=[], scopes=["household"], **BY)
    home = operations.open_household(name="Foyer Martin", commune=None, **BY)
    child = factories.person("Martin", "Lou")
    for person, role in ((resident.person, "guardian"), (child, "child")):
        operations.add_member(home, person, role=role, starts=factories.TODAY - timedelta(days=30), **BY)
    told_back = agree(client, ask(site, scope="openid household"), ("openid", "household"))
    token = exchange(site, told_back["code"]).json()["access_token"]
    told = Browser().get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}).json()["household"]
    assert {(one["given_name"], one["role"]) for one in told} == {("Camille Anne", "guardian"), ("Lou", "child")}


def test_two_sites_know_someone_under_two_names(client, resident, site):
    other, secret = operations.register_site(
        name="Cantine", redirect_uris=[BACK], logout_uris=[], scopes=["profile"], **BY
    )
    other.shown = secret
    subjects = {opened(tokens(client, one)["id_token"], one)["sub"] for one in (site, other)}
    assert len(subjects) == 2
    assert not any(str(resident.pk) == subject or resident.username in subject for subject in subjects)


# --- What someone allows -------------------------------------------------------------------------------------------
def test_the_page_says_in_french_what_is_told(client, resident, site):
    page = client.get(ask(site, scope="openid profile address")).content.decode()
    assert "Entrer sur Médiathèque" in page
    assert "Votre nom, vos prénoms" in page
    assert "Votre adresse postale et votre commune" in page
    assert "Votre adresse e-mail" not in page
    assert "vaut jusqu’à ce que vous le repreniez" in page


def test_less_may_be_allowed_than_was_asked(client, resident, site):
    told_back = agree(client, ask(site, scope="openid profile email"), ("openid", "profile"))
    told = exchange(site, told_back["code"]).json()
    assert set(told["scope"].split()) == {"openid", "profile"}
    person = Browser().get("/oidc/userinfo", headers={"Authorization": f"Bearer {told['access_token']}"}).json()
    assert "email" not in person
    assert "name" in person


def test_what_was_allowed_is_not_asked_again_and_more_is(client, resident, site):
    agree(client, ask(site))
    assert "code" in back(client.get(ask(site)))
    assert client.get(ask(site, scope="openid profile email")).status_code == 200
    assert client.get(ask(site, prompt="consent")).status_code == 200


def test_who_refuses_is_sent_back_without_a_word(client, resident, site):
    told_back = agree(client, ask(site), action="cancel")
    assert told_back == {"error": "access_denied", "state": "etat"}
    assert not SiteConsent.objects.exists()
    assert not SiteSubject.objects.exists()


def test_one_sees_what_one_allowed_and_takes_it_back(client, resident, site):
    token = tokens(client, site)["access_token"]
    page = client.get("/compte/").content.decode()
    assert "Sites où j’entre avec ce compte" in page
    assert "Médiathèque" in page
    assert client.post(f"/compte/sites/{site.pk}/retirer/").status_code == 302
    assert Browser().get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    client.get("/espace/")  # where the message is read
    assert "Médiathèque" not in client.get("/compte/").content.decode()
    assert client.get(ask(site)).status_code == 200  # asked again
    assert SiteConsent.objects.get().withdrawn_at is not None
    assert Event.objects.filter(kind="identity.site_withdrawn").count() == 1
    assert client.post(f"/compte/sites/{site.pk}/retirer/").status_code == 404


def test_one_site_gains_nothing_from_what_another_was_allowed(client, resident, site):
    tokens(client, site)
    other, _secret = operations.register_site(
        name="Autre", redirect_uris=[BACK], logout_uris=[], scopes=["profile"], **BY
    )
    assert back(client.get(ask(other, prompt="none")))["error"] == "consent_required"


def test_silent_sign_in(client, resident, site):
    assert back(Browser().get(ask(site, prompt="none")))["error"] == "login_required"
    assert back(client.get(ask(site, prompt="none")))["error"] == "consent_required"
    agree(client, ask(site))
    claims = opened(exchange(site, back(client.get(ask(site, prompt="none")))["code"]).json()["id_token"], site)
    assert claims["amr"] == ["pwd"]


def test_a_site_may_ask_for_a_recent_sign_in(client, resident, site):
    agree(client, ask(site))
    assert "code" in back(client.get(ask(site, max_age="3600")))
    kept = client.session
    kept["account_authentication_methods"][0]["at"] -= 7200
    kept.save()
    again = client.get(ask(site, max_age="3600"))
    assert again["Location"].startswith("/compte/confirmer/?next=")
    assert back(client.get(ask(site, max_age="3600", prompt="none")))["error"] == "login_required"
    assert back(client.get(ask(site, max_age="bientôt")))["error"] == "invalid_request"


def test_who_has_no_password_proves_it_through_franceconnect(client, site):
    go(client, "franceconnect", person="aurelien")
    agree(client, ask(site))
    again = client.get(ask(site, prompt="login"))
    assert again["Location"].startswith("/compte/avec/franceconnect/?next=%2Foidc%2Fauthorize")
    proved = come_back(client, answer(client.get(again["Location"])["Location"], person="aurelien"))
    assert "code" in back(client.get(proved["Location"]))


def test_somebody_else_is_not_meant(client, resident, site):
    mine = tokens(client, site)["id_token"]
    other = Browser()
    go(other, "franceconnect", person="noor")
    agree(other, ask(site))
    assert back(other.get(ask(site, prompt="none", id_token_hint=mine)))["error"] == "login_required"
    assert "code" in back(client.get(ask(site, prompt="none", id_token_hint=mine)))


def test_a_visitor_signs_in_first_and_comes_back(site):
    response = Browser().get(ask(site))
    assert response["Location"].startswith("/compte/connexion/?next=/oidc/authorize")


# --- What a site may not do ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    [
        "https://media.example.org/oidc/retour/",
        "https://media.example.org/oidc/retour?x=1",
        "https://media.example.org/oidc/retour#x",
        "https://media.example.org:443/oidc/retour",
        "https://MEDIA.example.org/oidc/retour",
        "https://moi@media.example.org/oidc/retour",
        "https://media.example.org.evil.example/oidc/retour",
        "https://media.example.org/oidc/../oidc/retour",
        "http://media.example.org/oidc/retour",
        "javascript:alert(1)",
        "",
        None,
    ],
)
def test_an_address_that_nearly_matches_is_never_gone_to(client, resident, site, address):
    response = client.get(ask(site, redirect_uri=address))
    assert response.status_code == 400
    assert "Nous ne pouvons pas vous envoyer vers ce site" in response.content.decode()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": "openid household"}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"max_age": "-1"}, "invalid_request"),
    ],
)
def test_what_is_not_allowed_is_said_to_the_site(client, resident, site, changes, error):
    told = back(client.get(ask(site, **changes)))
    assert (told["error"], told["state"], told["iss"]) == (error, "etat", HOUSE)


def test_an_unknown_site_is_told_nothing(client, resident):
    unknown = type("Site", (), {"pk": "inconnu"})
    assert client.get(ask(unknown)).status_code == 400


def test_a_code_serves_once(client, resident, site):
    code = agree(client, ask(site))["code"]
    assert exchange(site, code).status_code == 200
    again = exchange(site, code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


def test_a_code_shown_twice_takes_its_token_back(client, resident, site, caplog):
    """Whoever stole a code and came first loses what they got, as soon as the site comes."""

    def serves(token):
        return Browser().get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 200

    other = tokens(client, site)["access_token"]
    code = back(client.get(ask(site)))["code"]  # allowed already
    token = exchange(site, code).json()["access_token"]
    assert serves(token)
    assert exchange(site, code).status_code == 400
    assert not serves(token)
    assert serves(other)
    assert Event.objects.filter(kind="identity.site_code_replayed").count() == 1
    assert "code_replayed" in [getattr(record, "event", "") for record in caplog.records]
    assert exchange(site, code).status_code == 400
    assert Event.objects.filter(kind="identity.site_code_replayed").count() == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"client_secret": "x" * 43}, "invalid_client"),
        ({"client_secret": ""}, "invalid_client"),
        ({"redirect_uri": "https://media.example.org/autre"}, "invalid_request"),
        ({"grant_type": "password", "username": "x", "password": "y"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_not_given_against_less(client, resident, site, changes, error):
    response = exchange(site, agree(client, ask(site))["code"], **changes)
    assert response.status_code in {400, 401}
    assert response.json()["error"] == error
    assert not resident.token_set.exists()


def test_a_code_is_of_no_use_to_another_site(client, resident, site):
    other, secret = operations.register_site(
        name="Autre", redirect_uris=[BACK], logout_uris=[], scopes=["profile"], **BY
    )
    code = agree(client, ask(site))["code"]
    assert exchange(site, code, client_id=other.pk, client_secret=secret).status_code == 400


def test_the_answer_to_the_page_cannot_be_forged(client, resident, site):
    browser = Browser(enforce_csrf_checks=True)
    browser.cookies = client.cookies
    page = browser.get(ask(site))
    sent = browser.post("/oidc/authorize", {"request": page.context["form"].initial["request"], "action": "grant"})
    assert sent.status_code == 403
    assert client.post("/oidc/authorize", {"request": "forgé", "action": "grant"}).status_code == 403


def test_a_closed_account_is_known_no_more(client, resident, site):
    token = tokens(client, site)["access_token"]
    operations.close_account(resident, **BY)
    assert Browser().get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_closed_site_knows_nobody_any_more(client, resident, site):
    token = tokens(client, site)["access_token"]
    operations.close_site(site, **BY)
    assert Browser().get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert SiteConsent.objects.get().site == "Médiathèque"  # the history stays
    assert client.get("/compte/").status_code == 200


def test_a_public_client_is_held_by_pkce_alone(client, resident):
    site, secret = operations.register_site(
        name="Application", redirect_uris=[BACK], logout_uris=[], scopes=["profile"], public=True, **BY
    )
    assert secret == ""
    site.shown = ""
    code = agree(client, ask(site))["code"]
    assert exchange(site, code, client_secret="", code_verifier="w" * 64).status_code == 400
    code = back(client.get(ask(site)))["code"]
    assert exchange(site, code, client_secret="").status_code == 200


def test_a_token_in_the_address_is_not_read(client, resident, site):
    token = tokens(client, site)["access_token"]
    assert Browser().get(f"/oidc/userinfo?access_token={token}").status_code == 401


def test_a_site_withdraws_its_token(client, resident, site):
    token = tokens(client, site)["access_token"]
    told = {"token": token, "client_id": site.pk, "client_secret": site.shown}
    assert Browser().post("/oidc/revoke", told).status_code == 200
    assert Browser().get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401


# --- Leaving -------------------------------------------------------------------------------------------------------
def leaving(site, token, **changes) -> str:
    told = {"id_token_hint": token, "post_logout_redirect_uri": OUT, "state": "fini"} | changes
    return f"/oidc/logout?{urlencode(told)}"


def test_one_leaves_the_site_and_here(client, resident, site):
    token = tokens(client, site)["id_token"]
    page = client.get(leaving(site, token))
    assert "Vous quittez Médiathèque" in page.content.decode()
    assert "https://media.example.org" in page["Content-Security-Policy"]
    told = {name: field.value() or "" for name, field in ((f.name, f) for f in page.context["form"])}
    sent = client.post("/oidc/logout", told | {"action": "logout", "csrfmiddlewaretoken": "x"})
    assert back(sent, OUT) == {"state": "fini"}
    assert "_auth_user_id" not in client.session


def test_nobody_is_signed_out_by_a_link_nor_sent_elsewhere(client, resident, site):
    token = tokens(client, site)["id_token"]
    client.get(leaving(site, token))
    assert "_auth_user_id" in client.session
    assert client.get(leaving(site, token, post_logout_redirect_uri="https://evil.example/")).status_code == 400


# --- What the provider says of itself ------------------------------------------------------------------------------
def test_discovery_tells_of_what_is_allowed_and_nothing_else():
    told = metadata()
    assert told["issuer"] == HOUSE
    assert told["response_types_supported"] == ["code"]
    assert told["grant_types_supported"] == ["authorization_code"]
    assert told["subject_types_supported"] == ["pairwise"]
    assert not {"registration_endpoint", "introspection_endpoint", "device_authorization_endpoint"} & set(told)
    for name in ("authorization_endpoint", "jwks_uri", "end_session_endpoint"):
        assert Browser().get(told[name].removeprefix(HOUSE)).status_code in {200, 302, 400}, name


def test_keys_follow_one_another_without_a_gap(now):
    assert SigningKey.objects.count() == 1
    assert not operations.keep_signing_keys(now)
    later = now + timedelta(days=90)
    assert operations.keep_signing_keys(later)
    older, newer = SigningKey.objects.order_by("pk")
    assert newer.serves_from == later + timedelta(hours=2)
    assert older.ends == newer.serves_from + timedelta(hours=1)
    assert not operations.keep_signing_keys(later)
    assert Event.objects.filter(kind="identity.signing_key_drawn").count() == 2


def test_the_next_key_is_published_before_it_signs(client, resident, site, monkeypatch):
    from bocage.identity.provider import keys

    before = opened(tokens(client, site)["id_token"], site)
    monkeypatch.undo()
    from django.utils import timezone

    monkeypatch.setattr("bocage.identity.provider.keys.BITS", 2048)
    operations.keep_signing_keys(timezone.now(), anew=True)
    assert len(Browser().get("/oidc/jwks.json").json()["keys"]) == 2
    assert keys.signing_keys()[-1].not_before > timezone.now()
    assert before["sub"]


def test_a_key_is_read_once_for_many_tokens(client, resident, site, monkeypatch):
    from allauth.core.internal import jwkkit

    jwkkit.load_jwk_from_pem.cache_clear()
    reads = []
    load = jwkkit.load_pem
    monkeypatch.setattr(jwkkit, "load_pem", lambda pem: reads.append(1) or load(pem))
    assert "id_token" in tokens(client, site)
    for _ in range(2):
        assert "id_token" in exchange(site, back(client.get(ask(site)))["code"]).json()
    assert len(reads) == 1


def test_keys_are_sealed_anew_with_the_others():
    from bocage.identity.sealing import reseal_all

    assert reseal_all(lambda sealed: sealed + "x") == 1


# --- Secrets -------------------------------------------------------------------------------------------------------
def test_secrets_have_256_bits_and_a_fast_digest_of_their_own(site):
    assert len(site.shown) == 43
    assert site.secret.startswith("drawn_sha256$")
    assert site.shown not in site.secret
    assert check_password(site.shown, site.secret)
    assert not check_password("x" * 43, site.secret)
    with pytest.raises(ValueError, match="256"):
        make_password("quatre mots sans lien", hasher=hashers.DrawnSecretHasher.algorithm)
    assert not make_password("quatre mots sans lien").startswith("drawn_sha256$")


def test_a_secret_is_renewed(client, resident, site):
    former = site.shown
    site.shown = operations.renew_secret(site, **BY)
    code = agree(client, ask(site))["code"]
    assert exchange(site, code, client_secret=former).status_code == 401
    assert exchange(site, back(client.get(ask(site)))["code"]).status_code == 200
