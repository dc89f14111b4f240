"""The public index on the database at hand: what is found, in which order, whatever is typed."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bocage.base import registry
from bocage.base.manifest import Manifest, SearchSource
from bocage.search import operations, queries, schema
from bocage.search.items import SearchItem
from bocage.search.models import Entry, Word, WordGram
from tests.search.factories import NOW, indexed, item

pytestmark = pytest.mark.django_db


def titles(text: str, **options: Any) -> list[str]:
    """The titles found, all kinds together in the order of kinds."""
    found = queries.find(text, **options)
    return [entry.title for ids in found.ids.values() for entry in queries.entries(ids)]


@pytest.mark.parametrize(
    "typed",
    ["déchèterie", "dechetterie", "déchèteries", "DECHETERIE", "dechèter", "dechetrie", "déchetterie de bavay"],
)
def test_a_waste_site_is_found_however_it_is_written(typed: str) -> None:
    indexed("Déchèterie de Bavay", "Mairie de Bavay", "Composter chez soi")
    assert titles(typed)[0] == "Déchèterie de Bavay"


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("compsoteur", "composteur"),
        ("composteeur", "composteur"),
        ("conposteurs", "composteur"),
        ("bibliotèque", "bibliotheque"),
        ("biblotheque", "bibliotheque"),
        ("passport", "passeport"),
        ("mairei", "mairie"),
    ],
)
def test_typing_mistakes_are_corrected_and_said(typed: str, corrected: str) -> None:
    indexed("Commander un composteur", "Bibliothèque", "Passeport", "Mairie")
    found = queries.find(typed)
    assert found.corrected == corrected
    assert found.total == 1


def test_what_was_typed_can_be_kept() -> None:
    indexed("Commander un composteur")
    assert queries.find("compsoteur", correct=False).total == 0


def test_a_word_being_typed_is_not_corrected() -> None:
    indexed("Bibliothèque de Bavay", "Bible")
    assert not queries.find("biblioth").corrected
    assert titles("biblioth") == ["Bibliothèque de Bavay"]


def test_synonyms_of_several_words_are_found() -> None:
    indexed("Carte grise (certificat d'immatriculation)", "Carte de transport")
    assert titles("certificat d'immatriculation") == ["Carte grise (certificat d'immatriculation)"]
    assert "Carte grise (certificat d'immatriculation)" in titles("ma carte grise")


def test_every_word_counts_then_some() -> None:
    indexed("Composteur gratuit", "Composteur", "Haie")
    assert titles("composteur gratuit") == ["Composteur gratuit"]
    found = queries.find("composteur zébulon")
    assert found.partial
    assert found.total == 2


def test_titles_boosts_and_the_visitors_commune_rank() -> None:
    operations.put(item("Autre chose", summary="On y parle de mairie."), NOW)
    operations.put(item("Mairie de Bavay", commune="59053"), NOW)
    operations.put(item("Mairie de Jolimetz", commune="59322"), NOW)
    operations.put(item("La mairie, guide de l'État", boost=0.1), NOW)
    assert titles("mairie", commune="59322")[0] == "Mairie de Jolimetz"
    assert titles("mairie", commune="59053")[0] == "Mairie de Bavay"
    assert titles("mairie").index("La mairie, guide de l'État") > 1


def test_results_are_grouped_by_kind_and_capped() -> None:
    indexed("Mairie A", "Mairie B", kind="place")
    indexed("Mairie C", kind="national")
    found = queries.find("mairie")
    assert {kind: len(ids) for kind, ids in found.ids.items()} == {"place": 2, "national": 1}
    assert queries.find("mairie", limit=2).total == 2


def test_what_changes_or_goes_is_found_no_more() -> None:
    operations.put(item("Marché de Noël", key="1"), NOW)
    operations.put(item("Foire aux pommes", key="1"), NOW)
    assert titles("marché", correct=False) == []
    assert titles("pommes") == ["Foire aux pommes"]
    operations.remove("test", "1")
    assert titles("pommes") == []
    assert Entry.objects.count() == 0


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            " ",
            "la",
            "\0",
            "'",
            '"',
            '""',
            "NEAR(",
            "a AND",
            "OR OR",
            "*",
            "-x",
            "title_tokens:x",
            "a & | ! b",
            ":*",
        ),
        *("(" * 50, "x" * 10_000, "mot " * 5_000, "'; DROP TABLE search_entry; --", "\\", "%", "œ", "日本語", "🙂"),
        *("\ud7ff", "^", "{1}", "<b>", "a:b:*", "AND", "mairie NOT x", 'mairie" OR "'),
    ],
)
def test_no_query_raises(typed: str) -> None:
    indexed("Mairie")
    queries.find(typed)
    list(queries.case_ids_matching(typed))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80) | st.text(alphabet="ab é\"'*()&|!:-^~+<>\\%_0", max_size=60))
@example("a" * 39 + "é" + "b")
def test_no_random_query_raises_and_titles_find_themselves(text: str) -> None:
    operations.put(item(text[:250] or "-", key="random"), NOW)
    queries.find(text)
    found = queries.find(text, correct=False)
    if found.reading.groups and len(found.reading.typed) < 12:
        assert found.total == 1
    operations.index_case(1, service="s", commune_id=None, organisation_id=None, text=text)
    if found.reading.groups:
        assert list(queries.case_ids_matching(text)) == [1]


def test_a_query_costs_few_statements(django_assert_max_num_queries: Any) -> None:
    indexed("Déchèterie de Bavay", "Mairie de Bavay", "Composter chez soi")
    with django_assert_max_num_queries(2):
        queries.find("mairie bavay")
    with django_assert_max_num_queries(11):
        queries.find("mairri bavva compsoter dechetterri")


# --- Rebuild -------------------------------------------------------------------------------------------------------
given_items: list[SearchItem] = []


def give() -> list[SearchItem]:
    """A manifest's search source."""
    return list(given_items)


