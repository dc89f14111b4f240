"""Stages of sign-in that differ from django-allauth's."""

from allauth.account import stages
from allauth.account.models import EmailAddress
from django.http import HttpResponseBase


class EmailVerificationStage(stages.EmailVerificationStage):  # type: ignore[misc]
    """Verifies the e-mail of accounts that have one; people without e-mail sign in with a user name."""

    def handle(self) -> tuple[HttpResponseBase | None, bool]:
        """Nothing to verify when the account has no address at all."""
        user = self.login.user
        if user is not None and not user.email and not EmailAddress.objects.filter(user_id=user.pk).exists():
            return None, True
        handled: tuple[HttpResponseBase | None, bool] = super().handle()
        return handled
