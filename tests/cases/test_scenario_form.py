"""Scenarios without a file: every step is written at the desk, and what is done in the preview is recorded."""

import json
from copy import deepcopy
from typing import Any

import pytest

from bocage.cases.editing import edits
from bocage.cases.editor_views.forms import answers
from bocage.cases.models import ProcedureDraft
from bocage.cases.scenarios import run_all
from bocage.cases.schema import ProcedureDocument
from bocage.cases.schema_parts import SCENARIO_KEYS, Scenario
from tests.cases.editor import Editor, filled
from tests.cases.factories import body
from tests.cases.test_editor_publishing import rehearse, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]

READY = [
    "aide-numerique", "bac-roulant", "carte-decheterie", "composteur", "signaler-un-probleme", "subvention-association",
]  # fmt: skip
VISIT = {"id": "visit", "kind": "appointment", "label": "Quand vous voir ?"}
FEE = {"id": "fee", "kind": "payment", "label": "Comment payez-vous ?"}
PARENTS = {"id": "parents", "kind": "signatures", "label": "Qui signe ?"}
SETTLED = {
    "id": "settled",
    "label": "Réglée",
    "sources": ["received"],
    "target": "paid",
    "roles": ["system"],
    "guard": {"op": "eq", "args": [{"field": "fee.settled"}, {"value": True}]},
    "effects": [
        {"kind": "create_charge", "params": {"amount": 1500}},
        {"kind": "set_deadline", "deadline": "remise", "days": 10},
    ],
}
PAID = {"id": "paid", "label": "Payée", "public": "Payée, merci"}
TAKE = {"id": "take", "label": "Finir", "sources": ["paid"], "target": "accepted", "roles": ["manager"]}


@pytest.fixture
def editor() -> Editor:
    """A small procedure that asks for a visit, a payment and signatures."""
    made = Editor().begin()
    told = made.body
    told["steps"][-1]["fields"] += [VISIT, FEE, PARENTS]
    told["workflow"]["states"].append(PAID)
    told["workflow"]["transitions"] += [SETTLED, TAKE]
    ProcedureDraft.objects.update(body=told)
    return made


def kept(editor: Editor, key: str = "story") -> list[dict[str, Any]]:
    return edits.get(editor.body, f"scenarios/{key}")["steps"]


def began(editor: Editor, *steps: dict[str, Any]) -> None:
    told = edits.add(editor.body, "scenarios/story", {"title": "Une histoire", "steps": [*steps]})
    ProcedureDraft.objects.update(body=told)


def write(editor: Editor, number: int, do: str, **values: Any) -> None:
    """A step added to the story, as someone does it: what it is, then what it needs."""
    at = f"steps__{number}__"
    shown = {f"{at}do": do, **{at + key: value for key, value in values.items()}}
    drawn = filled(editor.send("scenario", "story", status=200, _more="steps", **shown))
    missing = [key for key in values if f"steps-{number}-{key}" not in drawn and key not in {"incomplete", "fields"}]
    assert missing == [], "no control for it"
    editor.send("scenario", "story", **shown)


# --- Written ---------------------------------------------------------------------------------------------------------
def test_every_kind_of_step_is_written_at_the_desk(editor: Editor) -> None:
    began(editor, {"do": "submit"})
    write(
        editor,
        0,
        "fill",
        values="Quand vous voir ? : Plutôt le matin, le mardi\nComment payez-vous ? : Au guichet",
    )
    write(editor, 1, "submit", incomplete="oui")
    write(editor, 2, "settle", field="visit", on="20/03/2026", time="14 h 30", where="Mairie")
    write(editor, 3, "settle", field="fee", on="21/03/2026", paid="15,50", reference="Q-12")
    write(editor, 4, "expect", state="paid", outcome="", deadline="remise", due_on="31/03/2026", charge="15,5")
    write(editor, 5, "press", button="ask", role="manager", message="Illisible", fields=["wish"], due_days="8")
    write(editor, 6, "wait", until="01/04/2026")
    write(editor, 7, "sign", field="parents")
    assert kept(editor) == [
        {
            "do": "fill",
            "values": {"visit": {"way": "morning", "details": "le mardi"}, "fee": {"way": "counter"}},
        },
        {"do": "submit", "incomplete": True},
        {"do": "settle", "field": "visit", "values": {"on": "2026-03-20", "at": "14 h 30", "where": "Mairie"}},
        {"do": "settle", "field": "fee", "values": {"on": "2026-03-21", "paid": "15,50", "reference": "Q-12"}},
        {"do": "expect", "state": "paid", "deadline": "remise", "due_on": "2026-03-31", "charge": 1550},
        {"do": "press", "button": "ask", "role": "manager", "message": "Illisible", "fields": ["wish"], "due_days": 8},
        {"do": "wait", "until": "2026-04-01"},
        {"do": "sign", "field": "parents"},
    ]
    Scenario.model_validate(edits.get(editor.body, "scenarios/story"))
    before = kept(editor)
    editor.send("scenario", "story")
    assert kept(editor) == before


