"""Tables of what is offered and of who takes part: offers, sessions, pools, registrations, waiting list, attendance.

Places are counted in ``Pool.taken``, changed only by conditional updates (operations/places.py); the CHECK below holds
whatever the code does. Resources and their bookings are in ``models_resources``.
"""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bocage.base.once import MadeOnce, once_constraint
from bocage.base.references import LENGTH

if TYPE_CHECKING:
    from bocage.agenda.terms import Terms


class Enrolment(models.TextChoices):
    """What one registers for."""

    SESSION = "session", _("à la séance")
    SERIES = "series", _("pour toute la série")
    BOTH = "both", _("à la séance ou pour toute la série")


class OfferState(models.TextChoices):
    """Where an offer is in its life; what is a draft is seen by agents only."""

    DRAFT = "draft", _("brouillon")
    OPEN = "open", _("publiée")
    CLOSED = "closed", _("terminée")


class Offer(MadeOnce):
    """Something the territory offers, in one or many sessions: a course, a workshop, a show, a permanence."""

    slug = models.SlugField(max_length=80, unique=True)
    service = models.SlugField(max_length=40)  # whose it is; its manifest gives the words
    kind = models.SlugField(max_length=40)  # of the service's own kinds: workshop, repair_cafe, show
    title = models.CharField(max_length=160)
    summary = models.CharField(max_length=300, blank=True)
    description = models.TextField(blank=True)
    audience = models.SlugField(max_length=40, blank=True)
    theme = models.SlugField(max_length=40, blank=True)
    enrolment = models.CharField(max_length=8, choices=Enrolment, default=Enrolment.SESSION)
    state = models.CharField(max_length=8, choices=OfferState, default=OfferState.DRAFT)
    opens_at = models.DateTimeField(null=True, blank=True)  # of registration; None: once published
    terms = models.ForeignKey("OfferTerms", models.PROTECT, null=True, related_name="+")  # the current ones
    run_by = models.ForeignKey("territory.Organisation", models.PROTECT, null=True, blank=True, related_name="offers")
    queue = models.PositiveIntegerField(default=0)  # touched by whoever changes the waiting list: they take turns

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            once_constraint("offer"),
            models.CheckConstraint(condition=Q(state="draft") | Q(terms__isnull=False), name="offer_open_has_terms"),
        ]

    def __str__(self) -> str:
        return self.title


class OfferTerms(models.Model):
    """A version of an offer's terms; never changed once a registration may rest on it."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offer", "number"], name="offer_terms_once")]

    def __str__(self) -> str:
        return f"{self.offer_id} v{self.number}"

    @property
    def document(self) -> "Terms":
        """The terms, validated; kept in memory by their digest."""
        return _parsed(self.sha256, self)


_known: "dict[str, Terms]" = {}


def _parsed(sha256: str, row: OfferTerms) -> "Terms":
    from bocage.agenda.terms import Terms

    if sha256 not in _known:
        if len(_known) > 500:
            _known.clear()
        _known[sha256] = Terms.model_validate(row.body)
    return _known[sha256]


class Series(MadeOnce):
    """Sessions of an offer that belong together: « le groupe de Bavay, les mardis ». One may register for all."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="series")
    label = models.CharField(max_length=160)
    place = models.ForeignKey("territory.Place", models.PROTECT, null=True, blank=True, related_name="+")
    recurrence = models.JSONField(default=dict)  # recurrence.Recurrence, from which its sessions were made
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "series"
        ordering = ["id"]
        constraints = [once_constraint("series")]

    def __str__(self) -> str:
        return self.label


