"""PDF documents from the house's templates: receipts, blank forms, letters. A4, tagged (PDF/UA), nothing fetched.

WeasyPrint needs Pango, a Debian package: it is imported when first used, so that the house starts without it.
"""

import logging
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from bocage.base.bootstrap import missing_for_printing

CSS = ("ui/print.css",)


class Unavailable(RuntimeError):
    """This machine cannot draw PDF documents yet; the message names the command that turns it on."""


class ForbiddenResource(ValueError):
    """A document asked for something that is neither one of our static files nor inline data."""


@cache
def _loads() -> bool:
    for chatty in ("weasyprint.progress", "fontTools"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        import weasyprint  # noqa: F401
    except OSError:  # the Python package is there, the libraries it loads are not
        return False
    return True


def available() -> bool:
    """Whether PDF documents can be drawn here."""
    return _loads()


def why_not() -> str:
    """What to do where PDF is off, in words for people; empty where it is on."""
    if available():
        return ""
    packages = " ".join(missing_for_printing()) or "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    return (
        "Les documents PDF ne peuvent pas encore être faits sur cette machine. "
        f"Pour les activer : sudo apt-get install {packages}, puis redémarrez."
    )


def render(template: str, context: Mapping[str, Any], *, css: tuple[str, ...] = CSS) -> bytes:
    """The PDF of a template, usually one that extends ``ui/pdf.html``; ``css`` are static files, in order.

    Some 30 ms for the first page: fit for a request whose answer is the document, else for the worker.
    Raises Unavailable where Pango is missing, ForbiddenResource when the template names anything but our static files
    (``/static/…``) and ``data:`` addresses.
    """
    return from_html(render_to_string(template, dict(context)), css=css)


def from_html(html: str, *, css: tuple[str, ...] = CSS) -> bytes:
    """As ``render``, for HTML already made."""
    if not available():
        raise Unavailable(why_not())
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError

    fonts, fetcher = FontConfiguration(), _fetcher()
    try:
        document = weasyprint.HTML(string=html, base_url="bocage:///", url_fetcher=fetcher)
        sheets = [weasyprint.CSS(string=_static(name).decode(), font_config=fonts, url_fetcher=fetcher) for name in css]
        return bytes(document.write_pdf(stylesheets=sheets, font_config=fonts, pdf_variant="pdf/ua-1"))
    except FatalURLFetchingError as error:
        raise ForbiddenResource(str(error)) from None


@cache
def _fetcher() -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class OurFilesOnly(URLFetcher):  # type: ignore[misc]
        """No network, no disk: a document shows our static files and what it carries."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            parts = urlsplit(url)
            if parts.scheme == "data":
                return super().fetch(url, headers)
            path = unquote(parts.path)
            prefix = "/" + settings.STATIC_URL.strip("/") + "/"
            if parts.scheme != "bocage" or parts.netloc or not path.startswith(prefix):
                # A BaseException of WeasyPrint: a plain one would be logged and leave a hole in the document.
                raise FatalURLFetchingError(f"not one of our static files: {url[:200]}")
            try:
                content = _static(path.removeprefix(prefix))
            except FileNotFoundError as error:
                raise FatalURLFetchingError(str(error)) from None
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return URLFetcherResponse(url, content, {"Content-Type": kind})

    return OurFilesOnly()


def _static(name: str) -> bytes:
    """A static file by its name, hashed or not. Raises FileNotFoundError; never leaves the static folders."""
    collected = Path(settings.STATIC_ROOT).resolve()
    candidate = (collected / name).resolve()
    if candidate.is_relative_to(collected) and candidate.is_file():
        return candidate.read_bytes()
    try:
        found = finders.find(name)
    except Exception as error:  # SuspiciousFileOperation: a path that climbs out
        raise FileNotFoundError(f"no static file named {name}") from error
    if not isinstance(found, str):
        raise FileNotFoundError(f"no static file named {name}")
    return Path(found).read_bytes()
