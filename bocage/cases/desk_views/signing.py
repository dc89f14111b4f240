"""The signature book at the desk: an agent prepares a decision; whoever holds a delegation reads, signs, sends back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from bocage.cases.desk_views.common import CHANGED, agent_of, desk_case, telling, text_of
from bocage.cases.engine import Refused, needs_reason
from bocage.cases.models import Case, Proposal
from bocage.cases.operations import Conflict, prepare_decision, return_proposal, sign_proposal
from bocage.cases.preview import preview
from bocage.cases.queries import agent_case, case_role, signing_post
from bocage.cases.signature_book import PAGE, decisions_of, proposals_to_sign
from bocage.identity.actors import actor_of
from bocage.territory.queries import today

MOST = 20  # decisions read and signed on one page


@require_http_methods(["GET", "HEAD", "POST"])
@desk_case
def prepare(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Prepare a decision for whoever signs."""
    now, account = timezone.now(), agent_of(request)
    choices = decisions_of(case, now)
    if case_role(account, case, today(now)) not in {"agent", "manager"} or not choices:
        raise Http404
    only = choices[0].id if len(choices) == 1 and request.method != "POST" else ""
    typed = {"transition": text_of(request, "transition", 40) or only, "reason": text_of(request, "reason")}
    errors: dict[str, str] = {}
    shown: list[dict[str, Any]] = []
    chosen = next((item for item in choices if item.id == typed["transition"]), None)
    if request.method == "POST":
        if chosen is None:
            errors["transition"] = _("Choisissez la décision à préparer.")
        elif "see" in request.POST:
            shown = preview(case, chosen, typed["reason"], now)
        else:
            try:
                prepare_decision(
                    case, chosen.id, agent=account, actor=actor_of(request), now=now, reason=typed["reason"]
                )
            except Refused as refused:
                errors = refused.errors or {"": refused.message}
            else:
                messages.success(
                    request, _("Décision mise à la signature. Rien n’est envoyé avant qu’elle soit signée.")
                )
                return redirect("cases_desk", case.reference)
    document = case.version.document
    context = {
        "case": case,
        "procedure": case.procedure,
        "choices": [
            {
                "value": item.id,
                "label": item.label,
                "hint": _("Motif obligatoire") if needs_reason(document, item) else "",
            }
            for item in choices
        ],
        "always_reasoned": all(needs_reason(document, item) for item in choices),
        "typed": typed,
        "errors": {"transition": "", "reason": "", **errors},
        "links": [{"target": f"f-{key}" if key else "", "message": errors[key]} for key in errors],
        "preview": shown,
    }
    return render(request, "cases/desk/prepare.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def signatures(request: HttpRequest) -> HttpResponseBase:
    """The signature book: choose, read what people will receive, sign together."""
    now, account = timezone.now(), agent_of(request)
    waiting = {str(one.pk): one for one in proposals_to_sign(account, now)[:PAGE]}
    asked = request.POST.getlist("p") if request.method == "POST" else request.GET.getlist("p")
    chosen = [waiting[key] for key in dict.fromkeys(asked) if key in waiting][:MOST]
    if request.method == "POST":
        if any(key not in waiting for key in asked):
            messages.warning(
                request,
                _(
                    "Une décision que vous lisiez n’attend plus votre signature : son dossier a changé. "
                    "Elle n’est pas signée."
                ),
            )
            if not chosen:
                return redirect("cases_signatures")
        return _sign(request, chosen)
    context = {
        "reading": bool(chosen),
        "proposals": [_told(one, account, now, read=bool(chosen)) for one in (chosen or waiting.values())],
        "most": MOST,
    }
    return render(request, "cases/desk/signatures.html", context)


def _told(proposal: Proposal, account: Any, now: Any, *, read: bool) -> dict[str, Any]:
    """A prepared decision, with what the person will receive where it is read."""
    case = proposal.case
    try:
        item = case.version.document.workflow.transition(proposal.transition)
    except KeyError:
        raise Http404 from None
    return {
        "pk": proposal.pk,
        "case": case,
        "label": item.label,
        "reason": proposal.reason,
        "by": proposal.prepared_by,
        "at": proposal.prepared_at,
        "post": signing_post(account, case, today(now)) if read else None,
        "preview": preview(case, item, proposal.reason, now) if read else [],
    }


def _sign(request: HttpRequest, chosen: list[Proposal]) -> HttpResponse:
    """Sign one by one: a decision that cannot be signed any more keeps none of the others."""
    if not chosen:
        messages.warning(request, _("Choisissez au moins une décision à signer."))
        return redirect("cases_signatures")
    signed = 0
    for one in chosen:
        try:
            sign_proposal(one, agent=agent_of(request), actor=actor_of(request), now=timezone.now())
        except Refused as refused:
            messages.error(request, f"{one.case.reference} : {refused.message}")
        except Conflict:
            messages.warning(request, f"{one.case.reference} : {CHANGED}")
        else:
            signed += 1
    if signed:
        messages.success(request, ngettext("%d décision signée.", "%d décisions signées.", signed) % signed)
    return redirect("cases_signatures")


@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a prepared decision back to its agent, who may also take it back."""
    account = agent_of(request)
    proposal = get_object_or_404(Proposal.objects.select_related("case"), pk=pk)
    if agent_case(account, proposal.case.reference, today(timezone.now())) is None:
        raise Http404
    with telling(request, _("Décision renvoyée : l’agent lit votre mot sur le dossier.")):
        return_proposal(proposal, text_of(request, "note"), agent=account, actor=actor_of(request), now=timezone.now())
    return redirect("cases_signatures" if proposal.prepared_by_id != account.pk else "cases_worklist")
