"""Entering a request that came on paper, by telephone or at the counter: all its fields on one page.

Starting is one POST (who, how it came, when), which makes a draft; the page then saves into that draft whatever is
typed, errors included, and files it, complete or not. Filing twice files once.
"""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bocage.base.once import key_of
from bocage.base.typed_dates import BadDate, parse_french_date
from bocage.cases.applicant import name_told
from bocage.cases.desk_queries import entry_draft, entry_drafts, open_to_agents, people_in_reach, scans_of
from bocage.cases.desk_views.common import CHANGED, agent_of, number_of, text_of
from bocage.cases.desk_views.page import serve_document
from bocage.cases.engine import Form, Refused, evaluate_form
from bocage.cases.engine.form import missing_message
from bocage.cases.engine.legal import decided_before_filing
from bocage.cases.files import take_files
from bocage.cases.forms import error_links, field_parameters, posted_answers, question_parameters, shown_values
from bocage.cases.households import members_of
from bocage.cases.models import Case, Procedure
from bocage.cases.operations import (
    ENTRY_CHANNELS,
    Conflict,
    describe_entry,
    discard_draft,
    save_answers,
    sort_scan,
    start_draft,
    submit_case,
    upgrade_draft,
)
from bocage.cases.operations.drafts import FileChange
from bocage.cases.operations.store import moment
from bocage.cases.queries import agent_case, case_by_reference, is_closed, person_visible
from bocage.cases.schema import ProcedureDocument
from bocage.identity.actors import actor_of
from bocage.identity.models import Person
from bocage.identity.queries import find_people
from bocage.territory.queries import today

OWN = ("channel", "received_on")  # fields of the entry itself, beside those of the procedure


def _procedure(request: HttpRequest, slug: str) -> Procedure:
    for procedure in open_to_agents(agent_of(request), today(timezone.now()), closed=True):
        if procedure.slug == slug:
            return procedure
    raise Http404


def _person(request: HttpRequest, text: str) -> Person | None:
    """The person chosen, within the agent's reach; None for nobody yet. Raises Http404 for a forged one."""
    if not text:
        return None
    person = Person.objects.filter(pk=number_of(text), merged_into=None).select_related("commune").first()
    if person is None or not person_visible(agent_of(request), person, today(timezone.now())):
        raise Http404
    return person


def _found(request: HttpRequest, text: str) -> list[Person]:
    """Whom a search finds within the agent's reach."""
    day = today(timezone.now())
    return find_people(text, within=people_in_reach(agent_of(request), day), today=day)


def described(request: HttpRequest) -> tuple[str, date | None, dict[str, str]]:
    """How it came and when, as posted, with what is wrong with it."""
    errors: dict[str, str] = {}
    channel = request.POST.get("channel", "")
    if channel not in ENTRY_CHANNELS:
        errors["channel"] = _("Choisissez comment la demande est arrivée.")
    received: date | None = None
    try:
        received = parse_french_date(text_of(request, "received_on", 40))
    except BadDate:
        errors["received_on"] = _("Écrivez la date de réception, par exemple 31/01/2026.")
    else:
        if received > today(timezone.now()):
            errors["received_on"] = _("La date de réception ne peut pas être dans le futur.")
        elif received.year < 2000:
            errors["received_on"] = _("Cette date est trop ancienne. Vérifiez l’année.")
    return channel, received, errors


