"""What is allowed and unwise in a procedure: warnings, in plain French, each with its place."""

from collections.abc import Iterator

from bocage.cases.schema import ProcedureDocument
from bocage.cases.validation import Unread


def advice(document: ProcedureDocument, unread: Unread) -> Iterator[tuple[str, str]]:
    """Warnings, as (place, text)."""
    yield from ()
