"""What every answer says to browsers: headers, names of cookies, and nothing personal left in the browser."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from bocage.base import cookies, web
from bocage.base.env import BadEnvironment, Environment
from bocage.base.fences import ALWAYS, PERSONAL, PUBLIC
from tests.cases.factories import composter
from tests.identity import factories
from tests.test_addresses import text_of

SAID = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Cache-Control",
    *ALWAYS,
}
ANSWERS = [
    ("/", 200),
    ("/compte/connexion/", 200),
    ("/compte/", 302),  # to sign in
    ("/nulle-part/", 404),
    ("/dossiers/K7QF-2M9X-A/message/", 405),
    ("/favicon.ico", 200),
    ("/donnees/lieux.csv", 200),
    ("/oidc/jwks.json", 200),
    ("/healthz", 200),
    ("/bureau/", 302),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "status"), ANSWERS)
def test_every_answer_is_fenced(client: Client, territory: Any, address: str, status: int) -> None:
    response = client.get(address)
    assert response.status_code == status
    assert {name for name in SAID if not response.has_header(name)} == set()
    policy = response["Content-Security-Policy"]
    for directive in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "script-src 'self'"):
        assert directive in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    list(getattr(response, "streaming_content", ()))


@pytest.mark.django_db
def test_other_sites_read_the_public_keys_of_the_provider_and_nothing_else(client: Client, territory: Any) -> None:
    opened = {"/oidc/jwks.json", "/.well-known/openid-configuration"}
    for address in {*(address for address, _status in ANSWERS), *opened, "/oidc/userinfo", "/oidc/token"}:
        response = client.get(address, headers={"origin": "https://elsewhere.example"})
        list(getattr(response, "streaming_content", ()))
        allowed = response.get("Access-Control-Allow-Origin", "")
        assert allowed == ("*" if address in opened else ""), address
        assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.django_db
def test_an_error_of_ours_and_a_plain_http_request_too(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/")
    assert response.status_code == 301
    assert {name for name in ALWAYS if not response.has_header(name)} == set()
    secure = client.get("/nulle-part/", secure=True)
    assert secure.status_code == 404


@pytest.mark.django_db
def test_https_is_remembered_for_a_year_and_below(client: Client, settings: Any, territory: Any) -> None:
    """The header is Django's; what is looked at here is that nothing of ours answers before it."""
    from django.middleware.security import SecurityMiddleware

    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    for address in ("/", "/nulle-part/", "/favicon.ico"):
        response = client.get(address, secure=True)
        assert "max-age=31536000; includeSubDomains" in response["Strict-Transport-Security"]
        text_of(response)
    names = django_settings.MIDDLEWARE
    own = f"{SecurityMiddleware.__module__}.{SecurityMiddleware.__name__}"
    before = names[: names.index(own)]
    assert all(name.startswith("bocage.base.") for name in before), "these only pass on"


