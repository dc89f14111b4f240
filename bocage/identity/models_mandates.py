"""Tables of mandates beside ``Mandate``: the consent that was asked before one is given, and each use of one."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.utils.translation import gettext_lazy as _

from bocage.base.once import MadeOnce, once_constraint

MAX_TRIES = 5
LONGEST = 365
"""Days between the first and the last of a mandate: a year at most."""


class DaysBetween(Func):
    """Whole days from a date to another, in words that both databases accept in a constraint."""

    output_field = IntegerField()
    arity = 2

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite keeps dates as text."""
        return self.as_sql(compiler, connection, template="(julianday(%(expressions)s))", arg_joiner=") - julianday(")

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """A date less a date is a number of days."""
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" - ")


class MandateAsk(MadeOnce):
    """A mandate on offer until its principal consents: by a code told back, a sheet signed, or online by the helper.

    The code is kept as a digest, which stays as proof; ``sealed_code`` is what the SMS must say, gone once it left.
    """

    class Way(models.TextChoices):
        """How consent is shown."""

        SMS = "sms", _("un code par SMS")
        LETTER = "letter", _("un code par courrier")
        PAPER = "paper", _("une feuille signée")
        ONLINE = "online", _("en ligne")

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("en attente")
        GIVEN = "given", _("donné")
        DROPPED = "dropped", _("abandonné")

    principal = models.ForeignKey("identity.Person", models.PROTECT, related_name="mandates_asked")
    holder_person = models.ForeignKey("identity.Person", models.PROTECT, null=True, related_name="+")
    holder_organisation = models.ForeignKey("territory.Organisation", models.PROTECT, null=True, related_name="+")
    helper = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    invited_email = models.EmailField(blank=True)  # online: whom the principal named; they may have no account yet
    scopes = models.JSONField(default=list)
    days = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=6, choices=Way)
    channel = models.CharField(max_length=8)  # counter, phone, web: how the principal spoke to us
    told_by = models.CharField(max_length=6, blank=True)  # channel by which each use is told; empty: the best one
    phone = models.CharField(max_length=20, blank=True)  # where the code went
    text_version = models.CharField(max_length=20)
    text = models.TextField()  # as it was read to them, or printed
    code_digest = models.CharField(max_length=128, blank=True)
    sealed_code = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mandate = models.OneToOneField("identity.Mandate", models.PROTECT, null=True, related_name="ask")

    class Meta:
        constraints = [
            once_constraint("mandate_ask"),
            models.CheckConstraint(condition=Q(tries__lte=MAX_TRIES), name="mandate_ask_tries"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=LONGEST + 1), name="mandate_ask_days"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="mandate_ask_dates"),
            models.CheckConstraint(
                condition=Q(state="given", mandate__isnull=False) | ~Q(state="given") & Q(mandate=None),
                name="mandate_ask_given",
            ),
            models.CheckConstraint(
                condition=~Q(way__in=["sms", "letter"]) | ~Q(code_digest=""), name="mandate_ask_has_code"
            ),
            models.CheckConstraint(
                condition=Q(holder_person=None) | Q(holder_organisation=None), name="mandate_ask_one_holder"
            ),
        ]
        indexes = [models.Index(fields=["invited_email"], name="mandate_ask_invited")]

    def __str__(self) -> str:
        return f"{self.pk}"

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be answered."""
        return self.state == self.State.WAITING and now < self.expires_at and self.tries < MAX_TRIES


class MandateUse(models.Model):
    """One act done under a mandate: its event, who did it, and when the principal was told of it."""

    mandate = models.ForeignKey("identity.Mandate", models.PROTECT, related_name="uses")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    event = models.OneToOneField("base.Event", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(told_at=None) | Q(told_at__gte=F("at")), name="mandate_use_told_after")
        ]
        indexes = [
            models.Index(fields=["mandate", "at"], name="mandate_use_journal"),
            models.Index(fields=["mandate"], condition=Q(told_at=None), name="mandate_use_to_tell"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
