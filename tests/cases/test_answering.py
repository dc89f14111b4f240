"""An answer that comes on paper or by telephone is worth one given online: an agent enters it, at the day it came."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from bocage.base.models import Event
from bocage.cases.engine import Refused
from bocage.cases.models import Case
from bocage.cases.operations import answer_correction, move_case, run_clock
from bocage.cases.sealing import open_answers
from bocage.identity.models import Role
from bocage.messaging.models import Notice
from tests.cases.desk import commune, page, sit
from tests.cases.entrusted import HERE, agreed, town_hall
from tests.cases.factories import RESIDENT, picture
from tests.cases.factories import filed as composter_filed
from tests.cases.legal import filed
from tests.conftest import NOW
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
LATER = NOW + timedelta(days=20)
CAME = date(2026, 3, 20)


def ask(case: Case, agent: Any, *fields: str) -> None:
    told: dict[str, Any] = {"message": "Le plan.", "fields": fields, "due_days": 60}
    move_case(case, "ask", agent=agent.account, actor=agent.actor, now=NOW, **told)


def entered(case: Case, agent: Any, values: dict[str, Any], on: date = CAME) -> Case:
    case = Case.objects.get(pk=case.pk)
    return answer_correction(case, values, actor=agent.actor, author=agent.account, received_on=on, now=LATER)


# --- The law ---------------------------------------------------------------------------------------------------------
def test_the_delay_starts_on_the_day_the_pieces_came(waste_manager: Any) -> None:
    case = filed(NOW, "accept", lacking=("proof",))
    ask(case, waste_manager, "proof")
    case = entered(case, waste_manager, {"proof": "Le voici."})
    assert (case.complete, case.missing, case.state) == (True, [], "received")
    assert case.silence_on == date(2026, 5, 20)
    assert Notice.objects.filter(subject=case.subject, template__endswith=".acknowledgement").count() == 1
    assert case.answered_at is None, "whoever entered it has read it"
    run_clock(NOW + timedelta(days=90))
    assert Case.objects.get().outcome == "accepted"


def test_the_rejection_was_stopped_until_the_day_they_came(waste_manager: Any) -> None:
    case = filed(NOW, "reject", lacking=("proof",))
    ask(case, waste_manager, "proof")
    assert entered(case, waste_manager, {"proof": "Le voici."}).silence_on == date(2026, 5, 20)  # ten days later


def test_what_lacked_may_come_before_it_is_asked_for(waste_manager: Any) -> None:
    case = filed(NOW, "accept", lacking=("proof", "plan"))
    case = entered(case, waste_manager, {"proof": "Le voici.", "given_names": "Autre"})
    assert case.missing == ["plan"]
    assert case.silence_on is None
    assert open_answers(case.answers)["given_names"] == "Marcelle", "nothing else changes"
    case = entered(case, waste_manager, {"plan": "Des haies."})
    assert case.complete
    assert case.silence_on == date(2026, 5, 20)
    with pytest.raises(Refused, match="Aucune correction"):
        entered(case, waste_manager, {"plan": "Des haies."})


@pytest.mark.parametrize("on", [NOW.date() - timedelta(days=1), LATER.date() + timedelta(days=1)])
def test_a_day_before_the_request_or_in_the_future_is_refused(on: date, waste_manager: Any) -> None:
    case = filed(NOW, "accept", lacking=("proof",))
    with pytest.raises(Refused) as refused:
        entered(case, waste_manager, {"proof": "Le voici."}, on)
    assert "received_on" in refused.value.errors


def test_online_nothing_comes_that_was_not_asked_for() -> None:
    case = filed(NOW, "accept", lacking=("proof",))
    with pytest.raises(Refused, match="Aucune correction"):
        answer_correction(case, {"proof": "Le voici."}, actor=RESIDENT, now=LATER)


# --- At the desk -----------------------------------------------------------------------------------------------------
def test_an_agent_enters_it_with_its_papers(waste_manager: Any) -> None:
    case = composter_filed(NOW)
    ask(case, waste_manager, "proof", "household_size")
    client, account = sit(Role.RECEPTION, commune=commune(HERE))
    desk = reverse("cases_desk", args=[case.reference])
    with time_machine.travel(LATER, tick=False):
        client.force_login(account)
        client.post(reverse("cases_add_documents", args=[case.reference]), {"files": [picture("guichet.jpg")]})
        address = reverse("cases_answer", args=[case.reference])
        assert address in page(client.get(desk))
        shown = page(client.get(address))
        assert "« guichet.jpg », déjà ajouté au dossier, est" in shown
        paper = case.documents.get(source="scan")
        told = {"_shown": ["proof", "household_size"], "household_size": "5", f"scan.{paper.key}": "proof"}
        told |= {"received_on": "20/03/2026"}
        assert client.post(address, told).status_code == 422, "how it came is wanted"
        assert client.post(address, {**told, "channel": "counter", "revision": "0"}).status_code == 409
        assert client.post(address, {**told, "channel": "counter", "proof.keep": paper.key}).status_code == 302
    case = Case.objects.get()
    answers = open_answers(case.answers)
    assert answers["household_size"] == "5"
    assert answers["proof"][1:] == [paper.key]
    assert case.state == "studying"
    assert Event.objects.get(subject=case.subject, kind="cases.correction_answered").actor.startswith("account:")
    assert client.get(reverse("cases_answer", args=[case.reference])).status_code == 404


def test_who_only_follows_a_case_enters_nothing() -> None:
    agreed(town_hall(), "counter", "all", HERE)
    case = composter_filed(NOW)
    Case.objects.update(missing=["training"], complete=False)
    case.refresh_from_db()
    client, account = sit(Role.MANAGER, service="waste")
    address = reverse("cases_answer", args=[case.reference])
    assert address not in page(client.get(reverse("cases_desk", args=[case.reference])))
    client.post(address, {"_shown": ["training"], "training": "oui", "channel": "post", "received_on": "10/03/2026"})
    assert not Event.objects.filter(kind="cases.correction_answered").exists()
    with pytest.raises(Refused, match="pas de votre service"):
        answer_correction(case, {}, actor=factories.SYSTEM, author=account, received_on=NOW.date(), now=NOW)
