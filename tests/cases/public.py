"""Problems reported, for tests: drafts and filed reports of Mormal's procedure."""

from datetime import datetime
from typing import Any

from bocage.base.actors import Actor
from bocage.cases.models import Case, Procedure
from bocage.cases.operations import publish, save_answers, start_draft, submit_case
from tests.cases.factories import RESIDENT, body

SLUG = "signaler-un-probleme"
LAT, LON = 50.2489, 3.6371
REPORT: dict[str, Any] = {"danger": "non", "category": "road", "blocks": "non", "shown": "oui"}


def spot(lat: float | None = LAT, lon: float = LON, insee: str = "59481") -> dict[str, str]:
    """A place as it is typed, with a point or without."""
    told = {"commune": insee, "description": "Devant chez Marcelle"}
    return told if lat is None else {**told, "lat": f"{lat:.5f}", "lon": f"{lon:.5f}"}


def draft(now: datetime, **answers: Any) -> Case:
    """A report begun by nobody in particular."""
    procedure = Procedure.objects.filter(slug=SLUG).first()
    procedure = procedure or publish(body(SLUG), actor=Actor.system("test"), now=now).procedure
    case, _code = start_draft(procedure, actor=RESIDENT, now=now)
    save_answers(case, {**REPORT, "where": spot(), **answers}, now=now)
    return case


def filed(now: datetime, **answers: Any) -> Case:
    """The same, sent."""
    return submit_case(draft(now, **answers), actor=RESIDENT, now=now)
