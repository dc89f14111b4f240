"""Filling in a draft: step by step, saved field by field, checked once more before it is sent."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bocage.cases.access import account_of_request
from bocage.cases.applicant import certain
from bocage.cases.engine import Form, Refused, evaluate_form
from bocage.cases.files import take_files
from bocage.cases.forms import REFUSED, SHOWN, error_links, field_parameters, posted_answers, shown_values, told_fields
from bocage.cases.households import is_own, members_of
from bocage.cases.models import Case
from bocage.cases.operations import (
    Conflict,
    discard_draft,
    save_answers,
    submit_case,
    upgrade_draft,
)
from bocage.cases.operations.drafts import CLOSED, reread
from bocage.cases.operations.store import moment
from bocage.cases.queries import is_closed
from bocage.cases.schema import FormField, Step
from bocage.cases.summary import parts_of
from bocage.cases.views.guard import TYPED, case_view, code_shown_once, drop_stash, stashed_post
from bocage.cases.views.limits import count_links, links_asked, links_refused, may_upload
from bocage.cases.views.problems import all_problems, problem_links, rule_links
from bocage.cases.views.public import near_context
from bocage.identity.actors import actor_of
from bocage.territory.queries import today
from bocage.ui.typography import typeset

UPGRADE_ATTEMPTS = 3


def form_of(case: Case) -> Form:
    """The draft's form as it stands."""
    return evaluate_form(case.version.document, {**shown_values(case), **certain(case)}, moment(timezone.now()))


def _step(form: Form, step_id: str) -> Step:
    for step in form.steps:
        if step.id == step_id:
            return step
    raise Http404


def _moved_on(request: HttpRequest, case: Case) -> bool:
    """Whether the draft has just followed its procedure's new version; the person is told. Raises Refused, Conflict."""
    moved = False
    for _attempt in range(UPGRADE_ATTEMPTS):
        try:
            moved = upgrade_draft(case, now=timezone.now())
            break
        except Conflict:  # another window was quicker: it has moved the draft on, or saved into it
            reread(case)
    else:
        raise Conflict
    if not moved:
        return False
    text = _("Cette démarche a changé depuis votre dernière visite. Vos réponses sont gardées : relisez-les.")
    messages.info(request, text)
    return True


@require_GET
@case_view
def case_resume(request: HttpRequest, case: Case) -> HttpResponse:
    """Go where the draft was left."""
    if not case.is_draft:
        return redirect("case_page", case.reference)
    form = form_of(case)
    last = next((index for index, step in enumerate(form.steps) if step.id == case.step), None)
    if last is None:
        return redirect("case_step", case.reference, form.steps[0].id)
    if not form.problems_of(form.steps[last]):  # the last page sent is complete: on to the next
        last += 1
    if last == len(form.steps):
        return redirect("case_check", case.reference)
    return redirect("case_step", case.reference, form.steps[last].id)


@require_http_methods(["GET", "POST"])
@case_view
def case_code(request: HttpRequest, case: Case) -> HttpResponse:
    """The tracking code, shown to whoever started without an account until they say that it is noted."""
    if request.method == "POST":
        request.session.pop("tracking", None)
        return redirect("case_resume", case.reference)
    kept = request.session.get("tracking", {})
    code = code_shown_once(kept) if kept.get("reference") == case.reference else None
    return render(request, "cases/code.html", {"case": case, "code": code})


@require_http_methods(["GET", "POST"])
@case_view
def case_step(request: HttpRequest, case: Case, step_id: str) -> HttpResponse:
    """One step: shown, saved, then on to the next."""
    if not case.is_draft:
        messages.info(request, _("Cette demande est déjà envoyée. La voici."))
        return redirect("case_page", case.reference)
    if request.method == "POST":
        return _save_step(request, case, step_id)
    form = form_of(case)
    step = _step(form, step_id)
    values = shown_values(case)
    kept = stashed_post(request)
    if kept is not None:
        values |= posted_answers(case.version.document, kept)
        messages.success(request, TYPED)
    errors = (
        form.problems_of(step)
        if request.GET.get("revoir")
        else {k: v for k, v in form.errors.items() if k in _ids(step)}
    )
    return _show_step(request, case, form, step, values, errors)


def _ids(step: Step) -> set[str]:
    return {field.id for field in step.fields}


