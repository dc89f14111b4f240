"""« Rechercher » on the real territory: good answers to what people type, and never an empty page."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.test import Client

from bocage.publishing import loading
from bocage.search import national, operations
from tests.search.factories import NOW, item
from tests.territory.factories import mormal

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def territory(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The territory, its pages, the State's guides and a procedure, indexed once for the module."""
    procedure = item(
        "Commander un composteur",
        kind="procedure",
        url="/demarches/composteur/",
        boost=3,
        summary="Un composteur pour le jardin.",
    )
    with django_db_blocker.unblock(), transaction.atomic():
        mormal(NOW)
        loading.load(NOW)
        operations.rebuild(NOW)
        operations.put(procedure, NOW)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def house(territory: None, db: None) -> Iterator[None]:
    """The territory, at noon."""
    with time_machine.travel(NOW, tick=False):
        yield


def read(client: Client, query: str, **more: str) -> str:
    """The words of the page of results, tags left out."""
    response = client.get("/recherche/", {"q": query, **more})
    assert response.status_code == 200
    html = response.content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("\u00a0", " ").replace("&#x27;", "'").split())


def results(client: Client, query: str, **more: str) -> list[str]:
    """The titles of the results, in order."""
    html = client.get("/recherche/", {"q": query, **more}).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    lists = "".join(re.findall(r'<ul class="link-list">(.*?)</ul>', main, re.DOTALL))
    found = re.findall(r"<li><a [^>]*>([^<]*)</a>", lists)
    return [title.replace("&#x27;", "'") for title in found]


def test_good_answers(house: None, client: Client) -> None:
    for typed in ("composteur", "composteurs", "compsoteur", "compost", "bac à compost"):
        assert results(client, typed)[0] == "Commander un composteur", typed
    for typed in ("dechetterie", "déchèteries", "dechetrie", "déchetteries bavay"):
        assert results(client, typed)[0].startswith("Déchèterie"), typed
    for typed in ("mairie de bavay", "Mairie Bavay", "mairi bavay"):
        assert any("Bavay" in title for title in results(client, typed)[:2]), typed
    assert "Résultats pour « composteur »" in read(client, "compsoteur")
    assert results(client, "amfroipret")[0] == "L’Orée de Mormal"


def test_what_is_not_ours_gets_the_states_guide_the_counter_and_what_to_bring(house: None, client: Client) -> None:
    for typed, title in (
        ("carte d'identité", "Carte d’identité"),
        ("carte identite", "Carte d’identité"),
        ("CNI", "Carte d’identité"),
        ("passeport", "Passeport"),
        ("passport", "Passeport"),
        ("carte grise", "Carte grise (certificat d’immatriculation)"),
        ("permis de conduire", "Permis de conduire"),
        ("acte de naissance", "Acte"),
        ("rsa", "Revenu de solidarité active (RSA)"),
    ):
        words = read(client, typed)
        html = client.get("/recherche/", {"q": typed}).content.decode().replace("&#x27;", "'")
        answer = re.search(r'id="reponse"><a [^>]*>([^<]*)<', html)
        assert answer, typed
        assert title in answer[1], typed
        assert "service-public.gouv.fr (site de l’État)" in words, typed
        assert "données de démonstration de 2020" in words, typed
        assert re.search(r"(ouvert, ferme|fermé, ouvre)", words, re.IGNORECASE), typed
    for typed in ("carte d'identité", "carte grise", "passeport"):
        assert "Ce qu’il faut apporter" in read(client, typed), typed


def test_the_town_hall_of_ones_commune_answers_for_identity_papers(house: None, client: Client) -> None:
    client.cookies["commune"] = "59353"
    words = read(client, "carte d'identité")
    assert "Votre mairie" in words
    assert "Locquignol" in words


def test_never_empty(house: None, client: Client) -> None:
    for typed in ("xyzzyq", "!!!", "la", "日本語", "x" * 5000, "' OR 1=1 --", "\0"):
        words = read(client, typed)
        assert len(words) > 150, typed
    words = read(client, "xyzzyq")
    assert "Nous n’avons rien trouvé" in words
    assert "03 53 01 00 00" in words
    assert "Ce que l’on vient souvent faire ici" in words


def test_what_was_typed_is_shown_and_never_run(house: None, client: Client) -> None:
    html = client.get("/recherche/", {"q": "<script>alert(1)</script> composteur"}).content.decode()
    assert "<script>alert" not in html


def test_one_kind_is_paginated(house: None, client: Client) -> None:
    everything = read(client, "mairie")
    assert "résultats : lieux" in everything
    first, second = results(client, "mairie", type="place"), results(client, "mairie", type="place", page="2")
    assert len(first) == 15
    assert len(second) == 15
    assert not set(first) & set(second)
    for page in ("0", "-1", "zéro", "99999999999999999999"):
        assert client.get("/recherche/", {"q": "mairie", "type": "place", "page": page}).status_code == 200
    assert client.get("/recherche/", {"q": "mairie", "type": "rien"}).status_code == 200


def test_the_page_costs_few_statements(house: None, client: Client, django_assert_max_num_queries: Any) -> None:
    for typed in ("mairie de bavay", "carte d'identité", "compsoteur"):
        client.get("/recherche/", {"q": typed})
        with django_assert_max_num_queries(25):
            client.get("/recherche/", {"q": typed})


def test_a_sheet(house: None, client: Client) -> None:
    for sheet_id in ("N358", "F1794", "F31413", "N367", "F1986"):
        html = client.get(f"/fiches/{sheet_id}/").content.decode()
        assert f"https://www.service-public.gouv.fr/particuliers/vosdroits/{sheet_id}" in html
        assert "donnée de démonstration de 2020" in html
    assert client.get("/fiches/F0/").status_code == 404
    stolen = client.get("/fiches/F1794/").content.decode()
    assert "Déclaration de vol" in stolen


def test_the_guides_are_light_and_in_plain_words() -> None:
    folder = settings.TERRITORY_ROOT / "mormal" / "national_sheets"
    assert sum(path.stat().st_size for path in folder.glob("*.json")) < 300_000
    library = national.library()
    assert library.year == "2020"
    shown = json.dumps(
        [[sheet.title, sheet.description, sheet.bring, sheet.topic and (sheet.topic.who, sheet.topic.bring)]
         for sheet in library.sheets.values()], ensure_ascii=False,
    ).lower()  # fmt: skip
    for word in ("usager", "téléservice", "dématérialisé", "soumettre"):
        assert word not in shown
    topics = json.loads((folder / "topics.json").read_text(encoding="utf-8"))["topics"]
    themes = {sheet.theme for sheet in library.sheets.values()}
    for topic in topics:
        assert set(topic["sheets"]) <= set(library.sheets)
        assert set(topic["themes"]) <= themes
