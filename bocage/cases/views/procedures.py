"""Procedures on the portal: the list, the page with its three equal ways, help, and starting one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bocage.base import ratelimit
from bocage.base.dates import add_months, french_date
from bocage.base.once import key_of
from bocage.cases import printing
from bocage.cases.access import SignInNeeded, account_of_request, opened, references_opened, remember
from bocage.cases.applicant import is_proved
from bocage.cases.engine import Refused, evaluate_form
from bocage.cases.engine.fields import FieldError, clean
from bocage.cases.forms import error_links, posted_answers, question_parameters
from bocage.cases.models import Case, Procedure
from bocage.cases.operations import start_draft
from bocage.cases.operations.drafts import UNPROVED, earlier_answers, give_new_code
from bocage.cases.operations.store import moment
from bocage.cases.queries import cases_under, drafts_among, existing_drafts, open_procedures
from bocage.cases.schema import FormField, ProcedureDocument, Question
from bocage.cases.views.guard import shown_once
from bocage.cases.views.limits import EMAIL, may_mail, may_print
from bocage.identity.acting import MandateOver, NotCovered, Right, act_under, acting, lost, represented, usable
from bocage.identity.actors import actor_of
from bocage.identity.models import Mandate, Person
from bocage.identity.queries import person_of
from bocage.identity.representing import Represented
from bocage.territory.chosen import chosen_commune
from bocage.territory.queries import counters, today

PHONE = FormField(id="contact_phone", kind="phone", label="phone", required=False)
STARTS_PER_HOUR = 30
_CONTACT = {"contact": "f-email", "email": "f-email", "phone": "f-phone"}
"""Errors of the way to be reached, and the control to go to; « contact » is that of both, when neither is given."""


def _procedure(slug: str) -> tuple[Procedure, ProcedureDocument]:
    procedure = open_procedures().filter(slug=slug).first()
    if procedure is None or procedure.current is None:
        raise Http404
    return procedure, procedure.current.document


@login_not_required
@require_safe
def procedure_list(request: HttpRequest) -> HttpResponse:
    """Every procedure, as a list."""
    return render(request, "cases/procedures.html", {"procedures": open_procedures()})


@login_not_required
@require_safe
def procedure_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is, what to prepare, how long it takes, and three equal ways to go on."""
    procedure, document = _procedure(slug)
    choices = [
        {
            "label": _("Remplir en ligne"),
            "url": reverse("procedure_start", args=[slug]),
            "icon": "pen",
            "note": _("environ %(minutes)s minutes") % {"minutes": document.minutes},
        },
        {
            "label": _("Imprimer"),
            "url": reverse("procedure_print", args=[slug]),
            "icon": "print",
            "note": _("à remplir à la main"),
        },
        {
            "label": _("Être aidé"),
            "url": reverse("procedure_help", args=[slug]),
            "icon": "help",
            "note": _("au téléphone ou près de chez vous"),
        },
    ]
    now = timezone.now()
    silence = french_date(add_months(today(now), document.silence.months)) if document.silence.effect != "none" else ""
    context = {"procedure": procedure, "document": document, "choices": choices, "silence_date": silence}
    return render(request, "cases/procedure.html", context)


@login_not_required
@require_safe
def procedure_help(request: HttpRequest, slug: str) -> HttpResponse:
    """How to be helped with this procedure: telephone, counters, paper, someone one trusts."""
    procedure, document = _procedure(slug)
    found = counters(chosen_commune(request), timezone.now())[:5]
    return render(
        request, "cases/procedure_help.html", {"procedure": procedure, "document": document, "counters": found}
    )


