"""Mormal's procedures: their scenarios pass, and each change that matters makes one fail."""

import pytest
from django.conf import settings

from bocage.cases.editing.checks import issues
from bocage.cases.editing.edits import get, put
from bocage.cases.scenarios import run_all
from bocage.cases.schema import ProcedureDocument
from tests.cases.factories import body, document

SLUGS = sorted(path.stem for path in (settings.TERRITORY_ROOT / "mormal" / "procedures").glob("*.json"))
NEVER = {"value": False}


@pytest.mark.parametrize("slug", SLUGS)
def test_its_scenarios_pass_and_nothing_in_it_is_unsound(slug):
    reports = run_all(document(slug))
    assert [(report.scenario, report.reason) for report in reports if not report.passed] == []
    assert len(reports) >= 8
    assert [issue for issue in issues(body(slug)) if issue.level == "error"] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_every_state_notice_and_button_is_told_by_a_scenario(slug):
    told = document(slug)
    steps = [step for scenario in told.scenarios for step in scenario.steps]
    states = {step.state for step in steps}
    finals = {state.id for state in told.workflow.states if state.final} - states
    outcomes = {step.outcome for step in steps}
    assert {state.id for state in told.workflow.states if state.id in finals and state.outcome not in outcomes} == set()
    pressed = {step.button for step in steps}
    by_hand = {item.id for item in told.workflow.transitions if item.roles != ("system",)}
    assert by_hand - pressed - {"stop_waiting"} == set()


def test_every_letter_of_the_digital_help_is_in_large_print():
    assert all(notice.large_print for notice in document("aide-numerique").notices.values())


def broken(slug, place, **keys):
    return slug, put(body(slug), place, {**get(body(slug), place), **keys})


