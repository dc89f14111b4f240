"""The house's own jobs, started by the scheduler."""

import logging
import os
import socket
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import QuerySet

from bocage.base import journal
from bocage.base.models import Outbox, OutboxState

logger = logging.getLogger(__name__)

KEPT = timedelta(days=30)
"""How long the trace of a done effect is kept; the journal keeps what matters."""
LONGEST_TASK = timedelta(minutes=30)
MOST_WORKERS = 3
PURGED_AT_ONCE = 1000
ROWS_LOOKED_AT = 10_000
"""Of each index, by ``ANALYZE``: enough to tell a commune from a service, in a tenth of a second."""


def seal(now: datetime) -> int:
    """Chain the events that are not chained yet. Returns how many."""
    return journal.seal(now)


def purge_outbox(now: datetime) -> int:
    """Forget effects done or abandoned more than 30 days ago, a thousand at a time so that writers never wait long."""
    total, old = 0, _old_effects(now)
    while pks := list(old.order_by("id").values_list("pk", flat=True)[:PURGED_AT_ONCE]):
        total += old.filter(pk__in=pks).delete()[0]
    return total


def outbox_due(now: datetime) -> int:
    """How many ``purge_outbox`` would forget."""
    return _old_effects(now).count()


def _old_effects(now: datetime) -> QuerySet[Outbox]:
    return Outbox.objects.filter(state__in=[OutboxState.DONE, OutboxState.ABANDONED], done_at__lt=now - KEPT)


def clear_sessions(now: datetime) -> int:
    """Forget expired sessions. Returns how many."""
    gone, _by_model = Session.objects.filter(expire_date__lt=now).delete()
    return gone


def sessions_due(now: datetime) -> int:
    """How many ``clear_sessions`` would forget."""
    return Session.objects.filter(expire_date__lt=now).count()


def refresh_statistics(now: datetime) -> None:
    """Let SQLite look again at how its tables are filled, so that it chooses its indexes well.

    It never does by itself, and a migration that makes a table anew forgets what was known of it: with 100,000 cases
    « À faire aujourd’hui » then takes seconds. PostgreSQL looks by itself. Each start does it too (``prepare``).
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={ROWS_LOOKED_AT}")
        cursor.execute("ANALYZE")


def repair_tasks(now: datetime) -> int:
    """Make ready again the django-tasks whose worker was killed: they would stay RUNNING for ever.

    A worker is gone when its process is (``host:pid`` of this machine), or after 30 minutes. A task that has seen three
    workers go is failed. Tasks must bear being run again (DESIGN.md rule 2). Returns how many were repaired.
    """
    from django_tasks_db.models import DBTaskResult

    repaired = 0
    for task in DBTaskResult.objects.running().order_by("started_at"):
        worker = task.worker_ids[-1] if task.worker_ids else ""
        if not (_is_gone(worker) or task.started_at is None or task.started_at < now - LONGEST_TASK):
            continue
        mine = DBTaskResult.objects.running().filter(pk=task.pk, started_at=task.started_at)
        if len(task.worker_ids) >= MOST_WORKERS:
            repaired += mine.update(status="FAILED", finished_at=now, traceback="every worker that ran it was lost")
            logger.error("task given up", extra={"task": task.task_path})
        else:
            repaired += mine.update(status="READY", started_at=None)
            logger.warning("task of a lost worker made ready again", extra={"task": task.task_path})
    return repaired


def _is_gone(worker: str) -> bool:
    host, _colon, pid = worker.rpartition(":")
    if not pid.isdigit() or not host or host != socket.gethostname()[: len(host)]:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False
