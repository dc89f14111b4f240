"""Writes about legal representation: a judge's decision that an agent has seen, and each act done under it."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from bocage.base import journal, registry
from bocage.base.actors import Actor
from bocage.base.dates import add_months
from bocage.base.models import Event
from bocage.identity.models import Membership, Person, Representation
from bocage.identity.operations.mandates import MandateOver
from bocage.territory.models import Organisation
from bocage.territory.queries import today

STREAM = "identity"

LONGEST = {
    Representation.Kind.TUTELLE: 240,  # Code civil, 441 and 442: five years, ten, twenty when renewed
    Representation.Kind.CURATELLE: 240,
    Representation.Kind.HABILITATION: 240,  # 494-6
}
"""Months between the first and the last day, at most."""


@cache
def acts() -> frozenset[str]:
    """The events by which someone commits themselves, as the apps say (manifest): a curator does none alone (467)."""
    return frozenset(kind for _manifest, kind in registry.contributions("acts"))


class NeedsBoth(MandateOver):
    """Under curatelle both act: the curator has prepared, the protected person decides."""


@dataclass(frozen=True)
class AsRepresentative:
    """The authority of an actor under a judge's decision (``bocage.base.actors.Authority``)."""

    link: int
    principal: int
    assists: bool

    @property
    def key(self) -> str:
        """Whom one represents."""
        return f"person:{self.principal}"

    def used(self, event: Event, now: datetime) -> None:
        """Ask, in the event's own transaction, whether the decision still holds. Raises MandateOver, NeedsBoth.

        The update takes the row: an end comes before it, and is seen, or after the write.
        """
        day = today(now)
        standing = Representation.objects.filter(pk=self.link, ended_at=None, starts__lte=day, ends__gte=day)
        if not standing.update(used_at=now):
            raise MandateOver
        if self.assists and event.kind in acts():
            raise NeedsBoth


@dataclass(frozen=True)
class AsParent:
    """The authority of a parent (Code civil, 371-1), as their household says it."""

    parent: int
    principal: int

    @property
    def key(self) -> str:
        """The child."""
        return f"person:{self.principal}"

    def used(self, event: Event, now: datetime) -> None:
        """Ask, in the event's own transaction, whether parental authority still holds. Raises MandateOver."""
        day = today(now)
        holds = Q(starts__lte=day) & (Q(ends=None) | Q(ends__gte=day))
        homes = Membership.objects.filter(
            holds,
            role=Membership.Role.CHILD,
            person=self.principal,
            person__birth_date__gt=add_months(day, -18 * 12),
        ).values("household")
        parts = Membership.objects.filter(
            holds, person=self.parent, role=Membership.Role.GUARDIAN, legal_authority=True, household__in=homes
        )
        if not parts.update(ends=F("ends")):
            raise MandateOver


def record_representation(
    protected: Person,
    representative: Person | Organisation,
    *,
    kind: str,
    decision: str,
    decided_on: date,
    starts: date,
    ends: date,
    actor: Actor,
    now: datetime,
) -> Representation:
    """Write down a judge's decision that an agent has seen; both dates are included.

    Raises ValidationError, by field: the person themselves, dates out of order or longer than the law allows, a
    decision without reference, someone who represents them already.
    """
    errors: dict[str, str] = {}
    decision = " ".join(decision.split())
    if isinstance(representative, Person) and representative.pk == protected.pk:
        errors["representative"] = _("C’est la personne elle-même.")
    if not decision:
        errors["decision"] = _(
            "Indiquez la décision. Exemple : jugement du 12/03/2026, tribunal d’Avesnes, n° 26/00123"
        )
    if decided_on > today(now):
        errors["decided_on"] = _("Cette décision n’est pas encore prise. Exemple : 12/03/2026")
    if starts < decided_on:
        errors["starts"] = _("La mesure commence au plus tôt le jour de la décision. Exemple : 12/03/2026")
    if ends < starts:
        errors["ends"] = _("La fin précède le début. Exemple : du 12/03/2026 au 11/03/2031")
    elif ends > add_months(starts, LONGEST[Representation.Kind(kind)]):
        errors["ends"] = _("La loi limite la durée à vingt ans. Relisez la décision. Exemple : 11/03/2031")
    if errors:
        raise ValidationError({name: [text] for name, text in errors.items()})
    try:
        with transaction.atomic():
            link = Representation.objects.create(
                protected=protected,
                person=representative if isinstance(representative, Person) else None,
                organisation=representative if isinstance(representative, Organisation) else None,
                kind=kind,
                decision=decision[:200],
                decided_on=decided_on,
                starts=starts,
                ends=ends,
                seen_by_id=actor.id if actor.kind == "account" else None,
                seen_at=now,
            )
            journal.record(
                stream=STREAM,
                kind="identity.representation_recorded",
                subject=f"person:{protected.pk}",
                actor=actor,
                now=now,
                payload={"representation": link.pk, "kind": kind},
            )
    except IntegrityError as error:
        told = _("Cette mesure est déjà enregistrée. Terminez-la d’abord si elle a été remplacée.")
        raise ValidationError({"representative": [told]}) from error
    return link


def end_representation(link: Representation, *, actor: Actor, now: datetime) -> bool:
    """A measure is lifted or replaced: nothing more is done under it. False when it was already."""
    with transaction.atomic():
        if not Representation.objects.filter(pk=link.pk, ended_at=None).update(ended_at=now):
            return False
        journal.record(
            stream=STREAM,
            kind="identity.representation_ended",
            subject=f"person:{link.protected_id}",
            actor=actor,
            now=now,
            payload={"representation": link.pk},
        )
    link.ended_at = now
    return True
