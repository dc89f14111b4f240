"""Cards issued by processes at once to one person: one of them holds. With a negative control."""

import secrets

import pytest
from django.db import transaction
from django.utils import timezone

from bocage.base.actors import Actor
from bocage.cases.models import Case, IssuedDocument, VoidReason
from bocage.cases.operations.issuing import held_before, issue, void
from bocage.territory.operations import load_territory
from tests.cases.issued import requested
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
PROCESSES = 4
SYSTEM = Actor.system("test")


def _cases(race: Race) -> list[int]:
    """As many requests of one person."""
    with race.here():
        load_territory("mormal", now=timezone.now())
        first = requested(timezone.now())
        others = [requested(timezone.now(), applicant=first.applicant) for _case in range(PROCESSES - 1)]
        return [case.pk for case in (first, *others)]


def _fresh(pk: int) -> Case:
    return Case.objects.select_related("version", "procedure", "applicant").get(pk=pk)


def accept(pk: int) -> None:
    with transaction.atomic():
        issue(_fresh(pk), "card", key=secrets.token_hex(8), actor=SYSTEM, now=timezone.now())


def naive_accept(pk: int) -> None:
    """What one would write without the lock: void what is seen to hold, then issue."""
    case, now = _fresh(pk), timezone.now()
    held = list(held_before(case, "card"))
    with transaction.atomic():
        for row in held:
            void(row, VoidReason.REPLACED, actor=SYSTEM, now=now)
        IssuedDocument.objects.create(
            case=case, document="card", number=secrets.token_hex(4), key=secrets.token_hex(8), issued_on=now.date()
        )


def _held(race: Race) -> int:
    with race.here():
        return IssuedDocument.objects.filter(void_on=None).count()


def test_cards_issued_at_once_to_one_person_leave_one_that_holds(race: Race) -> None:
    cases = _cases(race)
    for _round in range(3):
        race.run(*[(accept, pk) for pk in cases])
        assert _held(race) == 1


def test_without_the_lock_several_hold(race: Race) -> None:
    """The negative control."""
    cases = _cases(race)
    for _round in range(8):
        with race.here():
            IssuedDocument.objects.all().delete()
        race.run(*[(naive_accept, pk) for pk in cases])
        if _held(race) > 1:
            return
    pytest.fail("the race that the lock guards against was never seen")
