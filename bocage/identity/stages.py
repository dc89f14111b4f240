"""Stages of sign-in that differ from django-allauth's."""

from typing import Any

from allauth.account import stages
from allauth.account.models import EmailAddress
from allauth.mfa import stages as mfa
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from bocage.identity.second_factor import has_machine, is_asked_for_card

PROVED = "_proved_by_provider"
"""On a request: the provider that sends someone back right now asked them for several proofs."""


class EmailVerificationStage(stages.EmailVerificationStage):  # type: ignore[misc]
    """Verifies the e-mail of accounts that have one; people without e-mail sign in with a user name."""

    def handle(self) -> tuple[HttpResponseBase | None, bool]:
        """Nothing to verify when the account has no address at all."""
        user = self.login.user
        if user is not None and not user.email and not EmailAddress.objects.filter(user_id=user.pk).exists():
            return None, True
        handled: tuple[HttpResponseBase | None, bool] = super().handle()
        return handled


class SecondFactorStage(mfa.AuthenticateStage):  # type: ignore[misc]
    """Asks for the application or the key; of an agent who has neither, for a code of their card."""

    @property
    def urlname(self) -> str:
        """Where one goes on."""
        user = self.login.user
        return "identity_card_second" if user is not None and not has_machine(user) else "mfa_authenticate"

    def handle(self) -> tuple[HttpResponseBase | None, bool]:
        """Lead to the page that asks; nothing for who has just proved it at ProConnect."""
        if not self._should_handle(self.request):
            return None, True
        self.state["authentication_required"] = True
        return redirect(self.urlname), True

    def _should_handle(self, request: HttpRequest) -> bool:
        user: Any = self.login.user
        if user is None or getattr(request, PROVED, False):
            return False
        return bool(super()._should_handle(request)) or (not has_machine(user) and is_asked_for_card(user))
