"""Answering a correction request: the fields asked for, and no other."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.cases.access import account_of_request
from bocage.cases.applicant import certain
from bocage.cases.engine import Refused, evaluate_form
from bocage.cases.forms import error_links, field_parameters, posted_answers
from bocage.cases.households import is_own, members_of, settled
from bocage.cases.models import Case
from bocage.cases.operations import Conflict, add_document, answer_correction, open_answers
from bocage.cases.operations.store import moment
from bocage.cases.schema import FormField
from bocage.cases.signers import asked_of
from bocage.cases.timeline import decision_of
from bocage.cases.views.guard import CHANGED, TYPED, case_view, drop_stash, stashed_post
from bocage.cases.views.limits import TOO_MANY_FILES, may_upload
from bocage.identity.actors import actor_of
from bocage.territory.queries import today


@require_http_methods(["GET", "POST"])
@case_view
def case_correct(request: HttpRequest, case: Case) -> HttpResponse:
    """Answer; an answer that changes nothing is asked about once, then sent if one means it."""
    if not case.correction:
        messages.info(request, _("Aucune correction n’est attendue sur cette demande."))
        return redirect("case_page", case.reference)
    document, now = case.version.document, timezone.now()
    wanted = [document.by_id[key] for key in case.correction["fields"] if key in document.by_id]
    names = {field.id for field in wanted}
    before = open_answers(case.answers)
    values = before | (sure := {key: value for key, value in certain(case).items() if key in names})
    errors: dict[str, str] = {}
    unchanged = False
    author = account_of_request(request)
    kept_post = stashed_post(request) if request.method == "GET" else None
    sent = kept_post or request.POST
    said = sent.get("message", "").strip()
    if kept_post is not None:
        typed = posted_answers(document, kept_post)
        values |= {key: value for key, value in typed.items() if key in names} | sure
        messages.success(request, TYPED)
    if request.method == "POST":
        own = is_own(author, case)
        answers, errors = settled(case, posted_answers(document, request.POST), own=own, now=now)
        for field in wanted:
            if field.kind == "file":
                answers[field.id] = _corrected_files(request, case, field, values.get(field.id) or [], errors, now)
        values |= {key: value for key, value in answers.items() if key in names} | sure
        unchanged = not errors and not said and not _changed(case, names, before, values, now)
        if not errors and (not unchanged or "_same" in request.POST):
            try:
                answer_correction(case, answers, actor=actor_of(request), now=now, message=said, author=author)
            except Refused as refused:
                errors = refused.errors or {"": refused.message}
            except Conflict:
                messages.warning(request, CHANGED)
                return redirect("case_page", case.reference)
            else:
                drop_stash(request)
                messages.success(request, _("Merci, votre réponse est envoyée. L’étude de votre demande reprend."))
                return redirect("case_page", case.reference)
    form = evaluate_form(document, values, moment(now), agent_answers=open_answers(case.agent_answers))
    documents = {item.key: item for item in case.documents.all()}
    asks_someone = any(field.kind == "household_person" for field in wanted)
    household = members_of(case, today(now)) if asks_someone and is_own(author, case) else {}
    context = {
        "case": case,
        "procedure": case.procedure,
        "fields": [
            field_parameters(
                field,
                values.get(field.id),
                certain=field.id in sure,
                error=errors.get(field.id, ""),
                required=field.id in form.required,
                documents=documents,
                reference=case.reference,
                household=household,
            )
            for field in wanted
        ],
        "shown": [field.id for field in wanted],
        "links": _links(case, errors),
        "errors": {"message": "", **errors},
        "message": case.correction["message"],
        "said": said,
        "signed": _signed(case),
        # Asked once: a message, or the second button, and it leaves.
        "unchanged": (unchanged or "message" in sent) and not errors.keys() & names,
    }
    return render(request, "cases/correct.html", context, status=422 if errors or unchanged else 200)


def _signed(case: Case) -> list[str]:
    """The names of those who signed what a correction may change, each once."""
    names = dict.fromkeys(one.row["name"] for one in asked_of(case) if one.signed)
    return list(names) if names and decision_of(case) is None else []


def _links(case: Case, errors: dict[str, str]) -> list[dict[str, str]]:
    links = error_links(case.version.document, {key: text for key, text in errors.items() if key != "message"})
    return links + ([{"target": "f-message", "message": errors["message"]}] if "message" in errors else [])


def _changed(case: Case, wanted: Iterable[str], before: dict[str, Any], values: dict[str, Any], now: datetime) -> bool:
    """Whether one of the fields asked for says something else than before, once understood.

    What cannot be understood, or is missing, counts as a change: the engine has its own words for it.
    """
    document = case.version.document
    form = evaluate_form(document, values, moment(now), agent_answers=open_answers(case.agent_answers))
    known = evaluate_form(document, before, moment(now), agent_answers=open_answers(case.agent_answers)).values
    return any(key in form.errors or key in form.missing or form.values.get(key) != known.get(key) for key in wanted)


def _corrected_files(
    request: HttpRequest, case: Case, field: FormField, before: list[str], errors: dict[str, str], now: datetime
) -> list[str]:
    """The files of a field once corrected: the latest ones, those sent before an error of another file included."""
    own = set(case.documents.filter(field=field.id).values_list("key", flat=True))
    sent = [key for key in request.POST.getlist(f"{field.id}.keep") if key in own and key not in before]
    removed = set(request.POST.getlist(f"{field.id}.remove"))
    kept = [key for key in [*before, *sent] if key not in removed]
    uploads = request.FILES.getlist(field.id)
    if len(uploads) > field.max_files:
        errors[field.id] = _("Joignez %(count)s fichiers au plus.") % {"count": field.max_files}
    for upload in uploads[: field.max_files]:
        if not may_upload(request):
            errors[field.id] = str(TOO_MANY_FILES)
            break
        try:
            kept.append(add_document(case, upload, field=field, actor=actor_of(request), now=now).key)
        except Refused as refused:
            errors[field.id] = refused.message
    return kept[-field.max_files :]
