"""Signing out at the provider too: whoever uses a library's computer must not leave FranceConnect open behind them."""

import logging

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from bocage.identity.federation import protocol
from bocage.identity.federation.providers import Provider, provider

logger = logging.getLogger(__name__)

SIGNED_IN = "federation_signed_in"
"""In the session: the provider through which it was opened, and its identity token, to leave there too."""
LEFT = "federation_left"
"""In the session: the state with which the provider sends the browser back."""


def address(request: HttpRequest, asked: Provider, name: str) -> str:
    """One of our addresses as the provider knows it; the demonstration's own takes the host that is being visited."""
    path = reverse(name, kwargs={"key": asked.key})
    return request.build_absolute_uri(path) if asked.is_stand_in else f"{settings.ENV.base_url}{path}"


def theirs(request: HttpRequest, asked: Provider, url: str) -> str:
    """An address of the provider to send the browser to; the demonstration's own is on the host that is visited."""
    here = f"{request.scheme}://{request.get_host()}"
    return url.replace(settings.ENV.base_url, here, 1) if asked.is_stand_in else url


def way_out(request: HttpRequest) -> tuple[str, str]:
    """Where to go to sign out at the provider through which one came, and the state it will send back.

    Both empty when one signed in otherwise, and when the provider does not answer.
    """
    opened = request.session.get(SIGNED_IN)
    asked = provider(opened["provider"]) if opened else None
    if opened is None or asked is None:
        return "", ""
    state = get_random_string(43)
    try:
        url = protocol.end_url(asked, opened["id_token"], state, address(request, asked, "federation_left"))
    except protocol.Unreachable as error:
        logger.warning("%s: not signed out there: %s", asked.key, error)
        messages.warning(
            request,
            _("%(name)s ne répond pas : votre session y est peut-être encore ouverte. Fermez votre navigateur.")
            % {"name": asked.label},
        )
        return "", ""
    return theirs(request, asked, url), state
