"""Files of the private storage that no row tells of: what a crash, or a lost race, left behind."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.core.files.storage import storages

logger = logging.getLogger(__name__)

GRACE = timedelta(days=1)
"""A file is written before its row: a younger one may still get its row."""


def sweep(folder: str, known: Callable[[list[str]], Collection[str]], now: datetime) -> int:
    """Erase the files of a folder that are older than a day and that no row names; gives how many.

    ``known`` gives, of these paths (``letters/3f….pdf``), those that rows name. Only the app to which a folder belongs
    sweeps it: a folder that nobody sweeps is left alone.
    """
    storage = storages["private"]
    try:
        _folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return 0
    paths = [f"{folder}/{name}" for name in sorted(names)]
    old = [path for path in paths if storage.get_modified_time(path) < now - GRACE]
    lost = set(old) - set(known(old)) if old else set()
    for path in sorted(lost):
        storage.delete(path)
    if lost:
        logger.warning("private files without a row erased", extra={"folder": folder, "count": len(lost)})
    return len(lost)
