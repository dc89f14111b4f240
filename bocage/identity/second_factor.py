"""The second factor that agents must have (waived in the demonstration only)."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings

from bocage.identity.models import Account

PROOFS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(account: Account) -> bool:
    """Whether the account's sign-in asks for more than a password; recovery codes alone are none."""
    return bool(get_adapter().is_mfa_enabled(account, PROOFS))


def has_application(account: Account) -> bool:
    """Whether an application gives this account's codes; its sign-in is then asked for one."""
    return bool(get_adapter().is_mfa_enabled(account, [Authenticator.Type.TOTP]))


def has_key(account: Account) -> bool:
    """Whether a key opens this account, alone or after the password."""
    return bool(get_adapter().is_mfa_enabled(account, [Authenticator.Type.WEBAUTHN]))


def must_set_up(account: Account) -> bool:
    """Whether an agent must set up a second factor before any page of the desk opens."""
    return not settings.DEMO and not has_second_factor(account)
