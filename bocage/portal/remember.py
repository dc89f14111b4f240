"""What the portal works out once a minute in each process: open or not, alerts, whole public pages.

Kept in the process's own memory, under a key that names the minute: an hour that strikes shows within a minute. Off
(``PORTAL_MEMORY_SECONDS = 0``) in tests, where one test would otherwise see another's data.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from django.conf import settings
from django.core.cache import caches
from django.utils import timezone

T = TypeVar("T")


def seconds() -> int:
    """For how long anything is remembered, at most a minute; 0: nothing is."""
    return cast(int, getattr(settings, "PORTAL_MEMORY_SECONDS", 0 if settings.TESTING else 60))


def minute() -> int:
    """The number of the current minute: part of every key."""
    return int(timezone.now().timestamp()) // 60


def remembered(key: str, compute: Callable[[], T]) -> T:
    """The value of ``key``, worked out at most once a minute. Never for anything about a person."""
    if not (keep := seconds()):
        return compute()
    key = f"portal:{minute()}:{key}"
    missing = object()
    value = caches["local"].get(key, missing)
    if value is missing:
        value = compute()
        caches["local"].set(key, value, keep)
    return cast(T, value)
