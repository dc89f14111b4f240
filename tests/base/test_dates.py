"""Dates: French writing, working days, months, legal delays, ages."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from bocage.base.dates import (
    add_months,
    add_working_days,
    age,
    french_date,
    french_datetime,
    french_range,
    french_time,
    is_working_day,
    legal_end,
    next_working_day,
    working_days_between,
)
from bocage.base.env import time_zone

days = st.dates(date(1950, 1, 1), date(2150, 12, 31))
HOLIDAYS = {date(2026, 5, 1), date(2026, 5, 8), date(2026, 5, 14), date(2026, 5, 25), date(2026, 7, 14)}


def is_holiday(day: date) -> bool:
    return day in HOLIDAYS


def never(day: date) -> bool:
    return False


# --- Writing --------------------------------------------------------------------------------------------------------
def test_french_writing() -> None:
    assert french_date(date(2026, 3, 1)) == "1er\u00a0mars 2026"
    assert french_date(date(2026, 8, 12), weekday=True) == "mercredi 12\u00a0août 2026"
    assert french_date(date(2026, 8, 12), year=False) == "12\u00a0août"
    assert french_time(time(9)) == "9\u00a0h"
    assert french_time(time(17, 5)) == "17\u00a0h\u00a005"


def test_instants_are_written_in_the_territorys_time() -> None:
    night = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert french_datetime(night) == "1er\u00a0juillet 2026 à 0\u00a0h\u00a030"
    assert french_date(night) == "1er\u00a0juillet 2026"
    assert french_time(night) == "0\u00a0h\u00a030"
    assert french_datetime(night, UTC) == "30\u00a0juin 2026 à 22\u00a0h\u00a030"


def test_the_house_lives_in_the_zone_of_its_territorys_folder(tmp_path: Path) -> None:
    (tmp_path / "territory.json").write_text('{"time_zone": "Indian/Reunion"}')
    assert time_zone(tmp_path) == "Indian/Reunion"
    assert time_zone(tmp_path / "none") == "Europe/Paris"
    ours = json.loads((settings.TERRITORY_ROOT / settings.ENV.territory / "territory.json").read_text())
    assert ours["time_zone"] == settings.TIME_ZONE


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 3, 3), date(2026, 3, 3), "le 3\u00a0mars 2026"),
        (date(2026, 3, 1), date(2026, 3, 5), "du 1er au 5\u00a0mars 2026"),
        (date(2026, 3, 30), date(2026, 4, 2), "du 30\u00a0mars au 2\u00a0avril 2026"),
        (date(2026, 12, 30), date(2027, 1, 2), "du 30\u00a0décembre 2026 au 2\u00a0janvier 2027"),
    ],
)
def test_ranges(first: date, last: date, text: str) -> None:
    assert french_range(first, last) == text


# --- Counting -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        (date(2026, 4, 30), 1, date(2026, 5, 4)),  # over 1 May, a Friday, and the week-end
        (date(2026, 5, 7), 1, date(2026, 5, 11)),  # over 8 May
        (date(2026, 5, 11), 10, date(2026, 5, 27)),  # over Ascension Day and Whit Monday
        (date(2026, 5, 11), -1, date(2026, 5, 7)),
        (date(2026, 5, 9), 0, date(2026, 5, 9)),
        (date(2026, 5, 9), 1, date(2026, 5, 11)),  # from a Saturday
    ],
)
def test_working_days_of_may_2026(start: date, n: int, end: date) -> None:
    assert add_working_days(start, n, is_holiday) == end


@given(days, st.integers(-400, 400).filter(bool))
def test_working_days_land_on_working_days_and_come_back(day: date, n: int) -> None:
    end = add_working_days(day, n, is_holiday)
    assert is_working_day(end, is_holiday)
    assert (end > day) == (n > 0)
    if n > 0:
        assert working_days_between(day, end, is_holiday) == n
    if is_working_day(day, is_holiday):
        assert add_working_days(end, -n, is_holiday) == day


@given(days, days)
def test_working_days_between_is_antisymmetric(first: date, last: date) -> None:
    assert working_days_between(first, last, never) == -working_days_between(last, first, never)


@given(days)
def test_the_next_working_day_is_the_first(day: date) -> None:
    found = next_working_day(day, is_holiday)
    assert is_working_day(found, is_holiday)
    assert not any(is_working_day(day + timedelta(n), is_holiday) for n in range((found - day).days))


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 15), 2, date(2027, 2, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_months_go_from_day_to_day(start: date, n: int, end: date) -> None:
    assert add_months(start, n) == end


@given(days, st.integers(-600, 600))
def test_months_add_up(day: date, n: int) -> None:
    end = add_months(day, n)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == n
    assert end.day == day.day or (end + timedelta(days=1)).day == 1


def test_months_stay_in_the_calendar() -> None:
    with pytest.raises(OverflowError):
        add_months(date(9999, 12, 1), 1)
    assert add_months(date(9999, 11, 30), 1) == date(9999, 12, 30)


def test_a_persons_delay_is_carried_to_a_working_day() -> None:
    # Two months from 14 March end on 14 May 2026, Ascension Day: carried to Friday 15 (CPC, art. 642).
    assert legal_end(date(2026, 3, 14), months=2, is_holiday=is_holiday) == date(2026, 5, 15)
    # Fifteen days from 24 April end on Saturday 9 May: carried to Monday 11.
    assert legal_end(date(2026, 4, 24), days=15, is_holiday=is_holiday) == date(2026, 5, 11)


def test_silence_runs_from_date_to_date() -> None:
    assert legal_end(date(2026, 3, 14), months=2) == date(2026, 5, 14)


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        (date(2008, 3, 10), date(2026, 3, 9), 17),
        (date(2008, 3, 10), date(2026, 3, 10), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2026, 3, 10), date(2026, 3, 10), 0),
    ],
)
def test_ages(birth: date, on: date, years: int) -> None:
    assert age(birth, on) == years


def test_nobody_has_an_age_before_birth() -> None:
    with pytest.raises(ValueError, match="born"):
        age(date(2026, 3, 11), date(2026, 3, 10))
