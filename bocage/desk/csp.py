"""What Wagtail's own pages need beyond the house's content security policy, and nothing for ours.

Our screens of the desk are as strict as residents' pages: ``script-src 'self'; style-src 'self'``. Wagtail 8 writes
inline scripts after its date fields and its inline panels, sets styles from its editor, and shows drafts in a frame of
the same origin (docs/decisions/0004-desk-shell.md): only the pages of its own views are told so.
"""

from collections.abc import Callable
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from bocage.desk.access import desk_root

WAGTAIL = {
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],  # previews of pictures being sent
    "frame-src": [SELF],
    "frame-ancestors": [SELF],  # the preview of a draft beside its form
    "object-src": [NONE],
}


def is_wagtails(view: Callable[..., Any]) -> bool:
    """Whether a view is one of Wagtail's, or derives from one (the viewsets of an app)."""
    kind = getattr(view, "view_class", None)
    if isinstance(kind, type) and issubclass(kind, WagtailAdminTemplateMixin):
        return True
    return (view.__module__ if kind is None else kind.__module__).startswith("wagtail.")


class DeskPolicy:
    """Middleware, inside django-csp's: loosens the policy for Wagtail's own pages of the desk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Tell django-csp what to replace, once the view is known."""
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None and request.path.startswith(desk_root()) and is_wagtails(match.func):
            response._csp_replace = WAGTAIL  # type: ignore[attr-defined]
        return response
