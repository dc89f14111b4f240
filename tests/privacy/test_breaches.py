"""A breach or a drill: who is concerned, by which way, the hours left, a list and a draft; nothing is sent."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event, Outbox
from bocage.cases.operations import record_answers_read
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Role
from bocage.messaging.models import Notice
from bocage.privacy.models import Breach
from bocage.privacy.operations import open_breach
from bocage.privacy.queries import reached_by
from tests.cases.desk import sit
from tests.cases.factories import filed
from tests.conftest import NOW
from tests.identity import factories
from tests.privacy import someone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "committing", "frozen")]


@pytest.fixture
def them(now: Any) -> someone.Someone:
    return someone.known(now)


@pytest.fixture
def officer() -> tuple[Client, Account]:
    return sit(Role.ADMINISTRATOR)


def breach(**about: Any) -> Breach:
    told = {"title": "Ordinateur volé", "drill": True, "known_at": NOW, "actor": factories.SYSTEM, "now": NOW}
    return open_breach(**{**told, "opened_by": factories.agent(Role.ADMINISTRATOR), **about})


def names(found: Breach) -> list[str]:
    return [one.name for one in reached_by(found)]


def test_references_in_any_writing_lead_to_people_once_each(them: someone.Someone) -> None:
    filed(NOW)
    told = breach(references=[them.closed.reference.lower().replace("-", " "), them.draft.reference, someone.EMAIL])
    (one,) = reached_by(told)
    assert one.name == f"{someone.GIVEN} {someone.FAMILY}"
    assert (one.way, one.address) == ("email", someone.EMAIL)
    assert one.records["demandes"] == [them.closed.reference, them.draft.reference]
    assert names(breach(references=["nobody@example.org", "ABCD"])) == []


def test_what_an_agents_account_reached(them: someone.Someone) -> None:
    agent, other = factories.agent(Role.AGENT), filed(NOW)
    record_answers_read(them.closed, actor=actor_of_account(agent), now=NOW)
    assert names(breach(agent=agent)) == [f"{someone.GIVEN} {someone.FAMILY}"]
    assert names(breach(agent=agent, until=NOW - timedelta(days=1), since=NOW - timedelta(days=2))) == []
    assert other.applicant_name not in names(breach(agent=agent))


def test_what_an_export_took_away_is_reached_through_its_agent(them: someone.Someone) -> None:
    from bocage.base import outbox
    from bocage.cases.exports.operations import ask_export
    from bocage.cases.queries import Filters

    other = filed(NOW)
    _client, agent = sit(Role.MANAGER, service="waste")
    ask_export(agent, Filters(situation="all"), format_="csv", sensitive=False, actor=factories.SYSTEM, now=NOW)
    outbox.drain(NOW)
    assert set(names(breach(agent=agent))) == {f"{someone.GIVEN} {someone.FAMILY}", str(other.applicant)}


def test_a_time_range_takes_whatever_happened_in_it(them: someone.Someone) -> None:
    day = timedelta(days=1)
    assert f"{someone.GIVEN} {someone.FAMILY}" in names(breach(since=NOW - day, until=NOW + day))
    assert names(breach(since=NOW - 3 * day, until=NOW - 2 * day)) == []


def test_it_is_about_something_and_is_known_already() -> None:
    with pytest.raises(ValidationError):
        breach()
    with pytest.raises(ValidationError):
        breach(references=["x"], known_at=NOW + timedelta(hours=1))


def test_the_drill_from_the_form_to_the_list(them: someone.Someone, officer: tuple[Client, Account]) -> None:
    client, account = officer
    form = reverse("privacy_desk:breach_new")
    told = {"title": "Vol", "drill": "on", "known_on": "09/03/2026", "known_at": "9 h 30", "facts": "Un sac volé."}
    assert "Dites ce qui est touché" in client.post(form, told).content.decode()
    assert "Aucun agent" in client.post(form, {**told, "agent": someone.EMAIL}).content.decode()
    response = client.post(form, {**told, "references": f"{them.closed.reference}\n\n{them.closed.reference}"})
    (found,) = Breach.objects.all()
    assert response["Location"] == reverse("privacy_desk:breach", args=[found.pk])
    assert (found.references, found.opened_by, found.drill) == ([them.closed.reference], account, True)
    letters = Outbox.objects.count(), Notice.objects.count()
    shown = client.get(response["Location"]).content.decode().replace("\u00a0", " ").replace("\u202f", " ")
    for expected in (
        "1 personne touchée",
        "1 par courriel",
        someone.FAMILY,
        "Encore 47 heures",  # known at 9:30 in Mormal, the day before; it is 10:30
        "12 mars 2026 à 9 h 30",
        "Un sac volé.",
        "données qui vous concernent",
    ):
        assert expected in shown, expected
    listed = client.post(reverse("privacy_desk:breach_file", args=[found.pk]))
    rows = list(csv.reader(io.StringIO(listed.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[1][:3] == [f"{someone.GIVEN} {someone.FAMILY}", "courriel", someone.EMAIL]
    assert (Outbox.objects.count(), Notice.objects.count()) == letters, "nothing is sent"
    kinds = list(Event.objects.filter(subject=f"breach:{found.pk}").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["privacy.breach_opened", "privacy.breach_read", "privacy.breach_taken"]
    client.post(reverse("privacy_desk:breach_told", args=[found.pk]))
    assert "CNIL prévenue le" in client.get(response["Location"]).content.decode()
    client.post(reverse("privacy_desk:breach_close", args=[found.pk]))
    found.refresh_from_db()
    assert found.authority_told_at == found.closed_at == NOW


def test_a_real_one_asks_for_attention_until_the_authority_is_told(officer: tuple[Client, Account]) -> None:
    from bocage.privacy.desk_sources import today_lines

    _client, account = officer
    drill = breach(references=["x"])
    assert list(today_lines(account, NOW)) == []
    Breach.objects.filter(pk=drill.pk).update(drill=False)
    (line,) = today_lines(account, NOW)
    assert line["care"]
    assert "13 mars 2026" in line["text"].replace("\u00a0", " ")
    assert list(today_lines(factories.agent(Role.MANAGER), NOW)) == []
