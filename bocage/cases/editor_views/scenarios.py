"""The scenarios of a draft: told again at each look, with the step that failed and why; changed step by step."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bocage.cases.editing import checks, edits
from bocage.cases.editing.places import BadEdit, NoSuchPlace
from bocage.cases.editor_views.common import body_of, changed_by, draft_view, fresh, seen_revision
from bocage.cases.editor_views.forms.scenarios import ScenarioForm
from bocage.cases.editor_views.preview import blocked
from bocage.cases.editor_views.publication import reports_of
from bocage.cases.models import ProcedureDraft
from bocage.cases.operations import Conflict
from bocage.cases.operations.editor import save_draft
from bocage.cases.scenarios import Report
from bocage.identity.actors import actor_of


@require_safe
@draft_view
def scenarios(request: HttpRequest, draft: ProcedureDraft) -> HttpResponseBase:
    """Every scenario, with how it goes."""
    body = body_of(draft)
    if checks.errors(body):
        return blocked(request, draft, "scenarios")
    reports = reports_of(body)
    context = {"draft": draft, "reports": reports, "failed": [one for one in reports if not one.passed]}
    return render(request, "cases/desk/editor/scenarios.html", context)


def _report(body: dict[str, Any], key: str) -> Report | None:
    return next((one for one in reports_of(body) if one.scenario == key), None)


@require_http_methods(["GET", "HEAD", "POST"])
@draft_view
def scenario(request: HttpRequest, draft: ProcedureDraft, key: str) -> HttpResponseBase:
    """One scenario: how it goes, and its steps to change."""
    place, body = f"scenarios/{key}", body_of(draft)
    try:
        current = edits.get(body, place)
    except NoSuchPlace as error:
        raise Http404 from error
    form = ScenarioForm(request.POST if request.method == "POST" else None, body=body, item=current)
    status, overtaken = 200, ""
    if request.method == "POST":
        status = 200 if form.is_redraw else 422
        removes = "_remove" in request.POST
        if removes or form.is_valid():
            try:
                changed = edits.remove(body, place) if removes else edits.put(body, place, form.written())
                _save(request, draft, changed)
            except Conflict:
                draft, status = fresh(draft), 409
                overtaken = changed_by(draft)
            except BadEdit as error:
                form.add_error(None, str(error))
            else:
                if removes:
                    messages.success(request, _("Le scénario est retiré du brouillon."))
                    return redirect("editor_scenarios", draft.slug)
                messages.success(request, _("Le scénario est enregistré, et rejoué ci-dessous."))
                return redirect("editor_scenario", draft.slug, key)
    context = {
        "draft": draft,
        "key": key,
        "title": current.get("title") or key,
        "report": _report(body, key),
        "errors": checks.errors(body),
        "form": form,
        "links": form.links,
        "overtaken": overtaken,
    }
    return render(request, "cases/desk/editor/scenario.html", context, status=status)


def _save(request: HttpRequest, draft: ProcedureDraft, body: dict[str, Any]) -> None:
    save_draft(draft, body, seen_revision=seen_revision(request, draft), actor=actor_of(request), now=timezone.now())
