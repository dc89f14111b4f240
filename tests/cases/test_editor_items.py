"""One page for each part of a procedure: what is typed is kept, what is wrong is told, nothing is lost."""

from typing import Any

import pytest
from django.urls import reverse

from bocage.cases.editing import checks, edits
from bocage.cases.editor_views import words
from bocage.cases.operations.editor import edit_procedure
from bocage.cases.operations.effects import known_effects
from bocage.cases.schema import EffectKind, FieldKind, PersonRole
from bocage.identity.models import Role
from tests.cases.desk import page, sit
from tests.cases.editor import Editor, filled
from tests.cases.factories import composter
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]


@pytest.fixture
def editor() -> Editor:
    return Editor().begin()


@pytest.fixture
def composters(now: Any) -> Editor:
    """The composter's procedure, opened for its next version."""
    edit_procedure(composter(now), actor=factories.SYSTEM, now=now)
    return Editor("composteur")


# --- Every part of a real procedure ----------------------------------------------------------------------------------
@pytest.mark.slow
def test_every_page_of_a_real_procedure_opens_and_saves_it_unchanged(composters: Editor) -> None:
    before = composters.body
    for place in edits.places(before):
        if place == "workflow" or place.startswith("scenarios/"):
            continue
        composters.send("item", place)
        assert edits.get(composters.body, place) == edits.get(before, place), place
    assert composters.body == before


def test_the_outline_says_everything(composters: Editor) -> None:
    shown = composters.get("outline")
    for words_ in (
        "Justificatif de domicile",
        "« Type de logement » est « Maison avec jardin »",
        "Demander une correction",
        "envoie l’avis « Votre composteur vous attend »",
        "Sans réponse au bout de 2 mois, la demande est acceptée.",
    ):
        assert words_ in shown.replace("\u202f", " ").replace("\xa0", " "), words_


def test_every_word_of_the_schema_has_its_french() -> None:
    for literal, known in ((FieldKind, words.FIELD_KINDS), (EffectKind, words.EFFECTS), (PersonRole, words.ROLES)):
        assert set(literal.__args__) == set(known)  # type: ignore[attr-defined]


# --- Fields ---------------------------------------------------------------------------------------------------------
def test_a_field_is_added_then_set(editor: Editor) -> None:
    shown = editor.send("add", "steps/request/fields", label="Nombre de jours", kind="number", follow=True)
    assert "Nombre de jours" in shown
    place = "steps/request/fields/nombre_de_jours"
    editor.send("item", place, minimum="1", maximum="3", whole="on", hint="De un à trois.", example="2")
    assert edits.get(editor.body, place) == {
        "id": "nombre_de_jours",
        "kind": "number",
        "label": "Nombre de jours",
        "hint": "De un à trois.",
        "example": "2",
        "minimum": "1",
        "maximum": "3",
        "whole": True,
    }
    assert not checks.errors(editor.body)


