"""A report joined to another as that one ends: whoever joined is told, or is told that it ended. With a control."""

from collections.abc import Callable
from unittest import mock

import pytest
from django.utils import timezone

from bocage.base import outbox
from bocage.base.actors import Actor
from bocage.cases.engine import Refused
from bocage.cases.models import Case, PublicCase
from bocage.cases.operations import Conflict, joining, move_case, submit_case
from bocage.cases.operations.joining import join_case, join_draft
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Post, Role
from bocage.territory.operations import load_territory
from tests.cases.factories import RESIDENT
from tests.cases.public import draft, filed
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
BY = Actor.system("tests")


@pytest.fixture
def town(race: Race) -> Race:
    """A race in the territory, with someone who mends."""
    with race.here():
        now = timezone.now()
        load_territory("mormal", now=now)
        account = Account.objects.create(username="manager")
        Post.objects.create(account=account, role=Role.MANAGER, service="participation", starts=now.date())
    return race


def _fresh(pk: int) -> Case:
    return Case.objects.select_related("version__procedure", "procedure", "commune").get(pk=pk)


def join(pk: int, other: int) -> str:
    try:
        join_case(_fresh(pk), _fresh(other), actor=BY, now=timezone.now())
    except (Refused, Conflict) as error:
        return type(error).__name__
    return "joined"


def send(pk: int, _other: int) -> str:
    return submit_case(_fresh(pk), actor=RESIDENT, now=timezone.now()).state


def unheld(call: Callable[[int, int], str], pk: int, other: int) -> str:
    """The same by a look alone, before the transaction: nobody waits for whoever is joining."""
    running = set(Case.objects.filter(pk__in=(pk, other), outcome="").values_list("pk", flat=True))
    with mock.patch.object(joining, "_hold", lambda *cases: running & set(cases)):
        return call(pk, other)


def mend(pk: int, _other: int) -> str:
    agent = Account.objects.get(username="manager")
    move_case(_fresh(pk), "mend", agent=agent, actor=actor_of_account(agent), now=timezone.now())
    outbox.drain(timezone.now())
    return "mended"


def _ready() -> tuple[int, list[int], list[int]]:
    """The report told first, two that an agent will join to it, two drafts that will when they are sent."""
    now = timezone.now()
    first, others, drafts = filed(now), [filed(now) for _number in "12"], [draft(now) for _number in "12"]
    for one in drafts:
        join_draft(one, first.in_public, actor=RESIDENT, now=now)
    outbox.drain(now)
    return first.pk, [one.pk for one in others], [one.pk for one in drafts]


def _untold() -> int:
    """How many wait for news of a report that has ended, once everything that was to be told is."""
    outbox.drain(timezone.now())
    return Case.objects.filter(state="joined").exclude(in_public__joins__case__outcome="").count()


def test_whoever_joins_a_report_as_it_ends_is_told(town: Race) -> None:
    seen = set()
    for _round in range(5):
        with town.here():
            first, others, drafts = _ready()
        calls = [(join, pk, first) for pk in others] + [(send, pk, first) for pk in drafts]
        told = town.run(*calls, (mend, first, first))
        with town.here():
            assert _untold() == 0
            for pk, what in zip([*others, *drafts], told, strict=False):  # the last told is the mend
                case, row = _fresh(pk), PublicCase.objects.get(case=pk)
                if what == "joined":
                    assert (case.state, row.joins.case_id) == ("mended", first)
                else:
                    assert what in {"Refused", "received"}
                    assert (case.state, row.joins) == ("received", None)
                seen.add(what)
    assert "joined" in seen


def test_without_holding_it_someone_stays_untold(town: Race) -> None:
    """The negative control: looking whether the other runs, without holding it, leaves people without news."""
    for _round in range(40):
        with town.here():
            first, others, drafts = _ready()
        calls = [(unheld, join, pk, first) for pk in others] + [(unheld, send, pk, first) for pk in drafts]
        town.run(*calls, (mend, first, first))
        with town.here():
            if _untold():
                return
    pytest.fail("the race was never lost: this test proves nothing")