MOVES = "workflow/transitions"
CARD, BIN, AID, GRANT = "carte-decheterie", "bac-roulant", "aide-numerique", "subvention-association"
REPORT, NEWS = "signaler-un-probleme", {"kind": "set_deadline", "deadline": "news", "days": 30}
BREAKS = {
    "card: no proof": (broken(CARD, "steps/home/fields/proof", required=False), "proof"),
    "card: any plate": (
        broken(
            CARD,
            "steps/vehicles_step/fields/vehicles",
            fields=[
                {"id": "plate", "kind": "text", "label": "Immatriculation"},
                get(body(CARD), "steps/vehicles_step/fields/vehicles")["fields"][1],
            ],
        ),
        "plate",
    ),
    "card: plates on foot": (broken(CARD, "steps/vehicles_step/fields/vehicles", show=None), "walk"),
    "card: two vans": (broken(CARD, "rules/0", when=NEVER), "two_vans"),
    "card: van without paper": (broken(CARD, "steps/vehicles_step/fields/van_paper", show=NEVER), "van"),
    "card: businesses": (broken(CARD, "eligibility/whose", refuse=NEVER), "business"),
    "card: strangers": (broken(CARD, "eligibility/lives_here", refuse=NEVER), "elsewhere"),
    "card: unchecked": (broken(CARD, f"{MOVES}/accept", guard=None), "unchecked"),
    "card: accepted without a card": (
        broken(CARD, f"{MOVES}/accept", effects=[{"kind": "send_notice", "notice": "issued"}]),
        "first",
    ),
    "card: silence without a card": (broken(CARD, f"{MOVES}/silence_accepts", effects=[]), "silence"),
    "card: void for all": (broken(CARD, f"{MOVES}/void_old", guard=None), "renewal"),
    "card: void at the counter": (broken(CARD, f"{MOVES}/void_old", roles=["manager"]), "lost"),
    "card: agents refuse": (broken(CARD, f"{MOVES}/reject", roles=["agent", "manager"]), "refusal"),
    "card: refusal unsaid": (broken(CARD, f"{MOVES}/reject", effects=[]), "refusal"),
    "card: silence": (broken(CARD, "settings", silence={"effect": "none"}), "silence"),
    "card: delay": (broken(CARD, "settings", announced_days=8), "first"),
    "bin: no proof": (broken(BIN, "steps/home/fields/proof", show=NEVER), "new_proof"),
    "bin: no photo": (broken(BIN, "steps/bin/fields/photo", show=NEVER), "repair"),
    "bin: which part": (broken(BIN, "steps/bin/fields/part_other", required=False), "repair_other"),
    "bin: two at once": (broken(BIN, "rules/2", when=NEVER), "repair_two"),
    "bin: larger for nothing": (broken(BIN, "rules/0", when=NEVER), "larger_enough"),
    "bin: litres of a home": (
        broken(BIN, "tables/household", rows={f"p{count}": {"litres": 120} for count in range(1, 7)}),
        "larger",
    ),
    "bin: nobody to call": (broken(BIN, "rules/1", when=NEVER), "larger_call"),
    "bin: stolen tomorrow": (broken(BIN, "steps/bin/fields/stolen_on", maximum=None), "stolen_tomorrow"),
    "bin: no date": (broken(BIN, f"{MOVES}/plan", guard=None), "new"),
    "bin: no number": (broken(BIN, f"{MOVES}/finish", guard=None), "stolen"),
    "bin: a move unsaid": (broken(BIN, f"{MOVES}/move_visit", effects=[]), "moved"),
    "bin: no reason": (broken(BIN, f"{MOVES}/missed", reason="optional"), "moved"),
    "bin: shared": (broken(BIN, "eligibility/shared", refuse=NEVER), "shared"),
    "bin: too late to give up": (broken(BIN, f"{MOVES}/withdraw", sources=["received"]), "withdrawal"),
    "bin: silence": (broken(BIN, "settings", silence={"effect": "none"}), "silence"),
    "aid: no device on the telephone": (broken(AID, "rules/0", when=NEVER), "no_device"),
    "aid: a fraud waits": (broken(AID, "eligibility/danger", refuse=NEVER), "danger"),
    "aid: strangers": (broken(AID, "eligibility/lives_here", refuse=NEVER), "elsewhere"),
    "aid: without their accord": (broken(AID, "steps/who/fields/agrees", show=NEVER), "helper"),
    "aid: a helper nobody can call": (broken(AID, "steps/who/fields/helper_phone", required=False), "helper_phone"),
    "aid: no telephone": (broken(AID, "steps/person/fields/phone", required=False), "reach"),
    "aid: limits unread": (broken(AID, "steps/when/fields/limits", show=NEVER), "limits"),
    "aid: why at home": (broken(AID, "steps/need/fields/why_home", required=False), "why"),
    "aid: why on the telephone": (broken(AID, "steps/need/fields/why_home", show=None), "phone"),
    "aid: something else": (broken(AID, "steps/need/fields/topic_other", required=False), "other"),
    "aid: no day": (broken(AID, f"{MOVES}/plan", guard=None), "home"),
    "aid: a day unsaid": (broken(AID, f"{MOVES}/plan", effects=[]), "home"),
    "aid: silence accepts": (
        broken(AID, "settings", silence={"effect": "accept", "months": 2, "source": "CRPA, art. L231-1"}),
        "silence",
    ),
    "aid: silence forgets who waits": (
        broken(AID, f"{MOVES}/silence_rejects", sources=["received", "studying"]),
        "correction_late",
    ),
    "grant: unbalanced": (broken(GRANT, "rules/0", when=NEVER), "unbalanced"),
    "grant: volunteers on one side": (broken(GRANT, "rules/1", when=NEVER), "voluntary"),
    "grant: more than it costs": (broken(GRANT, "rules/2", when=NEVER), "too_much"),
    "grant: no number": (broken(GRANT, "rules/3", when=NEVER), "no_number"),
    "grant: any account": (broken(GRANT, "steps/bank/fields/iban", format=""), "wrong_iban"),
    "grant: no contract": (broken(GRANT, "steps/commit/fields/cer", show=NEVER), "no_contract"),
    "grant: statutes for nothing": (broken(GRANT, "steps/bank/fields/statutes", required=False), "no_papers"),
    "grant: president unheard": (
        broken(GRANT, f"{MOVES}/to_committee", guard={"op": "is_filled", "args": [{"field": "committee_on"}]}),
        "president",
    ),
    "grant: voted without a number": (broken(GRANT, f"{MOVES}/refuse", guard=None), "refused"),
    "grant: large without agreement": (broken(GRANT, f"{MOVES}/grant", guard=None), "large"),
    "grant: agreement for all": (broken(GRANT, f"{MOVES}/grant_agreement", guard=None), "threshold"),
    "grant: year forgotten": (
        broken(GRANT, f"{MOVES}/grant", guard={"op": "le", "args": [{"field": "voted"}, {"value": 2300000}]}),
        "year",
    ),
    "grant: agreement unissued": (broken(GRANT, f"{MOVES}/grant_agreement", effects=[]), "large"),
    "grant: paid unsigned": (broken(GRANT, f"{MOVES}/agreement_signed", guard=None), "large"),
    "grant: paid too much": (broken(GRANT, f"{MOVES}/pay", guard=None), "small"),
    "grant: report without a date": (broken(GRANT, f"{MOVES}/pay", effects=[]), "small"),
    "grant: late too early": (broken(GRANT, f"{MOVES}/overdue_correction", guard=None), "late"),
    "grant: unheard": (broken(GRANT, f"{MOVES}/reclaim", guard=None), "reclaimed"),
    "grant: report unread": (broken(GRANT, f"{MOVES}/close", guard=None), "small"),
    "grant: silence": (broken(GRANT, "settings", silence={"effect": "none"}), "silence"),
    "grant: silence stops at the committee": (
        broken(GRANT, f"{MOVES}/silence_rejects", sources=["received", "studying"]),
        "silence",
    ),
    "grant: reasons compulsory": (broken(GRANT, "settings", reasons_compulsory=True), "refused"),
    "report: a danger waits": (broken(REPORT, "eligibility/danger", refuse=NEVER), "danger"),
    "report: nowhere": (broken(REPORT, "steps/place/fields/where", required=False), "nowhere"),
    "report: seen unasked": (broken(REPORT, "steps/news/fields/shown", required=False), "choose"),
    "report: anything": (broken(REPORT, "steps/what/fields/other_what", required=False), "other"),
    "report: names wanted": (broken(REPORT, "steps/news/fields/email", required=True), "nobody"),
    "report: passed to nobody": (broken(REPORT, f"{MOVES}/pass_on", guard=None), "whole"),
    "report: passed unsaid": (broken(REPORT, f"{MOVES}/pass_on", effects=[NEWS]), "whole"),
    "report: no day": (broken(REPORT, f"{MOVES}/plan", guard=None), "whole"),
    "report: the day moves in silence": (broken(REPORT, f"{MOVES}/plan", sources=["received", "passed"]), "whole"),
    "report: mended unsaid": (broken(REPORT, f"{MOVES}/mend", effects=[]), "nobody"),
    "report: mended after a promise only": (broken(REPORT, f"{MOVES}/mend", sources=["passed", "planned"]), "nobody"),
    "report: no reason": (broken(REPORT, f"{MOVES}/decline", guard=None), "declined"),
    "report: reason unsaid": (broken(REPORT, f"{MOVES}/decline", effects=[]), "declined"),
    "report: the counter asks nothing": (broken(REPORT, f"{MOVES}/ask", roles=["agent", "manager"]), "precision"),
    "report: waits for ever": (broken(REPORT, f"{MOVES}/stop_waiting", roles=["system"]), "precision"),
    "report: passed for good": (broken(REPORT, f"{MOVES}/take_back", roles=["system"]), "take_back"),
    "report: theirs no more": (broken(REPORT, f"{MOVES}/withdraw", roles=["agent", "manager"]), "withdrawn"),
    "report: joined unsaid": (broken(REPORT, f"{MOVES}/joined", effects=[]), "joined"),
    "report: joined for good": (broken(REPORT, f"{MOVES}/separate", roles=["system"]), "apart"),
    "report: news kept from who joined": (broken(REPORT, f"{MOVES}/other_planned", effects=[]), "joined"),
    "report: mended for the first only": (broken(REPORT, f"{MOVES}/other_mended", target="joined"), "joined"),
    "report: given up for all": (broken(REPORT, f"{MOVES}/other_withdrawn", target="withdrawn"), "apart"),
    "report: nobody chases": (broken(REPORT, f"{MOVES}/overdue_news", sources=["received"]), "chased"),
    "report: chased for ever": (broken(REPORT, f"{MOVES}/pass_on", sources=["received"]), "chased"),
    "report: the day passes unseen": (broken(REPORT, f"{MOVES}/overdue_visit", sources=["passed"]), "chased"),
    "report: a day passed is for good": (
        broken(REPORT, f"{MOVES}/plan", sources=["received", "passed", "chase", "planned"]),
        "chased",
    ),
    "report: delay": (broken(REPORT, "settings", announced_days=8), "whole"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BREAKS)
def test_a_change_that_matters_makes_its_scenario_fail(name):
    (_slug, told), wanted = BREAKS[name]
    failed = {
        report.scenario: report for report in run_all(ProcedureDocument.model_validate(told)) if not report.passed
    }
    assert wanted in failed
    assert failed[wanted].reason
