"""Settling what a request asks of another part of the house: the appointment is fixed, the sum is paid."""

from collections.abc import Mapping
from datetime import datetime

from bocage.base.actors import Actor
from bocage.cases.engine import Settle
from bocage.cases.models import Case
from bocage.cases.operations.store import run


def settle(case: Case, field: str, told: Mapping[str, str], *, actor: Actor, now: datetime) -> Case:
    """Keep what settles an answer (``engine.ports.read_settled`` says what ``told`` holds), and what follows.

    Settled again, the last one counts: appointments move, sums are mended; the journal keeps each.
    Raises Refused (wrong, or nothing was asked) and Conflict.
    """
    run(case, Settle(field, told), actor=actor, now=now)
    return case
