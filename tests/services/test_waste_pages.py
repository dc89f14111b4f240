"""Cards and bins page by page: asked for on line, answered at the desk, told to the person."""

import pytest
import time_machine
from django.urls import reverse

from bocage.identity.models import Role
from bocage.messaging.models import Notice
from tests.cases.desk import page, sit
from tests.services.walk import HOME, PERSON, begin, press, send, step

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("territory")]


@pytest.fixture(autouse=True)
def today(now):
    """Time stands still."""
    with time_machine.travel(now, tick=False):
        yield


def told(case, notice):
    return Notice.objects.get(subject=case.subject, template__endswith=f".{notice}")


def test_a_card_from_the_form_to_the_pdf_and_its_check(now):
    client, case = begin("carte-decheterie", now, lives_here="oui", whose="home")
    step(client, case, "request", request="first")
    step(client, case, "person", **PERSON)
    step(client, case, "home", files=("proof",), **HOME, home_kind="main")
    wrong = {"_shown": ["comes_by", "vehicles"], "comes_by": "vehicle", "vehicles.0.plate": "AB-123-C"}
    answer = client.post(
        reverse("case_step", args=[case.reference, "vehicles_step"]), {**wrong, "vehicles.0.kind": "car"}
    )
    assert answer.status_code == 422
    assert "comme sur la plaque" in page(answer)
    plate = {"vehicles.0.plate": "ab123cd", "vehicles.0.kind": "car"}
    step(client, case, "vehicles_step", comes_by="vehicle", remarks="", statement="oui", **plate)
    send(client, case)
    agent, _account = sit(Role.AGENT, service="waste")
    blocked = page(agent.get(reverse("cases_desk", args=[case.reference])))
    assert "Vérifiez d’abord le justificatif" in blocked
    press(agent, case, "accept", proof_checked="oui")
    card = case.issued.get()
    assert card.number in told(case, "issued").body
    shown = page(client.get(reverse("case_page", args=[case.reference])))
    assert f"Numéro {card.number}" in shown
    paper = client.get(reverse("case_issued", args=[case.reference, card.number]))
    assert paper["Content-Type"] == "application/pdf" or paper.status_code == 302
    stranger = client.get(reverse("issued_check", args=[card.number]))
    assert "Valable" in page(stranger)
    assert "Delattre" not in page(stranger)


def test_a_wheel_is_mended_on_the_day_that_was_told(now):
    client, case = begin("bac-roulant", now, lives_here="oui", shared="non")
    step(client, case, "bin", files=("photo",), need="repair", bins=["sorting"], bin_number="", parts=["wheel"])
    step(client, case, "person", **PERSON)
    step(client, case, "home", **HOME, remarks="Portail vert", statement="oui")
    send(client, case)
    assert "Une réparation" in told(case, "receipt").body
    manager, _account = sit(Role.MANAGER, service="waste")
    press(manager, case, "plan", visit_on="16/03/2026", visit_half="morning")
    planned = told(case, "planned")
    assert planned.title == "L’équipe passe le 16 mars 2026 pour votre bac"
    assert "le matin, de 8 h à 12 h" in planned.body.replace("\u00a0", " ")
    assert "12 rue de l’Église" in planned.body
    press(manager, case, "missed", reason="Portail fermé")
    press(manager, case, "plan", visit_on="18/03/2026", visit_half="afternoon")
    press(manager, case, "finish", done_what="Roue changée")
    assert case.outcome == "accepted"
    assert told(case, "done")


def test_a_bin_of_the_right_size_is_told_before_it_is_asked_for(now):
    client, case = begin("bac-roulant", now, lives_here="oui", shared="non")
    step(client, case, "bin", need="larger", bins=["household"], bin_number="", current="l180")
    step(client, case, "person", **PERSON)
    answers = {**HOME, "people": "p3", "more_room": "non", "remarks": "", "statement": "oui"}
    shown = sorted({key.split(".")[0] for key in answers})
    client.post(reverse("case_step", args=[case.reference, "home"]), {"_shown": shown, **answers})
    client.post(reverse("case_check", args=[case.reference]), {"confirm": "oui"})
    case.refresh_from_db()
    assert case.is_draft
    assert "déjà le volume prévu" in page(client.get(reverse("case_check", args=[case.reference])))
