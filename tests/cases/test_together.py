"""Opinions asked through a limited link, reminders on their day, cases read together."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from bocage.base.models import Event
from bocage.cases import opinions
from bocage.cases.desk_tools import together
from bocage.cases.engine import Refused
from bocage.cases.models import Case, CaseLink, Opinion, Reminder
from bocage.cases.operations import move_case, publish
from bocage.cases.privacy import erase_case
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Role
from bocage.messaging.models import Notice
from tests.cases.desk import page, sit
from tests.cases.factories import RESIDENT, body, filed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
ONE = "6f1c0a5e-3d7b-4c56-9a43-2d0c7b1d9f10"
PARTNER = {"do": "ask", "question": "Le jardin convient-il ?", "name": "Parc naturel", "email": "avis@example.org"}


def around(case: Case) -> str:
    return f"/bureau/dossiers/{case.reference}/autour/"


def asked(now: Any) -> tuple[Case, Opinion, Client]:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    assert client.post(around(case), {**PARTNER, "days": "15", "_once": ONE}).status_code == 302
    return case, Opinion.objects.get(), client


# --- Opinions ------------------------------------------------------------------------------------------------------
def test_a_partner_gives_an_opinion_once_without_account(now: Any) -> None:
    case, opinion, desk = asked(now)
    path = opinions.path_for(opinion)
    notice = Notice.objects.get(template="cases.opinion")
    assert notice.link.endswith(path)
    visitor = Client()
    shown = page(visitor.get(path))
    assert "Le jardin convient-il" in shown
    assert "250" in shown  # the matter
    for secret in ("Delattre", "Marcelle", "03 53 01 00 12", "rue de l’Église"):
        assert secret not in shown
    refused = visitor.post(path, {"verdict": "reserved"})
    assert refused.status_code == 422
    assert "Dites pourquoi" in page(refused)
    given = visitor.post(path, {"verdict": "reserved", "body": "Si le bac est loin du puits."}, follow=True)
    assert "Merci" in page(given)
    again = visitor.post(path, {"verdict": "favourable"})
    assert "Merci" in page(again)
    assert "Le jardin" not in page(again)
    opinion.refresh_from_db()
    assert opinion.verdict == "reserved"
    with pytest.raises(Refused):
        opinions.give(opinion, verdict="favourable", body="", actor=RESIDENT, now=now)
    kinds = Event.objects.filter(subject=case.subject, kind__startswith="cases.opinion").order_by("pk")
    assert [event.kind for event in kinds] == ["cases.opinion_asked", "cases.opinion_given"]
    assert "loin du puits" in page(desk.get(around(case)))
    assert "Avis reçu de Parc naturel" in page(desk.get("/bureau/"))


def test_a_partner_reads_of_repeated_lines_what_is_no_way_to_reach_anyone(now: Any) -> None:
    whole = body() | {"slug": "lignes", "scenarios": []}
    lines = {"id": "neighbours", "kind": "group", "label": "Les voisins", "required": False}
    lines["fields"] = [
        {"id": "distance", "kind": "number", "label": "À combien de mètres"},
        {"id": "reach", "kind": "phone", "label": "Téléphone"},
        {"id": "home", "kind": "address", "label": "Adresse"},
    ]
    first = whole["steps"][0]
    whole["steps"] = [first | {"fields": [*first["fields"], lines]}, *whole["steps"][1:]]
    case = filed(now)
    case.version = publish(whole, actor=RESIDENT, now=now)
    home = {"line": "3 rue du Moulin", "postcode": "59530", "commune": "59353"}
    case.answers["neighbours"] = [{"distance": "47", "reach": "+33353010099", "home": home}]
    (told,) = [one["value"] for one in opinions.shown_facts(case, now) if one["label"] == "Les voisins"]
    assert told == "47"


def test_a_link_late_or_wrong_or_of_a_case_that_is_over_is_told_kindly(now: Any) -> None:
    case, opinion, _client = asked(now)
    path = opinions.path_for(opinion)
    with time_machine.travel(now + timedelta(days=16), tick=False):
        late = Client().get(path)
        assert late.status_code == 410
        assert "trop tard" in page(late)
        assert Client().post(path, {"verdict": "favourable"}).status_code == 410
    assert Client().get(path[:-4] + "xxx/").status_code == 404
    Case.objects.filter(pk=case.pk).update(outcome="accepted", closed_on=now.date())
    assert Client().get(path).status_code == 410
    assert Opinion.objects.get().verdict == ""


def test_the_same_form_sent_twice_asks_once_and_mistakes_are_said(now: Any) -> None:
    case, _opinion, client = asked(now)
    client.post(around(case), {**PARTNER, "days": "15", "_once": ONE})
    assert Opinion.objects.count() == Notice.objects.filter(template="cases.opinion").count() == 1
    for wrong in ({"email": "x"}, {"question": " "}, {"days": "0"}, {"days": "400"}):
        assert client.post(around(case), {**PARTNER, "days": "15", "_once": ONE, **wrong}).status_code == 422
    assert Opinion.objects.count() == 1


def test_an_address_that_is_none_is_refused_with_a_colleague_too(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    _other, colleague = sit(Role.AGENT, service="waste")
    told = {"do": "ask", "question": "Ton avis ?", "colleague": str(colleague.pk), "email": "06", "days": "5"}
    answer = client.post(around(case), told)
    assert answer.status_code == 422
    assert "Indiquez une adresse électronique" in answer.content.decode()
    nobody = client.post(around(case), {**told, "colleague": "", "email": ""})
    assert "Choisissez une ou un collègue" in nobody.content.decode()
    assert not Opinion.objects.exists()


def test_a_colleague_finds_the_question_in_their_day(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    other, colleague = sit(Role.AGENT, service="waste")
    told = {"do": "ask", "question": "Tu en penses quoi ?", "colleague": str(colleague.pk), "days": "5", "_once": ONE}
    assert client.post(around(case), told).status_code == 302
    assert opinions.path_for(Opinion.objects.get()) in page(other.get("/bureau/"))


def test_a_procedure_asks_for_an_opinion_by_itself(now: Any, waste_manager: Any) -> None:
    text = body()
    effect = {"kind": "ask_opinion", "params": {"email": "parc@example.org", "question": "Faut-il ?", "days": 10}}
    moves = [
        {**one, "effects": [*one["effects"], effect]} if one["id"] == "study" else one
        for one in text["workflow"]["transitions"]
    ]
    publish({**text, "workflow": {**text["workflow"], "transitions": moves}}, actor=RESIDENT, now=now)
    case = filed(now)
    move_case(case, "study", agent=waste_manager.account, actor=waste_manager.actor, now=now)
    opinion = Opinion.objects.get()
    assert (opinion.email, opinion.question, opinion.asked_by) == ("parc@example.org", "Faut-il ?", None)
    assert opinion.due_on == now.date() + timedelta(days=10)


# --- Reminders -----------------------------------------------------------------------------------------------------
def test_a_reminder_comes_back_on_its_day_until_it_is_done(now: Any) -> None:
    case = filed(now)
    client, account = sit(Role.AGENT, service="waste")
    other, colleague = sit(Role.AGENT, service="waste")
    told = {"do": "remind", "on": "12/03/2026", "reminder": "Rappeler Marcelle"}
    assert client.post(around(case), told).status_code == 302
    assert "Rappeler Marcelle" not in page(client.get("/bureau/"))
    assert "Rappeler Marcelle" not in page(other.get(around(case)))  # one's own
    with time_machine.travel(now + timedelta(days=2), tick=False):
        client.force_login(account)
        assert "Rappeler Marcelle" in page(client.get("/bureau/"))
        other.force_login(colleague)
        assert "Rappeler Marcelle" not in page(other.get("/bureau/"))
        reminder = Reminder.objects.get()
        assert other.post(around(case), {"do": "finish", "id": reminder.pk}).status_code == 404
        client.post(around(case), {"do": "finish", "id": reminder.pk})
        assert "Rappeler Marcelle" not in page(client.get("/bureau/"))


@pytest.mark.parametrize("wrong", [{"on": "hier"}, {"on": "09/03/2026"}, {"reminder": " "}, {"reminder": "x" * 201}])
def test_a_reminder_without_day_or_words_is_refused(now: Any, wrong: dict[str, str]) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    told = {"do": "remind", "on": "12/03/2026", "reminder": "x", "shared": "on", **wrong}
    assert client.post(around(case), told).status_code == 422
    assert not Reminder.objects.exists()


# --- Cases read together -------------------------------------------------------------------------------------------
def test_cases_are_linked_both_ways_within_reach(now: Any) -> None:
    case, other, foreign = filed(now), filed(now), filed(now)
    Case.objects.filter(pk=foreign.pk).update(service="libraries")
    client, account = sit(Role.AGENT, service="waste")
    for _twice in range(2):
        assert client.post(around(case), {"do": "link", "other": other.reference.lower()}).status_code == 302
    assert CaseLink.objects.count() == 1
    assert other.reference in page(client.get(around(case)))
    assert case.reference in page(client.get(around(other)))
    for wrong in (foreign.reference, case.reference, "x"):
        assert client.post(around(case), {"do": "link", "other": wrong}).status_code == 422
    together.unlink(other, case, actor=actor_of_account(account), now=now)
    assert not CaseLink.objects.exists()


def test_erasing_a_case_erases_what_was_written_around_it(now: Any) -> None:
    case, _opinion, client = asked(now)
    client.post(around(case), {"do": "remind", "on": "12/03/2026", "reminder": "Rappeler Marcelle"})
    erase_case(case, actor=RESIDENT, now=now)
    assert not Opinion.objects.exists()
    assert not Reminder.objects.exists()
