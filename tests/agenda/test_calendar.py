"""The days of a series and the hours of its delays: pure."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bocage.agenda.deadlines import closes, gives_back_until, instant
from bocage.agenda.recurrence import MOST, Recurrence, days
from bocage.agenda.terms import Rules
from tests.agenda.factories import terms

PARIS = ZoneInfo("Europe/Paris")
EASTER_MONDAY, MAY_DAY = date(2026, 4, 6), date(2026, 5, 1)
TUESDAYS = {"first": date(2026, 3, 17), "starts": "14:00", "ends": "16:00", "every": "weekly"}


def never(day: date) -> bool:
    return False


def spring(day: date) -> bool:
    return date(2026, 4, 11) <= day <= date(2026, 4, 26)


def test_ten_sessions_are_ten_sessions_that_take_place():
    rule = Recurrence(**TUESDAYS, count=10, school="outside", without=(date(2026, 3, 24),))
    found = days(rule, never, spring)
    assert len(found) == 10
    assert date(2026, 3, 24) not in found
    assert not any(spring(day) for day in found)
    assert {day.weekday() for day in found} == {1}


def test_holidays_are_left_out_unless_they_are_wanted():
    mondays = {**TUESDAYS, "first": date(2026, 3, 30), "until": date(2026, 4, 13)}
    public = {EASTER_MONDAY}.__contains__
    assert days(Recurrence(**mondays), public, never) == [date(2026, 3, 30), date(2026, 4, 13)]
    assert EASTER_MONDAY in days(Recurrence(**mondays, on_public_holidays=True), public, never)
    assert EASTER_MONDAY in days(Recurrence(**mondays, also=(EASTER_MONDAY,)), public, never)


def test_during_school_holidays_only():
    rule = Recurrence(
        **{**TUESDAYS, "every": "daily"}, weekdays=(0, 1, 2, 3, 4), until=date(2026, 5, 1), school="within"
    )
    assert len(days(rule, never, spring)) == 10


def test_the_first_tuesday_is_left_out_when_it_is_said_so_and_can_come_back():
    rule = Recurrence(**TUESDAYS, count=2, without=(date(2026, 3, 17),))
    assert days(rule, never, never)[0] == date(2026, 3, 24)
    assert days(rule.model_copy(update={"also": (date(2026, 3, 17),)}), never, never)[0] == date(2026, 3, 17)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"until": date(2026, 4, 1), "count": 3},
        {"until": date(2026, 3, 1)},
        {"until": date(2030, 3, 1)},
        {"count": MOST + 1},
        {"count": 2, "interval": 0},
        {"count": 2, "starts": "24:00"},
        {"count": 2, "unknown": 1},
    ],
)
def test_what_makes_no_series(wrong):
    with pytest.raises(ValidationError):
        Recurrence(**{**TUESDAYS, **wrong})


@given(
    every=st.sampled_from(["daily", "weekly", "monthly"]),
    interval=st.integers(1, 12),
    weekdays=st.lists(st.integers(0, 6), unique=True, max_size=7).map(tuple),
    count=st.integers(1, MOST),
    closed=st.sets(st.integers(0, 700), max_size=80),
)
def test_any_rule_gives_few_days_in_order_each_once(every, interval, weekdays, count, closed):
    first = date(2026, 3, 17)
    out = {first + timedelta(days=number) for number in closed}
    rule = Recurrence(
        first=first, starts="09:00", ends="10:00", every=every, interval=interval, weekdays=weekdays, count=count
    )
    found = days(rule, out.__contains__, never)
    assert found == sorted(set(found))
    assert len(found) <= count
    assert not out.intersection(found)
    assert all(day >= first for day in found)


def test_working_days_before_a_session_skip_the_week_end_and_holidays():
    tuesday = datetime(2026, 4, 7, 12, 0, tzinfo=UTC)  # after Easter Monday
    rules = Rules(notice_days=1, notice_hour="12:00", cancel_days=2, cancel_hour="18:00")
    easter = {EASTER_MONDAY}.__contains__
    assert closes(rules, tuesday, easter, PARIS) == datetime(2026, 4, 3, 10, 0, tzinfo=UTC)
    assert gives_back_until(rules, tuesday, easter, PARIS) == datetime(2026, 4, 2, 16, 0, tzinfo=UTC)
    assert closes(Rules(), tuesday, easter, PARIS) == tuesday


def test_the_nights_when_clocks_change():
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert instant(spring, "02:30", PARIS) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # told as 3:30
    assert instant(autumn, "02:30", PARIS) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first of the two
    before, after = instant(spring - timedelta(days=1), "14:00", PARIS), instant(spring, "14:00", PARIS)
    assert after - before == timedelta(hours=23)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pools": [{"id": "a", "label": "A", "capacity": 1}] * 2},
        {"options": [{"id": "a", "label": "A", "takes": ["nothing"]}]},
        {"options": [{"id": "a", "label": "A", "takes": []}]},
        {"questions": [{"id": "q", "label": "Niveau ?", "kind": "choice"}]},
        {"questions": [{"id": "q", "label": "Niveau ?", "choices": ["a"]}]},
        {"priorities": [{"label": "X", "condition": {"field": "commune"}}]},
        {"priorities": [{"label": "X", "condition": {"op": "eq", "args": [{"field": "income"}, {"value": 1}]}}]},
        {"priorities": [{"label": "X", "opens_at": "2026-03-10T10:00:00"}]},
        {"rules": {"accept_hours": 0}},
    ],
)
def test_terms_that_cannot_hold_are_refused(wrong):
    good = terms().model_dump(mode="json")
    with pytest.raises(ValidationError):
        type(terms()).model_validate({**good, **wrong})
