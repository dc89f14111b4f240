"""The place: on the ground of the territory or refused, chosen from lists without scripts, shown everywhere."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bocage.cases.editing import conditions, edits
from bocage.cases.editor_views.forms import answers as typed_answers
from bocage.cases.engine import FieldError, Moment, clean, evaluate_form
from bocage.cases.exports.lines import Table
from bocage.cases.forms import places
from bocage.cases.models import Case
from bocage.cases.operations import publish, save_answers
from bocage.cases.printing import blank_form_context, receipt_context
from bocage.cases.privacy import export
from bocage.cases.scenarios import say
from bocage.cases.schema import FormField, PlaceKind
from bocage.cases.schema_parts import ScenarioStep
from bocage.identity.models import Role
from bocage.identity.queries import scope_of
from bocage.territory.contours import communes_map
from bocage.territory.ground import GROUND, inside
from bocage.territory.models import Commune, Place
from bocage.territory.queries import commune_names
from tests.cases.desk import page, sit
from tests.cases.editor import Editor
from tests.cases.factories import ANSWERS, draft, filed
from tests.cases.more_fields import published, read, with_fields
from tests.cases.strategies import NASTY
from tests.identity import factories

WHERE: dict[str, Any] = {"id": "spot", "kind": "place", "label": "Où est le problème ?", "places": ["town_hall"]}
FIELD = FormField.model_validate(WHERE)
TODAY = date(2026, 3, 10)
MOMENT = Moment(datetime(2026, 3, 10, 9, 30, tzinfo=UTC), TODAY)
LOCQUIGNOL, LEQUESNOY = "59353", "59481"
KEPT = {"name": "", "description": "Devant l’école", "commune": LOCQUIGNOL, "place": "", "lat": 50.2, "lon": 3.7}


class Field:
    """A ground of one square commune, in which one place is known."""

    def commune_at(self, lat: float, lon: float) -> str | None:
        return LOCQUIGNOL if 50 <= lat <= 51 and 3 <= lon <= 4 else None

    def commune_name(self, insee: str) -> str:
        return {LOCQUIGNOL: "Locquignol", LEQUESNOY: "Le Quesnoy"}.get(insee, "")

    def known_place(self, slug: str, kinds: Any) -> Any:
        return ("Mairie", LEQUESNOY, (50.25, 3.64)) if slug == "mairie" and "town_hall" in kinds else None


def told(**parts: Any) -> dict[str, Any]:
    return {"commune": "", "description": "", "place": "", "lat": "", "lon": "", "forget": "", **parts}


# --- Reading -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (
            told(commune=LOCQUIGNOL, description=" Devant  l’école "),
            {"commune": LOCQUIGNOL, "description": "Devant l’école"},
        ),
        (told(lat="50.2", lon="3,7"), {"commune": LOCQUIGNOL, "lat": 50.2, "lon": 3.7}),
        (told(place="mairie"), {"name": "Mairie", "place": "mairie", "commune": LEQUESNOY, "lat": 50.25, "lon": 3.64}),
        (
            told(commune=LOCQUIGNOL, description="Ici", lat="50.2", lon="3.7", forget="oui"),
            {"commune": LOCQUIGNOL, "description": "Ici"},
        ),
    ],
)
def test_a_place_is_read(raw: Any, kept: dict[str, Any]) -> None:
    found = clean(FIELD, raw, TODAY, Field())
    assert found == {"name": "", "description": "", "commune": "", "place": "", **kept}
    assert clean(FIELD, found, TODAY, Field()) == found


def test_nothing_told_is_no_answer() -> None:
    assert clean(FIELD, told(), TODAY, Field()) is None
    assert clean(FIELD, told(forget="oui", lat="50.2", lon="3.7"), TODAY, Field()) is None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("ici", "la forme attendue"),
        (told(lat="48.85", lon="2.35"), "en dehors de notre territoire"),
        (
            told(commune=LEQUESNOY, lat="50.2", lon="3.7"),
            "Le point est à Locquignol, la commune choisie est",
        ),
        (told(commune="75056", description="Tour Eiffel"), "Choisissez la commune dans la liste"),
        (told(commune="<b>"), "Choisissez la commune dans la liste"),
        (told(description="Devant l’école"), "Choisissez la commune"),
        (told(commune=LOCQUIGNOL), "Dites où c’est"),
        (told(place="forgé"), "n’est pas dans la liste"),
        (told(lat="50.2"), "n’a pas été reçu"),
        (told(lat="nan", lon="3"), "n’a pas été reçu"),
        (told(lat="9e9", lon="3"), "n’a pas été reçu"),
        (told(lat="91", lon="3"), "n’a pas été reçu"),
        (told(lat=["50"], lon="3"), "n’a pas été reçu"),
        (told(lat=True, lon="3"), "n’a pas été reçu"),
        (told(commune=LOCQUIGNOL, description="x" * 401), "trop long"),
    ],
)
def test_what_is_off_the_ground_or_forged_is_refused_in_words(raw: Any, words: str) -> None:
    with pytest.raises(FieldError) as refused:
        clean(FIELD, raw, TODAY, Field())
    assert words in str(refused.value)


@given(st.one_of(NASTY, st.fixed_dictionaries(dict.fromkeys(places.PARTS, NASTY))))
def test_nothing_breaks_the_reading(raw: Any) -> None:
    try:
        kept = clean(FIELD, raw, TODAY, Field())
    except FieldError:
        return
    assert kept is None or clean(FIELD, kept, TODAY, Field()) == kept


def test_what_was_read_is_not_judged_again_when_the_ground_changes() -> None:
    gone = {**KEPT, "commune": "59006", "lat": 48.0, "lon": 2.0, "place": "ferme", "name": "Déchèterie"}
    assert clean(FIELD, gone, TODAY, Field()) == gone


# --- In the engine --------------------------------------------------------------------------------------------------
def test_a_rule_reads_the_commune_and_a_hidden_place_is_dropped() -> None:
    elsewhere = {"op": "ne", "args": [{"field": "spot.commune"}, {"value": LOCQUIGNOL}]}
    rule = {"when": elsewhere, "then": "forbid", "reason": "Seulement à Locquignol."}
    answers = {**ANSWERS, "proof": ["a" * 32], "spot": KEPT}
    assert evaluate_form(read(WHERE, rules=[rule]), answers, MOMENT).forbidden == ()
    there = {**answers, "spot": {**KEPT, "commune": LEQUESNOY}}
    assert evaluate_form(read(WHERE, rules=[rule]), there, MOMENT).forbidden == ("Seulement à Locquignol.",)
    hidden = {**WHERE, "show": {"op": "eq", "args": [{"field": "housing"}, {"value": "flat"}]}}
    assert "spot" not in evaluate_form(read(hidden), answers, MOMENT).values
    assert conditions.subjects(with_fields(WHERE))["spot.commune"].kind == "choice"


def test_only_a_place_proposes_places() -> None:
    with pytest.raises(ValueError, match="Seul un lieu"):
        FormField.model_validate({**WHERE, "kind": "text"})
    assert set(get_args(PlaceKind)) == set(Place.Kind.values)


# --- On the ground ---------------------------------------------------------------------------------------------------
def test_holes_and_islands_count() -> None:
    square = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
    hole = [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0], [1.0, 1.0]]
    assert inside([square], 3, 3)
    assert not inside([square, hole], 1.5, 1.5)
    assert inside([square, hole], 3, 3)
    assert not inside([square], 5, 3)


@pytest.mark.django_db
@pytest.mark.usefixtures("territory")
def test_each_commune_holds_its_centre_and_the_map_puts_it_there() -> None:
    wrong = [one.name for one in Commune.objects.all() if GROUND.commune_at(one.lat, one.lon) not in (one.insee, None)]
    held = [one for one in Commune.objects.all() if GROUND.commune_at(one.lat, one.lon) == one.insee]
    assert wrong == []
    assert len(held) > 45  # a town hall's point may stand outside a winding contour
    assert GROUND.commune_at(48.85, 2.35) is None
    drawing = communes_map()
    spots = {shape.insee: (shape.x, shape.y) for shape in drawing.shapes}
    assert [one.name for one in held if drawing.at(one.lat, one.lon) != spots[one.insee]] == []


# --- Wherever an answer is -------------------------------------------------------------------------------------------
pages = pytest.mark.usefixtures("territory", "frozen")


@pages
@pytest.mark.django_db
def test_a_resident_chooses_from_lists_without_javascript(client: Any, now: Any) -> None:
    published(now, WHERE)
    case = draft(now)
    account = factories.account()
    client.force_login(account)
    Case.objects.filter(pk=case.pk).update(account=account)
    url = reverse("case_step", args=[case.reference, "more"])
    shown = page(client.get(url))
    assert f'<option value="{LOCQUIGNOL}">Locquignol</option>' in shown
    assert "Mairie" in shown
    assert "cases/place.js" in shown
    wrong = client.post(url, {"_shown": ["spot"], "spot.lat": "48.85", "spot.lon": "2.35", "spot.description": "Loin"})
    assert wrong.status_code == 422
    assert "en dehors de notre territoire" in page(wrong)
    assert 'value="Loin"' in page(wrong)
    sent = {"_shown": ["spot"], "spot.commune": LOCQUIGNOL, "spot.description": "Devant l’école"}
    assert client.post(url, sent).status_code == 302
    assert "Devant l’école, Locquignol" in page(client.get(reverse("case_check", args=[case.reference])))
    commune = Commune.objects.get(insee=LOCQUIGNOL)
    saved = client.post(
        reverse("case_autosave", args=[case.reference]),
        {"_shown": ["spot"], "_step": "more", "spot.lat": str(commune.lat), "spot.lon": str(commune.lon)},
    ).json()
    assert f'<option value="{LOCQUIGNOL}" selected>' in saved["html"]  # the commune of the point pressed


@pages
@pytest.mark.django_db
def test_the_case_goes_to_the_commune_of_the_place_when_nothing_says_where_one_lives(now: Any) -> None:
    body = with_fields(WHERE)
    for step in body["steps"]:
        for field in step["fields"]:
            if field["id"] == "address":
                del field["role"]
    publish(body, actor=factories.SYSTEM, now=now)
    case = filed(now, spot=told(commune=LEQUESNOY, description="Place du marché"))
    assert case.commune.name == "Le Quesnoy"


@pages
@pytest.mark.django_db
def test_agents_papers_and_files_show_it(now: Any, client: Any) -> None:
    procedure = published(now, WHERE)
    commune = Commune.objects.get(insee=LOCQUIGNOL)
    case = filed(now, spot=told(description="Devant l’école", lat=str(commune.lat), lon=str(commune.lon)))
    person = factories.person()
    Case.objects.filter(pk=case.pk).update(applicant=person)
    desk, account = sit(Role.MANAGER, service="waste")
    words = f"Devant l’école, Locquignol ({commune.lat:.5f} ; {commune.lon:.5f})"
    shown = page(desk.get(reverse("cases_desk", args=[case.reference])))
    assert words in shown
    assert f'<image href="{reverse("communes_svg")}"' in shown
    assert client.get(reverse("communes_svg"))["Content-Type"].startswith("image/svg+xml")
    (fact,) = [fact for part in receipt_context(case)["parts"] for fact in part["facts"] if fact["id"] == "spot"]
    assert (fact["value"], fact["map"]) == (words, None)
    answers = {label: value for part in export(person)["demandes"][0]["reponses"] for label, value in part.items()}
    assert answers["Où est le problème ?"] == words
    table = Table([case.pk], scope=scope_of(account, TODAY), answers=True, sensitive=False)
    row = dict(zip(table.header, next(table.rows(lambda _count: None)), strict=True))
    assert row["Où est le problème ?, la latitude"] == Decimal(str(round(commune.lat, 5)))
    paper = [
        field for step in blank_form_context(procedure, case.version.document)["steps"] for field in step["fields"]
    ]
    assert [len(item["lines"]) for item in paper if item["field"].id == "spot"] == [3]


@pages
@pytest.mark.django_db
def test_an_agent_enters_it_and_a_manager_sets_it(now: Any) -> None:
    procedure = published(now, WHERE)
    client, _account = sit(Role.MANAGER, service="waste")
    begun = client.post(reverse("cases_entry", args=[procedure.slug]), {"channel": "post", "received_on": "03/03/2026"})
    assert 'name="spot.commune"' in page(client.get(begun["Location"]))
    case = Case.objects.get()
    assert "en dehors" in save_answers(case, {"spot": told(lat="0", lon="0")}, now=now)["spot"]
    editor = Editor().begin()
    editor.send("add", "steps/request/fields", label="Lieu", kind="place", follow=True)
    editor.send("item", "steps/request/fields/lieu", places=["waste_site", "library"])
    assert edits.get(editor.body, "steps/request/fields/lieu")["places"] == ["waste_site", "library"]


@pages
@pytest.mark.django_db
def test_a_scenario_tells_a_place_by_the_name_of_its_commune(now: Any) -> None:
    field = {"id": "spot", "kind": "place"}
    recorded = {"commune": LEQUESNOY, "description": "Devant l’école", "place": "", "lat": "", "lon": ""}
    assert typed_answers.shown(field, recorded) == "Devant l’école, Le Quesnoy"
    assert typed_answers.read(field, "Devant l’école, Le Quesnoy")["commune"] == LEQUESNOY
    step = ScenarioStep.model_validate({"do": "fill", "values": {"spot": recorded}})
    assert say(read(WHERE), step, commune_names()) == "Répondre : Où est le problème ? = Le Quesnoy, Devant l’école"
