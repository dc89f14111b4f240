"""What every page needs of the territory, kept in the shared cache and forgotten on each write.

A transaction that writes to the territory neither reads nor fills the cache from then on: nobody else may see what is
not committed, nor the writer what is stale. A write forgets at once and again once committed (another process may have
refilled it in between). Other transactions read the cache as everyone does: filing a request asks it twenty times.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from django.core.cache import cache
from django.db import connection, transaction

T = TypeVar("T")
TTL = 15 * 60  # seconds; a change reaches every machine at once through the shared cache, at worst after this
_KEYS = ("territory:territory", "territory:holidays", "territory:switches", "territory:commune_names")


def through(key: str, compute: Callable[[], T]) -> T:
    """The value of ``key`` (one of this module's), computed when the cache does not have it."""
    assert key in _KEYS
    if _stands_aside():
        return compute()
    missing = object()
    value = cache.get(key, missing)
    if value is missing:
        value = compute()
        cache.set(key, value, TTL)
    return cast(T, value)


def _stands_aside() -> bool:
    """Whether the current transaction has written to the territory, or is a test's, rolled back in the end."""
    blocks = connection.atomic_blocks
    return bool(blocks) and (blocks[0]._from_testcase or getattr(blocks[0], "_territory_written", False))


def forget() -> None:
    """Forget everything, now and when the current transaction commits. Called before the first write."""
    if connection.atomic_blocks:
        # A block that decorates a function is the same object at each call: it then stands aside for good, as it may.
        connection.atomic_blocks[0]._territory_written = True  # type: ignore[attr-defined]
    cache.delete_many(_KEYS)
    transaction.on_commit(lambda: cache.delete_many(_KEYS))
