"""Passing an entrusted case to the community, and giving it back: one page, one note, one button."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.cases.desk_views.common import (
    CHANGED,
    agent_of,
    followed_case,
    scope_of_request,
    seen_revision,
    text_of,
)
from bocage.cases.engine import Refused
from bocage.cases.entrusting import handler_of, head_of, may_give_back, may_pass
from bocage.cases.models import Case
from bocage.cases.operations import Conflict, give_back, pass_on
from bocage.cases.queries import case_role
from bocage.identity.actors import actor_of
from bocage.identity.scope import Scope
from bocage.messaging.letterhead import Letterhead, letterhead
from bocage.territory.queries import today


def hands_of(case: Case, scope: Scope) -> dict[str, Any]:
    """What a case's page says of the hands it is in; nothing of a case that was entrusted to nobody."""
    if case.agreement is None:
        return {}
    return {"hands": handler_of(case), "passable": may_pass(scope, case), "returnable": may_give_back(scope, case)}


def _target(case: Case, scope: Scope) -> Letterhead:
    """To whom this agent may hand it. Raises Http404 where they may not."""
    if case.agreement is not None and may_give_back(scope, case):
        return head_of(case.agreement)
    if may_pass(scope, case):
        return letterhead(None)
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@followed_case
def pass_case(request: HttpRequest, case: Case) -> HttpResponseBase:
    """« Passer à la communauté de communes », or back."""
    scope = scope_of_request(request)
    to, note, status = _target(case, scope), text_of(request, "note"), 200
    error = ""
    if request.method == "POST" and not seen_revision(request, case):
        messages.warning(request, CHANGED)
        status = 409
    elif request.method == "POST":
        hand = give_back if may_give_back(scope, case) else pass_on
        now = timezone.now()
        try:
            hand(case, note, agent=agent_of(request), actor=actor_of(request), now=now)
        except Refused as refused:
            error, status = refused.errors.get("note", refused.message), 422
        except Conflict:
            messages.warning(request, CHANGED)
            return redirect("cases_pass", case.reference)
        else:
            told = _("C’est fait : %(who)s s’occupe maintenant de ce dossier. La personne le lit sur sa page de suivi.")
            messages.success(request, told % {"who": to.name})
            gone = case_role(agent_of(request), case, today(now)) is None
            return redirect("cases_worklist") if gone else redirect("cases_desk", case.reference)
    context = {
        "case": case,
        "procedure": case.procedure,
        "to": to,
        "back": may_give_back(scope, case),
        "typed": note,
        "error": error,
        "links": [{"target": "f-note", "message": error}] if error else [],
    }
    return render(request, "cases/desk/pass.html", context, status=status)
