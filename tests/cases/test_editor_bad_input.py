"""What a manager gets wrong, or a file brings: refused at its place with the mend, and nothing half-published.

Two editors who save at once are raced in ``tests/concurrency/test_editor_races.py``.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bocage.base.models import Event
from bocage.cases.editing import edits
from bocage.cases.models import Procedure, ProcedureDraft, ProcedureVersion
from bocage.cases.operations import save_answers, start_draft
from bocage.cases.operations.drafts import upgrade_draft
from bocage.cases.operations.editor import edit_procedure
from bocage.cases.schema_parts import MAX_SCENARIO_STEPS
from bocage.identity.models import Role
from tests.cases.desk import page, sit
from tests.cases.editor import Editor
from tests.cases.factories import RESIDENT, body, composter
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]

Body = dict[str, Any]


@pytest.fixture
def composters(now: Any) -> Editor:
    """The composter's procedure, in service, opened for its next version."""
    edit_procedure(composter(now), actor=factories.SYSTEM, now=now)
    return Editor("composteur")


def filled_if(field: str) -> Body:
    return {"op": "is_filled", "args": [{"field": field}]}


def without_field(told: Body) -> Body:
    return edits.remove(told, "steps/home/fields/housing")


def in_a_circle(told: Body) -> Body:
    for number, (key, other) in enumerate((("first", "second"), ("second", "first"))):
        one = {"id": key, "kind": "computed", "label": f"Calcul {number + 1}", "compute": {"field": other}}
        told = edits.add(told, f"steps/home/fields/{key}", one)
    return told


def without_exit(told: Body) -> Body:
    stuck = {"id": "stuck", "label": "Coincée", "public": "Coincée"}
    told = edits.add(told, "workflow/states/stuck", stuck)
    way = {"id": "jam", "label": "Coincer", "sources": ["received"], "target": "stuck"}
    return edits.add(told, "workflow/transitions/jam", way)


def for_ever(told: Body) -> Body:
    story = {"id": "ever", "title": "Sans fin", "steps": [{"do": "wait", "days": 3650}] * (MAX_SCENARIO_STEPS + 1)}
    return edits.add(told, "scenarios/ever", story)


@pytest.mark.parametrize(
    ("broken", "place", "mend"),
    [
        (without_field, "rules/0", "n’existe pas, ou n’existe plus : choisissez-en un autre, ou enlevez la condition"),
        (in_a_circle, "steps/home/fields/first", "« Calcul 1 » → « Calcul 2 ». Enlevez une condition ou un calcul"),
        (without_exit, "workflow/states/stuck", "ajoutez un bouton, ou dites que la demande y finit"),
        (for_ever, "", "Gardez-en 80 au plus"),
    ],
)
def test_an_unsound_draft_is_refused_at_its_place_and_nothing_is_published(
    composters: Editor, broken: Callable[[Body], Body], place: str, mend: str
) -> None:
    ProcedureDraft.objects.update(body=broken(composters.body))
    before = (ProcedureVersion.objects.count(), Event.objects.count(), Procedure.objects.get().current_id)
    for shown in (composters.get("outline"), composters.get("publish")):
        assert mend in shown.replace("\u202f", " ")
        assert not place or composters.url("item", place) in shown
    for name in ("preview", "scenarios"):
        assert mend in composters.get(name).replace("\u202f", " ")  # not tried either
    answer = composters.client.post(composters.url("publish"), {"revision": composters.draft.revision})
    assert answer.status_code == 422
    assert (ProcedureVersion.objects.count(), Event.objects.count(), Procedure.objects.get().current_id) == before
    assert ProcedureDraft.objects.count() == 1