def _show_step(
    request: HttpRequest,
    case: Case,
    form: Form,
    step: Step,
    values: dict[str, Any],
    errors: dict[str, str],
    *,
    status: int = 200,
    revealed: bool = False,
) -> HttpResponse:
    number = [item.id for item in form.steps].index(step.id)
    context = {
        **_fields_context(request, case, form, step, values, errors),
        "case": case,
        "procedure": case.procedure,
        "step": step,
        "number": number + 1,
        "total": len(form.steps) + 1,
        "steps": _progress(case, form, step.id),
        "previous": form.steps[number - 1] if number else None,
        "links": error_links(case.version.document, errors),
        "revealed": revealed,
        "save_url": reverse("case_autosave", args=[case.reference]),
        "has_map": any(field.kind == "place" for field in step.fields),
        "anonymous": account_of_request(request) is None,
        **near_context(case, form),
    }
    return render(request, "cases/step.html", context, status=status)


def _fields_context(
    request: HttpRequest, case: Case, form: Form, step: Step, values: dict[str, Any], errors: dict[str, str]
) -> dict[str, Any]:
    documents = {document.key: document for document in case.documents.all()}
    shown = [field for field in step.fields if field.id in form.visible and not field.agent]
    own = is_own(account_of_request(request), case) and any(field.kind == "household_person" for field in shown)
    household = members_of(case, today(timezone.now())) if own else {}
    values = values | (sure := certain(case))
    return {
        "fields": [
            field_parameters(
                field,
                form.values.get(field.id) if field.kind == "computed" else values.get(field.id),
                certain=field.id in sure,
                error=errors.get(field.id, ""),
                required=field.id in form.required,
                documents=documents,
                own=case.mandate_id is None and case.entered_by_id is None,
                save_url=reverse("case_autosave", args=[case.reference]),
                reference=case.reference,
                household=household,
            )
            for field in shown
        ],
        "shown": [field.id for field in shown],
    }


def _progress(case: Case, form: Form, current: str) -> list[dict[str, Any]]:
    reached = False
    steps = []
    for item in form.steps:
        reached = reached or item.id == current
        steps.append(
            {
                "label": item.title,
                "url": reverse("case_step", args=[case.reference, item.id]),
                "current": item.id == current,
                "done": not reached and not form.problems_of(item),
            }
        )
    check = {"label": _("Vérifier et envoyer"), "url": reverse("case_check", args=[case.reference])}
    return [*steps, {**check, "current": current == "", "done": False}]


def _save_step(request: HttpRequest, case: Case, step_id: str) -> HttpResponse:
    known = {step.id for step in case.version.document.steps}
    try:
        _moved_on(request, case)
    except Refused as refused:
        return _elsewhere(request, case, refused)
    except Conflict:
        return _two_windows(request, case, step_id)
    now, document = timezone.now(), case.version.document
    if step_id not in known | {step.id for step in document.steps}:
        raise Http404  # a step of the version one was shown may be gone: what was typed there is kept all the same
    post = told_fields(document.by_id, request.POST)
    shown = set(post.getlist(SHOWN))
    answers = posted_answers(document, post)
    try:
        files, file_errors = take_files(request, case, shown, actor=actor_of(request), may=may_upload)
        own = is_own(account_of_request(request), case)
        save_answers(case, answers, now=now, step=step_id, files=files, household=own)
    except Refused as refused:
        return _elsewhere(request, case, refused)
    except Conflict:
        return _two_windows(request, case, step_id)
    drop_stash(request)
    form = form_of(case)
    step = next((item for item in form.steps if item.id == step_id), None)
    if "_add" in request.POST:
        return redirect(f"{reverse('case_step', args=[case.reference, step_id])}#f-{request.POST['_add']}")
    if "_later" in request.POST:
        return redirect("case_saved", case.reference)
    if step is None:
        return redirect("case_resume", case.reference)
    problems = {**form.problems_of(step), **file_errors}
    new = {field.id for field in step.fields if field.id in form.visible and not field.agent} - shown
    if SHOWN not in request.POST:
        new = set()  # a form that does not say what it showed is taken for the whole page
    if problems:
        # Questions that this answer has just brought up are asked, not blamed.
        told = {key: text for key, text in problems.items() if key not in new}
        return _show_step(
            request,
            case,
            form,
            step,
            shown_values(case),
            told,
            status=422 if told else 200,
            revealed=bool(new) and not told,
        )
    if any(field.id in new and field.compute is None for field in step.fields):  # optional questions and notes too
        return _show_step(request, case, form, step, shown_values(case), {}, revealed=True)
    index = [item.id for item in form.steps].index(step_id)
    if index + 1 < len(form.steps):
        return redirect("case_step", case.reference, form.steps[index + 1].id)
    return redirect("case_check", case.reference)


def _two_windows(request: HttpRequest, case: Case, step_id: str) -> HttpResponse:
    text = _("Cette demande est ouverte dans deux fenêtres. Vérifiez vos réponses, puis continuez.")
    messages.warning(request, text)
    return redirect("case_step", case.reference, step_id)


