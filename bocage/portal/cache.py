"""Public pages of anonymous visitors, kept for a minute in each process's memory.

Placed early: a kept page is given before sessions, users and views are thought of. What makes that safe: it is only
for GET and HEAD without a query, without a session or a message cookie; only pages of ``PUBLIC`` are kept, and only
when their answer sets no cookie and holds no form token; the key holds everything they vary by (host, path, commune).
Headers that middleware inside set are kept with the page; those of middleware outside (CSP) are set each time.
Kept pages hold no secret, so they may be compressed (BREACH needs one).
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

from bocage.base.cookies import message_cookie
from bocage.portal.remember import minute, seconds
from bocage.territory import chosen

PUBLIC = frozenset(
    {
        "home", "door", "help", "results", "sitemap_page", "legal", "accessibility", "privacy",
        "communes", "commune", "place", "procedures", "procedure",
    }
)  # fmt: skip
"""Names of the pages that may be kept. A page that is not here is never kept."""

SENT_AGAIN = ("Content-Type", "Content-Language", "X-Frame-Options", "Link")
LARGEST = 300_000  # bytes


@dataclass(frozen=True)
class Kept:
    """A page in memory: its body, compressed too, its headers and its digest."""

    body: bytes
    small: bytes
    headers: tuple[tuple[str, str], ...]
    etag: str


def key_of(request: HttpRequest) -> str | None:
    """Where the page of a request is kept; None when its answer may differ from what everyone gets."""
    if request.method not in {"GET", "HEAD"} or request.META.get("QUERY_STRING") or "Authorization" in request.headers:
        return None
    cookies = request.COOKIES
    if settings.SESSION_COOKIE_NAME in cookies or message_cookie() in cookies or "HX-Request" in request.headers:
        return None
    commune = cookies.get(chosen.cookie_name(), "")
    if commune and not (len(commune) == 5 and commune.isascii() and commune.isalnum()):
        return None
    return f"page:{minute()}:{request.get_host()}:{commune}:{request.path}"


def keepable(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether an answer is the same for every anonymous visitor of the same commune."""
    match = request.resolver_match
    return (
        match is not None
        and match.url_name in PUBLIC
        and not match.namespaces
        and response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not response.has_header("Content-Encoding")
        and response.get("Content-Type", "").startswith("text/html")
        and "CSRF_COOKIE_NEEDS_UPDATE" not in request.META
        and len(response.content) < LARGEST
        and b"csrfmiddlewaretoken" not in response.content
    )


class AnonymousPages:
    """The middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer from memory when this very page was made a moment ago for a visitor without session."""
        keep = seconds()
        key = key_of(request) if keep else None
        if key is None:
            return self.get_response(request)
        kept: Kept | None = caches["local"].get(key)
        if kept is None:
            response = self.get_response(request)
            if request.method != "GET" or not keepable(request, response):
                return response
            kept = self._kept(response)
            caches["local"].set(key, kept, keep)
        return self._answer(request, kept)

    @staticmethod
    def _kept(response: HttpResponse) -> Kept:
        headers = tuple((name, response[name]) for name in SENT_AGAIN if response.has_header(name))
        digest = hashlib.sha256(response.content).hexdigest()[:24]
        return Kept(response.content, gzip.compress(response.content, 6, mtime=0), headers, f'W/"{digest}"')

    @staticmethod
    def _answer(request: HttpRequest, kept: Kept) -> HttpResponse:
        response = HttpResponse(headers=dict(kept.headers))
        if kept.etag in request.headers.get("If-None-Match", ""):
            response.status_code = 304
            del response["Content-Type"]
        elif "gzip" in request.headers.get("Accept-Encoding", ""):
            response.content = kept.small
            response["Content-Encoding"] = "gzip"
        else:
            response.content = kept.body
        # The browser asks again each time: after signing in, the same address is another page.
        response["Cache-Control"] = "private, no-cache"
        response["Vary"] = "Cookie, Accept-Encoding"
        response["ETag"] = kept.etag
        if response.status_code == 200:
            response["Content-Length"] = str(len(response.content))
        return response
