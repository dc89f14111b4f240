"""How often residents' pages may be asked for what costs us: uploads, messages, PDFs, whole archives.

Generous, for a whole household or a library's computers share an address: they stop machines, not people. Counted for
each client address (``bocage.base.ratelimit``).
"""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from bocage.base import ratelimit

HOUR, TEN_MINUTES = 3_600, 600
TOO_MANY_FILES = gettext_lazy(
    "Vous avez joint beaucoup de fichiers en peu de temps. Vos réponses sont gardées : joignez la suite dans une heure."
)


def may_upload(request: HttpRequest) -> bool:
    """Count one file joined; 60 an hour."""
    return ratelimit.allow(request, "upload", limit=60, per_seconds=HOUR)


def may_write(request: HttpRequest) -> bool:
    """Count one message to a service; 30 an hour."""
    return ratelimit.allow(request, "message", limit=30, per_seconds=HOUR)


def may_stash(request: HttpRequest) -> bool:
    """Count one form kept for someone whose session ran out; 30 an hour."""
    return ratelimit.allow(request, "stash", limit=30, per_seconds=HOUR)


def may_print(request: HttpRequest) -> bool:
    """Count one PDF made, or one archive put together; 30 in ten minutes."""
    return ratelimit.allow(request, "pdf", limit=30, per_seconds=TEN_MINUTES)


def may_mail(request: HttpRequest, mailbox: str) -> bool:
    """Count one mail asked for by whoever has no account; 5 an hour to one mailbox, whoever asks: a family begins
    several requests, nobody floods a stranger."""
    return ratelimit.allow(request, "start-mail", limit=5, per_seconds=HOUR, key=mailbox.lower())
