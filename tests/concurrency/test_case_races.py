"""Cases raced by processes: filed once, decided once, nothing typed lost. With a negative control."""

from collections import Counter

import pytest
from django.db import transaction
from django.utils import timezone

from bocage.base.models import Event
from bocage.cases.engine import Refused
from bocage.cases.models import Case
from bocage.cases.operations import Conflict, move_case, save_answers, submit_case
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Person, Post, Role
from bocage.messaging.models import Notice
from bocage.territory.operations import load_territory
from tests.cases.factories import RESIDENT, draft, filed
from tests.concurrency.conftest import Race

pytestmark = pytest.mark.processes
PROCESSES = 4


@pytest.fixture
def mormal(race: Race) -> Race:
    """A race in the territory."""
    with race.here():
        load_territory("mormal", now=timezone.now())
    return race


def _fresh(pk: int) -> Case:
    return Case.objects.select_related("version__procedure", "procedure", "commune").get(pk=pk)


def submit(pk: int) -> str:
    return submit_case(_fresh(pk), actor=RESIDENT, now=timezone.now()).reference


def naive_submit(pk: int) -> str:
    """What one would write without the compare-and-swap: read, look, then write."""
    case = _fresh(pk)
    if case.is_draft:
        with transaction.atomic():
            person = Person.objects.create(birth_name="Naive", given_names="N", created_at=timezone.now())
            now = timezone.now()
            Case.objects.filter(pk=pk).update(
                state="received", submitted_at=now, received_on=now.date(), applicant=person, pending={}
            )
    return case.reference


def test_four_submissions_at_once_file_one_case_with_one_receipt(mormal: Race) -> None:
    for _round in range(3):
        with mormal.here():
            case = draft(timezone.now())
        references = mormal.run(*[(submit, case.pk)] * PROCESSES)
        with mormal.here():
            assert set(references) == {case.reference}
            assert Event.objects.filter(subject=case.subject, kind="cases.submitted").count() == 1
            assert Notice.objects.filter(subject=case.subject, template="composteur.receipt").count() == 1
            assert Person.objects.filter(cases=case).count() == 1
    with mormal.here():
        assert Person.objects.count() == 3, "a lost race leaves no person behind"


def test_a_naive_submission_doubles(mormal: Race) -> None:
    """The negative control: without the swap, four processes make more than one person for one case."""
    made = 0
    for _round in range(6):
        with mormal.here():
            case = draft(timezone.now())
        mormal.run(*[(naive_submit, case.pk)] * PROCESSES)
        with mormal.here():
            made = max(made, Person.objects.filter(birth_name="Naive").count())
            Case.objects.filter(pk=case.pk).update(applicant=None)
            Person.objects.filter(birth_name="Naive").delete()
        if made > 1:
            return
    pytest.fail("the race that the swap guards against was never seen")


def save(pk: int, field: str, value: str) -> None:
    save_answers(_fresh(pk), {field: value}, now=timezone.now())


def test_fields_saved_at_once_are_all_kept(mormal: Race) -> None:
    values = {"given_names": "Ana", "birth_name": "Belle", "remarks": "Merci", "household_size": "3"}
    with mormal.here():
        case = draft(timezone.now())
    for _attempt in range(3):
        mormal.run(*[(save, case.pk, field, value) for field, value in values.items()])
    with mormal.here():
        assert values.items() <= _fresh(case.pk).answers.items()


def decide(pk: int, account: int, transition: str) -> str:
    agent = Account.objects.get(pk=account)
    try:
        move_case(
            _fresh(pk),
            transition,
            agent=agent,
            actor=actor_of_account(agent),
            now=timezone.now(),
            reason="Parce que",
            agent_values={"pickup_on": timezone.now().date().isoformat()},
        )
    except (Refused, Conflict) as error:
        return type(error).__name__
    return transition


def test_two_agents_decide_once(mormal: Race) -> None:
    with mormal.here():
        account = Account.objects.create(username="manager")
        Post.objects.create(account=account, role=Role.MANAGER, service="waste", starts=timezone.now().date())
        case = filed(timezone.now())
    told = mormal.run(*[(decide, case.pk, account.pk, name) for name in ("accept", "reject", "accept", "reject")])
    counted = Counter(told)
    assert counted["accept"] + counted["reject"] == 1, told
    with mormal.here():
        assert Event.objects.filter(subject=case.subject, kind="cases.decided").count() == 1
