"""The door of every view about one case: opens it, or sends to the page where one shows who one is."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base import crypto
from bocage.cases.access import SignInNeeded, opened
from bocage.cases.models import Case
from bocage.cases.views.limits import may_stash

P = ParamSpec("P")
STASH = "stash"
CHANGED = gettext_lazy("Cette demande vient de changer. La voici à jour.")
MAX_STASH = 40_000  # characters of a form kept through a sign-in
TYPED = gettext_lazy("Voici ce que vous aviez tapé. Vérifiez, puis continuez.")
SHOWN_ON = {"case_message": "case_page"}  # forms whose address shows nothing by itself


def case_view(
    view: Callable[Concatenate[HttpRequest, Case, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, str, P], HttpResponseBase]:
    """Give the view its case. What a form holds when the session has run out is kept until one is back."""

    @wraps(view)
    def wrapped(request: HttpRequest, reference: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            case = opened(request, reference)
        except SignInNeeded:
            return _to_the_door(request, reference)
        return view(request, case, *args, **kwargs)

    public: Callable[Concatenate[HttpRequest, str, P], HttpResponseBase] = login_not_required(wrapped)
    return public


def _page_of(request: HttpRequest) -> str:
    """The address of the page that holds the form."""
    match = request.resolver_match
    if match is None or match.url_name not in SHOWN_ON:
        return request.path
    return reverse(SHOWN_ON[match.url_name], kwargs=match.kwargs)


def _to_the_door(request: HttpRequest, reference: str) -> HttpResponse:
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"state": "out"}, status=403)  # the page says so and keeps what is typed
    if request.method == "POST":
        kept = {key: request.POST.getlist(key) for key in request.POST if key != "csrfmiddlewaretoken"}
        if not may_stash(request):  # each would be a row of sessions: nobody fills the table without signing in
            text = _("Vous avez été déconnecté. Votre saisie n’a pas pu être gardée.")
        elif sum(len(key) + sum(map(len, values)) for key, values in kept.items()) <= MAX_STASH:
            # Sessions are rows of the database and of its copies: what people typed waits there sealed.
            try:
                request.session[STASH] = {"path": _page_of(request), "sealed": crypto.seal_json(kept)}
            except crypto.KeysMissing:
                messages.warning(request, _("Vous avez été déconnecté. Votre saisie n’a pas pu être gardée."))
                return _door(request, reference)
            text = _("Vous avez été déconnecté. Votre saisie est gardée : identifiez-vous pour la retrouver.")
            if request.FILES:
                text += " " + _("Les fichiers choisis seront à joindre à nouveau.")
        else:
            text = _("Vous avez été déconnecté. Votre dernière page était trop longue pour être gardée.")
        messages.warning(request, text)
    return _door(request, reference)


def to_the_door_if_shut(request: HttpRequest, reference: str) -> HttpResponse | None:
    """The way to « Suivre ma demande », what was typed kept; None for whoever opens the case."""
    try:
        opened(request, reference)
    except SignInNeeded:
        return _to_the_door(request, reference)
    except Http404:
        pass
    return None


def _door(request: HttpRequest, reference: str) -> HttpResponse:
    query = urlencode({"reference": reference, "next": _page_of(request)})
    return redirect(f"{reverse('track')}?{query}")


def take_stash(request: HttpRequest) -> dict[str, list[str]] | None:
    """What was typed on this page before the session ran out, if anything; it stays until it is sent."""
    stash: dict[str, Any] | None = request.session.get(STASH)
    if not stash or stash["path"] != _page_of(request):
        return None
    try:
        data: dict[str, list[str]] = crypto.unseal_json(stash["sealed"])
    except (
        KeyError,
        crypto.Unreadable,
        crypto.KeysMissing,
    ):  # kept by an earlier version, or under a key that was taken out since
        return None
    return data


def stashed_post(request: HttpRequest) -> QueryDict | None:
    """The same, as a posted form is read."""
    stash = take_stash(request)
    if stash is None:
        return None
    post = QueryDict(mutable=True)
    for key, kept in stash.items():
        post.setlist(key, kept)
    return post


def drop_stash(request: HttpRequest) -> None:
    """Forget what was kept: it has been sent."""
    if request.session.get(STASH, {}).get("path") == _page_of(request):
        del request.session[STASH]


def shown_once(code: str) -> dict[str, str]:
    """A tracking code on its way to the page that shows it: sealed in the session, where keys are."""
    try:
        return {"sealed": crypto.seal(code)}
    except crypto.KeysMissing:
        return {"code": code}


def code_shown_once(kept: dict[str, str]) -> str | None:
    """The code that ``shown_once`` put away; None when it cannot be opened any more."""
    try:
        return crypto.unseal(kept["sealed"]) if "sealed" in kept else kept.get("code")
    except (crypto.Unreadable, crypto.KeysMissing):
        return None
