"""The columns that an agent chooses for the worklist, the answers of one procedure among them.

Protected answers are never a column: they are read on their case, where the journal keeps who did.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bocage.cases.engine.values import display, french_phone
from bocage.cases.exports.lines import outcome_label
from bocage.cases.models import Case, Procedure
from bocage.cases.queries import LINE
from bocage.cases.rows import Row, row_of, versions_of
from bocage.cases.schema import FormField
from bocage.cases.sealing import is_sealed
from bocage.territory.queries import commune_names, today

ANSWER = "r."
MANY = 12  # beyond, no screen shows them


@dataclass(frozen=True)
class Column:
    """A column: its key in the address, its title, what it reads beyond a usual line, what it says."""

    key: str
    label: str
    reads: tuple[str, ...]
    said: Callable[[Case, Row], str]


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "–"


def _fixed() -> dict[str, Column]:
    found = (
        Column("commune", _("Commune"), (), lambda _case, row: row.commune),
        Column("received", _("Reçu le"), (), lambda _case, row: row.received),
        Column("due", _("Réponse au plus tard le"), (), lambda _case, row: row.due),
        Column("agent", _("Agent"), (), lambda _case, row: row.assignee or _("personne")),
        Column("urgency", _("Urgence"), (), lambda _case, row: row.urgency),
        Column("channel", _("Arrivé"), ("channel",), lambda case, _row: str(case.get_channel_display())),
        Column("phone", _("Téléphone"), ("contact_phone",), lambda case, _row: french_phone(case.contact_phone)),
        Column("email", _("Courriel"), ("contact_email",), lambda case, _row: case.contact_email),
        Column("outcome", _("Issue"), (), lambda case, _row: outcome_label(case.outcome)),
        Column("closed", _("Terminé le"), ("closed_on",), lambda case, _row: _day(case.closed_on)),
        Column("silence", _("Silence le"), ("silence_on",), lambda case, _row: _day(case.silence_on)),
    )
    return {column.key: column for column in found}


def _answer(field: FormField, communes: Mapping[str, str]) -> Column:
    def said(case: Case, _row: Row) -> str:
        value = {**case.answers, **case.agent_answers}.get(field.id)
        own = case.version.document.by_id.get(field.id)
        if own is None or own.sensitive or is_sealed(value):
            return ""
        return display(own, value, communes=communes)

    return Column(f"{ANSWER}{field.id}", field.label, ("answers", "agent_answers"), said)


def usual() -> list[Column]:
    """The columns of the list when nobody chose any."""
    fixed = _fixed()
    return [fixed[key] for key in ("commune", "received", "due", "agent")]


def columns_for(slug: str) -> list[Column]:
    """Those that may be chosen: the usual ones, and the answers of the procedure of the list, if it is of one."""
    found = list(_fixed().values())
    procedure = Procedure.objects.select_related("current").defer("current__body").filter(slug=slug).first()
    if procedure is not None and procedure.current is not None:
        fields = [one for one in procedure.current.document.by_id.values() if one.kind not in {"note", "file"}]
        names = commune_names()
        found += [_answer(field, names) for field in fields if not field.sensitive]
    return found


def chosen(text: str, slug: str) -> list[Column]:
    """The columns that an address names, in its order; unknown ones are left out. Empty: the usual list."""
    wanted = list(dict.fromkeys(key for key in text[:800].split(",") if key))
    if not wanted:
        return []
    known = {column.key: column for column in columns_for(slug)}
    return [known[key] for key in wanted if key in known][:MANY]


def with_columns(found: QuerySet[Case], columns: Iterable[Column]) -> QuerySet[Case]:
    """The lines with what these columns read besides."""
    return found.only(*LINE, "revision", *{name for column in columns for name in column.reads})


@dataclass(frozen=True)
class Line:
    """A line with its chosen cells: (title, text)."""

    row: Row
    cells: list[tuple[str, str]]
    value: str  # which case, and as it was seen: « référence.révision »


def lines_of(cases: Iterable[Case], columns: list[Column], now: datetime) -> list[Line]:
    """The lines of a page with these columns."""
    found = list(cases)
    versions, day = versions_of(found), today(now)
    lines = []
    for case in found:
        case.version = versions[case.version_id]
        row = row_of(case, day, versions)
        cells = [(column.label, column.said(case, row)) for column in columns]
        lines.append(Line(row, cells, f"{case.reference}.{case.revision}"))
    return lines
