"""Writes of the territory: checked, journaled, whole."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.territory import operations
from bocage.territory.models import CalendarPeriod, Closure, Organisation, Place
from bocage.territory.operations import places
from tests.territory.factories import NOW, commune, organisation, place

pytestmark = pytest.mark.django_db
AGENT = Actor("account", 1, "Agent")


def kinds() -> list[str]:
    """Kinds of the journal's events, in order."""
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_hours_change_with_an_event_and_bad_ones_change_nothing() -> None:
    counter = place()
    changed = operations.set_opening_hours(counter, " Mo 09:00-12:00; ", actor=AGENT, now=NOW)
    assert (changed.opening_hours, kinds()) == ("Mo 09:00-12:00", ["place.changed"])
    with pytest.raises(ValidationError, match="Exemple"):
        operations.set_opening_hours(counter, "lundi matin", actor=AGENT, now=NOW)
    counter.refresh_from_db()
    assert (counter.opening_hours, kinds()) == ("Mo 09:00-12:00", ["place.changed"])


def test_the_same_hours_again_say_nothing() -> None:
    counter = place()
    operations.set_opening_hours(counter, counter.opening_hours, actor=AGENT, now=NOW)
    assert kinds() == []


def test_places_are_created_with_a_name_of_their_own() -> None:
    here = commune()
    values = {"kind": "library", "name": "Bibliothèque", "commune": here, "opening_hours": ""}
    first = operations.save_place(None, values, actor=AGENT, now=NOW)
    second = operations.save_place(None, values, actor=AGENT, now=NOW)
    assert (first.slug, second.slug) == ("bibliotheque", "bibliotheque-2")
    assert kinds() == ["place.created", "place.created"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"lat": 50.2, "lon": None}, "lat"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"kind": "castle"}, "kind"),
        ({"name": ""}, "name"),
        ({"opening_hours": "Mo 9-12"}, "opening_hours"),
    ],
)
def test_bad_values_of_a_place_are_told_by_field(values: dict[str, object], field: str) -> None:
    counter = place()
    with pytest.raises(ValidationError) as error:
        operations.save_place(counter, values, actor=AGENT, now=NOW)
    assert field in error.value.message_dict
    assert kinds() == []


def test_fields_that_imports_own_are_not_for_the_desk() -> None:
    with pytest.raises(ValueError, match="imported"):
        operations.save_place(place(), {"imported": {}}, actor=AGENT, now=NOW)


def test_closures_are_added_once_and_removed() -> None:
    counter = place()
    first, last = date(2026, 12, 24), date(2026, 12, 31)
    closure = operations.add_closure(counter, first, last, " congés ", actor=AGENT, now=NOW)
    assert operations.add_closure(counter, first, last, "congés", actor=AGENT, now=NOW) == closure
    with pytest.raises(ValidationError, match="congés"):  # a colleague's words are not written over
        operations.add_closure(counter, first, last, "travaux", actor=AGENT, now=NOW)
    operations.add_closure(counter, last, last, "pont", actor=AGENT, now=NOW)
    operations.remove_closure(closure, actor=AGENT, now=NOW)
    assert Closure.objects.count() == 1
    assert kinds() == ["closure.added", "closure.added", "closure.removed"]


@pytest.mark.parametrize(
    ("starts", "ends", "reason", "field"),
    [
        (date(2026, 12, 2), date(2026, 12, 1), "pont", "ends"),
        (date(2026, 1, 1), date(2027, 12, 1), "pont", "ends"),
        (date(2026, 12, 1), date(2026, 12, 1), "  ", "reason"),
    ],
)
def test_bad_closures(starts: date, ends: date, reason: str, field: str) -> None:
    with pytest.raises(ValidationError) as error:
        operations.add_closure(place(), starts, ends, reason, actor=AGENT, now=NOW)
    assert field in error.value.message_dict


def test_organisations_check_their_numbers() -> None:
    values = {"name": "La Poste", "kind": "business", "siret": "356 000 000 00048"}
    post = operations.save_organisation(None, values, actor=AGENT, now=NOW)
    assert (post.siret, post.siren) == ("35600000000048", "356000000")
    for wrong in (
        {"siret": "35600000000049"},
        {"rna": "595001234"},
        {"siren": "200043322"},
        {"siret": "35600000000048", "siren": "200043321"},
    ):
        with pytest.raises(ValidationError):
            operations.save_organisation(organisation(), wrong, actor=AGENT, now=NOW)
    with pytest.raises(ValidationError):
        operations.save_organisation(organisation("Autre"), {"siret": "35600000000048"}, actor=AGENT, now=NOW)
    without = operations.save_organisation(organisation("Club"), {"siret": "", "rna": ""}, actor=AGENT, now=NOW)
    assert (without.siret, without.rna) == (None, None)
    assert Organisation.objects.filter(siret="35600000000048").count() == 1


@pytest.mark.parametrize(
    "insert",
    [
        lambda counter: Closure.objects.create(
            place=counter, starts=date(2026, 2, 2), ends=date(2026, 2, 1), reason="x"
        ),
        lambda counter: Place.objects.filter(pk=counter.pk).update(lat=None),
        lambda counter: Place.objects.filter(pk=counter.pk).update(lat=91.0),
        lambda counter: CalendarPeriod.objects.create(
            kind="public", name="x", starts=date(2026, 2, 2), ends=date(2026, 2, 1)
        ),
    ],
)
def test_the_database_refuses_what_python_missed(insert: object) -> None:
    counter = place()
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(counter)  # type: ignore[operator]


def test_a_place_whose_name_was_taken_meanwhile_gets_the_next_address(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"kind": "library", "name": "Médiathèque du Gué", "commune": commune()}
    free, clean = places._free_slug, Place.full_clean
    operations.save_place(None, values, actor=AGENT, now=NOW)
    looked = iter([lambda name: "mediatheque-du-gue", free])  # the first look came before the other's insert
    monkeypatch.setattr(places, "_free_slug", lambda name: next(looked)(name))
    monkeypatch.setattr(Place, "full_clean", lambda self, exclude: clean(self, [*exclude, "slug", "source_id"]))
    second = operations.save_place(None, values, actor=AGENT, now=NOW)
    assert (second.slug, second.source_id) == ("mediatheque-du-gue-2", "desk:mediatheque-du-gue-2")
    assert kinds() == ["place.created", "place.created"]


def test_a_number_given_meanwhile_to_another_organisation_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def another_comes_first(self: Organisation, exclude: object) -> None:
        Organisation.objects.bulk_create([Organisation(name="Autre", kind="business", siret="35600000000048")])

    monkeypatch.setattr(Organisation, "full_clean", another_comes_first)
    values = {"name": "La Poste", "kind": "business", "siret": "356 000 000 00048"}
    with pytest.raises(ValidationError) as told:
        operations.save_organisation(None, values, actor=AGENT, now=NOW)
    assert told.value.message_dict == {"siret": ["Un autre organisme a déjà ce SIRET."]}
    assert kinds() == []
