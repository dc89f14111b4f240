"""An answer that came on paper, at the counter or by telephone, entered for whoever gave it (DESIGN.md rule 7)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.cases.desk_views.common import CHANGED, agent_of, desk_case, seen_revision
from bocage.cases.desk_views.entry import channels, described
from bocage.cases.engine import Refused, evaluate_form
from bocage.cases.forms import error_links, field_parameters, posted_answers, question_parameters
from bocage.cases.households import members_of, settled
from bocage.cases.models import Case
from bocage.cases.operations import Conflict, add_document, answer_correction, open_answers, sort_scan
from bocage.cases.operations.store import moment
from bocage.cases.schema import FormField, Question
from bocage.identity.actors import actor_of
from bocage.territory.queries import today

OWN = ("channel", "received_on")


def awaited(case: Case) -> list[FormField]:
    """The fields that an answer may give: those asked for, else those that lack. Nothing once it is over."""
    keys = [] if case.outcome else case.correction["fields"] if case.correction else case.missing
    return [case.version.document.by_id[key] for key in keys if key in case.version.document.by_id]


def _questions(case: Case) -> list[Question]:
    """The questions asked before the form that a paper left without answer."""
    missing = () if case.correction else case.missing
    return [one for one in case.version.document.eligibility if one.id in missing]


@require_http_methods(["GET", "HEAD", "POST"])
@desk_case
def answer(request: HttpRequest, case: Case) -> HttpResponseBase:
    """« Saisir sa réponse »: how it came, on which day, what it says; scanned papers put with their question."""
    wanted, now, status = awaited(case), timezone.now(), 200
    if not wanted and (case.outcome or not _questions(case)):
        raise Http404
    values, errors = open_answers(case.answers), dict[str, str]()
    told = {"channel": "", "received_on": today(now).strftime("%d/%m/%Y")}
    if request.method == "POST":
        told = {name: request.POST.get(name, "")[:40] for name in OWN}
        channel, received, errors = described(request)
        given, wrong = settled(case, posted_answers(case.version.document, request.POST), own=True, now=now)
        errors |= wrong
        names = {one.id for one in (*wanted, *_questions(case))}
        for field in wanted:
            if field.kind == "file":
                given[field.id] = _files(request, case, field, values.get(field.id) or [], errors)
        values |= {key: value for key, value in given.items() if key in names}
        if not seen_revision(request, case):
            messages.warning(request, CHANGED)
            status = 409
        elif not errors:
            try:
                told_by = {"author": agent_of(request), "actor": actor_of(request, channel), "now": now}
                answer_correction(case, given, received_on=received, **told_by)
            except Refused as refused:
                errors = refused.errors or {"": refused.message}
            except Conflict:
                messages.warning(request, CHANGED)
                return redirect("cases_answer", case.reference)
            else:
                messages.success(request, _("La réponse est enregistrée, au jour où elle est arrivée."))
                return redirect("cases_desk", case.reference)
        status = 422 if errors else status
    return render(request, "cases/desk/answer.html", _context(case, wanted, values, told, errors), status=status)


def _context(
    case: Case, wanted: list[FormField], values: dict[str, Any], told: dict[str, str], errors: dict[str, str]
) -> dict[str, Any]:
    document, now = case.version.document, timezone.now()
    form = evaluate_form(document, values, moment(now), agent_answers=open_answers(case.agent_answers))
    documents = {item.key: item for item in case.documents.all()}
    asks_someone = any(field.kind == "household_person" for field in wanted)
    household = members_of(case, today(now)) if asks_someone else {}
    loose = [one for one in documents.values() if one.source == "scan" and not one.field]
    links = [{"target": f"f-{key}", "message": errors[key]} for key in OWN if key in errors]
    return {
        "case": case,
        "procedure": case.procedure,
        "fields": [
            *(question_parameters(one, values.get(one.id), errors.get(one.id, "")) for one in _questions(case)),
            *(
                field_parameters(
                    field,
                    values.get(field.id),
                    error=errors.get(field.id, ""),
                    required=field.id in form.required,
                    documents=documents,
                    own=False,
                    household=household,
                )
                for field in wanted
            ),
        ],
        "shown": [*(one.id for one in _questions(case)), *(field.id for field in wanted)],
        "loose": [{"value": one.key, "label": one.name} for one in loose],
        "places": [{"value": field.id, "label": field.label} for field in wanted if field.kind == "file"],
        "channels": channels(),
        "told": told,
        "errors": {"channel": "", "received_on": "", **errors},
        "links": [*links, *error_links(document, {key: text for key, text in errors.items() if key not in OWN})],
    }


def _files(request: HttpRequest, case: Case, field: FormField, before: list[str], errors: dict[str, str]) -> list[str]:
    """The files of a field: those that stay, the scanned papers put there, what is joined now."""
    actor, now = actor_of(request), timezone.now()
    own = {one.key: one for one in case.documents.all()}
    sent = [key for key in request.POST.getlist(f"{field.id}.keep") if key in own and own[key].field == field.id]
    kept = list(dict.fromkeys([*before, *sent]))
    for key, one in own.items():
        if one.source == "scan" and not one.field and request.POST.get(f"scan.{key}") == field.id:
            sort_scan(case, key, field.id, actor=actor, now=now)
            kept.append(key)
    for upload in request.FILES.getlist(field.id):
        try:
            kept.append(add_document(case, upload, field=field, actor=actor, now=now, source="scan").key)
        except Refused as refused:
            errors[field.id] = refused.errors.get(field.id, refused.message)
    removed = set(request.POST.getlist(f"{field.id}.remove"))
    return [key for key in kept if key not in removed][-field.max_files :]
