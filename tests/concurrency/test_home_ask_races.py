"""Agents who answer one ask of a household at once: one record is made, one part given. With a negative control."""

from collections import Counter

import pytest
from django.utils import timezone

from bocage.base.actors import Actor
from bocage.identity.models import HomeAsk, Membership, Person
from bocage.identity.operations import accept_home_ask, ask_to_join, create_person, refuse_home_ask
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
BY = Actor.system("tests")


def _asked() -> int:
    now = timezone.now()
    asker = create_person(birth_name="Clairelande", given_names="Julien", actor=BY, now=now)
    told = {"birth_name": "Clairelande", "given_names": "Lou", "birth_date": None, "role": "child"}
    return ask_to_join(asker, household=None, legal_authority=True, actor=BY, now=now, **told).pk


def accept(pk: int) -> bool:
    return accept_home_ask(HomeAsk.objects.select_related("asked_by").get(pk=pk), None, actor=BY, now=timezone.now())


def refuse(pk: int) -> bool:
    return refuse_home_ask(HomeAsk.objects.get(pk=pk), "Non.", actor=BY, now=timezone.now())


def test_one_answer_stands(race: Race) -> None:
    for _turn in range(3):
        with race.here():
            pk = _asked()
            before = Person.objects.filter(given_names="Lou").count()
        told = race.run((accept, pk), (accept, pk), (refuse, pk))
        assert Counter(told) == {True: 1, False: 2}
        with race.here():
            ask = HomeAsk.objects.get(pk=pk)
            made = Person.objects.filter(given_names="Lou").count() - before
            assert made == (1 if ask.state == "accepted" else 0)
            assert Membership.objects.filter(person=ask.asked_by).count() == made


def naive_accept(pk: int) -> bool:
    """The same answer, looked at before it is written."""
    if HomeAsk.objects.get(pk=pk).state != "waiting":
        return False
    create_person(birth_name="Clairelande", given_names="Lou", actor=BY, now=timezone.now())
    HomeAsk.objects.filter(pk=pk).update(state="accepted", decided_at=timezone.now())
    return True


def test_a_naive_answer_makes_two_children(race: Race) -> None:
    for _turn in range(20):
        with race.here():
            pk = _asked()
        if race.run((naive_accept, pk), (naive_accept, pk)) == [True, True]:
            return
    pytest.fail("the race was never lost: this test proves nothing")
