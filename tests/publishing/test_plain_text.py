"""Pages written as plain text files."""

from pathlib import Path

import pytest

from bocage.publishing.plain_text import BadText, read

FILE = """menu: oui

# Composter

Un tiers de nos poubelles
peut nourrir le jardin.

Premier **paragraphe** <b>.

Un [lien](/communes/).

## Comment ?

- Un
- Deux
  suite

> À retenir :
> le sec.

1. Choisir. À l'ombre.
2. Poser

3. Attendre ! Un an.

{procedure: composteur | Commander}

{contact: antenne-bavay}
"""


def test_a_file_becomes_a_page(tmp_path: Path) -> None:
    path = tmp_path / "composter.md"
    path.write_text(FILE, encoding="utf-8")
    text = read(path)
    assert (text.slug, text.title, text.properties) == ("composter", "Composter", {"menu": "oui"})
    assert text.intro == "Un tiers de nos poubelles peut nourrir le jardin."
    assert text.body == [
        ("paragraph", '<p>Premier <b>paragraphe</b> &lt;b&gt;.</p><p>Un <a href="/communes/">lien</a>.</p>'),
        ("heading", {"text": "Comment ?", "level": "h2"}),
        ("paragraph", "<ul><li>Un</li><li>Deux suite</li></ul>"),
        ("key_info", {"title": "", "text": "<p>À retenir : le sec.</p>"}),
        (
            "steps",
            [
                {"title": "Choisir", "text": "<p>À l'ombre.</p>"},
                {"title": "Poser", "text": ""},
                {"title": "Attendre !", "text": "<p>Un an.</p>"},
            ],
        ),
        ("procedure", {"slug": "composteur", "label": "Commander"}),
        ("contact", {"place": "antenne-bavay", "name": "", "phone": "", "email": ""}),
    ]


def test_the_digest_follows_the_text_and_what_fills_it(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# «name»\n", encoding="utf-8")
    one, other = (read(path, lambda text, name=name: text.replace("«name»", name)) for name in ("A", "B"))
    assert (one.title, other.title) == ("A", "B")
    assert one.digest != other.digest
    assert one.intro == ""


def test_a_file_without_title_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Rien\n", encoding="utf-8")
    with pytest.raises(BadText, match=r"a\.md"):
        read(path)
