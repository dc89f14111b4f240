"""« Refaire une demande comme celle-ci »: the answers of an earlier request, and nothing that must be made anew."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from bocage.cases.models import Case, Procedure
from bocage.cases.operations import publish, start_draft
from bocage.cases.operations.drafts import earlier_answers
from bocage.cases.sealing import open_answers
from bocage.identity.models import Account, Person
from bocage.identity.operations import give_mandate
from tests.cases.factories import RESIDENT, body, document, filed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]
START = "/demarches/composteur/commencer/"
ELIGIBLE = {"_shown": ["lives_here", "already_has"], "lives_here": "oui", "already_has": "non"}


def opening(case):
    """A browser that has shown the case's code."""
    client = Client()
    client.get("/suivi/")
    session = client.session
    session["cases"] = [case.reference]
    session.save()
    client.cookies["sessionid"] = session.session_key
    return client


def test_the_page_of_a_request_leads_to_another_like_it(now):
    case = filed(now)
    client = opening(case)
    link = f"{START}?comme={case.reference}"
    assert link in client.get(reverse("case_page", args=[case.reference])).content.decode()
    assert "Vos réponses d’avant seront reprises" in client.get(link).content.decode()
    Procedure.objects.update(is_open=False)
    assert link not in client.get(reverse("case_page", args=[case.reference])).content.decode()


def test_the_answers_are_there_and_what_is_made_anew_is_not(now):
    case = filed(now, model="plastic_400", email="former@example.org")
    client = opening(case)
    answer = client.post(START, {**ELIGIBLE, "comme": case.reference, "email": "m@example.org"})
    assert answer.status_code == 302
    made = Case.objects.exclude(pk=case.pk).get()
    assert (made.state, made.contact_email) == ("", "m@example.org")
    told = open_answers(made.answers)
    assert (told["given_names"], told["model"]) == ("Marcelle", "plastic_400")
    assert told["email"] == "m@example.org"
    assert not {"proof", "statement"} & told.keys()
    assert not made.documents.exists()
    assert case.documents.exists()
    client.post(answer.url)
    page = client.get(reverse("case_resume", args=[made.reference]), follow=True).content.decode()
    assert "Vos réponses d’avant sont reprises" in page
    assert "Marcelle" in page


def test_whether_one_may_ask_is_asked_again(now):
    case = filed(now)
    answer = opening(case).post(START, {**ELIGIBLE, "already_has": "oui", "comme": case.reference, "email": "m@e.fr"})
    assert answer.status_code == 422
    assert Case.objects.count() == 1


@pytest.mark.parametrize("who", ["stranger", "other account"])
def test_nobody_starts_from_what_they_cannot_open(now, who):
    case, client = filed(now), Client()
    if who == "other account":
        client.force_login(Account.objects.create(username="other", email="other@example.org"))
    assert "seront reprises" not in client.get(f"{START}?comme={case.reference}").content.decode()
    assert client.post(START, {**ELIGIBLE, "comme": case.reference, "email": "m@example.org"}).status_code == 302
    made = Case.objects.exclude(pk=case.pk).get()
    assert "given_names" not in open_answers(made.answers)


def test_a_draft_and_a_request_of_another_procedure_are_not_started_from(now):
    case = filed(now)
    other = json.loads(json.dumps(body())) | {"slug": "autre", "title": "Autre"}
    publish(other, actor=RESIDENT, now=now)
    assert (
        "seront reprises"
        not in opening(case).get(f"/demarches/autre/commencer/?comme={case.reference}").content.decode()
    )
    begun, _code = start_draft(Procedure.objects.get(slug="composteur"), actor=RESIDENT, now=now)
    assert "seront reprises" not in opening(begun).get(f"{START}?comme={begun.reference}").content.decode()


def test_what_ones_file_says_today_comes_first(now):
    case = filed(now)
    person = Person.objects.get(pk=case.applicant_id)
    Person.objects.filter(pk=person.pk).update(phone="+33612345678")
    account = Account.objects.create(username="marcelle", person=person)
    client = Client()
    client.force_login(account)
    assert client.post(START, {**ELIGIBLE, "comme": case.reference}).status_code == 302
    told = open_answers(Case.objects.exclude(pk=case.pk).get().answers)
    assert told["phone"] == "+33612345678"
    assert told["garden_size"] == open_answers(case.answers)["garden_size"]


def test_for_someone_else_nothing_of_a_person_is_taken(now):
    case = filed(now)
    helper = Person.objects.get(pk=case.applicant_id)
    principal = Person.objects.create(birth_name="Autre", given_names="Jeanne", created_at=now)
    mandate = give_mandate(
        principal, helper, consent="paper", starts=now.date(), ends=now.date(), actor=RESIDENT, now=now
    )
    client = Client()
    client.force_login(Account.objects.create(username="marcelle", person=helper))
    client.post(START, {**ELIGIBLE, "comme": case.reference, "for": str(mandate.pk)})
    told = open_answers(Case.objects.exclude(pk=case.pk).get().answers)
    assert (told["given_names"], told["birth_name"]) == ("Jeanne", "Autre")
    assert not {"phone", "birth_date", "address"} & told.keys()
    assert told["model"] == "wood_300"


def test_signatures_appointments_and_payments_are_not_carried(now):
    case = filed(now)
    case.answers = {**case.answers, "a_signatures": [{}], "a_appointment": {}, "a_payment": {}, "household_size": "2"}
    wanted = document().model_copy()
    fields = {key: wanted.by_id[key] for key in wanted.by_id}
    for kind in ("signatures", "appointment", "payment"):
        fields[f"a_{kind}"] = fields["model"].model_copy(update={"id": f"a_{kind}", "kind": kind})
    wanted.__dict__["by_id"] = fields
    found = earlier_answers(case, wanted, None)
    assert found["household_size"] == "2"
    assert not [key for key in found if key.startswith("a_")]
