"""Opening hours: the sentence, the week, the closed days, both changes of time, what people type."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bocage.base.opening_hours import BadHours, Closed, Hours, check, day_names
from bocage.base.typed_hours import from_days, to_days, weekly

PARIS = ZoneInfo("Europe/Paris")
OFFICE = "Mo-Fr 09:00-12:00,14:00-17:00"


def at(text: str) -> datetime:
    """An instant from a local time in France."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def said(hours: Hours, text: str) -> str:
    """The sentence at a local time, no-break spaces made plain."""
    return hours.status(at(text)).sentence.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("2026-11-23 10:00", "ouvert, ferme à 12 h"),
        ("2026-11-23 16:59", "ouvert, ferme à 17 h"),
        ("2026-11-23 12:00", "fermé, ouvre aujourd’hui à 14 h"),
        ("2026-11-23 17:00", "fermé, ouvre demain à 9 h"),
        ("2026-11-27 17:30", "fermé, ouvre lundi à 9 h"),
        ("2026-11-28 10:00", "fermé, ouvre lundi à 9 h"),
        ("2026-11-29 23:59", "fermé, ouvre demain à 9 h"),
    ],
)
def test_the_sentence_of_ordinary_days(when: str, sentence: str) -> None:
    assert said(Hours(OFFICE), when) == sentence


def test_half_hours_midnight_and_always() -> None:
    assert said(Hours("Mo 13:30-17:30"), "2026-11-23 14:00") == "ouvert, ferme à 17 h 30"
    assert said(Hours("Sa 20:00-02:00"), "2026-11-28 21:00") == "ouvert, ferme demain à 2 h"
    assert said(Hours("Sa 20:00-24:00"), "2026-11-28 21:00") == "ouvert, ferme à minuit"
    always = Hours("24/7").status(at("2026-11-28 21:00"))
    assert (always.open, always.until, always.sentence) == (True, None, "ouvert en permanence")


def test_unknown_hours_are_said_unknown() -> None:
    status = Hours("").status(at("2026-11-23 10:00"))
    assert (status.open, status.known, status.sentence) == (False, False, "horaires non communiqués")
    assert Hours("").week(at("2026-11-23 10:00")) == []


def test_never_open_is_only_closed() -> None:
    assert said(Hours("off"), "2026-11-23 10:00") == "fermé"


def test_a_far_opening_is_told_with_its_date() -> None:
    assert said(Hours("Jan Mo-Fr 09:00-12:00"), "2026-12-01 10:00") == "fermé, ouvre le vendredi 1er janvier à 9 h"


def test_closures_and_bridge_days() -> None:
    holidays = Closed(date(2026, 12, 21), date(2027, 1, 4), "vacances")
    bridge = Closed(date(2026, 11, 27), date(2026, 11, 27), "pont")
    hours = Hours(OFFICE, [holidays, bridge])
    assert said(hours, "2026-12-24 10:00") == "fermé jusqu’au 4 janvier (vacances)"
    assert said(hours, "2027-01-04 10:00") == "fermé aujourd’hui (vacances), ouvre demain à 9 h"
    assert said(hours, "2026-11-27 10:00") == "fermé aujourd’hui (pont), ouvre lundi à 9 h"
    assert said(hours, "2026-11-26 18:00") == "fermé, ouvre lundi à 9 h"
    assert said(hours, "2026-12-18 17:00") == "fermé, ouvre le mardi 5 janvier à 9 h"


def test_public_holidays_close_unless_the_hours_name_them() -> None:
    names = {date(2026, 12, 25): "Noël"}
    assert said(Hours(OFFICE, holidays=names), "2026-12-25 10:00") == "fermé aujourd’hui (Noël), ouvre lundi à 9 h"
    assert said(Hours(OFFICE, holidays={date(2026, 12, 25)}), "2026-12-25 10:00").startswith(
        "fermé aujourd’hui (jour férié)"
    )
    own = Hours(f"{OFFICE}; PH 10:00-11:00", holidays=names)
    assert said(own, "2026-12-25 10:30") == "ouvert, ferme à 11 h"


