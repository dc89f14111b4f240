"""Bring an installation up to date before it serves: settings file, tables, static files, territory, demonstration.

Each step first looks whether it has anything to do: a second start costs a second, and doubles nothing.
"""

import base64
import hashlib
import json
import logging
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

SETTINGS_FILE = """\
# Settings of this installation; docs/install/settings.md lists them all. The real environment wins over this file.
# SECRET_KEY signs sessions. BOCAGE_KEYS seal sensitive fields: without them a backup cannot be read in full.
# Keep a copy of both somewhere safe: they are in no backup.
BOCAGE_MODE={mode}
SECRET_KEY={secret_key}
BOCAGE_KEYS={keys}
"""


def settings_file(var: Path, *, demo: bool) -> bool:
    """Create ``var/`` and ``var/bocage.env`` with fresh secrets, readable by their owner alone; True when it did."""
    var.mkdir(parents=True, exist_ok=True, mode=0o750)
    path = var / "bocage.env"
    if path.exists():
        return False
    text = SETTINGS_FILE.format(
        mode="demo" if demo else "production",
        secret_key=secrets.token_urlsafe(48),
        keys=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    )
    # Complete or absent: a half-written file would lose the keys of everything sealed later.
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:  # another start was quicker
        return False
    finally:
        draft.unlink()
    return True


def stamp_of(paths: Iterable[Path]) -> str:
    """A digest of names, sizes and dates: cheap, and different whenever a file was touched."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        state = path.stat()
        digest.update(f"{path}:{state.st_size}:{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


class Stamps:
    """What was done last time, in ``var/prepared.json``, apart for each database."""

    def __init__(self, var: Path, database_url: str) -> None:
        self.path = var / "prepared.json"
        self.database = hashlib.sha256(database_url.encode()).hexdigest()[:16]
        try:
            self.all: dict[str, Any] = json.loads(self.path.read_text())
        except (OSError, ValueError):
            self.all = {}

    def same(self, step: str, value: str) -> bool:
        """Whether ``step`` was last done with ``value``."""
        return bool(self.all.get(f"{self.database}:{step}") == value)

    def keep(self, step: str, value: str) -> None:
        """Remember that ``step`` was done with ``value``."""
        self.all[f"{self.database}:{step}"] = value
        draft = self.path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(self.all, indent=1))
        draft.replace(self.path)


def migrate() -> bool:
    """Apply the migrations that are missing; True when there were any."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", verbosity=0, interactive=False)
    return True


def static_files(stamps: Stamps) -> bool:
    """Collect and compress static files when one of them changed; True when it did."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    paths = [Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([])]
    stamp = stamp_of(paths)
    if stamps.same("static", stamp) and Path(settings.STATIC_ROOT, "staticfiles.json").is_file():
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=False)
    stamps.keep("static", stamp)
    return True


def _contributed(field: str, now: datetime) -> None:
    """Call every manifest's ``load`` or ``demo``, in their order; the first that fails stops the start, and says so."""
    from bocage.base import registry

    found = sorted(registry.contributions(field), key=lambda pair: getattr(pair[0], f"{field}_order"))
    for _manifest, path in found:
        registry.resolve(path)(now)


def load(now: datetime) -> None:
    """Load the territory's own data (communes, places, procedures…): what changed is updated, nothing is doubled."""
    _contributed("load", now)


def demo(now: datetime) -> None:
    """Load the demonstration; nothing is doubled."""
    _contributed("demo", now)


def territory_stamp() -> str:
    """Changes with the territory's files and with the code that loads them."""
    from django.conf import settings

    from bocage.base.env import ROOT

    data = [p for p in Path(settings.TERRITORY_ROOT, settings.ENV.territory).rglob("*") if p.is_file()]
    code = [p for p in (ROOT / "bocage").rglob("*.py") if p.stem in {"demo", "load", "loader", "loading", "manifest"}]
    return stamp_of([*data, *code]) + settings.BOCAGE_VERSION


@contextmanager
def first_fill() -> Iterator[None]:
    """A new SQLite file is filled without waiting for the disk at each commit, and is safe on it in the end.

    A process that dies meanwhile loses nothing; a power cut may spoil the file, which then holds nothing but what the
    next start loads: delete it.
    """
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    new = connection.vendor == "sqlite" and not os.path.exists(name)
    if new:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    yield
    if new:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with open(name, "rb") as file:
            os.fsync(file.fileno())


def prepare(now: datetime, say: Callable[[str], None]) -> None:
    """Everything that must be true before the first page, each step only when needed."""
    with first_fill():
        _prepare(now, say)


def _prepare(now: datetime, say: Callable[[str], None]) -> None:
    from django.conf import settings

    from bocage.base import jobs

    logging.getLogger("wagtail").setLevel(logging.WARNING)  # it tells of every page that is loaded
    stamps = Stamps(settings.ENV.var, settings.ENV.database_url)
    for folder in (settings.MEDIA_ROOT, settings.DOCUMENTS_ROOT, settings.STATIC_ROOT):
        Path(folder).mkdir(parents=True, exist_ok=True, mode=0o750)
    migrated = migrate()
    if migrated:
        say("database tables are up to date")
    if static_files(stamps):
        say("static files are in place")
    stamp = territory_stamp()
    if migrated or not stamps.same("territory", stamp):
        load(now)
        say(f"territory « {settings.ENV.territory} » is loaded")
    if settings.DEMO and (migrated or not stamps.same("demo", stamp)):
        demo(now)
        stamps.keep("demo", stamp)
        say("demonstration is loaded")
    if migrated or not stamps.same("territory", stamp):
        rebuild_search(now)
        stamps.keep("territory", stamp)
    jobs.refresh_statistics(now)


def rebuild_search(now: datetime) -> object:
    """Build the search indexes anew from the tables."""
    from bocage.base import registry

    counts: dict[str, int] = registry.resolve("bocage.search.operations.rebuild")(now)
    for manifest, path in registry.contributions("indexes"):
        counts[manifest.name] = registry.resolve(path)()
    return counts
