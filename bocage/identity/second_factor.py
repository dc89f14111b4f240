"""The second factor that agents must have (waived in the demonstration only): ours, or ProConnect's."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from bocage.identity.federation.leaving import SIGNED_IN
from bocage.identity.federation.providers import PROCONNECT
from bocage.identity.models import Account
from bocage.identity.queries import code_card, codes_left

PROOFS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(account: Account) -> bool:
    """Whether the account's sign-in asks for more than a password; recovery codes alone are none.

    An agent's card of codes counts while it has one left: a resident's opens the account by itself.
    """
    return has_machine(account) or (is_asked_for_card(account) and has_codes(account))


def has_machine(account: Account) -> bool:
    """Whether an application or a key is asked for at sign-in."""
    return bool(get_adapter().is_mfa_enabled(account, PROOFS))


def has_application(account: Account) -> bool:
    """Whether an application gives this account's codes; its sign-in is then asked for one."""
    return bool(get_adapter().is_mfa_enabled(account, [Authenticator.Type.TOTP]))


def has_key(account: Account) -> bool:
    """Whether a key opens this account, alone or after the password."""
    return bool(get_adapter().is_mfa_enabled(account, [Authenticator.Type.WEBAUTHN]))


def has_card(account: Account) -> bool:
    """Whether a card of printed codes is in force."""
    return code_card(account) is not None


def has_codes(account: Account) -> bool:
    """Whether the account's card still has a code to give."""
    card = code_card(account)
    return card is not None and codes_left(card) > 0


def is_asked_for_card(account: Account) -> bool:
    """Whether sign-in asks for a code of the card after the password: an agent's, even once all its codes have served,
    so that a password alone never opens what two proofs guarded.
    """
    return account.posts.exists() and has_card(account)


def proved_elsewhere(amr: Any) -> bool:
    """Whether a provider says that it asked for several proofs (``amr``, RFC 8176)."""
    return "mfa" in amr


def must_set_up(request: HttpRequest) -> bool:
    """Whether an agent must set up a second factor before any page of the desk opens.

    Not in a session that ProConnect opened with several proofs: those of the ministry or town are enough (``amr``).
    """
    account = request.user
    if settings.DEMO or not isinstance(account, Account):
        return False
    return not (_came_with_proofs(request, account) or has_second_factor(account))


def _came_with_proofs(request: HttpRequest, account: Account) -> bool:
    opened = request.session.get(SIGNED_IN) or {}
    return (
        opened.get("provider") == PROCONNECT
        and opened.get("account") == account.pk
        and proved_elsewhere(opened.get("amr", []))
    )