def test_a_scenario_is_begun_at_the_desk_from_nothing() -> None:
    editor = Editor().begin()
    assert editor.url("add", "scenarios") in editor.get("scenarios")
    first = {"title": "Envoyée vide", "starts": "05/01/2026", "steps__0__do": "submit"}
    editor.send("add", "scenarios", status=200, _more="steps", **first)
    editor.send("add", "scenarios", **first, steps__1__do="expect", steps__1__refused="Il reste des réponses")
    told = edits.get(editor.body, "scenarios/envoyee_vide")
    assert told["steps"] == [{"do": "submit"}, {"do": "expect", "refused": "Il reste des réponses"}]
    assert "Il réussit" in editor.get("scenario", "envoyee_vide")


def test_what_is_wrong_with_a_scenario_leads_to_its_page(editor: Editor) -> None:
    began(editor, {"do": "press", "button": "gone"})
    assert editor.url("item", "scenarios/story") in editor.get("outline")
    answer = editor.client.get(editor.url("item", "scenarios/story"))
    assert answer["Location"] == editor.url("scenario", "story")


def test_every_key_of_a_step_has_its_control() -> None:
    from bocage.cases.editor_views.forms.scenarios import DOES, StepRows

    assert DOES.keys() == SCENARIO_KEYS.keys()
    assert {key for keys in SCENARIO_KEYS.values() for key in keys} - {*StepRows.names} == set()


@pytest.mark.parametrize(
    ("do", "values", "told"),
    [
        ("settle", {"field": "visit", "on": "20/03/2026"}, "Écrivez l’heure"),
        ("settle", {"field": "fee", "on": "demain", "paid": "20"}, "Écrivez le jour"),
        ("settle", {"field": "fee", "on": "20/03/2026", "paid": "0"}, "ni nulle"),
        ("settle", {"on": "20/03/2026", "time": "14 h"}, "Choisissez le champ"),
        ("expect", {"charge": "cher"}, "somme en euros"),
        ("expect", {"due_on": "20/03/2026"}, "choisissez laquelle"),
        ("fill", {"values": "Comment payez-vous ? : En nature"}, "n’est pas une des réponses"),
    ],
)
def test_a_step_that_says_nothing_is_refused_with_the_mend(editor: Editor, do: str, values: Any, told: str) -> None:
    began(editor, {"do": "submit"})
    typed = {f"steps__1__{key}": value for key, value in values.items()}
    assert told in editor.send("scenario", "story", status=422, steps__1__do=do, **typed)
    assert kept(editor) == [{"do": "submit"}]


@pytest.mark.parametrize("slug", READY)
def test_whatever_a_ready_procedure_types_can_be_typed_in_words(slug: str) -> None:
    told = body(slug)
    fields = {one["id"]: one for one in told.get("eligibility", [])}
    fields |= {one["id"]: one for step in told["steps"] for one in step["fields"]}
    retold = deepcopy(told)
    for scenario in retold["scenarios"]:
        for step in scenario["steps"]:
            if step["do"] in {"fill", "answer_correction", "press"}:
                step["values"] = {
                    key: answers.read(fields[key], answers.shown(fields[key], value))
                    for key, value in step.get("values", {}).items()
                }
    reports = run_all(ProcedureDocument.model_validate(retold))
    assert reports
    assert [(one.title, one.step, one.reason) for one in reports if not one.passed] == []


