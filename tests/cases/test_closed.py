"""A procedure that closed: nothing begun before is sent after; what came on paper before is entered all the same."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.cases.engine import Refused
from bocage.cases.models import Case, Procedure
from bocage.cases.operations import start_draft, submit_case
from bocage.identity.models import Role
from tests.cases.desk import commune, page, sit
from tests.cases.entrusted import HERE
from tests.cases.factories import RESIDENT, composter, draft
from tests.cases.test_desk_entry import begin, form_url, picture, posted, scan, send
from tests.cases.test_legal import opened
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
YESTERDAY = NOW.date() - timedelta(days=1)


def close(**told: Any) -> None:
    Procedure.objects.update(**told)


@pytest.mark.parametrize("told", [{"is_open": False}, {"closes_on": YESTERDAY}], ids=["closed", "before the job"])
def test_a_draft_is_not_sent_after_the_last_day(client: Client, told: dict[str, Any]) -> None:
    begun = draft(NOW)
    close(**told)
    browser, address = opened(client, begun), reverse("case_check", args=[begun.reference])
    shown = page(browser.get(address))
    assert "Cette démarche est fermée" in shown
    assert "Envoyer ma demande" not in shown
    assert browser.post(address).status_code == 422
    with pytest.raises(Refused, match="ne peut plus être envoyée"):
        submit_case(Case.objects.get(), actor=RESIDENT, now=NOW)
    assert Case.objects.get().is_draft, "its answers are kept"


def test_it_is_sent_on_the_last_day(client: Client) -> None:
    begun = draft(NOW)
    close(closes_on=NOW.date())
    assert opened(client, begun).post(reverse("case_check", args=[begun.reference])).status_code == 302


def test_nobody_begins_after_the_last_day_whatever_the_hour_of_the_job() -> None:
    procedure = composter(NOW)
    close(closes_on=YESTERDAY)
    procedure.refresh_from_db()
    with pytest.raises(Refused, match="fermée"):
        start_draft(procedure, actor=RESIDENT, now=NOW)


def test_a_paper_that_came_in_time_is_entered_afterwards() -> None:
    composter(NOW)
    client, _account = sit(Role.RECEPTION, commune=commune(HERE))
    close(is_open=False)
    assert "Commander un composteur" not in page(client.get(reverse("cases_counter")))
    assert "Saisissez seulement ce qui est arrivé avant" in page(client.get("/bureau/saisie/composteur/"))
    entered = begin(client)
    assert client.post(form_url(entered), posted(proof=picture())).status_code == 302
    assert Case.objects.get(pk=entered.pk).received_on == date(2026, 3, 3)
    send(client, scan("/bureau/saisie/composteur/"))
    assert Case.objects.filter(state="", entered_by__isnull=False).count() == 1


def test_what_is_not_open_yet_is_not_entered() -> None:
    procedure = composter(NOW)
    client, account = sit(Role.RECEPTION, commune=commune(HERE))
    close(is_open=False, opens_on=NOW.date() + timedelta(days=3))
    procedure.refresh_from_db()
    assert client.get("/bureau/saisie/composteur/").status_code == 404
    with pytest.raises(Refused, match="fermée"):
        start_draft(procedure, actor=RESIDENT, now=NOW, entered_by=account)
