"""Tables of messaging: notices and their texts, one delivery per recipient and channel, letters and their batches.

A notice is about someone's own business (a case, an invoice): it needs no consent. What was sent is frozen in it.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Template(models.Model):
    """A kind of notice: what it is called, and the version of its text in use."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    current = models.ForeignKey("TemplateVersion", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["name"]
        verbose_name = _("modèle d’avis")

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """An immutable text of a notice; those sent keep theirs.

    ``variables`` are the only placeholders its texts may name. ``source`` is ``file`` for a text loaded from the
    territory's data, ``desk`` for one that an agent wrote: loading the data again never replaces the latter.
    """

    template = models.ForeignKey(Template, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    sms = models.CharField(max_length=480, blank=True)
    variables = models.JSONField(default=list)
    source = models.CharField(max_length=4, default="file")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="template_version_once"),
            models.CheckConstraint(condition=Q(source__in=["file", "desk"]), name="template_version_source"),
        ]

    def __str__(self) -> str:
        return f"{self.template} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only. Raises TypeError on a change: a new text is a new version."""
        if self.pk is not None:
            raise TypeError("a template version never changes: write a new one")
        super().save(*args, **kwargs)


class Logo(models.Model):
    """A drawing at the head of letters, by its digest. Never changed: a letter already told keeps the one it had."""

    sha256 = models.CharField(max_length=64, unique=True)
    png = models.TextField()  # in base64: a few kilobytes that every copy and backup of the tables carries along
    width = models.PositiveSmallIntegerField()  # pixels
    height = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return self.sha256[:12]

    @property
    def uri(self) -> str:
        """The drawing itself, for a page or a letter."""
        return f"data:image/png;base64,{self.png}"


class Notice(models.Model):
    """Something told about one's own business, as it was said. ``subject`` is what it is about (``case:12``).

    ``key`` is deterministic: telling the same thing twice gives one notice. Service, commune and organisation bound the
    agents who see it; the organisation, when given, is the letterhead (the body to which the service is entrusted).
    """

    key = models.CharField(max_length=160, unique=True)
    subject = models.CharField(max_length=60)
    template = models.CharField(max_length=120)  # key of a template, or of the text of a procedure's version
    version = models.ForeignKey(TemplateVersion, models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=200)
    body = models.TextField()
    sms = models.CharField(max_length=480, blank=True)
    reference = models.CharField(max_length=40, blank=True)  # what people quote when they answer
    link = models.CharField(max_length=400, blank=True)  # absolute
    link_label = models.CharField(max_length=80, blank=True)
    remedies = models.TextField(blank=True)  # delays and remedies, printed on letters and added to mails
    large_print = models.BooleanField(default=False, db_default=False)  # of its letters
    signatory_name = models.CharField(max_length=160, blank=True)  # CRPA L212-1: first name, name, title, signature
    signatory_title = models.CharField(max_length=160, blank=True)
    signatory_delegation = models.CharField(max_length=200, blank=True)
    attachments = models.JSONField(default=list)  # [{"path": dotted path, "args": {...}}], read when sent or drawn
    service = models.SlugField(max_length=40, blank=True)
    commune = models.ForeignKey("territory.Commune", models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey("territory.Organisation", models.PROTECT, null=True, related_name="+")
    apart = models.BooleanField(default=False, db_default=False)  # for that organisation's agents alone
    head = models.JSONField(null=True)  # the letterhead as it was, where an agreement says one
    actor = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["subject", "id"], name="notice_subject"),
            models.Index(fields=["created_at"], name="notice_created"),
        ]

    def __str__(self) -> str:
        return self.title


class Channel(models.TextChoices):
    """How a notice reaches someone."""

    EMAIL = "email", _("courriel")
    SMS = "sms", _("SMS")
    LETTER = "letter", _("courrier postal")
    SCREEN = "screen", _("à l’écran")


class DeliveryState(models.TextChoices):
    """Where a delivery stands. The next carrier is the mail server, the SMS provider or the post office."""

    QUEUED = "queued", _("en attente d’envoi")
    HANDED_OVER = "handed_over", _("imprimé, à poster")  # a letter printed and not yet posted
    SENT = "sent", _("remis au transporteur")
    DELIVERED = "delivered", _("reçu")
    FAILED = "failed", _("refusé")
    RETURNED = "returned", _("revenu")
    UNCERTAIN = "uncertain", _("envoi incertain")  # the line was cut before the answer: it will be repeated


