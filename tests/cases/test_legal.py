"""The legal clock through operations and pages: what people receive, what they may ask for, who signs."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event
from bocage.cases import printing
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Decision, Proposal
from bocage.cases.operations import (
    Conflict,
    answer_correction,
    ask_reasons,
    forward_case,
    give_reasons,
    issue_attestation,
    move_case,
    prepare_decision,
    return_proposal,
    run_clock,
    send_rules,
    sign_proposal,
)
from bocage.cases.privacy import erase_case
from bocage.cases.queries import case_role
from bocage.cases.signature_book import proposals_to_sign, today_lines
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Post, Role
from bocage.messaging.models import Notice
from tests.cases.desk import page, signed_in, sit
from tests.cases.factories import RESIDENT, composter
from tests.cases.factories import filed as composter_filed
from tests.cases.legal import body, filed, rejected_by_silence
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]

NB = "\u00a0"
SCORE = {
    "purpose": "classer les demandes selon la longueur de haie",
    "contribution": "Le score propose, l’agent décide.",
    "data": "Vos réponses.",
    "parameters": "La longueur, pour moitié.",
    "operations": "Une somme.",
}


def fresh(case):
    return Case.objects.select_related("version", "procedure", "commune", "applicant").get(pk=case.pk)


def sent(case, notice):
    return Notice.objects.filter(subject=case.subject, template__endswith=f".{notice}").order_by("-id").first()


def opened(client, case):
    """A resident's browser that may open the case."""
    session = client.session
    session["cases"] = [case.reference]
    session.save()
    return client


# --- Acknowledgement -----------------------------------------------------------------------------------------------
def test_the_receipt_of_a_complete_request_is_its_acknowledgement(now):
    case = filed(now, "reject")
    told = sent(case, "receipt").body
    assert f"Demande reçue le 10{NB}mars 2026" in told
    assert "Service chargé de votre dossier" in told
    assert "Déchets" in told
    assert f"Sans réponse de notre part le 10{NB}mai 2026, votre demande est refusée" in told
    assert "tribunal administratif" in told
    assert sent(case, "acknowledgement") is None


def test_an_incomplete_request_is_acknowledged_by_the_job_on_the_tenth_working_day(now):
    case = filed(now, "accept", lacking=("proof",))
    assert "Votre demande est incomplète" in sent(case, "receipt").body
    run_clock(now + timedelta(days=13))
    assert sent(case, "acknowledgement") is None
    run_clock(now + timedelta(days=14))
    told = sent(case, "acknowledgement")
    assert "- Le plan de situation" in told.body
    assert "2 mois après la réception de ce qui manque" in told.body
    assert "attestation" in told.body
    run_clock(now + timedelta(days=20))
    assert Notice.objects.filter(subject=case.subject, template__endswith=".acknowledgement").count() == 1
    assert Event.objects.filter(subject=case.subject, kind="cases.acknowledged").count() == 1


def test_it_is_acknowledged_when_the_pieces_come(now, waste_manager):
    case = filed(now, "accept", lacking=("proof",))
    move_case(
        case, "ask", agent=waste_manager.account, actor=waste_manager.actor, now=now, message="Le plan.",
        fields=("proof",),
    )  # fmt: skip
    later = now + timedelta(days=3)
    answer_correction(case, {"proof": "Le voici."}, actor=RESIDENT, now=later)
    assert f"le 13{NB}mai 2026, votre demande est acceptée" in sent(case, "acknowledgement").body
    run_clock(now + timedelta(days=30))
    assert Notice.objects.filter(subject=case.subject, template__endswith=".acknowledgement").count() == 1


def test_the_time_to_answer_over_the_rejection_runs_again(now, waste_manager):
    case = filed(now, "reject")
    move_case(
        case, "ask", agent=waste_manager.account, actor=waste_manager.actor, now=now, message="Le plan.",
        fields=("proof",), due_days=15,
    )  # fmt: skip
    run_clock(now + timedelta(days=15))
    assert fresh(case).silence_on is None
    run_clock(now + timedelta(days=16))
    assert fresh(case).silence_on == date(2026, 5, 25)
    run_clock(now + timedelta(days=17))
    assert Event.objects.filter(subject=case.subject, kind="cases.delay_resumed").count() == 1
    run_clock(now + timedelta(days=100))
    assert Decision.objects.get(case=case).legal_date == date(2026, 5, 25)
    assert fresh(case).outcome == "rejected"


