"""Every cookie lost in the middle of a step: what was typed comes back once the case is open again."""

import pytest
from django.test import Client
from django.urls import reverse

from bocage.cases.operations import start_draft
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
