"""The scheduler: turns the manifests' jobs into outbox rows when they fall due.

Several schedulers may run: a due job is taken by compare-and-swap on its ``Schedule`` row, and its outbox row is
written in the same transaction under a key that names the due instant. Runs missed while the house was down are made up
once.
"""

import logging
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from bocage.base import outbox, registry
from bocage.base.manifest import Job
from bocage.base.models import Outbox, OutboxState, Schedule
from bocage.base.outbox import GiveUp, Message

logger = logging.getLogger(__name__)

TOPIC = "job"


def jobs() -> tuple[Job, ...]:
    """The jobs of the manifests."""
    return tuple(job for _manifest, job in registry.contributions("jobs"))


def next_due(job: Job, due: datetime, now: datetime) -> datetime:
    """The first due instant after ``now``, on the grid that ``due`` began; daily jobs keep their local hour.

    Hours that a change of clock skips or doubles are taken as Python reads them (``fold`` 0).
    """
    if not job.at:
        return due + job.every * ((now - due) // job.every + 1)
    zone = timezone.get_default_timezone()
    day = due.astimezone(zone).date()
    while (instant := datetime.combine(day, time.fromisoformat(job.at), zone)) <= max(now, due):
        day += timedelta(days=max(job.every.days, 1))
    return instant


def first_due(job: Job, now: datetime) -> datetime:
    """When a job that was never seen before is due: now, or at its next hour of the day."""
    if not job.at:
        return now
    zone = timezone.get_default_timezone()
    today = datetime.combine(now.astimezone(zone).date(), time.fromisoformat(job.at), zone)
    return today if today > now else today + timedelta(days=1)


def tick(now: datetime) -> int:
    """Enqueue every job that is due. Returns how many this scheduler enqueued; one job's failure spares the others."""
    known = {row.name: row for row in Schedule.objects.filter(name__in=[job.name for job in jobs()])}
    new = [Schedule(name=job.name, next_run_at=first_due(job, now)) for job in jobs() if job.name not in known]
    if new:
        Schedule.objects.bulk_create(new, ignore_conflicts=True)
        known |= {row.name: row for row in Schedule.objects.filter(name__in=[row.name for row in new])}
    started = 0
    for job in jobs():
        row = known.get(job.name)
        if row is not None and row.next_run_at <= now:
            try:
                started += _start(job, row.next_run_at, now)
            except Exception:
                logger.exception("job not enqueued", extra={"job": job.name})
    return started


def _start(job: Job, due: datetime, now: datetime) -> bool:
    with transaction.atomic():
        taken = Schedule.objects.filter(name=job.name, next_run_at=due).update(
            next_run_at=next_due(job, due, now), last_run_at=now
        )
        if not taken:
            return False
        waiting = Outbox.objects.filter(
            state=OutboxState.PENDING, queue=outbox.topics()[TOPIC].queue, topic=TOPIC, key__startswith=f"{job.name}@"
        )
        if waiting.exists():  # workers are down or busy: one run will do for all that were missed
            return False
        outbox.enqueue(TOPIC, f"{job.name}@{due.isoformat()}", {"job": job.name}, now=now)
    return True


def deliver(message: Message) -> None:
    """Outbox handler of topic ``job``: run one job. Raises GiveUp when no manifest declares it any more."""
    name = message.payload["job"]
    job = next((job for job in jobs() if job.name == name), None)
    if job is None:
        raise GiveUp(f"no manifest declares the job {name!r}")
    registry.resolve(job.path)(message.now)
