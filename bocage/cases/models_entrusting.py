"""Tables of entrusting (DESIGN.md rule 13): an agreement, and where it holds.

A room of its own beside ``models``: only filing, the desk and the law's papers read these.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bocage.base.once import MadeOnce, once_constraint


class Entrusted(models.TextChoices):
    """What an agreement hands over."""

    WHOLE = "whole", _("Toute la démarche : accueil, étude et décision")
    COUNTER = "counter", _("Le guichet : accueil, saisie et vérification des pièces")


class Sight(models.TextChoices):
    """What the community sees of the cases entrusted, until they are passed to it."""

    ALL = "all", _("Les dossiers entiers, sans y toucher")
    FIGURES = "figures", _("Des chiffres seulement, jusqu’à ce qu’un dossier lui soit passé")


class Agreement(MadeOnce):
    """A « convention »: a procedure, or its counter, entrusted to a commune, a syndicate or an association.

    Procedure, organisation and what is entrusted never change: another agreement says otherwise. Where it holds and
    when is said by its scopes.
    """

    procedure = models.ForeignKey("cases.Procedure", models.PROTECT, related_name="agreements")
    organisation = models.ForeignKey("territory.Organisation", models.PROTECT, related_name="+")
    what = models.CharField(max_length=8, choices=Entrusted)
    sight = models.CharField(max_length=8, choices=Sight)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)  # its last day
    # The letterhead; what is empty is told as the territory knows the organisation.
    name = models.CharField(max_length=160, blank=True)
    address = models.TextField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    logo = models.ForeignKey("messaging.Logo", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-starts", "-id"]
        constraints = [
            once_constraint("agreement"),
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gte=F("starts")), name="agreement_dates"),
            models.CheckConstraint(condition=Q(what__in=["whole", "counter"]), name="agreement_of_something"),
            models.CheckConstraint(condition=Q(sight__in=["all", "figures"]), name="agreement_says_who_sees"),
        ]

    def __str__(self) -> str:
        return f"{self.procedure} → {self.organisation}"


class AgreementScope(models.Model):
    """A commune in which an agreement holds, or the whole territory (none), with its procedure and dates repeated.

    They are repeated so that the database refuses two agreements at once for one procedure in one commune: an exclusion
    constraint of PostgreSQL, a trigger of SQLite (migration 0012). What rebuilds this table makes the trigger again.
    """

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="scopes")
    procedure = models.ForeignKey("cases.Procedure", models.PROTECT, related_name="+")
    commune = models.ForeignKey("territory.Commune", models.PROTECT, null=True, related_name="+")
    starts = models.DateField()
    ends = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gte=F("starts")), name="agreement_scope_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.commune_id or 'all'}"
