"""Cases through their operations: drafts, filing once, corrections, decisions, time."""

from datetime import date, timedelta

import pytest

from bocage.base import outbox
from bocage.base.models import Event, Outbox
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Decision
from bocage.cases.operations import (
    add_document,
    answer_correction,
    move_case,
    run_clock,
    save_answers,
    start_draft,
    submit_case,
    withdraw_case,
)
from bocage.identity.operations import merge_people
from tests.cases.factories import RESIDENT, composter, draft, filed, picture

pytestmark = pytest.mark.django_db


def test_filing_twice_files_once(territory, now):
    case = draft(now)
    stale = Case.objects.select_related("version__procedure", "procedure").get(pk=case.pk)
    first = submit_case(case, actor=RESIDENT, now=now)
    second = submit_case(stale, actor=RESIDENT, now=now)
    assert first.reference == second.reference
    assert Event.objects.filter(subject=case.subject, kind="cases.submitted").count() == 1
    assert Outbox.objects.filter(topic__startswith="messaging.").count() == 1
    assert first.state == "received"
    assert first.applicant.birth_name == "Delattre"
    assert first.commune.name == "Locquignol"


def test_what_cannot_be_read_is_kept_and_shown_again(territory, now):
    case, _code = start_draft(composter(now), actor=RESIDENT, now=now)
    errors = save_answers(case, {"birth_date": "31/02/1950", "given_names": "Ana", "serial": "X", "nope": "y"}, now=now)
    assert "31/01/1950" in errors["birth_date"]
    case.refresh_from_db()
    assert case.pending == {"birth_date": "31/02/1950"}
    assert case.answers == {"given_names": "Ana"}


def test_missing_answers_stop_the_filing_and_say_where(territory, now):
    case = draft(now, model=None, birth_date="hier")
    with pytest.raises(Refused) as refused:
        submit_case(case, actor=RESIDENT, now=now)
    assert set(refused.value.errors) >= {"model", "birth_date"}
    case.refresh_from_db()
    assert case.is_draft
    assert not Event.objects.filter(kind="cases.submitted").exists()


def test_a_correction_suspends_and_gives_back_the_delays(territory, now, waste_manager):
    case = filed(now)
    before = case.deadlines.get(kind="announced").due_on
    move_case(
        case, "ask", agent=waste_manager.account, actor=waste_manager.actor, now=now, message="Floue", fields=("proof",)
    )
    assert case.waiting_for == "applicant"
    assert case.silence_on is None
    later = now + timedelta(days=3)
    proof = add_document(case, picture("nette.jpg"), actor=RESIDENT, now=later)
    answer_correction(case, {"proof": [proof.key], "model": "worms"}, actor=RESIDENT, now=later)
    assert case.state == "studying"
    assert case.answers["model"] == "wood_300"
    assert case.deadlines.get(kind="announced", closed=False).due_on == before + timedelta(days=3)


def test_a_decision_names_its_author_and_delegation(territory, now, waste_manager):
    case = filed(now)
    with pytest.raises(Refused, match="date de retrait"):
        move_case(case, "accept", agent=waste_manager.account, actor=waste_manager.actor, now=now)
    move_case(
        case,
        "accept",
        agent=waste_manager.account,
        actor=waste_manager.actor,
        now=now,
        agent_values={"pickup_on": "2026-03-21"},
    )
    decision = Decision.objects.get(case=case)
    assert decision.author == waste_manager.account
    assert decision.delegation == "Arrêté 2026-12"
    assert decision.legal_date == date(2026, 3, 10)
    assert outbox.drain(now) > 0


def test_silence_decides_on_its_legal_date_whenever_the_job_runs(territory, now):
    case = filed(now)
    assert run_clock(now + timedelta(days=30)) == 0
    assert run_clock(now + timedelta(days=90)) == 1
    case.refresh_from_db()
    assert case.outcome == "accepted"
    assert Decision.objects.get(case=case).legal_date == date(2026, 5, 10)
    assert run_clock(now + timedelta(days=91)) == 0


def test_withdrawing(territory, now):
    case = withdraw_case(filed(now), actor=RESIDENT, now=now)
    assert case.outcome == "withdrawn"
    with pytest.raises(Refused):
        withdraw_case(case, actor=RESIDENT, now=now)


def test_cases_follow_people_made_one(territory, now):
    case, other = filed(now), filed(now)
    kept = merge_people(case.applicant, other.applicant, actor=RESIDENT, now=now)
    outbox.drain(now)
    other.refresh_from_db()
    assert other.applicant == kept
