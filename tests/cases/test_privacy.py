"""What cases keep of people: told, erased after its time, without breaking the journal."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages

from bocage.base import journal
from bocage.base.models import Event, Payload
from bocage.cases import privacy
from bocage.cases.models import Case
from bocage.cases.operations import withdraw_case
from bocage.search.queries import case_ids_matching
from tests.cases.factories import RESIDENT, filed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]


def test_the_export_says_what_was_answered(now):
    case = filed(now)
    told = privacy.export(case.applicant)["demandes"][0]
    assert told["reference"] == case.reference
    assert any(facts.get("Modèle") == "Bois, 300 litres" for facts in told["reponses"])


def test_a_case_is_erased_after_its_time_counted_from_its_end(now, django_capture_on_commit_callbacks):
    case = filed(now)
    path = case.documents.get().path
    withdraw_case(case, actor=RESIDENT, now=now)
    assert privacy.retention(now + timedelta(days=700)) == 0
    journal.seal(now + timedelta(days=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert privacy.retention(now + timedelta(days=740)) == 1
    case.refresh_from_db()
    assert case.answers == {}
    assert case.applicant is None
    assert case.outcome == "withdrawn"
    assert not storages["private"].exists(path)
    assert not case_ids_matching("Delattre")
    assert not Payload.objects.filter(event__subject=case.subject, event__kind="cases.moved").exists()
    assert Event.objects.filter(subject=case.subject).count() >= 4
    assert journal.verify().ok
    assert privacy.retention(now + timedelta(days=741)) == 0


def test_erasing_someone_keeps_their_running_cases(now):
    case = filed(now)
    privacy.erase(case.applicant, RESIDENT, now)
    assert Case.objects.get(pk=case.pk).answers
