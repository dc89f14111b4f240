"""Digital help, from the form filled on line for a mother to the letter in large print."""

from io import BytesIO

import pytest
import time_machine
from django.urls import reverse
from pypdf import PdfReader

from bocage.base import outbox
from bocage.cases import printing
from bocage.identity.models import Role
from bocage.messaging.letters import content
from bocage.messaging.models import Letter
from tests.cases.desk import page, sit
from tests.services.walk import HOME, begin, press, send, step

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("territory")]


@pytest.fixture
def asked(now):
    """A son asks, on line and without account, for his mother who has no e-mail."""
    with time_machine.travel(now, tick=False):
        client, case = begin("aide-numerique", now, lives_here="oui", danger="non")
        fraud = {"_shown": ["lives_here", "danger"], "lives_here": "oui", "danger": "oui", "phone": "06 39 98 00 12"}
        refused = client.post(reverse("procedure_start", args=["aide-numerique"]), fraud)
        assert "Info Escroqueries" in page(refused), "a fraud does not wait for a day"
        helper = {"helper_name": "Paul", "helper_link": "family", "helper_phone": "06 39 98 00 12", "agrees": "oui"}
        step(client, case, "who", for_other="oui", **helper)
        mother = {"given_names": "Suzanne", "birth_name": "Lefebvre", "phone": "03 53 01 00 12", "email": ""}
        step(client, case, "person", **mother, **HOME)
        need = page(client.get(reverse("case_step", args=[case.reference, "need"])))
        assert "Ce que le médiateur ne demande jamais" in need
        step(client, case, "need", topics=["start"], device="tablet", where="home", why_home="health")
        step(client, case, "when", half_days=["mon_am"], limits="oui", remarks="")
        send(client, case)
    return case


def test_the_mediator_gives_a_day_and_the_letter_is_in_large_print(now, asked):
    with time_machine.travel(now, tick=False):
        mediator, _account = sit(Role.MANAGER, service="mediation")
        other, _account = sit(Role.MANAGER, service="waste")
        desk = reverse("cases_desk", args=[asked.reference])
        assert other.get(desk).status_code == 404
        assert "Paul" in page(mediator.get(desk))
        press(mediator, asked, "plan", mediator="Nadia", meet_on="16/03/2026", meet_at="10 h 30")
    assert asked.state == "planned"
    assert asked.applicant_name == "Suzanne Lefebvre", "the request is hers, not her son's"
    outbox.drain(now)
    letter = Letter.objects.select_related("delivery__notice").get(delivery__notice__template="aide-numerique.planned")
    assert letter.delivery.notice.large_print
    if not printing.available():
        return
    text, large = written(letter)
    assert "16 mars 2026" in text
    assert "10 h 30" in text
    letter.delivery.notice.large_print = False
    _text, ordinary = written(letter)
    assert (large, ordinary) == (16, 10.5)


def written(letter):
    """The words of a letter, and the least size of those of its body, in points."""
    sizes: list[float] = []

    def seen(text, user, matrix, _font, size):
        if "médiateur dit" in text or "Préparez" in text:
            sizes.append(round(abs(size * matrix[3] * user[3]), 1))

    pages = PdfReader(BytesIO(content(letter))).pages
    text = " ".join(one.extract_text(visitor_text=seen) for one in pages)
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split()), min(sizes)
