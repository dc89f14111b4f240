"""Pages, news and alerts as people meet them: served without account, found, followed, withdrawn."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image as PilImage
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from bocage.base.models import Event
from bocage.identity.models import Account, Role
from bocage.publishing import operations, queries
from bocage.publishing.models import Alert, HomePage
from bocage.search import queries as search
from tests.identity.factories import agent
from tests.publishing.factories import NOW, news, page, tree
from tests.territory.factories import commune, place

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def home() -> HomePage:
    return tree()


@pytest.fixture
def picture(settings: Any, tmp_path: Path) -> Any:
    """A picture that an editor sent."""
    settings.MEDIA_ROOT = tmp_path
    path = tmp_path / "haie.png"
    PilImage.new("RGB", (1000, 600), "#2a5d36").save(path)
    return get_image_model().objects.create(title="Haie", file=ContentFile(path.read_bytes(), "haie.png"))


def test_a_page_is_read_without_account(home: HomePage, client: Client, picture: Any) -> None:
    counter = place(slug="antenne-bavay", name="Antenne de Bavay", phone="03 53 01 00 10")
    body = [
        ("heading", {"text": "Comment ?", "level": "h3"}),
        ("paragraph", "<p>Un <b>seau</b>.</p>"),
        ("key_info", {"title": "À retenir", "text": "<p>Du sec.</p>"}),
        ("steps", [{"title": "Poser", "text": "<p>À l'ombre.</p>"}, {"title": "Attendre", "text": ""}]),
        ("picture", {"image": picture, "alt": "Une haie", "caption": "En novembre"}),
        ("procedure", {"slug": "composteur", "label": "Commander un composteur"}),
        ("contact", {"place": counter.slug, "name": "", "phone": "", "email": ""}),
    ]
    made = page(body=body)
    for _again in range(2):  # the second finds the pictures made by the first
        response = client.get(made.get_url())
        assert response.status_code == 200
    html = response.content.decode()
    assert "<h3>Comment\u00a0?</h3>" in html
    assert 'alt="Une haie"' in html
    assert 'loading="lazy"' in html
    assert "800w" in html
    address = html.split(' src="/medias/')[1].split('"')[0]
    image = client.get(f"/medias/{address}")
    assert (image.status_code, image["Content-Type"]) == (200, "image/webp")
    assert b"".join(image)
    assert client.get("/medias/../settings.py").status_code in {400, 404}
    assert 'href="/demarches/composteur/"' in html
    assert "ouvert, ferme à 12 h" in html.lower().replace("\u00a0", " ")


def test_legal_pages_are_those_that_editors_write(home: HomePage, client: Client) -> None:
    for slug in ("mentions-legales", "accessibilite", "donnees-personnelles"):
        assert client.get(f"/{slug}/").status_code == 200
    assert client.get("/rien-de-tel/").status_code == 404


def test_a_withdrawn_page_is_not_served_nor_found(
    home: HomePage, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = page("Broyeur à prêter", body=[("paragraph", "<p>Un broyeur de végétaux.</p>")])
    assert search.find("broyeur").total == 1
    assert search.find("végétaux").total == 1
    with django_capture_on_commit_callbacks(execute=True):
        made.unpublish()
    assert client.get("/broyeur-a-preter/").status_code == 404
    assert search.find("broyeur").total == 0


def test_a_deleted_page_is_found_no_more(home: HomePage, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = page("Broyeur à prêter")
    with django_capture_on_commit_callbacks(execute=True):
        made.delete()
    assert search.find("broyeur").total == 0


def test_a_draft_is_not_found(home: HomePage, django_capture_on_commit_callbacks: Any) -> None:
    made = page("Broyeur")
    with django_capture_on_commit_callbacks(execute=True):
        made.title = "Tondeuse"
        made.save_revision()
    assert search.find("tondeuse", correct=False).total == 0


def test_news_leave_the_list_when_they_are_over(home: HomePage, client: Client) -> None:
    news("Marché de Noël", until=date(2026, 11, 24))
    news("Brocante finie", until=date(2026, 11, 23))
    news("Foire à venir", date=date(2026, 11, 25))
    html = client.get("/actualites/").content.decode()
    assert "Marché de Noël" in html
    assert "Brocante finie" not in html
    assert "Foire à venir" not in html
    assert "n’est plus à jour" in client.get("/actualites/brocante-finie/").content.decode()
    assert {item.title for item in queries.news_items()} == {"Marché de Noël"}


def test_news_of_ones_commune(home: HomePage, client: Client) -> None:
    bavay, jolimetz = commune("59053", "Bavay"), commune("59322", "Jolimetz")
    news("À Bavay", communes=[bavay])
    news("À Bavay et Jolimetz", communes=[bavay, jolimetz])
    news("À Jolimetz", communes=[jolimetz])
    news("Partout")
    found = queries.current_news(date(2026, 11, 24), bavay)
    assert sorted(item.title for item in found) == ["Partout", "À Bavay", "À Bavay et Jolimetz"]
    client.cookies["commune"] = "59053"
    html = client.get("/actualites/?commune=la-mienne").content.decode()
    assert "À Bavay et Jolimetz" in html
    assert "À Jolimetz" not in html


def test_the_list_costs_the_same_whatever_its_length(home: HomePage, client: Client, picture: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        client.get("/actualites/")
        with CaptureQueriesContext(connection) as queries_made:
            assert client.get("/actualites/").status_code == 200
        return len(queries_made)

    news("Une", picture=picture)
    one = cost()
    for number in range(6):
        news(f"Encore {number}", picture=picture)
    assert cost() <= one
    assert one <= 25


def test_a_page_number_that_is_not_one(home: HomePage, client: Client) -> None:
    assert client.get("/actualites/?page=zéro").status_code == 200
    assert client.get("/actualites/?page=99999999999999999999").status_code == 200


def test_the_feed(home: HomePage, client: Client) -> None:
    news("Marché <de> Noël & co")
    response = client.get("/actualites/flux.xml")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/rss+xml")
    xml = response.content.decode()
    assert "Marché &lt;de&gt; Noël &amp; co" in xml
    assert "http://testserver/actualites/marche-de-noel-co/" in xml


def test_a_document_is_read_without_account(home: HomePage, client: Client, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    made = get_document_model().objects.create(title="Plan", file=ContentFile(b"a;b\n", "plan.csv"))
    response = client.get(made.url)
    assert response.status_code == 200
    assert b"".join(response) == b"a;b\n"


# --- Alerts --------------------------------------------------------------------------------------------------------
def alert(text: str, **values: Any) -> Alert:
    """An alert running now."""
    communes = values.pop("communes", [])
    defaults = {"level": "info", "starts": NOW - timedelta(hours=1), "ends": NOW + timedelta(hours=1)}
    made = Alert.objects.create(text=text, **{**defaults, **values})
    made.communes.set(communes)
    return made


def test_alerts_are_those_of_now_and_here_gravest_first() -> None:
    bavay, jolimetz = commune("59053", "Bavay"), commune("59322", "Jolimetz")
    alert("Partout")
    alert("Danger", level="danger", communes=[bavay, jolimetz])
    alert("À Jolimetz", communes=[jolimetz])
    alert("Hier", starts=NOW - timedelta(days=2), ends=NOW)
    alert("Demain", starts=NOW + timedelta(hours=1), ends=NOW + timedelta(days=1))
    assert [one.text for one in queries.alerts(bavay, NOW)] == ["Danger", "Partout"]
    assert {one.text for one in queries.alerts(None, NOW)} == {"Danger", "Partout", "À Jolimetz"}
    assert queries.alerts(None, NOW)[0].communes == ("Bavay", "Jolimetz")


@pytest.fixture
def admin(client: Client, settings: Any) -> Account:
    """The administrator, signed in (without a second factor, as in the demonstration)."""
    settings.DEMO = True
    account = agent(Role.ADMINISTRATOR)
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return account


def test_the_desk_writes_alerts_through_operations_with_their_event(client: Client, admin: Account) -> None:
    bavay = commune("59053", "Bavay")
    values = {
        "level": "warning", "text": "Verglas", "url": "/actualites/", "communes": [bavay.pk],
        "starts": "2026-11-24 08:00", "ends": "2026-11-25 08:00",
    }  # fmt: skip
    base = "/bureau/snippets/publishing/alert"
    response = client.post(f"{base}/add/", values)
    assert response.status_code == 302
    made = Alert.objects.get()
    client.post(f"{base}/edit/{made.pk}/", values | {"text": "Neige"})
    made.refresh_from_db()
    assert made.text == "Neige"
    client.post(f"{base}/delete/{made.pk}/")
    assert not Alert.objects.exists()
    events = Event.objects.filter(stream="publishing", kind__startswith="alert.").order_by("pk")
    assert [event.kind for event in events] == ["alert.saved", "alert.saved", "alert.deleted"]
    assert {event.actor for event in events} == {f"account:{admin.pk}"}


def test_an_alert_that_cannot_be_is_refused_with_a_reason(client: Client, admin: Account) -> None:
    values = {
        "level": "info",
        "text": "X",
        "url": "https://ailleurs.example/",
        "starts": "2026-11-24 08:00",
        "ends": "2026-11-23 08:00",
    }
    response = client.post("/bureau/snippets/publishing/alert/add/", values)
    assert response.status_code == 200
    assert not Alert.objects.exists()
    assert "La fin doit venir après le début." in response.content.decode()


def test_publish_scheduled_runs(home: HomePage) -> None:
    made = page("Plus tard")
    made.expire_at = NOW - timedelta(minutes=1)
    made.save()
    operations.publish_scheduled(NOW)
    made.refresh_from_db()
    assert not made.live
