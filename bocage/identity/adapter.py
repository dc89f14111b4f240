"""How django-allauth works in this house: names, mails, stages of sign-in, secrets of the second factor."""

import io
import secrets
from typing import Any, cast

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bocage.base.crypto import seal, unseal
from bocage.identity.devices import device_name
from bocage.identity.federation import leaving
from bocage.identity.hats import chosen_first
from bocage.territory.models import Territory


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts: a random user name, since people sign in with their e-mail; those without e-mail are given one."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("L’adresse e-mail ou le mot de passe n’est pas le bon."),
        "username_password_mismatch": _("L’identifiant ou le mot de passe n’est pas le bon."),
        "incorrect_password": _("Ce n’est pas le bon mot de passe."),
        "too_many_login_attempts": _(
            "Trop d’essais. Attendez cinq minutes, ou choisissez « Mot de passe oublié ». Rien n’est perdu."
        ),
        "incorrect_code": _("Ce n’est pas le bon code. Regardez le dernier message reçu, ou demandez un autre code."),
        "account_inactive": _("Ce compte est fermé. Appelez-nous pour le rouvrir."),
        "duplicate_email": _("C’est déjà l’adresse de ce compte."),
        "enter_current_password": _("Ce n’est pas votre mot de passe actuel."),
        "rate_limited": _("Trop d’essais à la suite. Attendez quelques minutes. Rien n’est perdu."),
        "same_as_current": _("C’est déjà votre adresse. Indiquez-en une autre."),
    }

    def generate_unique_username(self, txts: list[str | None], regex: str | None = None) -> str:
        """A name that tells nothing of its holder and cannot be guessed."""
        return f"c{secrets.token_hex(6)}"

    def is_safe_url(self, url: str | None) -> bool:
        """A place of this site; a word without a slash would be read as relative to the page of sign-in."""
        return bool(url) and str(url).startswith(("/", "http")) and bool(super().is_safe_url(url))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Look an e-mail address up once: told twice, a wrong password takes longer when its account exists."""
        if credentials.get("username") == credentials.get("email"):
            credentials.pop("email", None)  # what is told as a user name is looked for among addresses too
        return cast(AbstractBaseUser | None, super().authenticate(request, **credentials))

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **told: Any) -> HttpResponse:
        """By way of the choice of a hat, for who has several (``hats``)."""
        response: HttpResponse = super().post_login(request, user, **told)
        if isinstance(response, HttpResponseRedirect):
            response["Location"] = chosen_first(request, response.url)
        return response

    def get_login_stages(self) -> list[str]:
        """Accounts without e-mail skip its verification; agents may have a card of codes."""
        ours = {
            "allauth.account.stages.EmailVerificationStage": "bocage.identity.stages.EmailVerificationStage",
            "allauth.mfa.stages.AuthenticateStage": "bocage.identity.stages.SecondFactorStage",
        }
        return [ours.get(path, path) for path in super().get_login_stages()]

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """By way of the provider through which one came, whose session ends too."""
        url, state = leaving.way_out(request)
        request._leaving = state  # type: ignore[attr-defined]
        return url or str(super().get_logout_redirect_url(request))

    def logout(self, request: HttpRequest) -> None:
        """End the session; the new, empty one knows with what the provider will send the browser back."""
        super().logout(request)
        if state := getattr(request, "_leaving", ""):
            request.session[leaving.LEFT] = state

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to « Mon compte »."""
        return reverse("identity_home")

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """Ways to confirm who one is, in our words."""
        said = {
            "reauthenticate": _("Taper votre mot de passe"),
            "mfa_reauthenticate": _("Taper un code"),
            "mfa_reauthenticate:webauthn": _("Utiliser votre clé"),
        }
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": said.get(method["id"], method["description"])} for method in methods]

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Name the territory in every mail; before it is loaded, mails leave all the same."""
        return super().render_mail(template_prefix, email, {**context, "territory": Territory.objects.first()}, headers)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The second factor: its secrets are sealed with ``BOCAGE_KEYS``, apart from the database."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _(
            "Ce n’est pas le bon code, ou il a déjà servi. Attendez le suivant, ou prenez un code de secours."
        ),
        "cannot_delete_authenticator": _("Cette protection ne peut pas être retirée."),
        "cannot_generate_recovery_codes": _("Ajoutez d’abord une application ou une clé."),
        "unverified_email": _("Vérifiez d’abord votre adresse e-mail : un code vous y attend."),
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret before it is stored."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a stored secret."""
        return unseal(encrypted_text)

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """What the telephone's application shows beside the code."""
        return str(self._get_user_identifier(user))

    def get_totp_issuer(self) -> str:
        """Whose code it is, in the telephone's application: the territory's."""
        return self._get_site_name()

    def build_totp_svg(self, url: str) -> str:
        """The image to aim at: black on white whatever the page's colours, or no telephone reads it in the dark."""
        image = io.BytesIO()
        segno.make(url, error="m").save(image, kind="svg", xmldecl=False, scale=4, border=4, light="#fff")
        return image.getvalue().decode()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """A key's name to begin with: the device that makes it."""
        return device_name(context.request.META.get("HTTP_USER_AGENT", ""))

    def _get_site_name(self) -> str:
        territory = Territory.objects.first()
        return (
            str(territory.settings.get("short_name") or territory.name) if territory else str(settings.MFA_TOTP_ISSUER)
        )
