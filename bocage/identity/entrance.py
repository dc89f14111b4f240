"""Forms of sign-up and sign-in, over django-allauth's."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bocage.identity.models import Account


class SignupForm(allauth_forms.SignupForm):  # type: ignore[misc]
    """Sign-up: account and person come together or not at all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        self.fields["email"].label = _("Adresse e-mail")
        self.fields["email"].help_text = _("Exemple : camille.martin@exemple.fr. Nous y envoyons un code.")
        if "password1" in self.fields:
            self.fields["password1"].help_text = _(
                "12 caractères ou plus, par exemple quatre mots sans lien entre eux."
            )

    def save(self, request: HttpRequest) -> Account:
        """The account, with its person."""
        with transaction.atomic():
            account: Account = super().save(request)
        return account


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]
    """Sign-in by e-mail, or by the user name given to people without e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        self.fields["login"].label = _("Adresse e-mail ou identifiant")
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"
        self.fields["remember"].label = _("Rester connecté sur cet appareil")
        self.fields["remember"].help_text = _("Ne cochez pas sur un ordinateur partagé.")


def _plain(form: forms.Form) -> None:
    """Take away placeholders: labels and examples say it, and stay while one types."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
