"""Full-text search in the two databases, over the ``tokens`` columns: FTS5 with triggers, or a stored tsvector.

``ensure`` is run by a migration and again after every ``migrate``: on SQLite, Django alters a table by making it anew,
which silently drops its triggers.
"""

from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper


class Index(NamedTuple):
    """A table to search: its key, its text columns by falling weight (PostgreSQL's A to D), FTS5's options."""

    table: str
    key: str
    columns: tuple[str, ...]
    options: str

    @property
    def fts(self) -> str:
        """FTS5's table."""
        return f"{self.table}_fts"


ENTRIES = Index("search_entry", "id", ("title_tokens", "tokens"), "prefix='2 3 4'")
# Agents' searches are not ranked: without positions the index is half the size and writes are faster.
CASES = Index("search_caseentry", "case_id", ("tokens",), "prefix='3', detail='none'")


def ensure(connection: BaseDatabaseWrapper) -> None:
    """Create what is missing for full-text search; bring an index that had lost its triggers up to date."""
    with connection.cursor() as cursor:
        for index in (ENTRIES, CASES):
            statements = _postgresql(index) if connection.vendor == "postgresql" else _sqlite(index)
            if connection.vendor == "sqlite":
                cursor.execute(
                    "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [index.table]
                )
                if cursor.fetchone()[0] < 3:
                    statements.append(f"INSERT INTO {index.fts}({index.fts}) VALUES ('rebuild')")  # noqa: S608
                else:
                    continue
            for statement in statements:
                cursor.execute(statement)


def compact(connection: BaseDatabaseWrapper) -> None:
    """Take out of FTS5's segments the words of rows that are gone: it only marks them deleted until it merges.

    PostgreSQL keeps them in dead rows alone, until its own vacuum.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for index in (ENTRIES, CASES):
            cursor.execute(f"INSERT INTO {index.fts}({index.fts}) VALUES ('optimize')")  # noqa: S608


def drop(connection: BaseDatabaseWrapper) -> None:
    """Undo ``ensure``, for the migration's way back."""
    with connection.cursor() as cursor:
        for index in (ENTRIES, CASES):
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE {index.table} DROP COLUMN IF EXISTS fts")
            else:
                for event in ("insert", "delete", "update"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {index.fts}_{event}")
                cursor.execute(f"DROP TABLE IF EXISTS {index.fts}")


def _postgresql(index: Index) -> list[str]:
    weighted = " || ".join(
        f"setweight(to_tsvector('simple', {column}), '{weight}')"
        for column, weight in zip(index.columns, "AD", strict=False)
    )
    return [
        f"ALTER TABLE {index.table} ADD COLUMN IF NOT EXISTS fts tsvector GENERATED ALWAYS AS ({weighted}) STORED",
        f"CREATE INDEX IF NOT EXISTS {index.table}_fts ON {index.table} USING gin (fts)",
    ]


def _sqlite(index: Index) -> list[str]:
    columns = ", ".join(index.columns)
    new, old = (", ".join(f"{row}.{column}" for column in index.columns) for row in ("new", "old"))
    insert = f"INSERT INTO {index.fts}(rowid, {columns}) VALUES (new.{index.key}, {new});"  # noqa: S608
    delete = f"INSERT INTO {index.fts}({index.fts}, rowid, {columns}) VALUES ('delete', old.{index.key}, {old});"  # noqa: S608
    trigger = f"CREATE TRIGGER IF NOT EXISTS {index.fts}"
    return [
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {index.fts} USING fts5({columns}, content='{index.table}', "
        f"content_rowid='{index.key}', tokenize='unicode61 remove_diacritics 0', {index.options})",
        f"{trigger}_insert AFTER INSERT ON {index.table} BEGIN {insert} END",
        f"{trigger}_delete AFTER DELETE ON {index.table} BEGIN {delete} END",
        f"{trigger}_update AFTER UPDATE OF {index.key}, {columns} ON {index.table} BEGIN {delete} {insert} END",
    ]
