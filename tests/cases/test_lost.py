"""Every cookie lost in the middle of a step: what was typed comes back once the case is open again."""

import pytest
from django.test import Client
from django.urls import reverse

from bocage.cases.models import Case
from bocage.cases.operations import start_draft
from bocage.territory.queries import short_name, territory
from tests.cases.factories import RESIDENT, composter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]
TYPED = {"_shown": ["given_names"], "given_names": "Huguette", "csrfmiddlewaretoken": "x" * 64}


def test_what_was_typed_waits_behind_the_code(now):
    case, code = start_draft(composter(now), actor=RESIDENT, now=now)
    url = reverse("case_step", args=[case.reference, "person"])
    client = Client(enforce_csrf_checks=True)
    answer = client.post(url, TYPED)
    assert answer.status_code == 302
    assert answer.url.startswith("/suivi/")
    assert "Huguette" not in str(dict(client.session))
    door = client.get(answer.url)
    assert "Votre saisie est gardée" in door.content.decode().replace("\xa0", " ")
    token = client.cookies["csrftoken"].value
    told = {"reference": case.reference, "code": code, "next": url, "csrfmiddlewaretoken": token}
    assert client.post("/suivi/", told).url == url
    assert 'value="Huguette"' in client.get(url).content.decode()
    case.refresh_from_db()
    assert "given_names" not in case.answers


def test_a_session_that_opens_the_case_takes_nothing_without_token(now):
    case, _code = start_draft(composter(now), actor=RESIDENT, now=now)
    client = Client(enforce_csrf_checks=True)
    session = client.session
    session["cases"] = [case.reference]
    session.save()
    answer = client.post(reverse("case_step", args=[case.reference, "person"]), TYPED)
    assert answer.status_code == 403
    assert "stash" not in client.session


def test_other_forms_say_that_they_are_too_old():
    assert Client(enforce_csrf_checks=True).post("/suivi/", {"reference": "x"}).status_code == 403


def test_a_request_not_yet_begun_gives_its_form_back(now):
    procedure = composter(now)
    url = reverse("procedure_start", args=[procedure.slug])
    typed = {
        "_shown": ["lives_here", "already_has"],
        "lives_here": "oui",
        "already_has": "non",
        "email": "huguette@example.org",
        "phone": "",
    }
    client = Client(enforce_csrf_checks=True)
    answer = client.post(url, {**typed, "csrfmiddlewaretoken": "x" * 64})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="huguette@example.org"' in shown
    assert "Envoyez de nouveau" in shown
    assert Case.objects.count() == 0
    sent = client.post(url, {**typed, "csrfmiddlewaretoken": client.cookies["csrftoken"].value})
    assert sent.status_code == 302
    assert Case.objects.count() == 1


def test_the_page_of_old_forms_says_whom_to_call():
    shown = Client(enforce_csrf_checks=True).post("/suivi/", {"reference": "x"}).content.decode()
    assert f'href="tel:{territory().phone.replace(" ", "")}"' in shown
    assert 'href="/suivi/"' in shown
    assert f"– {short_name()}</title>" in shown
