"""What cases keep of people: told, erased after its time, without breaking the journal."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.db import transaction

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


def test_what_is_left_over_of_a_night_is_erased_the_next_one_whatever_breaks(now, monkeypatch, caplog):
    cases = [filed(now) for _number in range(4)]
    for days, case in enumerate(cases):
        withdraw_case(case, actor=RESIDENT, now=now)
        Case.objects.filter(pk=case.pk).update(closed_on=now.date() - timedelta(days=days))  # the last one first
    monkeypatch.setattr(privacy, "SLICE", 2)
    erase, later = privacy.erase_case, now + timedelta(days=740)

    def broken(case, **who):
        erase(case, **who)
        if case.pk == cases[3].pk:
            raise OSError("the storage is away")

    monkeypatch.setattr(privacy, "erase_case", transaction.atomic(broken))
    assert privacy.retention(later) == 1
    assert "not erased" in caplog.text
    monkeypatch.setattr(privacy, "erase_case", erase)

    def left():
        return [case.pk for case in cases if Case.objects.get(pk=case.pk).answers]

    assert left() == [cases[0].pk, cases[1].pk, cases[3].pk]
    assert privacy.retention(later) == 2
    assert left() == [cases[0].pk]
    assert [privacy.retention(later), privacy.retention(later)] == [1, 0]


def test_erasing_someone_keeps_their_running_cases(now):
    case = filed(now)
    privacy.erase(case.applicant, RESIDENT, now)
    assert Case.objects.get(pk=case.pk).answers
