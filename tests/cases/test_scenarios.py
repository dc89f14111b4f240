"""Scenarios: told on the pure engine, able to fail, always ending, made by doing something once."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from bocage.cases.editing.edits import get, put
from bocage.cases.engine import AnswerCorrection, Clock, Moment, Move, Submit, Withdraw
from bocage.cases.scenarios import run, run_all, say
from bocage.cases.scenarios.recording import TooLong, record
from bocage.cases.schema import ProcedureDocument
from bocage.cases.schema_parts import MAX_SCENARIO_STEPS, Scenario
from tests.cases.factories import ANSWERS, body, document

DOCUMENT = document()


def scenario(*steps, **keys):
    return Scenario.model_validate({"id": "one", "title": "Une histoire", "steps": list(steps), **keys})


FILED = ({"do": "fill", "values": ANSWERS}, {"do": "attach", "field": "proof"}, {"do": "submit"})


def failure(*steps, told=DOCUMENT):
    report = run(told, scenario(*steps))
    assert not report.passed
    assert report.lines[-1].number == report.step
    assert report.lines[-1].passed is False
    return report


def test_the_composters_scenarios_pass_without_the_database(django_assert_num_queries, db):
    told = ProcedureDocument.model_validate(body())
    with django_assert_num_queries(0):
        reports = run_all(told)
    assert [report.reason for report in reports if not report.passed] == []
    assert len(reports) >= 10


def changed(place, **keys):
    return put(body(), place, {**get(body(), place), **keys})


NEVER = {"value": False}
BREAKS = {
    "the price of a rule": (changed("rules/0", when=NEVER), "worms_in_garden"),
    "a rule": (changed("rules/1", when=NEVER), "flat"),
    "a required phone": (changed("rules/2", when=NEVER), "at_home"),
    "a question": (changed("eligibility/already_has", refuse=NEVER), "one_per_home"),
    "another question": (changed("eligibility/lives_here", refuse=NEVER), "elsewhere"),
    "a shown field": (changed("steps/home/fields/owner_agrees", show=NEVER), "tenant"),
    "a guard": (changed("workflow/transitions/accept", guard=None), "garden"),
    "a notice": (changed("workflow/transitions/reject", effects=[]), "refusal"),
    "a role": (changed("workflow/transitions/reject", roles=["agent", "manager"]), "refusal"),
    "a target": (changed("workflow/transitions/correction_answered", target="received"), "correction"),
    "an announced delay": (changed("settings", announced_days=9), "garden"),
    "a meaning of silence": (changed("settings", silence={"effect": "none"}), "silence"),
    "a delay of silence": (changed("settings", silence={"effect": "accept", "months": 3, "source": "a"}), "silence"),
    "who gives up": (changed("workflow/transitions/withdraw", roles=["agent"]), "withdrawal"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_change_that_matters_makes_its_scenario_fail(name):
    told, wanted = BREAKS[name]
    failed = {
        report.scenario: report for report in run_all(ProcedureDocument.model_validate(told)) if not report.passed
    }
    assert wanted in failed
    assert failed[wanted].reason
    assert failed[wanted].step


def test_what_was_refused_and_not_expected_is_a_failure():
    report = failure({"do": "submit"})
    assert report.step == 1
    assert "Prénom" in report.reason


@pytest.mark.parametrize(
    ("expected", "word"),
    [
        ({"state": "studying"}, "la demande est dans l’état « Reçue »"),
        ({"outcome": "accepted"}, "en cours"),
        ({"notice": "rejected"}, "Nous avons bien reçu"),
        ({"deadline": "correction"}, "ne court pas"),
        ({"deadline": "announced", "due_on": "2026-01-20"}, "19\u00a0janvier"),
        ({"deadline": "decision"}, "ne court pas"),
        ({"refused": "motif"}, "accepté"),
        ({"charge": 2000}, "rien"),
    ],
)
def test_what_was_expected_and_did_not_come_is_told(expected, word):
    report = failure(*FILED, {"do": "expect", **expected})
    assert report.step == 4
    assert word in report.reason


def test_a_refusal_that_says_something_else_is_a_failure():
    assert "autre chose" in failure({"do": "submit"}, {"do": "expect", "refused": "hors zone"}).reason


def test_charges_are_read_from_the_effect_or_from_an_answer():
    told = deepcopy(body())
    for amount in (2000, "price"):
        effect = {"kind": "create_charge", "params": {"amount": amount}}
        with_charge = put(
            told, "workflow/transitions/study", {**get(told, "workflow/transitions/study"), "effects": [effect]}
        )
        charging = ProcedureDocument.model_validate(with_charge)
        press = {"do": "press", "button": "study"}
        assert run(charging, scenario(*FILED, press, {"do": "expect", "charge": 2000})).passed
        assert "20" in failure(*FILED, press, {"do": "expect", "charge": 1}, told=charging).reason


def test_time_goes_forward_and_ends():
    for until in ("2026-01-05", "2025-01-01", "2099-01-01"):
        assert "attendre" in failure({"do": "wait", "until": until}).reason
    waits = [{"do": "wait", "days": 3650}] * (MAX_SCENARIO_STEPS - 3)
    assert run(DOCUMENT, scenario(*FILED, *waits)).passed


def test_what_falls_due_on_the_way_happens_in_order():
    report = run(DOCUMENT, scenario(*FILED, {"do": "wait", "days": 400}, {"do": "expect", "state": "implied"},
                                    {"do": "expect", "deadline": "decision", "due_on": "2026-03-05"}))  # fmt: skip
    assert report.passed, report.reason


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [{"do": "submit"}] * (MAX_SCENARIO_STEPS + 1),
        [{"do": "loop"}],
        [{"do": "wait"}],
        [{"do": "wait", "days": 1, "until": "2026-02-01"}],
        [{"do": "wait", "days": 10_000}],
        [{"do": "wait", "days": -1}],
        [{"do": "expect"}],
        [{"do": "expect", "due_on": "2026-02-01"}],
        [{"do": "press"}],
        [{"do": "attach"}],
        [{"do": "submit", "values": {}}],
        [{"do": "fill", "until": "2026-02-01"}],
    ],
)
def test_a_scenario_without_sense_or_end_is_refused(steps):
    with pytest.raises(ValidationError):
        scenario(*steps)


@pytest.mark.parametrize(
    ("step", "word"),
    [
        ({"do": "fill", "values": {"gone": 1}}, "le champ « gone »"),
        ({"do": "attach", "field": "gone"}, "le champ « gone »"),
        ({"do": "press", "button": "gone"}, "le bouton « gone »"),
        ({"do": "expect", "state": "gone"}, "l’état « gone »"),
        ({"do": "expect", "notice": "gone"}, "l’avis « gone »"),
        ({"do": "wait", "until": "2026-02-31"}, "2026-02-31"),
    ],
)
def test_a_scenario_that_names_what_is_gone_is_told_with_its_step(step, word):
    told = body() | {"scenarios": [{"id": "one", "title": "Une histoire", "steps": [step]}]}
    with pytest.raises(ValidationError, match=word):
        ProcedureDocument.model_validate(told)


def test_steps_are_said_in_words():
    told = [say(DOCUMENT, step) for step in DOCUMENT.scenarios[0].steps]
    assert "Appuyer sur « Prendre en charge » (un agent)" in told
    assert all(told)


# --- Recording ------------------------------------------------------------------------------------------------------
def at(days):
    return Moment(datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(days=days), date(2026, 1, 5) + timedelta(days=days))


DONE = [
    (at(0), Submit({"housing": "flat"}, date(2026, 1, 5))),
    (at(0), Submit({**ANSWERS, "proof": ["a" * 32, "b" * 32]}, date(2026, 1, 5))),
    (at(1), Move("accept", "agent")),
    (at(2), Move("ask", "reception", message="Illisible", fields=("proof",), due_days=400)),
    (at(4), AnswerCorrection({"proof": ["c" * 32]})),
    (at(5), Move("accept", "manager", reason="Bon", agent_values={"pickup_on": "2026-02-01"})),
    (at(9), Clock()),
    (at(10), Withdraw("Je change d’avis")),
]


def test_what_was_done_becomes_a_scenario_that_passes():
    told = record(DOCUMENT, DONE, scenario_id="done", title="Faite une fois")
    report = run(DOCUMENT, Scenario.model_validate(told))
    assert report.passed, report
    assert [step["do"] for step in told["steps"]].count("expect") >= 6
    assert {"do": "expect", "state": "withdrawn"} in told["steps"]
    assert any(step.get("refused") for step in told["steps"])
    ProcedureDocument.model_validate(body() | {"scenarios": [told]})


def test_what_was_recorded_fails_once_the_procedure_does_otherwise():
    told = Scenario.model_validate(record(DOCUMENT, DONE, scenario_id="done", title="Faite une fois"))
    other = ProcedureDocument.model_validate(changed("workflow/transitions/accept", guard=None))
    assert not run(other, told).passed


def test_a_recording_is_bounded():
    with pytest.raises(TooLong):
        record(DOCUMENT, [(at(0), Submit({}, date(2026, 1, 5)))] * 50, scenario_id="long", title="Longue")


def test_days_on_which_nothing_happens_are_one_wait():
    told = record(DOCUMENT, [(at(day), Clock()) for day in range(100)], scenario_id="calm", title="Calme")
    assert len(told["steps"]) == 1


def test_an_impossible_day_is_told():
    impossible = replace_day(DOCUMENT.scenarios[0], "2026-02-31")
    assert not run(DOCUMENT, impossible).passed


def replace_day(told, day):
    return told.model_copy(update={"starts_on": day})


def test_a_territorys_own_holidays_count():
    every_day = run(DOCUMENT, scenario(*FILED, {"do": "expect", "deadline": "announced", "due_on": "2026-01-20"}),
                    is_holiday=lambda day: day == date(2026, 1, 6))  # fmt: skip
    assert every_day.passed, every_day.reason
