"""What follows of identity's own tables when two records are made one (manifest, ``person_rows``)."""

from typing import Any

from bocage.identity.merging import mover
from bocage.identity.models import (
    Account,
    ExternalIdentity,
    HomeAsk,
    Mandate,
    MandateAsk,
    Membership,
    OrganisationMembership,
    Person,
    Representation,
    SiteConsent,
)

move_members = mover(Membership, "person")
move_organisation_members = mover(OrganisationMembership, "person")
move_mandates_given = mover(Mandate, "principal")
move_mandates_held = mover(Mandate, "holder_person")
move_asks_given = mover(MandateAsk, "principal")
move_asks_held = mover(MandateAsk, "holder_person")
move_home_asks = mover(HomeAsk, "asked_by")
move_protections = mover(Representation, "protected")
move_representations = mover(Representation, "person")
move_identities = mover(ExternalIdentity, "account")
move_site_consents = mover(SiteConsent, "account")


def members_that_follow(kept: Person, other: Person) -> Any:
    """Parts in households: one that both records hold today stays where it is, and is no longer read."""
    held = Membership.objects.filter(person=kept, ends=None).values("household")
    return Membership.objects.filter(person=other).exclude(ends=None, household__in=held)


def organisation_members_that_follow(kept: Person, other: Person) -> Any:
    """The same for organisations."""
    held = OrganisationMembership.objects.filter(person=kept, ends=None).values("organisation")
    return OrganisationMembership.objects.filter(person=other).exclude(ends=None, organisation__in=held)


def mandates_given_that_follow(kept: Person, other: Person) -> Any:
    """Mandates given, but to the other record: nobody gives one to oneself."""
    return Mandate.objects.filter(principal=other).exclude(holder_person=kept)


def mandates_held_that_follow(kept: Person, other: Person) -> Any:
    """Mandates held, but from the other record."""
    return Mandate.objects.filter(holder_person=other).exclude(principal=kept)


def identities_that_follow(kept: Account, other: Account) -> Any:
    """Identities at providers by which the kept account does not open yet."""
    held = ExternalIdentity.objects.filter(account=kept).values("issuer")
    return ExternalIdentity.objects.filter(account=other).exclude(issuer__in=held)


def site_consents_that_follow(kept: Account, other: Account) -> Any:
    """Consents to sites, but those standing twice."""
    held = SiteConsent.objects.filter(account=kept, withdrawn_at=None, client__isnull=False).values("client")
    return SiteConsent.objects.filter(account=other).exclude(withdrawn_at=None, client__in=held)


def protections_that_follow(kept: Person, other: Person) -> Any:
    """Measures that protect, but by the other record, and those that both records have."""
    held = Representation.objects.filter(protected=kept, ended_at=None, person__isnull=False).values("person")
    bodies = Representation.objects.filter(protected=kept, ended_at=None, person=None).values("organisation")
    found = Representation.objects.filter(protected=other).exclude(person=kept)
    return found.exclude(ended_at=None, person__in=held).exclude(ended_at=None, organisation__in=bodies)


def representations_that_follow(kept: Person, other: Person) -> Any:
    """Measures by which one represents, but of the other record, and those that both records have."""
    held = Representation.objects.filter(person=kept, ended_at=None).values("protected")
    found = Representation.objects.filter(person=other).exclude(protected=kept)
    return found.exclude(ended_at=None, protected__in=held)