def test_a_cycle_typed_in_the_editor_is_told_on_the_page_of_its_field(composters: Editor) -> None:
    ProcedureDraft.objects.update(body=in_a_circle(composters.body))
    assert "en rond" in composters.get("item", "steps/home/fields/first")


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"do": "wait", "days": "99999"}, "Écrivez un nombre de 1 à 3650"),
        ({"do": "wait", "days": "bientôt"}, "Écrivez un nombre de 1 à 3650"),
        ({"do": "wait", "until": "31/02/2026"}, "Écrivez une date"),
        ({"do": "wait"}, "Écrivez un nombre de jours"),
    ],
)
def test_time_that_does_not_end_is_refused_where_it_is_written(composters: Editor, step: Any, told: str) -> None:
    story = {"title": "Une attente", "steps": [{"do": "wait", "days": 3}, {"do": "wait", "until": "2026-12-01"}]}
    ProcedureDraft.objects.update(body=edits.add(composters.body, "scenarios/story", story))
    typed = {f"steps__0__{key}": value for key, value in {"days": "", "until": "", **step}.items()}
    assert told in composters.send("scenario", "story", status=422, **typed)
    assert edits.get(composters.body, "scenarios/story")["steps"] == story["steps"]


def test_a_long_scenario_loses_no_step_and_one_too_long_is_refused(composters: Editor) -> None:
    steps = [{"do": "wait", "days": 1 + number} for number in range(MAX_SCENARIO_STEPS)]
    ProcedureDraft.objects.update(body=edits.add(composters.body, "scenarios/story", {"title": "L", "steps": steps}))
    composters.send("scenario", "story")
    assert edits.get(composters.body, "scenarios/story")["steps"] == steps
    more = {f"steps__{MAX_SCENARIO_STEPS}__do": "submit"}
    assert "80 pas au plus" in composters.send("scenario", "story", status=422, **more)


def test_a_long_list_of_answers_loses_none(composters: Editor) -> None:
    place = "steps/composter/fields/model"
    told = edits.get(composters.body, place)
    told["options"] = [{"value": f"v{number}", "label": f"Modèle {number}"} for number in range(90)]
    ProcedureDraft.objects.update(body=edits.put(composters.body, place, told))
    composters.send("item", place)
    assert len(edits.get(composters.body, place)["options"]) == 90


def written_by_hand() -> Body:
    """A file whose new parts were written by hand, wrongly."""
    told = deepcopy(body())
    told["slug"] = "composteur-bis"
    return told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"documents": {"Ma carte": {"title": "Carte"}}}, "minuscules sans accent"),
        ({"documents": ["card"]}, "Un objet est attendu ici"),
        ({"documents": {"card": {"title": "Carte", "colour": "red"}}}, "colour"),
        ({"public_list": {"title": "Liste", "where": "x"}}, "where"),
        ({"public_list": "oui"}, "objet"),
        ({"contact": "perhaps"}, "choisissez parmi required, optional."),
        ({"schema_version": 2}, "plus récent"),
    ],
)
def test_a_file_written_by_hand_is_refused_and_leaves_nothing(change: Body, told: str) -> None:
    client, _account = sit(Role.MANAGER, service="waste")
    content = json.dumps({**written_by_hand(), **change}).encode()
    answer = client.post("/bureau/demarches/reprendre/", {"file": SimpleUploadedFile("x.json", content)})
    assert answer.status_code == 422
    assert told in page(answer)
    assert not ProcedureDraft.objects.exists()


def test_a_field_renamed_in_a_file_keeps_the_answers_of_drafts_through_its_page(composters: Editor, now: Any) -> None:
    """A later edit of the page forgets no former name: the drafts of people still follow."""
    case, _code = start_draft(Procedure.objects.get(), actor=RESIDENT, now=now)
    save_answers(case, {"household_size": "3"}, now=now)
    place = "steps/home/fields/people"
    ProcedureDraft.objects.update(body=edits.rename(composters.body, "steps/home/fields/household_size", "people"))
    composters.send("item", place, label="Combien êtes-vous ?")
    assert edits.get(composters.body, place)["was"] == ["household_size"]
    assert "identifiant" in composters.get("compare")
    answer = composters.client.post(composters.url("publish"), {"revision": composters.draft.revision})
    assert answer.status_code == 302, page(answer)
    case.refresh_from_db()
    upgrade_draft(case, now=now)
    assert case.answers["people"] == "3"
