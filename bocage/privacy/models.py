"""Tables of privacy: copies of one's data, erasures asked, nights of retention, accounts about to close, breaches.

They keep ids, dates and counts: what people are called stays in the tables of those who hold it.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bocage.base.once import MadeOnce, once_constraint


class CopyState(models.TextChoices):
    """Where a copy of one's data stands."""

    WAITING = "waiting", _("en préparation")
    READY = "ready", _("prête")
    FAILED = "failed", _("échouée")


class DataCopy(MadeOnce):
    """Everything the house holds of a person, in one archive of the private storage; gone after seven days."""

    account = models.ForeignKey("identity.Account", models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=CopyState, default=CopyState.WAITING)
    written = models.PositiveIntegerField(default=0)  # steps: a kind of data, a file
    total = models.PositiveIntegerField(null=True)
    key = models.CharField(max_length=32, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "data copies"
        constraints = [
            once_constraint("data_copy"),
            models.CheckConstraint(condition=~Q(state="ready") | ~Q(key=""), name="data_copy_ready_has_file"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="data_copy_expires_later"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="data_copy_account"),
            models.Index(fields=["expires_at"], name="data_copy_expiry"),
        ]

    def __str__(self) -> str:
        return f"copy {self.pk}"

    @property
    def path(self) -> str:
        """Where it lies in the private storage."""
        return f"copies/{self.key}"

    @property
    def name(self) -> str:
        """How the file is called once downloaded."""
        return f"mes-donnees-{self.created_at:%Y-%m-%d}.zip"


class ErasureState(models.TextChoices):
    """Where an erasure stands."""

    WAITING = "waiting", _("prévu")
    WITHDRAWN = "withdrawn", _("annulé par la personne")
    STOPPED = "stopped", _("arrêté : une demande est en cours")
    PARTLY = "partly", _("fait, sauf ce que la loi fait garder")
    DONE = "done", _("fait")


class Erasure(MadeOnce):
    """An erasure asked by a person, or at the desk for them. Done after a week, in which it can be taken back.

    ``subjects`` are the journal's, written down when it begins: afterwards nothing leads from the person to them.
    ``kept`` is what the law keeps, in words without names: ``[{"what", "count", "why", "until"}]``.
    """

    person = models.ForeignKey("identity.Person", models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8)  # web, counter, phone, post, email
    asked_by = models.ForeignKey(
        "identity.Account", models.PROTECT, null=True, related_name="+"
    )  # an agent; None: them
    proof = models.CharField(max_length=200, blank=True)  # how the agent made sure who asked; gone once done
    state = models.CharField(max_length=9, choices=ErasureState, default=ErasureState.WAITING)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    subjects = models.JSONField(default=list)
    kept = models.JSONField(default=list)

    class Meta:
        constraints = [
            once_constraint("erasure"),
            models.UniqueConstraint(fields=["person"], condition=Q(state="waiting"), name="erasure_one_waiting"),
            models.CheckConstraint(condition=Q(due_at__gte=F("asked_at")), name="erasure_due_later"),
            models.CheckConstraint(
                condition=~Q(state__in=["partly", "done"]) | Q(done_at__isnull=False), name="erasure_done_is_dated"
            ),
            models.CheckConstraint(
                condition=Q(asked_by=None) | ~Q(proof="") | Q(state__in=["done", "partly"]),
                name="erasure_desk_has_proof",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="erasure_due")]

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class RetentionRun(models.Model):
    """What one kind of data lost in one night, or why it could not."""

    name = models.CharField(max_length=60)  # of the manifest's entry
    at = models.DateTimeField()
    gone = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)  # past its time too, for the next night
    error = models.CharField(max_length=200, blank=True)  # its kind: never what it was about

    class Meta:
        indexes = [models.Index(fields=["-at", "name"], name="retention_run_at")]

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d}"


class UnusedAccount(models.Model):
    """An account that nobody used for two years, and the day its person was told that it will close."""

    account = models.OneToOneField("identity.Account", models.CASCADE, primary_key=True, related_name="+")
    told_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["told_at"], name="unused_account_told")]

    def __str__(self) -> str:
        return f"{self.account_id}"


class Breach(MadeOnce):
    """A breach of personal data, or a drill of one: what it is about, and when it was known (GDPR, art. 33 and 34).

    Who is concerned is worked out when asked, never kept here.
    """

    title = models.CharField(max_length=120)
    drill = models.BooleanField(default=True)
    known_at = models.DateTimeField()
    facts = models.TextField(blank=True)  # what happened, as the notice tells it
    references = models.JSONField(default=list)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    agent = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="+")
    opened_by = models.ForeignKey("identity.Account", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    authority_told_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "breaches"
        ordering = ["-known_at", "-id"]
        constraints = [
            once_constraint("breach"),
            models.CheckConstraint(condition=~Q(title=""), name="breach_has_title"),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")), name="breach_dates"
            ),
        ]

    def __str__(self) -> str:
        return self.title
