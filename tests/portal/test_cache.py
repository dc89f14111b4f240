"""Kept pages: the same for everyone, and never anything of anyone."""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client, override_settings

from tests.cases import factories as cases
from tests.conftest import NOW
from tests.identity import factories as people
from tests.territory import factories as territory


@pytest.fixture
def kept(db: None, frozen: Any) -> Iterator[None]:
    """A territory, and pages kept for a minute."""
    territory.mormal(NOW)
    cases.composter(NOW)
    caches["local"].clear()
    with override_settings(PORTAL_MEMORY_SECONDS=60):
        yield
    caches["local"].clear()


def test_a_second_visit_costs_no_query(kept: None, client: Client, django_assert_num_queries: Any) -> None:
    first = client.get("/")
    with django_assert_num_queries(0):
        second = client.get("/")
    assert second.content == first.content
    assert second["ETag"] == first["ETag"]


def test_headers_of_a_kept_page(kept: None, client: Client) -> None:
    fresh = {name: value for name, value in client.get("/").items() if name != "X-Request-Id"}
    again = client.get("/")
    assert {name: value for name, value in again.items() if name != "X-Request-Id"} == fresh
    assert "script-src 'self'" in again["Content-Security-Policy"]
    assert again["X-Frame-Options"] == "DENY"
    assert again["X-Content-Type-Options"] == "nosniff"
    assert again["Cache-Control"] == "private, no-cache"
    assert "Cookie" in again["Vary"]
    assert not again.cookies
    assert again["X-Request-Id"] != client.get("/")["X-Request-Id"]


def test_not_modified(kept: None, client: Client) -> None:
    tag = client.get("/")["ETag"]
    response = client.get("/", headers={"if-none-match": tag})
    assert response.status_code == 304
    assert response.content == b""
    assert client.get("/", headers={"if-none-match": 'W/"other"'}).status_code == 200


def test_compressed_for_those_who_ask(kept: None, client: Client) -> None:
    plain = client.get("/")
    small = client.get("/", headers={"accept-encoding": "gzip, br"})
    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    assert "Accept-Encoding" in small["Vary"]


def test_head_has_no_body_of_its_own(kept: None, client: Client) -> None:
    assert client.head("/").status_code == 200
    client.get("/")
    assert client.head("/")["ETag"] == client.get("/")["ETag"]


def test_nothing_of_a_signed_in_person_is_kept_or_given(kept: None, client: Client) -> None:
    anonymous = Client()
    client.force_login(people.resident(birth_name="Bellehaie", given_names="Suzanne"))
    assert "Mon espace" in client.get("/").content.decode()
    html = anonymous.get("/").content.decode()
    assert "Se connecter" in html
    assert "Mon espace" not in html
    assert "Mon espace" in client.get("/").content.decode()  # nor the reverse


def test_each_commune_has_its_own_page(kept: None, client: Client) -> None:
    other = Client()
    other.cookies["commune"] = "59353"
    assert "Locquignol" in other.get("/").content.decode()
    assert "Locquignol" not in client.get("/").content.decode()
    assert "Locquignol" in other.get("/").content.decode()


def test_a_message_reaches_its_reader_alone(kept: None, client: Client) -> None:
    client.get("/")
    shown = client.post("/ma-commune/", {"insee": "59353"}, follow=True).content.decode()
    assert "Votre commune\u00a0: Locquignol" in shown
    other = Client()
    other.cookies["commune"] = "59353"
    assert "Votre commune\u00a0:" not in other.get("/").content.decode()
    assert "Votre commune\u00a0:" not in client.get("/").content.decode()


@pytest.mark.parametrize("path", ["/ma-commune/", "/compte/connexion/"])
def test_a_page_with_a_form_token_is_never_kept(kept: None, client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert "csrfmiddlewaretoken" in response.content.decode()
    assert "ETag" not in response
    assert not [key for key in caches["local"]._cache if "page:" in key and path in key]


def test_queries_and_missing_pages_are_not_kept(kept: None, client: Client) -> None:
    client.get("/?utm=1")
    client.get("/faire/nimporte/")
    client.get("/communes/?q=bavay")
    assert not [key for key in caches["local"]._cache if "page:" in key]


@pytest.mark.parametrize("cookie", ["a" * 300, "<b>", "../..", "59353;x"])
def test_a_forged_cookie_fills_no_memory(kept: None, client: Client, cookie: str) -> None:
    client.cookies["commune"] = cookie
    assert client.get("/").status_code == 200
    assert not [key for key in caches["local"]._cache if "page:" in key]


def test_a_minute_later_the_page_is_made_anew(kept: None, client: Client, django_assert_num_queries: Any) -> None:
    import time_machine

    client.get("/")
    with time_machine.travel(NOW + timedelta(hours=7), tick=False):
        evening = client.get("/").content.decode()
    assert "fermé" in evening
    assert "fermé" not in client.get("/").content.decode().split("besoin-d-aide")[1].split("</section>")[0]


def test_a_forged_host_is_refused(kept: None) -> None:
    with override_settings(ALLOWED_HOSTS=["portail.example.org"]):
        assert Client(headers={"host": "mechant.example.org"}).get("/").status_code == 400


def test_results_are_worked_out_once_whatever_the_query_says(
    kept: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    monkeypatch.setattr("bocage.portal.views.cases.procedure_results", lambda now: counted.append(1) or [])
    for query in ("?x=1", "?x=2", "?y=3"):
        assert client.get(f"/resultats/{query}").status_code == 200
    assert len(counted) == 1
