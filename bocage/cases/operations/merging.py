"""Writes of cases when two records of one person are made one, or taken apart (manifest, ``person_rows``)."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.cases.models import Case, Note
from bocage.identity.merging import mover

STREAM = "cases"

move_notes = mover(Note, "person")
move_account_cases = mover(Case, "account")


def move_cases(pks: Iterable[int], before: int, after: int, *, actor: Actor, now: datetime) -> list[int]:
    """Cases follow their applicant's record; each tells it, and whoever has it open sees that it changed."""
    held = list(Case.objects.filter(pk__in=list(pks), applicant=before).order_by("pk").values_list("pk", flat=True))
    Case.objects.filter(pk__in=held, applicant=before).update(applicant=after, revision=F("revision") + 1)
    for pk in held:
        journal.record(
            stream=STREAM,
            kind="cases.applicant_merged",
            subject=f"case:{pk}",
            actor=actor,
            payload={"kept": after, "other": before},
            now=now,
        )
    return held
