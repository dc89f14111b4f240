"""Writes about households and organisations: who belongs to which, from when to when."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.identity.models import Household, Membership, OrganisationMembership, Person
from bocage.territory.models import Commune, Organisation

STREAM = "identity"


def open_household(*, name: str, commune: Commune | None = None, actor: Actor, now: datetime) -> Household:
    """Open a household, for its members to be added."""
    with transaction.atomic():
        household = Household.objects.create(name=name, commune=commune, created_at=now)
        journal.record(
            stream=STREAM,
            kind="identity.household_opened",
            subject=f"household:{household.pk}",
            actor=actor,
            now=now,
        )
    return household


def add_member(
    household: Household,
    person: Person,
    *,
    role: str,
    starts: date,
    legal_authority: bool = False,
    billing_share: int = 100,
    actor: Actor,
    now: datetime,
) -> Membership:
    """Bring someone into a household. A child may be in two; ``billing_share`` is a percentage of what is due.

    Raises ValidationError when they are already in this one.
    """
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                household=household,
                person=person,
                role=role,
                starts=starts,
                legal_authority=legal_authority,
                billing_share=billing_share,
            )
            journal.record(
                stream=STREAM,
                kind="identity.member_added",
                subject=f"household:{household.pk}",
                actor=actor,
                now=now,
                payload={"person": person.pk, "role": role},
            )
    except IntegrityError as error:
        if Membership.objects.filter(household=household, person=person, ends=None).exists():
            raise ValidationError(_("Cette personne fait déjà partie de ce foyer.")) from error
        raise
    return membership


def leave(membership: Membership, *, on: date, actor: Actor, now: datetime) -> bool:
    """End someone's part in a household; ``on`` is the first day they are no longer in it. False when already ended."""
    last = max(on - timedelta(days=1), membership.starts)
    with transaction.atomic():
        if not Membership.objects.filter(pk=membership.pk, ends=None).update(ends=last):
            return False
        journal.record(
            stream=STREAM,
            kind="identity.member_left",
            subject=f"household:{membership.household_id}",
            actor=actor,
            now=now,
            payload={"person": membership.person_id},
        )
    membership.ends = last
    return True


def end_organisation_member(membership: OrganisationMembership, *, on: date, actor: Actor, now: datetime) -> bool:
    """End someone's part in an organisation; ``on`` is the first day without it. False when already ended."""
    last = max(on - timedelta(days=1), membership.starts)
    with transaction.atomic():
        if not OrganisationMembership.objects.filter(pk=membership.pk, ends=None).update(ends=last):
            return False
        journal.record(
            stream=STREAM,
            kind="identity.organisation_member_left",
            subject=f"organisation:{membership.organisation_id}",
            actor=actor,
            now=now,
            payload={"person": membership.person_id},
        )
    membership.ends = last
    return True


def add_organisation_member(
    organisation: Organisation,
    person: Person,
    *,
    role: str,
    starts: date,
    is_helper: bool = False,
    actor: Actor,
    now: datetime,
) -> OrganisationMembership:
    """Let someone act for an organisation; ``is_helper``: help residents in its name, with their mandate.

    Raises ValidationError when they already may.
    """
    try:
        with transaction.atomic():
            membership = OrganisationMembership.objects.create(
                organisation=organisation, person=person, role=role, starts=starts, is_helper=is_helper
            )
            journal.record(
                stream=STREAM,
                kind="identity.organisation_member_added",
                subject=f"organisation:{organisation.pk}",
                actor=actor,
                now=now,
                payload={"person": person.pk, "is_helper": is_helper},
            )
    except IntegrityError as error:
        if OrganisationMembership.objects.filter(organisation=organisation, person=person, ends=None).exists():
            raise ValidationError(_("Cette personne agit déjà pour cet organisme.")) from error
        raise
    return membership


def set_helper(membership: OrganisationMembership, *, is_helper: bool, actor: Actor, now: datetime) -> bool:
    """Let a member help residents in the organisation's name, or no longer: their mandates stop at once.

    False when nothing changes.
    """
    with transaction.atomic():
        same = OrganisationMembership.objects.filter(pk=membership.pk, is_helper=not is_helper, ends=None)
        if not same.update(is_helper=is_helper):
            return False
        journal.record(
            stream=STREAM,
            kind="identity.helper_named" if is_helper else "identity.helper_ended",
            subject=f"organisation:{membership.organisation_id}",
            actor=actor,
            now=now,
            payload={"person": membership.person_id},
        )
    membership.is_helper = is_helper
    return True
