"""Writes about mandates: the right to act for someone, given with consent, revoked at will."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.identity.models import Account, Mandate, MandateUse, Person
from bocage.identity.models_mandates import LONGEST
from bocage.territory.models import Organisation
from bocage.territory.queries import today

STREAM = "identity"

#: The text to which the principal consents; its number changes with its wording.
TEXT_VERSION = "2026-11-2"


class MandateOver(Exception):
    """Whoever acts for someone no longer may: the mandate was revoked, has ended, or does not cover this."""

    def __init__(self, name: str = "", typed: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(name)
        self.name = name  # whom it was for
        self.typed = typed  # what was being sent: questions and answers, given back to who typed them, kept nowhere


@dataclass(frozen=True)
class UnderMandate:
    """The authority of an actor under a mandate (``bocage.base.actors.Authority``)."""

    mandate: int
    principal: int
    account: int

    @property
    def key(self) -> str:
        """The principal."""
        return f"person:{self.principal}"

    def used(self, event: Event, now: datetime) -> None:
        """Write one use down, in the event's own transaction. Raises MandateOver: the whole write is undone.

        The update takes the mandate's row: a revocation comes before it, and is seen, or after the write.
        """
        day = today(now)
        standing = Mandate.objects.filter(pk=self.mandate, revoked_at=None, starts__lte=day, ends__gte=day)
        if not standing.update(used_at=now):
            raise MandateOver
        MandateUse.objects.create(
            mandate_id=self.mandate,
            account_id=self.account,
            event=event,
            kind=event.kind,
            subject=event.subject,
            at=now,
        )


def give_mandate(
    principal: Person,
    holder: Person | Organisation,
    *,
    scopes: Sequence[str] = ("*",),
    consent: str,
    starts: date,
    ends: date,
    evidence: str = "",
    helper: Account | None = None,
    told_by: str = "",
    text_version: str = TEXT_VERSION,
    actor: Actor,
    now: datetime,
) -> Mandate:
    """Let a helper act for someone: ``scopes`` are procedures' slugs, ``service:`` and a service, ``*`` for all; both
    dates are included. ``helper`` alone uses the mandate of an organisation. ``told_by``: how each use is told.

    ``evidence`` is the key of the signed paper in the private storage. Raises ValidationError when the holder is the
    principal, when nothing is in scope, when the dates are reversed or more than a year apart.
    """
    if isinstance(holder, Person) and holder.pk == principal.pk:
        raise ValidationError(_("Le mandat désigne une autre personne que celle qui le donne."))
    if not scopes:
        raise ValidationError(_("Indiquez au moins une démarche, ou toutes."))
    if ends < starts:
        raise ValidationError(_("La fin du mandat précède son début. Exemple : du 01/03/2026 au 28/02/2027"))
    if (ends - starts).days > LONGEST:
        raise ValidationError(_("Un mandat dure un an au plus. Exemple : du 01/03/2026 au 28/02/2027"))
    with transaction.atomic():
        mandate = Mandate.objects.create(
            principal=principal,
            holder_person=holder if isinstance(holder, Person) else None,
            holder_organisation=holder if isinstance(holder, Organisation) else None,
            scopes=sorted(set(scopes)),
            consent=consent,
            text_version=text_version,
            evidence=evidence,
            helper=helper,
            told_by=told_by,
            starts=starts,
            ends=ends,
        )
        journal.record(
            stream=STREAM,
            kind="identity.mandate_given",
            subject=f"person:{principal.pk}",
            actor=actor,
            now=now,
            payload={"mandate": mandate.pk, "scopes": mandate.scopes, "consent": consent},
        )
    return mandate


def mark_told(uses: Sequence[MandateUse], *, now: datetime) -> bool:
    """The principal is told of these uses, in the caller's transaction. False: another worker tells them."""
    pks = [use.pk for use in uses]
    return MandateUse.objects.filter(pk__in=pks, told_at=None).update(told_at=now) == len(pks)


def revoke_mandate(mandate: Mandate, *, actor: Actor, now: datetime) -> bool:
    """End a mandate at once. False when it was already revoked."""
    with transaction.atomic():
        if not Mandate.objects.filter(pk=mandate.pk, revoked_at=None).update(revoked_at=now):
            return False
        journal.record(
            stream=STREAM,
            kind="identity.mandate_revoked",
            subject=f"person:{mandate.principal_id}",
            actor=actor,
            now=now,
            payload={"mandate": mandate.pk},
        )
    mandate.revoked_at = now
    return True
