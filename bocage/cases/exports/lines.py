"""What an export says of a case: the worklist's columns, and where one procedure is chosen its answers, one by column.

Answers are read as they are stored; nothing is evaluated again. Protected ones are left out unless they were asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.tables import Cell, Row
from bocage.cases.engine.values import display, env_parts, french_phone
from bocage.cases.models import Case, Channel, ProcedureVersion
from bocage.cases.rows import state_label
from bocage.cases.schema import FormField
from bocage.cases.sealing import is_sealed, open_answers
from bocage.cases.validation.parts import parts_of
from bocage.identity.models import Account, Role
from bocage.identity.scope import Scope
from bocage.territory.models import Commune
from bocage.territory.queries import commune_names

CHUNK = 500
COLUMNS = (
    *(
        "reference",
        "version_id",
        "procedure_id",
        "service",
        "commune_id",
        "organisation_id",
        "apart",
        "state",
        "outcome",
    ),
    *("channel", "applicant_name", "contact_email", "contact_phone", "assignee_id"),
    *("received_on", "announced_on", "silence_on", "closed_on"),
)


def outcome_label(outcome: str) -> str:
    """How a case ended, in a word; empty while it runs."""
    told = {"accepted": _("acceptée"), "rejected": _("refusée"), "withdrawn": _("retirée"), "closed": _("close")}
    told["forwarded"] = _("transmise ailleurs")
    return told.get(outcome, outcome)


@dataclass(frozen=True)
class Answer:
    """A column of answers: a field by its stable id, whatever the version."""

    id: str
    label: str
    part: str = ""  # one of the parts of its answer (``validation.parts``)


class Table:
    """The header and the lines of an export."""

    def __init__(self, ids: list[int], *, scope: Scope, answers: bool, sensitive: bool) -> None:
        """``answers``: one column by field of the versions in use; ``sensitive``: the protected ones too, for the
        cases that ``scope`` reaches otherwise than from a reception."""
        self.ids = ids
        self.sensitive = sensitive
        self.reach = scope.only(Role.MANAGER, Role.AGENT)
        self.communes = commune_names()
        self.versions: dict[int, ProcedureVersion] = {}
        self.titles: dict[int, str] = {}
        self.names: dict[int, str] = {}
        self.places: dict[int, str] = {}
        self.columns = self._answer_columns() if answers else []

    def _answer_columns(self) -> list[Answer]:
        """Fields of the latest version first, then those that only older ones have."""
        used: set[int] = set()
        for start in range(0, len(self.ids), 10_000):
            some = self.ids[start : start + 10_000]
            used.update(Case.objects.filter(pk__in=some).order_by().values_list("version_id", flat=True).distinct())
        self._learn_versions(used)
        found: dict[str, Answer] = {}
        for version in sorted(self.versions.values(), key=lambda one: -one.number):
            for field in version.document.by_id.values():
                if field.kind != "note" and (self.sensitive or not field.sensitive):
                    found.setdefault(field.id, Answer(field.id, field.label))
                    for part in parts_of(field):
                        if part.exported:
                            named = f"{field.label}, {part.label}"
                            found.setdefault(f"{field.id}.{part.name}", Answer(field.id, named, part.name))
        return list(found.values())

    def _learn_versions(self, ids: Iterable[int]) -> None:
        missing = set(ids) - self.versions.keys()
        if missing:
            rows = ProcedureVersion.objects.filter(pk__in=missing).select_related("procedure").defer("body")
            for version in rows:
                self.versions[version.pk] = version
                self.titles[version.procedure_id] = version.procedure.title

    @property
    def header(self) -> list[str]:
        """The titles of the columns."""
        fixed = [
            *(_("Référence"), _("Démarche"), _("État"), _("Issue"), _("Arrivé"), _("Nom"), _("Courriel")),
            *(
                _("Téléphone"),
                _("Commune"),
                _("Reçu le"),
                _("Réponse au plus tard le"),
                _("Silence le"),
                _("Terminé le"),
            ),
            _("Agent"),
        ]
        return [*fixed, *(column.label for column in self.columns)]

    def rows(self, after_chunk: Callable[[int], None]) -> Iterator[Row]:
        """The lines, in the order of the ids; ``after_chunk`` hears how many were given."""
        wanted = COLUMNS + (("answers", "agent_answers") if self.columns else ())
        for start in range(0, len(self.ids), CHUNK):
            some = self.ids[start : start + CHUNK]
            cases = {case.pk: case for case in Case.objects.filter(pk__in=some).only(*wanted)}
            self._learn(cases.values())
            for pk in some:
                if pk in cases:
                    yield self._row(cases[pk])
            after_chunk(start + len(some))

    def _learn(self, cases: Iterable[Case]) -> None:
        self._learn_versions(case.version_id for case in cases)
        agents = {case.assignee_id for case in cases if case.assignee_id} - self.names.keys()
        if agents:
            self.names |= {one.pk: str(one) for one in Account.objects.filter(pk__in=agents)}
        places = {case.commune_id for case in cases if case.commune_id} - self.places.keys()
        if places:
            self.places |= dict(Commune.objects.filter(pk__in=places).values_list("pk", "name"))

    def _row(self, case: Case) -> Row:
        version = self.versions[case.version_id]
        return [
            case.reference,
            self.titles[case.procedure_id],
            state_label(version, case.state),
            outcome_label(case.outcome),
            str(Channel(case.channel).label),
            case.applicant_name,
            case.contact_email,
            _phone(case.contact_phone),
            self.places.get(case.commune_id or 0),
            case.received_on,
            None if case.outcome else case.announced_on,
            case.silence_on,
            case.closed_on,
            self.names.get(case.assignee_id or 0),
            *(self._answers(case, version) if self.columns else ()),
        ]

    def _answers(self, case: Case, version: ProcedureVersion) -> Iterator[Cell]:
        stored: Mapping[str, Any] = {**case.answers, **case.agent_answers}
        covered = not self.sensitive or not self.reach.allows(
            case.service, case.commune_id, case.organisation_id, apart=case.apart
        )
        fields = version.document.by_id
        for column in self.columns:
            field, value = fields.get(column.id), stored.get(column.id)
            if field is None or value is None:
                yield None
            elif field.sensitive or is_sealed(value):
                opened = None if covered else open_answers({column.id: value})[column.id]
                yield None if covered else self._cell(field, column.part, opened)
            else:
                yield self._cell(field, column.part, value)

    def _cell(self, field: FormField, part: str, value: Any) -> Cell:
        return part_cell(field, part, value) if part else cell(field, value, self.communes)


def _phone(number: str) -> str:
    """As it is dialled, quickly for the usual French ones: there are as many as cases."""
    if number.startswith("+33") and len(number) == 12:
        return " ".join((f"0{number[3]}", number[4:6], number[6:8], number[8:10], number[10:]))
    return french_phone(number) if number else ""


def cell(field: FormField, value: Any, communes: Mapping[str, str]) -> Cell:
    """An answer as a spreadsheet wants it: numbers and dates as such, the rest in words."""
    kind = field.result if field.kind == "computed" else field.kind
    try:
        if kind == "phone":
            return _phone(value)
        if kind == "date":
            return date.fromisoformat(value)
        if kind == "amount":
            return Decimal(int(value)) / 100
        if kind == "number":
            number = Decimal(str(value))
            return number if number.is_finite() else str(value)
        return display(field, value, communes=communes)
    except (TypeError, ValueError, ArithmeticError, AttributeError, KeyError):
        return str(value)  # of an older version, in which the field asked something else: told as it is kept


def part_cell(field: FormField, part: str, value: Any) -> Cell:
    """A part of an answer, as a spreadsheet wants it; nothing where the field of this version has no such part."""
    kind = next((one.kind for one in parts_of(field) if one.name == part), None)
    try:
        found = env_parts(field, value).get(part) if kind else None
    except (TypeError, ValueError, ArithmeticError, AttributeError, KeyError):
        return None
    if isinstance(found, bool):
        return _("Oui") if found else _("Non")
    if isinstance(found, Decimal):
        return found / 100 if kind == "amount" else found
    return found if isinstance(found, str | date) else None
