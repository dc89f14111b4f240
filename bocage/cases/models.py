"""Tables of cases: procedures and their versions, cases, documents, deadlines, decisions, messages, notes.

What happened to a case is told by ``base.Event`` rows whose subject is ``case:<id>``; states and dates here are what
follows from them, kept for lists and rules.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from bocage.base.once import MadeOnce, once_constraint
from bocage.cases.choices import Channel as Channel  # read through here, as every table
from bocage.cases.choices import Custody as Custody
from bocage.cases.choices import Urgency as Urgency

if TYPE_CHECKING:
    from bocage.cases.schema import ProcedureDocument


class Procedure(models.Model):
    """A procedure residents may start; what it asks is in its current version."""

    slug = models.SlugField(max_length=60, unique=True)
    service = models.SlugField(max_length=40)
    title = models.CharField(max_length=160)
    summary = models.CharField(max_length=400)
    act = models.CharField(max_length=12)
    position = models.PositiveSmallIntegerField(default=100)
    is_open = models.BooleanField(default=True)
    opens_on = models.DateField(null=True, blank=True)  # the day a closed procedure opens by itself (operations.editor)
    closes_on = models.DateField(null=True, blank=True)  # its last day
    current = models.ForeignKey("ProcedureVersion", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["position", "title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_on=None) | Q(closes_on=None) | Q(opens_on__lte=F("closes_on")),
                name="procedure_opens_before_it_closes",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ProcedureVersion(models.Model):
    """An immutable version of a procedure; running cases keep theirs."""

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="+")  # None: a file

    class Meta:
        constraints = [models.UniqueConstraint(fields=["procedure", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"{self.procedure} v{self.number}"

    @property
    def document(self) -> "ProcedureDocument":
        """The validated document (kept in memory by its digest: versions never change)."""
        return _parsed(self.sha256)


@lru_cache(maxsize=128)
def _parsed(sha256: str) -> "ProcedureDocument":
    from bocage.cases.schema import ProcedureDocument

    return ProcedureDocument.model_validate(ProcedureVersion.objects.filter(sha256=sha256).values_list("body")[0][0])


class ProcedureDraft(models.Model):
    """A procedure being written at the desk: its body may be unsound until it is published, and residents never see it.

    It is deleted when it is published or given up: what remains is the version, and the journal.
    """

    procedure = models.ForeignKey(Procedure, models.CASCADE, null=True, related_name="drafts")  # None: a new one
    slug = models.SlugField(max_length=60)
    service = models.SlugField(max_length=40)  # as in its body, for who may write it
    title = models.CharField(max_length=160, blank=True)  # as in its body, for lists
    body = models.JSONField()
    revision = models.PositiveIntegerField(default=0)
    based_on = models.ForeignKey(ProcedureVersion, models.PROTECT, null=True, related_name="+")
    opens_on = models.DateField(null=True, blank=True)
    closes_on = models.DateField(null=True, blank=True)
    updated_by = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="+")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug"], name="procedure_draft_once")]

    def __str__(self) -> str:
        return self.title or self.slug


ERASED = "effacé"
"""The applicant's name of a case emptied of what it said of people."""