# --- Implied decisions ---------------------------------------------------------------------------------------------
def test_an_implied_acceptance_is_attested_once(now, client):
    case = filed(now)
    with pytest.raises(Refused):
        issue_attestation(case, actor=RESIDENT, now=now)
    later = now + timedelta(days=90)
    run_clock(later)
    with time_machine.travel(later, tick=False):
        shown = page(opened(client, case).get(reverse("case_page", args=[case.reference])))
        assert "Demander l’attestation" in shown
        for _time in range(2):
            assert client.post(reverse("case_attestation", args=[case.reference])).status_code == 302
        for document in fresh(case).documents.filter(source="generated"):
            got = client.get(reverse("case_document", args=[case.reference, document.key]))
            assert b"".join(got.streaming_content).startswith(b"%PDF")
    told = sent(case, "attestation").body
    assert f"acceptée depuis le 10{NB}mai 2026" in told
    assert Event.objects.filter(subject=case.subject, kind="cases.attested").count() == 1
    assert fresh(case).documents.filter(source="generated").count() == int(printing.available())


def test_an_attestation_asked_in_two_windows_at_once_is_one(now, monkeypatch):
    case = filed(now)
    later = now + timedelta(days=90)
    run_clock(later)
    draw, here = printing.attestation, fresh(case)

    def meanwhile(*args):
        monkeypatch.setattr(printing, "attestation", draw)
        issue_attestation(fresh(case), actor=RESIDENT, now=later)
        return draw(*args)

    monkeypatch.setattr(printing, "attestation", meanwhile)
    kept = issue_attestation(here, actor=RESIDENT, now=later)
    assert fresh(case).documents.get(source="generated") == kept
    assert Event.objects.filter(subject=case.subject, kind="cases.attested").count() == 1


def test_an_implied_rejection_opens_remedies_and_reasons(now, client):
    case = filed(now, "reject")
    later = now + timedelta(days=70)
    run_clock(later)
    case = fresh(case)
    closed_on = case.closed_on
    notice = sent(case, "silence")
    assert "tribunal administratif" in notice.remedies
    assert "Décision implicite" not in notice.body
    client, (desk, account) = opened(client, case), sit(Role.MANAGER, service="waste")
    with time_machine.travel(later, tick=False):
        shown = page(client.get(reverse("case_page", args=[case.reference])))
        assert "Demander les motifs" in shown
        assert "jusqu’au 13 juillet 2026" in shown
        assert "tribunal administratif" in shown
        client.post(reverse("case_ask_reasons", args=[case.reference]))
        shown = page(client.get(reverse("case_page", args=[case.reference])))
        assert "Demander les motifs" not in shown
        assert "au plus tard le 19 juin 2026" in shown
        assert [line["label"] for line in today_lines(account, later)] == [f"Motifs à donner : {case.reference}"]
        answer = reverse("cases_reasons", args=[case.reference])
        assert desk.post(answer, {"reason": " "}).status_code == 422
        desk.post(answer, {"reason": "Le plan local interdit les clôtures ici (art. 11)."})
    told = sent(case, "reasons")
    assert "art. 11" in told.body
    assert "deux mois" in told.body
    assert told.signatory_name == str(account)
    assert "tribunal" in told.remedies
    case = fresh(case)
    assert case.closed_on == closed_on, "the end of the case does not move with its reasons"
    assert Decision.objects.get(case=case).reasons_on == later.date()
    assert list(today_lines(account, later)) == []


def test_an_implied_rejection_is_still_read_once_the_case_is_erased(now):
    case = rejected_by_silence(now)
    client, _account = sit(Role.MANAGER, service="waste")
    with time_machine.travel(now, tick=False):
        erase_case(case, actor=RESIDENT, now=now)
        assert client.get(reverse("cases_desk", args=[case.reference])).status_code == 200


def test_reasons_are_asked_at_the_counter_too_and_given_by_the_service_only(now):
    case = rejected_by_silence(now)
    desk, _account = sit(Role.AGENT, service="waste")
    with time_machine.travel(now, tick=False):
        shown = page(desk.get(reverse("cases_desk", args=[case.reference])))
        assert "La personne demande les motifs" in shown
        desk.post(reverse("cases_reasons", args=[case.reference]), {"ask": "1"})
    case = fresh(case)
    with pytest.raises(Refused):
        ask_reasons(case, actor=RESIDENT, now=now)
    stranger = factories.agent(Role.AGENT, service="libraries")
    with pytest.raises(Refused, match="service"):
        give_reasons(case, "Non.", agent=stranger, actor=actor_of_account(stranger), now=now)


# --- Refusals ------------------------------------------------------------------------------------------------------
def test_a_refusal_prints_its_reason_and_the_remedies(now, waste_manager):
    case = filed(now, "reject")
    with pytest.raises(Refused) as refused:
        move_case(case, "reject", agent=waste_manager.account, actor=waste_manager.actor, now=now)
    assert "reason" in refused.value.errors
    move_case(case, "reject", agent=waste_manager.account, actor=waste_manager.actor, now=now, reason="Hors zone.")
    told = sent(case, "decided")
    assert told.body.startswith("Voici notre réponse.\n\nMotif : Hors zone.")
    assert "tribunal administratif" in told.remedies


