"""Tables of the agents' tools: exports and saved views of the worklist, canned answers, satisfaction,
opinions asked, reminders, linked cases.

A room of its own beside ``models``: no resident's page reads these.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bocage.base.once import MadeOnce, once_constraint


class ExportState(models.TextChoices):
    """Where an export stands."""

    WAITING = "waiting", _("en préparation")
    READY = "ready", _("prêt")
    FAILED = "failed", _("échoué")


class ExportFormat(models.TextChoices):
    """In what an export is written."""

    ODS = "ods", _("Tableur (ODS)")
    CSV = "csv", _("Texte (CSV)")


class Export(MadeOnce):
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
            once_constraint("export"),
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


class SavedView(models.Model):
    """A way to look at the worklist, by a name: its filters and columns, one's own or shared with a service."""

    account = models.ForeignKey("identity.Account", models.PROTECT, related_name="+")
    service = models.SlugField(max_length=40, blank=True)  # "" : its author's alone
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)  # as an address writes it
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="view_once"),
            models.CheckConstraint(condition=~Q(name=""), name="view_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class CannedAnswer(MadeOnce):
    """A text that a service often writes, with placeholders, taken up in messages and correction requests."""

    service = models.SlugField(max_length=40)
    title = models.CharField(max_length=80)
    body = models.TextField()
    changed_by = models.ForeignKey("identity.Account", models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            once_constraint("canned"),
            models.UniqueConstraint(fields=["service", "title"], name="canned_once"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(body=""), name="canned_says_something"),
        ]

    def __str__(self) -> str:
        return self.title


class Satisfaction(models.Model):
    """What someone said once their case was over, in two questions; nothing else, and nothing that names them."""

    case = models.OneToOneField("cases.Case", models.CASCADE, related_name="satisfaction")
    easy = models.PositiveSmallIntegerField()  # 1: not at all, 4: quite
    content = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(easy__gte=1, easy__lte=4, content__gte=1, content__lte=4), name="satisfaction_of_four"
            ),
        ]

    def __str__(self) -> str:
        return f"satisfaction {self.pk}"


class Opinion(models.Model):
    """An opinion asked of a colleague or of a partner without account, through a link of their own, until a day."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="opinions")
    key = models.CharField(max_length=80, unique=True)
    asked_by = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="+")
    colleague = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    question = models.TextField()
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    verdict = models.CharField(max_length=12, blank=True)  # favourable, reserved, unfavourable
    body = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(colleague__isnull=False) | ~Q(email=""), name="opinion_of_someone"),
            models.CheckConstraint(
                condition=Q(answered_at=None, verdict="") | (Q(answered_at__isnull=False) & ~Q(verdict="")),
                name="opinion_answered_says",
            ),
        ]

    def __str__(self) -> str:
        return f"opinion {self.pk}"


class Reminder(MadeOnce):
    """A day to think of a case again, for oneself or for its whole service."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="reminders")
    author = models.ForeignKey("identity.Account", models.PROTECT, related_name="+")
    shared = models.BooleanField(default=False)
    on = models.DateField()
    note = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [once_constraint("reminder")]
        indexes = [models.Index(fields=["on"], name="reminder_due", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"reminder {self.pk}"


class CaseLink(models.Model):
    """Two cases that are read together; written once, the older first."""

    first = models.ForeignKey("cases.Case", models.CASCADE, related_name="+")
    second = models.ForeignKey("cases.Case", models.CASCADE, related_name="+")
    added_by = models.ForeignKey("identity.Account", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="caselink_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="caselink_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id}–{self.second_id}"
