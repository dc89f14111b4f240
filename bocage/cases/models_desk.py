"""Tables of the agents' tools: exports of the worklist.

A room of its own beside ``models``: no resident's page reads these.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ExportState(models.TextChoices):
    """Where an export stands."""

    WAITING = "waiting", _("en préparation")
    READY = "ready", _("prêt")
    FAILED = "failed", _("échoué")


class ExportFormat(models.TextChoices):
    """In what an export is written."""

    ODS = "ods", _("Tableur (ODS)")
    CSV = "csv", _("Texte (CSV)")


class Export(models.Model):
    """The worklist as one agent filtered it, written to a file of the private storage; gone after seven days.

    ``bounds`` are the posts under which it was made: whoever lost one since does not get the file.
    """

    account = models.ForeignKey("identity.Account", models.PROTECT, related_name="+")
    format = models.CharField(max_length=4, choices=ExportFormat)
    filters = models.JSONField(default=dict)
    sensitive = models.BooleanField(default=False)
    bounds = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=ExportState, default=ExportState.WAITING)
    written = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    key = models.CharField(max_length=32, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(state="ready") | ~Q(key=""), name="export_ready_has_file"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="export_expires_later"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="export_account"),
            models.Index(fields=["expires_at"], name="export_expiry"),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def path(self) -> str:
        """Where it lies in the private storage."""
        return f"exports/{self.key}"

    @property
    def name(self) -> str:
        """How the file is called once downloaded."""
        return f"dossiers-{self.created_at:%Y-%m-%d}-{self.pk}.{self.format}"
