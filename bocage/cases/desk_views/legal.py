"""The legal clock at the desk: handing a misdirected case on, attestations and reasons asked at the counter or by post.

Paper is equal: whatever a person may ask for on their page, an agent asks for them (DESIGN.md rule 7).
"""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bocage.cases.desk_queries import communes_at_work
from bocage.cases.desk_views.acts import again
from bocage.cases.desk_views.common import CHANGED, agent_of, desk_case, seen_revision, telling, text_of
from bocage.cases.engine import Refused
from bocage.cases.models import Case
from bocage.cases.operations import Conflict, ask_reasons, forward_case, give_reasons, issue_attestation, send_rules
from bocage.cases.queries import case_role, signing_post
from bocage.identity.actors import actor_of
from bocage.identity.staff import services
from bocage.territory.queries import today


def _forward_page(
    request: HttpRequest, case: Case, typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    errors = errors or {}
    choices = [
        *(
            {"value": f"service:{name}", "label": _("Service %(name)s") % {"name": label}}
            for name, label in sorted(services().items(), key=lambda pair: pair[1])
            if name != case.service
        ),
        *(
            {"value": f"commune:{commune.insee}", "label": _("Mairie de %(name)s") % {"name": commune.name}}
            for commune in communes_at_work(today(timezone.now()))
        ),
        {"value": "outside", "label": _("Une autre administration, que j’indique ci-dessous")},
    ]
    known = {"target", "to", "address", "reason"}
    context = {
        "case": case,
        "procedure": case.procedure,
        "choices": choices,
        "typed": {"target": "", "to": "", "address": "", "reason": "", **typed},
        "errors": {"target": "", "to": "", "address": "", "reason": "", **errors},
        "links": [{"target": f"f-{key}" if key in known else "", "message": errors[key]} for key in errors],
        "accepts": case.version.document.silence.effect == "accept",
        "rejects": case.version.document.silence.effect == "reject",
    }
    return render(request, "cases/desk/forward.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_case
def forward(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Hand a misdirected case to who is competent (CRPA L114-2)."""
    if case.outcome:
        raise Http404
    if request.method != "POST":
        return _forward_page(request, case, {})
    now = timezone.now()
    limits = {"target": 60, "to": 160, "address": 400, "reason": 1_000}
    typed = {name: text_of(request, name, limit) for name, limit in limits.items()}
    if not seen_revision(request, case):
        messages.warning(request, CHANGED)
        return _forward_page(request, case, typed, status=409)
    try:
        forward_case(
            case,
            typed["target"],
            agent=agent_of(request),
            actor=actor_of(request),
            now=now,
            name=typed["to"],
            address=typed["address"],
            reason=typed["reason"],
        )
    except Refused as refused:
        return _forward_page(request, case, typed, refused.errors or {"": refused.message}, status=422)
    except Conflict:
        messages.warning(request, CHANGED)
        return _forward_page(request, case, typed, status=409)
    messages.success(request, _("La demande est transmise et la personne est prévenue."))
    if case_role(agent_of(request), case, today(now)) is None:
        return redirect("cases_worklist")  # it is no longer ours to read
    return redirect("cases_desk", case.reference)


@require_POST
@desk_case
def attestation(request: HttpRequest, case: Case) -> HttpResponseBase:
    """The attestation of an implied acceptance, asked for at the counter (CRPA L232-3)."""
    with telling(request, _("Attestation délivrée : elle est dans les documents, et la personne la reçoit.")):
        issue_attestation(case, actor=actor_of(request), now=timezone.now())
    return redirect(reverse("cases_desk", args=[case.reference]) + "#documents")


@require_POST
@desk_case
def rules(request: HttpRequest, case: Case) -> HttpResponseBase:
    """The rules applied, asked for at the counter (CRPA L311-3-1)."""
    with telling(request, _("Les règles appliquées sont envoyées à la personne.")):
        send_rules(case, actor=actor_of(request), now=timezone.now())
    return redirect("cases_desk", case.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_case
def reasons(request: HttpRequest, case: Case) -> HttpResponseBase:
    """The reasons of an implied rejection (CRPA L232-4): asked for by post or at the counter, then answered."""
    deadline = case.deadlines.filter(kind="reasons", closed=False).first()
    if request.method == "POST" and "ask" in request.POST:
        return _ask(request, case)
    if deadline is None:
        raise Http404
    typed, error, status = text_of(request, "reason"), "", 200
    if request.method == "POST":
        try:
            give_reasons(case, typed, agent=agent_of(request), actor=actor_of(request), now=timezone.now())
        except Refused as refused:
            error, status = refused.message, 422
        except Conflict:
            return again(request, case)
        else:
            messages.success(request, _("Motifs envoyés. La personne a de nouveau deux mois pour contester."))
            return redirect("cases_desk", case.reference)
    context = {
        "case": case,
        "procedure": case.procedure,
        "due": deadline.due_on,
        "typed": typed,
        "error": error,
        "links": [{"target": "f-reason", "message": error}] if error else [],
        "post": signing_post(agent_of(request), case, today(timezone.now())),
        "signer": agent_of(request),
    }
    return render(request, "cases/desk/reasons.html", context, status=status)


def _ask(request: HttpRequest, case: Case) -> HttpResponse:
    try:
        ask_reasons(case, actor=actor_of(request), now=timezone.now())
    except Refused as refused:
        messages.error(request, refused.message)
    except Conflict:
        return again(request, case)
    else:
        messages.success(request, _("Demande de motifs enregistrée : répondez-y dans le mois."))
    return redirect("cases_desk", case.reference)
