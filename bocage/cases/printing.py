"""Papers of the cases: the blank form of any procedure, with its QR, and the receipt (DESIGN.md rule 7).

A room of its own: both are the printed face of what the screen shows.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import segno
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from bocage.base import pdf
from bocage.base.dates import french_date
from bocage.base.pdf import available
from bocage.cases import issued, satisfaction
from bocage.cases.engine import evaluate_form
from bocage.cases.engine.ports import PORTS
from bocage.cases.engine.tables import columns_of
from bocage.cases.entrusting import handler_of
from bocage.cases.legal_texts import legal_notice, service_name
from bocage.cases.models import Case, Decision, IssuedDocument, Procedure, ProcedureVersion
from bocage.cases.notices import variables
from bocage.cases.operations.store import moment
from bocage.cases.ports import ways_of
from bocage.cases.schema import FormField, ProcedureDocument
from bocage.cases.schema_parts import DocumentText
from bocage.cases.sealing import open_answers
from bocage.cases.summary import covered, documents_of, parts_of
from bocage.messaging import texts
from bocage.messaging.attachments import File
from bocage.territory.queries import communes, territory, today

__all__ = [
    "attestation",
    "available",
    "blank_form",
    "blank_form_context",
    "issued_document",
    "issued_file",
    "qr",
    "receipt",
    "receipt_context",
    "year",
]

CSS = (*pdf.CSS, "cases/paper.css")
LONG = 34  # signs: beyond that, boxes to tick stand one under the other
LINES = {"textarea": 4, "text": 1, "organisation": 2, "address": 3, "place": 3, "household_person": 2}


def qr(text: str) -> str:
    """A QR code as a ``data:`` address, for a page or a document."""
    return str(segno.make(text, error="m").svg_data_uri(scale=3, border=2))


def _boxes(field: FormField) -> list[str]:
    """What one ticks on paper."""
    if field.kind == "yesno":
        return ["Oui", "Non"]
    if field.kind in PORTS:
        return list(ways_of(field).values())
    return [option.label for option in field.options]


def _printed(field: FormField) -> dict[str, Any]:
    """A field as it is drawn on paper: boxes to tick, lines or combs to write on."""
    return {
        "field": field,
        "lines": range(LINES.get(field.kind, 1)),
        "boxes": _boxes(field),
        "tall": any(len(label) > LONG for label in _boxes(field)),
        "columns": [{"field": inner, "boxes": _boxes(inner)} for inner in field.fields],
        "condition": field.show is not None,
        "rows": range(min(field.max_items, 4)),
        "signers": range(min(field.max_items, 4)),
        "free": range(min(field.free_lines, 6)),
        "table": [
            {"label": line.label, "cells": [column.id in columns_of(field, line) for column in field.columns]}
            for line in field.lines
        ],
    }


def blank_form_context(procedure: Procedure, document: ProcedureDocument) -> dict[str, Any]:
    """What the blank form says; its QR opens the agents' entry screen for this procedure."""
    entry = f"{settings.ENV.base_url}{reverse('cases_entry', args=[procedure.slug])}"
    return {
        "procedure": procedure,
        "document": document,
        "territory": territory(),
        "steps": [
            {"step": step, "fields": [_printed(f) for f in step.fields if not f.agent and f.kind != "computed"]}
            for step in document.steps
            if any(not f.agent for f in step.fields)
        ],
        "qr": qr(entry),
        "communes": communes(),
        "printed_on": today(timezone.now()),
    }


KEPT_SECONDS = 24 * 3600


def _blank_key(version: ProcedureVersion) -> str:
    """Where a version's blank form is kept: it says the day it was printed, and its QR the site's address."""
    place = hashlib.sha256(settings.ENV.base_url.encode()).hexdigest()[:12]
    return f"blank-form:{version.sha256}:{place}:{today(timezone.now()).isoformat()}"


def kept_blank_form(version: ProcedureVersion) -> bytes | None:
    """The blank form as PDF where it was made already today."""
    kept: bytes | None = cache.get(_blank_key(version))
    return kept


def blank_form(version: ProcedureVersion) -> bytes:
    """The blank form as PDF, made once a day for all. Raises pdf.Unavailable."""
    made = _blank_form(version.procedure, version.document)
    cache.set(_blank_key(version), made, KEPT_SECONDS)
    return made


def _blank_form(procedure: Procedure, document: ProcedureDocument) -> bytes:
    return pdf.render("cases/pdf/blank_form.html", blank_form_context(procedure, document), css=CSS)


