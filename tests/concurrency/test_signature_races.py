"""The last two who sign do so in the same instant: both have signed, the request moves on once. With a control."""

from typing import Any

import pytest
from django.utils import timezone

from bocage.base.models import Event
from bocage.cases.engine.signatures import digest, waiting
from bocage.cases.models import Case
from bocage.cases.operations import publish
from bocage.cases.operations.signers import sign
from bocage.messaging.models import Notice
from bocage.territory.operations import load_territory
from tests.cases.factories import RESIDENT, filed
from tests.cases.signing import body
from tests.concurrency.conftest import Race
from tests.identity import factories

pytestmark = pytest.mark.processes
LAST = [{"name": f"Signataire {number}", "email": f"s{number}@example.org", "phone": ""} for number in range(2)]


@pytest.fixture
def mormal(race: Race) -> Race:
    """A race in the territory, where the last signature moves the request and tells its applicant."""
    made = body()
    (moved,) = [item for item in made["workflow"]["transitions"] if item["id"] == "all_signed"]
    moved["effects"] = [{"kind": "send_notice", "notice": "receipt"}]
    with race.here():
        load_territory("mormal", now=timezone.now())
        publish(made, actor=factories.SYSTEM, now=timezone.now())
    return race


def _read(pk: int) -> Case:
    return Case.objects.select_related("version__procedure", "procedure").get(pk=pk)


def sign_one(case: Case, row: dict[str, Any]) -> str:
    """Sign on the case as everybody had read it."""
    return sign(case, "parents", digest(row), name=row["name"], channel="web", actor=RESIDENT, now=timezone.now()).state


def naive_sign(case: Case, row: dict[str, Any]) -> str:
    """The same, written over whatever is there."""
    rows = [
        {**one, "signed_at": timezone.now().isoformat()} if one["name"] == row["name"] else one
        for one in case.answers["parents"]
    ]
    Case.objects.filter(pk=case.pk).update(answers={**case.answers, "parents": rows})
    return case.state


def told(case: Case, template: str) -> int:
    return Notice.objects.filter(subject=case.subject, template=template).count()


def test_the_last_two_sign_at_once_and_the_request_moves_once(mormal: Race) -> None:
    for _turn in range(3):
        with mormal.here():
            case = _read(filed(timezone.now(), parents=LAST).pk)
            receipts, links = told(case, "composteur.receipt"), told(case, "cases.signature")
        states = mormal.run(*[(sign_one, case, row) for row in LAST])
        with mormal.here():
            fresh = _read(case.pk)
            assert sorted(states) == ["received", "waiting_signs"], "the last one, and only that one, moves it"
            assert fresh.state == "received"
            assert [row["signed_as"] for row in fresh.answers["parents"]] == [row["name"] for row in LAST]
            events = Event.objects.filter(subject=case.subject)
            assert events.filter(kind="cases.signed").count() == 2
            assert events.filter(kind="cases.moved").count() == 1
            assert told(case, "composteur.receipt") == receipts + 1
            assert told(case, "cases.signature") == links == len(LAST)


def test_a_naive_signature_is_lost(mormal: Race) -> None:
    """The negative control: each writes over the other on what both had read, and the request waits for ever."""
    with mormal.here():
        case = _read(filed(timezone.now(), parents=LAST).pk)
    mormal.run(*[(naive_sign, case, row) for row in LAST])
    with mormal.here():
        fresh = _read(case.pk)
        assert waiting(fresh.version.document, fresh.answers)
