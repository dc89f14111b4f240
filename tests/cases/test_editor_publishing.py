"""From nothing to the portal: begin, try, keep a scenario, see it fail, mend, compare, publish, change again."""

import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bocage.base.models import Event, Outbox
from bocage.cases.editing import edits
from bocage.cases.editor_views import library
from bocage.cases.models import Case, Procedure, ProcedureDraft
from bocage.cases.operations.editor import edit_procedure, publish_draft
from bocage.cases.schema import ProcedureDocument
from bocage.identity.models import Role
from tests.cases.desk import page, sit
from tests.cases.editor import Editor, filled
from tests.cases.factories import body, composter, filed
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]

WHO = {"given_names": "Marcelle", "birth_name": "Delattre", "address.line": "12 rue Haute", "address.commune": "59353"}


@pytest.fixture
def editor() -> Editor:
    return Editor().begin()


def rehearse(editor: Editor, shown: str = "", status: int = 200, **changes: Any) -> str:
    """Press a button of « Essayer », with what the page carries."""
    data = {**filled(shown or editor.get("preview")), **{key.replace("__", "."): one for key, one in changes.items()}}
    # A browser sends the fields of one form: those of the others are left out by the names that they share.
    story = data.pop("story")
    response = editor.client.post(editor.url("preview"), {**data, "story": story[0]})
    assert response.status_code == status, page(response)
    return page(response)


def sent(editor: Editor, wish: str = "Trois jours") -> str:
    """A request made and sent in the preview."""
    shown = rehearse(editor, _next="1")
    shown = rehearse(editor, shown, **{key.replace(".", "__"): one for key, one in WHO.items()}, _next="1")
    shown = rehearse(editor, shown, wish=wish, _next="1")
    assert "Vérifiez, puis envoyez" in shown
    return rehearse(editor, shown, _send="1")


