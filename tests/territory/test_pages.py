"""The pages that residents read, and what they can download."""

import csv
import gzip
import io
import json
import re
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from bocage.base.actors import Actor
from bocage.territory import operations, queries
from bocage.territory.contours import communes_map
from bocage.territory.models import Place
from tests.territory.factories import mormal

pytestmark = pytest.mark.slow

AGENT = Actor("account", 1, "Agent")


@pytest.fixture(autouse=True)
def _country(db: None, frozen: datetime) -> None:
    """The whole territory; the clock stands on a Tuesday at 10 h 30."""
    mormal(frozen)


def text_of(client: Client, url: str) -> str:
    """A page's HTML with plain spaces. Fails unless the page is there."""
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def test_every_commune_is_in_the_list_and_on_the_map(client: Client) -> None:
    page = text_of(client, "/communes/")
    for commune in queries.communes():
        assert page.count(f'href="/communes/{commune.slug}/"') == 2, commune
    assert page.count("<path") == 52
    assert "· ouverte" in page


def test_the_map_stays_within_its_budget(client: Client) -> None:
    page = client.get("/communes/").content
    assert len(gzip.compress(page, 6)) <= 25_000
    assert len(re.findall(rb"<[a-z]", page)) <= 340  # 350 with the strip of the demonstration
    assert b"style=" not in page


def test_the_drawing_is_whole() -> None:
    drawing = communes_map()
    assert len(drawing.shapes) == 52
    assert drawing.width == 480
    assert 400 < drawing.height < 700
    for shape in drawing.shapes:
        assert re.fullmatch(r"(M\d+ \d+l[-\d ]+z)+", shape.path), shape.name
        assert 0 < shape.x < drawing.width
        assert 0 < shape.y < drawing.height
    locquignol = next(shape for shape in drawing.shapes if shape.slug == "locquignol")
    assert "jolimetz" in {shape.slug for shape in drawing.neighbours("59353")}
    assert len(locquignol.neighbours) >= 8
    assert all(shape.neighbours for shape in drawing.shapes)
    assert drawing.neighbours("75056") == []


def test_the_list_is_narrowed_by_name_and_by_open_town_halls(client: Client) -> None:
    page = text_of(client, "/communes/?q=amfroipret")
    assert "1 commune trouvée" in page
    assert page.count('class="here"') == 1
    assert "Aucune commune ne s’appelle « &lt;b&gt;x »" in text_of(client, "/communes/?q=<b>x")
    opened = text_of(client, "/communes/?ouvertes=1")
    assert "communes trouvées" in opened
    assert "/communes/gussignies/" in opened  # still on the map
    assert opened.count("/communes/gussignies/") == 1  # open on Fridays only


def test_a_commune_tells_its_town_hall(client: Client) -> None:
    page = text_of(client, "/communes/bavay/")
    assert "Mairie de Bavay" in page
    assert "Ouvert, ferme à 12 h" in page
    assert "13 h 30 à 18 h" in page
    assert 'href="tel:0327630674"' in page
    assert "annuaire national" in page
    assert "Antenne de Bavay" in page
    assert "3 240 habitants" in page
    assert "Audignies" in page


def test_old_names_and_codes_lead_to_the_commune(client: Client) -> None:
    assert client.get("/communes/59070/").headers["Location"] == "/communes/loree-de-mormal/"
    assert "Amfroipret, Bermeries" in text_of(client, "/communes/loree-de-mormal/")
    assert client.get("/communes/nulle-part/").status_code == 404
    assert client.get("/communes/75056/").status_code == 404


def test_unknown_hours_say_what_to_do(client: Client) -> None:
    page = text_of(client, "/communes/jenlain/")
    assert "Horaires non communiqués" in page
    assert "Téléphonez avant de vous déplacer" in page


def test_a_place_tells_closures_and_that_it_is_invented(client: Client, frozen: datetime) -> None:
    counter = Place.objects.get(slug="antenne-bavay")
    day = date(2026, 3, 16)
    operations.add_closure(counter, day, day, "inventaire", actor=AGENT, now=frozen)
    page = text_of(client, "/lieux/antenne-bavay/")
    assert "Lieu inventé pour la démonstration" in page
    assert "le lundi 16 mars 2026 (inventaire)" in page
    assert "Rampe à droite" in page
    assert "Les horaires changent" not in page
    assert "Les horaires changent" in text_of(client, "/lieux/dechetterie-le-quesnoy/")
    assert client.get("/lieux/nulle-part/").status_code == 404


@pytest.mark.parametrize("url", ["/communes/", "/communes/bavay/", "/lieux/antenne-bavay/"])
def test_pages_take_few_queries(
    client: Client, url: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # The tests' transaction sets the cache aside, so that the zone, the territory and the calendar come back each time.
    with django_assert_max_num_queries(25):
        client.get(url)


def test_every_place_has_a_page(client: Client) -> None:
    for place in Place.objects.all():
        assert place.name.replace("'", "&#x27;") in text_of(client, f"/lieux/{place.slug}/")


def test_open_data_can_be_read_back(client: Client) -> None:
    communes = json.loads(client.get("/donnees/communes.geojson").content)
    assert len(communes["features"]) == 52
    assert communes["features"][0]["properties"]["anciennes_communes"] == ["Amfroipret", "Bermeries"]
    places = json.loads(client.get("/donnees/lieux.geojson").content)
    assert {feature["geometry"]["type"] for feature in places["features"]} == {"Point"}
    response = client.get("/donnees/lieux.csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert len(rows) == Place.objects.count() == len(places["features"])
    assert {row["demonstration"] for row in rows} == {"oui", "non"}
    assert "@" not in response.content.decode()
    assert response.headers["Cache-Control"] == "public, max-age=3600"


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(client: Client) -> None:
    Place.objects.filter(slug="antenne-bavay").update(name="=1+1")
    assert "'=1+1" in client.get("/donnees/lieux.csv").content.decode()


@pytest.mark.parametrize("url", ["/communes/", "/communes/bavay/", "/lieux/antenne-bavay/", "/donnees/lieux.csv"])
def test_pages_are_read_only(client: Client, url: str) -> None:
    assert client.post(url).status_code in {403, 405}


def test_the_svg_is_well_formed(client: Client) -> None:
    for url in ("/communes/", "/communes/bavay/"):
        svg = re.search(r'<svg class="map".*?</svg>', client.get(url).content.decode(), re.DOTALL)
        assert svg
        ElementTree.fromstring(svg[0])


def test_the_data_folder_tells_its_sources() -> None:
    folder = Path(__file__).parents[2] / "data" / "territories" / "mormal"
    sources = (folder / "SOURCES.md").read_text()
    for name in (
        "communes.csv",
        "communes.geojson",
        "mairies.json",
        "places.json",
        "demo/hours.json",
        "territory.json",
    ):
        assert (folder / name).is_file()
        assert name in sources
