"""What every answer says to browsers, whoever made it: pages, files, redirections, errors, static files.

``django.middleware.security`` and ``csp`` say the rest (HSTS, nosniff, referrer, opener, content policy). This is the
outermost of all but the request's id, so that nothing answers without it, and nothing is refused unwritten.
"""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import has_vary_header

from bocage.base import security_log

# What no page of ours uses; a script that would slip in could not either. Keys (WebAuthn) stay.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope", "hid",
        "magnetometer", "microphone", "midi", "payment", "serial", "usb", "browsing-topics",
    )
)  # fmt: skip
ALWAYS = {
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Resource-Policy": "same-origin",  # no other site shows our pictures or files as its own
    "X-Permitted-Cross-Domain-Policies": "none",
}
PERSONAL = "private, no-store"
"""On a library's computer the next visitor presses « back »: nothing of anyone's own stays in the browser."""
PUBLIC = "private, no-cache"


_FORGET = "_forget_in_browser"


def forget(request: HttpRequest) -> None:
    """Have the browser forget what it holds of this site, cookies aside: whoever used it has signed out."""
    setattr(request, _FORGET, True)


class Fences:
    """Middleware: headers that are the same everywhere, and no trace in the browser of what is someone's own.

    What reads the session is someone's own (Django then says ``Vary: Cookie``) when the browser holds one or is given
    one. An answer that says itself how long it may be kept is left as it is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, fenced."""
        response = self.get_response(request)
        security_log.tell_of(request, response)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        if getattr(request, _FORGET, False):
            response["Clear-Site-Data"] = '"cache", "storage"'
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = PERSONAL if _is_personal(request, response) else PUBLIC
        return response


def _is_personal(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the answer was made with a session that holds something."""
    session = getattr(request, "session", None)
    return has_vary_header(response, "Cookie") and session is not None and not session.is_empty()
