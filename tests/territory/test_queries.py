"""Finding communes, counters and distances; the cache; how many queries it takes."""

from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import DjangoAssertNumQueries

from bocage.base.actors import Actor
from bocage.territory import cached, operations, queries
from bocage.territory.chosen import chosen_commune, remember
from bocage.territory.models import Commune, Place
from tests.territory.factories import NOW, commune, mormal, place

AGENT = Actor("account", 1, "Agent")


@pytest.fixture
def _country(db: None) -> None:
    mormal()


def names(text: str) -> list[str]:
    """What is found, by name."""
    return [found.name for found in queries.find_communes(text)]


@pytest.mark.usefixtures("_country")
@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Le Quesnoy", "Le Quesnoy"),
        ("quesnoy", "Le Quesnoy"),
        ("le quesnoi", "Le Quesnoy"),
        ("quesnoi", "Le Quesnoy"),
        ("amfroipret", "L'Orée de Mormal"),
        ("BERMERIES", "L'Orée de Mormal"),
        ("loree", "L'Orée de Mormal"),
        ("st waast", "Saint-Waast"),
        ("taisnieres s/ hon", "Taisnières-sur-Hon"),
        ("foret en cambresis", "Forest-en-Cambrésis"),
        ("59550", "Fontaine-au-Bois"),
        ("59353", "Locquignol"),
        ("locquinol", "Locquignol"),
        ("preux", "Preux-au-Bois"),
        ("  poix  ", "Poix-du-Nord"),
    ],
)
def test_communes_are_found_whatever_the_spelling(text: str, first: str) -> None:
    assert names(text)[:1] == [first]


@pytest.mark.usefixtures("_country")
def test_nothing_is_found_for_nothing() -> None:
    assert names("") == names(" - ") == names("75001") == names("xyzzy") == []
    assert set(names("59550")) == {"Fontaine-au-Bois", "Landrecies", "Le Favril", "Maroilles", "Robersart"}


@pytest.mark.usefixtures("_country")
def test_an_insee_code_of_a_delegated_commune_leads_to_its_commune() -> None:
    found = queries.commune_by_insee("59070")
    assert found is not None
    assert found.name == "L'Orée de Mormal"
    assert queries.commune_by_insee("75056") is None
    assert queries.commune_by_key("le-quesnoy") == queries.commune_by_key("59481")


@pytest.mark.usefixtures("_country")
def test_the_counter_to_go_to_is_open_and_near_or_opens_soonest() -> None:
    locquignol = queries.commune_by_insee("59353")
    assert locquignol
    morning = queries.nearest_open_counter(locquignol, NOW)
    assert morning is not None
    assert (morning.place.source_id, morning.status.open) == ("mairie:59353", True)
    afternoon = queries.nearest_open_counter(locquignol, datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
    assert afternoon is not None  # on Wednesday its own town hall is closed
    assert (afternoon.place.source_id, afternoon.status.open) == ("demo:fs-le-quesnoy", True)
    assert afternoon.distance == "à 7,2 km"
    evening = queries.nearest_open_counter(locquignol, datetime(2026, 11, 27, 19, 0, tzinfo=UTC))
    assert evening is not None
    assert (evening.place.source_id, evening.status.open) == ("demo:fs-le-quesnoy", False)  # Saturday morning
    nobody = queries.nearest_open_counter(None, NOW)
    assert nobody is not None
    assert nobody.place.kind != Place.Kind.TOWN_HALL


@pytest.mark.django_db
def test_no_counter_at_all() -> None:
    assert queries.nearest_open_counter(None, NOW) is None


@pytest.mark.usefixtures("_country")
def test_a_closed_counter_is_not_proposed() -> None:
    locquignol = queries.commune_by_insee("59353")
    assert locquignol
    town_hall = queries.town_hall(locquignol)
    assert town_hall
    operations.add_closure(town_hall, date(2026, 11, 24), date(2026, 11, 24), "travaux", actor=AGENT, now=NOW)
    found = queries.nearest_open_counter(locquignol, NOW)
    assert found is not None
    assert found.place.source_id == "demo:fs-le-quesnoy"


@pytest.mark.usefixtures("_country")
def test_places_near_are_sorted_and_bounded() -> None:
    near = queries.places_near(50.2, 3.7, ["town_hall"], 3, now=NOW)
    distances = [found.distance_km for found in near]
    assert [found.place.source_id for found in near][:1] == ["mairie:59353"]
    assert len(near) == 3
    assert distances == sorted(distances, key=lambda one: one or 0)
    assert queries.distance_km(50.25, 3.64, 50.2985, 3.79427) == pytest.approx(12.2, abs=0.2)


@pytest.mark.usefixtures("_country")
def test_how_many_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    # In a transaction the cache stands aside: the zone and the calendar cost a query each.
    with django_assert_num_queries(2):
        queries.find_communes("bavay")
    found = queries.commune_by_insee("59053")
    with django_assert_num_queries(5):
        queries.nearest_open_counter(found, NOW)


@pytest.mark.django_db(transaction=True)
def test_the_territory_is_cached_and_forgotten_on_write(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    cache.clear()
    try:
        mormal()
        queries.territory(), queries.holiday_names()
        with django_assert_num_queries(0):
            assert queries.territory().slug == "mormal"
            assert queries.is_holiday(date(2026, 12, 25))
        operations.switch_service("waste", False, actor=AGENT, now=NOW)
        assert not queries.is_enabled("waste")
        operations.switch_service("waste", True, actor=AGENT, now=NOW)
        assert queries.is_enabled("waste")
    finally:
        cached.forget()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_reads_the_cache_until_it_writes(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    cache.clear()
    try:
        mormal()
        queries.territory(), queries.holiday_names(), queries.commune_names(), queries.is_enabled("waste")
        with transaction.atomic():
            Commune.objects.count()  # the transaction begins
            with django_assert_num_queries(0):
                assert queries.territory().slug == "mormal"
                assert queries.commune_names()
                assert queries.is_enabled("waste")
            operations.switch_service("waste", False, actor=AGENT, now=NOW)
            assert not queries.is_enabled("waste")  # the writer sees what it wrote…
            transaction.set_rollback(True)
        assert queries.is_enabled("waste")  # …and nobody else ever does
    finally:
        cached.forget()


@pytest.mark.django_db
def test_a_service_without_a_row_is_on() -> None:
    assert queries.is_enabled("anything")


@pytest.mark.django_db
def test_the_commune_chosen_is_remembered_in_a_cookie() -> None:
    here = commune("59481")
    response = HttpResponse()
    remember(response, here)
    morsel = response.cookies["commune"]
    assert (morsel.value, morsel["httponly"], morsel["samesite"]) == ("59481", True, "Lax")
    request = RequestFactory().get("/")
    request.COOKIES["commune"] = "59481"
    assert chosen_commune(request) == here
    for bad in ("", "75056", "5948", "<script>", "59481 "):
        request = RequestFactory().get("/")
        request.COOKIES["commune"] = bad
        assert chosen_commune(request) is None


@pytest.mark.django_db
def test_a_place_without_a_point_has_no_distance() -> None:
    here = commune()
    place(here, lat=None, lon=None)
    found = queries.nearest_open_counter(here, NOW)
    assert found is not None
    assert (found.distance_km, found.distance) == (None, "")
    assert queries.places_near(50.2, 3.6, now=NOW) == []
    assert Commune.objects.count() == 1
