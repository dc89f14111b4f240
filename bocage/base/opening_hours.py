"""Opening hours in OSM's syntax, told in French: is it open now, until when, when next, and the week as a table.

Hours are wall-clock times of the place's time zone; instants given and returned are aware, returned in UTC. A closed
day (closure of the place, public holiday) removes what begins that day. The library that reads the syntax works here
on local times without zone; this module alone turns them into instants, so that both changes of time are right.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]

from bocage.base.dates import WEEKDAYS, french_date, french_time

HORIZON = timedelta(days=120)  # beyond, nobody plans a visit: "fermé" says enough
MAX_LENGTH = 400
EXAMPLE = "Mo-Fr 09:00-12:00,14:00-17:00; Sa 09:00-12:00"
_COMMENT = re.compile(r'"[^"]*"')
_REFUSED = re.compile(r"\b(SH|sunrise|sunset|dawn|dusk|easter)\b")
_VARIES = re.compile(r"\b(week|PH|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|\d{4})|\[", re.IGNORECASE)
_OPEN_END = re.compile(r"\d\d:\d\d\s*\+")
_SPAN = re.compile(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)")


class BadHours(ValueError):
    """Hours that cannot be understood; ``str()`` of it is a French sentence that says where and how to write them."""


@dataclass(frozen=True, order=True)
class Closed:
    """Days, both included, on which a place is closed against its hours."""

    starts: date
    ends: date
    reason: str = ""


class Closing(Protocol):
    """What closes a place: ``Closed``, or a row of the database of the same shape."""

    @property
    def starts(self) -> date:
        """First day."""

    @property
    def ends(self) -> date:
        """Last day, included."""

    @property
    def reason(self) -> str:
        """Why, as residents read it."""


@dataclass(frozen=True)
class Slot:
    """A stretch of opening in local time. ``sure`` is false for hours that depend on something ("sur rendez-vous")."""

    start: datetime
    end: datetime
    comment: str = ""
    sure: bool = True


@dataclass(frozen=True)
class Status:
    """What to tell of a place at an instant. ``until`` and ``next_open`` are UTC instants, None when not known.

    ``known`` is false when the place has told no hours. ``sentence`` has no capital and no full stop.
    """

    open: bool
    until: datetime | None
    next_open: datetime | None
    sentence: str
    known: bool = True
    comment: str = ""

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class Line:
    """A line of the week: « du lundi au jeudi », « 9 h à 12 h et 14 h à 17 h »."""

    days: str
    hours: str
    closed: bool
    today: bool = False


def check(text: str) -> str:
    """The hours, tidied; empty stays empty (not known). Raises BadHours with a sentence for whoever types them."""
    text = " ".join(text.split()).rstrip("; ")
    if not text:
        return ""
    if len(text) > MAX_LENGTH:
        raise BadHours(_("Ces horaires sont trop longs : %(max)d signes au plus.") % {"max": MAX_LENGTH})
    bare = _COMMENT.sub("", text)
    if found := _REFUSED.search(bare):
        raise BadHours(
            _("« %(word)s » n’est pas accepté : écrivez des heures, et les vacances comme des fermetures.")
            % {"word": found[0]}
        )
    if _OPEN_END.search(bare):
        raise BadHours(_("Donnez une heure de fin à chaque ouverture, par exemple 09:00-12:00."))
    for span in _SPAN.finditer(bare):
        start, end = span.groups()
        if end == start or ("06:00" < end < start):
            raise BadHours(_("« %(span)s » finit avant de commencer.") % {"span": span[0]})
    try:
        _parse(text)
    except ParserError as error:
        position = re.search(r"--> \d+:(\d+)", str(error))
        rest = text[int(position[1]) - 1 :][:30] if position else text[:30]
        raise BadHours(
            _("L’écriture n’est pas comprise à partir de « %(rest)s ». Exemple : %(example)s")
            % {"rest": rest, "example": EXAMPLE}
        ) from error
    return text


@lru_cache(maxsize=1024)
def _parse(text: str) -> OpeningHours:
    # PH inside the hours themselves means that the place decides: the library's French calendar then applies.
    return OpeningHours(text, country="FR")


def clock(moment: datetime) -> str:
    """« 9 h », « 17 h 30 », « minuit », with no-break spaces; ``moment`` is a local time."""
    return _("minuit") if (moment.hour, moment.minute) == (0, 0) else french_time(moment.time())


class Hours:
    """The hours of one place.

    ``holidays`` are the public holidays, on which a place is closed unless its hours name them (``PH``).
    """

    def __init__(
        self,
        text: str,
        closures: Iterable[Closing] = (),
        holidays: Mapping[date, str] | Collection[date] = (),
        tz: ZoneInfo | str = "Europe/Paris",
    ) -> None:
        self.text = check(text)
        self.closures: Sequence[Closed] = sorted(
            Closed(closing.starts, closing.ends, closing.reason) for closing in closures
        )
        self.holidays = holidays
        self.tz = ZoneInfo(tz) if isinstance(tz, str) else tz
        self._rules = _parse(self.text) if self.text else None
        self._own_holidays = bool(re.search(r"\bPH\b", _COMMENT.sub("", self.text)))

    @property
    def known(self) -> bool:
        """Whether the place has told its hours."""
        return self._rules is not None

    @property
    def varies(self) -> bool:
        """Whether a week is not like every other: seasons, odd weeks, first Mondays."""
        return bool(_VARIES.search(_COMMENT.sub("", self.text)))

    def closed_by(self, day: date) -> Closed | None:
        """The closure or public holiday that closes the place on that day."""
        for closed in self.closures:
            if closed.starts <= day <= closed.ends:
                return closed
        if day in self.holidays and not self._own_holidays:
            name = self.holidays[day] if isinstance(self.holidays, Mapping) else ""
            return Closed(day, day, name or _("jour férié"))
        return None

    def slots(self, first: date, days: int = 1, *, usual: bool = False) -> Iterator[Slot]:
        """The openings that begin from ``first`` on; ``usual`` leaves closures and public holidays aside."""
        if self._rules is None:
            return
        start = datetime.combine(first, time())
        for begin, end, state, comment in self._rules.intervals(start, start + timedelta(days=days)):
            if state == State.CLOSED:
                continue
            sure = state == State.OPEN
            for piece_begin, piece_end in self._open_days(begin, end, usual):
                yield Slot(piece_begin, piece_end, comment, sure)

    def _open_days(self, begin: datetime, end: datetime, usual: bool) -> Iterator[tuple[datetime, datetime]]:
        """The pieces of an opening that closed days leave; a short night that began on an open day stays whole."""
        if usual or (end - begin <= timedelta(hours=18) and begin.date() != end.date()):
            if usual or not self.closed_by(begin.date()):
                yield begin, end
            return
        while begin < end:
            midnight = datetime.combine(begin.date() + timedelta(days=1), time())
            stop = min(end, midnight)
            if not self.closed_by(begin.date()):
                yield begin, stop
            begin = stop

    def _merged(self, first: date, last: date) -> Iterator[Slot]:
        """Openings from ``first``, one after the other, midnight not cutting any."""
        current: Slot | None = None
        for slot in self.slots(first, (last - first).days):
            if current and current.end == slot.start and current.sure == slot.sure and current.comment == slot.comment:
                current = Slot(current.start, slot.end, current.comment, current.sure)
                continue
            if current:
                yield current
            current = slot
        if current:
            yield current

    def status(self, now: datetime) -> Status:
        """Whether the place is open at ``now`` (aware), and the sentence that says so."""
        if not self.known:
            return Status(False, None, None, _("horaires non communiqués"), known=False)
        local = now.astimezone(self.tz).replace(tzinfo=None)
        last = local.date() + HORIZON
        for slot in self._merged(local.date() - timedelta(days=1), last):
            if slot.end <= local:
                continue
            if slot.start > local:
                return self._closed(local, slot)
            if not slot.sure:
                return Status(False, None, None, slot.comment or _("horaires à confirmer"), comment=slot.comment)
            if slot.end.date() >= last:
                return Status(True, None, None, _("ouvert en permanence"), comment=slot.comment)
            sentence = _("ouvert, ferme à %(time)s") % {"time": clock(slot.end)}
            if slot.end.date() > local.date() and slot.end.time() != time():
                sentence = _("ouvert, ferme %(day)s à %(time)s") % {
                    "day": self._day(slot.end.date(), local.date()),
                    "time": clock(slot.end),
                }
            return Status(True, self._instant(slot.end, now), None, sentence, comment=slot.comment)
        return self._closed(local, None)

    def _closed(self, local: datetime, following: Slot | None) -> Status:
        today = local.date()
        closed = self.closed_by(today)
        opens = ""
        if following:
            opens = _("ouvre %(day)s à %(time)s") % {
                "day": self._day(following.start.date(), today),
                "time": clock(following.start),
            }
        reason = f" ({closed.reason})" if closed and closed.reason else ""
        if closed and closed.ends > today:
            sentence = _("fermé jusqu’au %(date)s%(reason)s") % {
                "date": french_date(closed.ends, year=False),
                "reason": reason,
            }
        elif closed:
            sentence = _("fermé aujourd’hui%(reason)s") % {"reason": reason} + (f", {opens}" if opens else "")
        else:
            sentence = _("fermé") + (f", {opens}" if opens else "")
        at = self._instant(following.start, None) if following else None
        return Status(False, None, at, sentence, comment=following.comment if following else "")

    @staticmethod
    def _day(day: date, today: date) -> str:
        distance = (day - today).days
        if distance == 0:
            return _("aujourd’hui")
        if distance == 1:
            return _("demain")
        if distance < 7:
            return WEEKDAYS[day.weekday()]
        return _("le %(date)s") % {"date": french_date(day, weekday=True, year=False)}

    def _instant(self, wall: datetime, after: datetime | None) -> datetime:
        """The UTC instant of a local time; of the two of an autumn night the one after ``after``, and of a time that
        a spring night skips the moment of the change."""
        early = wall.replace(tzinfo=self.tz, fold=0).astimezone(UTC)
        late = wall.replace(tzinfo=self.tz, fold=1).astimezone(UTC)
        if late > early:  # autumn: the time comes twice
            return late if after is not None and early <= after else early
        while late < early and late.astimezone(self.tz).replace(tzinfo=None) < wall:
            late += timedelta(minutes=1)
        return late

    def day(self, day: date) -> str:
        """The hours of one day as people read them: « 9 h à 12 h et 14 h à 17 h », « fermé (jour férié) »."""
        if not self.known:
            return _("horaires non communiqués")
        if closed := self.closed_by(day):
            return _("fermé") + (f" ({closed.reason})" if closed.reason else "")
        return _hours_text(list(self.slots(day))) or _("fermé")

    def week(self, now: datetime) -> list[Line]:
        """The seven days from Monday of the current week, closures and holidays included; empty when not known."""
        if not self.known:
            return []
        today = now.astimezone(self.tz).date()
        monday = today - timedelta(days=today.weekday())
        lines = []
        for offset in range(7):
            day = monday + timedelta(days=offset)
            hours = self.day(day)
            closed = hours.startswith(_("fermé"))
            lines.append(Line(WEEKDAYS[offset], hours, closed, today=day == today))
        return lines

    def usual(self, on: date) -> list[Line]:
        """The usual week around ``on``, days with the same hours grouped: for lists, paper and search results."""
        if not self.known:
            return []
        monday = on - timedelta(days=on.weekday())
        texts = [
            _hours_text(list(self.slots(monday + timedelta(days=offset), usual=True))) or _("fermé")
            for offset in range(7)
        ]
        order = list(dict.fromkeys(texts))
        lines = []
        for hours in order:
            days = [offset for offset, text in enumerate(texts) if text == hours]
            lines.append(Line(day_names(days), hours, hours == _("fermé")))
        return sorted(lines, key=lambda line: line.closed)

    def coming_closures(self, now: datetime, days: int = 60) -> list[Closed]:
        """Closures and public holidays from today on that change what one would expect, soonest first."""
        today = now.astimezone(self.tz).date()
        last = today + timedelta(days=days)
        coming = [closed for closed in self.closures if closed.ends >= today and closed.starts <= last]
        if self.known and not self._own_holidays:
            for day in sorted(day for day in self.holidays if today <= day <= last):
                covered = any(closed.starts <= day <= closed.ends for closed in coming)
                if not covered and any(self.slots(day, usual=True)):
                    coming.append(self.closed_by(day) or Closed(day, day))
        return sorted(coming, key=lambda closed: (closed.starts, closed.ends))


def _hours_text(slots: list[Slot]) -> str:
    if not slots:
        return ""
    parts = []
    for slot in slots:
        if slot.end - slot.start >= timedelta(days=1):
            part = _("toute la journée")
        else:
            part = _("%(start)s à %(end)s") % {"start": clock(slot.start), "end": clock(slot.end)}
        parts.append(f"{part} ({slot.comment})" if slot.comment else part)
    return join(parts)


def join(parts: Sequence[str]) -> str:
    """« a, b et c »."""
    if len(parts) < 2:
        return "".join(parts)
    return _("%(all)s et %(last)s") % {"all": ", ".join(parts[:-1]), "last": parts[-1]}


def day_names(days: Sequence[int]) -> str:
    """Weekdays (0 is Monday) as people say them: « du lundi au jeudi et samedi », « lundi et mardi »."""
    parts: list[str] = []
    for run in runs(days):
        if len(run) >= 3:
            parts.append(_("du %(first)s au %(last)s") % {"first": WEEKDAYS[run[0]], "last": WEEKDAYS[run[-1]]})
        else:
            parts.extend(WEEKDAYS[day] for day in run)
    return join(parts)


def runs(days: Sequence[int]) -> list[list[int]]:
    """Consecutive days together: 0, 1, 3 gives [0, 1] and [3]."""
    found: list[list[int]] = []
    for day in sorted(days):
        if found and found[-1][-1] == day - 1:
            found[-1].append(day)
        else:
            found.append([day])
    return found