def receipt_context(case: Case) -> dict[str, Any]:
    """What a receipt says: date, reference, service, contacts, what silence will mean.

    CRPA L112-3; R112-5 for a request on paper, R112-11-1 for one sent on line.
    """
    document = case.version.document
    agents = open_answers(case.agent_answers)  # some of the applicant's fields are shown by what the service fills in
    form = evaluate_form(document, open_answers(case.answers), moment(timezone.now()), agent_answers=agents)
    return {
        "case": case,
        "procedure": case.procedure,
        "document": document,
        "handler": handler_of(case),
        "legal_notice": legal_notice(document, case),
        "acknowledged": case.complete or not case.deadlines.filter(kind="acknowledgement", closed=False).exists(),
        "service": service_name(case),
        "lacking": [document.by_id[key].label for key in case.missing if key in document.by_id],
        # Protected answers travel neither by e-mail nor in the post: the receipt says that they were given.
        "parts": [{**part, "facts": [_covered(fact) for fact in part["facts"]]} for part in parts_of(case, form)],
        "attached": [one for one in documents_of(case) if one.source != "generated"],
        "qr": qr(f"{settings.ENV.base_url}{reverse('cases_desk', args=[case.reference])}"),
        "opinion": _opinion(case),
    }


def _opinion(case: Case) -> dict[str, Any] | None:
    """The two questions, for a paper that is printed once the case is over: nobody types such a link, all aim at it."""
    if not satisfaction.asks(case) or satisfaction.answered(case):
        return None
    until = today(timezone.now()) + timedelta(days=satisfaction.LINK_DAYS)
    return {"qr": qr(settings.ENV.base_url + satisfaction.path_for(case)), "until": until}


def _covered(fact: dict[str, Any]) -> dict[str, Any]:
    protected = fact["sensitive"] and fact["value"] and fact["kind"] != "file"
    return covered(fact, _("réponse protégée, bien reçue")) if protected else {**fact, "map": None}


def attestation(case: Case, decision: Decision, now: datetime) -> bytes:
    """The attestation of an implied acceptance (CRPA L232-3) as PDF. Raises pdf.Unavailable."""
    context = {
        "case": case,
        "procedure": case.procedure,
        "decision": decision,
        "handler": handler_of(case),
        "issued_on": today(now),
        "qr": qr(f"{settings.ENV.base_url}{reverse('cases_desk', args=[case.reference])}"),
    }
    return pdf.render("cases/pdf/attestation.html", context, css=CSS)


def receipt(case: Case) -> bytes:
    """The receipt as PDF. Raises pdf.Unavailable."""
    return pdf.render("cases/pdf/receipt.html", receipt_context(case), css=CSS)


def issued_context(row: IssuedDocument, now: datetime) -> dict[str, Any]:
    """What an issued document says; its QR leads to the page that tells whether it holds."""
    decision = Decision.objects.filter(case=row.case).first()
    words = variables(row.case, now=now, decision=decision)
    return issued_page(row, issued.text_of(row), row.case.applicant_name, list(issued.facts(row)), words)


def issued_page(
    row: IssuedDocument, told: DocumentText, holder: str, facts: list[dict[str, Any]], words: dict[str, str]
) -> dict[str, Any]:
    """The same from its parts: for a specimen too, whose ``row`` was never kept."""
    words = words | {
        "document_number": row.number,
        "document_until": french_date(row.valid_until) if row.valid_until else "",
    }
    return {
        "row": row,
        "told": told,
        "holder": holder,
        "territory": territory(),
        "facts": facts,
        "blocks": texts.blocks(texts.fill(told.body, words)) if told.body else (),
        "address": f"{settings.ENV.base_url}{issued.check_path(row)}",
        "qr": qr(f"{settings.ENV.base_url}{issued.check_path(row)}"),
    }


def issued_document(row: IssuedDocument, now: datetime) -> bytes:
    """An issued document as PDF. Raises pdf.Unavailable."""
    return issued_pdf(issued_context(row, now))


def issued_pdf(context: dict[str, Any]) -> bytes:
    """The PDF of what ``issued_page`` gives. Raises pdf.Unavailable."""
    return pdf.render("cases/pdf/issued.html", context, css=(*CSS, "cases/issued.css"))


def issued_file(number: str) -> File | None:
    """The same, to join to a mail or a letter; None for one that was made void meanwhile."""
    row, now = issued.by_number(number), timezone.now()
    if row is None or issued.standing(row, today(now)) == "void":
        return None
    return File(f"{row.document}-{row.number}.pdf", "application/pdf", issued_document(row, now))


def year(context: dict[str, Any]) -> bytes:
    """« Votre commune en un an » as PDF, on one page. Raises pdf.Unavailable."""
    return pdf.render("cases/pdf/year.html", context, css=CSS)
