"""Absences: an early return, and to whom they are offered."""

from datetime import date

import pytest
from django.urls import reverse

from bocage.base.models import Event
from bocage.cases.models import Case
from bocage.cases.queries import Filters, worklist
from bocage.desk.day import colleagues
from bocage.desk.menu import entries
from bocage.identity.models import Absence, Account, Role
from bocage.identity.operations import end_absence, set_absence
from bocage.identity.scope import Bounds, Scope
from tests.cases.desk import page, sit
from tests.cases.factories import filed
from tests.conftest import NOW
from tests.identity import factories
from tests.territory.factories import mormal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def away(account: Account, starts: date, ends: date) -> Absence:
    other = factories.agent(Role.AGENT, service="waste")
    return set_absence(account, substitute=other, starts=starts, ends=ends, actor=factories.SYSTEM, now=NOW)


def test_one_comes_back_earlier() -> None:
    client, account = sit(Role.AGENT, service="waste")
    absence = away(account, date(2026, 3, 9), date(2026, 3, 20))
    address = reverse("desk_end_absence", args=[absence.pk])
    assert address in page(client.get(reverse("desk_absences")))
    assert "Revenir plus tôt" in page(client.get(address))
    assert client.post(address, {"back": "25/03/2026"}).status_code == 422
    assert client.post(address, {"back": "09/03/2026"}).status_code == 422
    assert client.post(address, {"back": "12/03/2026"}).status_code == 302
    absence.refresh_from_db()
    assert absence.ends == date(2026, 3, 11)
    assert Event.objects.get(kind="identity.absence_ended").actor == f"account:{account.pk}"


def test_an_absence_to_come_is_taken_away() -> None:
    client, account = sit(Role.AGENT, service="waste")
    absence = away(account, date(2026, 3, 16), date(2026, 3, 20))
    client.post(reverse("desk_end_absence", args=[absence.pk]), {"back": "16/03/2026"})
    assert not Absence.objects.exists()
    assert not end_absence(absence, back=date(2026, 3, 16), actor=factories.SYSTEM, now=NOW)


@pytest.mark.parametrize("role", [Role.ELECTED, Role.EDITOR])
def test_who_handles_no_case_is_offered_neither_day_nor_absences(role: str) -> None:
    bounds = {"commune": factories.commune()} if role == Role.ELECTED else {}
    client, _account = sit(role, **bounds)
    names = {entry.url_name for entry, _url in entries(Scope((Bounds(role),)))}
    assert names
    assert not names & {"desk_today", "desk_absences"}
    assert client.get(reverse("desk_absences")).status_code == 403


def test_mine_lists_the_cases_of_those_one_stands_in_for_today() -> None:
    mormal(NOW)
    case = filed(NOW)
    absent = factories.agent(Role.AGENT, service="waste")
    substitute = factories.agent(Role.AGENT, service="waste")
    Case.objects.filter(pk=case.pk).update(assignee=absent)
    mine = Filters(situation="mine")
    assert not worklist(substitute, mine, NOW)
    days = {"starts": date(2026, 3, 10), "ends": date(2026, 3, 10)}
    set_absence(absent, substitute=substitute, actor=factories.SYSTEM, now=NOW, **days)
    assert [found.pk for found in worklist(substitute, mine, NOW)] == [case.pk]
    assert [found.pk for found in worklist(absent, mine, NOW)] == [case.pk]


def test_wagtails_account_leads_to_ours() -> None:
    client, _account = sit(Role.EDITOR)
    assert client.get(reverse("wagtailadmin_account"))["Location"] == reverse("identity_home")


def test_only_who_reaches_the_work_can_stand_in() -> None:
    client, account = sit(Role.AGENT, service="waste")
    able = [
        factories.agent(Role.AGENT, service="waste"),
        factories.agent(Role.MANAGER, service="waste"),
        factories.agent(Role.ADMINISTRATOR),
    ]
    town = factories.commune()
    for role, bounds in (
        (Role.ELECTED, {"commune": town}),
        (Role.EDITOR, {}),
        (Role.RECEPTION, {"commune": town}),
        (Role.AGENT, {"service": "families"}),
        (Role.AGENT, {"service": "waste", "commune": town}),
    ):
        other = factories.agent(role, **bounds)
        told = {"starts": "16/03/2026", "ends": "20/03/2026", "substitute": other.pk}
        assert client.post(reverse("desk_absences"), told).status_code == 422, role
    assert set(colleagues(account, NOW.date())) == set(able)
    assert not Absence.objects.exists()


def test_an_absence_said_twice_is_one() -> None:
    client, account = sit(Role.AGENT, service="waste")
    other = factories.agent(Role.AGENT, service="waste")
    data = {"substitute": other.pk, "starts": "16/03/2026", "ends": "20/03/2026"}
    for _ in range(2):
        assert client.post(reverse("desk_absences"), data).status_code == 302
    assert Absence.objects.filter(account=account).count() == 1
    assert Event.objects.filter(kind="identity.absence_set").count() == 1


def test_an_absence_shortened_to_days_already_said_is_taken_away() -> None:
    _client, account = sit(Role.AGENT, service="waste")
    longer = away(account, date(2026, 3, 9), date(2026, 3, 20))
    by = {"actor": factories.SYSTEM, "now": NOW}
    set_absence(account, substitute=longer.substitute, starts=longer.starts, ends=date(2026, 3, 11), **by)
    assert end_absence(longer, back=date(2026, 3, 12), **by)
    assert Absence.objects.get(account=account).ends == date(2026, 3, 11)
