"""The outermost middlewares: each request has an id, the same in its logs, its answer and its error page; no text of
a request holds the NUL character, which PostgreSQL's text refuses; and methods that no page knows stop here.
"""

import ipaddress
import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.urls import NoReverseMatch, reverse

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


NUL = "\x00"


def _without_nul(text: str) -> str:
    return text.replace(NUL, "")


def _cleaned(data: QueryDict) -> QueryDict:
    """The same fields without NUL; the very same object when there is none."""
    if not any(NUL in key or any(NUL in value for value in values) for key, values in data.lists()):
        return data
    clean = QueryDict(mutable=True, encoding=data.encoding)
    for key, values in data.lists():
        clean.setlist(_without_nul(key), [_without_nul(value) for value in values])
    clean._mutable = False
    return clean


class PlainText:
    """Takes the NUL character out of all that a request says: path, query, headers, cookies, posted fields.

    Nobody types it, forged and broken requests hold it, and PostgreSQL refuses it anywhere in a text: taken out here,
    the rest of what was sent is not lost. Posted fields are read no sooner than they would be. Names of files need
    nothing: Django keeps printable characters only.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, cleaned."""
        meta = request.META
        for name, value in meta.items():
            if isinstance(value, str) and NUL in value:
                meta[name] = _without_nul(value)
        while "%00" in (query := meta.get("QUERY_STRING", "")):
            meta["QUERY_STRING"] = query.replace("%00", "")
        request.path, request.path_info = _without_nul(request.path), _without_nul(request.path_info)
        if "\\000" in meta.get("HTTP_COOKIE", ""):  # how a quoted cookie writes it
            request.COOKIES = {name: _without_nul(value) for name, value in request.COOKIES.items()}
        if request.method not in {"GET", "HEAD"}:
            self._clean_post(request)
        return self.get_response(request)

    @staticmethod
    def _clean_post(request: HttpRequest) -> None:
        """Have the posted fields cleaned when Django reads them, whoever asks for them first."""
        load: Callable[[], None] = request._load_post_and_files

        def load_cleaned() -> None:
            load()
            request._post = _cleaned(request._post)  # type: ignore[attr-defined]

        request._load_post_and_files = load_cleaned  # type: ignore[method-assign]


METHODS = ("GET", "HEAD", "POST", "OPTIONS")


def _desk() -> str:
    try:
        return reverse("wagtailadmin_home")
    except NoReverseMatch:
        return "\0"  # no address begins so


class KnownMethods:
    """405 for the methods of no page (PUT, PATCH, TRACE…), before the form token that they lack is blamed (403).

    Wagtail's screens forget a preview by DELETE: they alone know it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or refuse."""
        if request.method in METHODS or (request.method == "DELETE" and request.path.startswith(_desk())):
            return self.get_response(request)
        return HttpResponseNotAllowed(METHODS)
