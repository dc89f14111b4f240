"""What an attacker tries at the doors: which addresses have an account, a session planted, a form of another site, a
forged host, a way out of the house. What concerns one door alone is tested beside it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from bocage.identity import operations
from bocage.identity.models import Account
from tests.conftest import NOW
from tests.identity import factories

pytestmark = pytest.mark.django_db
PASSWORD = "cheval pile agrafe correct"
KNOWN, UNKNOWN = "camille@example.org", "inconnue@example.org"


@pytest.fixture(autouse=True)
def _no_rates_left_over() -> None:
    for cache in caches.all():
        cache.clear()


@pytest.fixture
def camille() -> Account:
    account = factories.account("camille59", email=KNOWN, password=PASSWORD, person=factories.person())
    EmailAddress.objects.create(user=account, email=KNOWN, verified=True, primary=True)
    return account


# --- Enumeration ---------------------------------------------------------------------------------------------------
def sign_in(client: Client, email: str) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": "pas le bon du tout"})


def reset(client: Client, email: str) -> Any:
    return client.post(reverse("account_reset_password"), {"email": email})


def sign_up(client: Client, email: str) -> Any:
    told = {"given_names": "Camille", "birth_name": "Lefèvre", "usual_name": "", "email": email, "password1": PASSWORD}
    return client.post(reverse("account_signup"), told)


def sign_up_with_a_key(client: Client, email: str) -> Any:
    told = {"given_names": "Camille", "birth_name": "Lefèvre", "usual_name": "", "email": email}
    return client.post(reverse("account_signup_by_passkey"), told)


def link(client: Client, email: str) -> Any:
    return client.post(reverse("identity_link_ask"), {"email": email})


def card(client: Client, email: str) -> Any:
    return client.post(reverse("identity_card"), {"login": email, "code": "22222-22222"})


DOORS: list[Callable[[Client, str], Any]] = [sign_in, reset, sign_up, sign_up_with_a_key, link, card]


def seen(response: Any, email: str) -> str:
    """A page without what differs from one visit to the next, nor the address that was typed."""
    text = re.sub(r'value="[^"]*"|nonce="[^"]*"', "", response.content.decode())
    return text.replace(email, "…")


@pytest.mark.parametrize("door", DOORS)
def test_a_known_and_an_unknown_address_get_the_same_answer_for_the_same_work(
    camille: Account, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any], door: Callable[[Client, str], Any]
) -> None:
    """Answer, next page, digests worked out, mails sent: all that a clock or an eye could tell apart."""
    digests: list[int] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *told: digests.append(1) or encode(*told))
    door(Client(), "chauffe@example.org")
    told = []
    for email in (KNOWN, UNKNOWN):
        digests.clear()
        one, mails = Client(), len(mailoutbox)
        with CaptureQueriesContext(connection) as queries:
            answer = door(one, email)
        statements = len(queries)  # read now: the next request empties the log
        where = answer.headers.get("Location", "")
        then = seen(one.get(where), email) if where else ""
        work = (len(digests), len(mailoutbox) - mails)
        told.append(((answer.status_code, where, seen(answer, email), then, work), statements))
        print([q["sql"][:110] for q in queries.captured_queries] if 0 else "")
    assert told[0][0] == told[1][0]
    assert abs(told[0][1] - told[1][1]) <= 1, "the statements sent to the database"


# --- A session planted ---------------------------------------------------------------------------------------------
def by_password(client: Client, account: Account, mails: list[Any]) -> Any:
    return client.post(reverse("account_login"), {"login": KNOWN, "password": PASSWORD})


def by_link(client: Client, account: Account, mails: list[Any]) -> Any:
    link(Client(), KNOWN)
    found = re.search(r"/compte/connexion/lien/\S+", mails[-1].body)
    assert found
    return client.post(found[0])


def by_card(client: Client, account: Account, mails: list[Any]) -> Any:
    _card, codes = operations.issue_card(account, issued_by=None, actor=factories.SYSTEM, now=NOW)
    return client.post(reverse("identity_card"), {"login": account.username, "code": codes[0]})


def by_reset(client: Client, account: Account, mails: list[Any]) -> Any:
    answer = reset(client, KNOWN)
    found = re.search(r"^\s*(\d{6})\s*$", mails[-1].body, re.MULTILINE)
    assert found
    answer = client.post(answer["Location"], {"code": found[1]})
    new = "un autre long mot de passe"
    client.post(answer["Location"], {"password1": new, "password2": new})
    return client.post(reverse("account_login"), {"login": KNOWN, "password": new})


@pytest.mark.parametrize("way", [by_password, by_link, by_card, by_reset])
def test_signing_in_leaves_the_session_that_was_there(
    camille: Account, mailoutbox: list[Any], way: Callable[[Client, Account, list[Any]], Any]
) -> None:
    planted = Client()
    session = planted.session
    session["planted"] = True
    session.save()
    planted.cookies["sessionid"] = session.session_key
    assert way(planted, camille, mailoutbox).status_code == 302
    assert int(planted.session["_auth_user_id"]) == camille.pk
    assert planted.session.session_key != session.session_key
    assert not Session.objects.filter(session_key=session.session_key).exists()
    attacker = Client()
    attacker.cookies["sessionid"] = session.session_key
    assert attacker.get(reverse("identity_home")).status_code == 302
    cookie = planted.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


# --- A form of another site ----------------------------------------------------------------------------------------
def routes(patterns: Any, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, prefix + str(one.pattern))
        else:
            yield prefix + str(one.pattern), one


WITHOUT_TOKEN = {
    "oidc/token": "a site's own server, with its secret or its proof key",
    "oidc/userinfo": "a site's own server, with an access token",
    "oidc/revoke": "a site's own server, with its secret",
    "oidc/authorize": "a site sends browsers here; its consent form has its own token (test_provider)",
    "oidc/logout": "a site sends browsers here; its question has its own token (test_provider)",
    "demo/<slug:key>/api/v2/token": "the demonstration's provider: a server speaks to it",
}


def test_every_address_that_takes_a_form_wants_its_token() -> None:
    """Wagtail's API of the desk reads; Django REST framework asks signed-in browsers for the token all the same."""
    free = {path for path, one in routes(get_resolver().url_patterns) if getattr(one.callback, "csrf_exempt", False)}
    assert {path for path in free if not path.startswith("bureau/api/main/")} == set(WITHOUT_TOKEN)


