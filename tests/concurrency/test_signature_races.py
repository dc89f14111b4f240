"""Two who sign in the same instant both have, and the request moves once; one who signs while an answer is corrected
has signed what they read, or nothing. With controls."""

from typing import Any

import pytest
from django.utils import timezone

from bocage.base.models import Event
from bocage.cases.engine import Refused
from bocage.cases.engine.signatures import digest, waiting
from bocage.cases.models import Case
from bocage.cases.operations import Conflict, answer_correction, publish
from bocage.cases.operations.signers import sign
from bocage.cases.signers import read_of
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


def correct(case: Case) -> str:
    try:
        answer_correction(case, {"garden_size": "300"}, actor=RESIDENT, now=timezone.now())
    except Conflict:
        return "told"
    return "corrected"


def sign_what_was_read(case: Case, read: str) -> str:
    row = LAST[0]
    who = {"name": row["name"], "channel": "web", "actor": RESIDENT, "now": timezone.now()}
    try:
        sign(case, "parents", digest(row), read=read, **who)
    except Refused as refused:
        return "told" if "read" in refused.errors else refused.message
    return "signed"


def naive_correct(case: Case) -> str:
    """A correction that keeps whatever signatures it finds, as they are."""
    fresh = _read(case.pk)
    Case.objects.filter(pk=case.pk).update(answers={**fresh.answers, "garden_size": "300"})
    return "corrected"


def _to_correct() -> Case:
    """A request of which an answer is to be corrected."""
    case = _read(filed(timezone.now(), parents=LAST).pk)
    told = {"fields": ["garden_size"], "message": "Vérifiez.", "asked_on": "2026-01-01", "due_on": "2099-01-01"}
    Case.objects.filter(pk=case.pk).update(state="correcting", waiting_for="applicant", correction=told)
    return _read(case.pk)


def _false_signatures(case: Case) -> int:
    """How many signatures stand under something else than what was signed."""
    fresh = _read(case.pk)
    says = read_of(fresh)
    return sum("signed_at" in row and row["signed_what"] != says for row in fresh.answers["parents"])


def test_a_signature_and_a_correction_at_once_leave_none_under_what_was_not_signed(mormal: Race) -> None:
    seen = set()
    for _turn in range(6):
        with mormal.here():
            case = _to_correct()
            read = read_of(case)
        told = mormal.run((sign_what_was_read, case, read), (correct, case))
        seen.add(tuple(told))
        with mormal.here():
            assert _false_signatures(case) == 0
    assert seen <= {("signed", "told"), ("told", "corrected")}, "who comes second is told"


def test_a_naive_correction_leaves_a_signature_under_another_text(mormal: Race) -> None:
    """The negative control."""
    with mormal.here():
        case = _to_correct()
        read = read_of(case)
    assert mormal.run((sign_what_was_read, case, read)) == ["signed"]
    mormal.run((naive_correct, case))
    with mormal.here():
        assert _false_signatures(case) == 1


def test_a_naive_signature_is_lost(mormal: Race) -> None:
    """The negative control: each writes over the other on what both had read, and the request waits for ever."""
    with mormal.here():
        case = _read(filed(timezone.now(), parents=LAST).pk)
    mormal.run(*[(naive_sign, case, row) for row in LAST])
    with mormal.here():
        fresh = _read(case.pk)
        assert waiting(fresh.version.document, fresh.answers)
