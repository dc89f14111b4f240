"""A form posted without its cookies: that of a case keeps what was typed, as when a session has run out."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import REASON_NO_CSRF_COOKIE

from bocage.base import errors
from bocage.cases.views.guard import to_the_door_if_shut

FORMS = {"case_step", "case_correct", "case_message"}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Lead to « Suivre ma demande » with what was typed; everywhere else, the page of forms too old.

    Only where the browser has lost all its cookies: a form of another site was refused before, by its origin, and a
    session that opens the case takes nothing from a form without token.
    """
    match = request.resolver_match
    if reason == REASON_NO_CSRF_COOKIE and match is not None and match.url_name in FORMS:
        door = to_the_door_if_shut(request, str(match.kwargs["reference"]))
        if door is not None:
            return door
    return errors.csrf_failure(request, reason)
