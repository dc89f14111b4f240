"""The engine: what is shown, required and kept; what moves and what is refused."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bocage.cases.engine import (
    AnswerCorrection,
    CaseState,
    Clock,
    Correction,
    Moment,
    Move,
    Refused,
    Submit,
    apply,
    evaluate_form,
    fills_service_part,
)
from bocage.cases.schema import ProcedureDocument
from tests.cases.factories import ANSWERS, body, document
from tests.cases.more_fields import read
from tests.cases.strategies import answers, commands, histories

MOMENT = Moment(datetime(2026, 3, 10, 9, 30, tzinfo=UTC), date(2026, 3, 10))
DOCUMENT = document()
GOOD = {**ANSWERS, "proof": ["a" * 32]}
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def filed(**changes):
    return apply(DOCUMENT, CaseState(), Submit({**GOOD, **changes}, MOMENT.today), MOMENT).case


def test_what_is_hidden_is_neither_kept_nor_required():
    form = evaluate_form(DOCUMENT, {**GOOD, "housing": "flat", "model": "worms", "garden_size": "9999"}, MOMENT)
    assert "garden_size" not in form.values
    assert "garden_size" not in form.missing
    assert form.sendable


def test_a_correction_keeps_an_answer_that_nobody_asked_about_and_that_could_not_be_given_today():
    """A day wished for, in the future when the request was sent, is in the past when something else is corrected."""
    made = read({"id": "wished_on", "kind": "date", "label": "Quel jour ?", "minimum": "today"})
    case = apply(made, CaseState(), Submit({**GOOD, "wished_on": "2026-03-12"}, MOMENT.today), MOMENT).case
    later = Moment(MOMENT.now + timedelta(days=20), MOMENT.today + timedelta(days=20))
    for asked in ("garden_size", "wished_on"):
        held = replace(case, correction=Correction((asked,), "Vérifiez.", later.today, later.today))
        if asked == "garden_size":
            kept = apply(made, held, AnswerCorrection({"garden_size": "300"}), later).case.answers
            assert (kept["wished_on"], kept["garden_size"]) == ("2026-03-12", "300")
        else:
            with pytest.raises(Refused):  # what was asked about is read as of today
                apply(made, held, AnswerCorrection({"wished_on": "2026-03-12"}), later)


def test_agents_fields_never_come_from_residents():
    case = filed(serial="PM-1", pickup_on="2026-03-20")
    assert not {"serial", "pickup_on"} & (case.answers.keys() | case.agent_answers.keys())


def test_computed_values_are_ours():
    assert filed(price="1").answers["price"] == 2000


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"model": "worms"}, "lombricomposteur"),
        ({"housing": "flat", "model": "wood_300"}, "Sans jardin"),
        ({"already_has": "oui"}, "Un seul"),
        ({"lives_here": "non"}, "réservés"),
    ],
)
def test_what_is_forbidden_says_why(changes, word):
    with pytest.raises(Refused, match=word):
        filed(**changes)


def test_a_rule_may_require_a_field():
    with pytest.raises(Refused) as refused:
        filed(phone="", email="", pickup_place="home", home_reason="Sans voiture")
    assert set(refused.value.errors) == {"phone"}


@pytest.mark.parametrize("typed", ["\u200b\u200b", "\x01", "\u202e", "\u2060\ufeff", "\u00ad", "\x85", "\u200d\u200c"])
def test_a_name_that_nobody_can_see_is_missing(typed):
    form = evaluate_form(DOCUMENT, {**GOOD, "given_names": typed}, MOMENT)
    assert "given_names" in form.missing
    assert not form.sendable


def test_hidden_characters_leave_what_is_read():
    told = {"line": "12\u200b rue\u202e Haute", "postcode": "59530", "commune": "59353"}
    form = evaluate_form(DOCUMENT, {**GOOD, "given_names": "Mar\u00adcelle\u200b", "address": told}, MOMENT)
    assert form.values["given_names"] == "Marcelle"
    assert form.values["address"]["line"] == "12 rue Haute"


@pytest.mark.parametrize("name", ["می\u200cخواهم", "👩\u200d🌾", "क्\u200dष"])
def test_joiners_of_other_scripts_are_kept(name):
    assert evaluate_form(DOCUMENT, {**GOOD, "given_names": name}, MOMENT).values["given_names"] == name


def test_dates_are_counted_as_the_law_says():
    case = filed()
    assert case.deadline("announced").due_on == date(2026, 3, 24)  # ten working days
    assert case.deadline("silence").due_on == date(2026, 5, 10)  # two months, from date to date (CRPA L231-1)


def test_an_incomplete_request_does_not_start_the_implied_acceptance():
    values = {key: value for key, value in GOOD.items() if key != "proof"}
    case = apply(DOCUMENT, CaseState(), Submit(values, MOMENT.today, allow_incomplete=True), MOMENT).case
    assert case.missing == ("proof",)
    assert case.deadline("silence").suspended_on == MOMENT.today
    later = Moment(MOMENT.now + timedelta(days=300), date(2027, 1, 4))
    assert apply(DOCUMENT, case, Clock(), later).case.state == case.state
    assert apply(DOCUMENT, case, Clock(), later).case.decision is None


def test_only_a_manager_refuses_and_says_why():
    with pytest.raises(Refused, match="plus possible"):
        apply(DOCUMENT, filed(), Move("reject", "agent", reason="x"), MOMENT)
    with pytest.raises(Refused) as refused:
        apply(DOCUMENT, filed(), Move("reject", "manager", reason="  "), MOMENT)
    assert "reason" in refused.value.errors
    result = apply(DOCUMENT, filed(), Move("reject", "manager", reason="Hors zone"), MOMENT)
    assert result.case.decision.outcome == "rejected"
    assert all(item.closed for item in result.case.deadlines)


@pytest.mark.slow
@QUICK
@given(answers(DOCUMENT))
def test_any_answers_give_a_form_and_the_same_one_again(given_answers):
    form = evaluate_form(DOCUMENT, given_answers, MOMENT)
    again = evaluate_form(DOCUMENT, form.values, MOMENT)
    assert form.values.keys() <= form.visible | {question.id for question in DOCUMENT.eligibility}
    assert again.values == form.values
    assert not again.errors


def lived(case, all_commands, days):
    """The sound cases that commands lead to, one after the other, with the command that did."""
    states = {state.id: state for state in DOCUMENT.workflow.states}
    for number, command in enumerate(all_commands):
        day = date(2026, 3, 10) + timedelta(days=days * number)
        moment = Moment(MOMENT.now, day)
        try:
            result = apply(DOCUMENT, case, command, moment)
        except Refused:
            continue
        if not case.is_draft and states[case.state].final:
            assert result.case.state == case.state, "a closed case never moves"
        yield command, case, result.case
        case = result.case
        if case.is_draft:
            continue
        assert case.state in states
        assert len({item.kind for item in case.deadlines if not item.closed}) == len(
            [item for item in case.deadlines if not item.closed]
        )
        assert (case.correction is None) or states[case.state].waiting_for == "applicant"
        if case.correction is None and not states[case.state].final and case.complete:
            assert not [item.kind for item in case.deadlines if not item.closed and item.suspended_on], (
                "time runs again"
            )
        assert not any(DOCUMENT.by_id[key].agent for key in case.answers if key in DOCUMENT.by_id)


@pytest.mark.slow
@QUICK
@given(st.lists(commands(DOCUMENT), max_size=8), st.integers(0, 40), st.booleans())
def test_any_commands_leave_a_sound_case_or_are_refused(all_commands, days, begun):
    list(lived(filed() if begun else CaseState(), all_commands, days))


@pytest.mark.slow
@settings(QUICK, max_examples=25)
@given(histories(DOCUMENT), st.integers(0, 40))
def test_any_walk_through_the_workflow_leaves_a_sound_case(history, days):
    list(lived(filed(), history, days))


@pytest.mark.slow
def test_random_walks_take_every_road():
    """What the two tests above rest on: each button is pressed, and the answer to a correction is given up too."""
    taken = Counter()

    @settings(QUICK, derandomize=True, max_examples=100)
    @given(histories(DOCUMENT))
    def walk(history):
        for command, before, after in lived(filed(), history, 1):
            taken[command.transition if isinstance(command, Move) else type(command).__name__] += 1
            if before.correction is not None and after.state == "studying":
                assert after.correction is None
                taken["gave up waiting"] += 1

    walk()
    roads = {item.id for item in DOCUMENT.workflow.transitions if item.roles != ("system",)}
    rare = {road: taken[road] for road in (roads | {"gave up waiting"}) if taken[road] < 2}
    assert not rare, taken


def test_reception_fills_the_service_part_where_a_button_of_theirs_asks_for_it() -> None:
    made = json.loads(json.dumps(body()))
    assert not fills_service_part(document(), "accepted", "reception")
    assert fills_service_part(document(), "accepted", "agent")
    assert not fills_service_part(document(), "delivered", "manager")
    deliver = next(item for item in made["workflow"]["transitions"] if item["id"] == "deliver")
    deliver["roles"] = ["reception", "agent"]
    shared = ProcedureDocument.model_validate(made)
    assert fills_service_part(shared, "accepted", "reception")
    assert not fills_service_part(shared, "received", "reception")
