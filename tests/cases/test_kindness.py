"""What a page asks and offers: one of two ways to be reached, an answer that changes nothing, giving up."""

import re

import pytest
from django.urls import reverse

from bocage.cases.desk_views.page import moves_of
from bocage.cases.operations import move_case
from tests.cases.factories import composter, filed
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]


def asked(now, waste_manager, **answers):
    """A filed case whose applicant is asked to look again at the size of the garden."""
    case = filed(now, **answers)
    told = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
    return move_case(case, "ask", message="Vraiment 250 m² ?", fields=("garden_size",), **told)


def opens(client, case):
    session = client.session
    session["cases"] = [case.reference]
    session.save()


SAME = {"_shown": ["garden_size"], "garden_size": "250"}


def test_a_correction_without_change_is_asked_about_then_sent_by_a_second_act(client, now, waste_manager):
    case = asked(now, waste_manager)
    opens(client, case)
    url = reverse("case_correct", args=[case.reference])
    assert "Envoyer sans rien modifier" not in client.get(url).content.decode()
    first = client.post(url, SAME)
    assert first.status_code == 422
    shown = first.content.decode()
    assert "Vous n’avez rien modifié" in shown
    assert 'name="_same"' in shown
    case.refresh_from_db()
    assert case.state == "correcting"
    assert client.post(url, {**SAME, "message": "  "}).status_code == 422  # the first button again
    assert client.post(url, {**SAME, "message": "", "_same": "1"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "studying"
    assert case.messages.count() == 0


def test_a_word_for_the_service_is_an_answer(client, now, waste_manager):
    case = asked(now, waste_manager)
    opens(client, case)
    url = reverse("case_correct", args=[case.reference])
    too_long = client.post(url, {**SAME, "message": "a" * 5001})
    assert too_long.status_code == 422
    assert 'href="#f-message"' in too_long.content.decode()
    case.refresh_from_db()
    assert case.state == "correcting"
    assert client.post(url, {**SAME, "message": "Oui, 250."}).status_code == 302
    case.refresh_from_db()
    assert case.state == "studying"
    assert case.messages.get().body == "Oui, 250."


@pytest.mark.parametrize(("typed", "status"), [("251", 302), ("250,0", 422), ("beaucoup", 422), ("", 422)])
def test_what_counts_as_a_change(client, now, waste_manager, typed, status):
    case = asked(now, waste_manager)
    opens(client, case)
    answer = client.post(
        reverse("case_correct", args=[case.reference]), {"_shown": ["garden_size"], "garden_size": typed}
    )
    assert answer.status_code == status
    if status == 422:
        assert ("Vous n’avez rien modifié" in answer.content.decode()) == (typed == "250,0")


def test_one_of_two_ways_to_be_reached(client, now):
    composter(now)
    url = "/demarches/composteur/commencer/"
    page = client.get(url).content.decode()
    assert "Indiquez au moins l’un des deux" in page
    assert "facultatif" not in page
    answers = {"_shown": ["lives_here", "already_has"], "lives_here": "oui", "already_has": "non"}
    neither = client.post(url, answers)
    assert neither.status_code == 422
    shown = neither.content.decode()
    fieldset = shown[shown.index('id="f-contact"') :]
    assert 'id="f-contact-erreur"' in fieldset
    for control in ("f-email", "f-phone"):
        assert re.search(rf'id="{control}"[^>]* aria-invalid="true"', fieldset), control
    assert shown.count("Indiquez au moins l’un des deux\u00a0:") == 2  # the summary and the group, not one field
    assert client.post(url, {**answers, "phone": "03 27 00 00 00"}).status_code == 302
    wrong = client.post(url, {**answers, "phone": "12"}).content.decode()
    assert 'id="f-phone-erreur"' in wrong
    assert 'id="f-contact-erreur"' not in wrong


def test_giving_up_is_offered_until_the_end_and_is_never_the_main_button(client, now, waste_manager):
    case = filed(now)
    opens(client, case)
    told = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
    withdraw = reverse("case_withdraw", args=[case.reference])
    page = client.get(reverse("case_page", args=[case.reference])).content.decode()
    assert re.findall(rf'<a[^>]*href="{withdraw}"[^>]*>', page) == [f'<a href="{withdraw}">']
    move_case(case, "study", **told)
    case.refresh_from_db()
    case.version.document.workflow.transition("reject")
    move_case(case, "reject", reason="Pas ici", **told)
    page = client.get(reverse("case_page", args=[case.reference])).content.decode()
    assert withdraw not in page
    answer = client.get(withdraw, follow=True)
    assert "ne peut plus être retirée" in answer.content.decode()


def test_an_agents_main_button_is_never_to_give_up_for_someone(now, waste_manager):
    case = filed(now)
    told = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
    move_case(case, "accept", agent_values={"pickup_on": "20/03/2026"}, **told)
    moves = moves_of(case, "reception")
    assert [move["id"] for move in moves] == ["withdraw"]
    assert not moves[0]["first"]
    agents = moves_of(case, "agent")
    assert [(move["id"], bool(move["blocked"])) for move in agents] == [("deliver", True), ("withdraw", False)]
    assert not any(move["first"] for move in agents)


def test_whoever_may_not_ask_reads_all_the_reasons_and_no_error(client, now):
    composter(now)
    told = {
        "_shown": ["lives_here", "already_has"],
        "lives_here": "non",
        "already_has": "oui",
        "email": "",
        "phone": "",
    }
    answer = client.post("/demarches/composteur/commencer/", told)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "pas faite pour vous" in page
    assert "réservés" in page
    assert "Un seul" in page
    assert "Indiquez au moins l’un des deux : une adresse" not in page
    assert "error-summary" not in page


def test_a_document_is_told_by_its_question_and_its_name(client, now):
    case = filed(now)
    opens(client, case)
    shown = client.get(reverse("case_page", args=[case.reference])).content.decode()
    assert re.search(r"<dt>Justificatif de domicile</dt>\s*<dd>facture.jpg</dd>", shown)
    aside = shown.split("Mes documents", 1)[1]
    assert aside.index("Justificatif de domicile") < aside.index("facture.jpg")


def test_what_one_asked_for_oneself_is_not_offered_to_be_kept(client, now):
    case = filed(now)
    mine = factories.person()
    client.force_login(factories.account(person=mine))
    opens(client, case)
    keep = reverse("case_claim", args=[case.reference])
    assert keep in client.get(reverse("case_page", args=[case.reference])).content.decode()
    case.applicant = mine
    case.save(update_fields=["applicant"])
    assert keep not in client.get(reverse("case_page", args=[case.reference])).content.decode()


def test_an_accent_in_an_address_is_named(client, now):
    composter(now)
    told = {"_shown": ["lives_here", "already_has"], "lives_here": "oui", "already_has": "non"}
    answer = client.post("/demarches/composteur/commencer/", {**told, "email": "zoe.née@exemple.fr"})
    assert answer.status_code == 422
    assert "s’écrit sans accent" in answer.content.decode()
