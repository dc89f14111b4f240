"""Two agents on the same records at once: made one once, never in a ring, taken apart once. With a negative control."""

from collections import Counter

import pytest
from django.db import transaction
from django.utils import timezone

from bocage.base.actors import Actor
from bocage.identity.models import PeopleMerge, Person
from bocage.identity.operations import MergeImpossible, create_person, merge_people, undo_merge
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
BY = Actor.system("tests")


def _two() -> tuple[int, int]:
    one, two = (create_person(birth_name="Moreau", given_names="Léa", actor=BY, now=timezone.now()) for _ in range(2))
    return one.pk, two.pk


def merge(kept: int, other: int) -> str:
    try:
        merge_people(Person.objects.get(pk=kept), Person.objects.get(pk=other), actor=BY, now=timezone.now())
    except MergeImpossible:
        return "refused"
    return "merged"


def undo(pk: int) -> str:
    try:
        undo_merge(PeopleMerge.objects.select_related("kept", "other").get(pk=pk), actor=BY, now=timezone.now())
    except MergeImpossible:
        return "refused"
    return "undone"


def test_two_merges_that_cross_make_one(race: Race) -> None:
    for _turn in range(3):
        with race.here():
            one, two = _two()
        told = race.run((merge, one, two), (merge, two, one), (merge, one, two))
        assert Counter(told) == {"merged": 1, "refused": 2}
        with race.here():
            assert Person.objects.filter(pk__in=[one, two], merged_into=None).count() == 1
            standing = PeopleMerge.objects.get(kept__in=[one, two], undone_at=None)
        assert Counter(race.run(*[(undo, standing.pk)] * 3)) == {"undone": 1, "refused": 2}
        with race.here():
            assert Person.objects.filter(pk__in=[one, two], merged_into=None).count() == 2


def naive_merge(kept: int, other: int) -> str:
    """The same look, without taking the rows first."""
    if Person.objects.filter(pk__in=[kept, other], merged_into=None).count() < 2:
        return "refused"
    with transaction.atomic():
        Person.objects.filter(pk=other).update(merged_into=kept)
    return "merged"


def test_naive_merges_make_a_ring(race: Race) -> None:
    for _turn in range(20):
        with race.here():
            one, two = _two()
        if race.run((naive_merge, one, two), (naive_merge, two, one)) == ["merged", "merged"]:
            return
    pytest.fail("the race was never lost: this test proves nothing")
