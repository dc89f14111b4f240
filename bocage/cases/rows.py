"""A case as a line of the agents' lists: where it stands, in words, and whether it is late.

A room of its own: the worklist, the day's page and a person's page show the same line. Needs ``procedure``,
``commune``, ``assignee`` and ``decision``, and no query of its own: the words of states come from documents kept in
memory.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.cases.models import Case, ProcedureVersion, Urgency
from bocage.territory.queries import today


@dataclass(frozen=True)
class Row:
    """A line, ready to be written."""

    url: str
    name: str
    reference: str
    procedure: str
    commune: str
    received: str
    state: str
    badge: str  # late, answered, soon or empty
    badge_label: str
    urgency: str  # in a word; empty for the usual
    due: str
    assignee: str


def is_answered(case: Case) -> bool:
    """Whether it is decided: the answer announced was given, whatever is still to be done (a remittance, a payment)."""
    return bool(case.outcome) or getattr(case, "decision", None) is not None


def is_late(case: Case, on: date) -> bool:
    """Past its announced date, because the service has not answered; as the lists say it (``queries.TO_ANSWER``)."""
    past = case.announced_on is not None and case.announced_on < on
    return past and case.waiting_for == "agent" and not is_answered(case)


def row_of(case: Case, day: date, versions: dict[int, ProcedureVersion] | None = None) -> Row:
    """The line of a case on a day; ``versions`` saves reading them one by one."""
    badge, label = "", ""
    if is_late(case, day):
        assert case.announced_on
        days = (day - case.announced_on).days
        badge, label = "error", _("En retard de %(days)s j") % {"days": days}
    elif case.answered_at and not case.outcome:
        badge, label = "success", _("Réponse reçue")
    version = (versions or {}).get(case.version_id) or case.version
    return Row(
        url=reverse("cases_desk", args=[case.reference]),
        name=case.applicant_name or case.reference,
        reference=case.reference,
        procedure=case.procedure.title,
        commune=case.commune.name if case.commune else "–",
        received=f"{case.received_on:%d/%m/%Y}" if case.received_on else "–",
        state=state_label(version, case.state),
        badge=badge,
        badge_label=label,
        urgency=urgency_label(case.urgency),
        due=french_date(case.announced_on, year=False) if case.announced_on and not is_answered(case) else "–",
        assignee=str(case.assignee) if case.assignee else "",
    )


def urgency_label(level: int) -> str:
    """How much a case presses, in a word; empty for the usual."""
    return str(Urgency(level).label).capitalize() if level else ""


def versions_of(cases: Iterable[Case]) -> dict[int, ProcedureVersion]:
    """The versions of several cases, in one query and without their documents, which are kept in memory."""
    wanted = {case.version_id for case in cases}
    return {version.pk: version for version in ProcedureVersion.objects.filter(pk__in=wanted).only("sha256")}


def rows_of(cases: Iterable[Case], now: datetime) -> list[Row]:
    """The lines of several cases."""
    found = list(cases)
    versions, day = versions_of(found), today(now)
    return [row_of(case, day, versions) for case in found]


def state_label(version: ProcedureVersion, state: str) -> str:
    """The agents' name of a state."""
    try:
        return version.document.workflow.state(state).label
    except KeyError:
        return state
