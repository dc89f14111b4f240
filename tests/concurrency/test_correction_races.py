"""Agents who save the same sheet at the same moment: one correction is kept, the others are told. With a control."""

from collections import Counter

import pytest
from django.utils import timezone

from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.base.shown import ChangedMeanwhile
from bocage.identity.models import Person
from bocage.identity.operations import create_person, update_person
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
BY = Actor.system("tests")
PROCESSES = 4


def _sheet() -> Person:
    """Someone's sheet, as all the agents read it."""
    return create_person(birth_name="Course", given_names="Camille", actor=BY, now=timezone.now())


def correct(read: Person, number: int) -> str:
    try:
        update_person(read, address=f"{number} rue Haute", actor=BY, now=timezone.now())
    except ChangedMeanwhile:
        return "told"
    return "saved"


def naive_correct(read: Person, number: int) -> str:
    """The same, saved over whatever is there."""
    read.address = f"{number} rue Haute"
    read.save(update_fields=["address"])
    return "saved"


def test_one_correction_is_kept_and_the_others_are_told(race: Race) -> None:
    for _turn in range(5):
        with race.here():
            read = _sheet()
        told = race.run(*[(correct, read, number) for number in range(PROCESSES)])
        assert Counter(told) == {"saved": 1, "told": PROCESSES - 1}
        with race.here():
            assert Person.objects.get(pk=read.pk).address == f"{told.index('saved')} rue Haute"
            assert Event.objects.filter(subject=f"person:{read.pk}", kind="identity.person_changed").count() == 1


def test_a_naive_save_loses_corrections_in_silence(race: Race) -> None:
    with race.here():
        read = _sheet()
    told = race.run(*[(naive_correct, read, number) for number in range(PROCESSES)])
    assert told == ["saved"] * PROCESSES  # each believes that theirs is kept: only one is
