"""Writing procedures at the desk: drafts, publication, files, opening and closing."""

import json
from copy import deepcopy
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from bocage.base.models import Event
from bocage.cases.editing import edits, files
from bocage.cases.engine import Refused
from bocage.cases.models import Procedure, ProcedureDraft
from bocage.cases.operations import Conflict, editor, load, save_answers, start_draft, upgrade_draft
from tests.cases.factories import RESIDENT, body, composter, draft, filed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]


@pytest.fixture
def agent(waste_manager):
    return waste_manager.actor


def new_draft(agent, now, slug="broyeur"):
    return editor.start_draft(slug, title="Réserver un broyeur", service="waste", actor=agent, now=now)


def test_a_new_procedure_is_published_as_it_begins(agent, now):
    begun = new_draft(agent, now)
    version = editor.publish_draft(begun, seen_revision=0, actor=agent, now=now)
    assert version.procedure.is_open
    assert version.published_by_id == agent.id
    assert not ProcedureDraft.objects.exists()
    assert Event.objects.filter(kind="cases.procedure_published", actor=agent.key).count() == 1


def test_one_draft_a_procedure(agent, now):
    composter(now)
    procedure = Procedure.objects.get()
    first = editor.edit_procedure(procedure, actor=agent, now=now)
    assert editor.edit_procedure(procedure, actor=agent, now=now) == first
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureDraft.objects.create(slug=first.slug, service="waste", body={}, updated_at=now)
    new_draft(agent, now)
    with pytest.raises(Conflict):
        new_draft(agent, now)


@pytest.mark.parametrize("slug", ["Broyeur", "prêt", "a" * 61, f"{'a' * 45}/b", "", "composteur", "a_b", "../x", "-a"])
def test_an_address_is_well_made_and_free(agent, now, slug):
    composter(now)
    with pytest.raises(Refused):
        new_draft(agent, now, slug)


def test_two_editors_at_once(agent, now):
    one = new_draft(agent, now)
    other = ProcedureDraft.objects.get()
    editor.save_draft(one, edits.put(one.body, "settings", {**edits.get(one.body, "settings"), "title": "Un"}),
                      seen_revision=0, actor=agent, now=now)  # fmt: skip
    with pytest.raises(Conflict):
        editor.save_draft(other, other.body, seen_revision=0, actor=agent, now=now)
    for late in (editor.publish_draft, editor.discard_draft):
        with pytest.raises(Conflict):
            late(other, seen_revision=0, actor=agent, now=now)
    assert ProcedureDraft.objects.get().title == "Un"


def test_an_unsound_body_is_kept_and_never_published(agent, now):
    begun = new_draft(agent, now)
    broken = edits.remove(begun.body, "workflow/states/received")
    editor.save_draft(begun, broken, seen_revision=0, actor=agent, now=now)
    with pytest.raises(editor.NotPublishable) as refused:
        editor.publish_draft(begun, seen_revision=1, actor=agent, now=now)
    assert {issue.place for issue in refused.value.issues} >= {"workflow", "workflow/transitions/accept"}
    assert not Procedure.objects.exists()
    assert ProcedureDraft.objects.get().revision == 1


COLUMNS = {"columns": [{"id": "charges", "label": "Charges"}], "lines": [{"id": "achats", "label": "Achats"}]}


@pytest.mark.parametrize(
    "kind", ["signatures", "place", "household_person", "amounts_table", "appointment", "payment", "file", "statement"]
)
def test_what_does_not_repeat_is_refused_in_a_group_with_its_place_and_the_mend(agent, now, kind):
    inner = {"id": "inner", "kind": kind, "label": "Cette question", **(COLUMNS if kind == "amounts_table" else {})}
    group = {"id": "rows", "kind": "group", "label": "Des lignes", "used_for": "Vérifier.", "fields": [inner]}
    begun = new_draft(agent, now)

    def publish(fields):
        broken = deepcopy(ProcedureDraft.objects.get().body)
        broken["steps"] = [*broken["steps"][:1], {"id": "more", "title": "Et encore", "fields": fields}]
        revision = ProcedureDraft.objects.get().revision
        editor.save_draft(begun, broken, seen_revision=revision, actor=agent, now=now)
        return editor.publish_draft(begun, seen_revision=revision + 1, actor=agent, now=now)

    with pytest.raises(editor.NotPublishable) as refused:
        publish([group])
    (issue,) = refused.value.issues
    assert issue.place == "steps/more/fields/rows"
    assert "« Cette question » ne peut pas se répéter" in issue.text
    assert "mettez-le hors du groupe, ou changez son genre" in issue.text
    assert not Procedure.objects.exists()
    mended = publish(
        [{**inner, "used_for": "Vérifier."}, {**group, "fields": [{"id": "name", "kind": "text", "label": "Nom"}]}]
    )
    assert mended.document.by_id["inner"].kind == kind


