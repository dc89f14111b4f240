"""What every page needs of the territory, kept in the shared cache and forgotten on each write.

Inside a transaction the cache is neither read nor filled: nobody else may see what is not committed, nor the writer
what is stale. A write forgets at once and again once committed (another process may have refilled it in between).
"""

from collections.abc import Callable
from typing import TypeVar, cast

from django.core.cache import cache
from django.db import connection, transaction

T = TypeVar("T")
TTL = 15 * 60  # seconds; a change reaches every machine at once through the shared cache, at worst after this
_KEYS = ("territory:territory", "territory:holidays", "territory:switches")


def through(key: str, compute: Callable[[], T]) -> T:
    """The value of ``key`` (one of this module's), computed when the cache does not have it."""
    assert key in _KEYS
    if connection.in_atomic_block:
        return compute()
    missing = object()
    value = cache.get(key, missing)
    if value is missing:
        value = compute()
        cache.set(key, value, TTL)
    return cast(T, value)


def forget() -> None:
    """Forget everything, now and when the current transaction commits."""
    cache.delete_many(_KEYS)
    transaction.on_commit(lambda: cache.delete_many(_KEYS))