class Case(MadeOnce):
    """One request made under a procedure. A draft is a case in state ""."""

    reference = models.CharField(max_length=14, unique=True)
    version = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="cases")
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="cases")
    service = models.SlugField(max_length=40)
    state = models.CharField(max_length=40, blank=True)
    waiting_for = models.CharField(max_length=10, blank=True)  # agent, applicant, other; "" when over or a draft
    outcome = models.CharField(max_length=10, blank=True)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.WEB)
    urgency = models.PositiveSmallIntegerField(choices=Urgency, default=Urgency.USUAL, db_default=0)

    applicant = models.ForeignKey("identity.Person", models.PROTECT, null=True, related_name="cases")
    organisation = models.ForeignKey("territory.Organisation", models.PROTECT, null=True, related_name="cases")
    mandate = models.ForeignKey("identity.Mandate", models.PROTECT, null=True, related_name="cases")
    commune = models.ForeignKey("territory.Commune", models.PROTECT, null=True, related_name="cases")
    # Entrusted when it was filed (entrusting.py): to ``organisation``, under this agreement, for good.
    agreement = models.ForeignKey("Agreement", models.PROTECT, null=True, related_name="cases")
    custody = models.CharField(max_length=6, choices=Custody, blank=True, default="", db_default="")
    apart = models.BooleanField(default=False, db_default=False)  # its organisation's agents alone see it
    account = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="cases")
    entered_by = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="entered_cases")
    assignee = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="assigned_cases")
    applicant_name = models.CharField(max_length=240, blank=True)  # as of submission, for lists
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=20, blank=True)
    tracking_sealed = models.CharField(max_length=255, blank=True, default="", db_default="")  # operations/tracking.py
    tracking_hash = models.CharField(max_length=64, blank=True)  # of codes given before they were sealed

    answers = models.JSONField(default=dict)
    pending = models.JSONField(default=dict)  # a draft's answers that cannot be read yet, kept to be corrected
    agent_answers = models.JSONField(default=dict)
    correction = models.JSONField(null=True)
    missing = models.JSONField(default=list)
    complete = models.BooleanField(default=False)
    step = models.CharField(max_length=40, blank=True)  # where the draft was left
    revision = models.PositiveIntegerField(default=0)

    received_on = models.DateField(null=True)
    submitted_at = models.DateTimeField(null=True)
    announced_on = models.DateField(null=True)
    silence_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    answered_at = models.DateTimeField(null=True)  # an answer of the applicant not yet looked at by an agent
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            once_constraint("case"),
            models.CheckConstraint(
                condition=Q(state="") | Q(submitted_at__isnull=False, received_on__isnull=False),
                name="case_submitted_is_dated",
            ),
            models.CheckConstraint(condition=Q(outcome="") | Q(closed_on__isnull=False), name="case_outcome_is_dated"),
            models.CheckConstraint(condition=Q(state="") | Q(pending={}), name="case_pending_only_in_drafts"),
            models.CheckConstraint(
                condition=Q(agreement=None, custody="")
                | (Q(agreement__isnull=False, organisation__isnull=False) & ~Q(custody="")),
                name="case_entrusted_to_someone",
            ),
            models.CheckConstraint(condition=Q(urgency__lte=2), name="case_urgency_known"),
            models.CheckConstraint(condition=Q(apart=False) | Q(custody="held"), name="case_apart_while_held"),
        ]
        indexes = [
            models.Index(fields=["service", "-received_on", "-id"], name="case_service", condition=~Q(state="")),
            models.Index(fields=["commune", "-received_on", "-id"], name="case_commune", condition=~Q(state="")),
            models.Index(fields=["-received_on", "-id"], name="case_received", condition=~Q(state="")),
            models.Index(
                fields=["organisation", "-received_on", "-id"],
                name="case_organisation",
                condition=Q(organisation__isnull=False) & ~Q(state=""),
            ),
            models.Index(
                fields=["-received_on", "-id"], name="case_open_received", condition=Q(outcome="") & ~Q(state="")
            ),
            models.Index(
                fields=["answered_at", "id"], name="case_answered", condition=Q(outcome="", answered_at__isnull=False)
            ),
            models.Index(
                fields=["procedure", "state", "-received_on", "-id"], name="case_procedure", condition=~Q(state="")
            ),
            models.Index(fields=["announced_on", "id"], name="case_open", condition=Q(outcome="") & ~Q(state="")),
            models.Index(
                fields=["-urgency", "announced_on", "id"], name="case_pressing", condition=Q(outcome="") & ~Q(state="")
            ),
            models.Index(fields=["silence_on", "id"], name="case_silence", condition=Q(outcome="") & ~Q(state="")),
            models.Index(Lower("contact_email"), name="case_mailbox", condition=Q(account=None)),
            models.Index(fields=["state", "updated_at"], name="case_drafts", condition=Q(state="")),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_draft(self) -> bool:
        """Not submitted yet."""
        return self.state == ""

    @property
    def subject(self) -> str:
        """How the journal and notices call it."""
        return f"case:{self.pk}"

    @property
    def handler_id(self) -> int | None:
        """The organisation that handles it; None: the community."""
        return None if self.custody == Custody.PASSED else self.organisation_id


class Deadline(models.Model):
    """A date to keep on a case; suspended ones do not run."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="deadlines")
    kind = models.CharField(max_length=40)
    due_on = models.DateField()
    suspended_on = models.DateField(null=True)
    closed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "kind"], condition=Q(closed=False), name="deadline_one_open"),
        ]
        indexes = [models.Index(fields=["due_on"], name="deadline_due", condition=Q(closed=False, suspended_on=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_on}"


class Decision(models.Model):
    """The decision of a case: its author and delegation (CRPA L212-1), its reasons, its legal date."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="decision")
    outcome = models.CharField(max_length=40)  # of the state where it leads, or that state's id where nothing ends
    reason = models.TextField(blank=True)
    legal_date = models.DateField()
    by_time = models.BooleanField(default=False)
    author = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="decisions")
    author_name = models.CharField(max_length=160, blank=True)
    author_title = models.CharField(max_length=160, blank=True)
    delegation = models.CharField(max_length=200, blank=True)
    algorithmic = models.BooleanField(default=False, db_default=False)  # CRPA L311-3-1
    reasons_on = models.DateField(null=True)  # when the reasons of an implied rejection were given (CRPA L232-4)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(by_time=True) | Q(author__isnull=False), name="decision_has_author"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.legal_date}"


