"""Bring a backup back: checked whole before anything is touched, into either database, from any earlier version.

Tables are first made as they were when the backup was taken, filled, then migrated to today's.
"""

import hashlib
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from bocage.base import backup, crypto

BATCH = 500  # rows of one INSERT
CHUNK = 1 << 20
LARGEST_JSON = 64 * CHUNK  # of the header and the manifest, which are read whole


class CannotRestore(ValueError):
    """Nothing was touched; the message says why and what to do."""


@dataclass
class Report:
    """What a restore did, and what it could not bring back."""

    header: dict[str, Any]
    rows: int = 0
    files: int = 0
    lost: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For the person who restores."""
        made = f"made at {self.header['made_at']} by Bocage {self.header['bocage']} on {self.header['database']}"
        return [
            f"restored {self.rows} rows and {self.files} files from a backup {made}",
            "sessions are not in a backup: everybody signs in again",
            *self.lost,
        ]


# --- Reading and checking ------------------------------------------------------------------------------------------


def _members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Every member as a name and a stream. Raises CannotRestore for what no backup of ours contains."""
    with tarfile.open(path, "r|gz") as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts
            known = member.name in {"header.json", "manifest.json"} or parts[:1] in {
                (folder,) for folder in ("data", *backup.roots())
            }
            # Written as we write them: ``documents//etc/x`` and ``documents/../x`` would lead out of their folder.
            if not member.isfile() or not known or ".." in parts or "/".join(parts) != member.name:
                raise CannotRestore(f"not a backup of Bocage: unexpected {member.name!r}")
            stream = archive.extractfile(member)
            assert stream is not None  # a regular file
            yield member.name, stream


def verify(path: Path) -> dict[str, Any]:
    """Read the archive from end to end against its checksums; gives its header. Raises CannotRestore."""
    try:
        return _verified(path)
    except (tarfile.TarError, EOFError, OSError, zlib.error, KeyError, json.JSONDecodeError) as error:
        message = f"{path} cannot be read as a backup ({error}). Is it whole? Take another copy of it."
        raise CannotRestore(message) from error


def _verified(path: Path) -> dict[str, Any]:
    seen: dict[str, str] = {}
    documents: dict[str, Any] = {}
    for name, stream in _members(path):
        if name in {"header.json", "manifest.json"}:
            body = stream.read(LARGEST_JSON)
            documents[name] = json.loads(body)
            seen[name] = hashlib.sha256(body).hexdigest()
            continue
        digest = hashlib.sha256()
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
        seen[name] = digest.hexdigest()
    if "manifest.json" not in documents or "header.json" not in documents:
        raise CannotRestore(f"{path} is incomplete: its end is missing. Take another copy of the backup.")
    promised = {name: told["sha256"] for name, told in documents["manifest.json"]["members"].items()}
    seen.pop("manifest.json")
    if promised != seen:
        wrong = sorted(name for name in promised.keys() | seen.keys() if promised.get(name) != seen.get(name))
        raise CannotRestore(f"{path} is damaged ({', '.join(wrong[:3])}). Take another copy of the backup.")
    header: dict[str, Any] = documents["header.json"]
    return header


def _targets(executor: MigrationExecutor, header: dict[str, Any]) -> list[tuple[str, str]]:
    """The migrations to apply before filling the tables. Raises CannotRestore for a backup of a newer version."""
    if header["format"] > backup.FORMAT:
        raise CannotRestore(f"this backup was made by a newer Bocage ({header['bocage']}): upgrade this one first")
    nodes = executor.loader.graph.nodes
    # A squashed migration is recorded beside those that it replaces: only what this code knows as such counts.
    replaced = {key for migration in executor.loader.replacements.values() for key in migration.replaces}
    wanted = [(app, name) for app, _, name in (full.partition(".") for full in header["migrations"])]
    unknown = [f"{app}.{name}" for app, name in wanted if (app, name) not in nodes and (app, name) not in replaced]
    if unknown:
        raise CannotRestore(
            f"this backup was made by a newer Bocage ({header['bocage']}): upgrade this one first. "
            f"Unknown here: {', '.join(unknown[:3])}"
        )
    known = {node for node in wanted if node in nodes}
    # Only the last of each app: asking Django for one that another implies would undo what follows it.
    return [node for node in wanted if node in known and not _follows(executor, node) & known]


def _follows(executor: MigrationExecutor, node: tuple[str, str]) -> set[tuple[str, str]]:
    children = executor.loader.graph.node_map[node].children
    return {child.key for child in children if child.key[0] == node[0]}


def is_empty() -> bool:
    """Nothing would be lost: no table yet, or nobody and nothing that happened in them, and no document."""
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in {"identity_account", "identity_person", "base_event"} & there:
            cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 - names are ours
            if cursor.fetchone():
                return False
    return not any(path.is_file() for path in backup.roots()["documents"].rglob("*"))


# --- Writing -------------------------------------------------------------------------------------------------------