class Session(MadeOnce):
    """One meeting, at a time and a place. ``day`` is the territory's day on which it begins."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="sessions")
    series = models.ForeignKey(Series, models.PROTECT, null=True, blank=True, related_name="sessions")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    day = models.DateField()
    place = models.ForeignKey("territory.Place", models.PROTECT, null=True, blank=True, related_name="+")
    commune = models.ForeignKey("territory.Commune", models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)  # « entrée par la cour »
    cancelled_at = models.DateTimeField(null=True)
    cancelled_for = models.CharField(max_length=200, blank=True)  # told to everyone

    class Meta:
        ordering = ["starts", "id"]
        constraints = [
            once_constraint("session"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="session_lasts"),
            models.UniqueConstraint(
                fields=["series", "starts"], condition=Q(cancelled_at=None), name="session_once_in_series"
            ),
        ]
        indexes = [
            models.Index(fields=["starts", "id"], name="session_coming", condition=Q(cancelled_at=None)),
            models.Index(fields=["offer", "starts"], name="session_of_offer"),
            models.Index(fields=["commune", "starts"], name="session_commune"),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.day}"


class Pool(models.Model):
    """A stock of places of one session. ``overbook`` is what agents knowingly let in above ``capacity``."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="pools")
    name = models.CharField(max_length=40)  # the id of the pool in the terms
    capacity = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)
    overbook = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "name"], name="pool_once"),
            models.CheckConstraint(
                condition=Q(taken__gte=0) & Q(taken__lte=F("capacity") + F("overbook")), name="pool_never_oversold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.taken}/{self.capacity}"

    @property
    def left(self) -> int:
        """Places that anyone may still take."""
        return max(0, self.capacity - self.taken)


class State(models.TextChoices):
    """Where a registration is."""

    HELD = "held", _("places gardées")
    CONFIRMED = "confirmed", _("inscription faite")
    WAITING = "waiting", _("sur liste d’attente")
    OFFERED = "offered", _("place proposée")
    OVER = "over", _("annulée")


LIVE = (State.HELD, State.CONFIRMED, State.OFFERED)
"""States in which a registration holds places."""


class Ended(models.TextChoices):
    """Why a registration is over."""

    RESIDENT = "resident", _("annulée par la personne")
    AGENT = "agent", _("annulée par un agent")
    SESSION = "session", _("séance annulée")
    EXPIRED = "expired", _("délai passé")
    MOVED = "moved", _("passée à une autre séance")
    ERASED = "erased", _("données effacées")


class Channel(models.TextChoices):
    """How a registration reached the house."""

    WEB = "web", _("en ligne")
    COUNTER = "counter", _("à l’accueil")
    PHONE = "phone", _("par téléphone")
    POST = "post", _("par courrier")
    EMAIL = "email", _("par e-mail")


class Registration(MadeOnce):
    """Someone, or a group, who takes part in a session or in a whole series; or waits for a place."""

    reference = models.CharField(max_length=LENGTH, unique=True)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="registrations")
    terms = models.ForeignKey(OfferTerms, models.PROTECT, related_name="+")
    session = models.ForeignKey(Session, models.PROTECT, null=True, related_name="registrations")
    series = models.ForeignKey(Series, models.PROTECT, null=True, related_name="registrations")
    option = models.CharField(max_length=40)
    size = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State)
    ended = models.CharField(max_length=10, choices=Ended, blank=True)
    expires_at = models.DateTimeField(null=True)  # of what is held or offered

    person = models.ForeignKey("identity.Person", models.PROTECT, null=True, related_name="registrations")
    organisation = models.ForeignKey("territory.Organisation", models.PROTECT, null=True, related_name="+")  # a group's
    mandate = models.ForeignKey("identity.Mandate", models.PROTECT, null=True, related_name="registrations")
    account = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="registrations")
    entered_by = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.WEB)
    name = models.CharField(max_length=240)  # as told when registering
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    sealed_needs = models.TextField(blank=True)  # accessibility: may tell of health (GDPR, art. 9)
    answers = models.JSONField(default=dict)
    forced = models.BooleanField(default=False)  # let in above capacity, by an agent
    made_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            once_constraint("registration"),
            models.CheckConstraint(
                condition=Q(session=None, series__isnull=False) | Q(session__isnull=False, series=None),
                name="registration_for_one_thing",
            ),
            models.CheckConstraint(condition=Q(size__gte=1), name="registration_takes_a_place"),
            models.CheckConstraint(
                condition=Q(state="over", over_at__isnull=False) & ~Q(ended="") | ~Q(state="over") & Q(ended=""),
                name="registration_over_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["held", "offered"]) | Q(expires_at__isnull=False), name="registration_expires"
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="registration_expiring", condition=Q(state__in=["held", "offered"])
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        """What the journal calls it."""
        return f"registration:{self.pk}"


class Allocation(models.Model):
    """Places that a registration takes in one pool, until they are released."""

    registration = models.ForeignKey(Registration, models.CASCADE, related_name="allocations")
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="allocations")
    size = models.PositiveIntegerField()
    who = models.CharField(max_length=64, blank=True)  # the same person twice in a pool is refused; "": a group
    live = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "pool"], condition=Q(live=True), name="allocation_once"),
            models.UniqueConstraint(
                fields=["pool", "who"], condition=Q(live=True) & ~Q(who=""), name="allocation_one_each"
            ),
            models.CheckConstraint(condition=Q(size__gte=1), name="allocation_takes_a_place"),
        ]

    def __str__(self) -> str:
        return f"{self.registration_id} {self.size}"


class WaitEntry(models.Model):
    """A registration's place in the line. The order: priority, then the moment one joined, then the number."""

    registration = models.OneToOneField(Registration, models.CASCADE, related_name="wait")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="line")
    session = models.ForeignKey(Session, models.PROTECT, null=True, related_name="line")
    series = models.ForeignKey(Series, models.PROTECT, null=True, related_name="line")
    option = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    who = models.CharField(max_length=64, blank=True)
    priority = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField()
    waits = models.BooleanField(default=True)  # until a place is offered, or one leaves

    class Meta:
        ordering = ["priority", "since", "id"]
        verbose_name_plural = "wait entries"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "who"],
                condition=Q(waits=True, session__isnull=False) & ~Q(who=""),
                name="wait_once_session",
            ),
            models.UniqueConstraint(
                fields=["series", "who"],
                condition=Q(waits=True, series__isnull=False) & ~Q(who=""),
                name="wait_once_series",
            ),
        ]
        indexes = [
            models.Index(fields=["offer", "priority", "since", "id"], name="wait_line", condition=Q(waits=True)),
        ]

    def __str__(self) -> str:
        return f"{self.registration_id} {self.since}"


class Mark(models.TextChoices):
    """Whether someone came."""

    PRESENT = "present", _("présent")
    ABSENT = "absent", _("absent")
    EXCUSED = "excused", _("excusé")


class Attendance(models.Model):
    """A mark made by someone at a moment; every mark is kept, the latest made counts.

    ``key`` is drawn by the device that made it: sent twice, it is written once.
    """

    key = models.UUIDField(unique=True)
    registration = models.ForeignKey(Registration, models.CASCADE, related_name="marks")
    session = models.ForeignKey(Session, models.PROTECT, related_name="marks")
    mark = models.CharField(max_length=8, choices=Mark)
    count = models.PositiveIntegerField()  # how many of a party came
    marked_at = models.DateTimeField()  # by the device's clock
    received_at = models.DateTimeField()
    account = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["marked_at", "id"]
        verbose_name_plural = "attendances"
        indexes = [models.Index(fields=["session", "registration"], name="attendance_of_session")]

    def __str__(self) -> str:
        return f"{self.registration_id} {self.mark}"