def test_odd_weeks_and_seasons_vary() -> None:
    odd = Hours("week 01-53/2 We 09:00-12:00")
    assert odd.varies
    assert not Hours(OFFICE).varies
    assert odd.status(at("2026-12-02 10:00")).open  # ISO week 49
    assert not odd.status(at("2026-12-09 10:00")).open


def test_the_spring_night_skips_an_hour() -> None:
    hours = Hours("Su 01:00-04:00")
    night = hours.status(at("2026-03-29 01:30"))
    assert night.until == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)  # 4 h in summer time, two real hours and a half later
    skipped = Hours("Su 02:30-04:00").status(datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    assert skipped.next_open == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # the moment of the change: 3 h
    assert Hours("Su 02:30-04:00").status(datetime(2026, 3, 29, 1, 0, tzinfo=UTC)).open


def test_the_autumn_night_counts_an_hour_twice() -> None:
    hours = Hours("Su 01:00-04:00")
    assert hours.status(at("2026-10-25 01:30")).until == datetime(2026, 10, 25, 3, 0, tzinfo=UTC)
    twice = Hours("Su 01:00-02:30")
    second = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 2 h 15, for the second time
    status = twice.status(second)
    assert status.open
    assert status.until == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert Hours(OFFICE).status(at("2026-10-23 17:30")).next_open == datetime(2026, 10, 26, 8, 0, tzinfo=UTC)


def test_the_week_tells_today_and_closed_days() -> None:
    hours = Hours(OFFICE, [Closed(date(2026, 11, 27), date(2026, 11, 27), "pont")])
    week = hours.week(at("2026-11-24 10:00"))
    assert [line.days for line in week][:2] == ["lundi", "mardi"]
    assert [line.today for line in week] == [False, True, False, False, False, False, False]
    assert week[0].hours.replace("\u00a0", " ") == "9 h à 12 h et 14 h à 17 h"
    assert (week[4].hours, week[4].closed) == ("fermé (pont)", True)
    assert week[6].hours == "fermé"


def test_the_usual_week_groups_days() -> None:
    lines = Hours("Mo-Th 08:30-12:00,16:00-18:00; Fr 08:30-12:00").usual(date(2026, 11, 25))
    assert [(line.days, line.hours.replace("\u00a0", " ")) for line in lines] == [
        ("du lundi au jeudi", "8 h 30 à 12 h et 16 h à 18 h"),
        ("vendredi", "8 h 30 à 12 h"),
        ("samedi et dimanche", "fermé"),
    ]
    assert day_names([0, 2, 3, 4]) == "lundi et du mercredi au vendredi"
    assert day_names([0, 1, 3]) == "lundi, mardi et jeudi"


def test_coming_closures_leave_out_holidays_on_days_closed_anyway() -> None:
    names = {date(2026, 12, 25): "Noël", date(2027, 1, 1): "Jour de l'an", date(2026, 11, 29): "un dimanche"}
    hours = Hours(OFFICE, [Closed(date(2027, 1, 1), date(2027, 1, 2), "pont")], names)
    coming = hours.coming_closures(at("2026-11-24 10:00"))
    assert [closed.reason for closed in coming] == ["Noël", "pont"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lundi 9h-12h", "« lundi 9h-12h »"),
        ("Mo 9-12", "« 9-12 »"),
        ("Mo 25:00-26:00", "n’est pas comprise"),
        ("Mo 14:00-12:00", "finit avant de commencer"),
        ("Mo 12:00-12:00", "finit avant de commencer"),
        ("Mo 09:00+", "heure de fin"),
        ("SH Mo 10:00-12:00", "« SH »"),
        ("Mo sunrise-sunset", "« sunrise »"),
        ("Mo 09:00-12:00; " * 40, "trop longs"),
    ],
)
def test_bad_hours_say_where_and_how(text: str, says: str) -> None:
    with pytest.raises(BadHours, match=says):
        check(text)


