"""Forms of sign-up, sign-in and passwords, over django-allauth's: our labels, examples, no placeholders."""

import secrets
from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from bocage.identity.models import Account

PASSWORD_HINT = _("12 caractères ou plus, par exemple quatre mots sans lien entre eux.")
TOO_SHORT = _("Indiquez un mot de passe. Exemple : quatre mots sans lien entre eux")


class PlainForm(forms.Form):
    """Placeholders go: labels and examples say it, and stay while one types."""

    labels: dict[str, Any] = {}
    hints: dict[str, Any] = {}
    missing: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in self.labels:
                field.label = self.labels[name]
            if isinstance(field.widget, forms.PasswordInput):
                field.help_text = self.hints.get(name, "")
            elif name in self.hints:
                field.help_text = self.hints[name]
            if name in self.missing:
                field.error_messages["required"] = self.missing[name]


class SignupForm(PlainForm, allauth_forms.SignupForm):  # type: ignore[misc]
    """Sign-up: account and person come together or not at all."""

    labels = {"email": _("Adresse e-mail"), "password1": _("Mot de passe")}
    hints = {"email": _("Exemple : camille.martin@exemple.fr. Nous y envoyons un code."), "password1": PASSWORD_HINT}
    missing = {
        "email": _("Indiquez votre adresse e-mail. Exemple : camille.martin@exemple.fr"),
        "password1": TOO_SHORT,
    }

    def try_save(self, request: HttpRequest) -> tuple[Account | None, HttpResponse | None]:
        """Open the account; an address taken meanwhile is answered as one known before: by a mail to its holder."""
        saved: tuple[Account | None, HttpResponse | None]
        if self.account_already_exists:
            self._work_for_nothing(request)
        try:
            saved = super().try_save(request)
        except IntegrityError:
            if not Account.objects.filter(email__iexact=self.cleaned_data["email"]).exists():
                raise
            self.account_already_exists = True
            saved = super().try_save(request)
        return saved

    def _work_for_nothing(self, request: HttpRequest) -> None:
        """Do what a new address would have cost, and undo it: the time of the answer does not tell that it is known."""
        told, self.account_already_exists = self.cleaned_data["email"], False
        try:
            with transaction.atomic():
                self.cleaned_data["email"] = f"{secrets.token_hex(16)}@inconnu.invalid"
                self.save(request)
                transaction.set_rollback(True)
        finally:
            self.cleaned_data["email"], self.account_already_exists = told, True

    def save(self, request: HttpRequest) -> Account:
        """The account, with its person."""
        with transaction.atomic():
            account: Account = super().save(request)
        return account


class LoginForm(PlainForm, allauth_forms.LoginForm):  # type: ignore[misc]
    """Sign-in by e-mail, or by the user name given to people without e-mail."""

    labels = {
        "login": _("Adresse e-mail ou identifiant"),
        "password": _("Mot de passe"),
        "remember": _("Rester connecté sur cet appareil"),
    }
    hints = {"remember": _("Ne cochez pas sur un ordinateur partagé.")}
    missing = {
        "login": _("Indiquez votre adresse e-mail ou votre identifiant. Exemple : camille.martin@exemple.fr"),
        "password": _("Indiquez votre mot de passe."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"


class ReauthenticateForm(PlainForm, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password again, before a page of security."""

    labels = {"password": _("Mot de passe")}
    missing = {"password": _("Indiquez votre mot de passe.")}


class ChangePasswordForm(PlainForm, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """Another password."""

    labels = {
        "oldpassword": _("Mot de passe actuel"),
        "password1": _("Nouveau mot de passe"),
        "password2": _("Nouveau mot de passe, une seconde fois"),
    }
    hints = {"password1": PASSWORD_HINT}
    missing = {"oldpassword": _("Indiquez votre mot de passe actuel."), "password1": TOO_SHORT, "password2": TOO_SHORT}


class SetPasswordForm(PlainForm, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    """A first password, for an account opened with a key or by an agent."""

    labels = {"password1": _("Mot de passe"), "password2": _("Mot de passe, une seconde fois")}
    hints = {"password1": PASSWORD_HINT}
    missing = {"password1": TOO_SHORT, "password2": TOO_SHORT}


class ResetPasswordForm(PlainForm, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """Where to send the code."""

    labels = {"email": _("Adresse e-mail")}
    missing = {"email": _("Indiquez votre adresse e-mail. Exemple : camille.martin@exemple.fr")}


class NewPasswordForm(PlainForm, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, once the code is right."""

    labels = {"password1": _("Nouveau mot de passe"), "password2": _("Nouveau mot de passe, une seconde fois")}
    hints = {"password1": PASSWORD_HINT}
    missing = {"password1": TOO_SHORT, "password2": TOO_SHORT}


class ChangeEmailForm(PlainForm, allauth_forms.ChangeEmailForm):  # type: ignore[misc]
    """Another address while the first waits for its code."""

    labels = {"email": _("Adresse e-mail")}


class AddEmailForm(PlainForm, allauth_forms.AddEmailForm):  # type: ignore[misc]
    """Another address for an open account."""

    labels = {"email": _("Nouvelle adresse e-mail")}
    hints = {"email": _("Exemple : camille.martin@exemple.fr")}
    missing = {"email": _("Indiquez une adresse e-mail. Exemple : camille.martin@exemple.fr")}


class _CodeForm(PlainForm):
    """A code of six digits, typed on a keypad or filled in by the telephone."""

    labels = {"code": _("Code reçu")}
    hints = {"code": _("Six chiffres.")}
    missing = {"code": _("Tapez le code reçu. Exemple : 482913")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.update({"autocomplete": "one-time-code", "inputmode": "numeric"})


class CodeForm(_CodeForm, allauth_forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    """The code that came by e-mail."""


class ResetCodeForm(_CodeForm, allauth_forms.ConfirmPasswordResetCodeForm):  # type: ignore[misc]
    """The code that came by e-mail, for a forgotten password."""


class LinkForm(PlainForm):
    """Where to send the link."""

    labels = {"email": _("Adresse e-mail")}
    hints = {"email": _("Celle de votre compte. Exemple : camille.martin@exemple.fr")}
    missing = {"email": _("Indiquez votre adresse e-mail. Exemple : camille.martin@exemple.fr")}

    email = forms.EmailField(
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("Cette adresse n’est pas complète. Exemple : camille.martin@exemple.fr")},
    )


class CardCodeForm(PlainForm):
    """A code of the printed card."""

    labels = {"code": _("Un code de votre carte")}
    hints = {"code": _("N’importe lequel qui n’a pas encore servi. Exemple : K7RFD-2M9XC")}
    missing = {"code": _("Tapez un code de votre carte. Exemple : K7RFD-2M9XC")}

    code = forms.CharField(
        max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"})
    )


class CardForm(CardCodeForm):
    """The name printed on the card, and one of its codes."""

    labels = {**CardCodeForm.labels, "login": _("Identifiant")}
    hints = {**CardCodeForm.hints, "login": _("Il est écrit en haut de la carte. Exemple : k7rf2m9x")}
    missing = {**CardCodeForm.missing, "login": _("Indiquez l’identifiant écrit sur la carte. Exemple : k7rf2m9x")}

    login = forms.CharField(max_length=254, widget=forms.TextInput(attrs={"autocomplete": "username"}))
    field_order = ["login", "code"]
