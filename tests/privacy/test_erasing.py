"""Erasing someone: what blocks it, the week to change one's mind, and that nothing of them is left anywhere."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, transaction

from bocage.base import journal, outbox, registry
from bocage.base.actors import Actor
from bocage.base.models import Event, Payload
from bocage.cases.models import Case, Decision
from bocage.cases.operations import withdraw_case
from bocage.identity.models import ERASED, Person
from bocage.messaging.models import Notice
from bocage.privacy.models import Erasure, ErasureState
from bocage.privacy.operations import Blocked, ask_copy, ask_erasure, withdraw_erasure
from bocage.privacy.operations.erasing import COOLING_OFF, AlreadyAsked
from bocage.privacy.queries import fates
from tests.identity import factories
from tests.privacy import everywhere, someone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "committing", "frozen"), pytest.mark.slow]


def erased(person: Person, actor: Actor, now: datetime, **more: Any) -> Erasure:
    """Asked, then a week later done."""
    asked = ask_erasure(person, actor=actor, now=now, **more)
    outbox.drain(now + COOLING_OFF)
    asked.refresh_from_db()
    return asked


def test_nothing_of_them_is_left_anywhere(now: datetime, caplog: pytest.LogCaptureFixture) -> None:
    them = someone.known(now)
    ask_copy(them.account, actor=them.actor, now=now)
    outbox.drain(now)
    paper = them.closed.documents.get().path
    before = everywhere.found(*someone.WORDS)
    for place in (
        *("cases.Case", "cases.Note", "messaging.Delivery", "identity.Person", "search.CaseEntry", "base.Outbox"),
        *("messaging.MailboxMessage", "identity.Household", "/copies/"),
    ):
        assert any(place in found for found in before), f"the search sees nothing in {place}"
    journal.seal(now)
    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        asked = erased(them.person, them.actor, now)
    assert asked.state == ErasureState.DONE
    assert everywhere.found(*someone.WORDS) == {}
    assert not storages["private"].exists(paper)
    assert not [line for line in caplog.messages if someone.FAMILY in line or someone.EMAIL in line]
    journal.seal(now + COOLING_OFF)
    assert journal.verify().ok
    assert Event.objects.filter(kind="privacy.erased", subject=f"person:{them.person.pk}").count() == 1
    them.person.refresh_from_db()
    assert (them.person.birth_name, them.person.given_names) == (ERASED, "")
    them.account.refresh_from_db()
    assert (them.account.is_active, them.account.person_id) == (False, None)


def test_the_figures_of_their_cases_stay(now: datetime) -> None:
    them = someone.known(now)
    erased(them.person, them.actor, now)
    case = Case.objects.get(pk=them.closed.pk)
    assert (case.outcome, case.answers, case.applicant_id) == ("withdrawn", {}, None)
    assert case.received_on == now.date()
    assert not Case.objects.filter(pk=them.draft.pk).exclude(answers={}).exists()


def test_a_request_under_way_blocks_it_and_says_so(now: datetime) -> None:
    them = someone.known(now)
    running = someone.filed(them.account, them.actor, now)
    with pytest.raises(Blocked, match=running.reference):
        ask_erasure(them.person, actor=them.actor, now=now)
    (blocking,) = [fate for fate in fates(them.person, now) if fate.becomes == "blocks"]
    assert running.reference in blocking.url
    withdraw_case(running, actor=them.actor, now=now)
    assert ask_erasure(them.person, actor=them.actor, now=now)


def test_a_request_filed_during_the_week_stops_it_and_they_are_told(now: datetime) -> None:
    them = someone.known(now)
    asked = ask_erasure(them.person, actor=them.actor, now=now)
    later = now + timedelta(days=3)
    running = someone.filed(them.account, them.actor, later)
    outbox.drain(now + COOLING_OFF)
    asked.refresh_from_db()
    assert asked.state == ErasureState.STOPPED
    assert Case.objects.get(pk=running.pk).answers
    assert Case.objects.get(pk=them.closed.pk).answers, "all or nothing: the person decides again"
    assert Notice.objects.filter(title__contains="pas pu être effacées").count() == 1


def test_it_is_taken_back_within_the_week(now: datetime) -> None:
    them = someone.known(now)
    asked = ask_erasure(them.person, actor=them.actor, now=now)
    assert Notice.objects.get(title__contains="17 mars 2026").deliveries.get().address == someone.EMAIL
    outbox.drain(now + COOLING_OFF - timedelta(minutes=1))
    assert withdraw_erasure(asked, actor=them.actor, now=now + timedelta(days=6))
    outbox.drain(now + COOLING_OFF)
    asked.refresh_from_db()
    assert asked.state == ErasureState.WITHDRAWN
    assert not withdraw_erasure(asked, actor=them.actor, now=now)
    them.person.refresh_from_db()
    assert them.person.birth_name == someone.FAMILY
    assert ask_erasure(them.person, actor=them.actor, now=now + timedelta(days=8)), "it may be asked again"


def test_it_is_asked_once(now: datetime) -> None:
    them = someone.known(now)
    ask_erasure(them.person, actor=them.actor, now=now)
    with pytest.raises(AlreadyAsked):
        ask_erasure(them.person, actor=them.actor, now=now)


def decided(case: Case, day: Any) -> None:
    Decision.objects.create(case=case, outcome="accepted", legal_date=day, by_time=True)


def test_what_may_be_contested_is_kept_until_it_may_not(now: datetime) -> None:
    them = someone.known(now)
    decided(them.closed, now.date())
    (kept,) = [fate for fate in fates(them.person, now) if fate.what.endswith(them.closed.reference)]
    assert (kept.becomes, kept.until) == ("kept", datetime(2026, 7, 10).date())
    asked = erased(them.person, them.actor, now)
    assert asked.state == ErasureState.PARTLY
    assert Case.objects.get(pk=them.closed.pk).answers
    left = {place.split("#")[0] for place in everywhere.found(*someone.WORDS) if "documents/" not in place}
    assert {place.split(".")[0].split("_")[0] for place in left} == {"cases", "search"}, left
    outbox.drain(datetime(2026, 7, 10, 20).astimezone())
    assert Case.objects.get(pk=them.closed.pk).answers
    outbox.drain(datetime(2026, 7, 11, 6).astimezone())
    asked.refresh_from_db()
    assert asked.state == ErasureState.DONE
    assert everywhere.found(*someone.WORDS) == {}
    assert journal.verify().ok


def test_a_run_cut_in_the_middle_goes_on_where_it_was(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    them = someone.known(now)
    asked = ask_erasure(them.person, actor=them.actor, now=now)
    path, resolve, calls = "bocage.identity.personal_data.erase", registry.resolve, []

    def cut(wanted: str) -> Any:
        if wanted == path and not calls:
            calls.append(wanted)
            raise OSError("the machine stops")
        return resolve(wanted)

    monkeypatch.setattr(registry, "resolve", cut)
    outbox.drain(now + COOLING_OFF)
    asked.refresh_from_db()
    assert asked.state == ErasureState.WAITING
    them.person.refresh_from_db()
    assert them.person.birth_name == someone.FAMILY
    outbox.drain(now + COOLING_OFF + timedelta(minutes=1))
    asked.refresh_from_db()
    assert asked.state == ErasureState.DONE
    assert everywhere.found(*someone.WORDS) == {}


def test_payloads_of_other_people_stay(now: datetime) -> None:
    them = someone.known(now)
    other = factories.person("Autre", "Anne")
    with transaction.atomic():
        theirs = journal.record(
            stream="identity", kind="x", subject=f"person:{other.pk}", actor=them.actor, now=now, payload={"a": 1}
        )
    erased(them.person, them.actor, now)
    assert Payload.objects.filter(event=theirs).exists()


def test_an_address_shared_with_another_keeps_their_mail(now: datetime) -> None:
    them = someone.known(now)
    factories.person("Conjoint", "Luc", email=someone.EMAIL)
    erased(them.person, them.actor, now)
    left = {place.split("#")[0] for place in everywhere.found(*someone.WORDS)}
    kept = {"identity.Person.email", "base.Outbox.payload"}
    assert left == {*kept, "messaging.MailboxMessage.recipient", "messaging.MailboxMessage.raw"}


def test_an_agent_ends_their_post_first(now: datetime) -> None:
    account = factories.resident(birth_name="Agente")
    factories.post(account, "editor")
    assert account.person
    with pytest.raises(Blocked, match="compte d’agent"):
        ask_erasure(account.person, actor=factories.SYSTEM, now=now)


# --- At the desk ----------------------------------------------------------------------------------------------------
def test_the_desk_notes_how_it_made_sure(now: datetime) -> None:
    them = someone.known(now)
    with pytest.raises(ValueError, match="made sure"):
        ask_erasure(them.person, agent=them.agent, proof=" ", actor=them.actor, now=now)
    asked = erased(them.person, Actor("account", them.agent.pk, "x", "counter"), now, agent=them.agent, proof="CNI vue")
    assert (asked.channel, asked.asked_by, asked.proof) == ("counter", them.agent, "")


def test_the_database_wants_the_proof(now: datetime) -> None:
    person, agent = factories.person(), factories.agent("manager")
    with pytest.raises(IntegrityError), transaction.atomic():
        Erasure.objects.create(person=person, asked_by=agent, channel="counter", asked_at=now, due_at=now)