def test_a_decision_by_score_says_so_and_its_rules_are_told_on_request(now, waste_manager):
    told = body("none")
    told["workflow"]["transitions"][3]["algorithmic"] = True
    case = filed(now, "none", workflow=told["workflow"], algorithm=SCORE)
    with pytest.raises(Refused):
        send_rules(case, actor=RESIDENT, now=now)
    move_case(case, "accept", agent=waste_manager.account, actor=waste_manager.actor, now=now)
    notice = sent(case, "decided").body
    assert "traitement algorithmique" in notice
    assert "longueur de haie" in notice
    assert "cada.fr" in notice
    case = fresh(case)
    client = opened(Client(), case)
    with time_machine.travel(now + timedelta(days=1), tick=False):
        assert "Demander les règles" in page(client.get(reverse("case_page", args=[case.reference])))
        for _time in range(2):
            client.post(reverse("case_ask_rules", args=[case.reference]))
    rules = sent(case, "rules").body
    assert all(text.rstrip(".") in rules for text in SCORE.values())
    assert Event.objects.filter(subject=case.subject, kind="cases.rules_told").count() == 1


# --- Misdirected ---------------------------------------------------------------------------------------------------
def test_a_case_is_forwarded_to_another_service_then_to_a_commune(now, waste_manager):
    case = filed(now)
    desk = signed_in(waste_manager.account)
    address = reverse("cases_forward", args=[case.reference])
    with time_machine.travel(now, tick=False):
        assert desk.post(address, {"target": "service:waste"}).status_code == 422
        assert desk.post(address, {"target": "outside"}).status_code == 422
    later = now + timedelta(days=10)
    factories.agent(Role.RECEPTION, commune=fresh(case).commune)
    with time_machine.travel(later, tick=False):
        shown = page(desk.get(address))
        assert "Mairie de Locquignol" in shown
        answer = desk.post(address, {"target": "commune:59353", "reason": "C’est la mairie."})
    assert answer.url == reverse("cases_worklist"), "it is no longer ours"
    case = fresh(case)
    assert case.service == "town_hall"
    assert case_role(waste_manager.account, case, later.date()) is None
    assert case.silence_on == date(2026, 5, 20), "L114-3: from the day the competent administration has it"
    told = sent(case, "forwarded").body
    assert "Mairie de Locquignol" in told
    assert "C’est la mairie." in told
    assert Event.objects.filter(subject=case.subject, kind="cases.forwarded").count() == 1


def test_out_of_the_house_the_case_ends_and_the_person_is_told_where(now, waste_manager, client):
    case = filed(now)
    forward_case(
        case, "outside", agent=waste_manager.account, actor=waste_manager.actor, now=now,
        name="Département du Nord", address="51 rue Gustave Delory, 59000 Lille",
    )  # fmt: skip
    case = fresh(case)
    assert (case.outcome, case.waiting_for, case.silence_on) == ("forwarded", "", None)
    assert "51 rue Gustave Delory" in sent(case, "forwarded").body
    assert run_clock(now + timedelta(days=200)) == 0
    with pytest.raises(Refused, match="transmise"):
        move_case(case, "accept", agent=waste_manager.account, actor=waste_manager.actor, now=now)
    with time_machine.travel(now, tick=False):
        shown = page(opened(client, case).get(reverse("case_page", args=[case.reference])))
        assert "Transmise à une autre administration" in shown
        assert "Département du Nord" in shown
        seen = page(signed_in(waste_manager.account).get(reverse("cases_desk", args=[case.reference])))
        assert "Transmise à une autre administration" in seen


# --- The signature book --------------------------------------------------------------------------------------------
@pytest.fixture
def agent(db):
    return factories.agent(Role.AGENT, service="waste")


def prepared(now, agent, transition="reject"):
    case = filed(now, "reject")
    return prepare_decision(case, transition, agent=agent, actor=actor_of_account(agent), now=now, reason="Hors zone.")


def test_a_prepared_decision_decides_nothing_until_it_is_signed(now, agent, waste_manager):
    proposal = prepared(now, agent)
    case = fresh(proposal.case)
    assert (case.state, sent(case, "decided")) == ("received", None)
    with pytest.raises(Refused, match="attend déjà"):
        prepare_decision(case, "accept", agent=agent, actor=actor_of_account(agent), now=now)
    with pytest.raises(Refused, match="délégation"):
        sign_proposal(proposal, agent=agent, actor=actor_of_account(agent), now=now)
    later = now + timedelta(days=2)
    sign_proposal(proposal, agent=waste_manager.account, actor=waste_manager.actor, now=later)
    decision = Decision.objects.get(case=case)
    assert decision.author == waste_manager.account
    assert decision.delegation == "Arrêté 2026-12"
    assert decision.legal_date == later.date()
    assert sent(case, "decided").signatory_delegation == "Arrêté 2026-12"
    with pytest.raises(Conflict):
        sign_proposal(proposal, agent=waste_manager.account, actor=waste_manager.actor, now=later)