@login_not_required
@require_safe
def procedure_print(request: HttpRequest, slug: str) -> HttpResponse:
    """The blank form, as PDF; where PDF is off, as a page to print."""
    procedure, document = _procedure(slug)
    if not printing.available():
        return render(request, "cases/print_form.html", printing.blank_form_context(procedure, document))
    assert procedure.current is not None
    paper = printing.kept_blank_form(procedure.current)
    if paper is None:
        if not may_print(request):
            return render(request, "cases/too_many.html", status=429)
        paper = printing.blank_form(procedure.current)
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slug}.pdf"'
    return response


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def procedure_start(request: HttpRequest, slug: str, *, again: bool = False) -> HttpResponse:
    """Eligibility questions first; then a draft, on one's account or under a tracking code.

    ``again`` gives the form back as it was filled and begins nothing: it came without its token.
    """
    procedure, document = _procedure(slug)
    account = account_of_request(request)
    person = person_of(account) if account else None
    now = timezone.now()
    earlier = _earlier(request, procedure)
    taken_up = _taken_up(request, procedure)
    mandates = _usable_mandates(request, procedure) if account and taken_up is None else []
    unproved = _unproved(document, taken_up, person, mandates)
    errors: dict[str, str] = {}
    answers: dict[str, Any] = {}
    refused: tuple[Question, ...] = ()
    if request.method == "POST" and not unproved:
        answers = posted_answers(document, request.POST)
        form = evaluate_form(document, answers, moment(now))
        refused = form.refused
        for question in document.eligibility:
            if question.id in form.missing:
                errors[question.id] = _("Choisissez une réponse à « %(label)s ».") % {"label": question.label}
        needed = document.contact == "required"
        email, phone = _contact(request, errors, required=needed) if account is None else ("", "")
        mandate = taken_up or next((item for item in mandates if str(item.pk) == request.POST.get("for")), None)
        if mandate is not None:
            act_under(request, mandate)
        if again:
            errors, refused = {}, ()  # said once it is sent again
        elif refused:
            errors = {}  # nothing to mend: only why it cannot be asked for
        elif not errors:
            if not may_start(request, email):
                return render(request, "cases/too_many.html", status=429)
            applicant = mandate.principal if mandate else person
            if document.identity == "proved" and not is_proved(applicant):
                messages.warning(request, str(UNPROVED))
                return redirect("procedure", slug)
            taken = earlier_answers(earlier, document, applicant) if earlier is not None else {}
            try:
                case, code = start_draft(
                    procedure,
                    actor=actor_of(request),
                    now=now,
                    # What one begins for whom one represents by law is theirs, and stays so when that right ends.
                    account=None if isinstance(mandate, Represented) else account,
                    applicant=applicant,
                    mandate=mandate if isinstance(mandate, Mandate) else None,
                    contact_email=email,
                    contact_phone=phone,
                    answers=taken | {key: value for key, value in answers.items() if key in form.values},
                    once=key_of(request),
                )
            except Refused as error:
                return render(
                    request, "cases/closed.html", {"procedure": procedure, "reason": error.message}, status=409
                )
            if earlier is not None:
                messages.success(
                    request, _("Vos réponses d’avant sont reprises : relisez-les, puis joignez les pièces.")
                )
            if account is None:
                if not code and case.reference in references_opened(request):
                    return redirect("case_resume", case.reference)  # pressed again, after the code was shown
                code = code or give_new_code(case, actor=actor_of(request), now=now)
                remember(request, case)
                request.session["tracking"] = {"reference": case.reference, **shown_once(code)}
                return redirect("case_code", case.reference)
            return redirect("case_resume", case.reference)
    theirs = [*([person] if person else []), *(item.principal for item in mandates)]
    existing = (
        existing_drafts(procedure, account, theirs) if account else drafts_among(procedure, references_opened(request))
    )
    if taken_up is not None:
        existing = list(cases_under(taken_up).filter(procedure=procedure, state="").order_by("-updated_at")[:1])
    questions = [
        question_parameters(question, answers.get(question.id), errors.get(question.id, ""))
        for question in document.eligibility
    ]
    links = error_links(document, {key: text for key, text in errors.items() if key not in _CONTACT})
    links += [{"target": target, "message": errors[key]} for key, target in _CONTACT.items() if key in errors]
    context = {
        "procedure": procedure,
        "document": document,
        "questions": questions,
        "errors": {**dict.fromkeys(_CONTACT, ""), **errors},
        "links": links,
        "refused": refused,
        "existing": existing,
        "earlier": earlier,
        "person": person,
        "mandates": [
            {"pk": one.pk, "name": one.principal.full_name, "by_law": one.told if isinstance(one, Represented) else ""}
            for one in mandates
        ],
        "taken_up": taken_up,
        "unproved": unproved,
        "by_law": isinstance(taken_up, Represented),
        "posted": {key: request.POST.get(key, "") for key in ("email", "phone")},
        "contact_needed": document.contact == "required",
        "contact_hint": _("Indiquez au moins l’un des deux.")
        if document.contact == "required"
        else _("Pour recevoir les nouvelles. Vous pouvez aussi ne rien écrire : une référence et un code suffisent."),
    }
    status = 422 if errors or refused or again or (unproved and request.method == "POST") else 200
    return render(request, "cases/start.html", context, status=status)


