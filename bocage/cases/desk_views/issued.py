"""Issued documents at the desk: what an agent of the site sees when they read a code, and what they do with it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bocage.cases import issued
from bocage.cases.desk_views.common import agent_of, telling
from bocage.cases.models import IssuedDocument
from bocage.cases.operations import declare_lost
from bocage.cases.queries import case_role
from bocage.cases.views.issued import pdf_response
from bocage.identity.actors import actor_of
from bocage.territory.queries import today

P = ParamSpec("P")


def desk_issued(
    view: Callable[Concatenate[HttpRequest, IssuedDocument, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Give the view its document; 404 alike for one that is unknown and one whose case is out of the agent's reach."""

    @wraps(view)
    def wrapped(request: HttpRequest, number: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        row = issued.by_number(number)
        role = case_role(agent_of(request), row.case, today(timezone.now())) if row is not None else None
        if row is None or role is None or (role == "follower" and request.method == "POST"):
            raise Http404
        return view(request, row, *args, **kwargs)

    return wrapped


@require_safe
@desk_issued
def check(request: HttpRequest, row: IssuedDocument) -> HttpResponseBase:
    """Whether it holds, whose it is, what is printed on it."""
    context = {
        "case": row.case,
        "procedure": row.case.procedure,
        "shown": issued.shown(row, timezone.now()),
        "facts": [{"label": _("Délivré à"), "value": row.case.applicant_name}, *issued.facts(row)],
        "on": today(timezone.now()),
    }
    return render(request, "cases/desk/issued.html", context)


@require_safe
@desk_issued
def paper(request: HttpRequest, row: IssuedDocument) -> HttpResponseBase:
    """The document as PDF, to print at the counter."""
    if issued.standing(row, today(timezone.now())) == "void":
        raise Http404
    return pdf_response(request, row, reverse("cases_issued", args=[row.number]))


@require_POST
@desk_issued
def lost(request: HttpRequest, row: IssuedDocument) -> HttpResponseBase:
    """Its holder says, at the counter or on the telephone, that it is lost or stolen."""
    with telling(request, _("Document annulé : il n’est plus valable. La personne en est prévenue.")):
        declare_lost(row, actor=actor_of(request), now=timezone.now())
    return redirect("cases_issued", row.number)
