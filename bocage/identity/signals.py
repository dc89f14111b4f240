"""What django-allauth tells, and what the house does with it."""

import logging
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa_signals
from allauth.usersessions.models import UserSession
from django.contrib.auth import signals as auth_signals
from django.dispatch import Signal, receiver
from django.http import HttpRequest
from django.utils import timezone

from bocage.base import fences, security_log
from bocage.identity import hats
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account
from bocage.identity.operations import update_person
from bocage.identity.queries import person_of


@receiver(auth_signals.user_logged_in, dispatch_uid="identity.hats")
def remember_hats(request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    """Who has several hats chooses one after signing in."""
    if isinstance(user, Account) and hasattr(request, "session"):
        assert request is not None
        hats.remember(request, user)


@receiver(account_signals.email_confirmed, dispatch_uid="identity.email_confirmed")
def remember_email(email_address: EmailAddress, **kwargs: Any) -> None:
    """A verified address becomes the one at which its person is reached."""
    account = email_address.user
    if isinstance(account, Account) and (person := person_of(account)):
        update_person(person, email=email_address.email, actor=actor_of_account(account), now=timezone.now())


# --- The log of security -------------------------------------------------------------------------------------------


@receiver(auth_signals.user_login_failed, dispatch_uid="identity.login_failed")
def tell_failed(sender: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """A password that was not the right one; neither it nor whose it was meant to be."""
    security_log.tell("login_failed", request, way="password")


@receiver(mfa_signals.authentication_failed, dispatch_uid="identity.second_factor_failed")
def tell_second_factor_failed(request: HttpRequest, user: Account, **kwargs: Any) -> None:
    """The first factor was right, the second was not."""
    security_log.tell("second_factor_failed", request, account=str(user.pk))


@receiver(account_signals.authentication_step_completed, dispatch_uid="identity.step")
def tell_step(request: HttpRequest, user: Account, method: str, **kwargs: Any) -> None:
    """One factor was right: which one, at sign-in or to confirm who one is."""
    told = {"account": str(user.pk), "way": f"{method} {kwargs.get('type', '')}".strip()}
    security_log.tell("factor_accepted", request, level=logging.INFO, **told)
    if kwargs.get("reauthenticated"):
        # As at sign-in, the session changes its key: one that somebody saw opens nothing of what follows.
        request.session.cycle_key()
        UserSession.objects.create_from_request(request)


@receiver(auth_signals.user_logged_in, dispatch_uid="identity.logged_in_told")
def tell_signed_in(request: HttpRequest | None, user: Account, **kwargs: Any) -> None:
    """Signed in, all factors given."""
    security_log.tell("signed_in", request, level=logging.INFO, account=str(user.pk))


@receiver(auth_signals.user_logged_out, dispatch_uid="identity.logged_out_told")
def tell_signed_out(request: HttpRequest | None, user: Account | None, **kwargs: Any) -> None:
    """Signed out, by oneself or because it was too long."""
    if user is not None:
        security_log.tell("signed_out", request, level=logging.INFO, account=str(user.pk))
        if request is not None:
            fences.forget(request)


@receiver(account_signals.login_code_rejected, dispatch_uid="identity.login_code")
@receiver(account_signals.password_reset_code_rejected, dispatch_uid="identity.reset_code")
@receiver(account_signals.email_verification_code_rejected, dispatch_uid="identity.email_code")
def tell_code_refused(request: HttpRequest, user: Account | None = None, **kwargs: Any) -> None:
    """A code that came by mail was mistyped, or guessed."""
    security_log.tell("code_refused", request, account=str(user.pk) if user is not None else "")


def _tell_changes(event: str, signal: Signal) -> None:
    """An account's way in has changed."""

    def told(request: HttpRequest, user: Account, **kwargs: Any) -> None:
        security_log.tell(event, request, level=logging.INFO, account=str(user.pk))

    signal.connect(told, weak=False, dispatch_uid=f"identity.{event}")


_tell_changes("password_changed", account_signals.password_changed)
_tell_changes("password_set", account_signals.password_set)
_tell_changes("password_reset", account_signals.password_reset)
_tell_changes("email_changed", account_signals.email_changed)
_tell_changes("second_factor_added", mfa_signals.authenticator_added)
_tell_changes("second_factor_removed", mfa_signals.authenticator_removed)
_tell_changes("recovery_codes_renewed", mfa_signals.authenticator_reset)
