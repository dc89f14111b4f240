"""Health addresses, for a proxy, an orchestrator or a supervisor: JSON, no login, nothing personal."""

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bocage.base.models import Outbox, OutboxState

LATE = 300  # seconds that an effect may wait beyond its time before workers are said to be late
LITTLE_DISK = 500  # MiB free below which documents may soon be refused

Finding = dict[str, Any]


@cache
def _expected() -> frozenset[tuple[str, str]]:
    """The newest migrations of this code; read from disk once for each process."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())


def check_database(now: datetime) -> Finding:
    """Reachable, and its tables are those of this code."""
    applied = MigrationRecorder(connection).applied_migrations()
    missing = [node for node in _expected() if node not in applied]
    return {"ok": not missing, "missing_migrations": len(missing)}


def check_outbox(now: datetime) -> Finding:
    """How long the oldest due effect has waited (seconds): long means that no worker runs; and what needs a person."""
    due = Outbox.objects.filter(state=OutboxState.PENDING, next_attempt_at__lte=now)
    oldest = due.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
    waited = round((now - oldest).total_seconds()) if oldest else 0
    stuck = Outbox.objects.filter(state__in=[OutboxState.DEAD, OutboxState.UNCERTAIN]).count()
    return {"ok": waited <= LATE, "oldest_due_s": waited, "to_look_at": stuck}


def check_disk(now: datetime) -> Finding:
    """Room left where documents go."""
    free = shutil.disk_usage(settings.ENV.var if settings.ENV.var.exists() else os.curdir).free // 2**20
    return {"ok": free >= LITTLE_DISK, "free_mib": free}


# Only the first decides whether pages can be served; the others call for somebody, not for taking the house down.
CHECKS: dict[str, Callable[[datetime], Finding]] = {
    "database": check_database,
    "outbox": check_outbox,
    "disk": check_disk,
}


def report(now: datetime) -> tuple[bool, dict[str, Finding]]:
    """Whether pages can be served, and every finding; a check that breaks is a finding too."""
    findings: dict[str, Finding] = {}
    for name, check in CHECKS.items():
        try:
            findings[name] = check(now)
        except Exception as error:
            findings[name] = {"ok": False, "error": type(error).__name__}
    return bool(findings["database"]["ok"]), findings


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; the database is not asked."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served (``degraded`` when somebody should look), 503 otherwise.

    What was found is told on the machine itself: through the proxy, which says for whom it asks, the status alone.
    """
    ready, findings = report(timezone.now())
    well = all(finding["ok"] for finding in findings.values())
    told: dict[str, object] = {"status": "ok" if well else "degraded" if ready else "unavailable"}
    if "X-Forwarded-For" not in request.headers:
        told["checks"] = findings
    return JsonResponse(told, status=200 if ready else 503)
