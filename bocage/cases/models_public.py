"""Where the matter of a case is, what kind it is, and which one it joins: for public lists and for duplicates.

A room of its own beside ``models``: only procedures with a ``public_list`` have such rows. Derived from the answers
when a case is filed or corrected. Exact places stay here; what is published is rounded (``cases.public``).
"""

from django.db import models
from django.db.models import F, Q


class PublicCase(models.Model):
    """What a case tells of a local matter; ``shown`` only if its author agrees."""

    case = models.OneToOneField("cases.Case", models.CASCADE, related_name="in_public")
    category = models.CharField(max_length=40, blank=True)
    commune = models.ForeignKey("territory.Commune", models.PROTECT, null=True, related_name="+")
    lat = models.FloatField(null=True)  # degrees, WGS 84
    lon = models.FloatField(null=True)
    shown = models.BooleanField(default=False)
    joins = models.ForeignKey("self", models.SET_NULL, null=True, related_name="joined")  # the same matter, told before
    heard = models.BigIntegerField(default=0)  # the last event of ``joins`` that this case was told: never twice

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(joins=None) | ~Q(joins=F("id")), name="publiccase_joins_another"),
            models.CheckConstraint(
                condition=Q(lat=None, lon=None) | Q(lat__isnull=False, lon__isnull=False), name="publiccase_whole_point"
            ),
        ]
        indexes = [models.Index(fields=["category", "lat"], name="publiccase_near")]

    def __str__(self) -> str:
        return f"{self.category} {self.pk}"


class PublicPhoto(models.Model):
    """A photo of a report that an agent looked at, then showed to everyone: copies without metadata, and who did it.

    What is served is these copies, never the document itself. Withdrawn with the row.
    """

    of = models.OneToOneField(PublicCase, models.CASCADE, related_name="photo")
    document = models.ForeignKey("cases.Document", models.CASCADE, related_name="+")
    key = models.CharField(max_length=32, unique=True)  # of the copy, in the private storage
    small_key = models.CharField(max_length=32, unique=True)  # of the one in lists
    width = models.PositiveSmallIntegerField()  # pixels
    height = models.PositiveSmallIntegerField()
    alt = models.CharField(max_length=160)  # what it shows, for who does not see it
    shown_by = models.ForeignKey("identity.Account", models.PROTECT, related_name="+")
    shown_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(alt=""), name="publicphoto_says_what_it_shows")]

    def __str__(self) -> str:
        return self.alt
