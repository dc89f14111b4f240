"""Mandates raced by processes: nothing done after a revocation, one mandate for a consent. With a negative control."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.identity.models import Mandate, MandateAsk, MandateUse, Person
from bocage.identity.operations import (
    MandateOver,
    NotConsented,
    UnderMandate,
    ask_mandate,
    confirm_by_code,
    create_account,
    create_person,
    give_mandate,
    revoke_mandate,
)
from bocage.territory.queries import today
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
BY = Actor.system("tests")
HELPERS, ACTS = 3, 60


def _mandate(turn: str) -> tuple[int, int, int]:
    now = timezone.now()
    helped = create_person(birth_name=f"Aidée{turn}", given_names="S", actor=BY, now=now)
    helper = create_person(birth_name=f"Aidante{turn}", given_names="C", actor=BY, now=now)
    account = create_account(username=f"aidante{turn}", person=helper, actor=BY, now=now)
    day = today(now)
    given = give_mandate(helped, helper, consent="sms", starts=day, ends=day + timedelta(days=1), actor=BY, now=now)
    return given.pk, helped.pk, account.pk


def _record(actor: Actor) -> None:
    with transaction.atomic():
        journal.record(stream="cases", kind="cases.started", subject="case:1", actor=actor, now=timezone.now())


def act(mandate: int, person: int, account: int) -> int:
    """Act until the mandate is over; how many times."""
    actor = Actor("account", account, under=UnderMandate(mandate, person, account))
    for done in range(ACTS):
        try:
            _record(actor)
        except MandateOver:
            return done
    return ACTS


class Naive(UnderMandate):
    """What one would write without the update: the caller looked, then this inserts."""

    def used(self, event, now):  # type: ignore[no-untyped-def]
        told = {"account_id": self.account, "event": event, "kind": event.kind, "subject": event.subject}
        MandateUse.objects.create(mandate_id=self.mandate, at=now, **told)


def act_naively(mandate: int, person: int, account: int) -> int:
    for done in range(ACTS):
        if Mandate.objects.get(pk=mandate).revoked_at is not None:
            return done
        _record(Actor("account", account, under=Naive(mandate, person, account)))
    return ACTS


def revoke(mandate: int, *_others: int) -> int:
    """Take the mandate back once it was used a little; the uses there are when that is done."""
    one = Mandate.objects.get(pk=mandate)
    while MandateUse.objects.filter(mandate=one).count() < HELPERS * 2:
        pass
    revoke_mandate(one, actor=BY, now=timezone.now())
    return MandateUse.objects.filter(mandate=one).count()


def test_nothing_is_done_after_a_revocation(race: Race) -> None:
    for turn in range(3):
        with race.here():
            told = _mandate(str(turn))
        *_done, then = race.run(*[(act, *told)] * HELPERS, (revoke, *told))
        with race.here():
            assert MandateUse.objects.filter(mandate=told[0]).count() == then


def test_a_naive_helper_still_acts_after_it(race: Race) -> None:
    """The negative control: looking before writing lets through what was under way."""
    for turn in range(12):
        with race.here():
            told = _mandate(f"naive{turn}")
        *_done, then = race.run(*[(act_naively, *told)] * HELPERS, (revoke, *told))
        with race.here():
            if MandateUse.objects.filter(mandate=told[0]).count() > then:
                return
    pytest.fail("the race that the update guards against was never seen")


def confirm(ask: int, code: str) -> str:
    try:
        given = confirm_by_code(MandateAsk.objects.get(pk=ask), code, actor=BY, now=timezone.now())
    except NotConsented:
        return "refused"
    return f"given {given.pk}"


def _ask(name: str) -> tuple[int, str, str]:
    now = timezone.now()
    helped, helper = (create_person(birth_name=name, given_names=given, actor=BY, now=now) for given in "AB")
    told = {"scopes": ["*"], "days": 1, "way": "letter", "text": "…", "asked_by": None}
    ask, code = ask_mandate(helped, helper, actor=BY, now=now, **told)
    return ask.pk, code, "000000" if code != "000000" else "111111"


def test_a_code_told_in_several_windows_gives_one_mandate_and_five_tries(race: Race) -> None:
    with race.here():
        ask, code, _wrong = _ask("Fenêtres")
    told = race.run(*[(confirm, ask, code)] * 4)
    assert len({answer for answer in told if answer != "refused"}) == 1
    with race.here():
        assert Mandate.objects.filter(principal__in=Person.objects.filter(birth_name="Fenêtres")).count() == 1
        ask, _code, wrong = _ask("Essais")
    assert Counter(race.run(*[(confirm, ask, wrong)] * 8)) == {"refused": 8}
    with race.here():
        assert MandateAsk.objects.get(pk=ask).tries == 5
