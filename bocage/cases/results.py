"""Figures of the service, without names: each procedure's year for /resultats/, a commune's year on one page.

No figure here is small enough to tell of someone: below ``FEW`` it joins others, or is not said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from bocage.cases.desk_queries import FEW
from bocage.cases.models import Case, Channel, Procedure, Satisfaction
from bocage.cases.queries import open_procedures
from bocage.territory.models import Commune
from bocage.territory.queries import today

MANY = 20_000  # decisions read for a median
SATISFIED = 3  # of 4


@dataclass(frozen=True)
class Share:
    """A part of a total that may be shown; ``of``: what it gathers, where it is several."""

    label: str
    count: int
    of: tuple[str, ...] = ()


def grouped(counts: Mapping[str, int], others: str) -> list[Share]:
    """Counts, the most first, none under ``FEW``: the small ones together as ``others``.

    When the small ones together are still few, the smallest of the rest joins them: nobody finds a small number by
    taking the others from the total. Empty when all together are few.
    """
    found = sorted(((label, count) for label, count in counts.items() if count), key=lambda pair: (-pair[1], pair[0]))
    kept = [pair for pair in found if pair[1] >= FEW]
    rest = sum(count for _label, count in found) - sum(count for _label, count in kept)
    while 0 < rest < FEW and kept:
        rest += kept.pop()[1]
    shares = [Share(*pair) for pair in kept]
    gathered = tuple(sorted(label for label, _count in found[len(kept) :]))
    return [*shares, Share(others, rest, gathered)] if rest >= FEW else shares


@dataclass(frozen=True)
class Delays:
    """Announced against real: how many were decided, how long half of them took at most, how many in time."""

    decided: int
    median_days: int | None
    on_time_percent: int | None


def delays_of(found: QuerySet[Case]) -> Delays:
    """The delays of cases: to the decision, for what is handed over later (a composter to fetch) is no part of it."""
    answered = found.filter(decision__isnull=False).order_by("-received_on")
    rows = list(answered.values_list("received_on", "decision__legal_date", "announced_on")[:MANY])
    days = sorted((end - start).days for start, end, _due in rows if start and end)
    held = sum(bool(due and end and end <= due) for _start, end, due in rows)
    if len(rows) < FEW:
        return Delays(0, None, None)
    return Delays(len(rows), days[len(days) // 2] if days else None, round(100 * held / len(rows)))


@dataclass(frozen=True)
class Opinions:
    """What people said once it was over, in percent; how many said it."""

    count: int
    easy_percent: int
    satisfied_percent: int


def opinions_of(found: QuerySet[Satisfaction]) -> Opinions | None:
    """What people said; None when too few did."""
    told = found.aggregate(
        count=Count("pk"),
        easy=Count("pk", filter=Q(easy__gte=SATISFIED)),
        content=Count("pk", filter=Q(content__gte=SATISFIED)),
    )
    if told["count"] < FEW:
        return None
    share = {key: round(100 * told[key] / told["count"]) for key in ("easy", "content")}
    return Opinions(told["count"], share["easy"], share["content"])


# --- A procedure's year --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ProcedureResult:
    """A procedure's figures over a year. ``received`` is None when there were few."""

    procedure: Procedure
    announced_days: int
    received: int | None
    delays: Delays
    opinions: Opinions | None
    by_channel: list[Share]
    by_commune: list[Share]


def _year(now: datetime) -> tuple[date, date]:
    day = today(now)
    return day - timedelta(days=365), day


def _counted(found: QuerySet[Case], column: str) -> dict[str, int]:
    return {key: n for key, n in found.values_list(column).annotate(n=Count("id")).order_by(column) if key}


def _by_channel(found: QuerySet[Case]) -> list[Share]:
    names = {value: str(label).capitalize() for value, label in Channel.choices}
    return grouped({names.get(key, key): n for key, n in _counted(found, "channel").items()}, _("Autrement"))


def procedure_results(now: datetime) -> list[ProcedureResult]:
    """The service results of every open procedure over the last twelve months."""
    since, _day = _year(now)
    results = []
    for procedure in open_procedures():
        filed = Case.objects.filter(procedure=procedure, received_on__gte=since).exclude(state="")
        received = filed.count()
        told = Satisfaction.objects.filter(case__procedure=procedure, at__date__gte=since)
        results.append(
            ProcedureResult(
                procedure=procedure,
                announced_days=procedure.current.document.announced_days if procedure.current else 0,
                received=received if received >= FEW else None,
                delays=delays_of(filed),
                opinions=opinions_of(told),
                by_channel=_by_channel(filed),
                by_commune=grouped(_counted(filed, "commune__name"), _("Autres communes")),
            )
        )
    return results


# --- A commune's year ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class CommuneYear:
    """« Votre commune en un an »: what fits on one page for its mayor."""

    commune: Commune
    since: date
    until: date
    received: int | None
    before: int | None
    delays: Delays
    everywhere: Delays
    opinions: Opinions | None
    by_procedure: list[Share]
    by_channel: list[Share]


PROCEDURES_SHOWN = 8  # on the one page; the others are together


def _few(count: int) -> int | None:
    return count if count >= FEW else None


def commune_year(commune: Commune, now: datetime) -> CommuneYear:
    """A commune's twelve months, the twelve before for comparison, and the delay of the whole territory."""
    since, until = _year(now)
    filed = Case.objects.exclude(state="").filter(received_on__lte=until)
    here, year = filed.filter(commune=commune), Q(received_on__gt=since)
    before = here.filter(received_on__lte=since, received_on__gt=since - timedelta(days=365)).count()
    titles = grouped(_counted(here.filter(year), "procedure__title"), _("Autres démarches"))
    return CommuneYear(
        commune=commune,
        since=since,
        until=until,
        received=_few(here.filter(year).count()),
        before=_few(before),
        delays=delays_of(here.filter(year)),
        everywhere=delays_of(filed.filter(year)),
        opinions=opinions_of(Satisfaction.objects.filter(case__commune=commune, at__date__gte=since)),
        by_procedure=_short(titles),
        by_channel=_by_channel(here.filter(year)),
    )


def _short(shares: Iterable[Share]) -> list[Share]:
    found = list(shares)
    if len(found) <= PROCEDURES_SHOWN:
        return found
    rest = found[PROCEDURES_SHOWN - 1 :]
    gathered = tuple(sorted(label for one in rest for label in one.of or (one.label,)))
    return [*found[: PROCEDURES_SHOWN - 1], Share(_("Autres démarches"), sum(one.count for one in rest), gathered)]
