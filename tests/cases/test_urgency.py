"""How much a case presses: an agent says it, the lists show it first."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from bocage.cases.engine import Refused
from bocage.cases.models import Case, Urgency
from bocage.cases.operations import Conflict, set_urgency, withdraw_case
from bocage.identity.models import Role
from tests.cases.desk import page, sit
from tests.cases.factories import RESIDENT, filed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
LIST = "/bureau/dossiers/"


def level(case: Case) -> int:
    return Case.objects.get(pk=case.pk).urgency


def test_an_agent_says_it_and_the_story_keeps_who(now: Any) -> None:
    case = filed(now)
    client, account = sit(Role.AGENT, service="waste")
    url = reverse("cases_urgency", args=[case.reference])
    assert client.post(url, {"level": "2", "revision": str(case.revision)}).status_code == 302
    assert level(case) == Urgency.URGENT
    shown = page(client.get(reverse("cases_desk", args=[case.reference])))
    assert '<span class="badge warning">Urgent</span>' in shown
    assert f"urgent · par {account}" in shown


@pytest.mark.parametrize("wrong", ["3", "-1", "", "x", "²"])
def test_a_level_that_is_none_is_refused(now: Any, wrong: str) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    assert client.post(reverse("cases_urgency", args=[case.reference]), {"level": wrong}).status_code == 422
    assert level(case) == 0


def test_a_stale_page_changes_nothing(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    stale = {"level": "2", "revision": str(case.revision - 1)}
    assert client.post(reverse("cases_urgency", args=[case.reference]), stale).status_code == 409
    assert level(case) == 0
    other = Case.objects.get(pk=case.pk)
    set_urgency(case, 1, actor=RESIDENT, now=now)
    with pytest.raises(Conflict):
        set_urgency(other, 2, actor=RESIDENT, now=now)


def test_what_is_over_presses_no_more(now: Any) -> None:
    case = withdraw_case(filed(now), actor=RESIDENT, now=now)
    with pytest.raises(Refused):
        set_urgency(case, 2, actor=RESIDENT, now=now)


def test_the_database_knows_the_levels(now: Any) -> None:
    case = filed(now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(urgency=3)


def test_the_list_keeps_the_urgent_ones_and_the_day_begins_with_them(now: Any) -> None:
    usual, urgent = filed(now), filed(now)
    set_urgency(urgent, 2, actor=RESIDENT, now=now)
    client, _account = sit(Role.AGENT, service="waste")
    kept = client.get(LIST, {"situation": "urgent"})
    assert [row.reference for row in kept.context["rows"]] == [urgent.reference]
    assert '<span class="badge warning">Urgent</span>' in page(kept)
    parts = client.get("/bureau/").context["parts"]
    assert parts[0].key == "urgent"
    assert [row.reference for row in parts[0].rows] == [urgent.reference]
    assert usual.reference in [row.reference for part in parts for row in part.rows]
    other, _account = sit(Role.AGENT, service="libraries")
    assert other.get(LIST, {"situation": "urgent"}).context["rows"] == []


def test_the_most_pressing_come_first_page_after_page(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bocage.cases.desk_views.worklist.PAGE", 2)
    cases = [filed(now - timedelta(days=number % 3)) for number in range(7)]
    for number, case in enumerate(cases):
        set_urgency(case, (0, 2, 1, 0, 2, 0, 0)[number], actor=RESIDENT, now=now)
    wanted = sorted(cases, key=lambda case: (-case.urgency, str(case.announced_on), case.pk))
    client, _account = sit(Role.AGENT, service="waste")
    seen: list[str] = []
    address = f"{LIST}?sort=pressing"
    while True:
        response = client.get(address)
        seen += [row.reference for row in response.context["rows"]]
        if not response.context["next"]:
            break
        assert len(seen) <= len(cases)
        address = LIST + response.context["next"]
    assert seen == [case.reference for case in wanted]


@pytest.mark.parametrize(
    "after", ["2.2026-01-01", "x.2026-01-01.4", "2.x.4", "2.2026-01-01.x", "2026-01-01.4", "....", "²"]
)
def test_a_forged_place_begins_at_the_beginning(now: Any, after: str) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    rows = client.get(LIST, {"sort": "pressing", "after": after}).context["rows"]
    assert [row.reference for row in rows] == [case.reference]
    assert client.get(LIST, {"sort": "name; drop table", "after": after}).status_code == 200


def test_the_order_stays_with_columns_ticks_and_a_saved_view(now: Any) -> None:
    first, second = filed(now), filed(now)
    set_urgency(first, 2, actor=RESIDENT, now=now)
    client, _account = sit(Role.AGENT, service="waste")
    for more in ({"columns": "urgency,agent"}, {"choisir": "1"}):
        rows = client.get(LIST, {"sort": "pressing", **more}).context["rows"]
        assert [line.row.reference for line in rows] == [first.reference, second.reference]
    shown = client.get(LIST, {"sort": "pressing", "columns": "urgency"})
    assert [line.cells for line in shown.context["rows"]] == [[("Urgence", "Urgent")], [("Urgence", "")]]
    told = {"name": "Pressés", "sort": "pressing", "situation": "open", "do": "save"}
    answer = client.post(reverse("cases_view_new"), told)
    assert "sort=pressing" in answer.url
    assert [view["current"] for view in client.get(answer.url).context["saved"]] == [True]