class ProposalState(models.TextChoices):
    """Where a decision stands in the signature book."""

    WAITING = "waiting", _("à signer")
    SIGNED = "signed", _("signée")
    RETURNED = "returned", _("renvoyée à l’agent")
    DROPPED = "dropped", _("sans objet, le dossier a avancé")


class Proposal(models.Model):
    """A decision that an agent prepared and that waits for whoever signs (CRPA L212-1): the signature book."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="proposals")
    transition = models.CharField(max_length=40)
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=ProposalState, default=ProposalState.WAITING)
    note = models.TextField(blank=True)  # why it was sent back
    prepared_by = models.ForeignKey("identity.Account", models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    handled_by = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="+")
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state="waiting"), name="proposal_one_waiting"),
            models.CheckConstraint(
                condition=~Q(state="signed") | Q(handled_by__isnull=False), name="proposal_signed_by_someone"
            ),
        ]
        indexes = [models.Index(fields=["prepared_at", "id"], name="proposal_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.transition} {self.state}"


class ScanState(models.TextChoices):
    """Where a document stands before it may be seen."""

    QUARANTINE = "quarantine", _("en cours de vérification")
    CLEAN = "clean", _("vérifié")
    REFUSED = "refused", _("refusé")


class Document(models.Model):
    """A file of a case, in the private storage under a random key; never served before it is scanned."""

    key = models.CharField(max_length=32, unique=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="documents")
    field = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=10)  # upload, scan, generated
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    sensitive = models.BooleanField(default=False)
    scan_state = models.CharField(max_length=10, choices=ScanState, default=ScanState.QUARANTINE)
    scan_detail = models.CharField(max_length=120, blank=True)
    added_by = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    label = ""  # the question that it answers, in words: set by ``summary.documents_of``

    class Meta:
        indexes = [models.Index(fields=["case", "field"], name="document_field")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where it lies in the private storage."""
        return f"{self.key[:2]}/{self.key}"


class Message(MadeOnce):
    """A message between the applicant and the service, on a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="messages")
    from_agent = models.BooleanField()
    author = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="+")
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [once_constraint("message")]
        indexes = [models.Index(fields=["case", "id"], name="message_case")]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Note(MadeOnce):
    """An internal note: agents only. On a case, or on a person met at the counter."""

    case = models.ForeignKey(Case, models.CASCADE, null=True, related_name="notes")
    person = models.ForeignKey("identity.Person", models.CASCADE, null=True, related_name="+")
    author = models.ForeignKey("identity.Account", models.PROTECT, related_name="+")
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            once_constraint("note"),
            models.CheckConstraint(
                condition=Q(case__isnull=False, person=None) | Q(case=None, person__isnull=False),
                name="note_is_about_one",
            ),
        ]

    def __str__(self) -> str:
        return f"note {self.pk}"


# Django finds here every table of the app.
from bocage.cases.models_desk import CannedAnswer as CannedAnswer  # noqa: E402
from bocage.cases.models_desk import CaseLink as CaseLink  # noqa: E402
from bocage.cases.models_desk import Export as Export  # noqa: E402
from bocage.cases.models_desk import Opinion as Opinion  # noqa: E402
from bocage.cases.models_desk import Reminder as Reminder  # noqa: E402
from bocage.cases.models_desk import Satisfaction as Satisfaction  # noqa: E402
from bocage.cases.models_desk import SavedView as SavedView  # noqa: E402
from bocage.cases.models_entrusting import Agreement as Agreement  # noqa: E402
from bocage.cases.models_entrusting import AgreementScope as AgreementScope  # noqa: E402
from bocage.cases.models_issued import IssuedDocument as IssuedDocument  # noqa: E402
from bocage.cases.models_issued import VoidReason as VoidReason  # noqa: E402
from bocage.cases.models_public import PublicCase as PublicCase  # noqa: E402
from bocage.cases.models_public import PublicPhoto as PublicPhoto  # noqa: E402
