"""Names of our cookies, and messages shown once.

In HTTPS each begins with ``__Host-``: browsers then take it from this very host only, over HTTPS only, for the whole
site (RFC 6265bis, § 4.1.3.2). A neighbour (``blog.example.fr``) cannot plant a session of its own here.
"""

from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage

PREFIX = "__Host-"


def prefixed(name: str, *, https: bool) -> str:
    """The name of a cookie, as the browser knows it."""
    return f"{PREFIX}{name}" if https else name


def message_cookie() -> str:
    """The name of the cookie of messages shown once, under the house's settings."""
    from django.conf import settings

    return prefixed("messages", https=settings.ENV.https)


class _InCookie(CookieStorage):
    """Messages in a cookie of that name."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.cookie_name = message_cookie()


class Messages(FallbackStorage):
    """Django's own way: in a cookie as long as they fit, else in the session."""

    storage_classes = (_InCookie, SessionStorage)