def _elsewhere(request: HttpRequest, case: Case, refused: Refused) -> HttpResponse:
    """Why nothing is saved, on the case's page; on its procedure's when the draft is gone."""
    messages.warning(request, refused.message)
    if Case.objects.filter(pk=case.pk).exists():
        return redirect("case_page", case.reference)
    return redirect("procedure", case.procedure.slug)


@require_POST
@case_view
def case_autosave(request: HttpRequest, case: Case) -> HttpResponse:
    """Save what is typed, field by field; answers what to show: errors, and the fields when they change."""
    if not case.is_draft:
        return JsonResponse({"state": "sent", "url": reverse("case_page", args=[case.reference])}, status=409)
    shown = request.POST.getlist(SHOWN)
    if not shown:  # every page says what it shows: this one arrived cut, and nothing of it is kept
        return JsonResponse({"state": "unread"}, status=400)
    try:
        own = is_own(account_of_request(request), case)
        answers = posted_answers(case.version.document, request.POST)
        errors = save_answers(case, answers, now=timezone.now(), household=own)
    except (Refused, Conflict):
        return JsonResponse({"state": "again"}, status=409)
    form = form_of(case)
    step = next((item for item in form.steps if item.id == request.POST.get("_step")), None)
    body: dict[str, Any] = {"state": "saved", "errors": errors}
    if step is not None:
        context = _fields_context(request, case, form, step, shown_values(case), errors)
        mended = set(request.POST.getlist(REFUSED)) - set(errors)
        if (
            mended
            or context["shown"] != shown
            or any(_worked_out(field, form, errors, request.POST) for field in step.fields)
        ):
            body |= {"html": typeset(render_to_string("cases/fields.html", context, request=request))}
    return JsonResponse(body)


def _worked_out(field: FormField, form: Form, errors: dict[str, str], post: QueryDict) -> bool:
    """Whether the server knows more of a field than its page: a total, the commune of a point, why it is refused."""
    if field.kind == "place":
        if field.id in errors:  # one who has told half of it is still telling: only a point that is wrong is said now
            return bool(post.get(f"{field.id}.lat"))
        return (form.values.get(field.id) or {}).get("commune", "") != post.get(f"{field.id}.commune", "")
    return field.kind in {"computed", "amounts_table"}


@require_http_methods(["GET", "POST"])
@case_view
def case_check(request: HttpRequest, case: Case) -> HttpResponse:
    """Everything on one page, then send. Sent twice, it is one case and the same receipt."""
    if not case.is_draft:
        return redirect("case_page", case.reference)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            if _moved_on(request, case):
                return redirect("case_check", case.reference)
            asked = links_asked(case)
            if full := links_refused(request, asked):
                raise Refused(next(iter(full.values())), full)
            case = submit_case(case, actor=actor_of(request), now=timezone.now())
            count_links(request, asked)
        except Refused as refused:
            if not Case.objects.filter(pk=case.pk).exists():
                return _elsewhere(request, case, refused)
            errors = refused.errors or {"": refused.message}
        except Conflict:
            errors = {"": _("Cette demande est ouverte dans deux fenêtres. Relisez-la, puis envoyez-la.")}
        else:
            return redirect("case_sent", case.reference)
    form = form_of(case)
    if errors.get("") in form.forbidden:
        del errors[""]  # told below, with the way to what it is about
    closed = case.entered_by_id is None and is_closed(case.procedure, today(timezone.now()))
    problems = [*problem_links(case, {**all_problems(form), **errors}), *rule_links(case, form)]
    context = {
        "case": case,
        "procedure": case.procedure,
        "closed": closed,
        "document": case.version.document,
        "parts": [
            {**part, "url": reverse("case_step", args=[case.reference, part["id"]])} for part in parts_of(case, form)
        ],
        "steps": _progress(case, form, ""),
        "number": len(form.steps) + 1,
        "total": len(form.steps) + 1,
        "problems": [{"url": "", "message": CLOSED}] if closed else problems,
        "ready": form.sendable,
        **near_context(case, form),
    }
    return render(request, "cases/check.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
@case_view
def case_discard(request: HttpRequest, case: Case) -> HttpResponse:
    """Throw a draft away, after asking."""
    if not case.is_draft:
        return redirect("case_page", case.reference)
    if request.method == "GET":
        return render(request, "cases/discard.html", {"case": case})
    try:
        discard_draft(case, actor=actor_of(request), now=timezone.now())
    except (Refused, Conflict):
        messages.warning(request, _("Cette demande a changé entre-temps. La voici."))
        return redirect("case_page", case.reference)
    messages.success(request, _("Le brouillon est effacé, avec ses documents."))
    return redirect("space" if request.user.is_authenticated else "home")