def fail() -> list[SearchItem]:
    """A source that cannot."""
    raise RuntimeError("no")


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The manifests' sources, by name: change the paths to change what they give."""
    paths = {"test": f"{__name__}.give"}

    def contributions(field: str) -> Any:
        for name, path in paths.items():
            yield Manifest(name="m", label="m", summary=""), SearchSource(name=name, label=name, path=path)

    monkeypatch.setattr(registry, "contributions", contributions)
    given_items[:] = [item("Mairie"), item("Déchèterie")]
    return paths


def test_rebuild_replaces_each_source(sources: dict[str, str]) -> None:
    operations.put(item("Disparu"), NOW)
    operations.put(item("Orphelin", source="gone"), NOW)
    assert operations.rebuild(NOW) == {"test": 2}
    assert set(Entry.objects.values_list("title", flat=True)) == {"Mairie", "Déchèterie"}
    assert operations.rebuild(NOW) == {"test": 2}
    assert Entry.objects.count() == 2
    assert not Word.objects.filter(word="disparu").exists()
    assert not WordGram.objects.exclude(word__in=Word.objects.all()).exists()
    assert titles("mairies") == ["Mairie"]


def test_a_source_that_fails_keeps_what_it_had(sources: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    operations.rebuild(NOW)
    sources["test"] = f"{__name__}.fail"
    assert operations.rebuild(NOW) == {}
    assert titles("mairie") == ["Mairie"]
    assert "contribution failed" in caplog.text


def test_an_item_of_another_source_is_refused() -> None:
    with pytest.raises(ValueError, match="other"):
        operations.replace("test", [replace(item("x"), source="other")], NOW)


def test_frequencies_follow_the_index(sources: dict[str, str]) -> None:
    given_items[:] = [item("Mairie un"), item("Mairie deux")]
    operations.rebuild(NOW)
    assert Word.objects.get(word="mairie").frequency == 2
    given_items[:] = [item("Mairie un")]
    operations.rebuild(NOW)
    assert Word.objects.get(word="mairie").frequency == 1


def test_an_index_that_lost_its_triggers_is_made_whole() -> None:
    """Django remakes a SQLite table to alter it, and drops its triggers without a word."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER search_entry_fts_insert")
        Entry.objects.bulk_create([_entry("Mairie")])
        assert titles("mairie") == []
    else:
        schema.drop(connection)
        Entry.objects.bulk_create([_entry("Mairie")])
    schema.ensure(connection)
    assert titles("mairie") == ["Mairie"]
    schema.ensure(connection)
    indexed("Mairie de Bavay")
    assert len(titles("mairie")) == 2


def _entry(title: str) -> Entry:
    return Entry(
        source="test", key=title, kind="page", title=title, url="/", title_tokens="mair mairie", tokens="", updated=NOW
    )
