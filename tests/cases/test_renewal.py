"""A card renewed from what the former request said: by its holder, by who acts for them, by who has the code alone."""

from copy import deepcopy
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from bocage.cases.engine import Settle
from bocage.cases.engine.signatures import digest
from bocage.cases.models import Case
from bocage.cases.operations import open_answers, publish, renew
from bocage.cases.operations.signers import sign
from bocage.cases.operations.store import run
from bocage.identity.operations import give_mandate, update_person
from tests.cases.desk import page
from tests.cases.factories import RESIDENT, body
from tests.cases.issued import SLUG, accept, requested
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]
NEAR_ITS_END = {"year": 2029, "month": 2}
SINCE = {
    "phone": "06 12 34 56 78",
    "email": "neuve@example.org",
    "usual_name": "Nouveau-Nom",
    "address": "3 rue Tue",
}


def browser(case):
    """A resident's browser that may open the case by its code."""
    client = Client()
    session = client.session
    session["cases"] = [case.reference]
    session.save()
    return client


@pytest.fixture
def moved(now, waste_manager):
    """A card whose holder has changed name, house, telephone and mailbox since: their file alone says so."""
    person = factories.person("Delattre", "Marcelle", birth_date=date(1948, 1, 31))
    card = accept(requested(now, applicant=person), waste_manager.account, waste_manager.actor, now)
    update_person(person, **SINCE, actor=factories.SYSTEM, now=now)
    return card


@pytest.fixture
def later(moved, now):
    """Three years on: it is to be renewed."""
    at = now.replace(**NEAR_ITS_END)
    with time_machine.travel(at, tick=False):
        yield at


def ask_again(client, card):
    return client.post(reverse("case_issued_again", args=[card.case.reference, card.number]), follow=True)


def test_whoever_has_the_code_reads_what_the_former_request_said_and_nothing_since(later, moved):
    client = browser(moved.case)
    answer = ask_again(client, moved)
    made = Case.objects.get(state="")
    said = open_answers(moved.case.answers)
    answers = open_answers(made.answers)
    assert {key: value for key, value in answers.items() if key != "request"}.items() <= said.items()
    assert (made.account, made.applicant_id) == (None, moved.case.applicant_id)
    assert (made.contact_email, made.contact_phone) == ("", "")
    assert answer.redirect_chain[0][0] == reverse("case_code", args=[made.reference])
    shown = page(answer) + "".join(
        page(client.get(reverse("case_step", args=[made.reference, step.id]))) for step in made.version.document.steps
    )
    assert "Marcelle" in shown
    for secret in SINCE.values():
        assert secret not in shown


def test_signed_in_with_the_code_the_request_is_theirs_and_says_nothing_since(later, moved):
    client, helper = Client(), factories.resident(birth_name="Aidante")
    client.force_login(helper)
    kept = client.session
    kept["cases"] = [moved.case.reference]
    kept.save()
    answer = ask_again(client, moved)
    made = Case.objects.get(state="")
    assert answer.redirect_chain[0][0] == reverse("case_resume", args=[made.reference])
    assert (made.account, made.mandate, made.applicant_id) == (helper, None, moved.case.applicant_id)
    assert not {"email", "phone", "usual_name"} & open_answers(made.answers).keys()
    assert (made.contact_email, made.contact_phone) == ("", "")


def test_their_own_account_renews_a_card_asked_for_at_the_counter_and_their_file_fills_in_the_rest(later, moved):
    account = factories.account(person=moved.case.applicant)
    client = Client()
    client.force_login(account)
    answer = ask_again(client, moved)
    made = Case.objects.get(state="")
    assert answer.redirect_chain[0][0] == reverse("case_resume", args=[made.reference])
    assert (made.account, made.mandate, made.applicant_id) == (account, None, moved.case.applicant_id)
    answers = open_answers(made.answers)
    assert (answers["email"], answers["usual_name"]) == ("neuve@example.org", "Nouveau-Nom")
    assert answers["address"]["line"] == "12 rue de l’Église", "what they had answered comes first, to be read again"


@pytest.mark.parametrize("scopes", [["*"], [SLUG]])
def test_who_holds_a_mandate_renews_under_it(later, moved, scopes):
    holder = factories.resident(birth_name="Aidante")
    mandate = give_mandate(
        moved.case.applicant,
        holder.person,
        scopes=scopes,
        starts=later.date(),
        ends=later.date() + timedelta(days=30),
        consent="paper",
        actor=factories.SYSTEM,
        now=later,
    )
    client = Client()
    client.force_login(holder)
    ask_again(client, moved)
    made = Case.objects.get(state="")
    assert (made.account, made.mandate, made.applicant_id) == (holder, mandate, moved.case.applicant_id)
    assert open_answers(made.answers)["email"] == "neuve@example.org"


def test_a_renewal_is_paid_and_signed_anew(now, waste_manager):
    made = deepcopy(body(SLUG))
    made["steps"][-1]["fields"] += [
        {"id": "fee", "kind": "payment", "label": "Comment payez-vous ?"},
        {"id": "parents", "kind": "signatures", "label": "Qui signe avec vous ?"},
    ]
    publish(made, actor=factories.SYSTEM, now=now)
    paul = {"name": "Paul Martin", "email": "paul@example.org", "phone": ""}
    case = requested(now, fee={"way": "counter", "details": ""}, parents=[paul])
    sign(case, "parents", digest(case.answers["parents"][0]), name="P", channel="paper", actor=RESIDENT, now=now)
    run(case, Settle("fee", {"on": "10/03/2026", "paid": "20", "reference": ""}), actor=RESIDENT, now=now)
    card = accept(case, waste_manager.account, waste_manager.actor, now)
    assert "settled" in case.answers["fee"]
    again, _code = renew(card, actor=RESIDENT, now=now.replace(**NEAR_ITS_END))
    assert not {"fee", "parents"} & open_answers(again.answers).keys()
