"""Agents' one search: people by name, telephone, birth date or e-mail, alone or together, typing mistakes forgiven.

A room of its own beside ``queries``. Names are read through ``PersonWord``, by prefix on a plain index: the same plan
on both databases. Mistakes are forgiven through the vocabulary of names itself, and only when nothing matches.
"""

from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils import timezone

from bocage.identity.models import Person, PersonWord
from bocage.identity.reading import Wanted, read_search, words
from bocage.identity.scope import Scope
from bocage.territory.models import Commune
from bocage.territory.queries import today as territory_day

#: Sorts after every folded word in any collation: words hold a-z and 0-9.
_LAST = "z" * 12
#: Longest vocabulary compared with a mistyped word. French family names with one initial stay far below.
_VOCABULARY = 6000


def find_people(
    text: str, scope: Scope | None = None, limit: int = 20, today: date | None = None, *, within: Q | None = None
) -> list[Person]:
    """People who match ``text``, best first, within what ``scope`` may see (None: everyone), or within a query.

    Each has an attribute ``look_alikes``: the others found with the same family name and birth date (twins, or one
    person entered twice), which always come along, so that the agent checks the given name or the address.
    """
    wanted = read_search(text, today or territory_day(timezone.now()))
    if not wanted:
        return []
    people = Person.objects.filter(merged_into=None)
    if within is not None:
        people = people.filter(within)
    elif scope is not None:
        people = people.filter(scope.people_q())
    found = _matching(people, wanted, limit)
    if not found and wanted.words and (corrected := _corrected(wanted)):
        found = _matching(people, corrected, limit)
    together = _with_look_alikes(people, found)
    prefetch_related_objects(together, Prefetch("commune", Commune.objects.defer("contour")))
    return together


def _prefix(word: str) -> QuerySet[PersonWord]:
    return PersonWord.objects.filter(word__gte=word, word__lte=word[:40] + _LAST)


def _matching(people: QuerySet[Person], wanted: Wanted, limit: int) -> list[Person]:
    """The first matches, in the order of an index: the database stops there, however many there are."""
    order: tuple[str, ...] = ("birth_name", "given_names", "pk")
    if wanted.email:
        people = people.filter(email=wanted.email)
    if wanted.phone_is_whole:
        people = people.filter(phone=wanted.phone)
    elif wanted.phone:
        people = people.filter(phone__gte=wanted.phone, phone__lte=wanted.phone + "9" * 15)
        order = ("phone", "pk")
    if wanted.dates:
        people = people.filter(birth_date__in=wanted.dates)
    if wanted.words:
        # The longest word leads, the others are looked up for each person it gives: « m lefebvre » reads the Lefebvre.
        longest, *others = sorted(wanted.words, key=len, reverse=True)
        people = people.filter(words__word__gte=longest, words__word__lte=longest[:40] + _LAST)
        for word in others:
            people = people.filter(Exists(_prefix(word).filter(person=OuterRef("pk"))))
        order = ("words__word", "words__person_id")
    rows = list(dict.fromkeys(people.order_by(*order)[: limit * 10]))
    # Names in full come before longer names that begin alike: « Martin » before « Martineau ».
    whole = set(wanted.words)
    rows.sort(key=lambda person: (-len(whole.intersection(_names(person))), person.birth_name, person.given_names))
    return rows[:limit]


def _names(person: Person) -> tuple[str, ...]:
    return words(person.birth_name, person.usual_name, person.given_names)


def _corrected(wanted: Wanted) -> Wanted | None:
    """The same search with each unknown word replaced by the nearest known one; None when one has no neighbour."""
    better = []
    for word in wanted.words:
        if _prefix(word).exists():
            better.append(word)
            continue
        near = nearest(word, _vocabulary(word))
        if near is None:
            return None
        better.append(near)
    if better == list(wanted.words):
        return None
    return Wanted(tuple(better), wanted.dates, wanted.phone, wanted.phone_is_whole, wanted.email)


def _vocabulary(word: str) -> list[str]:
    """Known words with the same initial; and, the initial itself being wrong, swapped with the next letter or added."""
    known = (
        PersonWord.objects.filter(word__gte=word[0], word__lte=word[0] + _LAST)
        .order_by("word")
        .values_list("word", flat=True)
        .distinct()
    )
    candidates = list(known[:_VOCABULARY])
    if len(word) > 2:
        for start in (word[1] + word[0], word[1:3]):
            candidates += _prefix(start).values_list("word", flat=True)[:200]
    return candidates


def nearest(word: str, vocabulary: list[str]) -> str | None:
    """The word at fewest mistakes: one in a word of four letters or fewer, two in a longer one; None beyond."""
    most = 1 if len(word) <= 4 else 2
    best, best_at = None, most + 1
    letters = set(word)
    for candidate in vocabulary:
        # Two cheap looks before the long one: a mistake changes the length by one at most, and spoils one letter.
        if abs(len(candidate) - len(word)) >= best_at or len(letters.difference(candidate)) >= best_at:
            continue
        mistakes = distance(word, candidate, best_at - 1)
        if mistakes < best_at:
            best, best_at = candidate, mistakes
            if mistakes <= 1:
                break
    return best


def distance(one: str, other: str, most: int) -> int:
    """Letters added, dropped, changed or swapped with a neighbour between two words; ``most + 1`` beyond ``most``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, above, row = row, before, [i]
        for j, against in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def _with_look_alikes(people: QuerySet[Person], found: list[Person]) -> list[Person]:
    """Bring along those with the same family name and birth date, and tell each of the others."""
    dates = {person.birth_date for person in found if person.birth_date}
    same_day = list(people.filter(birth_date__in=dates).exclude(pk__in=[p.pk for p in found])[:500]) if dates else []
    together: list[Person] = []
    for person in found:
        together.append(person)
        together += [other for other in same_day if other not in together and alike(person, other)]
    for person in together:
        person.look_alikes = [other for other in together if other.pk != person.pk and alike(person, other)]
    return together


def alike(one: Person, other: Person) -> bool:
    """Same family name and birth date: twins, or one person entered twice."""
    return (
        one.birth_date is not None
        and one.birth_date == other.birth_date
        and words(one.birth_name) == words(other.birth_name)
    )
