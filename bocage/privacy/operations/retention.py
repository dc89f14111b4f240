"""Retention: each night every kind of data loses what is past its time, apart from the others; it is written down."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bocage.base import outbox, registry
from bocage.base.manifest import Retention
from bocage.base.outbox import GiveUp, Message
from bocage.privacy.models import RetentionRun
from bocage.privacy.queries import retentions
from bocage.territory.queries import today

REPORT_KEPT = timedelta(days=3 * 365)
"""The report shows that times are kept: as long as claims are usually brought."""


@transaction.atomic
def start_retention(now: datetime) -> int:
    """Job: one effect for each kind of data, so that one that fails is tried again and stops no other; how many."""
    kinds = retentions()
    day = today(now).isoformat()
    effects: list[tuple[str, dict[str, Any]]] = [(f"retention:{one.name}@{day}", {"name": one.name}) for one in kinds]
    outbox.enqueue_many("privacy.retention", effects, now=now)
    return len(effects)


def run_retention(message: Message) -> None:
    """Outbox handler: let one kind of data go, and write down how much. Raises what went wrong, written down too."""
    name, now = message.payload["name"], message.now
    kind: Retention | None = next((one for one in retentions() if one.name == name), None)
    if kind is None:
        raise GiveUp(f"no manifest declares the retention {name!r}")
    try:
        gone = int(registry.resolve(kind.run)(now) or 0)
        left = int(registry.resolve(kind.due)(now))
    except Exception as error:
        with transaction.atomic():
            RetentionRun.objects.create(name=name, at=now, error=type(error).__name__)
        raise
    with transaction.atomic():
        RetentionRun.objects.create(name=name, at=now, gone=gone, left=left)
        message.done()


def forget_reports(now: datetime) -> int:
    """Retention: the reports of retention themselves; how many."""
    with transaction.atomic():
        gone, _by_model = RetentionRun.objects.filter(at__lt=now - REPORT_KEPT).delete()
    return gone


def reports_due(now: datetime) -> int:
    """How many ``forget_reports`` would forget."""
    return RetentionRun.objects.filter(at__lt=now - REPORT_KEPT).count()