def channels() -> list[dict[str, str]]:
    """How what an agent enters may have come, to choose from."""
    return [{"value": str(one), "label": str(one.label).capitalize()} for one in ENTRY_CHANNELS]


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Who, how it came, when: the page that the blank form's QR opens."""
    procedure, now = _procedure(request, slug), timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    person = _person(request, given.get("person", ""))
    text = request.GET.get("q", "")[:200].strip()
    typed = {
        "channel": given.get("channel", ""),
        "received_on": text_of(request, "received_on", 40) or today(now).strftime("%d/%m/%Y"),
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        channel, received, errors = described(request)
        if not errors:
            assert received is not None
            try:
                draft, _code = start_draft(
                    procedure,
                    actor=actor_of(request, channel),
                    now=now,
                    applicant=person,
                    channel=channel,
                    received_on=received,
                    entered_by=agent_of(request),
                    once=key_of(request),
                )
            except Refused as refused:
                errors = {"": refused.message}
            else:
                return redirect("cases_entry_form", procedure.slug, draft.reference)
    waiting = entry_drafts(agent_of(request), today(now)).filter(procedure=procedure)[:20]
    for draft in waiting:
        draft.told_name = name_told(draft)
    context = {
        "procedure": procedure,
        "closed": is_closed(procedure, today(now)),
        "person": person,
        "text": text,
        "people": _found(request, text) if text else [],
        "typed": typed,
        "errors": {"channel": "", "received_on": "", **errors},
        "links": [{"target": f"f-{key}" if key else "", "message": told} for key, told in errors.items()],
        "channels": channels(),
        "waiting": waiting,
    }
    return render(request, "cases/desk/entry_start.html", context, status=422 if errors else 200)


def _draft(request: HttpRequest, slug: str, reference: str) -> Case:
    draft = entry_draft(agent_of(request), reference, today(timezone.now()))
    if draft is None or draft.procedure.slug != slug:
        raise Http404
    return draft


def form_of(draft: Case) -> Form:
    """The draft's form as it stands."""
    return evaluate_form(draft.version.document, shown_values(draft), moment(timezone.now()))


def _filed_already(request: HttpRequest, reference: str) -> HttpResponse | None:
    """A second press of « Enregistrer »: the case is filed, here it is."""
    case = case_by_reference(reference)
    if case is None or case.is_draft or case.entered_by_id != agent_of(request).pk:
        return None
    return redirect("cases_entered", case.reference)


@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """All the fields on one page."""
    filed = _filed_already(request, reference)
    if filed is not None:
        return filed
    draft = _draft(request, slug, reference)
    if request.method == "POST":
        return _save(request, draft)
    return _show(request, draft, form_of(draft).errors)


def _save(request: HttpRequest, draft: Case) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request, draft.channel)
    if "_discard" in request.POST:
        return _discard(request, draft)
    try:
        upgrade_draft(draft, now=now)
    except Conflict:
        return _too_late(request, draft)
    channel, received, errors = described(request)
    person = _person(request, request.POST.get("person", ""))
    answers = posted_answers(draft.version.document, request.POST)
    try:
        files, file_errors = _take_files(request, draft)
        if not errors:
            assert received is not None
            describe_entry(draft, channel=channel, received_on=received, applicant=person, actor=actor, now=now)
        save_answers(draft, answers, now=now, files=files, household=True)
    except Refused as refused:
        messages.warning(request, refused.message)
        return redirect("cases_scans")
    except Conflict:
        messages.warning(request, CHANGED)
        return _show(request, draft, errors, typed=answers, status=409)
    worked = form_of(draft)
    errors = {**errors, **worked.errors, **file_errors}
    for reason in worked.forbidden:
        errors.setdefault("", reason)
    if "_add" in request.POST or "_update" in request.POST:
        anchor = f"#f-{request.POST['_add'][:60]}" if "_add" in request.POST else ""
        return redirect(reverse("cases_entry_form", args=[draft.procedure.slug, draft.reference]) + anchor)
    if "_later" in request.POST:
        messages.success(request, _("La saisie est gardée : vous la retrouvez dans « Papiers à saisir »."))
        return redirect("cases_scans")
    if errors:
        return _show(request, draft, errors, status=422)
    if worked.missing and "_incomplete" not in request.POST:
        return _show(request, draft, {}, missing=worked.missing, status=422)
    assert received is not None
    late = decided_before_filing(draft.version.document, received, not worked.missing, moment(now))
    if late is not None and "_silent" not in request.POST:
        return _show(request, draft, {}, late=late, status=422)
    try:
        case = submit_case(draft, actor=actor_of(request, draft.channel), now=now, allow_incomplete=True)
    except Refused as refused:
        return _show(request, draft, refused.errors or {"": refused.message}, status=422)
    except Conflict:
        messages.warning(request, CHANGED)
        return _show(request, draft, {}, status=409)
    return redirect("cases_entered", case.reference)


def _too_late(request: HttpRequest, draft: Case) -> HttpResponse:
    """A colleague saved meanwhile: the entry as it is now, with what this agent typed over it; or the case, filed."""
    messages.warning(request, CHANGED)
    filed = _filed_already(request, draft.reference)
    if filed is not None:
        return filed
    current = _draft(request, draft.procedure.slug, draft.reference)
    typed = posted_answers(current.version.document, request.POST)
    return _show(request, current, {}, typed=typed, status=409)


def _discard(request: HttpRequest, draft: Case) -> HttpResponse:
    try:
        discard_draft(draft, actor=actor_of(request), now=timezone.now())
    except (Refused, Conflict):
        messages.warning(request, CHANGED)
    else:
        messages.success(request, _("La saisie est effacée, avec ses papiers."))
    return redirect("cases_scans")


def _take_files(request: HttpRequest, draft: Case) -> tuple[dict[str, FileChange], dict[str, str]]:
    """Files joined, taken out, and scanned papers put with a field; with the errors of those refused."""
    actor = actor_of(request, draft.channel)
    sorted_scans = {
        item.key: request.POST.get(f"scan.{item.key}", "")
        for item in scans_of(draft)
        if f"scan.{item.key}" in request.POST
    }
    shown = set(request.POST.getlist("_shown"))
    changes, errors = take_files(request, draft, shown, actor=actor, scans=sorted_scans)
    for key, wanted in sorted_scans.items():
        try:
            sort_scan(draft, key, wanted, actor=actor, now=timezone.now())
        except Refused as refused:
            errors[""] = refused.message
    return changes, errors


