"""Backups: one archive with the database, the private documents and the public media; no key, no session.

The archive is a ``tar.gz``: ``header.json`` (where it comes from), one ``data/<model>.jsonl`` for each table, the
files, and ``manifest.json`` last, with the size and SHA-256 of all that precedes: a cut archive has none. Rows are
written as Django's own serializers say values, so that an archive of either database can be restored into the other.

The service may run meanwhile: rows come from one snapshot of the database, and files are read after it (a document's
file is there before its row).
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, models
from django.db.migrations.recorder import MigrationRecorder
from django.utils.encoding import is_protected_type

FORMAT = 1
ALIAS = "backup"  # the connection that holds the snapshot

# Made anew, or meaningless elsewhere: sessions, editing sessions, Wagtail's index (its columns differ by database).
LEFT_OUT = frozenset(
    {
        "sessions.session",
        "usersessions.usersession",
        "wagtailadmin.editingsession",
        "wagtailsearch.indexentry",
        "wagtailsearch.sqliteftsindexentry",
    }
)


def roots() -> dict[str, Path]:
    """Folders of files in a backup, by their name in the archive."""
    return {"documents": Path(settings.DOCUMENTS_ROOT), "medias": Path(settings.MEDIA_ROOT)}


def key_fingerprints() -> list[str]:
    """Tell keys apart without telling them: they are random and long, their digests give nothing away."""
    return [hashlib.sha256(f"bocage-key:{key}".encode()).hexdigest()[:16] for key in settings.ENV.keys]


def tables() -> list[type[models.Model]]:
    """The models whose rows are kept, in a stable order."""
    kept = (
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in LEFT_OUT
    )
    return sorted(kept, key=lambda model: model._meta.label_lower)


def columns(model: type[models.Model]) -> list["models.Field[Any, Any]"]:
    """The fields that a table itself stores; what the database computes is left to it."""
    return [f for f in model._meta.local_concrete_fields if not getattr(f, "generated", False)]


class _Encoder(DjangoJSONEncoder):
    """Django's encoder rounds instants to milliseconds; a backup does not."""

    def default(self, o: Any) -> Any:
        if hasattr(o, "isoformat"):
            return o.isoformat()
        return super().default(o)


@dataclass
class Written:
    """What went into an archive; ``members`` is the manifest: name → size, SHA-256 and, for tables, rows."""

    rows: int = 0
    files: int = 0
    members: dict[str, dict[str, Any]] = field(default_factory=dict)


@contextmanager
def _snapshot() -> Iterator[str]:
    """A connection of its own that sees the database as it is now, however long it reads; writers are not held up."""
    wrapper = connections["default"].copy(ALIAS)
    connections[ALIAS] = wrapper
    try:
        with wrapper.cursor() as cursor:
            if wrapper.vendor == "sqlite":
                cursor.execute("BEGIN DEFERRED")
                cursor.execute("SELECT count(*) FROM sqlite_master")  # pins the snapshot
            else:
                wrapper.set_autocommit(False)
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield ALIAS
    finally:
        wrapper.close()
        del connections[ALIAS]


class _Hashing(io.RawIOBase):
    """Reads a file while taking its digest, so that it is read once."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self.file, self.left = file, size
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(chunk)
        self.digest.update(chunk)
        return chunk


def _add(archive: tarfile.TarFile, name: str, source: IO[bytes], size: int, mtime: float) -> dict[str, Any]:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, int(mtime), 0o600
    reading = _Hashing(source, size)
    archive.addfile(member, reading)
    return {"size": size, "sha256": reading.digest.hexdigest()}


def _add_json(archive: tarfile.TarFile, name: str, value: object, now: datetime) -> dict[str, Any]:
    body = json.dumps(value, ensure_ascii=False, indent=1).encode()
    return _add(archive, name, io.BytesIO(body), len(body), now.timestamp())


def rows_of(model: type[models.Model], alias: str) -> Iterator[list[Any]]:
    """The rows of one table by rising key, as JSON can say them."""
    fields = columns(model)
    for instance in model._base_manager.using(alias).order_by("pk").iterator(chunk_size=1000):
        row = []
        for column in fields:
            value = column.value_from_object(instance)
            row.append(value if is_protected_type(value) else column.value_to_string(instance))
        yield row


def _dump(archive: tarfile.TarFile, model: type[models.Model], alias: str, now: datetime) -> tuple[str, dict[str, Any]]:
    label = model._meta.label_lower
    count = 0
    with tempfile.TemporaryFile() as draft:  # tar wants the size first; a table may not fit in memory
        draft.write(json.dumps({"model": label, "fields": [f.attname for f in columns(model)]}).encode() + b"\n")
        for row in rows_of(model, alias):
            draft.write(json.dumps(row, cls=_Encoder, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            count += 1
        size = draft.tell()
        draft.seek(0)
        told = _add(archive, f"data/{label}.jsonl", draft, size, now.timestamp())
    return f"data/{label}.jsonl", {**told, "rows": count}


def _header(alias: str, now: datetime) -> dict[str, Any]:
    applied = MigrationRecorder(connections[alias]).applied_migrations()
    return {
        "format": FORMAT,
        "bocage": settings.BOCAGE_VERSION,
        "made_at": now.isoformat(),
        "territory": settings.ENV.territory,
        "mode": settings.ENV.mode,
        "database": connections[alias].vendor,
        "migrations": sorted(f"{app}.{name}" for app, name in applied),
        "keys": key_fingerprints(),
        "left_out": sorted(LEFT_OUT),
    }


def _files(archive: tarfile.TarFile, written: Written) -> None:
    for name, root in roots().items():
        for path in sorted(root.rglob("*")) if root.is_dir() else []:
            if path.is_symlink() or not path.is_file():
                continue
            try:
                with path.open("rb") as source:
                    state = os.fstat(source.fileno())
                    member = f"{name}/{path.relative_to(root).as_posix()}"
                    written.members[member] = _add(archive, member, source, state.st_size, state.st_mtime)
            except FileNotFoundError:  # erased since the folder was listed
                continue
            written.files += 1


def backup(path: Path, now: datetime) -> Written:
    """Write the archive to ``path``, readable by its owner alone; there is none when anything fails.

    Raises OSError (no room, no right) and whatever the database raises.
    """
    written = Written()
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            os.fdopen(descriptor, "wb") as raw,
            gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=4, filename="") as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            with _snapshot() as alias:
                written.members["header.json"] = _add_json(archive, "header.json", _header(alias, now), now)
                for model in tables():
                    name, told = _dump(archive, model, alias, now)
                    written.members[name] = told
                    written.rows += told["rows"]
            _files(archive, written)
            _add_json(archive, "manifest.json", {"members": written.members}, now)
            archive.close()
            packed.close()
            raw.flush()
            os.fsync(raw.fileno())
        shutil.move(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return written
