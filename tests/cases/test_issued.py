"""Documents issued by a decision: printed, checked by whoever reads their code, lost, renewed."""

from copy import deepcopy
from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from pydantic import ValidationError
from pypdf import PdfReader

from bocage.base import outbox, ratelimit
from bocage.base.identifiers import BadIdentifier, clean_plate
from bocage.cases import issued, printing
from bocage.cases.engine import Refused
from bocage.cases.models import Case, IssuedDocument
from bocage.cases.operations import declare_lost, move_case, open_answers, renew, run_clock, submit_case
from bocage.cases.privacy import erase_case
from bocage.cases.schema import ProcedureDocument
from bocage.cases.views.issued import CHECKS_PER_HOUR
from bocage.identity.models import Role
from bocage.messaging.attachments import files_of
from bocage.messaging.letters import content
from bocage.messaging.models import Letter, Notice
from tests.cases.desk import commune, page, sit
from tests.cases.factories import RESIDENT, body
from tests.cases.issued import SLUG, accept, requested

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]

needs_pdf = pytest.mark.skipif(not printing.available(), reason="PDF is off here")


def browser(case):
    """A resident's browser that may open the case."""
    client = Client()
    session = client.session
    session["cases"] = [case.reference]
    session.save()
    return client


def told(pdf):
    return " ".join("".join(one.extract_text() for one in PdfReader(BytesIO(pdf)).pages).split())


@pytest.fixture
def card(now, waste_manager):
    """A card that holds."""
    return accept(requested(now), waste_manager.account, waste_manager.actor, now)


# --- Issued ----------------------------------------------------------------------------------------------------------
def test_a_card_holds_three_years_its_last_day_included(now, card):
    assert card.issued_on == now.date()
    assert card.valid_until == date(2029, 3, 10)
    assert issued.standing(card, date(2029, 3, 10)) == "valid"
    assert issued.standing(card, date(2029, 3, 11)) == "expired"


@needs_pdf
def test_the_card_is_one_page_with_name_plates_number_and_end(now, card):
    pdf = printing.issued_document(card, now)
    text = told(pdf)
    assert len(PdfReader(BytesIO(pdf)).pages) == 1
    for words in ("Marcelle Delattre", "AB-123-CD", "1234 XY 59", card.number, "10 mars 2029", "/verifier/"):
        assert words in text.replace("\u00a0", " ")
    assert "Église" not in text, "no address on a card"


@needs_pdf
def test_the_letter_that_says_yes_carries_the_card_and_another_does_not(now, card):
    outbox.drain(now)
    pages = {
        letter.delivery.notice.template: content(letter) for letter in Letter.objects.select_related("delivery__notice")
    }
    assert len(PdfReader(BytesIO(pages[f"{SLUG}.receipt"])).pages) == 1
    assert card.number not in told(pages[f"{SLUG}.receipt"])
    assert len(PdfReader(BytesIO(pages[f"{SLUG}.issued"])).pages) == 2
    assert f"N° {card.number}" in told(pages[f"{SLUG}.issued"]).replace("\u00a0", " ")


def test_a_card_made_void_before_its_mail_leaves_does_not_leave(now, card):
    notice = Notice.objects.get(template=f"{SLUG}.issued")
    assert notice.attachments
    declare_lost(card, actor=RESIDENT, now=now)
    assert list(files_of(notice)) == []


def test_silence_issues_the_card_too(now):
    case = requested(now)
    run_clock(now + timedelta(days=70))
    assert case.issued.get().void_on is None
    told = Notice.objects.get(subject=case.subject, template=f"{SLUG}.accepted_by_silence")
    assert case.issued.get().number in told.body


def test_a_newer_card_replaces_the_persons_older_one_and_nobody_elses(now, card, waste_manager):
    other = accept(requested(now, given_names="Paul"), waste_manager.account, waste_manager.actor, now)
    second = requested(now, applicant=card.case.applicant, request="changed")
    newer = accept(second, waste_manager.account, waste_manager.actor, now)
    card.refresh_from_db()
    other.refresh_from_db()
    assert (card.void_reason, other.void_reason, newer.void_reason) == ("replaced", "", "")


