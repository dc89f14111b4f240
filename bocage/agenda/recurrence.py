"""The days of a series: a rule of RFC 5545 with what the territory's calendar takes out of it. Pure."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule
from dateutil.rrule import weekday as rule_weekday
from pydantic import Field, model_validator

from bocage.agenda.terms import Hour
from bocage.base.strict import Strict

LONGEST = timedelta(days=800)  # two seasons
MOST = 400
_FREQUENCIES = {"daily": DAILY, "weekly": WEEKLY, "monthly": MONTHLY}


class Recurrence(Strict):
    """« Tous les mardis de 9 h à 12 h jusqu’au 30 juin, sauf jours fériés et vacances »."""

    first: date
    starts: Hour
    ends: Hour  # at or before ``starts``: the next day
    every: Literal["once", "daily", "weekly", "monthly"] = "once"
    interval: Annotated[int, Field(ge=1, le=12)] = 1
    weekdays: Annotated[tuple[Annotated[int, Field(ge=0, le=6)], ...], Field(max_length=7)] = ()  # Monday is 0
    until: date | None = None
    count: Annotated[int, Field(ge=1, le=MOST)] | None = None  # sessions that do take place
    on_public_holidays: bool = False
    school: Literal["any", "outside", "within"] = "any"  # school holidays of the territory's zone
    without: Annotated[tuple[date, ...], Field(max_length=MOST)] = ()
    also: Annotated[tuple[date, ...], Field(max_length=MOST)] = ()

    @model_validator(mode="after")
    def _ends(self) -> "Recurrence":
        if self.every != "once" and (self.until is None) == (self.count is None):
            raise ValueError("Dites jusqu’à quel jour, ou combien de séances : l’un des deux.")
        if self.until is not None and not self.first <= self.until <= self.first + LONGEST:
            raise ValueError("Le dernier jour vient après le premier, de deux ans au plus.")
        return self


def days(rule: Recurrence, is_public: Callable[[date], bool], is_school: Callable[[date], bool]) -> list[date]:
    """The days on which the series meets, in order, each once; at most ``MOST``.

    A day added by hand is kept whatever the calendar says; one taken out is out, and can be added again.
    """
    found: list[date] = []
    if rule.every == "once":
        found = [rule.first]
    else:
        options = {"byweekday": [rule_weekday(day) for day in rule.weekdays]} if rule.weekdays else {}
        last = rule.until or rule.first + LONGEST
        dates = rrule(
            _FREQUENCIES[rule.every],
            dtstart=datetime.combine(rule.first, time()),
            interval=rule.interval,
            until=datetime.combine(last, time()),
            **options,
        )
        for moment in dates:
            if len(found) == (rule.count or MOST):
                break
            if _meets(rule, moment.date(), is_public, is_school):
                found.append(moment.date())
    return sorted({*found, *rule.also})[:MOST]


def _meets(rule: Recurrence, day: date, is_public: Callable[[date], bool], is_school: Callable[[date], bool]) -> bool:
    if day in rule.without or (not rule.on_public_holidays and is_public(day)):
        return False
    return rule.school == "any" or is_school(day) == (rule.school == "within")