def test_an_effect_that_nobody_performs_is_not_published(agent, now):
    begun = new_draft(agent, now)
    told = edits.get(begun.body, "workflow/transitions/accept")
    told["effects"].append({"kind": "open_booking"})
    editor.save_draft(begun, edits.put(begun.body, "workflow/transitions/accept", told),
                      seen_revision=0, actor=agent, now=now)  # fmt: skip
    with pytest.raises(editor.NotPublishable) as refused:
        editor.publish_draft(begun, seen_revision=1, actor=agent, now=now)
    assert [issue.place for issue in refused.value.issues] == ["workflow/transitions/accept"]


def test_a_failing_scenario_keeps_it_from_being_published(agent, now):
    begun = new_draft(agent, now)
    told = {
        "id": "sent",
        "title": "Envoyée vide",
        "steps": [{"do": "submit"}, {"do": "expect", "state": "received"}],
    }
    editor.save_draft(begun, edits.add(begun.body, "scenarios", told), seen_revision=0, actor=agent, now=now)
    with pytest.raises(editor.NotPublishable) as refused:
        editor.publish_draft(begun, seen_revision=1, actor=agent, now=now)
    [report] = refused.value.failures
    assert (report.scenario, report.step) == ("sent", 1)
    assert "Prénom" in report.reason
    assert not Procedure.objects.exists()


def test_a_newer_version_is_not_overwritten_without_saying_so(agent, now):
    composter(now)
    begun = editor.edit_procedure(Procedure.objects.get(), actor=agent, now=now)
    from bocage.cases.operations import publish

    publish(body() | {"summary": "Autre"}, actor=RESIDENT, now=now)
    with pytest.raises(editor.NotPublishable):
        editor.publish_draft(begun, seen_revision=0, actor=agent, now=now)
    assert ProcedureDraft.objects.exists()
    version = editor.publish_draft(begun, seen_revision=0, actor=agent, now=now, over_newer=True)
    assert version.number == 3


def test_what_was_published_at_the_desk_is_not_replaced_by_the_file(agent, now):
    load(now)
    procedure = Procedure.objects.get(slug="composteur")
    position = procedure.position
    begun = editor.edit_procedure(procedure, actor=agent, now=now)
    changed = edits.put(begun.body, "settings", {**edits.get(begun.body, "settings"), "title": "Un composteur"})
    editor.save_draft(begun, changed, seen_revision=0, actor=agent, now=now)
    version = editor.publish_draft(begun, seen_revision=1, actor=agent, now=now)
    load(now)
    procedure.refresh_from_db()
    assert procedure.current == version
    assert (procedure.title, procedure.position) == ("Un composteur", position)


def test_running_cases_keep_their_version_and_drafts_follow_a_renamed_field(agent, now):
    running, begun_by_marcelle = filed(now), draft(now, wishes=["start"], bins=[{"colour": "green"}])
    first = running.version
    begun = editor.edit_procedure(running.procedure, actor=agent, now=now)
    changed = begun.body
    for place, name in (
        ("steps/home/fields/household_size", "people_at_home"),
        ("steps/home/fields/proof", "proof_of_home"),
        ("steps/composter/fields/bins/fields/colour", "paint"),
    ):
        changed = edits.rename(changed, place, name)
    editor.save_draft(begun, changed, seen_revision=0, actor=agent, now=now)
    editor.publish_draft(begun, seen_revision=1, actor=agent, now=now)

    running.refresh_from_db()
    assert running.version == first
    assert running.answers["household_size"] == "1"
    begun_by_marcelle.refresh_from_db()
    assert upgrade_draft(begun_by_marcelle, now=now)
    answers = begun_by_marcelle.answers
    assert answers["people_at_home"] == "1"
    assert "household_size" not in answers
    assert answers["bins"] == [{"paint": "green"}]
    assert answers["proof_of_home"] == list(begun_by_marcelle.documents.values_list("key", flat=True))
    assert set(begun_by_marcelle.documents.values_list("field", flat=True)) == {"proof_of_home"}


def test_what_could_not_be_read_follows_too(agent, now):
    composter(now)
    case, _code = start_draft(Procedure.objects.get(), actor=RESIDENT, now=now)
    save_answers(case, {"household_size": "beaucoup"}, now=now)
    begun = editor.edit_procedure(case.procedure, actor=agent, now=now)
    renamed = edits.rename(edits.rename(begun.body, "steps/home/fields/household_size", "people"),
                           "steps/home/fields/people", "persons")  # fmt: skip
    editor.save_draft(begun, renamed, seen_revision=0, actor=agent, now=now)
    editor.publish_draft(begun, seen_revision=1, actor=agent, now=now)
    case.refresh_from_db()
    upgrade_draft(case, now=now)
    assert case.pending == {"persons": "beaucoup"}


# --- Files ----------------------------------------------------------------------------------------------------------
def test_a_file_goes_out_and_comes_back(agent, now):
    composter(now)
    begun = editor.edit_procedure(Procedure.objects.get(), actor=agent, now=now)
    text = editor.export_document(begun)
    with pytest.raises(Refused):
        editor.import_document(text, actor=agent, now=now)
    editor.discard_draft(begun, seen_revision=0, actor=agent, now=now)
    again = editor.import_document(text, actor=agent, now=now)
    assert again.body == body()
    assert again.based_on == Procedure.objects.get().current
    copy = editor.import_document(text, actor=agent, now=now, slug="composteur-collectif")
    assert copy.procedure is None
    assert editor.publish_draft(copy, seen_revision=0, actor=agent, now=now).document.slug == "composteur-collectif"