def test_one_case_holds_one_card(card):
    fields = {"case": card.case, "document": "card", "issued_on": card.issued_on}
    with pytest.raises(IntegrityError), transaction.atomic():
        IssuedDocument.objects.create(number="2222-2222-2", key="again", **fields)


def test_what_is_void_says_when_and_why(card):
    with pytest.raises(IntegrityError), transaction.atomic():
        IssuedDocument.objects.filter(pk=card.pk).update(void_reason="lost")


def test_an_agent_voids_the_lost_card_before_the_new_one_is_ready(now, card, waste_manager):
    case = requested(now, applicant=card.case.applicant, request="lost")
    move_case(case, "void_old", agent=waste_manager.account, actor=waste_manager.actor, now=now)
    card.refresh_from_db()
    assert card.void_reason == "lost"
    assert not case.issued.exists()


def test_an_erased_case_leaves_no_card_that_holds(now, card):
    case = Case.objects.get(pk=card.case_id)
    erase_case(case, actor=RESIDENT, now=now)
    card.refresh_from_db()
    assert card.void_reason == "erased"


# --- Checked ---------------------------------------------------------------------------------------------------------
def check(client, card):
    return client.get(reverse("issued_check", args=[card.number]))


def test_anyone_learns_whether_it_holds_and_nothing_of_its_holder(now, card):
    def seen(later):
        with time_machine.travel(now + later, tick=False):
            return page(check(Client(), card))

    assert "Valable" in seen(timedelta())
    assert "Plus valable" in seen(timedelta(days=1200))
    declare_lost(card, actor=RESIDENT, now=now)
    after = seen(timedelta())
    assert "déclaré perdu ou volé" in after
    for text in (seen(timedelta(days=1)), after):
        assert "Delattre" not in text
        assert "AB-123-CD" not in text


def test_an_agent_of_the_service_sees_whose_it_is_another_does_not(card):
    agent, _account = sit(Role.AGENT, service="waste")
    answer = check(agent, card)
    assert answer.url == reverse("cases_issued", args=[card.number])
    text = page(agent.get(answer.url))
    assert "Marcelle Delattre" in text
    assert "AB-123-CD" in text
    stranger, _account = sit(Role.AGENT, service="libraries")
    assert "Delattre" not in page(check(stranger, card))
    assert stranger.get(reverse("cases_issued", args=[card.number])).status_code == 404
    elsewhere, _account = sit(Role.RECEPTION, commune=commune("59481"))
    assert elsewhere.get(reverse("cases_issued", args=[card.number])).status_code == 404


def test_a_number_is_found_as_people_write_it(card):
    client, find = Client(), reverse("issued_find")
    written = card.number.replace("-", " ").lower()
    assert client.get(find, {"numero": written}).url == reverse("issued_check", args=[card.number])
    answer = client.get(find, {"numero": "2222"})
    assert answer.status_code == 404
    assert "Aucun document ne porte ce numéro" in page(answer)
    assert client.get(reverse("issued_check", args=["<b>"])).status_code == 302


def test_whoever_tries_numbers_without_end_is_told_to_wait_and_not_that_none_exists(card):
    for _number in range(CHECKS_PER_HOUR):
        ratelimit.allow(RequestFactory().get("/verifier/"), "issued-check", limit=CHECKS_PER_HOUR, per_seconds=3600)
    assert Client().get(reverse("issued_find"), {"numero": card.number}).status_code == 429
    assert Client().get(reverse("issued_find")).status_code == 200


