"""The legal clock on the pure engine: dates as the law counts them, for any calendar."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bocage.base.dates import add_months, is_working_day, working_days_between
from bocage.cases.engine import (
    AnswerCorrection,
    AskReasons,
    CaseState,
    Clock,
    Forward,
    GiveReasons,
    Moment,
    Move,
    Refused,
    Submit,
    apply,
    may_ask_reasons,
)
from bocage.cases.schema import ProcedureDocument
from tests.cases import legal

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
EFFECTS = st.sampled_from(["accept", "reject"])


def at(day, is_holiday=lambda day: False):
    return Moment(datetime.combine(day, time(9), UTC), day, is_holiday)


def some_holidays(days):
    return lambda day: day in days


HOLIDAYS = st.frozensets(st.dates(date(2024, 1, 1), date(2029, 6, 30)), max_size=40).map(some_holidays)


def filed(effect, day, lacking=(), is_holiday=lambda day: False):
    values = {key: value for key, value in legal.ANSWERS.items() if key not in lacking}
    return apply(legal.document(effect), CaseState(), Submit(values, day, bool(lacking)), at(day, is_holiday))


def notices(result):
    return [effect.params["notice"] for effect in result.effects if effect.kind == "send_notice"]


def ask(effect, case, day, days=15, **more):
    return apply(
        legal.document(effect),
        case,
        Move("ask", "agent", fields=("proof",), message="Le plan.", due_days=days),
        at(day),
    ).case


def answer(effect, case, day):
    return apply(legal.document(effect), case, AnswerCorrection({"proof": "Le voici."}), at(day))


# --- Acknowledgement (L112-3, R112-5, R112-11-1) -------------------------------------------------------------------
@given(DAYS, HOLIDAYS, EFFECTS)
def test_an_incomplete_request_is_acknowledged_on_the_tenth_working_day(day, is_holiday, effect):
    result = filed(effect, day, ("proof",), is_holiday)
    assert notices(result) == ["receipt"]
    due = result.case.deadline("acknowledgement").due_on
    assert is_working_day(due, is_holiday)
    assert working_days_between(day, due, is_holiday) == 10
    eve = apply(legal.document(effect), result.case, Clock(), at(due - timedelta(days=1), is_holiday))
    assert eve.case.deadline("acknowledgement") is not None
    assert notices(eve) == []
    late = due
    told = apply(legal.document(effect), result.case, Clock(), at(late, is_holiday))
    assert told.case.deadline("acknowledgement") is None
    if told.case.decision is None:
        assert notices(told) == ["acknowledgement"]
    again = apply(legal.document(effect), told.case, Clock(), at(late, is_holiday))
    assert notices(again) == []


@given(DAYS, EFFECTS)
def test_a_complete_request_is_acknowledged_by_its_receipt(day, effect):
    result = filed(effect, day)
    assert result.case.deadline("acknowledgement") is None
    assert result.events[0].payload["acknowledged"] is True


def test_it_is_acknowledged_as_soon_as_it_is_complete():
    case = ask("accept", filed("accept", date(2026, 3, 10), ("proof",)).case, date(2026, 3, 11))
    told = answer("accept", case, date(2026, 3, 12))
    assert notices(told) == ["acknowledgement"]
    assert told.case.deadline("acknowledgement") is None


# --- Missing pieces (L114-5) ---------------------------------------------------------------------------------------
@given(DAYS, st.integers(0, 25), st.integers(1, 30), st.integers(0, 30))
def test_the_delay_to_an_implied_acceptance_starts_when_the_pieces_come(day, asked, due_days, answered):
    asked_on = day + timedelta(days=asked)
    answered_on = asked_on + timedelta(days=answered)
    case = ask("accept", filed("accept", day, ("proof",)).case, asked_on, due_days)
    assert case.deadline("silence").suspended_on is not None
    case = answer("accept", case, answered_on).case
    assert case.deadline("silence").due_on == add_months(answered_on, 2)
    assert case.deadline("silence").suspended_on is None


@given(DAYS, st.integers(0, 25), st.integers(1, 30), st.integers(0, 60))
def test_the_delay_to_an_implied_rejection_stops_for_the_time_given_and_no_longer(day, asked, due_days, answered):
    asked_on = day + timedelta(days=asked)
    answered_on = asked_on + timedelta(days=answered)
    last = add_months(day, 2) + timedelta(days=min(due_days, answered))
    assume(answered_on <= last)  # later, silence has decided
    case = ask("reject", filed("reject", day, ("proof",)).case, asked_on, due_days)
    case = answer("reject", case, answered_on).case
    assert case.deadline("silence").due_on == last


@given(DAYS, HOLIDAYS, st.integers(0, 40), st.integers(0, 30), EFFECTS)
def test_the_answer_announced_in_working_days_stops_and_ends_on_one(day, is_holiday, asked, answered, effect):
    """As many working days are left when the pieces come as when they were asked for; no Saturday is announced."""
    asked_on = day + timedelta(days=asked)
    answered_on = asked_on + timedelta(days=answered)
    document = legal.document(effect)
    case = filed(effect, day, (), is_holiday).case
    announced = case.deadline("announced").due_on
    ask_now = Move("ask", "agent", fields=("proof",), message="Le plan.", due_days=60)
    case = apply(document, case, ask_now, at(asked_on, is_holiday)).case
    case = apply(document, case, AnswerCorrection({"proof": "Le voici."}), at(answered_on, is_holiday)).case
    due = case.deadline("announced").due_on
    if announced <= asked_on:
        assert answered_on - due == asked_on - announced, "what was late is as late"
    else:
        left = working_days_between(asked_on, announced, is_holiday)
        assert working_days_between(answered_on, due, is_holiday) == left > 0
        assert is_working_day(due, is_holiday)


@given(DAYS, st.integers(0, 25), st.integers(1, 30), st.lists(st.integers(0, 40), max_size=5))
def test_pieces_that_never_come_do_not_stop_the_rejection_for_ever(day, asked, due_days, runs):
    """Whenever the job runs, and however often, the legal date is the same."""
    asked_on = day + timedelta(days=asked)
    case = ask("reject", filed("reject", day).case, asked_on, due_days)
    expected = add_months(day, 2) + timedelta(days=due_days)
    for wait in sorted(runs):
        case = apply(legal.document("reject"), case, Clock(), at(min(asked_on + timedelta(days=wait), expected))).case
    on_the_day = apply(legal.document("reject"), case, Clock(), at(expected)).case
    assert on_the_day.decision is None
    rejected = apply(legal.document("reject"), on_the_day, Clock(), at(expected + timedelta(days=200))).case
    assert rejected.state == "rejected"
    assert rejected.decision.by_time
    assert rejected.decision.legal_date == expected


@given(DAYS, EFFECTS, st.integers(1, 900))
def test_silence_decides_on_its_date_whatever_day_the_job_runs(day, effect, late):
    case = filed(effect, day).case
    due = add_months(day, 2)
    assert apply(legal.document(effect), case, Clock(), at(due)).case.decision is None
    decided = apply(legal.document(effect), case, Clock(), at(due + timedelta(days=late))).case
    assert decided.decision.legal_date == due
    assert decided.decision.outcome == {"accept": "accepted", "reject": "rejected"}[effect]


# --- Reasons (L211-2, L211-5, L232-4) ------------------------------------------------------------------------------
def test_a_refusal_without_reason_is_refused_where_the_law_wants_one():
    case = filed("reject", date(2026, 3, 10)).case
    with pytest.raises(Refused, match="motif"):
        apply(legal.document("reject"), case, Move("reject", "agent"), at(date(2026, 3, 11)))
    with pytest.raises(Refused, match="motif"):
        apply(legal.document("reject"), case, Move("reject", "agent", reason="  "), at(date(2026, 3, 11)))
    free = ProcedureDocument.model_validate(legal.body("reject", reasons_compulsory=False))
    assert apply(free, case, Move("reject", "agent"), at(date(2026, 3, 11))).case.state == "rejected"


def test_an_acceptance_needs_no_reason():
    case = filed("reject", date(2026, 3, 10)).case
    assert (
        apply(legal.document("reject"), case, Move("accept", "agent"), at(date(2026, 3, 11))).case.state == "accepted"
    )


@given(DAYS, st.integers(0, 120))
def test_reasons_are_asked_within_the_delay_to_go_to_the_judge_and_given_within_a_month(day, wait):
    decided = apply(legal.document("reject"), filed("reject", day).case, Clock(), at(day + timedelta(days=70))).case
    asked_on = day + timedelta(days=70 + wait)
    command = AskReasons(told_remedies=True)
    last = add_months(decided.decision.legal_date, 2) + timedelta(days=1)
    while last.weekday() >= 5:
        last += timedelta(days=1)
    assert may_ask_reasons(decided, at(asked_on)) == (asked_on <= last)
    assert may_ask_reasons(decided, at(asked_on), told_remedies=False), "L112-6: nobody told, nothing runs out"
    if asked_on > last:
        with pytest.raises(Refused):
            apply(legal.document("reject"), decided, command, at(asked_on))
        command = AskReasons(told_remedies=False)
    asked = apply(legal.document("reject"), decided, command, at(asked_on)).case
    assert asked.deadline("reasons").due_on == add_months(asked_on, 1)
    with pytest.raises(Refused):
        apply(legal.document("reject"), asked, AskReasons(False), at(asked_on))
    with pytest.raises(Refused, match="motifs"):
        apply(legal.document("reject"), asked, GiveReasons("  "), at(asked_on))
    given_ = apply(legal.document("reject"), asked, GiveReasons("Le plan local l’interdit."), at(asked_on))
    assert given_.case.decision.reason == "Le plan local l’interdit."
    assert given_.case.decision.legal_date == decided.decision.legal_date
    assert given_.case.deadline("reasons") is None
    assert notices(given_) == ["reasons"]
    assert not may_ask_reasons(given_.case, at(asked_on), told_remedies=False)


def test_reasons_are_those_of_an_implied_rejection_only():
    for case in (
        filed("reject", date(2026, 3, 10)).case,
        apply(legal.document("accept"), filed("accept", date(2026, 3, 10)).case, Clock(), at(date(2026, 6, 1))).case,
        apply(
            legal.document("reject"),
            filed("reject", date(2026, 3, 10)).case,
            Move("reject", "agent", reason="Non."),
            at(date(2026, 3, 11)),
        ).case,
    ):
        with pytest.raises(Refused):
            apply(legal.document("reject"), case, AskReasons(False), at(date(2026, 6, 2)))


# --- Misdirected (L114-2, L114-3) ----------------------------------------------------------------------------------
@given(DAYS, EFFECTS, st.integers(0, 50), st.booleans())
def test_what_a_case_forwarded_to_another_administration_keeps_of_its_delays(day, effect, wait, complete):
    on = day + timedelta(days=wait)
    case = filed(effect, day, () if complete else ("proof",)).case
    sent = apply(legal.document(effect), case, Forward("Mairie de Bavay", "Place"), at(on))
    assert notices(sent) == ["forwarded"]
    silence = sent.case.deadline("silence")
    if effect == "reject":
        assert silence.due_on == add_months(day, 2), "L114-3: from the first administration's receipt"
    else:
        assert silence.due_on == add_months(on, 2), "L114-3: from the competent one's receipt"
        assert (silence.suspended_on is None) == complete
    inside = apply(legal.document(effect), case, Forward("Déchets", "Place", administration=False), at(on)).case
    assert inside.deadline("silence") == case.deadline("silence")


def test_a_case_forwarded_while_pieces_are_awaited_waits_no_longer():
    case = ask("reject", filed("reject", date(2026, 3, 10)).case, date(2026, 3, 20))
    sent = apply(legal.document("reject"), case, Forward("Mairie de Bavay", "Place"), at(date(2026, 3, 25))).case
    assert sent.state == "received"
    assert sent.correction is None
    assert sent.deadline("correction") is None
    assert sent.deadline("silence").due_on == date(2026, 5, 15)


def test_out_of_the_house_a_case_is_no_longer_ours():
    case = filed("accept", date(2026, 3, 10)).case
    with pytest.raises(Refused) as refused:
        apply(legal.document(), case, Forward("", "", outside=True), at(date(2026, 3, 11)))
    assert set(refused.value.errors) == {"to", "address"}
    sent = apply(legal.document(), case, Forward("Le Département", "Lille", outside=True), at(date(2026, 3, 11))).case
    assert sent.gone
    assert all(item.closed for item in sent.deadlines)
    assert apply(legal.document(), sent, Clock(), at(date(2027, 1, 1))).case == sent
    for command in (Move("accept", "agent"), Forward("Bavay", "Place"), AskReasons(False)):
        with pytest.raises(Refused):
            apply(legal.document(), sent, command, at(date(2026, 3, 12)))


# --- Rule or score (L311-3-1) --------------------------------------------------------------------------------------
def test_a_decision_by_score_says_which_one():
    told = legal.body("none")
    told["workflow"]["transitions"][3]["algorithmic"] = True
    with pytest.raises(ValueError, match="algorithm"):
        ProcedureDocument.model_validate(told)
