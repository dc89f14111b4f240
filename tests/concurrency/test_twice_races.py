"""Presses of one button that arrive at the same moment, in several processes: one thing is made. With a control."""

from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.identity.models import Person
from bocage.identity.operations import create_person
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
PROCESSES = 4


def press(once: UUID | None) -> int:
    person = create_person(birth_name="Course", actor=Actor.system("tests"), now=timezone.now(), once=once)
    return person.pk


def test_presses_at_once_make_one_and_all_lead_to_it(race: Race) -> None:
    for turn in range(1, 6):
        made = race.run(*[(press, uuid4())] * PROCESSES)
        with race.here():
            assert Person.objects.count() == Event.objects.filter(kind="identity.person_created").count() == turn
            assert set(made) == {Person.objects.latest("pk").pk}


def test_without_its_uuid_each_press_makes_another(race: Race) -> None:
    assert len(set(race.run(*[(press, None)] * PROCESSES))) == PROCESSES
