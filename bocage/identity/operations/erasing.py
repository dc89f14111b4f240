"""Taking the name out of someone's record, and closing their account for good. Called by ``bocage.privacy``."""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Token
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.identity.models import (
    ERASED,
    Account,
    CodeCard,
    ExternalIdentity,
    HomeAsk,
    Household,
    Mandate,
    MandateAsk,
    Membership,
    MergeChange,
    OrganisationMembership,
    Person,
    PersonWord,
    PossibleDuplicate,
    Representation,
    SignInLink,
    SiteConsent,
    SiteSubject,
)
from bocage.territory.queries import today

STREAM = "identity"

ERASED_HOME = "Foyer effacé"


def erase_person(person: Person, *, actor: Actor, now: datetime) -> None:
    """Erase what identifies someone: their record and those merged into it stay as nameless rows; the account closes.

    Mandates in force are revoked, parts in households and organisations end. The journal keeps ids only. Twice does
    nothing more.
    """
    with transaction.atomic():
        pks = [person.pk, *person.merged.values_list("pk", flat=True)]
        merged = Q(merge__kept__in=pks) | Q(merge__other__in=pks)
        closed = MergeChange.objects.filter(merged, column="identity.Account.person").values("row")
        for account in Account.objects.filter(Q(person__in=pks) | Q(pk__in=closed, person=None)):
            _erase_account(account)
        PersonWord.objects.filter(person__in=pks).delete()
        PossibleDuplicate.objects.filter(Q(newer__in=pks) | Q(older__in=pks)).delete()
        MergeChange.objects.filter(merged).delete()  # never taken apart again
        Mandate.objects.filter(Q(principal__in=pks) | Q(holder_person__in=pks), revoked_at=None).update(revoked_at=now)
        homes = HomeAsk.objects.filter(Q(asked_by__in=pks) | Q(membership__person__in=pks))
        homes.filter(state=HomeAsk.State.WAITING).update(state=HomeAsk.State.DROPPED, decided_at=now)
        homes.filter(kind=HomeAsk.Kind.JOIN).update(birth_name=ERASED, given_names="", birth_date=None)
        measures = Representation.objects.filter(Q(protected__in=pks) | Q(person__in=pks))
        measures.filter(ended_at=None).update(ended_at=now)
        measures.update(decision=ERASED)
        asked = MandateAsk.objects.filter(Q(principal__in=pks) | Q(holder_person__in=pks))
        asked.filter(state=MandateAsk.State.WAITING).update(state=MandateAsk.State.DROPPED)
        asked.update(phone="", invited_email="", text="", sealed_code="")  # the digests stay: they name nobody
        _leave_homes(pks, now)
        changed = (
            Person.objects.filter(pk__in=pks)
            .exclude(birth_name=ERASED)
            .update(
                birth_name=ERASED,
                usual_name="",
                given_names="",
                birth_date=None,
                birth_place="",
                birth_country="",
                gender="",
                email="",
                phone="",
                address="",
                postcode="",
                locality="",
                told_by="",
            )
        )
        if changed:
            subject = f"person:{person.pk}"
            journal.record(stream=STREAM, kind="identity.person_erased", subject=subject, actor=actor, now=now)
    person.refresh_from_db()


def _leave_homes(pks: list[int], now: datetime) -> None:
    """End someone's parts; a household in which nobody is left loses its name, which was theirs."""
    day = today(now)
    for parts in (Membership.objects.filter(person__in=pks), OrganisationMembership.objects.filter(person__in=pks)):
        parts.filter(ends=None, starts__lte=day).update(ends=day)
        parts.filter(ends=None).delete()
    named = Membership.objects.exclude(person__birth_name=ERASED).exclude(person__in=pks).values("household_id")
    homes = Household.objects.filter(memberships__person__in=pks).exclude(pk__in=named)
    Household.objects.filter(pk__in=list(homes.values_list("pk", flat=True))).update(name=ERASED_HOME)


def erase_account(account: Account, *, actor: Actor, now: datetime) -> None:
    """Close an account for good and forget whose it was; the person's record and cases stay."""
    with transaction.atomic():
        _erase_account(account)
        subject = f"account:{account.pk}"
        journal.record(stream=STREAM, kind="identity.account_erased", subject=subject, actor=actor, now=now)


def _erase_account(account: Account) -> None:
    """Sessions, keys and addresses go."""
    EmailAddress.objects.filter(user=account).delete()
    Authenticator.objects.filter(user=account).delete()
    ExternalIdentity.objects.filter(account=account).delete()
    Token.objects.filter(user=account).delete()
    SiteSubject.objects.filter(account=account).delete()
    SiteConsent.objects.filter(account=account).delete()
    SignInLink.objects.filter(account=account).delete()
    CodeCard.objects.filter(account=account).delete()
    for session in UserSession.objects.filter(user=account):
        session.end()
    account.username, account.email = f"erased-{account.pk}", ""
    account.first_name, account.last_name = "", ERASED
    account.is_active, account.person = False, None
    account.set_unusable_password()
    account.save()
