"""One procedure entrusted twice at once: the database lets one through. With a negative control."""

from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from bocage.base.actors import Actor
from bocage.cases.engine import Refused
from bocage.cases.models import Agreement, AgreementScope, Procedure
from bocage.cases.operations import entrust
from bocage.territory.models import Organisation
from bocage.territory.queries import today
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
BY = Actor.system("tests")
PROCESSES = 4


def _ready() -> tuple[int, list[int]]:
    """A procedure that nobody holds, and as many who want it."""
    AgreementScope.objects.all().delete()
    Agreement.objects.all().delete()
    told = {"service": "waste", "title": "Course", "summary": "Course", "act": "ask"}
    procedure, _made = Procedure.objects.get_or_create(slug="course", defaults=told)
    bodies = [
        Organisation.objects.get_or_create(name=f"Syndicat {number}", kind="syndicate", siren="200043404")[0].pk
        for number in range(PROCESSES)
    ]
    return procedure.pk, bodies


def take(procedure: int, body: int) -> str:
    now = timezone.now()
    try:
        entrust(
            Procedure.objects.get(pk=procedure),
            Organisation.objects.get(pk=body),
            what="whole",
            sight="all",
            communes=[],
            starts=today(now),
            ends=None,
            head={},
            actor=BY,
            now=now,
        )
    except Refused:
        return "refused"
    return "held"


def test_one_of_them_holds_it(race: Race) -> None:
    for _turn in range(3):
        with race.here():
            procedure, bodies = _ready()
        told = race.run(*[(take, procedure, body) for body in bodies])
        assert Counter(told) == {"held": 1, "refused": PROCESSES - 1}
        with race.here():
            assert AgreementScope.objects.count() == Agreement.objects.count() == 1


def look_then_take(procedure: int, body: int) -> str:
    """The same by a look alone, which two have at once."""
    if AgreementScope.objects.filter(procedure=procedure).exists():
        return "refused"
    return take(procedure, body)


def _unguarded() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE cases_agreementscope DROP CONSTRAINT agreement_scope_once")
            return
        for event in ("INSERT", "UPDATE"):
            cursor.execute(f"DROP TRIGGER agreement_scope_once_{event}")


def test_without_the_database_two_hold_it(race: Race) -> None:
    with race.here():
        _unguarded()
    for _turn in range(20):
        with race.here():
            procedure, bodies = _ready()
        if Counter(race.run(*[(look_then_take, procedure, body) for body in bodies]))["held"] > 1:
            return
    pytest.fail("the race was never lost: this test proves nothing")