def test_several_are_read_and_signed_at_once(now, agent, waste_manager):
    found = [prepared(now, agent) for _time in range(3)]
    Case.objects.filter(pk=found[2].case_id).update(service="libraries")
    desk = signed_in(waste_manager.account)
    with time_machine.travel(now, tick=False):
        link = f'<li><a href="{reverse("cases_signatures")}"'
        unsigning = page(signed_in(agent).get(reverse("cases_signatures")))
        assert "Aucune décision" in unsigning
        assert link not in unsigning, "the menu shows the signature book to those who sign"
        listed = page(desk.get(reverse("cases_signatures")))
        assert f'{link} aria-current="page">Parapheur' in listed
        assert [one.case.reference in listed for one in found] == [True, True, False]
        assert "2 décisions à signer" in [line["label"] for line in today_lines(waste_manager.account, now)]
        chosen = {"p": [one.pk for one in found]}
        read = page(desk.get(reverse("cases_signatures"), chosen))
        assert read.count("Motif : Hors zone.") == 2
        assert read.count("tribunal administratif") == 2
        assert desk.post(reverse("cases_signatures")).status_code == 302
        assert not Decision.objects.exists()
        desk.post(reverse("cases_signatures"), chosen)
    assert Decision.objects.count() == 2
    assert not Decision.objects.filter(case=found[2].case).exists()


def test_one_that_is_sent_back_says_why_to_its_agent(now, agent, waste_manager):
    proposal = prepared(now, agent)
    desk, hers = signed_in(waste_manager.account), signed_in(agent)
    with time_machine.travel(now, tick=False):
        desk.post(reverse("cases_send_back", args=[proposal.pk]), {"note": ""})
        assert Proposal.objects.get().state == "waiting"
        desk.post(reverse("cases_send_back", args=[proposal.pk]), {"note": "Citez l’article."})
        assert "Citez l’article." in page(hers.get(reverse("cases_desk", args=[proposal.case.reference])))
        assert [line["text"] for line in today_lines(agent, now)] == ["Citez l’article."]
        with pytest.raises(Conflict):
            sign_proposal(proposal, agent=waste_manager.account, actor=waste_manager.actor, now=now)
        address = reverse("cases_prepare", args=[proposal.case.reference])
        assert hers.post(address, {"transition": "reject", "reason": ""}).status_code == 422
        assert hers.post(address, {"transition": "", "reason": "x"}).status_code == 422
        assert hers.post(address, {"transition": "silence", "reason": "x"}).status_code == 422
        seen = page(hers.post(address, {"transition": "reject", "reason": "Article 11.", "see": "1"}))
        assert "Motif : Article 11." in seen
        assert hers.post(address, {"transition": "reject", "reason": "Article 11."}).status_code == 302
    assert proposals_to_sign(waste_manager.account, now).get().reason == "Article 11."
    assert list(today_lines(agent, now)) == []


def test_the_only_decision_there_is_stands_chosen_and_asks_its_reason_as_it_is_due(now, agent):
    composter(now)
    case = composter_filed(now)
    Case.objects.filter(pk=case.pk).update(assignee=agent)
    address, hers = reverse("cases_prepare", args=[case.reference]), signed_in(agent)
    with time_machine.travel(now, tick=False):
        asked = page(hers.get(address))  # nothing is accepted before its date is noted
        assert 'value="reject" checked' in asked
        assert re.search(r">Motif</label>", asked)  # not « facultatif »
        assert hers.post(address, {"transition": "", "reason": "x"}).status_code == 422


def test_a_case_that_moved_meanwhile_leaves_the_book(now, agent, waste_manager):
    proposal = prepared(now, agent)
    run_clock(now + timedelta(days=70))
    proposal.refresh_from_db()
    assert proposal.state == "dropped"
    with pytest.raises(Conflict):
        return_proposal(proposal, "Trop tard", agent=waste_manager.account, actor=waste_manager.actor, now=now)


def test_a_signatory_without_delegation_sends_nothing_back(now, agent):
    proposal = prepared(now, agent)
    other = factories.agent(Role.MANAGER, service="waste")
    Post.objects.filter(account=other).update(delegation="")
    with pytest.raises(Refused, match="délégation"):
        return_proposal(proposal, "Non", agent=other, actor=actor_of_account(other), now=now)
    assert not proposals_to_sign(other, now).exists()
