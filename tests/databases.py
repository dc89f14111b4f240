"""Test databases in a fraction of a second: a migrated snapshot is kept, and put back after a test that commits.

Some 270 migrations take ten seconds. Their result is kept under ``.venv/testdb`` (SQLite) or as a template database
(PostgreSQL), named after the contents of every migration and model; a change makes a new one. Putting the snapshot
back, rather than flushing tables, also brings back the rows that migrations insert, and passes append-only triggers.
"""

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.base.creation import BaseDatabaseCreation

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".venv" / "testdb"


def fingerprint() -> str:
    """Changes with anything that shapes the tables or the rows that come with them."""
    digest = hashlib.sha256((ROOT / "requirements" / "run.txt").read_bytes())
    code = ROOT / "bocage"
    shaping = {*code.rglob("migrations/**/*"), *code.rglob("models*.py"), *code.rglob("models/**/*.py")}
    shaping |= {*code.rglob("apps.py"), code / "settings.py"}
    for path in sorted(shaping):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


Original = Callable[..., str]


def create_test_db(original: Original, creation: BaseDatabaseCreation, *args: Any, **kwargs: Any) -> str:
    """Django's ``create_test_db``, with the migrations replaced by the snapshot when there is one."""
    if creation.connection.vendor == "sqlite":
        return _sqlite(original, creation, *args, **kwargs)
    return _postgres(original, creation, *args, **kwargs)


# --- SQLite: the whole database is a file of a few megabytes --------------------------------------------------------


def _sqlite(original: Original, creation: Any, *args: Any, **kwargs: Any) -> str:
    kept = KEPT / f"{fingerprint()}.sqlite3"
    if not kept.exists():
        name = original(creation, *args, **kwargs)
        KEPT.mkdir(parents=True, exist_ok=True)
        _forget_oldest()
        draft = kept.with_suffix(f".{os.getpid()}")
        with contextlib.closing(sqlite3.connect(draft)) as target:
            creation.connection.connection.backup(target)
        draft.replace(kept)
        return name
    name = str(creation._create_test_db(0, True))
    creation.connection.close()
    creation.connection.settings_dict["NAME"] = name
    from django.conf import settings

    settings.DATABASES[creation.connection.alias]["NAME"] = name
    creation.connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(kept)) as source:
        source.backup(creation.connection.connection)
    return name


def _forget_oldest() -> None:
    """Snapshots of other branches are kept for the way back; a dozen of them, some ten megabytes each."""
    with contextlib.suppress(OSError):  # another run may have been quicker
        for old in sorted(KEPT.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-12]:
            old.unlink()


# --- PostgreSQL: a template database --------------------------------------------------------------------------------


def _postgres(original: Original, creation: Any, *args: Any, **kwargs: Any) -> str:
    from psycopg import errors, sql

    template = f"bocage_template_{fingerprint()}"
    with creation._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        known = cursor.fetchone() is not None
    if known:
        creation.connection.settings_dict["TEST"]["TEMPLATE"] = template
    name = original(creation, *args, **kwargs)
    if not known:
        creation.connection.close()
        with creation._nodb_cursor() as cursor, contextlib.suppress(Exception):
            # Two test processes may race; the slower finds it done.
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            with contextlib.suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                cursor.execute(copy.format(sql.Identifier(template), sql.Identifier(name)))
        creation.connection.ensure_connection()
    return name


# --- Back to the first state after a test that committed ------------------------------------------------------------


class FirstState:
    """What the tables held when the tests began; ``put_back`` restores it."""

    def __init__(self) -> None:
        self.sqlite: sqlite3.Connection | None = None
        self.rows: dict[str, bytes] = {}
        self.tables: list[str] = []
        if connection.vendor == "sqlite":
            self.sqlite = sqlite3.connect(":memory:", check_same_thread=False)
            connection.connection.backup(self.sqlite)
        else:
            self.tables = connection.introspection.table_names()
            with connection.cursor() as cursor:
                for table in self.tables:
                    cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")')
                    if cursor.fetchone()[0]:
                        with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                            self.rows[table] = b"".join(bytes(part) for part in copy)

    def put_back(self, *_: object) -> None:
        """Replaces Django's flush."""
        connection.ensure_connection()
        if self.sqlite is not None:
            self.sqlite.backup(connection.connection)
            return
        quoted = ", ".join(f'"{table}"' for table in self.tables)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # neither append-only nor search triggers
            cursor.execute(f"TRUNCATE {quoted} RESTART IDENTITY CASCADE")
            for table, rows in self.rows.items():
                with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                    copy.write(rows)
            cursor.execute("SET session_replication_role = origin")
            for sequence in self._sequences():
                table, column = f'"{sequence["table"]}"', f'"{sequence["column"]}"'
                last = f"SELECT setval(pg_get_serial_sequence(%s, %s), max({column})) FROM {table}"
                cursor.execute(last, [table, sequence["column"]])

    def _sequences(self) -> list[dict[str, str]]:
        with connection.cursor() as cursor:
            found = [connection.introspection.get_sequences(cursor, table) for table in self.rows]
        return [sequence for sequences in found for sequence in sequences]
