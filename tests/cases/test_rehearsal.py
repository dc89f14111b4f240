"""A draft tried on the engine goes as life would: time that passes, the law’s own notices, stories of another draft."""

from datetime import date
from typing import Any

import pytest

from bocage.cases.editor_views.rehearsal import Rehearsal, Story
from bocage.cases.scenarios import run
from bocage.cases.scenarios.recording import record
from bocage.cases.schema import ProcedureDocument
from bocage.cases.schema_parts import Scenario
from tests.cases import legal
from tests.cases.test_overdue import body

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]
LACKING = {key: value for key, value in legal.ANSWERS.items() if key != "proof"}


def played(document: ProcedureDocument, *acts: dict[str, Any]) -> Rehearsal:
    play = Rehearsal(document, Story(date(2026, 3, 10)))
    for act in acts:
        assert play.do(act), play.refused
    return play


def kept(play: Rehearsal) -> dict[str, Any]:
    """What was done, recorded, kept in the procedure and told again."""
    told = record(play.document, play.done, scenario_id="story", title="Une histoire")
    body = play.document.model_dump(mode="json") | {"scenarios": [told]}
    report = run(ProcedureDocument.model_validate(body), Scenario.model_validate(told))
    assert report.passed, report.reason
    return told


def test_time_stops_in_the_preview_where_something_falls_due() -> None:
    document = ProcedureDocument.model_validate(body())
    ask = {"do": "press", "button": "ask", "role": "agent", "fields": ["proof"], "message": "Le plan ?", "due_days": 10}
    play = played(document, {"do": "submit", "values": legal.ANSWERS}, ask, {"do": "wait", "days": 60})
    assert play.case.state == "dropped"
    assert play.day == date(2026, 5, 9)
    assert [notice["title"] for notice in play.told[-1].notices] == ["Nous attendons toujours", "Sans suite"]
    waits = [step["until"] for step in kept(play)["steps"] if step["do"] == "wait"]
    assert waits == ["2026-03-21", "2026-04-06", "2026-05-09"]


def test_the_acknowledgement_is_seen_in_the_preview_and_kept_in_a_scenario() -> None:
    play = played(
        legal.document("reject"),
        {"do": "submit", "values": LACKING, "incomplete": True},
        {"do": "press", "button": "ask", "role": "agent", "fields": ["proof"], "message": "Le plan ?", "due_days": 30},
        {"do": "wait", "days": 20},
    )
    (told,) = play.told[-1].notices
    words = str(told)
    assert "Il manque à votre demande" in words
    assert "Le plan de situation" in words
    assert "Service chargé de votre dossier" in words
    assert "refusée le 9" in words
    assert "acceptée" not in words
    assert {"do": "expect", "notice": "acknowledgement"} in kept(play)["steps"]


@pytest.mark.parametrize("act", [{"do": "sign"}, {"do": "settle", "told": {}}])
def test_a_story_about_a_field_that_is_gone_is_told_all_the_same(act: dict[str, Any]) -> None:
    story = Story(date(2026, 3, 10), acts=[{**act, "field": "gone"}])
    play = Rehearsal(legal.document("accept"), story)
    assert "gone" in play.told[0].text
