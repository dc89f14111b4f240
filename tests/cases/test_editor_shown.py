"""What a procedure shows of itself: documents that it issues, the list that everyone may read, who must be reached."""

import json
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from bocage.base import pdf
from bocage.cases import schema
from bocage.cases.editing import checks, edits
from bocage.cases.editing.compare import changes
from bocage.cases.editor_views import registry, samples, words
from bocage.cases.editor_views.forms.base import ItemForm
from bocage.cases.editor_views.forms.effects import EffectRows
from bocage.cases.models import IssuedDocument, ProcedureDraft
from bocage.cases.operations import publish
from bocage.cases.operations.editor import edit_procedure
from bocage.cases.operations.effects import known_effects
from bocage.cases.schema import ProcedureDocument
from bocage.cases.schema_parts import DataTable, DocumentText
from tests.cases.editor import Editor, filled
from tests.cases.factories import body
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]


@pytest.fixture
def editor() -> Editor:
    return Editor().begin()


def opened(slug: str, service: str, now: Any) -> Editor:
    """A procedure of the territory, published and opened for its next version."""
    made = publish(body(slug), actor=factories.SYSTEM, now=now).procedure
    edit_procedure(made, actor=factories.SYSTEM, now=now)
    return Editor(slug, service)


@pytest.fixture
def cards(now: Any) -> Editor:
    return opened("carte-decheterie", "waste", now)


@pytest.fixture
def reports(now: Any) -> Editor:
    told = body("signaler-un-probleme")
    return opened("signaler-un-probleme", told["service"], now)


