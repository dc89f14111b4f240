"""Writes about mandates: the right to act for someone, given with consent, revoked at will."""

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.identity.models import Mandate, Person
from bocage.territory.models import Organisation

STREAM = "identity"

#: The text to which the principal consents; its number changes with its wording.
TEXT_VERSION = "2026-11"


def give_mandate(
    principal: Person,
    holder: Person | Organisation,
    *,
    scopes: Sequence[str] = ("*",),
    consent: str,
    starts: date,
    ends: date,
    evidence: str = "",
    text_version: str = TEXT_VERSION,
    actor: Actor,
    now: datetime,
) -> Mandate:
    """Let a helper act for someone: ``scopes`` are procedures' slugs, ``*`` for all; both dates are included.

    ``evidence`` is the key of the signed paper in the private storage. Raises ValidationError when the holder is the
    principal, when nothing is in scope, or when the dates are reversed.
    """
    if isinstance(holder, Person) and holder.pk == principal.pk:
        raise ValidationError(_("Le mandat désigne une autre personne que celle qui le donne."))
    if not scopes:
        raise ValidationError(_("Indiquez au moins une démarche, ou toutes."))
    if ends < starts:
        raise ValidationError(_("La fin du mandat précède son début. Exemple : du 01/03/2026 au 28/02/2027"))
    with transaction.atomic():
        mandate = Mandate.objects.create(
            principal=principal,
            holder_person=holder if isinstance(holder, Person) else None,
            holder_organisation=holder if isinstance(holder, Organisation) else None,
            scopes=sorted(set(scopes)),
            consent=consent,
            text_version=text_version,
            evidence=evidence,
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
