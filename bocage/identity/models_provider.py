"""Tables of the house as an identity provider: what signs, under which name a site knows someone, what they allowed it.

Clients and tokens are django-allauth's (``allauth.idp.oidc``).
"""

from typing import Any

from allauth.idp.oidc.models import Client
from django.conf import settings
from django.db import models
from django.db.models import F, Q


class SigningKey(models.Model):
    """A key that signs identity tokens; its secret is sealed with ``BOCAGE_KEYS``."""

    sealed = models.TextField()
    made_at = models.DateTimeField()
    serves_from = models.DateTimeField()
    ends = models.DateTimeField(null=True, blank=True)  # no longer published; empty while it is the newest
    newest = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(serves_from__gte=F("made_at")), name="signing_key_published_before"),
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gt=F("serves_from")), name="signing_key_dates"),
            models.CheckConstraint(
                condition=Q(newest=True, ends=None) | Q(newest=False, ends__isnull=False), name="signing_key_newest"
            ),
            models.UniqueConstraint(fields=["newest"], condition=Q(newest=True), name="signing_key_one_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class SiteSubject(models.Model):
    """The name under which one site knows an account: random, and of no use to another site."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="subjects")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="site_subjects")
    subject = models.CharField(max_length=43, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "account"], name="site_subject_once")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.account_id}"


class SiteConsent(models.Model):
    """What someone allowed a site to be told; withdrawn, it stays as history (and so does a closed site's)."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="site_consents")
    client = models.ForeignKey(Client, models.SET_NULL, null=True, related_name="consents")
    site = models.CharField(max_length=100)
    scopes = models.JSONField(default=list)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    told: "list[Any]"  # set by ``allowed_sites`` on what it gives

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "client"], condition=Q(withdrawn_at=None), name="site_consent_one_standing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.account_id}"