ACCOUNT = [(path, one) for path, one in routes(get_resolver().url_patterns) if path.startswith("compte/")]


def test_no_form_of_another_site_changes_an_account(camille: Account) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(camille)
    before = Account.objects.values().get(), list(EmailAddress.objects.values())
    for path, _one in ACCOUNT:
        address = "/" + re.sub(r"<[^>]+>", "1", path)
        answer = client.post(
            address, {"email": "moi@attaquant.example"}, headers={"origin": "https://attaquant.example"}
        )
        assert answer.status_code == 403, address
    assert before == (Account.objects.values().get(), list(EmailAddress.objects.values()))
    assert len(ACCOUNT) > 40


# --- A forged host -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("header", ["host", "x-forwarded-host"])
def test_a_forged_host_is_refused_or_not_read(
    camille: Account, settings: Any, mailoutbox: list[Any], door: Callable[[Client, str], Any], header: str
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    client = Client(headers={header: "attaquant.example"})
    answer = door(client, KNOWN)
    assert answer.status_code == 400 if header == "host" else answer.status_code in {200, 302, 422}
    told = "".join(mail.body + str(mail.alternatives if hasattr(mail, "alternatives") else "") for mail in mailoutbox)
    assert "attaquant" not in told + answer.headers.get("Location", "") + answer.content.decode()
    assert not mailoutbox or header != "host"


def test_links_in_mails_name_the_house_whatever_host_was_asked(camille: Account, settings: Any, mailoutbox: list[Any]):
    settings.ALLOWED_HOSTS = ["testserver", "autre-nom.example"]
    link(Client(headers={"host": "autre-nom.example"}), KNOWN)
    assert f"{settings.ENV.base_url}/compte/connexion/lien/" in mailoutbox[-1].body


# --- A way out of the house ----------------------------------------------------------------------------------------
OUTSIDE = [
    "https://ailleurs.example/",
    "//ailleurs.example",
    "///ailleurs.example",
    "/\\ailleurs.example",
    "\\\\ailleurs.example",
    "https:ailleurs.example",
    "http:///ailleurs.example",
    "https://testserver@ailleurs.example/",
    "https://testserver.ailleurs.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "\t//ailleurs.example",
    "/\t/ailleurs.example",
    "ftp://testserver/",
    "account_login",
]


def sign_out(client: Client, account: Account, outside: str) -> Any:
    client.force_login(account)
    return client.post(reverse("account_logout"), {"next": outside})


def sign_in_then(client: Client, account: Account, outside: str) -> Any:
    return client.post(reverse("account_login"), {"login": KNOWN, "password": PASSWORD, "next": outside})


def card_then(client: Client, account: Account, outside: str) -> Any:
    _card, codes = operations.issue_card(account, issued_by=None, actor=factories.SYSTEM, now=NOW)
    return client.post(reverse("identity_card"), {"login": "camille59", "code": codes[0], "next": outside})


def confirm_then(client: Client, account: Account, outside: str) -> Any:
    client.force_login(account)
    return client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": outside})


def already_in(client: Client, account: Account, outside: str) -> Any:
    client.force_login(account)
    return client.get(reverse("account_login"), {"next": outside})


def already_in_by_link(client: Client, account: Account, outside: str) -> Any:
    client.force_login(account)
    return client.get(reverse("identity_link_ask"), {"next": outside})


def commune(client: Client, account: Account, outside: str) -> Any:
    return client.post(reverse("my_commune"), {"insee": factories.commune(insee="59353").insee, "next": outside})


WAYS = [sign_out, sign_in_then, card_then, confirm_then, already_in, already_in_by_link, commune]


def is_inside(where: str) -> bool:
    """Whether a browser that follows this stays: a path of ours, whatever it makes of slashes and blanks."""
    flat = re.sub(r"[\t\r\n]", "", where.strip()).replace("\\", "/")
    parts = urlsplit(flat)
    return flat.startswith("/") and not flat.startswith("//") and not parts.scheme and not parts.netloc


@pytest.mark.parametrize("way", WAYS)
def test_nothing_leads_out_of_the_house(camille: Account, way: Callable[[Client, Account, str], Any]) -> None:
    led = {}
    for outside in OUTSIDE:
        for cache in caches.all():
            cache.clear()
        answer = way(Client(), camille, outside)
        assert answer.status_code == 302, (outside, answer.status_code)
        led[outside] = answer["Location"]
    assert [outside for outside, where in led.items() if not is_inside(where)] == []
    assert way(Client(), camille, "/aide/")["Location"] == "/aide/"  # and what is inside is kept
