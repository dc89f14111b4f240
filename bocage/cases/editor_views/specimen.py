"""A document of the draft as it would be issued, with answers for example: on screen, and as the PDF."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bocage.base.dates import add_months
from bocage.cases import issued, printing
from bocage.cases.editor_views import samples
from bocage.cases.editor_views.common import draft_view
from bocage.cases.editor_views.preview import blocked, document_of
from bocage.cases.editor_views.rehearsal import REFERENCE, Rehearsal, Story
from bocage.cases.models import IssuedDocument, ProcedureDraft
from bocage.cases.schema import ProcedureDocument
from bocage.territory.queries import today


@require_safe
@draft_view
def specimen(request: HttpRequest, draft: ProcedureDraft, key: str) -> HttpResponseBase:
    """The specimen; ``?pdf=1``: as a PDF. A draft that is not sound says first what to mend."""
    if key not in (draft.body.get("documents") or {}):
        raise Http404
    document = document_of(draft)
    if document is None:
        return blocked(request, draft, "outline")
    context = _context(document, key)
    if request.GET.get("pdf") and printing.available():
        response = HttpResponse(printing.issued_pdf(context), content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{draft.slug}-{key}-exemple.pdf"'
        return response
    shown = {
        **context,
        "draft": draft,
        "pdf": printing.available(),
        "back": reverse("editor_item", args=[draft.slug, f"documents/{key}"]),
    }
    return render(request, "cases/desk/editor/specimen.html", shown)


def _context(document: ProcedureDocument, key: str) -> dict[str, Any]:
    """What the specimen says; its row is never kept, and its number belongs to nothing."""
    told, day = document.documents[key], today(timezone.now())
    play = Rehearsal(document, Story(day))
    play.case = samples.case_for(document, key, day)
    row = IssuedDocument(
        document=key,
        number=REFERENCE,
        issued_on=day,
        valid_until=add_months(day, told.valid_months) if told.valid_months else None,
    )
    answers = {**play.case.answers, **play.case.agent_answers}
    facts = list(issued.printed(document, told, answers))
    return printing.issued_page(row, told, play.person(), facts, play.variables({}, play.case))
