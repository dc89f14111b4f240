"""Reads of issued documents: whether one holds, what is printed on it, what whoever checks it may know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.urls import reverse

from bocage.base.dates import french_date
from bocage.base.references import clean
from bocage.cases.engine.values import display
from bocage.cases.models import Case, IssuedDocument
from bocage.cases.schema import ProcedureDocument
from bocage.cases.schema_parts import DocumentText
from bocage.cases.sealing import open_answers
from bocage.messaging import texts
from bocage.territory.queries import commune_names, today

Standing = Literal["valid", "expired", "void"]


@dataclass(frozen=True)
class Shown:
    """An issued document as its holder's page and the desk show it."""

    row: IssuedDocument
    told: DocumentText
    standing: Standing
    renewable: bool  # its end is near, or past; or it was lost
    losable: bool


def by_number(text: str) -> IssuedDocument | None:
    """The document of a number, as people write it."""
    number = clean(text)
    if number is None:
        return None
    found = IssuedDocument.objects.filter(number=number)
    return found.select_related("case__version", "case__procedure", "case__applicant", "case__commune").first()


def standing(row: IssuedDocument, on: date) -> Standing:
    """Whether a document holds on a day, its last day included."""
    if row.void_on is not None:
        return "void"
    return "expired" if row.valid_until is not None and row.valid_until < on else "valid"


def text_of(row: IssuedDocument) -> DocumentText:
    """What the procedure says of it, in the version that issued it."""
    return row.case.version.document.documents[row.document]


def shown(row: IssuedDocument, now: datetime) -> Shown:
    """A document with what may be asked about it today."""
    day, told = today(now), text_of(row)
    state = standing(row, day)
    near = row.valid_until is not None and row.valid_until - timedelta(days=told.renew_days) <= day
    renewable = bool(told.renew_days) and row.void_reason in {"", "lost"} and (near or row.void_reason == "lost")
    return Shown(row, told, state, renewable, state == "valid")


def issued_on(case: Case, now: datetime) -> list[Shown]:
    """The documents issued on a case, the latest first."""
    rows = list(case.issued.order_by("-pk"))
    for row in rows:
        row.case = case
    return [shown(row, now) for row in rows]


def issued_with(case: Case, now: datetime) -> list[Shown]:
    """What an agent has before them: the documents issued on the case, and those that its applicant still held.

    A request to renew, or to have another in place of a lost one, shows the former.
    """
    found = issued_on(case, now)
    if case.applicant_id is None or not case.version.document.documents:
        return found
    others = IssuedDocument.objects.filter(case__applicant_id=case.applicant_id, case__procedure_id=case.procedure_id)
    rows = others.exclude(case_id=case.pk).select_related("case__version", "case__procedure").order_by("-pk")
    return [*found, *(shown(row, now) for row in rows[:5])]


def latest(case: Case) -> IssuedDocument | None:
    """The document that the case last issued and that was not made void."""
    return case.issued.filter(void_on=None).order_by("-pk").first() if case.pk else None


NAMES = frozenset({"document_number", "document_until"})


def variables(case: Case) -> dict[str, str]:
    """What notices may say of the document issued on a case."""
    row = latest(case) if case.version.document.documents else None
    until = french_date(row.valid_until) if row is not None and row.valid_until else ""
    return {"document_number": row.number if row else "", "document_until": until}


def enclosures(case: Case, text: texts.Text) -> list[dict[str, Any]]:
    """The document that goes with a notice that names it: joined to the mail, printed behind the letter."""
    row = latest(case) if NAMES & texts.variables_in(text.title, text.body) else None
    return [{"path": "bocage.cases.printing.issued_file", "args": {"number": row.number}}] if row is not None else []


def facts(row: IssuedDocument) -> Iterator[dict[str, Any]]:
    """What a document says of its holder beside the name: the answers that the procedure prints on it.

    ``lines`` are the same as ``value``, one for each row of a group.
    """
    answers = {**open_answers(row.case.answers), **open_answers(row.case.agent_answers)}
    return printed(row.case.version.document, text_of(row), answers)


def printed(document: ProcedureDocument, told: DocumentText, answers: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The same, of answers as they are kept."""
    names = commune_names()
    for key in told.facts:
        field, value = document.by_id[key], answers.get(key)
        if text := display(field, value, communes=names):
            rows = [[row] for row in value] if field.kind == "group" else [value]
            lines = [display(field, one, communes=names) for one in rows]
            yield {"label": field.label, "value": text, "lines": lines}


def check_path(row: IssuedDocument) -> str:
    """Where its QR leads."""
    return reverse("issued_check", args=[row.number])
