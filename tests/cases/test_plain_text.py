"""The NUL character, which PostgreSQL's text refuses, is taken out of what people send; the rest is kept."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bocage.cases.models import Message, Note
from bocage.identity.models import Role
from tests.cases.desk import sit
from tests.cases.factories import draft, filed, jpeg

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]


@pytest.fixture
def visitor() -> Client:
    """A browser that is told of our errors as people are."""
    return Client(raise_request_exception=False)


def opens(client: Client, case: Any) -> None:
    """Let a browser open a case, as after its tracking code."""
    session = client.session
    session["cases"] = [case.reference]
    session.save()


@pytest.mark.parametrize(
    "path",
    [
        "/ma-commune/?q=%00",
        "/ma-commune/?q=%%0000",
        "/recherche/?q=a%00b&type=%00&page=%00",
        "/dossiers/%00/",
        "/suivi/%00/",
        "/demarches/%00/",
        "/lieux/%00/",
        "/communes/%00/",
        "/%00/",
    ],
)
def test_no_address_breaks(visitor: Client, path: str) -> None:
    assert visitor.get(path).status_code < 500


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/ma-commune/", {"insee": "\x00"}),
        ("/suivi/", {"reference": "\x00", "code": "\x00"}),
        ("/compte/connexion/", {"login": "a\x00b", "password": "x\x00"}),
        ("/demo/essayer/", {"username": "\x00"}),
    ],
)
def test_no_public_form_breaks(visitor: Client, path: str, data: dict[str, str]) -> None:
    assert visitor.post(path, data).status_code < 500
    assert visitor.post(f"{path}?next=%00", "&".join(f"{k}={v}" for k, v in data.items()).replace("\x00", "%00"),
                        content_type="application/x-www-form-urlencoded").status_code < 500  # fmt: skip


def test_a_session_cookie_may_hold_it(visitor: Client) -> None:
    visitor.cookies["sessionid"] = "abcdefgh\x00ijklmnopqrstuvwxyz012345"
    assert visitor.get("/suivi/").status_code == 200


def test_a_message_is_kept_without_it(visitor: Client, now: Any) -> None:
    case = filed(now)
    opens(visitor, case)
    assert visitor.post(reverse("case_message", args=[case.reference]), {"message": "Bon\x00jour"}).status_code == 302
    assert [item.body for item in Message.objects.all()] == ["Bonjour"]


def test_a_field_saved_alone_a_step_and_its_file_are_kept_without_it(visitor: Client, now: Any) -> None:
    case = draft(now)
    opens(visitor, case)
    data = {"_shown": ["birth_date"], "birth_date": "ab\x00c"}
    assert visitor.post(reverse("case_autosave", args=[case.reference]), data).status_code == 200
    case.refresh_from_db()
    assert case.pending["birth_date"] == "abc"
    named = SimpleUploadedFile("ma\x00 facture.jpg", jpeg(), "image/jpeg")
    data = {"_shown": ["birth_date", "proof"], "birth_date": "31/01/\x001948", "proof": named}
    assert visitor.post(reverse("case_step", args=[case.reference, "home"]), data).status_code < 500
    case.refresh_from_db()
    assert case.answers["birth_date"] == "1948-01-31"
    assert case.documents.order_by("-id")[0].name == "ma facture.jpg"


def test_the_desk_keeps_notes_messages_and_reasons(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.MANAGER, service="waste")
    client.raise_request_exception = False
    for name, data in (
        ("cases_note", {"note": "Rappe\x00ler"}),
        ("cases_message", {"message": "Bon\x00jour"}),
        ("cases_assign", {"assignee": "\x00"}),
        ("cases_letter", {"notice": "\x00"}),
    ):
        assert client.post(reverse(name, args=[case.reference]), data).status_code < 500, name
    assert Note.objects.get().body == "Rappeler"
    assert Message.objects.get().body == "Bonjour"
    move = reverse("cases_move", args=[case.reference, "reject"])
    assert client.post(move, {"reason": "Pas de jar\x00din."}).status_code < 500
