"""A form posted without its cookies: what was typed is kept, as when a session has run out."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.utils.translation import gettext as _

from bocage.base import errors
from bocage.cases.views.guard import to_the_door_if_shut
from bocage.cases.views.procedures import procedure_start

FORMS = {"case_step", "case_correct", "case_message"}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Lead to « Suivre ma demande » with what was typed, or give back the form that begins a request as it was filled;
    everywhere else, the page of forms too old.

    Only where the browser has lost all its cookies: a form of another site was refused before, by its origin, and a
    session that opens the case takes nothing from a form without token.
    """
    match = request.resolver_match
    if reason == REASON_NO_CSRF_COOKIE and match is not None and match.url_name in FORMS:
        door = to_the_door_if_shut(request, str(match.kwargs["reference"]))
        if door is not None:
            return door
    if reason == REASON_NO_CSRF_COOKIE and match is not None and match.url_name == "procedure_start":
        text = _("Votre navigateur avait perdu les cookies de ce site : rien n’est commencé. Envoyez de nouveau.")
        messages.warning(request, text)
        return procedure_start(request, str(match.kwargs["slug"]), again=True)
    return errors.csrf_failure(request, reason)
