"""What silence means, told and kept: its words where a delay is stopped, what nobody does once it has decided."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from bocage.cases.editing.checks import issues
from bocage.cases.engine import (
    AnswerCorrection,
    CaseState,
    Clock,
    Deadline,
    Forward,
    Moment,
    Move,
    Refused,
    Submit,
    Withdraw,
    apply,
    available_transitions,
)
from bocage.cases.models import Case, Decision
from bocage.cases.operations import move_case, run_clock
from bocage.cases.schema import ProcedureDocument
from bocage.messaging.models import Notice
from tests.cases import legal
from tests.cases.legal import filed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]
NB = "\u00a0"
FETCH = {
    "id": "accept_to_fetch",
    "label": "Accorder, à retirer",
    "sources": ["received"],
    "target": "to_fetch_at_the_depot",
    "decision": True,
    "effects": [{"kind": "send_notice", "notice": "decided"}],
}
FETCHED = {"id": "fetched", "label": "Retirée", "sources": ["to_fetch_at_the_depot"], "target": "accepted"}


def sent(case: Case, notice: str) -> Notice:
    found = Notice.objects.filter(subject=case.subject, template__endswith=f".{notice}").order_by("-id").first()
    assert found is not None
    return found


def at(day: date) -> Moment:
    return Moment(datetime.combine(day, time(9), UTC), day)


def in_two_steps(effect: str) -> dict[str, Any]:
    """The small procedure, where what is granted is fetched afterwards."""
    told = legal.body(effect)
    told["workflow"]["states"].append(
        {"id": "to_fetch_at_the_depot", "label": "À retirer", "public": "À retirer", "waiting_for": "other"}
    )
    told["workflow"]["transitions"] += [FETCH, FETCHED]
    return told


# --- Told ------------------------------------------------------------------------------------------------------------
def ask(case: Case, agent: Any, now: datetime, days: int = 30) -> None:
    told: dict[str, Any] = {"message": "Le plan.", "fields": ("proof",), "due_days": days}
    move_case(case, "ask", agent=agent.account, actor=agent.actor, now=now, **told)


def test_a_request_that_silence_rejects_is_never_told_that_silence_accepts_it(now: Any, waste_manager: Any) -> None:
    case = filed(now, "reject", lacking=("proof",))
    ask(case, waste_manager, now)
    run_clock(now + timedelta(days=14))
    told = sent(case, "acknowledgement").body
    assert "acceptée" not in told
    assert "attestation" not in told
    assert f"au plus tard jusqu’au 9{NB}avril 2026" in told
    assert f"votre demande est refusée le 9{NB}juin 2026" in told  # 10 May, and the thirty days given
    assert "tribunal administratif" in told


def test_pieces_asked_of_a_full_request_stop_the_acceptance_and_it_is_told(now: Any, waste_manager: Any) -> None:
    told = legal.body("accept")["notices"]
    told["correction"] = {"title": "Il manque des pièces", "body": "{{ message }} {{ legal_notice }}"}
    case = filed(now, "accept", notices=told)
    ask(case, waste_manager, now)
    assert "2 mois après la réception de ce qui manque" in sent(case, "correction").body


# --- Kept ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "command",
    [
        Move("reject", "agent", reason="Non"),
        Move("ask", "agent", fields=("proof",), message="Le plan."),
        Withdraw(),
        Forward("La mairie"),
    ],
)
def test_nobody_decides_after_silence_has_while_the_clock_is_late(command: Any) -> None:
    document, day = legal.document("accept"), date(2026, 3, 10)
    case = apply(document, CaseState(), Submit(legal.ANSWERS, day), at(day)).case
    last = case.deadline("silence")
    assert last is not None
    if not isinstance(command, Withdraw):  # this procedure has no way to give up
        assert apply(document, case, command, at(last.due_on)).events, "the last day is still the service's"
    with pytest.raises(Refused) as refused:
        apply(document, case, command, at(last.due_on + timedelta(days=1)))
    assert f"le silence a accepté cette demande le 10{NB}mai 2026" in refused.value.message
    blocked = {why for _item, why in available_transitions(document, case, "agent", at(date(2026, 5, 11)))}
    assert blocked == {refused.value.message}
    done = apply(document, case, Clock(), at(date(2026, 6, 1))).case
    assert done.decision is not None
    assert done.decision.legal_date == date(2026, 5, 10)


def test_an_answer_that_comes_after_the_implied_rejection_comes_too_late() -> None:
    document, day = legal.document("reject"), date(2026, 3, 10)
    case = apply(document, CaseState(), Submit(legal.ANSWERS, day), at(day)).case
    case = apply(document, case, Move("ask", "agent", fields=("proof",), message="Le plan.", due_days=10), at(day)).case
    answer = AnswerCorrection({"proof": "Le voici."})
    assert apply(document, case, answer, at(date(2026, 5, 20))).events
    with pytest.raises(Refused, match="le silence a refusé"):
        apply(document, case, answer, at(date(2026, 5, 21)))


@pytest.mark.parametrize("effect", ["accept", "reject"])
def test_what_is_decided_and_not_over_is_not_decided_again_by_silence(effect: str) -> None:
    document, day = ProcedureDocument.model_validate(in_two_steps(effect)), date(2026, 3, 10)
    case = apply(document, CaseState(), Submit(legal.ANSWERS, day), at(day)).case
    case = apply(document, case, Move("accept_to_fetch", "agent"), at(day)).case
    assert case.deadline("silence") is None
    assert case.deadline("announced") is None
    assert apply(document, case, Clock(), at(date(2026, 9, 1))).events == ()
    old = replace(case, state="received", deadlines=(Deadline("silence", date(2026, 5, 10)),))  # of an earlier release
    assert apply(document, old, Clock(), at(date(2026, 9, 1))).case == old


def test_a_decision_leads_to_a_state_of_any_name(now: Any, waste_manager: Any) -> None:
    case = filed(now, "accept", workflow=in_two_steps("accept")["workflow"])
    move_case(case, "accept_to_fetch", agent=waste_manager.account, actor=waste_manager.actor, now=now)
    decision = Decision.objects.get(case=case)
    decision.clean_fields(exclude={"reasons_on"})  # not longer than its column, which PostgreSQL alone refuses
    assert decision.outcome == "to_fetch_at_the_depot"
    assert "Sans réponse" not in sent(case, "decided").body


# --- Thought of while writing ----------------------------------------------------------------------------------------
def warned(told: dict[str, Any]) -> list[str]:
    return [issue.text for issue in issues(told) if issue.level == "warning" and "silence" in issue.text]


def test_a_state_that_silence_does_not_leave_is_told() -> None:
    told = legal.body("reject")
    assert warned(told) == []
    told["workflow"]["states"].append({"id": "committee", "label": "En commission", "public": "En commission"})
    told["workflow"]["transitions"] += [
        {"id": "to_committee", "label": "Présenter", "sources": ["received"], "target": "committee"},
        {"id": "back", "label": "Reprendre", "sources": ["committee"], "target": "received"},
    ]
    assert any("« En commission », le silence ne produit rien" in text for text in warned(told))
    told["workflow"]["transitions"][5]["sources"].append("committee")
    assert told["workflow"]["transitions"][5]["id"] == "silence"
    assert warned(told) == []


def test_waiting_for_an_applicant_stops_the_acceptance_and_a_decision_ends_it() -> None:
    told = in_two_steps("accept")
    assert warned(told) == []  # « waiting » stops the delay, « à retirer » comes after the decision
    del told["workflow"]["transitions"][-2]["decision"]
    assert any("« À retirer », le silence ne produit rien" in text for text in warned(told))


def test_a_button_that_lifts_the_silence_and_decides_nothing_is_told() -> None:
    told = legal.body("accept")
    told["workflow"]["transitions"][2]["effects"] = [{"kind": "close_deadline", "deadline": "silence"}]
    assert any("lève le délai du silence sans rien décider" in text for text in warned(told))
