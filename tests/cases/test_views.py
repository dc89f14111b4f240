"""Residents' pages: forged, replayed, stale and expired input gets a clear answer, and loses nothing."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from io import BytesIO
from unittest import mock

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from bocage.base import outbox
from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.cases import links
from bocage.cases.models import Case, Document
from bocage.cases.operations import move_case, publish
from bocage.cases.views import drafts
from bocage.cases.views.drafts import form_of
from bocage.cases.views.guard import code_shown_once
from bocage.identity.models import Account, Person
from bocage.messaging.models import MailboxMessage, Notice
from tests.cases.factories import ANSWERS, body, composter, document, draft, filed, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]


def start(client, now):
    """Start as a visitor without account; gives the case and its tracking code."""
    composter(now)
    answer = client.post(
        "/demarches/composteur/commencer/",
        {"_shown": ["lives_here", "already_has"], "lives_here": "oui", "already_has": "non", "email": "m@example.org"},
    )
    assert answer.status_code == 302
    kept = client.session["tracking"]
    return Case.objects.get(reference=kept["reference"]), code_shown_once(kept)


def step_data(step, **changes):
    """What the browser sends for a step."""
    data = {"_shown": []}
    for field in document().step(step).fields:
        if field.agent or not field.asks:
            continue
        data["_shown"].append(field.id)
        value = {**ANSWERS, **changes}.get(field.id)
        if isinstance(value, dict):
            data |= {f"{field.id}.{part}": text for part, text in value.items()}
        elif value is not None:
            data[field.id] = value
    return data


@pytest.mark.parametrize(
    "path", ["", "composteur/", "composteur/commencer/", "composteur/aide/", "composteur/imprimer/"]
)
def test_what_is_public_answers_whoever_checks_links(client, now, path):
    composter(now)
    assert client.head(f"/demarches/{path}").status_code == 200


@pytest.mark.parametrize("path", ["/suivi/", "/verifier/"])
def test_where_a_reference_is_typed_answers_whoever_checks_links(client, path):
    assert client.head(path).status_code == 200


def fill(client, case, now):
    """Fill in every step."""
    for step in ("person", "home", "composter", "pickup"):
        data = step_data(step)
        if step == "home":
            data["proof"] = picture()
        answer = client.post(reverse("case_step", args=[case.reference, step]), data)
        assert answer.status_code == 302, answer.content.decode()[:4000]


def test_a_whole_request_without_account(client, now):
    case, _code = start(client, now)
    fill(client, case, now)
    assert client.get(reverse("case_check", args=[case.reference])).status_code == 200
    sent = client.post(reverse("case_check", args=[case.reference]))
    assert sent.url == reverse("case_sent", args=[case.reference])
    page = client.get(sent.url).content.decode().replace("\xa0", " ")
    assert "24 mars 2026" in page
    assert "10 mai 2026" in page
    receipt = client.get(reverse("case_receipt", args=[case.reference]))
    text = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(receipt.content)).pages)
    assert case.reference in text
    assert Notice.objects.filter(subject=case.subject, template="composteur.receipt").count() == 1


def test_a_replayed_submission_gives_the_same_receipt(client, now):
    case, _code = start(client, now)
    fill(client, case, now)
    url = reverse("case_check", args=[case.reference])
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 302
    assert Event.objects.filter(kind="cases.submitted").count() == 1


def test_forged_fields_and_wrong_types_are_dropped_or_told(client, now):
    case, _code = start(client, now)
    data = step_data("home", housing="castle", household_size="-3", tenant=["oui", "non"])
    data |= {
        "serial": "HACK",
        "_shown": [*data["_shown"], "serial", "state", "price"],
        "price": "1",
        "state": "accepted",
    }
    answer = client.post(reverse("case_step", args=[case.reference, "home"]), data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Choisissez une des réponses proposées" in page
    assert "égal ou supérieur" in page
    case.refresh_from_db()
    assert not {"serial", "price", "state"} & case.answers.keys()
    assert case.pending == {"housing": "castle", "household_size": "-3"}


def test_a_file_that_is_not_what_it_says_is_refused_and_the_rest_kept(client, now):
    case, _code = start(client, now)
    data = step_data("home") | {"proof": SimpleUploadedFile("facture.pdf", b"MZ\x90\x00 not a pdf", "application/pdf")}
    answer = client.post(reverse("case_step", args=[case.reference, "home"]), data)
    assert answer.status_code == 422
    case.refresh_from_db()
    assert case.answers["housing"] == "house"
    assert not Document.objects.exists()


def test_someone_elses_document_cannot_be_named(client, now):
    other = draft(now)
    key = other.documents.get().key
    case, _code = start(client, now)
    fill(client, case, now)
    Case.objects.filter(pk=case.pk).update(answers={**Case.objects.get(pk=case.pk).answers, "proof": [key]})
    answer = client.post(reverse("case_check", args=[case.reference]))
    assert answer.status_code == 422
    assert "joindre à nouveau" in answer.content.decode() or "Joignez-le à nouveau" in answer.content.decode()


def test_a_stranger_learns_nothing_of_a_reference(client, now):
    case = filed(now)
    mine = client.get(reverse("case_page", args=[case.reference]))
    none = client.get(reverse("case_page", args=["K7QF-2M9X-A"]))
    assert mine.status_code == none.status_code == 302
    assert mine.url.replace(case.reference, "") == none.url.replace("K7QF-2M9X-A", "")
    account = Account.objects.create(username="other")
    client.force_login(account)
    assert client.get(reverse("case_page", args=[case.reference])).status_code == 404


def test_the_tracking_code_opens_and_a_wrong_one_says_what_to_do(client, now):
    case, code = start(client, now)
    client.session.flush()
    client.cookies.clear()
    wrong = client.post("/suivi/", {"reference": case.reference, "code": "BBBB2222"})
    assert wrong.status_code == 422
    assert "ne vont pas ensemble" in wrong.content.decode()
    right = client.post("/suivi/", {"reference": case.reference.lower(), "code": f" {code[:4]}-{code[4:]} "})
    assert right.status_code == 302
    assert client.get(right.url, follow=True).status_code == 200


def test_an_expired_session_keeps_what_was_typed(client, now):
    case, code = start(client, now)
    client.cookies.clear()
    data = step_data("person", given_names="Suzanne")
    url = reverse("case_step", args=[case.reference, "person"])
    away = client.post(url, data)
    assert away.status_code == 302
    assert "Suzanne" not in str(dict(client.session.items())), "what is typed waits sealed"
    door = client.get(away.url)
    assert "Votre saisie est gardée" in door.content.decode()
    back = client.post("/suivi/", {"reference": case.reference, "code": code, "next": url})
    assert back.url == url
    page = client.get(url).content.decode()
    assert 'value="Suzanne"' in page
    assert client.post(url, data).status_code == 302
    case.refresh_from_db()
    assert case.answers["given_names"] == "Suzanne"


def test_a_stale_draft_follows_the_new_version(client, now):
    case, _code = start(client, now)
    fill(client, case, now)
    changed = body() | {"title": "Commander un composteur (2027)"}
    version = publish(changed, actor=Actor.system("test"), now=now)
    first = client.post(reverse("case_check", args=[case.reference]), follow=True)
    assert "a changé depuis" in first.content.decode()
    case.refresh_from_db()
    assert case.is_draft
    assert case.version == version
    assert client.post(reverse("case_check", args=[case.reference])).url.endswith("/envoyee/")


def test_a_running_case_keeps_its_version(now):
    case = filed(now)
    publish(body() | {"summary": "Autre"}, actor=Actor.system("test"), now=now)
    case.refresh_from_db()
    assert case.version.document.summary == body()["summary"]


def test_a_link_too_old_says_how_to_come_back(client, now):
    case, _code = start(client, now)
    link = re.search(r"/suivi/\S+", Notice.objects.get(subject=case.subject).link)[0]
    client.cookies.clear()
    with time_machine.travel(now + timedelta(days=31), tick=False):
        assert client.get(link).status_code == 410
    assert client.get("/suivi/forged/").status_code == 404
    assert client.get(link).status_code == 302


def test_a_correction_is_answered_and_nothing_else_changes(client, now, waste_manager):
    case, _code = start(client, now)
    fill(client, case, now)
    client.post(reverse("case_check", args=[case.reference]))
    case = Case.objects.get()
    move_case(
        case,
        "ask",
        agent=waste_manager.account,
        actor=waste_manager.actor,
        now=now,
        message="Trop sombre",
        fields=("proof",),
    )
    page = client.get(reverse("case_page", args=[case.reference])).content.decode()
    assert "Trop sombre" in page
    url = reverse("case_correct", args=[case.reference])
    empty = client.post(url, {"_shown": ["proof"], "proof.remove": case.answers["proof"]})
    assert empty.status_code == 422
    answer = client.post(url, {"_shown": ["proof", "model"], "model": "worms", "proof": picture("nette.jpg")})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.state == "studying"
    assert case.answers["model"] == "wood_300"


def test_a_document_is_served_only_once_scanned(client, now):
    case, _code = start(client, now)
    fill(client, case, now)
    url = reverse("case_document", args=[case.reference, Document.objects.get().key])
    assert client.get(url).status_code == 409
    outbox.drain(now)
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content)[:2] == b"\xff\xd8"
    assert Event.objects.filter(kind="cases.document_read").count() == 1


def test_with_an_account_one_is_told_of_ones_draft(client, now):
    composter(now)
    person = Person.objects.create(
        birth_name="Bellehaie", given_names="Mireille", email="m@example.org", created_at=now
    )
    client.force_login(Account.objects.create(username="mireille", person=person))
    url = "/demarches/composteur/commencer/"
    data = {"_shown": ["lives_here", "already_has"], "lives_here": "oui", "already_has": "non"}
    assert client.post(url, data).status_code == 302
    case = Case.objects.get()
    assert case.answers["birth_name"] == "Bellehaie"
    assert "Vous avez déjà un brouillon" in client.get(url).content.decode()
    refused = client.post(url, {**data, "already_has": "oui"})
    assert refused.status_code == 422
    assert "Un seul composteur" in refused.content.decode()


def test_withdrawing_messages_and_everything(client, now):
    case, _code = start(client, now)
    fill(client, case, now)
    client.post(reverse("case_check", args=[case.reference]))
    assert client.post(reverse("case_message", args=[case.reference]), {"message": "Bonjour"}).status_code == 302
    assert client.post(reverse("case_message", args=[case.reference]), {"message": "  "}).status_code == 422
    assert Case.objects.get().messages.count() == 1
    assert client.get(reverse("case_everything", args=[case.reference]))["Content-Type"] == "application/zip"
    assert client.get(reverse("case_withdraw", args=[case.reference])).status_code == 200
    client.post(reverse("case_withdraw", args=[case.reference]), {"reason": "Plus besoin"})
    assert Case.objects.get().outcome == "withdrawn"
    again = client.post(reverse("case_withdraw", args=[case.reference]), follow=True)
    assert "ne peut plus être retirée" in again.content.decode()


def test_autosave_answers_with_the_fields_that_appear(client, now):
    case, _code = start(client, now)
    data = {"_shown": ["housing", "tenant"], "_step": "home", "housing": "house", "household_size": "x"}
    told = client.post(reverse("case_autosave", args=[case.reference]), data).json()
    assert told["state"] == "saved"
    assert "garden_size" in told["html"]
    client.cookies.clear()
    assert client.post(reverse("case_autosave", args=[case.reference]), data).status_code == 302


def test_the_blank_form_prints_without_answers(client, now):
    composter(now)
    answer = client.get("/demarches/composteur/imprimer/")
    assert answer["Content-Type"] == "application/pdf"
    text = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(answer.content)).pages)
    assert "Commander un composteur" in text
    assert "Cadre réservé au service" in text
    assert "Numéro gravé" not in text


def test_pages_are_found_with_few_queries(client, now, django_assert_max_num_queries):
    case, _code = start(client, now)
    with django_assert_max_num_queries(25):
        client.get(reverse("case_step", args=[case.reference, "person"]))
    with django_assert_max_num_queries(12):
        client.get("/demarches/")


def test_the_receipt_is_mailed_in_words_with_the_way_to_its_pdf(client, now):
    case, _code = start(client, now)
    fill(client, case, now)
    client.post(reverse("case_check", args=[case.reference]))
    outbox.drain(now)
    mail = MailboxMessage.objects.get(title__contains=case.reference)
    text = message_from_bytes(bytes(mail.raw), policy=policy.default).get_body(("plain",)).get_content()
    assert "10 mai 2026" in text.replace("\xa0", " ")
    client.cookies.clear()
    page = client.get(re.search(r"/suivi/\S+", text)[0], follow=True).content.decode()
    assert reverse("case_receipt", args=[case.reference]) in page


def test_a_message_that_cannot_be_sent_is_given_back(client, now):
    case, _code = start(client, now)
    fill(client, case, now)
    client.post(reverse("case_check", args=[case.reference]))
    answer = client.post(reverse("case_message", args=[case.reference]), {"message": "Bonjour " * 700})
    assert answer.status_code == 422
    assert "envoyez-le en deux fois" in answer.content.decode()
    assert "Bonjour Bonjour" in answer.content.decode()


def test_a_good_file_is_kept_when_another_one_is_refused(client, now, waste_manager):
    case, _code = start(client, now)
    fill(client, case, now)
    client.post(reverse("case_check", args=[case.reference]))
    case = Case.objects.get()
    who = {"agent": waste_manager.account, "actor": waste_manager.actor}
    move_case(case, "ask", **who, now=now, message="Recto et verso", fields=("proof",))
    url = reverse("case_correct", args=[case.reference])
    bad = SimpleUploadedFile("verso.pdf", b"MZ not a pdf", "application/pdf")
    common = {"_shown": ["proof"], "proof.remove": case.answers["proof"]}
    refused = client.post(url, {**common, "proof": [picture("recto.jpg"), bad]})
    assert refused.status_code == 422
    kept = re.findall(r'name="proof.keep" value="(\w+)"', refused.content.decode())
    assert len(kept) == 1
    again = {**common, "proof.keep": kept, "proof": picture("verso.jpg")}
    assert client.post(url, again).status_code == 302
    case.refresh_from_db()
    assert kept[0] in case.answers["proof"]
    assert len(case.answers["proof"]) == 2


def test_a_request_begun_without_account_is_kept_in_ones_space(client, now):
    case, _code = start(client, now)
    fill(client, case, now)
    client.post(reverse("case_check", args=[case.reference]))
    kept = dict(client.session)
    person = Person.objects.create(birth_name="Delattre", given_names="Marcelle", created_at=now)
    account = Account.objects.create(username="marcelle", person=person)
    client.force_login(account)
    session = client.session
    session["cases"] = kept["cases"]
    session.save()
    assert client.post(reverse("case_claim", args=[case.reference])).status_code == 302
    assert Case.objects.get().account == account


def test_a_step_that_does_not_say_what_it_showed_is_read_and_checked_whole(client, now):
    case, _code = start(client, now)
    url = reverse("case_step", args=[case.reference, "person"])
    assert client.post(url, step_data("person")).status_code == 302
    answer = client.post(url, {"given_names": "Huguette", "birth_date": "demain"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "par exemple 31/01/1950" in page
    case.refresh_from_db()
    assert case.answers["given_names"] == "Huguette"
    assert case.answers["birth_name"] == "Delattre"


def test_an_empty_post_of_a_step_is_told_what_is_missing(client, now):
    case, _code = start(client, now)
    answer = client.post(reverse("case_step", args=[case.reference, "person"]), {})
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()


def test_a_cut_post_is_never_said_to_be_saved(client, now):
    case, _code = start(client, now)
    cut = b'--x\r\nContent-Disposition: form-data; name="given_names"\r\n\r\nHug'
    url = reverse("case_autosave", args=[case.reference])
    answer = client.post(url, cut, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400
    case.refresh_from_db()
    assert "given_names" not in case.answers


def test_a_cut_link_is_said_to_be_cut_not_too_old(client, now):
    address = links.path_for(filed(now))
    page = client.get(f"{address.rstrip('/')[:-4]}/")
    assert page.status_code == 404
    assert "incomplet" in page.content.decode()
    assert "trente jours" not in page.content.decode()


def test_a_browser_that_holds_a_draft_is_told_so_without_account(client, now):
    case, _code = start(client, now)
    resume = reverse("case_resume", args=[case.reference])
    page = client.get("/demarches/composteur/commencer/").content.decode()
    assert "Vous avez déjà un brouillon" in page.replace("\xa0", " ")
    assert resume in page
    assert resume not in Client().get("/demarches/composteur/commencer/").content.decode()


def test_an_optional_question_brought_up_by_an_answer_is_shown_once(client, now):
    case, _code = start(client, now)
    url = reverse("case_step", args=[case.reference, "home"])
    data = step_data("home") | {"proof": picture()}
    optional = "garden_size"
    data["_shown"] = [name for name in data["_shown"] if name != optional]
    data.pop(optional)
    with mock.patch.object(drafts, "form_of", lambda case: without_need(form_of(case), optional)):
        first = client.post(url, data)
        assert first.status_code == 200
        assert f'name="{optional}"' in first.content.decode()
        data["_shown"].append(optional)
        assert client.post(url, data | {"proof": picture()}).status_code == 302


def without_need(form, name):
    """The form as if a question were optional."""
    return replace(form, required=form.required - {name}, missing=tuple(key for key in form.missing if key != name))
