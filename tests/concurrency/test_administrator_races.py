"""Administrators who remove themselves at once: one stays, whatever the order. With a negative control."""

from collections import Counter

import pytest
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils import timezone

from bocage.base.actors import Actor
from bocage.identity.models import Post, Role
from bocage.identity.operations import LastAdministrator, create_account, end_post, grant_post
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
BY = Actor.system("tests")
PROCESSES = 4


def _administrators(turn: int) -> list[int]:
    """As many administrators, and no other."""
    Post.objects.all().delete()
    now, posts = timezone.now(), []
    for number in range(PROCESSES):
        account = create_account(username=f"t{turn}-{number}", password="quatre mots sans lien", actor=BY, now=now)
        post = grant_post(account, role=Role.ADMINISTRATOR, starts=timezone.localdate(now), actor=BY, now=now)
        posts.append(post.pk)
    Post.objects.update(starts="2026-01-01")
    return posts


def leave(pk: int) -> str:
    now = timezone.now()
    try:
        end_post(Post.objects.select_related("account").get(pk=pk), on=timezone.localdate(now), actor=BY, now=now)
    except LastAdministrator:
        return "last"
    return "left"


def test_one_administrator_stays(race: Race) -> None:
    for turn in range(3):
        with race.here():
            posts = _administrators(turn)
        told = race.run(*[(leave, post) for post in posts])
        assert Counter(told) == {"left": PROCESSES - 1, "last": 1}
        with race.here():
            assert Post.objects.filter(role=Role.ADMINISTRATOR, ends=None).count() == 1


def naive_leave(pk: int) -> str:
    """The same look without the row that all of them write."""
    others = Post.objects.filter(role=Role.ADMINISTRATOR, ends=None, account__is_active=True).exclude(pk=pk)
    others = others.exclude(account__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if not others.exists():
        return "last"
    with transaction.atomic():
        Post.objects.filter(pk=pk).update(ends=timezone.localdate())
    return "left"


def test_a_naive_look_leaves_nobody(race: Race) -> None:
    for turn in range(20):
        with race.here():
            posts = _administrators(100 + turn)
        if Counter(race.run(*[(naive_leave, post) for post in posts])) != {"left": PROCESSES - 1, "last": 1}:
            return
    pytest.fail("the race was never lost: this test proves nothing")
