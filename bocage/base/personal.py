"""What apps answer when they are asked about someone's data: the shapes that manifests' handlers give.

A room of its own: ``bocage.privacy`` reads them, every app makes them, none knows the others.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What becomes of some of someone's data when they ask for its erasure; ``what`` and ``why`` are French.

    ``erased``: goes. ``kept``: stays until a day, or for good, because ``why`` (the law's article in brackets);
    ``named``, with what names them: it is erased the day after ``until``. ``blocks``: nothing can be erased before
    this ends; ``url`` leads to what ends it.
    """

    becomes: Literal["erased", "kept", "blocks"]
    what: str
    count: int = 1
    why: str = ""
    until: date | None = None
    named: bool = False
    url: str = ""
    act: str = ""  # what the link does: « Retirer cette demande »


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """Something that a person agreed to, once: a site, a mandate. ``ended`` is empty while it stands."""

    what: str
    details: tuple[str, ...] = ()
    given: date | datetime
    how: str = ""
    until: date | None = None
    ended: date | datetime | None = None
    url: str = ""  # where it is taken back


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a breach is about, as the data protection officer tells it; every part may be empty.

    ``references`` are what people quote or sign in with; ``agent`` is the account that was misused. Instants are UTC.
    """

    references: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    agent: int | None = None


@dataclass(frozen=True, kw_only=True)
class Concerned:
    """Someone, or what is known of them, concerned by a breach through ``count`` records of a ``kind``.

    ``person`` is the id of their record; without one, ``name`` and the addresses are all that is known.
    """

    kind: str
    person: int | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    sensitive: bool = False
    records: tuple[str, ...] = field(default=())