# --- Documents -------------------------------------------------------------------------------------------------------
def test_a_document_is_described_issued_and_seen_without_a_file(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Véhicule", kind="text", follow=True)
    assert "Véhicule" in editor.get("add", "documents")  # offered among what may be printed
    editor.send(
        "add", "documents",
        title="Permis de broyer", shape="page", text="Bonjour {{ name }}, jusqu’au {{ document_until }}.",
        valid_months="6", renew_days="20", facts__0__field="vehicule",
        renewal__0__field="vehicule", renewal__0__value="AB-123-CD",
    )  # fmt: skip
    assert edits.get(editor.body, "documents/permis_de_broyer") == {
        "title": "Permis de broyer",
        "shape": "page",
        "body": "Bonjour {{ name }}, jusqu’au {{ document_until }}.",
        "valid_months": 6,
        "renew_days": 20,
        "facts": ["vehicule"],
        "renewal": {"vehicule": "AB-123-CD"},
    }
    shown = editor.get("outline")
    assert "jamais délivré" in shown
    assert "valable 6 mois, à renouveler dans les 20 derniers jours" in shown
    editor.send("item", "workflow/transitions/accept", status=200, effects__1__kind="issue_document", _more="effects")
    issues = {"effects__1__kind": "issue_document", "effects__1__document": "permis_de_broyer"}
    editor.send("item", "workflow/transitions/accept", **issues)
    shown = editor.get("outline")
    assert "délivre « Permis de broyer »" in shown
    assert "jamais délivré" not in shown
    assert checks.errors(editor.body, effects=known_effects()) == []


@pytest.mark.parametrize(
    ("changes_", "told"),
    [
        ({"valid_months": "48"}, "Un dossier fini n’est gardé que 42"),
        ({"valid_months": "", "renew_days": "30"}, "Ce qui se renouvelle a une fin"),
        ({"text": "Bonjour {{ nobody }}"}, "nobody"),
        ({"title": ""}, "Donnez-lui un nom"),
        ({"facts__1__field": "vehicles"}, "y est déjà"),
        ({"facts__1__field": "proof"}, "protégé"),
        ({"renewal__0__value": "nothing"}, "une réponse de ce champ"),
        ({"renewal__1__field": "request", "renewal__1__value": "lost"}, "déjà sa réponse"),
    ],
)
def test_an_unsound_document_is_refused_with_the_mend(cards: Editor, changes_: Any, told: str) -> None:
    before = cards.body
    assert told in cards.send("item", "documents/card", status=422, **changes_)
    assert cards.body == before


def test_taking_out_what_a_document_rests_on_says_so_and_blocks_publishing(cards: Editor) -> None:
    step = next(step["id"] for step in cards.body["steps"] if any(f["id"] == "vehicles" for f in step["fields"]))
    told = cards.get("remove", f"steps/{step}/fields/vehicles")
    assert "imprime le champ « vehicles », qui n’existe pas" in told
    assert cards.url("item", "documents/card") in told
    cards.send("remove", f"steps/{step}/fields/vehicles")
    assert cards.client.post(cards.url("publish"), {"revision": cards.draft.revision}).status_code == 422


def test_taking_out_a_document_names_the_button_that_issues_it(cards: Editor) -> None:
    told = cards.get("remove", "documents/card")
    assert "délivre le document « card », qui n’existe pas" in told
    cards.send("remove", "documents/card")
    assert cards.body["documents"] == {}
    assert any(one.place == "workflow/transitions/accept" for one in checks.errors(cards.body))


def test_the_specimen_is_the_document_and_is_kept_nowhere(cards: Editor) -> None:
    shown = cards.get("specimen", "card")
    assert "Carte de déchèterie" in shown
    assert "Marcelle" in shown or "Valable jusqu’au" in shown
    assert "K7QF-2M9X-A" in shown
    made = cards.client.get(cards.url("specimen", "card"), {"pdf": "1"})
    assert made["Content-Type"] == "application/pdf"
    assert made.content.startswith(b"%PDF") is pdf.available()
    assert IssuedDocument.objects.count() == 0
    cards.get("specimen", "nothing", status=404)


def test_the_specimen_of_an_unsound_draft_says_what_to_mend(cards: Editor) -> None:
    unsound = deepcopy(cards.body)
    unsound["documents"]["card"]["facts"] = ["nothing"]
    ProcedureDraft.objects.update(body=unsound)
    assert "imprime le champ « nothing »" in cards.get("specimen", "card")


def test_a_specimen_takes_the_answers_of_a_scenario_or_examples(cards: Editor, now: Any) -> None:
    document = ProcedureDocument.model_validate(cards.body)
    assert samples.case_for(document, "card", now.date()).state  # a scenario issues it
    without = ProcedureDocument.model_validate({**cards.body, "scenarios": []})
    case = samples.case_for(without, "card", now.date())
    assert not case.state
    assert case.answers["vehicles"][0]["plate"] == "AB-123-CD"


def test_documents_are_compared_in_words(cards: Editor) -> None:
    after = deepcopy(cards.body)
    after["documents"]["card"] |= {"valid_months": 24, "facts": ["vehicles", "home_kind"], "loss": {}}
    told = {(one.place, one.what): (one.was, one.now) for one in changes(cards.body, after)}
    assert told["documents/card", "validité, en mois"] == ("36", "24")
    was, now_ = told["documents/card", "réponses imprimées"]
    assert "vehicles" not in now_
    assert now_.startswith(was)
    assert " : « " in told["documents/card", "rempli d’avance après une perte"][0]


def test_a_renamed_field_is_followed_by_what_prints_and_shows_it() -> None:
    told = body("carte-decheterie")
    step = next(step["id"] for step in told["steps"] if any(f["id"] == "vehicles" for f in step["fields"]))
    renamed = edits.rename(told, f"steps/{step}/fields/vehicles", "cars")
    assert renamed["documents"]["card"]["facts"] == ["cars"]
    at = next(step["id"] for step in told["steps"] if any(f["id"] == "request" for f in step["fields"]))
    renamed = edits.rename(told, f"steps/{at}/fields/request", "wanted")
    assert renamed["documents"]["card"]["renewal"] == {"wanted": "renewal"}
    listed = body("signaler-un-probleme")
    at = next(step["id"] for step in listed["steps"] if any(f["id"] == "where" for f in step["fields"]))
    renamed = edits.rename(listed, f"steps/{at}/fields/where", "spot")
    assert renamed["public_list"]["place"] == "spot"
    assert checks.errors(renamed) == []


# --- The public list -------------------------------------------------------------------------------------------------
def test_the_public_list_is_opened_changed_and_closed(reports: Editor) -> None:
    was = reports.body["public_list"]
    reports.send("item", "public_list", title="Dans nos rues", near_metres="250", planned="")
    assert reports.body["public_list"]["title"] == "Dans nos rues"
    assert reports.body["public_list"]["near_metres"] == 250
    assert reports.body["public_list"]["planned"] is None
    assert "« Dans nos rues »" in reports.get("outline")
    compared = reports.get("compare")
    assert "distance, en mètres" in compared
    assert "250" in compared
    reports.send("item", "public_list", listed=None)
    assert "public_list" not in reports.body
    assert "Rien n’est publié." in reports.get("outline")
    assert any(one.place == "public_list" and one.kind == "removed" for one in changes({"public_list": was}, {}))


def test_a_list_that_misses_its_fields_is_refused_with_the_mend(editor: Editor) -> None:
    told = editor.send("item", "public_list", status=422, listed="on")
    for mend in ("ajoutez d’abord un champ « Lieu »", "ajoutez d’abord une liste", "Donnez un titre"):
        assert mend in told
    assert "public_list" not in editor.body


def test_taking_out_a_field_of_the_list_names_the_list(reports: Editor) -> None:
    step = next(step["id"] for step in reports.body["steps"] if any(f["id"] == "where" for f in step["fields"]))
    told = reports.get("remove", f"steps/{step}/fields/where")
    assert "La liste publique montre le lieu par le champ « where »" in told
    assert reports.url("item", "public_list") in told
    reports.send("remove", f"steps/{step}/fields/where")
    assert "n’existe plus" in reports.get("item", "public_list")


# --- Whoever has no account ------------------------------------------------------------------------------------------
def test_whether_one_must_be_reached_is_chosen(editor: Editor) -> None:
    editor.send("item", "settings", contact="optional")
    assert editor.body["contact"] == "optional"
    editor.send("item", "settings", contact="required")
    assert ProcedureDocument.model_validate(editor.body).contact == "required"


# --- Nothing is left to a file ---------------------------------------------------------------------------------------
ELSEWHERE = {
    "ProcedureDocument": {
        *("schema_version", "slug"),  # never change
        *("eligibility", "steps", "rules", "workflow", "notices", "tables", "documents", "public_list", "scenarios"),
        *("silence", "algorithm"),  # told key by key: ``silence_effect``…
        "prepare",  # ``prepare_list``
    },
    "Question": {"id"},
    "Step": {"id", "fields"},
    "FormField": {"id", "was", "fields"},  # ``was`` is written by a change of id
    "Rule": set(),
    "State": {"id"},
    "Transition": {"id"},
    "Effect": {"params"},  # told key by key: the address of a webhook, who is asked
    "NoticeText": {"body"},  # ``text``
    "DocumentText": {"body"},
    "PublicList": set(),
}
"""Keys of the schema without a control of their name, and why."""


def controls(form: ItemForm) -> set[str]:
    """The names of a form's controls and rows."""
    return {*form.fields, *form.rows}


def test_every_key_of_the_schema_has_its_control(editor: Editor) -> None:
    body_ = editor.body
    step = "steps/request/fields"
    found = {
        "ProcedureDocument": controls(registry.form_at(body_, "settings")),
        "Question": controls(registry.new_form(body_, "eligibility")),
        "Step": controls(registry.new_form(body_, "steps")),
        "Rule": controls(registry.new_form(body_, "rules")),
        "State": controls(registry.new_form(body_, "workflow/states")),
        "Transition": controls(registry.new_form(body_, "workflow/transitions")),
        "NoticeText": controls(registry.new_form(body_, "notices")),
        "DocumentText": controls(registry.new_form(body_, "documents")),
        "PublicList": controls(registry.form_at(body_, "public_list")),
        "Effect": {*EffectRows.names},
        "FormField": set(),
    }
    for kind in words.FIELD_KINDS:
        with_it, place = registry.add_field(body_, step, kind, f"Un {kind}")
        found["FormField"] |= controls(registry.form_at(with_it, place))
    for model in (*(getattr(schema, name) for name in ELSEWHERE if name != "DocumentText"), DocumentText):
        wanted = {*model.model_fields} - ELSEWHERE[model.__name__]
        assert wanted - found[model.__name__] == set(), model.__name__


def plain(part: Any) -> str:
    """A part of a document; ``page`` gives plain spaces for those that do not break."""
    return json.dumps(part, ensure_ascii=False, sort_keys=True).replace("\xa0", " ").replace("\u202f", " ")


READY = ["aide-numerique", "carte-decheterie", "signaler-un-probleme", "subvention-association"]


@pytest.mark.slow
@pytest.mark.parametrize("slug", READY)
def test_every_page_of_a_ready_procedure_saves_it_unchanged(slug: str, now: Any) -> None:
    editor = opened(slug, body(slug)["service"], now)
    before, seen = editor.body, set()
    for place in edits.places(before):
        if place == "workflow" or place.startswith("scenarios/"):
            continue
        part = edits.get(before, place)
        alike = (registry.kind_of(place), part.get("kind"), frozenset(part))
        if alike in seen:
            continue  # the same controls hold the same keys: one of them is enough
        seen.add(alike)
        editor.send("item", place)
        assert plain(edits.get(editor.body, place)) == plain(edits.get(before, place)), place


def test_a_protected_line_stays_protected_and_one_can_be_made_so(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Comptes", kind="group", follow=True)
    place = "steps/request/fields/comptes/fields/item"
    editor.send("item", place, sensitive="on")
    assert edits.get(editor.body, place)["sensitive"] is True
    editor.send("item", place, label="Numéro")
    assert edits.get(editor.body, place)["sensitive"] is True


def test_the_bounds_of_a_sum_are_typed_in_euros_and_kept_in_cents(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Prix", kind="amount", follow=True)
    editor.send("item", "steps/request/fields/prix", minimum="1,50", maximum="200")
    kept = edits.get(editor.body, "steps/request/fields/prix")
    assert (kept["minimum"], kept["maximum"]) == ("150", "20000")
    shown = filled(editor.get("item", "steps/request/fields/prix"))
    assert (shown["minimum"], shown["maximum"]) == (["1,50"], ["200"])
    assert "somme en euros" in editor.send("item", "steps/request/fields/prix", status=422, minimum="cher")


def test_what_takes_a_button_nobody_presses_is_chosen(editor: Editor) -> None:
    editor.send(
        "add", "workflow/transitions",
        label="Payée", sources=["received"], target="accepted", roles=["system"], taken_when="settled",
    )  # fmt: skip
    assert edits.get(editor.body, "workflow/transitions/settled")["roles"] == ["system"]
    assert not [one for one in checks.issues(editor.body) if "rien ne le déclenche" in one.text]
    editor.send("item", "workflow/transitions/settled", taken_when="all_signed")
    ids = [item["id"] for item in editor.body["workflow"]["transitions"]]
    assert "all_signed" in ids
    assert "settled" not in ids
    editor.send("item", "workflow/transitions/all_signed", taken_when="silence")
    assert "payee" in [item["id"] for item in editor.body["workflow"]["transitions"]]
    assert [one for one in checks.issues(editor.body) if "rien ne le déclenche" in one.text]


def test_a_deadline_that_passes_takes_a_button(editor: Editor) -> None:
    editor.send(
        "add", "workflow/transitions",
        label="Relancer", sources=["received"], target="received", roles=["system"], taken_when="overdue_announced",
    )  # fmt: skip
    place = "workflow/transitions/overdue_announced"
    assert edits.get(editor.body, place)["roles"] == ["system"]
    assert not [one for one in checks.issues(editor.body) if "rien ne le déclenche" in one.text]
    assert "La date de réponse annoncée est passée" in editor.get("item", place)
    editor.send("item", place, taken_when="overdue_correction")
    assert "overdue_correction" in [item["id"] for item in editor.body["workflow"]["transitions"]]


def test_a_table_keeps_the_kinds_of_its_columns(editor: Editor) -> None:
    editor.send(
        "add",
        "tables",
        rows_text="nom ; jour ; ouvert ; code (texte) ; prix\nLe Quesnoy ; 05/01/2026 ; oui ; 59530 ; 12,5",
    )
    key = next(iter(editor.body["tables"]))
    kept = editor.body["tables"][key]
    assert kept["columns"] == {"jour": "date", "ouvert": "boolean", "code": "text", "prix": "number"}
    assert kept["rows"]["Le Quesnoy"] == {"jour": "2026-01-05", "ouvert": True, "code": "59530", "prix": 12.5}
    editor.send("item", f"tables/{key}")
    assert editor.body["tables"][key] == kept
    assert DataTable.model_validate(kept).table.rows["Le Quesnoy"]["jour"] == date(2026, 1, 5)
    told = editor.send("item", f"tables/{key}", status=422, rows_text="nom ; prix (nombre)\nLe Quesnoy ; cher")
    assert "« cher » n’est pas du genre « nombre »" in told
