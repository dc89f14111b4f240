"""Tables of duplicates: two records that may be one person, and what was moved when an agent made them one."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class PossibleDuplicate(models.Model):
    """Two records that may be one person: found by the house, decided by an agent, never by the house."""

    class Decision(models.TextChoices):
        """What the agent found."""

        WAITING = "waiting", _("à vérifier")
        MERGED = "merged", _("fiches réunies")
        DIFFERENT = "different", _("deux personnes")

    class Why(models.TextChoices):
        """Why they are shown together (``bocage.identity.duplicates``)."""

        SAME = "same", _("mêmes noms, mêmes prénoms, même date de naissance")
        CLOSE = "close", _("noms ou prénoms proches, même date de naissance")
        FEDERATION = "federation", _("remarquée à l’arrivée par FranceConnect")
        AGENT = "agent", _("signalée par un agent")

    newer = models.ForeignKey("identity.Person", models.CASCADE, related_name="+")
    older = models.ForeignKey("identity.Person", models.CASCADE, related_name="+")
    why = models.CharField(max_length=10, choices=Why, default=Why.FEDERATION, db_default=Why.FEDERATION)
    found_at = models.DateTimeField()
    decision = models.CharField(max_length=9, choices=Decision, default=Decision.WAITING)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["newer", "older"], name="possible_duplicate_once"),
            # In one order, so that two records make one pair whoever finds it.
            models.CheckConstraint(condition=Q(newer__gt=F("older")), name="possible_duplicate_of_another"),
            models.CheckConstraint(
                condition=Q(decision="waiting", decided_at=None) | ~Q(decision="waiting") & Q(decided_at__isnull=False),
                name="possible_duplicate_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["why", "id"], condition=Q(decision="waiting"), name="possible_duplicate_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.newer_id} {self.older_id}"


class PeopleMerge(models.Model):
    """Two records made one by an agent. Until ``until`` it can be undone; its changes are then forgotten."""

    kept = models.ForeignKey("identity.Person", models.PROTECT, related_name="merges")
    other = models.ForeignKey("identity.Person", models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()
    marks = models.JSONField(default=dict)  # the highest row number of each column then: what is above came after
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("other")), name="merge_of_two"),
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="merge_until_later"),
            models.CheckConstraint(
                condition=Q(undone_at=None) | Q(undone_at__gte=F("at"), undone_at__lte=F("until")),
                name="merge_undone_in_time",
            ),
            models.UniqueConstraint(fields=["other"], condition=Q(undone_at=None), name="merge_one_standing"),
        ]
        indexes = [models.Index(fields=["until"], condition=Q(undone_at=None), name="merge_standing")]

    def __str__(self) -> str:
        return f"{self.other_id} → {self.kept_id}"


class MergeChange(models.Model):
    """One value that a merge wrote: which row of which table, what it held before, what it holds since."""

    merge = models.ForeignKey(PeopleMerge, models.CASCADE, related_name="changes")
    column = models.CharField(max_length=80)  # ``cases.Case.applicant``
    row = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merge", "column", "row"], name="merge_change_once")]

    def __str__(self) -> str:
        return f"{self.column} {self.row}"
