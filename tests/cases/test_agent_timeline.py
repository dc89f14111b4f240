"""The story of a case is told to agents in French, whatever happened to it."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.template import Context, Template

from bocage.base import journal
from bocage.cases import agent_timeline
from bocage.cases.agent_timeline import WORDS, full_timeline
from bocage.cases.privacy import erase_case
from tests.cases.factories import RESIDENT, filed

CASES = Path(agent_timeline.__file__).parent
NOT_OF_A_CASE = {
    *("cases.version_published", "cases.procedure_published", "cases.procedure_opened", "cases.procedure_closed"),
    *("cases.view_saved", "cases.view_removed", "cases.bulk_done", "cases.exported"),
    "cases.draft_discarded",  # it leaves no case to tell of
}


def test_every_event_that_cases_record_has_words() -> None:
    code = "".join(path.read_text() for path in CASES.rglob("*.py") if path.name != "agent_timeline.py")
    kinds = set(re.findall(r'kind="(cases\.[a-z_]+)"', code))
    engine = "".join(path.read_text() for path in (CASES / "engine").glob("*.py"))
    kinds |= {f"cases.{kind}" for kind in re.findall(r'EventRecord\(\s*"([a-z_]+)"', engine)}
    assert len(kinds) > 10
    assert not kinds - WORDS.keys() - NOT_OF_A_CASE


@pytest.mark.django_db
@pytest.mark.usefixtures("territory", "frozen")
def test_what_has_no_words_is_told_without_its_code(now: Any) -> None:
    case = filed(now)
    with transaction.atomic():
        for kind in ("cases.applicant_merged", "cases.of_tomorrow"):
            journal.record(stream="cases", kind=kind, subject=case.subject, actor=RESIDENT, now=now)
    erase_case(case, actor=RESIDENT, now=now)
    told = [line["label"] for line in full_timeline(case)]
    assert "Fiches de la personne réunies ou séparées" in told
    assert "Données de la personne effacées" in told
    assert "Autre événement du dossier" in told
    assert not any("." in line or "_" in line for line in told)


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("{{ value|french_date }}", date(2026, 3, 1), "1er mars 2026"),
        ("{{ value|french_date }}", datetime(2026, 2, 28, 23, 30, tzinfo=UTC), "1er mars 2026"),
        ("{{ value|french_day }}", date(2026, 3, 12), "12 mars"),
        ("{{ value|french_datetime }}", datetime(2026, 3, 1, 16, 30, tzinfo=UTC), "1er mars 2026 à 17 h 30"),
        ("[{{ value|french_date }}{{ value|french_day }}{{ value|french_datetime }}]", None, "[]"),
    ],
)
def test_dates_are_written_as_french_people_do(text: str, value: Any, written: str) -> None:
    assert Template(text).render(Context({"value": value})).replace("\xa0", " ") == written


def test_no_page_of_cases_writes_its_dates_otherwise() -> None:
    pages = [path for path in CASES.rglob("*.html") if re.search(r'\|date:"j F', path.read_text())]
    assert not pages
