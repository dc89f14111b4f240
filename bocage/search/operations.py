"""Every write of the two indexes and of the vocabulary."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar

from django.db import connection, transaction

from bocage.base import registry
from bocage.search import schema, text
from bocage.search.items import SearchItem
from bocage.search.models import CaseEntry, Entry, Word, WordGram
from bocage.search.spelling import grams

T = TypeVar("T")
logger = logging.getLogger(__name__)

MAX_TEXT = 60_000  # characters of one thing that are indexed; PostgreSQL refuses tsvectors past 1 MB
BATCH = 500
_COLUMNS = ("kind", "title", "url", "summary", "title_tokens", "tokens", "boost", "commune", "updated")


# --- The public index ----------------------------------------------------------------------------------------------
def put(item: SearchItem, now: datetime) -> None:
    """Index one public thing, or what has become of it; its new words join the vocabulary at once."""
    with transaction.atomic():
        _upsert([_entry(item, now)])
        _learn(Counter(_vocabulary(item)), known=True)


def remove(source: str, key: str) -> None:
    """Take one thing out of the public index. Its words leave the vocabulary with the next rebuild."""
    with transaction.atomic():
        Entry.objects.filter(source=source, key=key).delete()


def rebuild(now: datetime) -> dict[str, int]:
    """Index again all that the manifests' sources give, then the vocabulary; entries by source, for the command line.

    Each source is replaced in one transaction. A source that fails keeps what it had; one that no app lists is emptied.
    """
    counts: dict[str, int] = {}
    sources = []
    for manifest, source in registry.contributions("search"):
        sources.append(source.name)
        items = registry.isolated(manifest, source.path, lambda give: list(give()))
        if items is not None:
            counts[source.name] = replace(source.name, items, now)
    with transaction.atomic():
        Entry.objects.exclude(source__in=sources).delete()
    rebuild_vocabulary()
    return counts


def replace(source: str, items: Iterable[SearchItem], now: datetime) -> int:
    """Make ``items`` all that ``source`` has in the index; how many they are.

    Raises ValueError when an item names another source: its entry could never be replaced.
    """
    entries = {}
    for item in items:
        if item.source != source:
            raise ValueError(f"search source {source!r} gave an item of {item.source!r}: {item.key}")
        entries[item.key] = _entry(item, now)
    with transaction.atomic():
        stale = set(Entry.objects.filter(source=source).values_list("key", flat=True)) - entries.keys()
        for keys in _batches(stale):
            Entry.objects.filter(source=source, key__in=keys).delete()
        _upsert(entries.values())
    return len(entries)


def rebuild_vocabulary() -> int:
    """Count the words of the public index again; how many there are."""
    found: Counter[str] = Counter()
    for title, summary in Entry.objects.values_list("title", "summary").iterator():
        found.update({*text.words(title), *text.words(summary)})
    with transaction.atomic():
        old = {word.word: word for word in Word.objects.all()}
        for gone in _batches([word.pk for name, word in old.items() if name not in found]):
            WordGram.objects.filter(word__in=gone).delete()
            Word.objects.filter(pk__in=gone).delete()
        changed = [word for name, word in old.items() if name in found and word.frequency != found[name]]
        for word in changed:
            word.frequency = found[word.word]
        Word.objects.bulk_update(changed, ["frequency"], batch_size=BATCH)
        _learn(Counter({name: count for name, count in found.items() if name not in old}), known=False)
    return len(found)


def _entry(item: SearchItem, now: datetime) -> Entry:
    body = f"{item.summary} {item.text}"[:MAX_TEXT]
    return Entry(
        source=item.source,
        key=item.key,
        kind=item.kind,
        title=item.title[:250].replace("\0", ""),  # which PostgreSQL refuses
        url=item.url,
        summary=item.summary.replace("\0", ""),
        title_tokens=text.tokens(item.title),
        tokens=text.tokens(body),
        boost=item.boost,
        commune=item.commune,
        updated=now,
    )


def _upsert(entries: Iterable[Entry]) -> None:
    Entry.objects.bulk_create(
        entries, batch_size=BATCH, update_conflicts=True, unique_fields=["source", "key"], update_fields=_COLUMNS
    )


def _vocabulary(item: SearchItem) -> set[str]:
    return {*text.words(item.title), *text.words(item.summary)}


def _learn(found: Counter[str], *, known: bool) -> None:
    """Add words and their grams; ``known``: some may be there already."""
    if known:
        found = Counter(found)
        for word in Word.objects.filter(word__in=list(found)).values_list("word", flat=True):
            del found[word]
    for batch in _batches(sorted(word for word in found if word.isalpha() and len(word) > 2)):
        Word.objects.bulk_create(
            [Word(word=word, frequency=found[word]) for word in batch], ignore_conflicts=True, batch_size=BATCH
        )
        rows = Word.objects.filter(word__in=batch).values_list("pk", "word")
        WordGram.objects.bulk_create(
            [WordGram(word_id=pk, gram=gram) for pk, word in rows for gram in grams(word)],
            ignore_conflicts=True,
            batch_size=BATCH,
        )


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(values)
    while batch := list(islice(iterator, BATCH)):
        yield batch


# --- The index of cases --------------------------------------------------------------------------------------------
def index_case(case_id: int, *, service: str, commune_id: int | None, organisation_id: int | None, text: str) -> None:
    """Index a case for the agents who may see it, inside the transaction that changed it.

    ``text`` is what one may look for: reference, names, telephone, e-mail, address, procedure, answers in clear. Sealed
    values and internal notes of others' services do not belong in it.
    """
    _put_cases([_case_entry(case_id, service, commune_id, organisation_id, text)])


def index_cases(rows: Iterable[tuple[int, str, int | None, int | None, str]]) -> int:
    """``index_case`` for many, for a rebuild: (case id, service, commune, organisation, text). How many they were."""
    total = 0
    iterator = iter(rows)
    while batch := [_case_entry(*row) for row in islice(iterator, BATCH)]:
        with transaction.atomic():
            _put_cases(batch)
        total += len(batch)
    return total


def remove_case(case_id: int) -> None:
    """Take a case out of the index: it was erased. Its words leave the disk when the index is made compact."""
    CaseEntry.objects.filter(case_id=case_id).delete()


def compact(now: datetime) -> None:
    """Job, and the end of an erasure: let no word of what is gone stay in the indexes."""
    with transaction.atomic():
        schema.compact(connection)


def _case_entry(
    case_id: int, service: str, commune_id: int | None, organisation_id: int | None, searched: str
) -> CaseEntry:
    tokens = dict.fromkeys(text.tokens(searched[:MAX_TEXT]).split())  # once each: agents' searches are not ranked
    return CaseEntry(
        case_id=case_id,
        service=service,
        commune_id=commune_id,
        organisation_id=organisation_id,
        tokens=" ".join(tokens),
    )


def _put_cases(entries: list[CaseEntry]) -> None:
    CaseEntry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=["case_id"],
        update_fields=["service", "commune_id", "organisation_id", "tokens"],
    )
