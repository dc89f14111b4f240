"""What every desk view of a case shares: the door, the agent, the answer when someone else was quicker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bocage.cases.engine import Refused
from bocage.cases.entrusting import handler_of
from bocage.cases.models import Case
from bocage.cases.operations import Conflict
from bocage.cases.queries import agent_case, case_role
from bocage.identity.models import Account
from bocage.identity.queries import request_scope
from bocage.identity.scope import Scope
from bocage.territory.queries import today

P = ParamSpec("P")
CHANGED = _(
    "Quelqu’un a modifié ce dossier pendant que vous le lisiez. Rien n’est perdu : relisez-le ci-dessous, "
    "puis recommencez si c’est encore utile."
)


@contextmanager
def telling(request: HttpRequest, done: str = "") -> Iterator[None]:
    """What a button asks for: the next page says that it is ``done``, why it is refused, or that someone was quicker.

    For buttons that lead back to the same page whatever comes of them.
    """
    try:
        yield
    except Refused as refused:
        messages.error(request, refused.message)
    except Conflict:
        messages.warning(request, CHANGED)
    else:
        if done:
            messages.success(request, done)


def agent_of(request: HttpRequest) -> Account:
    """The signed-in agent: the desk's door lets nobody else through."""
    return cast(Account, request.user)


def scope_of_request(request: HttpRequest) -> Scope:
    """The agent's reach."""
    return request_scope(request, today(timezone.now()))


def desk_case(
    view: Callable[Concatenate[HttpRequest, Case, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Give the view its case. Out of the agent's reach, or unknown: 404 alike, nobody learns that a case exists.

    Who only follows a case that is in other hands (``entrusting``) posts nothing there, but through ``followed_case``.
    """
    return _door(view, followers=False)


def followed_case(
    view: Callable[Concatenate[HttpRequest, Case, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """``desk_case`` for what those who only follow a case may do as well: read it, write a note."""
    return _door(view, followers=True)


def _door(
    view: Callable[Concatenate[HttpRequest, Case, P], HttpResponseBase], *, followers: bool
) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def wrapped(request: HttpRequest, reference: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        account, day = agent_of(request), today(timezone.now())
        case = agent_case(account, reference, day)
        if case is None:
            raise Http404
        if request.method == "POST" and not followers and case.custody and case_role(account, case, day) == "follower":
            messages.error(request, told_follower(case))
            return redirect("cases_desk", case.reference)
        return view(request, case, *args, **kwargs)

    return wrapped


def told_follower(case: Case) -> str:
    """What whoever only follows a case reads when they would change it."""
    text = gettext("Ce dossier est en d’autres mains (%(who)s) : vous le suivez, sans le modifier.")
    return text % {"who": handler_of(case).name}


def seen_revision(request: HttpRequest, case: Case) -> bool:
    """Whether the case is still as the posted page showed it; a page that does not say is taken at its word."""
    told = request.POST.get("revision", "")
    return not told or told == str(case.revision)


def seen_answer(request: HttpRequest, case: Case) -> datetime | None:
    """The applicant's answer that the posted page showed; a page that does not say is taken at its word."""
    told = request.POST.get("answered")
    if told is None:
        return case.answered_at
    try:
        return parse_datetime(told[:40])
    except ValueError:
        return None


def text_of(request: HttpRequest, name: str, limit: int = 5_000) -> str:
    """A posted text, bounded."""
    return request.POST.get(name, "")[:limit]


def number_of(text: str, default: int = 0) -> int:
    """A whole number typed or forged; ``default`` for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else default