def test_comments_are_told_and_do_not_confuse_the_check() -> None:
    hours = Hours('Mo 09:00-12:00 "sur rendez-vous, week SH"')
    assert not hours.varies
    assert hours.day(date(2026, 11, 23)).replace("\u00a0", " ") == "9 h à 12 h (sur rendez-vous, week SH)"


def test_what_agents_type_day_by_day() -> None:
    days = ["9h-12h et 14h-17h30", "9h - 12h, 14h à 17h30", "fermé", "9:00-12:00 14:00-17:30", "", "8h30-12h", "-"]
    text = from_days(days)
    assert text == "Mo-Tu,Th 09:00-12:00,14:00-17:30; Sa 08:30-12:00"
    assert to_days(text) == [
        "09:00-12:00 et 14:00-17:30",
        "09:00-12:00 et 14:00-17:30",
        "",
        "09:00-12:00 et 14:00-17:30",
        "",
        "08:30-12:00",
        "",
    ]
    assert to_days("week 01-53/2 We 09:00-12:00") is None
    with pytest.raises(BadHours, match="Mardi"):
        from_days(["", "le matin", "", "", "", "", ""])
    with pytest.raises(BadHours, match="ne se suivent pas"):
        from_days(["14h-17h et 9h-12h", "", "", "", "", "", ""])
    with pytest.raises(BadHours, match="ne se suivent pas"):
        from_days(["9h-12h75", "", "", "", "", "", ""])


_HALF_HOURS = st.lists(st.integers(0, 48), min_size=2, max_size=6, unique=True).map(sorted)


@st.composite
def weeks(draw: st.DrawFn) -> str:
    """A week of plain hours in OSM's syntax."""
    spans = []
    for _day in range(7):
        marks = draw(_HALF_HOURS) if draw(st.booleans()) else []
        pairs = list(zip(marks[::2], marks[1::2], strict=False))
        spans.append(",".join("-".join(f"{mark // 2:02d}:{mark % 2 * 30:02d}" for mark in pair) for pair in pairs))
    return weekly(spans)


closures_of = st.lists(
    st.builds(
        lambda first, days: Closed(first, first + timedelta(days=days), "fermeture"),
        st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        st.integers(0, 20),
    ),
    max_size=4,
)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


@settings(max_examples=150, deadline=None)
@given(weeks(), closures_of, instants)
def test_status_agrees_with_itself(text: str, closures: list[Closed], now: datetime) -> None:
    """Open until: still open a minute before, no longer at that minute; opening next: closed before, open then."""
    hours = Hours(text, closures)
    status = hours.status(now)
    assert status.sentence
    if status.until:
        assert status.open
        assert status.until > now
        assert not hours.status(status.until).open or _twice(status.until)
    if status.next_open:
        assert not status.open
        assert status.next_open > now
        assert hours.status(status.next_open).open
        day = status.next_open.astimezone(PARIS).date()
        assert hours.closed_by(day) is None
        before = status.next_open - timedelta(minutes=1)
        assert before < now or not hours.status(before).open or _twice(before)


def _twice(instant: datetime) -> bool:
    """Whether the local hour comes twice around that instant: wall-clock hours then mean both."""
    return instant.astimezone(PARIS).utcoffset() != (instant + timedelta(hours=2)).astimezone(PARIS).utcoffset() or (
        instant.astimezone(PARIS).utcoffset() != (instant - timedelta(hours=2)).astimezone(PARIS).utcoffset()
    )


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_hours_or_a_french_refusal(text: str) -> None:
    try:
        tidy = check(text)
    except BadHours:
        return
    assert check(tidy) == tidy
    Hours(tidy).status(datetime(2026, 11, 23, 10, tzinfo=UTC))


@settings(max_examples=100, deadline=None)
@given(weeks())
def test_plain_weeks_survive_the_day_by_day_form(text: str) -> None:
    days = to_days(text)
    assert days is not None
    again = Hours(from_days(days))
    plain = Hours(text)
    monday = date(2026, 11, 23)
    assert [plain.day(monday + timedelta(days=n)) for n in range(7)] == [
        again.day(monday + timedelta(days=n)) for n in range(7)
    ] or not text