def test_a_text_that_is_too_long_is_told_in_our_words(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Jours", kind="number")
    told = editor.send("item", "steps/request/fields/jours", status=422, label="J" * 2000)
    assert "caractères au plus." in told
    assert "Assurez-vous" not in told


def test_limits_that_cross_are_refused_with_an_example(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Jours", kind="number")
    told = editor.send("item", "steps/request/fields/jours", status=422, minimum="5", maximum="2")
    assert "en dessous du moins" in told
    assert 'href="#id_maximum"' in told


def test_dates_are_bounded_in_words(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Jour souhaité", kind="date")
    place = "steps/request/fields/jour_souhaite"
    editor.send("item", place, minimum="aujourd’hui + 2 jours", maximum="31/12/2030")
    assert edits.get(editor.body, place)["minimum"] == "today+2d"
    assert edits.get(editor.body, place)["maximum"] == "2030-12-31"
    assert "aujourd’hui + 2 jours" in editor.get("item", place)
    assert "Écrivez une date" in editor.send("item", place, status=422, minimum="bientôt")


def test_answers_of_a_list_keep_their_value_when_their_words_change(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Logement", kind="choice")
    place = "steps/request/fields/logement"
    editor.send("item", place, options__0__label="Maison", options__1__label="Appartement", options__2__label="Autre")
    assert [one["value"] for one in edits.get(editor.body, place)["options"]] == ["a", "b", "autre"]
    assert "au moins deux réponses" in editor.send(
        "item", place, status=422, options__0__label="", options__1__label="", options__2__label="Autre"
    )
    moved = editor.send("item", place, status=200, _up="options-2", options__2__hint="Cabane, péniche")
    assert filled(moved)["options-1-label"] == ["Autre"]
    assert len(edits.get(editor.body, place)["options"]) == 3  # drawn again, not kept


def test_changing_the_kind_draws_its_settings_and_writes_nothing(editor: Editor) -> None:
    place = "steps/request/fields/wish"
    before = editor.draft.revision
    shown = editor.send("item", place, status=200, kind="file", _again="kind")
    assert "max_files" in filled(shown)
    assert editor.draft.revision == before
    editor.send("item", place, kind="file", accept=["pdf"], max_files="2")
    assert edits.get(editor.body, place)["max_files"] == 2


@pytest.mark.parametrize("kind", list(words.FIELD_KINDS))
def test_a_field_of_each_kind_is_sound_as_soon_as_it_is_added(editor: Editor, kind: str) -> None:
    editor.send("add", "steps/request/fields", label="Nouveau", kind=kind)
    assert not checks.errors(editor.body)
    editor.send("item", "steps/request/fields/nouveau")
    assert not checks.errors(editor.body)


def test_two_fields_never_tell_the_same_of_the_person(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Courriel du voisin", kind="email")
    told = editor.send("item", "steps/request/fields/courriel_du_voisin", status=422, role="email")
    assert "dit déjà cela de la personne" in told


# --- Conditions -----------------------------------------------------------------------------------------------------
def test_a_condition_is_chosen_line_by_line(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Avec remorque", kind="yesno")
    editor.send("add", "steps/request/fields", label="Immatriculation", kind="text")
    place = "steps/request/fields/immatriculation"
    more = editor.send("item", place, status=200, _more="show", show__0__field="avec_remorque", show__0__op="eq")
    assert '<option value="oui">Oui</option>' in more  # the field's own answers are proposed
    editor.send("item", place, show__0__field="avec_remorque", show__0__op="eq", show__0__value="Oui")
    assert edits.get(editor.body, place)["show"] == {"op": "eq", "args": [{"field": "avec_remorque"}, {"value": True}]}
    editor.send(
        "item",
        place,
        show__1__field="address.commune",
        show__1__op="eq",
        show__1__value="Locquignol",
        show__mode="any",
    )
    assert edits.get(editor.body, place)["show"]["op"] == "or"
    assert not checks.errors(editor.body)
    editor.send("item", place, show__0__field="", show__1__field="")
    assert "show" not in edits.get(editor.body, place)


def test_a_value_that_no_answer_has_is_refused_with_those_that_exist(composters: Editor) -> None:
    place = "steps/home/fields/garden_size"
    told = composters.send("item", place, status=422, show__0__value="Château")
    assert "n’est pas une réponse possible" in told
    assert "Maison avec jardin" in told


def test_one_of_several_answers_is_ticked(composters: Editor) -> None:
    place = "steps/home/fields/garden_size"
    drawn = composters.send("item", place, status=200, _more="show", show__0__op="in")
    assert 'type="checkbox" id="id_show-0-value" name="show-0-value" value="house"' in drawn
    composters.send("item", place, show__0__op="in", show__0__value=["house", "flat"])
    assert edits.get(composters.body, place)["show"]["args"][1] == {"value": ["house", "flat"]}
    assert "fait partie de « Maison avec jardin » ou « Appartement »" in composters.get("outline").replace("\xa0", " ")
    assert "Choisissez une seule réponse" in composters.send("item", place, status=422, show__0__op="eq")


@pytest.mark.parametrize("typed", ["1e400", "nan", "Infinity", "-Infinity", "1_0", "9" * 40])
def test_what_is_no_number_is_refused_wherever_one_is_typed(composters: Editor, typed: str) -> None:
    garden, price = "steps/home/fields/garden_size", "steps/composter/fields/price"
    bad = {"show__0__field": "household_size", "show__0__op": "ge", "show__0__value": typed}
    product = {"compute__0__how": "product", "compute__0__field": "household_size", "compute__0__number": typed}
    before = composters.body
    for place, sent in ((garden, bad), (garden, {"minimum": typed}), (price, product)):
        told = composters.send("item", place, status=422, **sent)
        assert "Écrivez un nombre en chiffres" in told or "trop grand" in told
    assert composters.body == before
    composters.send("add", "tables", rows_text=f"modèle ; prix\npetit ; {typed}")
    (added,) = composters.body["tables"].keys() - before["tables"].keys()
    assert composters.body["tables"][added]["columns"] == {"prix": "text"}


def test_a_condition_written_otherwise_is_not_rewritten_by_saving(composters: Editor) -> None:
    place = "steps/home/fields/garden_size"
    body = edits.put(composters.body, place, {**edits.get(composters.body, place), "show": {"field": "tenant"}})
    composters.draft.__class__.objects.update(body=body)
    composters.send("item", place, hint="Environ.")
    assert edits.get(composters.body, place)["show"] == {"field": "tenant"}


def test_a_rule_stops_the_request_and_says_why(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Jours", kind="number")
    empty = editor.send("add", "rules", status=422, then="forbid")
    assert "Écrivez au moins une ligne" in empty
    assert "Dites pourquoi" in empty
    asked = {"when__0__field": "jours", "when__0__op": "gt", "when__0__value": "3", "then": "forbid"}
    editor.send("add", "rules", reason="Trois jours au plus.", **asked)
    assert editor.body["rules"] == [
        {
            "when": {"op": "gt", "args": [{"field": "jours"}, {"value": 3}]},
            "then": "forbid",
            "reason": "Trois jours au plus.",
        }
    ]
    assert "« Jours » est supérieur à 3" in editor.get("outline").replace("\xa0", " ")


def test_a_question_that_ends_it_speaks_of_itself_before_it_exists(editor: Editor) -> None:
    editor.send(
        "add",
        "eligibility",
        label="Habitez-vous le territoire ?",
        refuse__0__field="itself",
        refuse__0__op="eq",
        refuse__0__value="Non",
        reason="Ce prêt est réservé aux habitants.",
    )
    (question,) = editor.body["eligibility"]
    assert question["refuse"]["args"][0] == {"field": question["id"]}
    assert not checks.errors(editor.body)


def test_a_condition_too_rich_for_lines_is_said_and_stays(composters: Editor) -> None:
    rich = {"op": "not", "args": [{"op": "or", "args": [{"field": "tenant"}, {"field": "training"}]}]}
    place = "steps/home/fields/garden_size"
    body = edits.put(composters.body, place, {**edits.get(composters.body, place), "show": rich})
    composters.draft.__class__.objects.update(body=body)
    assert "écrite autrement" in composters.get("item", place)
    composters.send("item", place)
    assert edits.get(composters.body, place)["show"] == rich


# --- The workflow, notices, tables, settings --------------------------------------------------------------------------
def test_a_state_and_a_button_are_added_and_drawn(editor: Editor) -> None:
    editor.send("add", "workflow/states", label="Prêté", public="Le broyeur est chez vous", waiting_for="applicant")
    asked = {"sources": ["received"], "target": "prete", "roles": ["agent"], "effects__0__kind": "set_deadline"}
    shown = editor.send("add", "workflow/transitions", status=200, label="Prêter", _more="effects", **asked)
    assert "effects-0-days" in filled(shown)
    editor.send(
        "add", "workflow/transitions", label="Prêter", effects__0__deadline="retour", effects__0__days="3", **asked
    )
    item = edits.get(editor.body, "workflow/transitions/preter")
    assert item["effects"] == [{"kind": "set_deadline", "deadline": "retour", "days": 3}]
    errors = [issue.place for issue in checks.errors(editor.body)]
    assert errors == ["workflow/states/prete"]  # nothing leaves it yet
    assert "Prêter" in editor.get("outline")


def test_what_an_effect_needs_is_asked(composters: Editor) -> None:
    place = "workflow/transitions/study"
    shown = composters.send("item", place, status=200, _more="effects", effects__0__kind="ask_opinion")
    assert {"effects-0-email", "effects-0-name", "effects-0-question", "effects-0-days"} <= filled(shown).keys()
    opinion = {"effects__0__kind": "ask_opinion", "effects__0__email": "parc", "effects__0__days": "200"}
    told = composters.send("item", place, status=422, **opinion)
    assert "de 1 à 90 jours" in told
    opinion |= {"effects__0__email": "parc@example.org", "effects__0__days": "10", "effects__0__question": "Oui ?"}
    webhook = {"effects__1__kind": "call_webhook", "effects__1__url": "logiciel"}
    assert "l’adresse entière" in composters.send("item", place, status=422, **opinion, **webhook)
    composters.send("item", place, **opinion, **{**webhook, "effects__1__url": "https://example.org/cases"})
    assert edits.get(composters.body, place)["effects"] == [
        {"kind": "ask_opinion", "params": {"email": "parc@example.org", "question": "Oui ?", "days": 10}},
        {"kind": "call_webhook", "params": {"url": "https://example.org/cases"}},
    ]
    assert checks.errors(composters.body, effects=known_effects()) == []
    composters.send("item", place)
    assert edits.get(composters.body, place)["effects"][0]["params"]["days"] == 10


def test_a_calculation_that_decides_is_told_whole(editor: Editor) -> None:
    names = ("purpose", "contribution", "data", "parameters", "operations")
    told = editor.send("item", "settings", status=422, algorithm_purpose="classer les demandes")
    assert told.count("la loi veut les cinq") >= 4
    editor.send("item", "settings", **{f"algorithm_{name}": f"Le {name}." for name in names})
    assert editor.body["algorithm"] == {name: f"Le {name}." for name in names}
    editor.send("item", "workflow/transitions/accept", algorithmic="on")
    assert not checks.errors(editor.body)
    editor.send("item", "settings", **{f"algorithm_{name}": "" for name in names})
    assert not editor.body.get("algorithm")
    assert [issue.place for issue in checks.errors(editor.body)] == ["workflow/transitions/accept"]


def test_a_refusal_must_ask_its_reason(editor: Editor) -> None:
    told = editor.send("item", "workflow/transitions/reject", status=422, reason="none")
    assert "Un refus dit pourquoi" in told


def test_a_notice_refuses_a_word_that_nothing_fills(editor: Editor) -> None:
    place = "notices/accepted"
    assert "Variable inconnue" in editor.send("item", place, status=422, text="Bonjour {{ prenom }}")
    editor.send("item", place, text="Bonjour {{ name }},\n\nVenez le chercher.")
    assert edits.get(editor.body, place)["body"] == "Bonjour {{ name }},\n\nVenez le chercher."


def test_a_table_is_pasted_line_by_line(editor: Editor) -> None:
    editor.send("add", "tables", status=422, rows_text="une seule ligne")
    editor.send("add", "tables", rows_text="modèle ; prix\npetit ; 1500\ngrand ; 2500")
    (table,) = editor.body["tables"].values()
    assert table == {"columns": {"prix": "number"}, "rows": {"petit": {"prix": 1500}, "grand": {"prix": 2500}}}


def test_settings_cite_the_text_of_silence(editor: Editor) -> None:
    told = editor.send("item", "settings", status=422, silence_effect="accept", silence_months="2")
    assert "Citez le texte" in told
    editor.send("item", "settings", silence_effect="accept", silence_months="2", silence_source="CRPA, art. L231-1")
    assert editor.body["silence"] == {"effect": "accept", "source": "CRPA, art. L231-1"}


def test_a_manager_gives_no_procedure_to_a_service_that_is_not_theirs(editor: Editor) -> None:
    editor.send("item", "settings", status=422, service="libraries")
    assert editor.body["service"] == "waste"


# --- Order, removal, two at once --------------------------------------------------------------------------------------
def test_order_by_buttons_and_by_dragging(editor: Editor) -> None:
    ids = [field["id"] for field in editor.body["steps"][0]["fields"]]
    for by, expected in (("-1", 0), ("3", 3)):
        answer = editor.client.post(editor.url("move"), {"move": f"steps/person/fields/{ids[1]}:{by}"})
        assert answer["Location"].endswith(f"#p-steps-person-fields-{ids[1]}")
        assert [field["id"] for field in editor.body["steps"][0]["fields"]].index(ids[1]) == expected
    editor.client.post(editor.url("move"), {"move": "steps/person/fields/phone:0", "into": "request"})
    assert [field["id"] for field in editor.body["steps"][1]["fields"]] == ["wish", "phone"]
    assert editor.client.post(editor.url("move"), {"move": "nowhere:1"}).status_code == 302


def test_removing_shows_what_speaks_of_it(composters: Editor) -> None:
    shown = composters.get("remove", "steps/home/fields/housing")
    assert "D’autres parties en parlent" in shown
    composters.send("remove", "steps/home/fields/housing")
    assert "housing" not in [field["id"] for field in edits.get(composters.body, "steps/home")["fields"]]
    assert "à corriger avant de publier" in composters.get("outline")


def test_the_second_of_two_is_told_and_loses_nothing(editor: Editor) -> None:
    place = "steps/request/fields/wish"
    first = filled(editor.get("item", place))
    editor.send("item", place, label="Ce que dit la collègue")
    late = editor.client.post(editor.url("item", place), {**first, "label": "Ce que je tape"})
    shown = page(late)
    assert late.status_code == 409
    assert "Vous étiez deux à écrire" in shown
    assert filled(shown)["label"] == ["Ce que je tape"]
    assert "Ce que dit la collègue" in shown
    assert edits.get(editor.body, place)["label"] == "Ce que dit la collègue"
    editor.client.post(editor.url("item", place), filled(shown))
    assert edits.get(editor.body, place)["label"] == "Ce que je tape"


def test_what_was_typed_on_a_part_that_is_gone_is_shown(editor: Editor) -> None:
    place = "steps/request/fields/wish"
    first = filled(editor.get("item", place))
    editor.send("add", "steps/request/fields", label="Autre", kind="text")
    editor.send("remove", place)
    late = editor.client.post(editor.url("item", place), {**first, "label": "Mes mots précieux"})
    assert late.status_code == 409
    shown = page(late)
    assert "Mes mots précieux" in shown
    assert "enregistrez encore" not in shown  # there is nothing left to save it in
    assert "textarea" not in shown  # nor are the settings' own codes words that one typed


def test_what_a_part_leaves_behind_is_told_with_its_place(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Une remorque ?", kind="yesno")
    editor.send("add", "steps/request/fields", label="Où le livrer ?", kind="text")
    asked = {"show-0-field": "une_remorque", "show-0-op": "eq", "show-0-value": "non"}
    editor.send("item", "steps/request/fields/ou_le_livrer", **asked)
    rule = {
        "when-0-field": "une_remorque",
        "when-0-op": "eq",
        "when-0-value": "oui",
        "then": "forbid",
        "reason": "Non.",
    }
    editor.send("add", "rules", **rule)
    place = "steps/request/fields/une_remorque"
    for shown in (editor.get("remove", place), editor.send("remove", place, follow=True), editor.get("preview")):
        assert "« Où le livrer ? » : le champ « une_remorque » n’existe pas" in shown
        assert "« Règle 1 » : le champ « une_remorque » n’existe pas" in shown


def test_forged_places_are_nowhere(editor: Editor) -> None:
    for place in ("../settings", "steps/none", "rules/9", "rules/-1", "workflow", "scenarios/x", "steps/person/fields"):
        assert editor.client.get(editor.url("item", place)).status_code == 404, place
    for collection in ("settings", "workflow", "scenarios/x", "steps/none/fields", "steps/person"):
        assert editor.client.get(editor.url("add", collection)).status_code == 404, collection


# --- Who ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "bounds", "status"),
    [
        (Role.MANAGER, {"service": "waste"}, 200),
        (Role.MANAGER, {}, 200),
        (Role.ADMINISTRATOR, {}, 200),
        (Role.MANAGER, {"service": "libraries"}, 404),
        (Role.AGENT, {"service": "waste"}, 403),
    ],
)
def test_procedures_are_written_by_those_who_answer_for_them(
    editor: Editor, role: str, bounds: dict[str, str], status: int
) -> None:
    client, _account = sit(role, **bounds)
    for name in ("outline", "preview", "paper", "compare", "publish", "scenarios", "export", "discard"):
        assert client.get(reverse(f"editor_{name}", args=[editor.slug])).status_code == status, name
