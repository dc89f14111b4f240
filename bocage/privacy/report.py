"""The report of retention: what would go tonight, what went each night, kind by kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bocage.base import registry
from bocage.privacy.models import RetentionRun
from bocage.privacy.queries import retentions
from bocage.territory.queries import today


@dataclass(frozen=True)
class Tonight:
    """A kind of data, its rule, and how much is past its time by the next night; None: it could not be counted."""

    label: str
    rule: str
    due: int | None


@dataclass(frozen=True)
class Line:
    """What became of one kind in one night."""

    label: str
    gone: int
    left: int
    error: str


@dataclass(frozen=True)
class Night:
    """A night."""

    day: date
    lines: Sequence[Line]

    @property
    def gone(self) -> int:
        """How much went in all."""
        return sum(line.gone for line in self.lines)

    @property
    def failed(self) -> bool:
        """Whether a kind failed."""
        return any(line.error for line in self.lines)


def tonight(now: datetime) -> list[Tonight]:
    """What the next night would take, counted now for then."""
    then = now + timedelta(days=1)
    found = []
    manifest_of = {one.name: manifest for manifest, one in registry.contributions("retentions")}
    for one in retentions():
        due = registry.isolated(manifest_of[one.name], one.due, lambda call: int(call(then)))
        found.append(Tonight(str(one.label), str(one.rule), due))
    return found


def nights(now: datetime, most: int = 30) -> list[Night]:
    """The latest nights, the last one first; of a kind tried several times, the last try."""
    labels = {one.name: str(one.label) for one in retentions()}
    rows = RetentionRun.objects.filter(at__gte=now - timedelta(days=most + 1)).order_by("-at", "-pk")
    found: dict[date, dict[str, Line]] = {}
    for row in rows:
        lines = found.setdefault(today(row.at), {})
        lines.setdefault(row.name, Line(labels.get(row.name, row.name), row.gone, row.left, row.error))
    return [Night(day, list(lines.values())) for day, lines in list(found.items())[:most]]