BAD_FILES = {
    "no json": ('{"slug": "a",\n "title": }', "ligne 2"),
    "a list": ("[]", "accolades"),
    "nothing": ("", "ligne 1"),
    "newer": (json.dumps(body() | {"schema_version": 2}), "plus récent"),
    "no version": (json.dumps({key: value for key, value in body().items() if key != "schema_version"}), "format"),
    "true version": (json.dumps(body() | {"schema_version": True}), "format"),
    "unknown key": (json.dumps(body() | {"colour": "red"}), "colour"),
    "no number": (json.dumps(body())[:-1] + ', "minutes": NaN}', "pas un nombre"),
    "twice": (json.dumps(body())[:-1] + ', "minutes": 1, "minutes": 2}', "deux fois"),
    "too deep": ('{"a":' * 100_000, ""),
    "deep": (json.dumps(body())[:-1] + ', "deep": ' + "[" * 200 + "]" * 200 + "}", "imbriqué"),
    "too big": (" " * (files.MAX_FILE + 1), "trop gros"),
    "steps are a text": (json.dumps(body() | {"steps": "a"}), "liste"),
    "a step without id": (json.dumps(body() | {"steps": [{"title": "a", "fields": []}]}), "identifiant"),
    "a step of another kind": (json.dumps(body() | {"steps": [{"id": "a/b", "fields": []}]}), "identifiant"),
    "a NUL": (json.dumps(body() | {"intro": "a\0b"}), "interdits"),
    "workflow is a list": (json.dumps(body() | {"workflow": []}), "vie du dossier"),
    "not text": (b"\xff\xfe\x00", "UTF-8"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_the_place_and_the_mend(agent, now, name):
    text, word = BAD_FILES[name]
    with pytest.raises(files.BadFile) as refused:
        editor.import_document(text, actor=agent, now=now)
    assert any(word in issue.text for issue in refused.value.issues)
    assert all(issue.place for issue in refused.value.issues)
    assert not ProcedureDraft.objects.exists()


def test_an_unfinished_file_is_taken(agent, now):
    told = deepcopy(body())
    told["steps"] = told["steps"][1:]  # conditions speak of fields that are gone
    assert editor.import_document(json.dumps(told), actor=agent, now=now).body == told


def test_what_no_database_holds_is_not_kept(agent, now):
    begun = new_draft(agent, now)
    editor.save_draft(
        begun, begun.body | {"intro": "a\0b\ud800", "slug": "autre"}, seen_revision=0, actor=agent, now=now
    )
    begun.refresh_from_db()
    assert (begun.body["intro"], begun.body["slug"]) == ("ab", "broyeur")
    with pytest.raises(Refused):
        editor.save_draft(begun, begun.body | {"intro": "a" * 2_000_000}, seen_revision=1, actor=agent, now=now)


# --- Opening and closing --------------------------------------------------------------------------------------------
def test_a_procedure_opens_and_closes_on_its_days(agent, now):
    day = now.date()
    begun = new_draft(agent, now)
    with pytest.raises(Refused):
        editor.set_opening(
            begun, opens_on=day, closes_on=day - timedelta(days=1), seen_revision=0, actor=agent, now=now
        )
    editor.set_opening(begun, opens_on=day + timedelta(days=2), closes_on=day + timedelta(days=4),
                       seen_revision=0, actor=agent, now=now)  # fmt: skip
    procedure = editor.publish_draft(begun, seen_revision=1, actor=agent, now=now).procedure
    seen = []
    for after in range(7):
        for _again in range(2):
            editor.run_openings(now + timedelta(days=after))
        procedure.refresh_from_db()
        seen.append(procedure.is_open)
    assert seen == [False, False, True, True, True, False, False]
    assert (procedure.opens_on, procedure.closes_on) == (None, None)
    kinds = list(Event.objects.filter(subject=f"procedure:{procedure.pk}").values_list("kind", flat=True))
    assert kinds.count("cases.procedure_opened") == kinds.count("cases.procedure_closed") == 1


def test_a_procedure_closed_by_hand_stays_closed_when_it_is_published_again(agent, now):
    procedure = composter(now)
    editor.close_procedure(procedure, actor=agent, now=now)
    begun = editor.edit_procedure(procedure, actor=agent, now=now)
    assert not editor.publish_draft(begun, seen_revision=0, actor=agent, now=now).procedure.is_open
    editor.open_procedure(procedure, actor=agent, now=now)
    assert Procedure.objects.get().is_open


def test_the_days_of_a_procedure_are_in_order(now):
    procedure = composter(now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Procedure.objects.filter(pk=procedure.pk).update(opens_on=date(2026, 2, 1), closes_on=date(2026, 1, 1))