def _unproved(
    document: ProcedureDocument, taken_up: Right | None, person: Person | None, mandates: list[Right]
) -> bool:
    """Whether the procedure wants an identity that is proved of none of those for whom this visitor may ask."""
    if document.identity != "proved":
        return False
    theirs = [taken_up.principal] if taken_up else [person, *(item.principal for item in mandates)]
    return not any(is_proved(one) for one in theirs)


def _earlier(request: HttpRequest, procedure: Procedure) -> Case | None:
    """The request that one starts over from (« Refaire »), if it is of this procedure and this visitor opens it."""
    reference = request.POST.get("comme") or request.GET.get("comme", "")
    if not reference:
        return None
    try:
        case = opened(request, reference[:20])
    except (SignInNeeded, Http404):
        return None
    return case if case.procedure_id == procedure.pk and not case.is_draft else None


def may_start(request: HttpRequest, email: str) -> bool:
    """Count one request begun: for a client address, and for the mailbox it writes to, which may be someone else's."""
    if not ratelimit.allow(request, "start", limit=STARTS_PER_HOUR, per_seconds=3600):
        return False
    return not email or may_mail(request, email)


def _taken_up(request: HttpRequest, procedure: Procedure) -> Right | None:
    """By what one acts for another, if at all. Raises MandateOver, or NotCovered where it is not for this procedure."""
    gone = lost(request)
    if gone is not None:
        raise MandateOver(gone.principal.full_name)
    mandate = acting(request)
    if mandate is not None and not mandate.covers(procedure.slug, procedure.service):
        raise NotCovered(mandate.principal.full_name)
    return mandate


def _usable_mandates(request: HttpRequest, procedure: Procedure) -> list[Right]:
    account, now = account_of_request(request), timezone.now()
    held: list[Right] = [*represented(account, now), *usable(account, now)] if account else []
    return [mandate for mandate in held if mandate.covers(procedure.slug, procedure.service)]


def _contact(request: HttpRequest, errors: dict[str, str], *, required: bool) -> tuple[str, str]:
    """Where to hear from us without an account: an e-mail or a telephone, checked; both empty if not ``required``."""
    email = request.POST.get("email", "").strip()
    phone = request.POST.get("phone", "").strip()
    if email:
        try:
            email = clean(EMAIL, email, today(timezone.now())) or ""
        except FieldError as error:
            errors["email"] = str(error)
    if phone:
        try:
            phone = clean(PHONE, phone, today(timezone.now())) or ""
        except FieldError as error:
            errors["phone"] = str(error)
    if not email and not phone and required:
        errors["contact"] = _("Indiquez au moins l’un des deux : une adresse électronique ou un téléphone.")
    return email, phone
