"""The table of legal representation: who represents or assists a protected adult, by which decision, until when."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Representation(models.Model):
    """A judge's decision by which someone acts for a protected adult; an agent saw it. No mandate: nobody consents.

    Code civil: 415 (what protects), 425 (whom), 440 (curatelle and tutelle), 467 (curatelle: both sign), 473 (tutelle:
    represented in all acts), 494-1 (habilitation familiale). Parental authority (371-1) is read from households.
    """

    class Kind(models.TextChoices):
        """What the judge decided."""

        TUTELLE = "tutelle", _("tutelle")
        HABILITATION = "habilitation", _("habilitation familiale")
        CURATELLE = "curatelle", _("curatelle")

    protected = models.ForeignKey("identity.Person", models.PROTECT, related_name="representations")
    person = models.ForeignKey("identity.Person", models.PROTECT, null=True, related_name="represents")
    organisation = models.ForeignKey(
        "territory.Organisation", models.PROTECT, null=True, related_name="represents"
    )  # an association that judges name: its members act
    kind = models.CharField(max_length=12, choices=Kind)
    decision = models.CharField(max_length=200)  # « Jugement du 12/03/2026, tribunal d’Avesnes-sur-Helpe, n° 26/00123 »
    decided_on = models.DateField()
    starts = models.DateField()
    ends = models.DateField()  # the law wants an end: 441, 494-6
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # lifted, or replaced, before its end

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, organisation__isnull=False) | Q(person__isnull=False, organisation=None),
                name="representation_by_one",
            ),
            models.CheckConstraint(condition=~Q(protected=F("person")), name="representation_of_another"),
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="representation_dates"),
            models.CheckConstraint(condition=Q(starts__gte=F("decided_on")), name="representation_after_its_decision"),
            models.CheckConstraint(condition=~Q(decision=""), name="representation_has_a_decision"),
            models.UniqueConstraint(
                fields=["protected", "person"],
                condition=Q(ended_at=None, person__isnull=False),
                name="representation_person_once",
            ),
            models.UniqueConstraint(
                fields=["protected", "organisation"],
                condition=Q(ended_at=None, organisation__isnull=False),
                name="representation_body_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.protected} ← {self.person or self.organisation}"