def test_the_web_servers_own_refusals_too(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SECURE_HSTS_PRELOAD = False
    head = web.answer(400).split(b"\r\n\r\n")[0].decode()
    for name, value in ALWAYS.items():
        assert f"{name}: {value}" in head
    assert "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n" in f"{head}\r\n"
    settings.SECURE_HSTS_SECONDS = 0
    assert b"Strict-Transport-Security" not in web.answer(400)


# --- What stays in the browser -------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("name", ["space", "identity_home", "identity_details", "home", "procedures", "my_commune"])
def test_nothing_of_someone_signed_in_stays_in_the_browser(client: Client, territory: Any, name: str) -> None:
    client.force_login(factories.resident())
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen")
def test_a_form_that_nobody_is_signed_in_for_comes_back_as_it_was_typed(
    client: Client, territory: Any, now: Any
) -> None:
    """Nothing of anyone's own is in it: a browser may keep it for « back »."""
    composter(now)
    response = client.get(reverse("procedure_start", args=["composteur"]))
    assert response.status_code == 200
    assert response["Cache-Control"] == PUBLIC


@pytest.mark.django_db
def test_what_says_itself_how_long_it_keeps_is_believed(client: Client, territory: Any) -> None:
    client.force_login(factories.resident())
    response = client.get("/favicon.ico")
    text_of(response)
    assert response["Cache-Control"].startswith("public")
    assert PERSONAL not in response["Cache-Control"]


def test_no_script_of_ours_keeps_anything_or_runs_text() -> None:
    """Wagtail's own scripts are its own."""
    root = Path(cookies.__file__).resolve().parents[1]
    scripts = sorted(root.glob("**/static/**/*.js"))
    assert len(scripts) >= 5
    never = re.compile(
        r"localStorage|sessionStorage|indexedDB|document\.cookie|serviceWorker|postMessage"
        r"|\beval\(|new Function|document\.write|__proto__"
    )
    assert [f"{script.name}: {found[0]}" for script in scripts for found in never.finditer(script.read_text())] == []


# --- Cookies -------------------------------------------------------------------------------------------------------


def test_cookies_belong_to_this_host_in_https() -> None:
    assert cookies.prefixed("sessionid", https=True) == "__Host-sessionid"
    assert cookies.prefixed("sessionid", https=False) == "sessionid"
    text = (Path(__file__).resolve().parents[2] / "bocage/settings.py").read_text()
    assert 'SESSION_COOKIE_NAME = prefixed("sessionid", https=ENV.https)' in text
    assert 'CSRF_COOKIE_NAME = prefixed("csrftoken", https=ENV.https)' in text
    assert django_settings.SESSION_COOKIE_HTTPONLY
    assert django_settings.CSRF_COOKIE_HTTPONLY


@pytest.mark.django_db
def test_the_others_too(client: Client, territory: Any, settings: Any) -> None:
    settings.ENV = dataclasses.replace(django_settings.ENV, https=True)
    settings.SESSION_COOKIE_SECURE = True
    sent = client.post("/ma-commune/", {"insee": "59353"}, secure=True)
    assert {"__Host-commune", "__Host-messages"} <= set(sent.cookies)
    for cookie in sent.cookies.values():
        assert cookie["secure"], cookie.key
        assert cookie["path"] == "/", cookie.key
        assert not cookie["domain"], cookie.key
        assert cookie["samesite"] == "Lax", cookie.key
    assert sent.cookies["__Host-commune"]["httponly"]
    shown = client.get("/", secure=True).content.decode()
    assert "Locquignol" in shown


# --- Secrets -------------------------------------------------------------------------------------------------------


def given(tmp_path: Path, **environ: str) -> Environment:
    return Environment.load({"BOCAGE_VAR": str(tmp_path), "BOCAGE_MODE": "production", **environ})


def test_secrets_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a-long-secret\n")
    (tmp_path / "keys").write_text("one,two\n")
    env = given(tmp_path, SECRET_KEY_FILE=str(tmp_path / "key"), BOCAGE_KEYS_FILE=str(tmp_path / "keys"))
    assert (env.secret_key, env.keys) == ("a-long-secret", ("one", "two"))


def test_the_environment_wins_over_the_file_of_the_house(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file")
    (tmp_path / "bocage.env").write_text("SECRET_KEY=from-the-house\n")
    assert given(tmp_path, SECRET_KEY_FILE=str(tmp_path / "key")).secret_key == "from-a-file"
    (tmp_path / "bocage.env").write_text(f"SECRET_KEY_FILE={tmp_path / 'key'}\n")
    assert given(tmp_path, SECRET_KEY="from-outside").secret_key == "from-outside"
    assert given(tmp_path).secret_key == "from-a-file"


def test_a_secret_given_twice_or_unreadable_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file")
    with pytest.raises(BadEnvironment, match="both set"):
        given(tmp_path, SECRET_KEY="x", SECRET_KEY_FILE=str(tmp_path / "key"))
    with pytest.raises(BadEnvironment, match="SECRET_KEY_FILE"):
        given(tmp_path, SECRET_KEY_FILE=str(tmp_path / "none"))


def test_a_file_is_never_read_for_what_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "host").write_text("evil.example")
    env = given(tmp_path, SECRET_KEY="x", BOCAGE_HOSTS_FILE=str(tmp_path / "host"))
    assert "evil.example" not in env.hosts


def test_the_middleware_keeps_what_a_view_said() -> None:
    from bocage.base.fences import Fences

    answer = HttpResponse(
        headers={"Cache-Control": "public, max-age=60", "Cross-Origin-Resource-Policy": "cross-origin"}
    )
    fenced = Fences(lambda request: answer)(RequestFactory().get("/"))
    assert fenced["Cache-Control"] == "public, max-age=60"
    assert fenced["Cross-Origin-Resource-Policy"] == "cross-origin"
