"""Writes about accounts: opened, attached to a person, closed; the first administrator; the demonstration's sign-in."""

from datetime import date, datetime

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.identity.models import Account, Person, Role
from bocage.identity.operations.people import create_person
from bocage.identity.operations.posts import grant_post, keep_an_administrator
from bocage.territory.queries import today as territory_day

STREAM = "identity"


class AlreadyAttached(Exception):
    """The person already has an account, or the account already has a person."""


def create_account(
    *,
    username: str,
    email: str = "",
    password: str | None = None,
    first_name: str = "",
    last_name: str = "",
    person: Person | None = None,
    actor: Actor,
    now: datetime,
) -> Account:
    """Open an account. Without ``password`` it has none: sign-in then needs a reset, a passkey, or the demonstration.

    Raises ValidationError when the name or the e-mail is taken, AlreadyAttached when the person has an account.
    """
    account = Account(
        username=username, email=email.lower(), first_name=first_name, last_name=last_name, date_joined=now
    )
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save()
            _record(account, "identity.account_created", actor, now)
            if person is not None:
                attach_account(account, person, actor=actor, now=now)
    except IntegrityError as error:
        if Account.objects.filter(username=username).exists():
            raise ValidationError(
                {"username": [_("Ce nom d’utilisateur est déjà pris. Exemple : camille.martin59")]}
            ) from error
        if account.email and Account.objects.filter(email__iexact=account.email).exists():
            raise ValidationError({"email": [_("Cette adresse e-mail a déjà un compte.")]}) from error
        raise
    return account


def sign_up(
    account: Account, *, given_names: str, birth_name: str, usual_name: str = "", actor: Actor, now: datetime
) -> Person:
    """Give a fresh account its person: declared, not verified. Never matched to a known person by e-mail.

    The person's e-mail waits until it is verified (``identity.signals``): it may be someone else's by mistake. Part of
    the sign-up's own transaction (``identity.entrance``).
    """
    with transaction.atomic():
        person = create_person(
            given_names=given_names,
            birth_name=birth_name,
            usual_name=usual_name,
            actor=actor,
            now=now,
        )
        account.first_name, account.last_name = person.given_names[:150], person.name[:150]
        account.save(update_fields=["first_name", "last_name"])
        _record(account, "identity.account_created", actor, now)
        attach_account(account, person, actor=actor, now=now)
    return person


def attach_account(account: Account, person: Person, *, actor: Actor, now: datetime) -> Account:
    """Tie an account to its person, once. Raises AlreadyAttached when either is tied already."""
    try:
        with transaction.atomic():
            tied = Account.objects.filter(pk=account.pk, person=None).update(person=person)
            if not tied:
                raise AlreadyAttached
            _record(account, "identity.account_attached", actor, now, person=person.pk)
    except IntegrityError as error:
        raise AlreadyAttached from error
    account.person = person
    return account


def change_account_name(account: Account, *, first_name: str, last_name: str, actor: Actor, now: datetime) -> Account:
    """Bring the name shown for an account in line with its person's."""
    with transaction.atomic():
        if (account.first_name, account.last_name) != (first_name, last_name):
            account.first_name, account.last_name = first_name[:150], last_name[:150]
            account.save(update_fields=["first_name", "last_name"])
            _record(account, "identity.account_renamed", actor, now)
    return account


def end_sessions(account: Account | None, *, actor: Actor, now: datetime) -> int:
    """Sign an account out of every browser, or with None everybody, visitors' own requests included; how many.

    For a stolen device, or after someone got in: nothing else changes, and one signs in again.
    """
    with transaction.atomic():
        known = Session.objects.filter(expire_date__gt=now)
        if account is not None:
            mine = str(account.pk)
            keys = [row.session_key for row in known.iterator() if row.get_decoded().get(SESSION_KEY) == mine]
            known = Session.objects.filter(session_key__in=keys)
        ended, _told = known.delete()
        UserSession.objects.filter(**({} if account is None else {"user": account})).delete()
        journal.record(
            stream=STREAM,
            kind="identity.sessions_ended",
            subject="everybody" if account is None else f"account:{account.pk}",
            actor=actor,
            now=now,
            payload={"ended": ended},
        )
    return ended


def close_account(account: Account, *, actor: Actor, now: datetime) -> bool:
    """Close an account: nobody signs in with it any more, its sessions end; its person, posts and cases stay.

    False when already closed. Raises LastAdministrator.
    """
    with transaction.atomic():
        if account.posts.filter(role=Role.ADMINISTRATOR, ends=None).exists():
            keep_an_administrator(territory_day(now), account=account)
        if not Account.objects.filter(pk=account.pk, is_active=True).update(is_active=False):
            return False
        for session in UserSession.objects.filter(user=account):
            session.end()
        _record(account, "identity.account_closed", actor, now)
    account.is_active = False
    return True


def reopen_account(account: Account, *, actor: Actor, now: datetime) -> bool:
    """Open a closed account again, with the posts that still hold. False when it is open."""
    with transaction.atomic():
        if not Account.objects.filter(pk=account.pk, is_active=False).update(is_active=True):
            return False
        _record(account, "identity.account_reopened", actor, now)
    account.is_active = True
    return True


def create_admin(
    *, username: str, email: str, password: str | None, today: date, actor: Actor, now: datetime
) -> Account:
    """Open an administrator's account, or give an existing one (same user name) the post; twice does nothing more."""
    with transaction.atomic():
        account = Account.objects.filter(username=username).first() or create_account(
            username=username, email=email, password=password, actor=actor, now=now
        )
        trust_email(account)
        if not account.posts.filter(role=Role.ADMINISTRATOR, ends=None).exists():
            grant_post(
                account,
                role=Role.ADMINISTRATOR,
                title=_("Administration du portail"),
                starts=today,
                actor=actor,
                now=now,
            )
    return account


def label_demo_account(account: Account, *, label: str, order: int) -> None:
    """Make an account a persona of « Essayer en tant que ». Raises ValueError outside the demonstration and tests."""
    if not (settings.DEMO or settings.TESTING):
        raise ValueError("personas exist in the demonstration only")
    Account.objects.filter(pk=account.pk).update(demo_label=label, demo_order=order)
    account.demo_label, account.demo_order = label, order
    trust_email(account)


def demo_account(username: str) -> Account | None:
    """The persona of « Essayer en tant que »; None outside the demonstration, and for any other account."""
    if not settings.DEMO:
        return None
    return Account.objects.filter(username=username, is_active=True).exclude(demo_label="").first()


def trust_email(account: Account) -> None:
    """Take the account's e-mail for verified: whoever runs the house vouches for it, before any mail may leave."""
    if account.email:
        EmailAddress.objects.get_or_create(
            user=account, email=account.email, defaults={"verified": True, "primary": True}
        )


def _record(account: Account, kind: str, actor: Actor, now: datetime, **payload: int) -> None:
    journal.record(
        stream=STREAM, kind=kind, subject=f"account:{account.pk}", actor=actor, now=now, payload=payload or None
    )
