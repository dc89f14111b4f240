"""Accounts raced by processes: one account for a person, one account for an address. With a negative control."""

from collections import Counter

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.identity.models import Account, Person
from bocage.identity.operations import AlreadyAttached, attach_account, create_account, create_person
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
BY = Actor.system("tests")
PROCESSES = 4
PASSWORD = "cheval pile agrafe correct"


def attach(account: int, person: int) -> str:
    try:
        attach_account(Account.objects.get(pk=account), Person.objects.get(pk=person), actor=BY, now=timezone.now())
    except AlreadyAttached:
        return "already"
    return "attached"


def _someone(name: str) -> Person:
    return create_person(birth_name=name, given_names="Camille", actor=BY, now=timezone.now())


def _accounts(prefix: str, number: int) -> list[int]:
    return [create_account(username=f"{prefix}{n}", actor=BY, now=timezone.now()).pk for n in range(number)]


def test_one_of_several_accounts_is_attached_to_a_person(race: Race) -> None:
    for turn in range(3):
        with race.here():
            person = _someone(f"Martin{turn}").pk
            accounts = _accounts(f"turn{turn}-", PROCESSES)
        told = race.run(*[(attach, account, person) for account in accounts])
        assert Counter(told) == {"attached": 1, "already": PROCESSES - 1}
        with race.here():
            assert Account.objects.filter(person_id=person).count() == 1
            subjects = [f"account:{account}" for account in accounts]
            assert Event.objects.filter(kind="identity.account_attached", subject__in=subjects).count() == 1


def test_an_account_is_attached_to_one_of_several_people(race: Race) -> None:
    """Each person is free: the account's own swap decides, not the unique constraint."""
    with race.here():
        account = _accounts("alone", 1)[0]
        people = [_someone(f"Durand{n}").pk for n in range(PROCESSES)]
    told = race.run(*[(attach, account, person) for person in people])
    assert Counter(told) == {"attached": 1, "already": PROCESSES - 1}
    with race.here():
        assert Account.objects.get(pk=account).person_id == people[told.index("attached")]


def naive_attach(account: int, person: int) -> str:
    """What one would write without the swap: read, look, then write."""
    one = Account.objects.get(pk=account)
    if one.person_id is not None:
        return "already"
    one.person_id = person
    one.save(update_fields=["person"])
    return "attached"


def test_a_naive_attachment_is_told_done_twice(race: Race) -> None:
    """The negative control: without the swap, several processes believe that they attached the account."""
    for turn in range(8):
        with race.here():
            account = _accounts(f"naive{turn}-", 1)[0]
            people = [_someone(f"Naive{turn}-{n}").pk for n in range(PROCESSES)]
        told = race.run(*[(naive_attach, account, person) for person in people])
        if told.count("attached") > 1:
            return
    pytest.fail("the race that the swap guards against was never seen")


def sign_up(email: str) -> tuple[int, str]:
    """A whole sign-up, through the page; the status and where it leads."""
    data = {"given_names": "Camille", "birth_name": "Lefèvre", "email": email, "password1": PASSWORD}
    answer = Client().post(reverse("account_signup"), data)
    return answer.status_code, str(answer.headers.get("Location", ""))


def test_sign_ups_at_once_with_one_address_make_one_account(race: Race) -> None:
    for turn in range(3):
        email = f"camille{turn}@example.org"
        told = race.run(*[(sign_up, email)] * 2)
        # Each is led to the page of the code: an answer that differs would tell that the address is known.
        assert told == [(302, reverse("account_email_verification_sent"))] * 2
        with race.here():
            assert EmailAddress.objects.filter(email=email).count() == 1
            assert Account.objects.filter(email=email).count() == 1
            assert Person.objects.filter(account__email=email).count() == 1
            assert Account.objects.filter(person=None).count() == 0, "no account without its person"
    with race.here():
        assert Person.objects.count() == 3, "a lost race leaves no person behind"