# --- Recorded --------------------------------------------------------------------------------------------------------
def tried(editor: Editor) -> str:
    """A request sent in the preview, with a visit, a payment and two people who sign."""
    shown = rehearse(editor, _next="1")
    who = {"given_names": "Marcelle", "birth_name": "Delattre"}
    shown = rehearse(editor, shown, **who, address__line="12 rue Haute", address__commune="59353", _next="1")
    more = {
        "visit.way": "morning",
        "fee.way": "counter",
        "parents.0.name": "Paul Roux",
        "parents.0.email": "p@exemple.fr",
    }
    shown = rehearse(editor, shown, wish="Trois jours", **more, _next="1")
    return rehearse(editor, shown, _send="1")


def keep(editor: Editor, shown: str) -> list[dict[str, Any]]:
    asked = {"story": filled(shown)["story"][0], "title": "Une histoire", "_keep": "1"}
    response = editor.client.post(editor.url("preview"), asked)
    assert response.status_code == 302
    assert "Il réussit" in editor.get("scenario", "une_histoire")
    return kept(editor, "une_histoire")


def test_an_appointment_a_payment_and_signatures_are_tried_and_recorded(editor: Editor) -> None:
    shown = rehearse(editor, tried(editor), _sign="parents")
    assert "Tout le monde signe « Qui signe ? »" in shown
    day = {"visit.on": "20/03/2026", "visit.at": "14 h 30", "visit.where": "Mairie"}
    shown = rehearse(editor, shown, **day, _settle="visit")
    shown = rehearse(editor, shown, **{"fee.on": "21/03/2026", "fee.paid": "15"}, _settle="fee")
    assert "Payée, merci" in shown
    assert "Finir (la ou le responsable)" in shown  # not this role's
    shown = rehearse(editor, shown, role="manager", _as="1")
    shown = rehearse(editor, shown, press="take:manager")
    steps = keep(editor, shown)
    assert {"do": "sign", "field": "parents"} in steps
    assert {
        "do": "settle",
        "field": "visit",
        "values": {"on": "20/03/2026", "at": "14 h 30", "where": "Mairie"},
    } in steps
    assert {"do": "settle", "field": "fee", "values": {"on": "21/03/2026", "paid": "15"}} in steps
    assert {"do": "expect", "charge": 1500} in steps
    assert {"do": "expect", "deadline": "remise", "due_on": "2026-03-20"} in steps
    assert {"do": "press", "button": "take", "role": "manager"} in steps


def test_what_settles_nothing_is_refused_beside_its_control(editor: Editor) -> None:
    told = rehearse(editor, tried(editor), **{"fee.on": "demain", "fee.paid": "15"}, _settle="fee", status=422)
    assert "Écrivez le jour" in told
    assert 'href="#f-fee-on"' in told


def test_a_request_entered_incomplete_is_tried_and_recorded() -> None:
    editor = Editor().begin()
    shown = rehearse(editor, _next="1")
    shown = rehearse(editor, shown, _at="check")
    assert "comme au guichet" in shown
    steps = keep(editor, rehearse(editor, shown, _file="1"))
    assert {"do": "submit", "incomplete": True} in steps


def test_a_recorded_scenario_watches_the_settling(editor: Editor) -> None:
    shown = rehearse(editor, tried(editor), **{"fee.on": "21/03/2026", "fee.paid": "15"}, _settle="fee")
    keep(editor, shown)
    told = editor.body
    told["workflow"]["transitions"] = [one for one in told["workflow"]["transitions"] if one["id"] != "settled"]
    told["workflow"]["transitions"].append({**SETTLED, "roles": ["agent"], "id": "by_hand"})
    ProcedureDraft.objects.update(body=json.loads(json.dumps(told)))
    assert "Il échoue au pas" in editor.get("scenario", "une_histoire")


def test_the_preview_still_tells_a_story_without_anything_to_settle() -> None:
    editor = Editor().begin()
    assert "Noter le rendez-vous" not in sent(editor)


def test_one_more_line_is_added_in_the_preview_and_nothing_typed_is_lost(editor: Editor) -> None:
    shown = rehearse(editor, _next="1")
    who = {"given_names": "Marcelle", "birth_name": "Delattre"}
    shown = rehearse(editor, shown, **who, address__line="12 rue Haute", address__commune="59353", _next="1")
    typed = {"wish": "Trois jours", "parents.0.name": "Paul Roux", "parents.0.email": "p@exemple.fr"}
    kept_ = filled(rehearse(editor, shown, **typed, _add="parents"))
    assert kept_["parents.0.name"] == ["Paul Roux"]
    assert kept_["parents.1.name"] == [""]
    assert kept_["wish"] == ["Trois jours"]
