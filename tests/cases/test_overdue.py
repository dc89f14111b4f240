"""What a procedure does when a deadline passes: remind, then close without answer; nothing that decides."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from bocage.base.models import Event
from bocage.cases.editing import checks
from bocage.cases.models import Case
from bocage.cases.operations import answer_correction, move_case, run_clock
from bocage.cases.operations.effects import known_effects
from bocage.cases.scenarios import run
from bocage.cases.schema import ProcedureDocument
from bocage.cases.validation import triggers
from bocage.messaging.models import Notice
from tests.cases import legal
from tests.cases.editor import Editor
from tests.cases.factories import RESIDENT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]
RELAUNCH = {
    "id": "overdue_correction",
    "label": "Relancer",
    "sources": ["waiting"],
    "target": "waiting",
    "roles": ["system"],
    "effects": [
        {"kind": "send_notice", "notice": "reminder"},
        {"kind": "set_deadline", "deadline": "last_call", "days": 15},
    ],
}
DROP = {
    "id": "overdue_last_call",
    "label": "Classer sans suite",
    "sources": ["waiting"],
    "target": "dropped",
    "roles": ["system"],
    "effects": [{"kind": "send_notice", "notice": "dropped"}],
}


def body(*more: dict[str, Any], effect: str = "none") -> dict[str, Any]:
    """The small procedure of the legal clock, with these transitions."""
    told = legal.body(effect)
    told["workflow"]["states"].append(
        {"id": "dropped", "label": "Sans suite", "public": "Sans suite", "outcome": "closed"}
    )
    told["workflow"]["transitions"] += [dict(one) for one in more] or [RELAUNCH, DROP]
    told["notices"] |= {
        "reminder": {"title": "Nous attendons toujours", "body": "Répondez."},
        "dropped": {"title": "Sans suite", "body": "Vous pouvez refaire une demande."},
    }
    return told


def waiting(now: Any, agent: Any, *more: dict[str, Any], effect: str = "none") -> Case:
    """A case of which an agent asked for a piece, to be given within ten days."""
    told = body(*more, effect=effect)
    case = legal.filed(now, effect, workflow=told["workflow"], notices=told["notices"])
    return move_case(
        case,
        "ask",
        agent=agent.account,
        actor=agent.actor,
        now=now,
        fields=("proof",),
        message="Le plan ?",
        due_days=10,
    )


def sent(case: Case, notice: str) -> int:
    return Notice.objects.filter(subject=case.subject, template__endswith=f".{notice}").count()


def state(case: Case) -> str:
    return Case.objects.get(pk=case.pk).state


def test_who_does_not_answer_is_reminded_then_the_case_is_closed(now: Any, waste_manager: Any) -> None:
    case = waiting(now, waste_manager)
    run_clock(now + timedelta(days=10))
    assert (state(case), sent(case, "reminder")) == ("waiting", 0)  # its last day is theirs
    for _hour in range(2):
        run_clock(now + timedelta(days=11))
    assert (state(case), sent(case, "reminder")) == ("waiting", 1)
    run_clock(now + timedelta(days=26))
    assert state(case) == "waiting"
    assert run_clock(now + timedelta(days=27)) == 1
    closed = Case.objects.get(pk=case.pk)
    assert (closed.state, closed.outcome, closed.correction) == ("dropped", "closed", None)
    assert not closed.deadlines.filter(closed=False).exists()
    assert not hasattr(closed, "decision")
    assert sent(case, "dropped") == 1
    kinds = Event.objects.filter(subject=case.subject).values_list("kind", flat=True)
    assert list(kinds).count("cases.overdue") == 2


def test_who_answers_after_the_reminder_is_not_closed(now: Any, waste_manager: Any) -> None:
    case = waiting(now, waste_manager)
    run_clock(now + timedelta(days=11))
    case = Case.objects.select_related("version", "procedure").get(pk=case.pk)
    answer_correction(case, {"proof": "Oui, le voici."}, actor=RESIDENT, now=now + timedelta(days=12))
    run_clock(now + timedelta(days=40))
    assert (state(case), sent(case, "dropped")) == ("received", 0)


def test_a_machine_that_was_off_catches_up_in_order(now: Any, waste_manager: Any) -> None:
    case = waiting(now, waste_manager)
    late = now + timedelta(days=60)
    run_clock(late)
    assert (state(case), sent(case, "reminder"), sent(case, "dropped")) == ("waiting", 1, 0)
    run_clock(late + timedelta(days=16))  # fifteen days from the reminder, not from the day it was due
    assert state(case) == "dropped"


def test_a_guard_that_does_not_hold_leaves_it_for_later(now: Any, waste_manager: Any) -> None:
    guarded = {
        **RELAUNCH,
        "guard": {"op": "eq", "args": [{"field": "plan"}, {"value": "autre"}]},
        "guard_reason": "Non.",
    }
    case = waiting(now, waste_manager, guarded, DROP)
    run_clock(now + timedelta(days=11))
    assert sent(case, "reminder") == 0
    assert case.deadlines.filter(kind="correction", closed=False).exists()


def test_a_deadline_set_again_in_the_past_does_not_go_round_for_ever(now: Any, waste_manager: Any) -> None:
    """« Le jour de retour » never moves: the reminder that sets it again leaves once."""
    told = body(
        {
            "id": "lend",
            "label": "Prêter",
            "sources": ["received"],
            "target": "waiting",
            "effects": [{"kind": "set_deadline", "deadline": "back", "due_of": "day"}],
        },
        {
            "id": "overdue_back",
            "label": "Réclamer",
            "sources": ["waiting"],
            "target": "waiting",
            "roles": ["system"],
            "effects": [
                {"kind": "send_notice", "notice": "reminder"},
                {"kind": "set_deadline", "deadline": "back", "due_of": "day"},
            ],
        },
        RELAUNCH,
        DROP,
    )
    fields = [*told["steps"][0]["fields"], {"id": "day", "kind": "date", "label": "Retour", "agent": True}]
    case = legal.filed(
        now, "none", workflow=told["workflow"], notices=told["notices"], steps=[{**told["steps"][0], "fields": fields}]
    )
    move_case(
        case,
        "lend",
        agent=waste_manager.account,
        actor=waste_manager.actor,
        now=now,
        agent_values={"day": (now.date() + timedelta(days=3)).isoformat()},
    )
    for day in range(1, 8):
        run_clock(now + timedelta(days=day))
    assert sent(case, "reminder") == 1


def test_silence_comes_first_and_nothing_follows_it(now: Any, waste_manager: Any) -> None:
    case = waiting(now, waste_manager, {**DROP, "id": "overdue_announced", "sources": ["received"]}, effect="reject")
    run_clock(now + timedelta(days=100))
    assert state(case) == "rejected"
    assert sent(case, "dropped") == 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"id": "overdue_nothing"}, "une échéance que rien ne fixe"),
        ({"target": "rejected"}, "n’accepte ni ne refuse"),
        ({"decision": True}, "n’accepte ni ne refuse"),
    ],
)
def test_what_a_deadline_may_not_do_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises((ValueError, ValidationError), match=told):
        ProcedureDocument.model_validate(body(RELAUNCH, {**DROP, **wrong}))


def test_the_longest_name_is_meant() -> None:
    kinds = ("report", "report_final", "correction")
    assert triggers.overdue_kind("overdue_report_final", kinds) == "report_final"
    assert triggers.overdue_kind("overdue_report_relance", kinds) == "report"
    assert triggers.overdue_kind("overdue_reporting", kinds) == ""
    assert triggers.overdue_kind("report", kinds) == ""


@pytest.mark.parametrize(
    ("days", "state", "passes"), [(26, "waiting", True), (27, "dropped", True), (26, "dropped", False)]
)
def test_a_scenario_lets_the_deadline_pass(days: int, state: str, passes: bool) -> None:
    told = body()
    told["scenarios"] = [
        {
            "id": "no_answer",
            "title": "Personne ne répond",
            "starts_on": "2026-03-10",
            "steps": [
                {"do": "fill", "values": legal.ANSWERS},
                {"do": "submit"},
                {"do": "press", "button": "ask", "fields": ["proof"], "message": "Le plan ?", "due_days": 10},
                {"do": "wait", "days": days},
                {"do": "expect", "state": state},
            ],
        }
    ]  # fmt: skip
    document = ProcedureDocument.model_validate(told)
    assert run(document, document.scenarios[0]).passed is passes


@pytest.mark.parametrize("kind", ["set_deadline", "close_deadline"])
def test_no_button_moves_the_dates_of_the_law(kind: str) -> None:
    told = body()
    for name in ("acknowledgement", "reasons", "correction"):
        told["workflow"]["transitions"][0]["effects"] = [{"kind": kind, "deadline": name, "days": 3}]
        (issue,) = checks.issues(told, effects={kind, "ask_correction", "send_notice", "set_deadline"}, warnings=False)
        assert "que la loi fixe" in issue.text


def test_a_deadline_is_named_in_words_and_takes_a_button(now: Any) -> None:
    editor = Editor().begin()
    asked = {"effects__1__kind": "set_deadline", "effects__1__days": "3"}
    where = "workflow/transitions/ask"
    for name in ("Silence", "Accusé de réception : " + "très " * 10, "…"):
        told = editor.send("item", where, status=422, **asked, effects__1__deadline=name)
        assert "un mot. Exemple : retour" in told
    editor.send("item", where, **asked, effects__1__deadline="Délai d’été")
    assert editor.body["workflow"]["transitions"][0]["effects"][1]["deadline"] == "delai_d_ete"
    late = {"label": "Classer", "sources": ["correcting"], "target": "withdrawn", "roles": ["system"]}
    editor.send("add", "workflow/transitions", **late, taken_when="overdue_delai_d_ete")
    assert not checks.errors(editor.body, effects=known_effects())
