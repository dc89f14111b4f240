"""Where a case is in an organisation's hands, beside its own page: links to sign, the person's page, scans."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bocage.base.models import Event
from bocage.cases.models import Case
from bocage.cases.operations import publish
from bocage.identity.models import Role
from bocage.messaging.models import Notice
from tests.cases.desk import commune, page, sit
from tests.cases.entrusted import HERE, agreed, town_hall
from tests.cases.factories import filed
from tests.cases.signing import PAUL, ZOE
from tests.cases.signing import body as signed_body
from tests.cases.test_desk_entry import scan, send
from tests.conftest import NOW
from tests.identity.factories import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]


def entrusted(sight: str, **answers: Any) -> Case:
    agreed(town_hall(), "counter", sight, HERE)
    return filed(NOW, **answers)


def events(case: Case) -> int:
    return Event.objects.filter(subject=case.subject).count()


def test_whoever_signs_hears_from_who_handles_the_case_and_the_community_does_not_see_it() -> None:
    publish(signed_body(), actor=SYSTEM, now=NOW)
    case = entrusted("figures", parents=[PAUL, ZOE])
    asked = list(Notice.objects.filter(subject=case.subject, template="cases.signature"))
    assert len(asked) == 2
    for notice in asked:
        assert notice.apart
        assert notice.organisation_id == town_hall().pk
        assert "03 27 00 00 01" in notice.body.replace("\u00a0", " ")


def test_who_follows_a_case_does_not_pass_it_from_its_person_s_page() -> None:
    case = entrusted("all")
    client, _account = sit(Role.MANAGER, service="waste")
    _theirs, secretary = sit(Role.RECEPTION, commune=commune(HERE))
    before, address = events(case), reverse("cases_hand_over", args=[case.applicant_id])
    assert "Passer la main" not in page(client.get(reverse("cases_person", args=[case.applicant_id])))
    answer = client.post(address, {"case": case.reference, "assignee": str(secretary.pk), "word": "À vous"})
    assert answer.status_code == 422
    assert events(case) == before
    case.refresh_from_db()
    assert case.assignee is None


def test_the_page_of_someone_asks_no_more_for_more_cases() -> None:
    case = filed(NOW)
    client, _account = sit(Role.MANAGER, service="waste")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("cases_person", args=[case.applicant_id]))
        return len(queries)

    asked()
    one = asked()
    for _more in range(4):
        other = filed(NOW)
        Case.objects.filter(pk=other.pk).update(applicant=case.applicant)
    assert asked() == one


def test_a_paper_scanned_by_who_follows_a_case_goes_to_who_handles_it() -> None:
    case = entrusted("all")
    client, _account = sit(Role.MANAGER, service="waste")
    before = case.documents.count()
    told = page(send(client, scan(f"https://x.example/dossiers/{case.reference}/")))
    assert "en d’autres mains (Guichet de la forêt)" in told
    assert case.documents.count() == before
    theirs, _secretary = sit(Role.RECEPTION, commune=commune(HERE))
    send(theirs, scan(f"https://x.example/dossiers/{case.reference}/"))
    assert case.documents.count() == before + 1
