"""The read-only guard: a GET, HEAD or OPTIONS view that writes is refused (DESIGN.md rule 5).

Every statement sent to the database while the view runs, its template is rendered or its stream is sent is read here;
a write raises ``WriteInRead`` unless

* it only touches a technical table (``TECHNICAL_TABLES``),
* it is inside ``allow_write(reason)``, whose uses are listed by tests/base/test_readonly.py, or
* the view belongs to a third-party package named with its reason in ``EXEMPT``.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from django.db import connections
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

TECHNICAL_TABLES = frozenset({"django_session", "django_cache"})

EXEMPT: dict[str, str] = {
    "wagtail.admin.": "editing sessions and unlocking of pages are kept by Wagtail's own GET views",
    "wagtail.images.views.": "an image's rendition is made at its first reading, in Wagtail's lists and choosers too",
    "allauth.account.": "links of confirmation and sign-in callbacks arrive as GET",
    "allauth.usersessions.": "the list of devices forgets those whose session has ended",
    "allauth.mfa.": "a second factor's secret is kept in the session while it is shown",
}
"""Dotted prefix of a view's module → why its GET may write. The only list of the house."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_reason: ContextVar[str] = ContextVar("allow_write", default="")


class WriteInRead(RuntimeError):
    """A view that only reads tried to write; the message names the statement's verb and tables, never its values."""


@contextmanager
def allow_write(reason: str) -> Iterator[None]:
    """Let a reading view write for ``reason`` (a literal, in English, said once: the tests list them all)."""
    if not reason:
        raise ValueError("say why a reading view may write")
    token = _reason.set(reason)
    try:
        yield
    finally:
        _reason.reset(token)


# --- Reading SQL --------------------------------------------------------------------------------------------------
_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/                         # comments
    |'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$ # texts
    |(?P<quoted>"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\])  # quoted names
    |(?P<word>[A-Za-z_][\w]*)
    |(?P<sign>[;.()])""",
    re.VERBOSE | re.DOTALL,
)
_READERS = frozenset(
    {
        "SELECT",
        "WITH",
        "VALUES",
        "EXPLAIN",
        "SHOW",
        "SET",
        "PRAGMA",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT",
        "RELEASE",
        "ROLLBACK",
    }
    | {"DECLARE", "FETCH", "CLOSE"}
)
_WRITERS = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"})
_LOCKS = (("FOR", "UPDATE"), ("KEY", "UPDATE"))  # SELECT … FOR [NO KEY] UPDATE


@lru_cache(maxsize=4096)
def written_tables(sql: str) -> frozenset[str] | None:
    """Names of the tables that a statement writes; None when it only reads; "?" stands for what cannot be told."""
    tokens = [
        (match["word"].upper(), match["word"])
        if match["word"]
        else ("", match["quoted"][1:-1])
        if match["quoted"]
        else (match["sign"], "")
        for match in _TOKEN.finditer(sql)
        if match["word"] or match["quoted"] or match["sign"]
    ]
    words = [word for word, _name in tokens]
    start = next((i for i, word in enumerate(words) if word != "("), len(words))
    if start == len(words):
        return None
    found: set[str] = set()
    if words[start] not in _READERS | _WRITERS:
        found.add("?")
    if words[start] == "PRAGMA" and re.search(r"=", sql):
        found.add("?")
    for i, word in enumerate(words):
        before, after = (words[i - 1] if i else ""), (words[i + 1] if i + 1 < len(words) else "")
        if word == ";" and after and after not in _READERS | _WRITERS:
            found.add("?")
        if before == "." or after == ".":
            continue
        updates = word == "UPDATE" and (before, word) not in _LOCKS and before != "DO"
        inserts = word in {"INSERT", "MERGE", "REPLACE"} and after != "(" and before != "OR"
        if updates or inserts:
            found.add(_target(tokens, i + 1))
        elif word == "DELETE" and after == "FROM":
            found.add(_target(tokens, i + 2))
        elif word == "INTO" and not {"INSERT", "MERGE", "REPLACE"} & set(words[max(0, i - 3) : i]):
            found.add(_target(tokens, i + 1))
    return frozenset(found) or None


def _target(tokens: list[tuple[str, str]], position: int) -> str:
    """The table named from ``position`` on, its schema left out."""
    skipped = {"OR", "ROLLBACK", "ABORT", "REPLACE", "FAIL", "IGNORE", "INTO", "ONLY", "TEMP", "TEMPORARY", "UNLOGGED"}
    while position < len(tokens) and tokens[position][0] in skipped:
        position += 1
    if position >= len(tokens) or not tokens[position][1]:
        return "?"
    if position + 2 < len(tokens) and tokens[position + 1][0] == ".":
        position += 2
    return tokens[position][1]


# --- The guard ----------------------------------------------------------------------------------------------------
class _Guard:
    """Stands between a view and the database; ``exempt`` is set once the view is known."""

    exempt = ""

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not (self.exempt or _reason.get()):
            tables = written_tables(sql if isinstance(sql, str) else str(sql))
            if tables is not None and not tables <= TECHNICAL_TABLES:
                verb = str(sql).split(None, 1)[0].upper()
                raise WriteInRead(
                    f"{verb} on {', '.join(sorted(tables))} inside a reading view: use POST, or allow_write(reason)"
                )
        return execute(sql, params, many, context)

    @contextmanager
    def standing(self) -> Iterator[None]:
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(self))
            yield

    def streaming(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        with self.standing():
            yield from chunks


def exemption(view: Callable[..., Any]) -> str:
    """Why a view's GET may write, or an empty string."""
    view = getattr(view, "view_class", view)
    name = f"{view.__module__}.{getattr(view, '__qualname__', '')}"
    return next((reason for prefix, reason in EXEMPT.items() if name.startswith(prefix)), "")


class ReadOnlyGuard:
    """Middleware, the innermost: guards the view, its template's rendering and its stream, not other middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, refusing writes while a view only reads."""
        if request.method not in _SAFE_METHODS:
            return self.get_response(request)
        guard = request._bocage_guard = _Guard()  # type: ignore[attr-defined]
        with guard.standing():
            response: HttpResponseBase = self.get_response(request)
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            response.streaming_content = guard.streaming(iter(response))
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Wagtail's and allauth's views named in EXEMPT may write."""
        guard = getattr(request, "_bocage_guard", None)
        if guard is not None:
            guard.exempt = exemption(view)
