"""Forms of the second factor and of keys, over django-allauth's: our labels, examples, no placeholders.

A room of its own beside ``entrance``: these forms import ``allauth.mfa``, which must not load before its settings.
"""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as keys
from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from bocage.identity.entrance import PlainForm
from bocage.identity.models import Account
from bocage.identity.second_factor import has_application

CODE_SECONDS = (2 * settings.MFA_TOTP_TOLERANCE + 1) * 30
"""How long an application's code is good: its own half-minute, and as many on each side as clocks may drift. A code
serves once in all that time; django-allauth remembers it for thirty seconds only."""
KEY_NAME_HINT = _("Pour la reconnaître dans la liste. Exemple : téléphone de Camille")


class _SecondCodeForm(PlainForm):
    """A code of the application, or one kept on paper; letters too, hence no keypad of digits."""

    user: Account  # whose sign-in it is; set by django-allauth's form

    labels = {"code": _("Code")}
    hints = {"code": _("Six chiffres, ou un code de secours en entier.")}
    missing = {"code": _("Tapez le code que montre l’application, par exemple 482913, ou un code de secours.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_application(self.user):
            field = self.fields["code"]
            field.label, field.help_text = _("Code de secours"), ""
            field.error_messages["required"] = _("Tapez un code de secours en entier.")

    def clean_code(self) -> str:
        """As typed by people: recovery codes in capitals or with spaces are the same codes."""
        self.cleaned_data["code"] = "".join(self.cleaned_data["code"].split()).lower()
        code: str = super().clean_code()  # type: ignore[misc]
        if not cache.add(_used(self.user, code), 1, CODE_SECONDS):
            raise get_adapter().validation_error("incorrect_code")
        return code


def _used(account: Account, code: str) -> str:
    """The name under which the cache keeps that a code has served."""
    return f"second-factor-used:{salted_hmac(__name__, f'{account.pk} {code}', algorithm='sha256').hexdigest()}"


class SecondFactorForm(_SecondCodeForm, base.AuthenticateForm):  # type: ignore[misc]
    """At sign-in."""


class SecondFactorAgainForm(_SecondCodeForm, base.ReauthenticateForm):  # type: ignore[misc]
    """Before a page of security."""


class AddApplicationForm(PlainForm, totp.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of the application proves that it knows the secret."""

    labels = {"code": _("Code de l’application")}
    hints = {"code": _("Six chiffres, qui changent toutes les trente secondes.")}
    missing = {"code": _("Tapez le code que montre l’application. Exemple : 482913")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"

    def clean_code(self) -> str:
        """Applications show « 482 913 »: spaces are let go."""
        self.cleaned_data["code"] = "".join(self.cleaned_data["code"].split())
        code: str = super().clean_code()
        return code


class AddKeyForm(PlainForm, keys.AddWebAuthnForm):  # type: ignore[misc]
    """A key that opens the account alone, unless its holder keeps it beside the password."""

    labels = {"name": _("Nom de la clé"), "passwordless": _("Cette clé suffit pour me connecter, sans mot de passe")}
    hints = {
        "name": KEY_NAME_HINT,
        "passwordless": _("Décochez si votre clé ne demande ni empreinte, ni visage, ni code."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True


class SignUpKeyForm(PlainForm, keys.SignupWebAuthnForm):  # type: ignore[misc]
    """The key of an account without password."""

    labels = {"name": _("Nom de la clé")}
    hints = {"name": KEY_NAME_HINT}


class RenameKeyForm(PlainForm, keys.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a key."""

    labels = {"name": _("Nom de la clé")}
    hints = {"name": KEY_NAME_HINT}
    missing = {"name": _("Donnez un nom à la clé. Exemple : téléphone de Camille")}
