"""Tables of two ways in without smartphone nor password: the link of a mail, and the card of printed codes."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from bocage.base.once import MadeOnce, once_constraint

CODES = 20
"""Codes on a card: one a week leads through a school term."""


class SignInLink(models.Model):
    """A link mailed to an account's holder: it opens the account once, and not for long. Only its digest is kept.

    A link asked for an address that no account has is a row without account: both cost the same, and open nothing here.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sign_in_links")
    email = models.EmailField(blank=True)  # where it went; empty without account
    digest = models.CharField(max_length=64, unique=True)
    next_url = models.CharField(max_length=2000, blank=True)
    asked_at = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="sign_in_link_dates"),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(used_at__lt=F("expires_at"), account__isnull=False),
                name="sign_in_link_used_in_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def is_open(self, now: datetime) -> bool:
        """Whether it still opens an account."""
        return self.account_id is not None and self.used_at is None and now < self.expires_at


class CodeCard(MadeOnce):
    """A card of printed codes, given by an agent who saw its holder. One in force for an account."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="code_cards")
    salt = models.CharField(max_length=32)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            once_constraint("code_card"),
            models.UniqueConstraint(fields=["account"], condition=Q(revoked_at=None), name="code_card_one_in_force"),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("issued_at")), name="code_card_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class CardCode(models.Model):
    """One code of a card, as a digest; it serves once."""

    card = models.ForeignKey(CodeCard, models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["card", "digest"], name="card_code_once")]

    def __str__(self) -> str:
        return f"{self.pk}"
