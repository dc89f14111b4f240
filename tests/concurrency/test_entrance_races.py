"""Ways in raced by processes: a link and a code of a card serve once, one card is in force. With a negative control."""

import hashlib
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from bocage.base.actors import Actor
from bocage.identity.models import Account, CardCode, CodeCard, SignInLink
from bocage.identity.operations import (
    LinkOver,
    NoSuchCode,
    create_account,
    issue_card,
    use_card_code,
    use_link,
)
from bocage.identity.operations.accounts import trust_email
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
BY = Actor.system("tests")
WINDOWS = 4


def _account(name: str) -> Account:
    account = create_account(username=name, email=f"{name}@example.org", actor=BY, now=timezone.now())
    trust_email(account)
    return account


def _link(account: Account, token: str) -> None:
    now = timezone.now()
    SignInLink.objects.create(
        account=account,
        email=account.email,
        digest=hashlib.sha256(token.encode()).hexdigest(),
        asked_at=now,
        expires_at=now + timedelta(minutes=15),
    )


def press(token: str) -> str:
    try:
        use_link(token, now=timezone.now())
    except LinkOver:
        return "over"
    return "in"


def press_naively(token: str) -> str:
    """What one would write without the compare-and-swap: look, then mark."""
    link = SignInLink.objects.get(digest=hashlib.sha256(token.encode()).hexdigest())
    if link.used_at is not None:
        return "over"
    link.used_at = timezone.now()
    link.save()
    return "in"


def test_a_link_pressed_in_several_windows_opens_one(race: Race) -> None:
    for turn in range(4):
        with race.here():
            _link(_account(f"lien{turn}"), f"jeton{turn}")
        assert Counter(race.run(*[(press, f"jeton{turn}")] * WINDOWS)) == {"in": 1, "over": WINDOWS - 1}


def test_a_naive_link_opens_several(race: Race) -> None:
    for turn in range(12):
        with race.here():
            _link(_account(f"naif{turn}"), f"naif{turn}")
        if Counter(race.run(*[(press_naively, f"naif{turn}")] * WINDOWS))["in"] > 1:
            return
    pytest.fail("the race that the compare-and-swap guards against was never seen")


def enter(account: int, code: str) -> str:
    try:
        use_card_code(Account.objects.get(pk=account), code, alone=True, now=timezone.now())
    except NoSuchCode:
        return "refused"
    return "in"


def give(account: int) -> int:
    card, codes = issue_card(Account.objects.get(pk=account), issued_by=None, actor=BY, now=timezone.now())
    assert codes
    return card.pk


def test_a_code_of_a_card_opens_once_and_two_agents_leave_one_card(race: Race) -> None:
    with race.here():
        account = _account("carte")
        _card, codes = issue_card(account, issued_by=None, actor=BY, now=timezone.now())
    for code in codes[:3]:
        assert Counter(race.run(*[(enter, account.pk, code)] * WINDOWS)) == {"in": 1, "refused": WINDOWS - 1}
    given = race.run(*[(give, account.pk)] * 2)
    with race.here():
        assert CodeCard.objects.filter(account=account, revoked_at=None).count() == 1
        assert CodeCard.objects.get(account=account, revoked_at=None).pk in given
        assert CardCode.objects.filter(used_at__isnull=False).count() == 3
