"""What residents ask about their households, and an agent answers: it may give rights over a child."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bocage.base.once import MadeOnce, once_constraint


class HomeAsk(MadeOnce):
    """« Ajouter mon enfant », « cette personne n’habite plus ici »: waits for an agent, who checks a paper."""

    class Kind(models.TextChoices):
        """What is asked."""

        JOIN = "join", _("ajouter quelqu’un")
        LEAVE = "leave", _("retirer quelqu’un")

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("à vérifier")
        ACCEPTED = "accepted", _("fait")
        REFUSED = "refused", _("refusé")
        DROPPED = "dropped", _("abandonné")

    asked_by = models.ForeignKey("identity.Person", models.PROTECT, related_name="home_asks")
    kind = models.CharField(max_length=5, choices=Kind)
    membership = models.ForeignKey("identity.Membership", models.PROTECT, null=True, related_name="+")  # to leave
    household = models.ForeignKey("identity.Household", models.PROTECT, null=True, related_name="+")  # empty: a new one
    birth_name = models.CharField(max_length=120, blank=True)
    given_names = models.CharField(max_length=160, blank=True)
    birth_date = models.DateField(null=True)
    role = models.CharField(max_length=10, blank=True)  # Membership.Role
    legal_authority = models.BooleanField(default=False)  # what the resident says; an agent sees a paper
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            once_constraint("home_ask"),
            models.CheckConstraint(
                condition=Q(kind="leave", membership__isnull=False)
                | Q(kind="join", membership=None) & ~Q(birth_name="") & ~Q(role=""),
                name="home_ask_says_what",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None) | ~Q(state="waiting") & Q(decided_at__isnull=False),
                name="home_ask_decided",
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(reason=""), name="home_ask_refused_says_why"),
            models.UniqueConstraint(fields=["membership"], condition=Q(state="waiting"), name="home_ask_leave_once"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="waiting"), name="home_ask_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def full_name(self) -> str:
        """Of whom it is asked."""
        return self.membership.person.full_name if self.membership else f"{self.given_names} {self.birth_name}".strip()
