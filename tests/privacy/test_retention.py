"""Retention: one mechanism, kind by kind, each apart; what would go is what goes; unused accounts are told before."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.base import outbox, registry, scheduler
from bocage.base.models import Outbox
from bocage.cases.models import Case
from bocage.identity.models import ERASED, Account, Person, Role
from bocage.messaging.models import Notice
from bocage.privacy import report
from bocage.privacy.models import RetentionRun, UnusedAccount
from bocage.privacy.operations import start_retention
from bocage.privacy.operations.unused import (
    NOTICE,
    close_unused,
    closing_due,
    erase_unneeded,
    tell_unused,
    unneeded_due,
)
from bocage.privacy.queries import retentions
from tests.cases.desk import sit
from tests.conftest import NOW
from tests.identity import factories
from tests.privacy import someone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "committing", "frozen")]
LATER = NOW + timedelta(days=365 * 3)


def test_every_kind_says_beforehand_what_it_takes(now: datetime) -> None:
    """What the page announces is what goes, and afterwards nothing is left to announce."""
    someone.known(now)
    announced = {kind.name: registry.resolve(kind.due)(LATER) for kind in retentions()}
    assert announced["cases.closed"] == 1
    assert announced["cases.drafts"] == 1
    assert announced["base.outbox"] > 5
    start_retention(LATER)
    outbox.drain(LATER)
    gone = dict(RetentionRun.objects.values_list("name", "gone"))
    assert {name: gone[name] for name in announced} == announced
    assert not RetentionRun.objects.exclude(left=0)
    assert not RetentionRun.objects.exclude(error="")
    assert not Case.objects.exclude(answers={}).exists()


def test_the_house_has_one_way_to_let_data_go() -> None:
    """No job of its own erases with time: the report would not show it."""
    words = ("retention", "purge", "forget", "clear_")
    jobs = [job.path for _manifest, job in registry.contributions("jobs")]
    assert [path for path in jobs if any(word in path for word in words)] == [
        "bocage.privacy.operations.retention.start_retention"
    ]


def test_it_starts_at_night_once(now: datetime) -> None:
    (job,) = [job for _manifest, job in registry.contributions("jobs") if job.name == "privacy.retention"]
    assert job.at == "03:40"
    assert job in scheduler.jobs()
    start_retention(now)
    start_retention(now)
    assert Outbox.objects.filter(topic="privacy.retention").count() == len(retentions())


def test_one_that_fails_stops_no_other_and_shows(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    someone.known(now)
    resolve, tries = registry.resolve, []

    def broken(path: str) -> Any:
        if path == "bocage.cases.privacy.retention":
            tries.append(path)
            raise OSError("Delattre: the storage is away")
        return resolve(path)

    monkeypatch.setattr(registry, "resolve", broken)
    start_retention(LATER)
    for hour in range(3):
        outbox.drain(LATER + timedelta(hours=hour))
    assert len(tries) == 3
    told = {run.name: run for run in RetentionRun.objects.order_by("pk")}
    assert told["cases.closed"].error == "OSError", "its kind, never what it was about"
    assert told["cases.drafts"].gone == 1
    assert report.nights(LATER)[0].failed
    assert Outbox.objects.get(key__startswith="retention:cases.closed").state == "dead"


def test_the_desk_shows_tonight_and_the_nights_before(now: datetime) -> None:
    someone.known(now)
    client, _account = sit(Role.ADMINISTRATOR)
    address = reverse("privacy_desk:retention")
    assert "Aucune nuit" in client.get(address).content.decode()
    RetentionRun.objects.create(name="cases.closed", at=now, gone=3, left=2)
    RetentionRun.objects.create(name="of.yesterday", at=now - timedelta(days=1), error="OSError")
    shown = client.get(address).content.decode()
    for expected in ("Demandes terminées", "10\u00a0mars 2026", "3 effacées", "2 restent", "OSError", "of.yesterday"):
        assert expected in shown.replace("\u202f", "\u00a0")


def test_what_cannot_be_counted_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bocage.base.jobs.outbox_due", lambda now: 1 / 0)
    registry.resolve.cache_clear()
    try:
        found = {one.label: one.due for one in report.tonight(NOW)}
    finally:
        registry.resolve.cache_clear()
    assert found["Traces d’envois terminés"] is None
    assert found["Connexions terminées"] == 0


# --- Unused accounts ------------------------------------------------------------------------------------------------
def seen(account: Account, days: int) -> Account:
    """Whoever came last so many days before ``NOW``."""
    Account.objects.filter(pk=account.pk).update(last_login=NOW - timedelta(days=days), date_joined=NOW)
    return account


def test_an_unused_account_is_told_then_closed_a_month_later(now: datetime) -> None:
    old = seen(factories.account(person=factories.person("Absente", email="absente@example.org")), 740)
    recent = seen(factories.resident(birth_name="Présent"), 700)
    assert tell_unused(now) == 1
    assert tell_unused(now + timedelta(days=1)) == 0, "once"
    notice = Notice.objects.get(template="privacy.unused")
    assert "9 avril 2026" in notice.title.replace("\u00a0", " ")
    assert notice.deliveries.get().address == "absente@example.org"
    assert close_unused(now + NOTICE - timedelta(seconds=1)) == 0
    assert closing_due(now + NOTICE) == 1
    assert close_unused(now + NOTICE) == 1
    old.refresh_from_db()
    recent.refresh_from_db()
    assert (old.is_active, old.last_name, recent.is_active) == (False, ERASED, True)
    assert close_unused(now + NOTICE) == 0


def test_who_comes_back_keeps_it_and_is_told_anew_years_later(now: datetime) -> None:
    account = seen(factories.resident(birth_name="Revenue"), 740)
    tell_unused(now)
    seen(account, 0)
    assert close_unused(now + NOTICE) == 0
    tell_unused(now + timedelta(days=1))
    assert not UnusedAccount.objects.exists()
    assert tell_unused(now + timedelta(days=740)) == 1


@pytest.mark.parametrize("who", ["agent", "closed", "persona", "without a person"])
def test_others_are_left_alone(now: datetime, who: str) -> None:
    account = factories.account() if who == "without a person" else factories.resident(birth_name="Autre")
    seen(account, 1000)
    if who == "agent":
        factories.post(account, Role.EDITOR)
    changes = {"closed": {"is_active": False}, "persona": {"demo_label": "Habitante"}}.get(who, {})
    Account.objects.filter(pk=account.pk).update(**changes) if changes else None
    assert tell_unused(now) == 0


def test_a_record_that_nothing_needs_loses_its_name(now: datetime) -> None:
    lost = factories.person("Perdu", "Jean")
    them = someone.known(now)
    assert unneeded_due(now + timedelta(days=700)) == 0
    late = now + timedelta(days=740)
    assert unneeded_due(late) == erase_unneeded(late) == 2  # and the helper whose mandate ended
    lost.refresh_from_db()
    them.person.refresh_from_db()
    assert (lost.birth_name, them.person.birth_name) == (ERASED, someone.FAMILY)
    assert unneeded_due(late) == 0


def test_a_child_of_someone_with_an_account_is_kept(now: datetime) -> None:
    from bocage.identity import operations

    parent, child = factories.resident(birth_name="Parent").person, factories.person("Enfant", "Lou")
    assert parent
    home = operations.open_household(name="Foyer", actor=factories.SYSTEM, now=now)
    for who, role in ((parent, "guardian"), (child, "child")):
        operations.add_member(home, who, role=role, starts=now.date(), actor=factories.SYSTEM, now=now)
    assert erase_unneeded(now + timedelta(days=740)) == 0
    assert Person.objects.get(pk=child.pk).birth_name == "Enfant"