def _show(
    request: HttpRequest,
    draft: Case,
    errors: Any,
    *,
    typed: dict[str, Any] | None = None,
    missing: tuple[str, ...] = (),
    late: date | None = None,
    status: int = 200,
) -> HttpResponse:
    document, worked = draft.version.document, form_of(draft)
    values = {**shown_values(draft), **(typed or {})}
    documents = {item.key: item for item in draft.documents.all()}
    told = {
        "channel": draft.channel,
        "received_on": draft.received_on.strftime("%d/%m/%Y") if draft.received_on else "",
    }
    if request.method == "POST":
        told = {"channel": request.POST.get("channel", ""), "received_on": text_of(request, "received_on", 40)}
    asks_someone = any(field.kind == "household_person" for field in document.by_id.values())
    household = members_of(draft, today(timezone.now())) if asks_someone else {}
    steps: list[dict[str, Any]] = []
    shown = [question.id for question in document.eligibility]
    for step in worked.steps:
        fields = [field for field in step.fields if field.id in worked.visible and not field.agent]
        shown += [field.id for field in fields]
        steps.append(
            {
                "title": step.title,
                "fields": [
                    field_parameters(
                        field,
                        worked.values.get(field.id) if field.kind == "computed" else values.get(field.id),
                        error=errors.get(field.id, ""),
                        required=field.id in worked.required,
                        documents=documents,
                        own=False,
                        household=household,
                    )
                    for field in fields
                ],
            }
        )
    for drawn in steps:
        for item in drawn["fields"]:
            for file in item.get("files", ()):
                file["url"] = reverse("cases_entry_document", args=[draft.reference, file["key"]])
    files = [field for field in document.by_id.values() if field.kind == "file" and field.id in worked.visible]
    context = {
        "draft": draft,
        "procedure": draft.procedure,
        "person": draft.applicant,
        "questions": [
            question_parameters(question, values.get(question.id), errors.get(question.id, ""))
            for question in document.eligibility
        ],
        "refused": worked.refused,
        "steps": steps,
        "shown": shown,
        "told": told,
        "channels": channels(),
        "errors": {"channel": "", "received_on": "", **errors},
        "links": _links(document, errors),
        "missing": [{"target": f"f-{key}", "message": _missing(document, key)} for key in missing],
        "late": late,  # silence has decided already, on that day: is the day of reception the right one?
        "accepts": document.silence.effect == "accept",
        "incomplete": late is not None and "_incomplete" in request.POST,
        "scans": [
            {
                "document": item,
                "clean": item.scan_state == "clean",
                "field": next((f.id for f in files if item.key in (values.get(f.id) or [])), item.field),
            }
            for item in documents.values()
            if item.source == "scan"
        ],
        "places": [{"value": field.id, "label": field.label} for field in files],
    }
    return render(request, "cases/desk/entry_form.html", context, status=status)


def _missing(document: ProcedureDocument, key: str) -> str:
    """What to say of an answer that is missing, an eligibility question's included."""
    if key in document.by_id:
        return missing_message(document.by_id[key])
    question = next((question.label for question in document.eligibility if question.id == key), key)
    return _("Répondez à « %(label)s ».") % {"label": question}


def _links(document: ProcedureDocument, errors: dict[str, str]) -> list[dict[str, str]]:
    own = [{"target": f"f-{key}", "message": errors[key]} for key in OWN if key in errors]
    return own + error_links(document, {key: text for key, text in errors.items() if key not in OWN})


@require_safe
def entry_document(request: HttpRequest, reference: str, key: str) -> HttpResponseBase:
    """A paper of a draft being entered."""
    draft = entry_draft(agent_of(request), reference, today(timezone.now()))
    if draft is None:
        raise Http404
    return serve_document(request, draft, key)


@require_safe
def entered(request: HttpRequest, reference: str) -> HttpResponse:
    """Filed: print the receipt, say what is missing, go on. For whoever entered it, even out of their reach now."""
    case = case_by_reference(reference)
    if case is None or case.is_draft:
        raise Http404
    reachable = agent_case(agent_of(request), reference, today(timezone.now())) is not None
    if not reachable and case.entered_by_id != agent_of(request).pk:
        raise Http404
    document = case.version.document
    corrections = [
        item
        for item in document.workflow.transitions
        if case.state in item.sources
        and {"agent", "reception"} & set(item.roles)
        and any(effect.kind == "ask_correction" for effect in item.effects)
    ]
    context = {
        "case": case,
        "procedure": case.procedure,
        "reachable": reachable,
        "missing": [document.by_id[key].label for key in case.missing if key in document.by_id],
        "correction": corrections[0] if corrections else None,
    }
    return render(request, "cases/desk/entered.html", context)
