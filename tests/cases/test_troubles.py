"""« Ce qui n’a pas marché »: what a manager is told of their cases, and of nobody else's."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bocage.base.models import Outbox, OutboxState
from bocage.cases.models import Case
from bocage.cases.operations import run_clock
from bocage.desk import troubles
from bocage.identity.models import Role
from bocage.messaging.models import Delivery, DeliveryState
from tests.cases.desk import commune, page, sit
from tests.cases.factories import filed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
PAGE = "/bureau/pannes/"


def lost(case: Case, now: Any) -> None:
    """The case's receipt did not arrive."""
    Delivery.objects.filter(notice__subject=case.subject).update(
        state=DeliveryState.FAILED, error="Boîte aux lettres inconnue.", changed_at=now, sent_at=None
    )


def stuck(case: Case, topic: str, state: str, attempts: int = 3) -> None:
    payload = {
        "cases.scan": {"document": case.documents.values_list("key", flat=True)[0]},
        "cases.webhook": {"url": "https://secret.example.org/"},
        "cases.joined": {"case": case.pk},
    }[topic]
    key = f"webhook:{case.subject}:1:0" if topic == "cases.webhook" else f"{topic}:{case.pk}"
    Outbox.objects.create(
        topic=topic,
        key=key,
        payload=payload,
        state=state,
        attempts=attempts,
        next_attempt_at=case.created_at,
        created_at=case.created_at,
        last_error="TimeoutError: timed out",
    )


def told(client: Any) -> list[tuple[str, str]]:
    """The kind and the case of each line."""
    return [(row.what, row.url) for group in client.get(PAGE).context["groups"] for row in group.rows]


def of(case: Case) -> str:
    return reverse("cases_desk", args=[case.reference])


def test_all_went_well(now: Any) -> None:
    filed(now)
    client, _account = sit(Role.MANAGER, service="waste")
    assert "Tout a marché" in page(client.get(PAGE))
    assert PAGE not in page(client.get("/bureau/")).partition("<main")[2]


def test_a_notice_that_did_not_arrive_leads_to_its_case(now: Any) -> None:
    case, other = filed(now, email="m@example.org"), filed(now, email="n@example.org")
    lost(case, now)
    client, _account = sit(Role.MANAGER, service="waste")
    shown = page(client.get(PAGE))
    assert of(case) in shown
    assert "Boîte aux lettres inconnue." in shown
    assert of(other) not in shown
    assert "1 chose n’a pas marché" in page(client.get("/bureau/"))
    Delivery.objects.update(changed_at=now - troubles.RECENT - timedelta(seconds=1))
    assert told(client) == []


def test_a_date_that_the_clock_did_not_keep_is_told_until_it_is_kept(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.MANAGER, service="waste")
    Case.objects.update(silence_on=now.date() - timedelta(days=1))
    assert told(client) == []  # the clock has until tonight
    Case.objects.update(silence_on=now.date() - timedelta(days=2))
    case.deadlines.filter(kind="silence").update(due_on=now.date() - timedelta(days=2))
    assert told(client) == [("Effet du silence", of(case))]
    assert run_clock(now) == 1
    assert told(client) == []


def test_an_acknowledgement_that_did_not_leave_is_told(now: Any) -> None:
    case = filed(now)
    case.deadlines.create(kind="acknowledgement", due_on=now.date() - timedelta(days=2))
    client, _account = sit(Role.MANAGER, service="waste")
    assert told(client) == [("Accusé de réception", of(case))]


@pytest.mark.parametrize("topic", troubles.OF_CASES)
@pytest.mark.parametrize(
    ("state", "attempts", "shown"),
    [
        (OutboxState.DEAD, 1, True),
        (OutboxState.UNCERTAIN, 1, True),
        (OutboxState.PENDING, 3, True),
        (OutboxState.PENDING, 2, False),
        (OutboxState.DONE, 9, False),
        (OutboxState.ABANDONED, 9, False),
    ],
)
def test_what_the_machines_cannot_do_is_told_with_its_case(
    now: Any, topic: str, state: str, attempts: int, shown: bool
) -> None:
    case = filed(now)
    Outbox.objects.all().delete()
    done_at = {"done_at": now} if state == OutboxState.DONE else {}
    stuck(case, topic, OutboxState.PENDING, attempts)
    Outbox.objects.update(state=state, **done_at)
    client, _account = sit(Role.MANAGER, service="waste")
    assert [url for _what, url in told(client)] == ([of(case)] if shown else [])
    if shown:
        text = page(client.get(PAGE))
        assert "n’a pas répondu à temps" in text
        assert "secret.example.org" not in text


def test_only_of_the_cases_that_one_answers_for(now: Any) -> None:
    case = filed(now, email="m@example.org")
    lost(case, now)
    Case.objects.update(silence_on=now.date() - timedelta(days=9))
    for topic in troubles.OF_CASES:
        stuck(case, topic, OutboxState.DEAD)
    mine, _account = sit(Role.MANAGER, service="waste")
    assert len(told(mine)) == 5
    assert len(told(sit(Role.ADMINISTRATOR)[0])) == 5
    for bounds in ({"service": "libraries"}, {"service": "waste", "commune": commune("59481")}):
        client, _account = sit(Role.MANAGER, **bounds)
        assert told(client) == []
        assert PAGE not in page(client.get("/bureau/")).partition("<main")[2]
    assert sit(Role.AGENT, service="waste")[0].get(PAGE).status_code == 403


def test_the_page_asks_as_much_for_one_as_for_many(now: Any) -> None:
    client, _account = sit(Role.MANAGER, service="waste")

    def asked() -> list[str]:
        """The territory's own line is in memory outside tests."""
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return [query["sql"][:200] for query in queries if 'FROM "territory_territory"' not in query["sql"]]

    def broken() -> None:
        case = filed(now, email="m@example.org")
        lost(case, now)
        stuck(case, "cases.webhook", OutboxState.DEAD)
        stuck(case, "cases.scan", OutboxState.DEAD)

    broken()
    client.get(PAGE)
    few = asked()
    for _number in range(4):
        broken()
    many = asked()
    assert len(many) == len(few), "\n".join(many)
