"""Where a form says it came from, followed only inside the house."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

MAX_WAY = 2000
"""Characters of an address; a longer one is nobody's page."""


def way_back(request: HttpRequest, wanted: str, otherwise: str) -> str:
    """``wanted`` when it is a path of this site, else ``otherwise``.

    A word without a slash passes Django's check (a browser reads it as relative) but is taken by ``redirect`` for the
    name of a view, which does not exist.
    """
    if not wanted.startswith("/") or len(wanted) > MAX_WAY:
        return otherwise
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if safe else otherwise
