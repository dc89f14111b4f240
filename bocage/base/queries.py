"""What the desk and the health address ask of the outbox and of the journal."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, QuerySet

from bocage.base import scheduler
from bocage.base.models import Event, Outbox, OutboxState, Schedule

LATE_AFTER = timedelta(minutes=5)


def dead_letters() -> QuerySet[Outbox]:
    """Effects given up after every attempt, latest first: for a person to look at (``operations.retry``)."""
    return Outbox.objects.filter(state=OutboxState.DEAD).order_by("-id")


def uncertain() -> QuerySet[Outbox]:
    """Effects cut while being handed over and held, latest first: for a person to settle (``operations.release``)."""
    return Outbox.objects.filter(state=OutboxState.UNCERTAIN).order_by("-id")


def late_effects(now: datetime, after: timedelta = LATE_AFTER) -> QuerySet[Outbox]:
    """Effects that have been due for longer than ``after``, oldest first: workers are down or overwhelmed."""
    return Outbox.objects.filter(state=OutboxState.PENDING, next_attempt_at__lt=now - after).order_by("next_attempt_at")


def late_jobs(now: datetime, after: timedelta = LATE_AFTER) -> QuerySet[Schedule]:
    """Jobs of the manifests that no scheduler has taken although they are due: schedulers are down."""
    names = [job.name for job in scheduler.jobs()]
    return Schedule.objects.filter(name__in=names, next_run_at__lt=now - after).order_by("next_run_at")


@dataclass(frozen=True)
class Health:
    """Counts for the desk. ``waiting_since``: the oldest due effect; ``unsealed_since``: the oldest unsealed event."""

    dead: int
    uncertain: int
    late: int
    late_jobs: int
    waiting_since: datetime | None
    unsealed_since: datetime | None

    @property
    def well(self) -> bool:
        """Nothing for a person to look at."""
        return not (self.dead or self.uncertain or self.late or self.late_jobs)


def health(now: datetime) -> Health:
    """How the outbox, the scheduler and the sealer are doing."""
    due = Outbox.objects.filter(state=OutboxState.PENDING, next_attempt_at__lte=now)
    return Health(
        dead=dead_letters().count(),
        uncertain=uncertain().count(),
        late=late_effects(now).count(),
        late_jobs=late_jobs(now).count(),
        waiting_since=due.aggregate(first=Min("next_attempt_at"))["first"],
        unsealed_since=Event.objects.filter(seq=None).aggregate(first=Min("at"))["first"],
    )
