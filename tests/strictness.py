"""What every page rendered in a test must satisfy, whichever test renders it."""

import re
import sys
from html.parser import HTMLParser
from types import FrameType
from typing import Any

import pytest
from django.template.base import FilterExpression

OURS = "/bocage/"


class UnknownVariable(str):
    """Stands for Django's ``string_if_invalid``: fails when one of our templates names a variable that is not there.

    ``|default`` and ``{% if %}`` are how a template says that a variable may be absent; packages' templates are theirs.
    """

    __slots__ = ()

    def __new__(cls) -> "UnknownVariable":
        return super().__new__(cls, "%s")

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, variable: object) -> Any:
        frame: FrameType | None = sys._getframe(1)
        assert frame
        expression, context = frame.f_locals["self"], frame.f_locals["context"]
        assert isinstance(expression, FilterExpression)
        optional = any(function.__name__ in {"default", "default_if_none"} for function, _ in expression.filters)
        template = _template(frame)
        if OURS in template and not optional:
            pytest.fail(f"{template}: unknown variable {{{{ {variable} }}}}")
        return _as_django_would(expression, context)


def _as_django_would(expression: FilterExpression, context: Any) -> Any:
    engine = context.template.engine
    strict, engine.string_if_invalid = engine.string_if_invalid, ""
    try:
        return expression.resolve(context)
    finally:
        engine.string_if_invalid = strict


def _template(frame: FrameType | None) -> str:
    """The file of the innermost template node being rendered."""
    while frame:
        node = frame.f_locals.get("self")
        origin = getattr(node, "origin", None)
        if origin is not None and "context" in frame.f_locals:
            return str(getattr(origin, "name", origin))
        frame = frame.f_back
    return ""


class _Page(HTMLParser):
    """Picks what the rules below look at."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.language = ""
        self.title = ""
        self.headings = 0
        self.inline: list[str] = []
        self.unprotected: list[str] = []
        self._in_title = False
        self._svg = 0
        self._form: dict[str, str | None] | None = None
        self._token = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        elif tag == "svg":
            self._svg += 1
        elif tag == "title" and not self._svg:
            self._in_title = True
        elif tag == "h1":
            self.headings += 1
        elif tag == "style" or (tag == "script" and "src" not in given and not _data(given)):
            self.inline.append(f"<{tag}>")
        elif tag == "form":
            self._form, self._token = given, False
        elif tag == "input" and given.get("name") == "csrfmiddlewaretoken":
            self._token = True
        self.inline += [f"{tag} {name}=" for name in given if name == "style" or name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag == "svg":
            self._svg -= 1
        elif tag == "form" and self._form is not None:
            local = not re.match(r"https?://", self._form.get("action") or "")
            if (self._form.get("method") or "get").lower() == "post" and local and not self._token:
                self.unprotected.append(self._form.get("action") or "(same address)")
            self._form = None

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data


def _data(given: dict[str, str | None]) -> bool:
    """A script element that holds data is not run, and the CSP lets it be."""
    return given.get("type") in {"application/json", "application/ld+json", "speculationrules"}


def look_at(response: Any) -> None:
    """Fail the test when a whole HTML page of ours breaks a rule of the house."""
    if getattr(response, "streaming", False) or not response.get("Content-Type", "").startswith("text/html"):
        return
    if response.has_header("Content-Encoding"):  # the same page, compressed, was looked at when made
        return
    text = response.content.decode(response.charset)
    page = _Page()
    page.feed(text)
    path = response.request.get("PATH_INFO", "")
    # Wagtail's own editing pages send some forms by script, the token in a header.
    ours = not path.startswith(("/bureau/pages/", "/bureau/images/", "/bureau/documents/", "/bureau/snippets/"))
    problems = [f"form without CSRF token: {action}" for action in page.unprotected if ours]
    if "<html" in text and not path.startswith("/bureau/"):
        if not page.title.strip():
            problems.append("no <title>")
        if page.headings != 1:
            problems.append(f"{page.headings} <h1> instead of one")
        if page.language not in {"fr", "en", "nl"}:
            problems.append("no lang on <html>")
        sandboxed = "sandbox" in response.get("Content-Security-Policy", "")  # a mail shown in its frame
        if response.status_code < 400 and not sandboxed:  # error pages are self-contained, with a policy of their own
            problems += [f"inline, which the CSP refuses: {what}" for what in page.inline]
    if problems:
        pytest.fail(f"{path} ({response.status_code}): " + "; ".join(problems))
