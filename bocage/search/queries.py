"""Reading the two indexes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bocage.search import backend
from bocage.search.models import CaseEntry, Entry
from bocage.search.reading import Reading, read, read_for_agents

LIMIT = 500  # results looked at for one query: nobody reads further

# Kinds of things found, in the order in which a page of results shows them.
KINDS = {
    "procedure": _("Démarches"),
    "place": _("Lieux"),
    "commune": _("Communes"),
    "news": _("Actualités"),
    "page": _("Pages"),
    "national": _("Ce qui se fait ailleurs"),
}


@dataclass(frozen=True)
class Found:
    """What a query gave: ids by kind, best first; ``best``, the kind of the best of all, empty when nothing was found.

    ``partial``: no entry holds every word, these hold some.
    """

    reading: Reading
    ids: dict[str, list[int]] = field(default_factory=dict)
    partial: bool = False
    best: str = ""

    @property
    def total(self) -> int:
        """How many were found, ``LIMIT`` at most."""
        return sum(map(len, self.ids.values()))

    @property
    def corrected(self) -> str:
        """What was searched instead of what was typed; empty: as typed."""
        return self.reading.corrected


def find(text: str, *, commune: str = "", correct: bool = True, limit: int = LIMIT) -> Found:
    """What the public index has for ``text``, whatever it holds: all of its words if possible, else some.

    ``commune``: the visitor's, by INSEE code; ``correct``: forgive typing mistakes.
    """
    reading = read(text, correct=correct)
    if not reading.groups:
        return Found(reading)
    rows = backend.ranked(reading.groups, every=True, commune=commune, limit=limit)
    partial = not rows and len(reading.groups) > 1
    if partial:
        rows = backend.ranked(reading.groups, every=False, commune=commune, limit=limit)
    ids: dict[str, list[int]] = {}
    for pk, kind in rows:
        ids.setdefault(kind, []).append(pk)
    return Found(reading, ids, partial, best=rows[0][1] if rows else "")


def entries(ids: Iterable[int]) -> list[Entry]:
    """The entries of these ids, in their order."""
    wanted = list(ids)
    by_id = Entry.objects.defer("title_tokens", "tokens").in_bulk(wanted)
    return [by_id[pk] for pk in wanted if pk in by_id]


def case_ids_matching(text: str, scope: Q | None = None) -> QuerySet[CaseEntry, int]:
    """The ids of the cases that hold every word of ``text``, for ``Case.objects.filter(id__in=…)``.

    A text without any word (« !! ») matches none. ``scope`` bounds the index on ``service``, ``commune_id``,
    ``organisation_id``; it does not replace the scope of the query on cases.
    """
    groups = read_for_agents(text)
    if not groups:
        return CaseEntry.objects.none().values_list("case_id", flat=True)
    found = CaseEntry.objects.filter(backend.matching_cases(groups))
    if scope is not None:
        found = found.filter(scope)
    return found.values_list("case_id", flat=True)
