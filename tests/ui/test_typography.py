"""French typography: what is read never breaks before its sign; one way to write dates, times, sizes, apostrophes."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from bocage.base.sizes import french_size
from bocage.ui.typography import typeset
from tests.test_catalogue import in_the_house
from tests.ui.test_components import render

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "bocage").rglob("templates/**/*.html")) + sorted(
    (ROOT / "bocage").rglob("templates/**/*.txt")
)


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("« Mon espace »", "«\u00a0Mon espace\u00a0»"),
        ("Pourquoi ? Voici : 3 % de 10 €, vite !", "Pourquoi\u00a0? Voici\u00a0: 3\u00a0% de 10\u00a0€, vite\u00a0!"),
        ("à 8 h 30, en 12 h", "à 8\u00a0h\u00a030, en 12 h"),
        ("l'eau, l&#x27;air et d'<b>ici</b>", "l’eau, l’air et d’<b>ici</b>"),
        ("au 03 53 01 00 12.", "au 03\u00a053\u00a001\u00a000\u00a012."),
        ("<a href='tel:0 1'>0 800 47 33 33</a>", "<a href='tel:0 1'>0\u00a0800\u00a047\u00a033\u00a033</a>"),
        (
            "0 806 800 801 ou +33 6 00 00 00 12",
            "0\u00a0806\u00a0800\u00a0801 ou +33\u00a06\u00a000\u00a000\u00a000\u00a012",
        ),
        ("« <strong>composteur</strong> »", "«\u00a0<strong>composteur</strong>\u00a0»"),
    ],
)
def test_spaces_and_apostrophes_of_what_is_read(typed: str, set_: str) -> None:
    assert typeset(typed) == set_
    assert typeset(set_) == set_


@pytest.mark.parametrize(
    "left",
    [
        '<input value="« a » ?" title="l\'eau">',
        "<textarea rows=2>« Tel que tapé » ?\n l'eau</textarea>",
        "<option>L'Orée ?</option>",
        '<script type="application/json">{"a": "b ? c"}</script>',
        "<code>a ? b : 'c'</code>",
        "a &amp; b, '2 euros', 10 %s",
        "les 10 20 30 40 50, le 05 12 2026, n° 003 53 01 00 12, 03 53 01 00 123",
        '<a href="tel:03 53 01 00 12" title="03 53 01 00 12">appeler</a>',
    ],
)
def test_what_is_typed_or_read_by_machines_is_left_alone(left: str) -> None:
    assert typeset(left) == left


def test_a_page_is_set_and_what_one_typed_in_its_fields_is_not(db: None, client: Client) -> None:
    html = client.get("/recherche/", {"q": "« l'eau » ?"}).content.decode()
    assert "Besoin d’aide\u00a0?" in html
    assert 'value="« l&#x27;eau » ?"' in html
    assert not re.search(r">[^<]*(?:« | [»?!])[^<]*<", re.sub(r"(?s)<title>.*?</title>", "", html))


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "1 Ko"), (12_400, "12 Ko"), (999_499, "999 Ko"), (999_500, "1 Mo"), (3_440_000, "3,4 Mo"), (10**7, "10 Mo")],
)
def test_sizes(size: int, said: str) -> None:
    assert french_size(size) == said.replace(" ", "\u00a0")
    assert render("{{ size|french_size }}", size=size) == said.replace(" ", "\u00a0")


def test_a_time_has_one_writing() -> None:
    moment = datetime(2026, 3, 1, 14, 31, tzinfo=UTC)
    assert render("{{ at|french_datetime }}", at=moment) == "1er mars 2026 à 15 h 31".replace(" ", "\u00a0", 1).replace(
        "15 h 31", "15\u00a0h\u00a031"
    )
    assert render("{{ at|french_weekday }}", at=moment) == "dimanche 1er\u00a0mars 2026"


def test_templates_write_dates_times_and_sizes_as_the_house_does() -> None:
    """Django's own filters write « 1 mars », « 15:31 » and « 3,0 Mio »."""
    own = re.compile(r"""\|(?:date:["'](?!c["']|Y-m-d["']|d/m/Y["'])|time\b|filesizeformat|timesince|timeuntil)""")
    found = {
        f"{path.relative_to(ROOT)}: {line.strip()[:120]}"
        for path in TEMPLATES
        for line in path.read_text().splitlines()
        if own.search(line)
    }
    assert found == set()


def test_sentences_have_curly_apostrophes() -> None:
    straight = {text: where for text, where in in_the_house().items() if re.search(r"[^\W\d_]'[^\W\d_«%{]", text)}
    assert straight == {}
