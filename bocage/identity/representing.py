"""Whom someone represents by law: their children under age, and the protected adults whom a judge entrusted to them.

Like a mandate in use (``acting``), and no mandate: nobody consented, nobody revokes. Sources: Code civil, 371-1 and 388
(parental authority, until majority), 440, 467 and 473 (curatelle: both act; tutelle: represented), 494-1.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bocage.base.dates import add_months
from bocage.identity.models import Account, Membership, OrganisationMembership, Person, Representation
from bocage.identity.operations.representing import AsParent, AsRepresentative

PARENTAL = "parental"
MAJORITY = 18 * 12  # months (Code civil, 388)


@dataclass(frozen=True)
class Represented:
    """Someone whom one represents, or assists. Bears what a mandate in use bears, so that screens read both alike."""

    pk: str  # ``r12``: a decision; ``p34``: a child, by its person
    principal: Person
    kind: str
    starts: date
    ends: date
    by: int  # the representative's person
    link: int | None = None
    scopes: tuple[str, ...] = ("*",)
    helper_id: int | None = None
    holder_organisation: Any = None

    @property
    def principal_id(self) -> int:
        """The number of whom it is about."""
        return self.principal.pk

    @property
    def assists(self) -> bool:
        """Whether both act (curatelle): one prepares, the protected person decides."""
        return self.kind == Representation.Kind.CURATELLE

    @property
    def told(self) -> str:
        """By what right, in words."""
        return {
            PARENTAL: _("autorité parentale"),
            Representation.Kind.TUTELLE: _("tutelle"),
            Representation.Kind.HABILITATION: _("habilitation familiale"),
            Representation.Kind.CURATELLE: _("curatelle"),
        }[self.kind]

    def covers(self, procedure: str, service: str) -> bool:
        """A representative acts in all of the person's procedures."""
        return True

    def authority(self, account: Account) -> AsParent | AsRepresentative:
        """What the journal asks at each write."""
        if self.link is None:
            return AsParent(self.by, self.principal.pk)
        return AsRepresentative(self.link, self.principal.pk, self.assists)


def _on(on: date) -> Q:
    return Q(starts__lte=on) & (Q(ends=None) | Q(ends__gte=on))


def standing(on: date) -> QuerySet[Representation]:
    """The decisions in force on a day."""
    return Representation.objects.filter(ended_at=None, starts__lte=on, ends__gte=on)


def represented_q(person: Person, on: date, field: str = "applicant") -> Q:
    """What belongs to someone whom one represents, as a condition on rows that name a person: no query of its own."""
    bodies = OrganisationMembership.objects.filter(_on(on), person=person).values("organisation")
    links = standing(on).filter(Q(person=person) | Q(organisation__in=bodies)).values("protected")
    return Q(**{f"{field}__in": _parts(person, on).values("person")}) | Q(**{f"{field}__in": links})


def represented_by(person: Person | None, on: date) -> list[Represented]:
    """Everyone whom someone represents on a day: children first. Two queries."""
    if person is None:
        return []
    return _children(person, on) + _protected(person, on)


def _parts(person: Person, on: date) -> QuerySet[Membership]:
    """The parts, in their households, of the children over whom someone has authority."""
    homes = Membership.objects.filter(
        _on(on), person=person, role=Membership.Role.GUARDIAN, legal_authority=True
    ).values("household")
    return Membership.objects.filter(
        _on(on),
        role=Membership.Role.CHILD,
        household__in=homes,
        person__birth_date__gt=add_months(on, -MAJORITY),
        person__merged_into=None,
    )


def _children(person: Person, on: date) -> list[Represented]:
    found: dict[int, Represented] = {}
    for part in _parts(person, on).select_related("person").order_by("person__birth_date", "person_id"):
        born = part.person.birth_date
        assert born is not None
        last = add_months(born, MAJORITY) - timedelta(days=1)
        found.setdefault(
            part.person_id, Represented(f"p{part.person_id}", part.person, PARENTAL, part.starts, last, person.pk)
        )
    return list(found.values())


def _protected(person: Person, on: date) -> list[Represented]:
    bodies = OrganisationMembership.objects.filter(_on(on), person=person).values("organisation")
    links = standing(on).filter(Q(person=person) | Q(organisation__in=bodies), protected__merged_into=None)
    return [
        Represented(
            f"r{link.pk}",
            link.protected,
            link.kind,
            link.starts,
            link.ends,
            person.pk,
            link.pk,
            holder_organisation=link.organisation,
        )
        for link in links.select_related("protected", "organisation").order_by("ends", "pk")
    ]


def represents(person: Person | None, key: str, on: date) -> Represented | None:
    """Whom a key names, if that person represents them that day."""
    return next((one for one in represented_by(person, on) if one.pk == key), None)


def representatives_of(protected: Person, on: date) -> list[Representation]:
    """Who represents or assists an adult on a day: agents must know it before they speak."""
    found = standing(on).filter(protected=protected)
    return list(found.select_related("person", "organisation", "seen_by").order_by("pk"))


def was(key: str) -> Represented | None:
    """Whom a key names, whether one still represents them or not: to say that it is over."""
    number = int(key[1:]) if key[1:].isdecimal() else 0
    link = Representation.objects.filter(pk=number).select_related("protected").first() if key[:1] == "r" else None
    person = link.protected if link else Person.objects.filter(pk=number).first() if key[:1] == "p" else None
    return Represented(key, person, PARENTAL, date.min, date.min, 0) if person else None


def now_or_later(protected: Person, now: datetime, on: date) -> list[Representation]:
    """The decisions that hold or will hold, for the page that keeps them."""
    found = Representation.objects.filter(protected=protected, ended_at=None, ends__gte=on)
    return list(found.select_related("person", "organisation").order_by("starts", "pk"))