# --- Lost, renewed ---------------------------------------------------------------------------------------------------
def test_its_holder_says_that_it_is_lost_and_asks_for_another(now, card):
    client, case = browser(card.case), card.case
    with time_machine.travel(now, tick=False):
        shown = page(client.get(reverse("case_page", args=[case.reference])))
        assert card.number in shown
        assert "Le renouveler" not in shown
        address = reverse("case_issued_lost", args=[case.reference, card.number])
        assert "perdu ou volé" in page(client.get(address))
        assert client.post(address).status_code == 302
        assert client.post(address).status_code == 302, "a second time is nothing"
        shown = page(client.get(reverse("case_page", args=[case.reference])))
        assert "Annulé" in shown
        assert "En demander un autre" in shown
        paper = client.get(reverse("case_issued", args=[case.reference, card.number]))
        assert paper.status_code == 302, "a void card is not printed"
        answer = client.post(reverse("case_issued_again", args=[case.reference, card.number]))
    assert Notice.objects.filter(template=f"{SLUG}.document_lost").count() == 1
    made = Case.objects.get(state="")
    assert answer.url == reverse("case_code", args=[made.reference])
    answers = open_answers(made.answers)
    assert answers["request"] == "lost"
    assert answers["vehicles"] == [{"plate": "AB-123-CD", "kind": "car"}, {"plate": "1234 XY 59", "kind": "trailer"}]
    assert "proof" not in answers, "a fresh proof is asked for"
    assert "statement" not in answers, "a statement is made anew"
    assert made.applicant_id == case.applicant_id
    with pytest.raises(Refused, match="à compléter"):
        submit_case(made, actor=RESIDENT, now=now)


def test_a_card_is_renewed_from_sixty_days_before_its_end(now, card):
    for day, may in ((date(2029, 1, 8), False), (date(2029, 1, 9), True), (date(2029, 4, 1), True)):
        at = now.replace(year=day.year, month=day.month, day=day.day)
        assert issued.shown(card, at).renewable is may
    with pytest.raises(Refused):
        renew(card, actor=RESIDENT, now=now)
    made, _code = renew(card, actor=RESIDENT, now=now.replace(year=2029, month=2))
    assert open_answers(made.answers)["request"] == "renewal"


def test_another_case_does_not_open_the_card(now, card):
    mine = requested(now)
    client = browser(mine)
    for name in ("case_issued", "case_issued_lost", "case_issued_again"):
        address = reverse(name, args=[mine.reference, card.number])
        answer = client.post(address) if name == "case_issued_again" else client.get(address)
        assert answer.status_code == 404
    card.refresh_from_db()
    assert card.void_on is None


def test_at_the_counter_an_agent_voids_a_lost_card(card):
    agent, _account = sit(Role.RECEPTION, commune=commune("59353"))
    answer = agent.post(reverse("cases_issued_lost", args=[card.number]), follow=True)
    assert "Document annulé" in page(answer)
    card.refresh_from_db()
    assert card.void_reason == "lost"
    assert agent.get(reverse("cases_issued_paper", args=[card.number])).status_code == 404


# --- Written soundly -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("facts", ["proof"], "protégée"),
        ("facts", ["nothing"], "n’existe pas"),
        ("renewal", {"nothing": "1"}, "n’existe pas"),
        ("body", "Bonjour {{ nobody }}", "nobody"),
        ("valid_months", 48, "s’efface"),
        ("valid_months", 0, "combien de mois"),
    ],
)
def test_an_unsound_document_is_refused_in_french(key, value, words):
    told = deepcopy(body(SLUG))
    told["documents"]["card"][key] = value
    with pytest.raises(ValidationError, match=words):
        ProcedureDocument.model_validate(told)


def test_a_button_issues_a_document_that_exists():
    told = deepcopy(body(SLUG))
    told["documents"] = {}
    with pytest.raises(ValidationError, match="délivre le document « card », qui n’existe pas"):
        ProcedureDocument.model_validate(told)


# --- Plates ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ab123cd", "AB-123-CD"),
        ("AB 123 CD", "AB-123-CD"),
        ("1234 AB 59", "1234 AB 59"),
        ("12abc2b", "12 ABC 2B"),
        ("1-abc-234", "1-ABC-234"),
        ("B-AB 1234", "BAB1234"),
    ],
)
def test_a_plate_is_kept_as_it_is_painted(typed, kept):
    assert clean_plate(typed) == kept


@pytest.mark.parametrize(
    "typed", ["AB-123-C", "AB-000-CD", "AB-123-IO", "AB-12-CD", "123", "voiture", "AB-1234-CD", "1234 AB 5", "<AB123>"]
)
def test_what_is_no_plate_is_refused(typed):
    with pytest.raises(BadIdentifier, match="AB-123-CD"):
        clean_plate(typed)
