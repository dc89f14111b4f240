"""The shared cache of a house without Redis: files, read and written by every process of one machine (decision 0008).

Django's own keeps 300 entries and then drops a third of them at random, live ones too: somebody who makes many entries
would wipe out the counts of the limiter and the codes of sign-ins under way. Here what is past its time goes first, and
there is room for all that a house keeps at once. ``add`` is exact: of two processes one succeeds.
"""

import fcntl
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache

SWEPT_EVERY = 500
"""Writes between two looks at every file, on average."""


class FileCache(FileBasedCache):
    """A folder of files that shares codes, counts and one-time marks between processes."""

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value unless there is one; True for exactly one of those who do so at once."""
        with self._alone():
            return bool(super().add(key, value, timeout, version))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add to a number. Raises ValueError when there is none."""
        with self._alone():
            return int(super().incr(key, delta, version))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process of the machine at a time; the lock of one that dies goes with it."""
        self._createdir()  # type: ignore[attr-defined]
        with (Path(self._dir) / "lock").open("wb") as lock:  # type: ignore[attr-defined]
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _cull(self) -> None:
        """Called by each ``set``: now and then, sweep what is over; too many live ones is a flood, and costs others."""
        if random.randrange(SWEPT_EVERY):  # noqa: S311
            return
        files = self._list_cache_files()  # type: ignore[attr-defined]
        live = [name for name in files if not self._swept(name)]
        if len(live) > self._max_entries:
            for name in random.sample(live, len(live) // 3):
                self._delete(name)  # type: ignore[attr-defined]

    def _swept(self, name: str) -> bool:
        try:
            with open(name, "rb") as file:
                return bool(self._is_expired(file))  # type: ignore[attr-defined]
        except OSError:  # another process did it
            return True
