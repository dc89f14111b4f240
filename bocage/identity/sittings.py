"""How long one stays signed in: until one has done nothing for a while, and never beyond a whole.

===============================  ==========  ==========  =====================================================
who                              idle        in all      after
===============================  ==========  ==========  =====================================================
agents                           1 hour      12 hours    NIST SP 800-63B-4, § 2.2.3 (AAL2: 1 hour, 24 hours)
residents                        2 hours     12 hours    stricter than § 2.1.3 (AAL1: 30 days): shared computers
who ticked « Rester connecté »   14 days     14 days     their own device; agents' limits stay theirs
===============================  ==========  ==========  =====================================================

The session holds both moments. The last one is written at most twelve times per idle time, so that a page read costs
no write; one is therefore signed out up to a twelfth early, never late. What a form held is kept (see
``bocage.cases.views.guard``).
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from bocage.base import security_log
from bocage.identity.models import Account

HOUR, DAY = 3600, 86_400
KEY = "sitting"


@dataclass(frozen=True)
class Limits:
    """Seconds."""

    idle: int
    whole: int


AGENTS = Limits(HOUR, 12 * HOUR)
RESIDENTS = Limits(2 * HOUR, 12 * HOUR)
KEPT = Limits(14 * DAY, 14 * DAY)
WRITES = 12
"""How many times the last moment is written per idle time, at most."""


@receiver(user_logged_in, dispatch_uid="identity.sittings")
def begin(request: HttpRequest | None, user: Account, **kwargs: Any) -> None:
    """Someone signs in: the clock starts, and the session ends with the browser unless they asked to stay."""
    if request is None or not hasattr(request, "session"):
        return
    session, now = request.session, int(time.time())
    if session.get("_session_expiry") is None:  # django-allauth sets it for who ticked the box
        session.set_expiry(0)
    session[KEY] = {"since": now, "seen": now, "agent": user.posts.exists()}


def limits_of(session: SessionBase) -> Limits:
    """Which limits a signed-in session has."""
    if session[KEY]["agent"]:
        return AGENTS
    return RESIDENTS if session.get_expire_at_browser_close() else KEPT


def is_over(session: SessionBase, now: float) -> bool:
    """Whether a signed-in session has lasted."""
    limits, sitting = limits_of(session), session[KEY]
    return bool(now - sitting["seen"] > limits.idle or now - sitting["since"] > limits.whole)


def as_agent(request: HttpRequest) -> None:
    """The desk opens to someone who was no agent when they signed in: its limits hold from here on."""
    sitting = request.session.get(KEY)
    if sitting is not None and not sitting["agent"]:
        request.session[KEY] = {**sitting, "agent": True}


class Sittings:
    """Middleware: signs out whoever stayed too long, and says so. After sessions, accounts and messages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, signed out first when it was too long."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            self._look(request, time.time())
        return self.get_response(request)

    @staticmethod
    def _look(request: HttpRequest, now: float) -> None:
        session = request.session
        if KEY not in session:  # opened before there were limits
            session[KEY] = {"since": int(now), "seen": int(now), "agent": False}
        elif is_over(session, now):
            security_log.tell("session_over", request, level=logging.INFO)
            logout(request)
            text = _("Pour votre sécurité, vous avez été déconnecté après un long moment. Reconnectez-vous.")
            messages.info(request, text)
        elif now - session[KEY]["seen"] > limits_of(session).idle / WRITES:
            _write_seen(request, int(now))


def _write_seen(request: HttpRequest, now: int) -> None:
    """Write the last moment alone, into the row as it is now: what another window writes meanwhile is not lost."""
    fresh = type(request.session)(request.session.session_key)
    if KEY not in fresh:
        return  # signed out meanwhile
    fresh[KEY] = {**fresh[KEY], "seen": now}
    fresh.save(must_create=False)
    modified = request.session.modified
    request.session[KEY] = fresh[KEY]
    request.session.modified = modified