# --- Trying ---------------------------------------------------------------------------------------------------------
def test_trying_goes_from_the_form_to_the_decision_and_writes_nothing(editor: Editor) -> None:
    events, posts = Event.objects.count(), Outbox.objects.count()
    with CaptureQueriesContext(connection) as queries:
        shown = sent(editor)
        assert "Reçue, en attente d’étude" in shown
        assert "Bonjour Marcelle Delattre" in shown  # the receipt, as it will be read
        shown = rehearse(editor, shown, press="accept:agent")
        assert "Votre demande K7QF-2M9X-A est acceptée" in shown
        assert "Ce dossier est fini." in shown
    written = [one["sql"] for one in queries if one["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert not written
    assert (Event.objects.count(), Outbox.objects.count(), Case.objects.count()) == (events, posts, 0)


def test_trying_tells_what_is_missing_as_the_portal_does(editor: Editor) -> None:
    shown = rehearse(editor, rehearse(editor, _next="1"), status=422, _next="1")
    assert "Répondez à « Prénom »." in shown


def test_trying_asks_what_an_answer_brings_up_before_blaming_anybody(editor: Editor) -> None:
    editor.send("add", "steps/request/fields", label="Une remorque ?", kind="yesno")
    editor.send("add", "steps/request/fields", label="Où le livrer ?", kind="text")
    asked = {"show-0-field": "une_remorque", "show-0-op": "eq", "show-0-value": "non"}
    editor.send("item", "steps/request/fields/ou_le_livrer", **asked)
    shown = rehearse(editor, _next="1")
    shown = rehearse(editor, shown, **{key.replace(".", "__"): one for key, one in WHO.items()}, _next="1")
    shown = rehearse(editor, shown, wish="Trois jours", une_remorque="non", _next="1")
    assert "Où le livrer ?" in shown
    assert "error-summary" not in shown
    shown = rehearse(editor, shown, status=422, wish="Trois jours", une_remorque="non", _next="1")
    assert "Répondez à « Où le livrer ? »." in shown
    shown = rehearse(editor, shown, wish="Trois jours", une_remorque="non", ou_le_livrer="Ici", _next="1")
    assert "Vérifiez, puis envoyez" in shown


def test_trying_asks_a_correction_and_answers_it(editor: Editor) -> None:
    shown = rehearse(editor, sent(editor), press="ask:agent", fields="wish", message="Quels jours ?")
    assert "Nous attendons votre réponse" in shown
    assert "Quels jours ?" in shown
    shown = rehearse(editor, shown, wish="Mardi", _answer="1")
    assert "Reçue, en attente d’étude" in shown
    shown = rehearse(editor, shown, status=422, _wait="1", days="demain")
    shown = rehearse(editor, shown, _wait="1", days="12")
    assert "12 jours passent" in shown
    assert "La demande est envoyée" not in rehearse(editor, shown, _restart="1")


def test_a_story_that_is_not_ours_begins_again(editor: Editor) -> None:
    response = editor.client.post(editor.url("preview"), {"story": "forged:story", "_next": "1"})
    assert response.status_code == 200


def test_paper_shows_the_blank_form_of_the_draft(editor: Editor) -> None:
    editor.send("item", "steps/request/fields/wish", label="Les jours où vous voulez le broyeur")
    assert "Les jours où vous voulez le broyeur" in editor.get("paper")
    assert Procedure.objects.count() == 0


def test_an_unsound_draft_is_not_tried_but_says_what_to_mend(editor: Editor) -> None:
    editor.send("add", "workflow/states", label="Prêté", public="Chez vous")
    shown = editor.get("preview")
    assert "À corriger d’abord" in shown
    assert editor.url("item", "workflow/states/prete") in shown


# --- Scenarios ------------------------------------------------------------------------------------------------------
def test_what_was_done_becomes_a_scenario_that_watches(editor: Editor) -> None:
    shown = rehearse(editor, sent(editor), press="accept:agent")
    response = editor.client.post(
        editor.url("preview"), {"story": filled(shown)["story"][0], "title": "Une demande acceptée", "_keep": "1"}
    )
    assert response["Location"] == editor.url("scenario", "une_demande_acceptee")
    assert "Il réussit" in editor.get("scenario", "une_demande_acceptee")
    assert "Tous réussissent" in editor.get("scenarios")

    # A field made compulsory afterwards: the scenario fails, and publishing is refused.
    editor.send("add", "steps/request/fields", label="Nombre de jours", kind="number")
    told = editor.get("scenario", "une_demande_acceptee")
    assert "Il échoue au pas" in told
    assert "Répondez à « Nombre de jours »." in told
    refused = editor.get("publish")
    assert "échoue" in refused
    assert editor.client.post(editor.url("publish"), {"revision": editor.draft.revision}).status_code == 422
    assert Procedure.objects.count() == 0

    # Mended in the scenario, in words.
    answers = filled(told)["steps-0-values"][0]
    editor.send("scenario", "une_demande_acceptee", steps__0__values=f"{answers}\nNombre de jours : 2")
    assert "Il réussit" in editor.get("scenario", "une_demande_acceptee")


def test_a_scenario_is_written_step_by_step(editor: Editor) -> None:
    story = {"title": "Trop tôt", "steps": [{"do": "submit"}]}
    ProcedureDraft.objects.update(body=edits.add(editor.body, "scenarios/story", story))
    shown = editor.send("scenario", "story", status=200, steps__1__do="expect", _more="steps")
    assert "steps-1-refused" in filled(shown)
    editor.send("scenario", "story", steps__1__do="expect", steps__1__refused="Il reste des réponses")
    assert edits.get(editor.body, "scenarios/story")["steps"] == [
        {"do": "submit"},
        {"do": "expect", "refused": "Il reste des réponses"},
    ]
    assert "Il réussit" in editor.get("scenario", "story")
    told = editor.send("scenario", "story", status=422, steps__2__do="fill", steps__2__values="Inconnu : oui")
    assert "aucun champ ne porte cet intitulé" in told
    editor.send("scenario", "story", _remove="1")
    assert editor.body["scenarios"] == []


# --- Publishing -----------------------------------------------------------------------------------------------------
def test_published_it_is_on_the_portal_and_running_cases_keep_their_version(now: Any) -> None:
    case = filed(now)
    edit_procedure(Procedure.objects.get(), actor=factories.SYSTEM, now=now)
    editor = Editor("composteur")
    assert "Rien ne change" in editor.get("compare")
    editor.send("item", "settings", title="Commander un composteur aidé")
    shown = editor.get("compare")
    assert "Commander un composteur aidé" in shown
    editor.send("publish")
    procedure = Procedure.objects.get()
    assert procedure.title == "Commander un composteur aidé"
    assert procedure.current is not None
    assert procedure.current.number == 2
    case.refresh_from_db()
    assert case.version.number == 1
    assert not ProcedureDraft.objects.exists()
    assert "Commander un composteur aidé" in page(editor.client.get("/demarches/composteur/"))


def test_opening_and_closing_days_are_kept_and_refused_when_they_cross(editor: Editor) -> None:
    told = editor.send("publish", status=422, opens_on="30/06/2027", closes_on="01/03/2027")
    assert "précède" in told
    editor.send("publish", opens_on="01/03/2027", closes_on="30/06/2027", _dates="1")
    assert editor.draft.opens_on == date(2027, 3, 1)
    editor.send("publish")
    assert "ouvre le 1er mars 2027" in page(editor.client.get("/bureau/demarches/")).replace("\xa0", " ")
    assert editor.client.get(f"/demarches/{editor.slug}/").status_code == 404


def test_another_version_published_meanwhile_is_not_covered_unawares(now: Any) -> None:
    procedure = composter(now)
    draft = edit_procedure(procedure, actor=factories.SYSTEM, now=now)
    publish_draft(draft, seen_revision=0, actor=factories.SYSTEM, now=now)
    stale = edit_procedure(procedure, actor=factories.SYSTEM, now=now)
    editor = Editor("composteur")
    editor.send("item", "settings", title="Un composteur")
    ProcedureDraft.objects.filter(pk=stale.pk).update(based_on=None)
    assert "Une autre version a été publiée entre-temps" in editor.get("publish")
    editor.send("publish", status=422)
    editor.send("publish", over_newer="oui")
    assert Procedure.objects.get().title == "Un composteur"


def test_publishing_what_a_colleague_just_changed_says_so(editor: Editor) -> None:
    seen = editor.draft.revision
    editor.send("item", "settings", title="Autre nom")
    late = editor.client.post(editor.url("publish"), {"revision": seen})
    assert late.status_code == 409
    assert "pendant que vous écriviez" in page(late)
    assert Procedure.objects.count() == 0


def test_a_procedure_is_closed_and_opened_at_once(now: Any) -> None:
    composter(now)
    client, _account = sit(Role.MANAGER, service="waste")
    client.post("/bureau/demarches/composteur/ouvrir/", {"open": "no"})
    assert not Procedure.objects.get().is_open
    assert "fermée" in page(client.get("/bureau/demarches/"))
    client.post("/bureau/demarches/composteur/ouvrir/", {"open": "yes"})
    assert Procedure.objects.get().is_open


# --- Files and the library ------------------------------------------------------------------------------------------
def test_a_procedure_goes_out_and_comes_back_as_one_file(editor: Editor, now: Any) -> None:
    composter(now)
    out = editor.client.get("/bureau/demarches/composteur/fichier/")
    assert out["Content-Disposition"] == 'attachment; filename="composteur.json"'
    upload = SimpleUploadedFile("composteur.json", out.content, "application/json")
    back = editor.client.post("/bureau/demarches/reprendre/", {"file": upload, "slug": "composteur-bis"})
    assert back["Location"] == "/bureau/demarches/composteur-bis/brouillon/"
    there = ProcedureDraft.objects.get(slug="composteur-bis").body
    assert ProcedureDocument.model_validate(there).title == "Commander un composteur"
    assert json.loads(editor.client.get("/bureau/demarches/composteur-bis/brouillon/fichier/").content) == there


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG\r\n", "UTF-8"),
        (b"{", "ligne 1"),
        (b'{"schema_version": 99, "slug": "x", "title": "x", "service": "waste"}', "plus récent"),
        (json.dumps({**body(), "slug": "autre", "service": "libraries"}).encode(), "pas le vôtre"),
    ],
)
def test_a_file_that_is_no_procedure_of_ours_leaves_nothing(content: bytes, told: str) -> None:
    client, _account = sit(Role.MANAGER, service="waste")
    answer = client.post("/bureau/demarches/reprendre/", {"file": SimpleUploadedFile("x.json", content)})
    assert answer.status_code == 422
    assert told in page(answer)
    assert not ProcedureDraft.objects.exists()


