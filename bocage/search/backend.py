"""How a parsed query is put to each database: the only place that writes FTS5's and PostgreSQL's languages.

Tokens are folded words, ``[a-z0-9]+``: they can hold no operator of either language, whatever was typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from bocage.search.schema import CASES, ENTRIES


@dataclass(frozen=True)
class Term:
    """A token, or with ``prefix`` every token that begins with it."""

    token: str
    prefix: bool = False


Alternative = tuple[Term, ...]  # all of these terms
Group = tuple[Alternative, ...]  # any of these alternatives: a word, its other spellings, its synonyms


def expression(groups: Sequence[Group], *, every: bool = True) -> str:
    """The groups in the language of the current database: all of them, or any when ``every`` is false."""
    postgresql = connection.vendor == "postgresql"
    both, either = (" & ", " | ") if postgresql else (" AND ", " OR ")

    def term(one: Term) -> str:
        if postgresql:
            return f"{one.token}:*" if one.prefix else one.token
        return f'"{one.token}"*' if one.prefix else f'"{one.token}"'

    def group(alternatives: Group) -> str:
        return f"({either.join('(' + both.join(map(term, alternative)) + ')' for alternative in alternatives)})"

    return (both if every else either).join(map(group, groups))


def matching_cases(groups: Sequence[Group]) -> RawSQL:
    """A condition on ``CaseEntry``: the cases that hold every group. Its columns go without the table's name, which
    Django changes in subqueries; no table around them has columns of these names."""
    if connection.vendor == "postgresql":
        sql = "fts @@ to_tsquery('simple', %s)"
    else:
        sql = f"{CASES.key} IN (SELECT rowid FROM {CASES.fts} WHERE {CASES.fts} MATCH %s)"  # noqa: S608
    return RawSQL(sql, [expression(groups)], output_field=BooleanField())  # noqa: S611


def ranked(groups: Sequence[Group], *, every: bool, commune: str, limit: int) -> list[tuple[int, str]]:
    """``(id, kind)`` of the public entries, best first. A word in the title counts eight times as much as in the text;
    what is in the visitor's ``commune`` (INSEE code, or empty) counts half as much again."""
    if connection.vendor == "postgresql":
        sql = f"""
            SELECT id, kind FROM {ENTRIES.table}, to_tsquery('simple', %s) AS query WHERE fts @@ query
            ORDER BY ts_rank('{{0.12, 0.2, 0.4, 1}}', fts, query, 1) * boost
                * CASE WHEN commune = %s THEN 1.5 ELSE 1 END DESC, title, id LIMIT %s"""  # noqa: S608
    else:
        sql = f"""
            SELECT entry.id, entry.kind
            FROM {ENTRIES.fts} JOIN {ENTRIES.table} AS entry ON entry.id = {ENTRIES.fts}.rowid
            WHERE {ENTRIES.fts} MATCH %s
            ORDER BY -bm25({ENTRIES.fts}, 8.0, 1.0) * entry.boost
                * CASE WHEN entry.commune = %s THEN 1.5 ELSE 1 END DESC, entry.title, entry.id LIMIT %s"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [expression(groups, every=every), commune or "-", limit])
        return list(cursor.fetchall())
