"""The four tables of the lowest floor: event, payload, outbox, schedule (DESIGN.md rule 2)."""

from django.db import models
from django.db.models import Q


class Event(models.Model):
    """Something that happened: who, on whose behalf, what, to what, when. Never changed, never deleted.

    ``stream`` is the app that speaks (``cases``); ``subject`` the thing (``case:12``). The sealer gives ``seq``,
    ``prev_hash`` and ``hash`` within a minute; the chain covers ids and the payload's salted digest, not the
    payload itself, so that erasing a payload leaves the chain whole.
    """

    stream = models.CharField(max_length=30)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    actor = models.CharField(max_length=60)
    on_behalf_of = models.CharField(max_length=60, blank=True)
    channel = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    hat = models.CharField(max_length=30, blank=True, default="", db_default="")  # Actor.hat
    seq = models.BigIntegerField(null=True)
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="event_seq_once"),
            models.CheckConstraint(condition=Q(seq=None, hash="") | (Q(seq__gt=0) & ~Q(hash="")), name="event_sealed"),
        ]
        indexes = [
            models.Index(fields=["subject", "id"], name="event_subject"),
            models.Index(fields=["stream", "id"], name="event_unsealed", condition=Q(seq=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Payload(models.Model):
    """What an event says beyond its ids; erasable on its own."""

    event = models.OneToOneField(Event, models.CASCADE, primary_key=True, related_name="payload")
    salt = models.CharField(max_length=32)
    body = models.JSONField()

    def __str__(self) -> str:
        return f"payload of {self.event_id}"


class OutboxState(models.TextChoices):
    """Where an effect stands."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    UNCERTAIN = "uncertain"  # cut while being handed over, and its channel says: let a person look
    DEAD = "dead"  # every attempt failed
    ABANDONED = "abandoned"  # a person decided that it will not leave


class Outbox(models.Model):
    """An effect to hand over to the outside, written in the transaction that decided it.

    ``key`` is deterministic: enqueuing the same effect twice gives one row, and the other side can tell a repeat.
    """

    topic = models.CharField(max_length=60)
    queue = models.CharField(max_length=20, default="default")
    key = models.CharField(max_length=120, unique=True)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=OutboxState, default=OutboxState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=60, blank=True)
    handing_over_at = models.DateTimeField(null=True)  # set just before the outside is spoken to
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="leased") | (Q(lease_until__isnull=False) & ~Q(leased_by="")),
                name="outbox_lease_has_holder",
            ),
            models.CheckConstraint(condition=~Q(state="done") | Q(done_at__isnull=False), name="outbox_done_dated"),
        ]
        indexes = [
            models.Index(fields=["queue", "next_attempt_at", "id"], name="outbox_due", condition=Q(state="pending")),
            models.Index(fields=["lease_until"], name="outbox_leased", condition=Q(state="leased")),
            models.Index(fields=["state", "id"], name="outbox_state"),
        ]

    def __str__(self) -> str:
        return self.key


class Schedule(models.Model):
    """When a job of a manifest is next due; taken by compare-and-swap, so that one scheduler of many starts it."""

    name = models.CharField(max_length=60, unique=True)
    next_run_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
