"""Reads of privacy: what becomes of someone's data, what they agreed to, how they are told, whom a breach concerns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import QuerySet

from bocage.base import registry
from bocage.base.manifest import Manifest, PersonalData, Processing, Retention
from bocage.base.personal import Agreed, Fate, Search
from bocage.identity.models import Person
from bocage.identity.scope import Scope
from bocage.messaging.queries import written_address
from bocage.messaging.recipients import Recipient
from bocage.privacy.models import Breach, Erasure, ErasureState

T = TypeVar("T")


def holders() -> list[tuple[Manifest, PersonalData]]:
    """Every declared kind of personal data, in the order of the apps: the lowest floor first."""
    return list(registry.contributions("personal_data"))


def _asked(handler: str, *args: Any) -> Iterator[Any]:
    """What every holder answers to a question. Raises what one of them raises: half an answer would be a lie."""
    for _manifest, holder in holders():
        path = getattr(holder, handler)
        if path:
            yield from registry.resolve(path)(*args)


def fates(person: Person, now: datetime) -> list[Fate]:
    """What erasing would do to someone's data: what blocks it first, then what goes, then what stays."""
    order = ("blocks", "erased", "kept")
    found: list[Fate] = list(_asked("fate", person, now))
    return sorted(found, key=lambda fate: order.index(fate.becomes))


def subjects_of(person: Person) -> list[str]:
    """The journal's subjects that are about someone."""
    return sorted(set(_asked("subjects", person)))


def agreed_by(person: Person) -> list[Agreed]:
    """What someone agreed to: what stands first, then the latest."""
    found: list[Agreed] = list(_asked("agreed", person))
    return sorted(found, key=lambda one: one.ended is not None)


def erasure_of(person: Person) -> Erasure | None:
    """The erasure that waits for someone's week to pass; None without one."""
    return Erasure.objects.filter(person=person, state=ErasureState.WAITING).first()


def recipient_of(person: Person) -> Recipient:
    """Someone as their own record says they are reached."""
    lines = tuple(written_address(person).splitlines())
    return Recipient(
        name=person.full_name, email=person.email, phone=person.phone, address_lines=lines, person_id=person.pk
    )


def retentions() -> list[Retention]:
    """Every kind of data that goes in time, in order."""
    found: Iterable[Retention] = (one for _manifest, one in registry.contributions("retentions"))
    return sorted(found, key=lambda one: (one.order, one.name))


def processings() -> list[Processing]:
    """The register of processing activities, in order (GDPR, art. 30)."""
    found: list[Processing] = []
    entries: list[tuple[Manifest, Processing]] = list(registry.contributions("processings"))
    for _manifest, entry in sorted(entries, key=lambda pair: pair[1].order):
        found += list(registry.resolve(entry.path)(entry)) if entry.path else [entry]
    return found


# --- At the desk ----------------------------------------------------------------------------------------------------
def serves_the_public(scope: Scope) -> bool:
    """For the menu: who answers for personal data has a page of their own, which leads to people too."""
    return not scope.is_administrator


def people_in_reach(scope: Scope) -> QuerySet[Person]:
    """Those whose rights an agent may see to: the people they may look up."""
    return Person.objects.filter(scope.people_q(), merged_into=None)


# --- Breaches -----------------------------------------------------------------------------------------------------
@dataclass
class Reached:
    """Someone whom a breach concerns: how they are told, and what of theirs was reached."""

    name: str
    way: str  # e-mail, SMS, letter, or nothing
    address: str
    sensitive: bool = False
    records: dict[str, list[str]] = field(default_factory=dict)  # by kind


def search_of(breach: Breach) -> Search:
    """What a breach is about."""
    return Search(references=tuple(breach.references), since=breach.since, until=breach.until, agent=breach.agent_id)


def reached_by(breach: Breach) -> list[Reached]:
    """Whom a breach concerns, each once, by name; who is known under no record is told by their name and address."""
    found: dict[object, Reached] = {}
    rows = list(_asked("concerned", search_of(breach)))
    people = {
        person.pk: person
        for person in Person.objects.filter(pk__in={row.person for row in rows if row.person}).select_related("commune")
    }
    for row in rows:
        person = people.get(row.person) if row.person else None
        key: object = row.person if person else (row.name.casefold(), row.email.casefold(), row.phone)
        reached = found.get(key)
        if reached is None:
            told = recipient_of(person) if person else Recipient(name=row.name, email=row.email, phone=row.phone)
            way = told.best_channel()
            reached = found[key] = Reached(told.name or row.name, way, told.address(way))
        if not reached.address and (row.email or row.phone):
            told = Recipient(name=row.name, email=row.email, phone=row.phone)
            reached.way = told.best_channel()
            reached.address = told.address(reached.way)
        reached.sensitive = reached.sensitive or row.sensitive
        reached.records.setdefault(row.kind, []).extend(row.records)
    return sorted(found.values(), key=lambda one: one.name.casefold())