def test_a_file_never_replaces_the_procedure_of_another_service(now: Any) -> None:
    composter(now)
    client, _account = sit(Role.MANAGER, service="libraries")
    upload = SimpleUploadedFile("x.json", json.dumps({**body(), "service": "libraries"}).encode())
    answer = client.post("/bureau/demarches/reprendre/", {"file": upload})
    assert answer.status_code == 422
    assert "d’un autre service" in page(answer)
    assert not ProcedureDraft.objects.exists()


def test_a_ready_procedure_is_copied_under_an_address_of_its_own(now: Any) -> None:
    composter(now)
    client, _account = sit(Role.MANAGER, service="waste")
    assert "Commander un composteur" in page(client.get("/bureau/demarches/pretes/"))
    assert client.post("/bureau/demarches/pretes/", {"key": "nothing", "service": "waste"}).status_code == 422
    asked = {"key": "mormal.composteur", "service": "waste"}
    assert client.post("/bureau/demarches/pretes/", asked)["Location"] == "/bureau/demarches/composteur-2/brouillon/"
    assert library.body_of("mormal.composteur")["slug"] == "composteur"  # type: ignore[index]


def test_an_address_that_is_taken_or_badly_written_is_told(editor: Editor) -> None:
    asked = {"title": "Broyeur", "service": "waste", "act": "book", "audience": "person"}
    for slug in (editor.slug, "Pas Une Adresse"):
        answer = editor.client.post("/bureau/demarches/nouvelle/", {**asked, "slug": slug})
        assert answer.status_code == 422, slug
    assert ProcedureDraft.objects.count() == 1


def test_a_draft_is_given_up_only_as_it_was_seen(editor: Editor) -> None:
    seen = editor.draft.revision
    editor.send("item", "settings", title="Autre nom")
    editor.client.post(editor.url("discard"), {"revision": seen})
    assert ProcedureDraft.objects.exists()
    editor.send("discard")
    assert not ProcedureDraft.objects.exists()