class Delivery(models.Model):
    """A notice on its way to one recipient by one channel. The recipient is a snapshot: who and where, as of then."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries")
    recipient_key = models.CharField(max_length=64)
    person = models.ForeignKey("identity.Person", models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=240, blank=True)
    address = models.CharField(max_length=400, blank=True)  # an e-mail, a telephone (E.164) or postal lines
    channel = models.CharField(max_length=8, choices=Channel)
    state = models.CharField(max_length=12, choices=DeliveryState, default=DeliveryState.QUEUED)
    message_id = models.CharField(max_length=40, unique=True)  # deterministic; left part of the Message-ID
    provider_ref = models.CharField(max_length=120, blank=True)
    error = models.CharField(max_length=300, blank=True)  # in words, for agents
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["notice", "recipient_key", "channel"], name="delivery_once"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "delivered"]) | Q(sent_at__isnull=False), name="delivery_sent_is_dated"
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="delivery_failed_says_why"),
        ]
        indexes = [
            models.Index(fields=["person", "id"], name="delivery_person"),
            models.Index(
                fields=["state", "id"], name="delivery_trouble", condition=Q(state__in=["failed", "uncertain"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.pk}"


class LetterBatch(models.Model):
    """Letters printed together as one PDF, then taken to the post office."""

    service = models.SlugField(max_length=40, blank=True)
    created_by = models.ForeignKey("identity.Account", models.PROTECT, related_name="+")
    printed_at = models.DateTimeField()
    posted_on = models.DateField(null=True)
    pdf = models.CharField(max_length=120, blank=True)  # key in the private storage; empty: past its time
    pages = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "letter batches"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"lot {self.pk}"


class ReturnReason(models.TextChoices):
    """What La Poste writes on a letter that comes back."""

    UNKNOWN_ADDRESS = "npai", _("n’habite pas à l’adresse indiquée")
    REFUSED = "refused", _("pli refusé par le destinataire")
    UNCLAIMED = "unclaimed", _("pli avisé et non réclamé")
    INCOMPLETE = "incomplete", _("défaut d’accès ou d’adressage")
    OTHER = "other", _("autre motif")


class Letter(models.Model):
    """The paper of a delivery: its PDF, its batch, its posting, its return. ``reference`` is printed with its QR."""

    delivery = models.OneToOneField(Delivery, models.CASCADE, primary_key=True, related_name="letter")
    reference = models.CharField(max_length=14, unique=True)
    registered = models.BooleanField(default=False)  # to be sent with proof of delivery
    pdf = models.CharField(max_length=120, blank=True)  # key in the private storage; empty: not drawn yet
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveSmallIntegerField(default=0)
    batch = models.ForeignKey(LetterBatch, models.PROTECT, null=True, related_name="letters")
    posted_on = models.DateField(null=True)
    registered_number = models.CharField(max_length=20, blank=True)
    returned_on = models.DateField(null=True)
    return_reason = models.CharField(max_length=10, choices=ReturnReason, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(returned_on=None, return_reason="") | (Q(returned_on__isnull=False) & ~Q(return_reason="")),
                name="letter_return_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(posted_on=None) | Q(batch__isnull=False), name="letter_posted_is_printed"
            ),
            models.CheckConstraint(condition=Q(pdf="") | Q(pages__gt=0), name="letter_pdf_has_pages"),
        ]

    def __str__(self) -> str:
        return self.reference


class MailboxMessage(models.Model):
    """The demonstration's post: what would have left, kept here and shown in a page of the portal."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("Courriel")
        SMS = "sms", _("SMS")

    kind = models.CharField(max_length=5, choices=Kind)
    key = models.CharField(max_length=255)  # Message-ID or idempotency key: handed over twice, kept once
    recipient = models.CharField(max_length=320)
    title = models.CharField(max_length=200, blank=True)
    raw = models.BinaryField()  # the mail as it would have left (RFC 5322), or the text of the SMS in UTF-8
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="mailbox_once")]

    def __str__(self) -> str:
        return self.title
