"""The outermost middleware: each request has an id, the same in its logs, its answer and its error page."""

import ipaddress
import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from bocage.base import logs

_ID = re.compile(r"[A-Za-z0-9\-]{8,64}")


def _from_our_proxy(request: HttpRequest) -> bool:
    """The peer is on this machine or a private network (or a socket): a proxy of ours, not the public."""
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "127.0.0.1").is_private
    except ValueError:
        return False


class RequestMiddleware:
    """Takes the proxy's ``X-Request-Id`` or draws one; keeps it for the logs and sends it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the request's id in the logs and in the answer."""
        told = request.headers.get("X-Request-Id", "")
        trusted = _ID.fullmatch(told) and _from_our_proxy(request)
        request_id = told if trusted else secrets.token_hex(8)
        request.request_id = request_id  # type: ignore[attr-defined]
        token = logs.request_id.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            logs.request_id.reset(token)
        response["X-Request-Id"] = request_id
        return response
