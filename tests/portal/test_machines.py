"""What machines ask every site for."""

from typing import Any
from urllib.robotparser import RobotFileParser

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from bocage.territory.models import Territory
from tests.conftest import NOW
from tests.territory import factories as territory

REFERENCE = "K7QF-2M9X-A"
PRIVATE = [
    "/bureau/", "/bureau/dossiers/", "/compte/", "/compte/connexion/", "/espace/", f"/dossiers/{REFERENCE}/",
    f"/dossiers/{REFERENCE}/etape/person/", "/suivi/", "/suivi/abc/", "/demo/", "/demo/boite/", "/recherche/?q=x",
]  # fmt: skip
PUBLIC = ["/", "/demarches/", "/demarches/composteur/", "/communes/", "/aide/", "/accessibilite/", "/actualites/"]


@pytest.fixture
def mormal(db: None, frozen: Any) -> Any:
    return territory.mormal(NOW)


def test_the_icon_is_one(db: None, client: Client) -> None:
    answer = client.get("/favicon.ico")
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "image/x-icon"
    assert body[:4] == b"\0\0\1\0"
    assert len(body) < 6_000
    assert "max-age" in answer["Cache-Control"]


def test_robots_read_what_is_public_and_nothing_of_anyones_own(mormal: Any, client: Client) -> None:
    answer = client.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    robots = RobotFileParser()
    robots.parse(answer.content.decode().splitlines())
    assert [address for address in PRIVATE if robots.can_fetch("Somebody", address)] == []
    assert [address for address in PUBLIC if not robots.can_fetch("Somebody", address)] == []
    assert "Disallow: /demarches/*/commencer/" in answer.content.decode()


@override_settings(DEMO=True)
def test_a_demonstration_is_in_no_search_engine(mormal: Any, client: Client) -> None:
    assert client.get("/robots.txt").content.decode().splitlines() == ["User-agent: *", "Disallow: /"]


@pytest.mark.parametrize(
    ("told", "email", "contact"),
    [
        ("securite@example.fr", "", "mailto:securite@example.fr"),
        ("https://example.fr/securite", "x@example.fr", "https://example.fr/securite"),
        ("", "accueil@example.fr", "mailto:accueil@example.fr"),
        ("", "", "http://localhost:8000/aide/"),
    ],
)
def test_whom_to_tell_of_a_hole(
    mormal: Any, client: Client, monkeypatch: pytest.MonkeyPatch, told: str, email: str, contact: str
) -> None:
    from bocage.territory import cached

    Territory.objects.update(email=email)
    cached.forget()
    fields = {**vars(settings.ENV), "security_contact": told}
    monkeypatch.setattr(settings, "ENV", type(settings.ENV)(**fields))
    answer = client.get(reverse("security_txt"))
    assert answer.status_code == 200
    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert lines["Contact"] == contact
    assert lines["Expires"] == "2026-09-06T00:00:00Z"  # 180 days from the tests' day
    assert lines["Canonical"].endswith("/.well-known/security.txt")