@contextmanager
def _fresh_database() -> Iterator[None]:
    """The default connection on a database without tables; on SQLite it takes the old one's place only at the end."""
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        draft = f"{name}.restoring"
        _forget(draft)
        connection.close()
        connection.settings_dict["NAME"] = draft
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=OFF")  # a draft that a power cut spoils is not missed
            yield
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            with open(draft, "rb") as file:
                os.fsync(file.fileno())
            _forget(f"{name}-wal", f"{name}-shm")
            os.replace(draft, name)
        finally:
            connection.close()
            connection.settings_dict["NAME"] = name
            _forget(draft, f"{draft}-wal", f"{draft}-shm")
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")
    yield


def _forget(*paths: str) -> None:
    for path in paths:
        Path(path).unlink(missing_ok=True)


def _fill(model: type[models.Model], lines: Iterator[bytes], names: list[str]) -> int:
    """Insert rows as they are: no signal, no ``save()``, no default computed anew. Returns how many."""
    by_name = {f.attname: f for f in model._meta.local_concrete_fields}
    fields = [by_name[name] for name in names]
    count = 0
    batch: list[models.Model] = []

    def flush() -> None:
        if batch:
            model._base_manager._insert(batch, fields=fields, using="default", raw=True)  # type: ignore[attr-defined]
            batch.clear()

    for line in lines:
        values = [f.to_python(value) for f, value in zip(fields, json.loads(line), strict=True)]
        instance = model()
        for f, value in zip(fields, values, strict=True):
            instance.__dict__[f.attname] = value  # past descriptors: an image's would open its file to measure it
        batch.append(instance)
        count += 1
        if len(batch) >= BATCH:
            flush()
    flush()
    return count


def _load_tables(path: Path, state: Any) -> int:
    """Fill every table in one transaction: foreign keys are checked at its end."""
    rows = 0
    labels = {model._meta.label_lower: model for model in state.get_models(include_auto_created=True)}
    with transaction.atomic():
        with connection.cursor() as cursor:
            for model in labels.values():  # what migrations inserted comes back from the backup
                if model._meta.managed and not model._meta.proxy:
                    cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
        for name, stream in _members(path):
            if name.startswith("data/"):
                head = json.loads(stream.readline())
                rows += _fill(labels[head["model"]], iter(stream.readline, b""), head["fields"])
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(labels.values())):
                cursor.execute(statement)
    return rows


def _load_files(path: Path, into: dict[str, Path]) -> int:
    files = 0
    for name, stream in _members(path):
        kind, _, relative = name.partition("/")
        if kind in into:
            target = into[kind] / relative
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if kind == "documents" else 0o640)
            with os.fdopen(descriptor, "wb") as file:
                shutil.copyfileobj(stream, file, CHUNK)
            files += 1
    return files


def _swap(drafts: dict[str, Path]) -> None:
    for kind, root in backup.roots().items():
        old = root.with_name(f"{root.name}.before-restore")
        shutil.rmtree(old, ignore_errors=True)
        if root.exists():
            root.rename(old)
        drafts[kind].rename(root)
        shutil.rmtree(old, ignore_errors=True)


def _lost(header: dict[str, Any]) -> list[str]:
    """What cannot be read any more, in words for the person who restores."""
    lost = []
    missing = [key for key in header["keys"] if key not in backup.key_fingerprints()]
    if missing:
        lost.append(
            f"{len(missing)} of {len(header['keys'])} keys of that installation are not in BOCAGE_KEYS: what was "
            "sealed with them cannot be read. Put the old keys back into BOCAGE_KEYS to read it."
        )
        lost += [
            f"{label}: {count} of {total} sealed values cannot be read"
            for label, (count, total) in crypto.unreadable().items()
            if count
        ]
    if header["mode"] != settings.ENV.mode:
        lost.append(f"that installation ran in mode {header['mode']}, this one runs in mode {settings.ENV.mode}")
    if header["territory"] != settings.ENV.territory:
        lost.append(f"that installation served {header['territory']}: set BOCAGE_TERRITORY={header['territory']}")
    return lost


def restore(path: Path, *, force: bool = False, say: Callable[[str], None] = lambda _: None) -> Report:
    """Replace what the installation holds by the backup at ``path``; the service must be stopped meanwhile.

    Raises CannotRestore before anything is touched: damaged or newer archive, or data here without ``force``.
    """
    header = verify(path)
    say("the archive is whole")
    if not force and not is_empty():
        raise CannotRestore("this installation holds data; --force replaces it (take a backup of it first)")
    _targets(MigrationExecutor(connection), header)
    report = Report(header)
    drafts = {kind: root.with_name(f"{root.name}.restoring") for kind, root in backup.roots().items()}
    try:
        for draft in drafts.values():
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True, mode=0o750)
        report.files = _load_files(path, drafts)
        with _fresh_database():
            executor = MigrationExecutor(connection)
            state = executor.migrate(_targets(executor, header))
            say("tables are made")
            report.rows = _load_tables(path, state.apps)
            say(f"{report.rows} rows are in place")
            call_command("migrate", verbosity=0, interactive=False)
            call_command("update_index", verbosity=0)  # Wagtail's own index is not in a backup
        _swap(drafts)
    finally:
        for draft in drafts.values():
            shutil.rmtree(draft, ignore_errors=True)
    report.lost = _lost(header)
    return report
