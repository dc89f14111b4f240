"""Documents that a decision issues and that somebody checks later: a waste-site card, a permit.

A room of its own beside ``models``: what is printed comes from the case's answers, this table says only what holds.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bocage.base.references import LENGTH


class VoidReason(models.TextChoices):
    """Why an issued document no longer holds, before its last day."""

    LOST = "lost", _("déclaré perdu ou volé")
    REPLACED = "replaced", _("remplacé par un plus récent")
    ERASED = "erased", _("dossier effacé")


class IssuedDocument(models.Model):
    """One document issued on a case. Its number is printed, with a QR; it opens nothing and names nobody."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="issued")
    document = models.CharField(max_length=40)  # which one of the procedure's
    number = models.CharField(max_length=LENGTH, unique=True)
    key = models.CharField(max_length=120, unique=True)  # of the effect that issued it: never twice
    issued_on = models.DateField()
    valid_until = models.DateField(null=True)  # its last day; None: without end
    void_on = models.DateField(null=True)
    void_reason = models.CharField(max_length=10, blank=True, choices=VoidReason)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(void_on=None, void_reason="") | Q(void_on__isnull=False, void_reason__in=VoidReason.values),
                name="issued_void_is_dated",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("issued_on")), name="issued_holds_a_day"
            ),
            models.UniqueConstraint(fields=["case", "document"], condition=Q(void_on=None), name="issued_one_held"),
        ]

    def __str__(self) -> str:
        return self.number
