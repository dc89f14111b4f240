"""A button pressed twice makes one thing, and the second press leads to it (``bocage.base.once``)."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event
from bocage.base.once import ONCE
from bocage.cases.models import CannedAnswer, Case, Document, Export, Message, Note, Opinion, Reminder
from bocage.cases.operations import tracking
from bocage.identity.models import Person, Role
from bocage.messaging.models import Notice
from bocage.territory.models import Organisation, Place
from tests.cases.desk import commune, page, sit
from tests.cases.factories import composter, filed, picture
from tests.conftest import NOW
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
Made = tuple[Client, str, str, dict[str, Any], type]


def key_in(client: Client, address: str) -> str:
    """The UUID that a page's form carries."""
    found = re.search(f'name="{ONCE}" value="([0-9a-f-]{{36}})"', page(client.get(address)))
    assert found, address
    return found[1]


class Forms:
    """Forms that create something: a browser, the page, where it is sent, what it says, and the table it fills."""

    def person(self) -> Made:
        client, _account = sit(Role.ADMINISTRATOR)
        address = reverse("cases_new_person")
        return client, address, address, {"given_names": "Jean", "birth_name": "Lecoq"}, Person

    def entry(self) -> Made:
        composter(NOW)
        client, _account = sit(Role.AGENT, service="waste")
        address = reverse("cases_entry", args=["composteur"])
        return client, address, address, {"channel": "post", "received_on": "03/03/2026"}, Case

    def draft_of_account(self) -> Made:
        composter(NOW)
        client = Client()
        client.force_login(factories.resident())
        address = reverse("procedure_start", args=["composteur"])
        return client, address, address, ELIGIBLE, Case

    def note(self) -> Made:
        case, client, shown = self._case()
        return client, shown, reverse("cases_note", args=[case.reference]), {"note": "À rappeler"}, Note

    def note_on_a_person(self) -> Made:
        case, client, _shown = self._case()
        shown = reverse("cases_person", args=[case.applicant_id])
        return client, shown, reverse("cases_person_note", args=[case.applicant_id]), {"note": "Entend mal"}, Note

    def word_to_a_colleague(self) -> Made:
        case, client, _shown = self._case()
        mate = factories.agent(Role.AGENT, service="waste")
        shown = reverse("cases_person", args=[case.applicant_id])
        told = {"case": case.reference, "assignee": str(mate.pk), "word": "Elle rappellera"}
        return client, shown, reverse("cases_hand_over", args=[case.applicant_id]), told, Note

    def message_of_an_agent(self) -> Made:
        case, client, shown = self._case()
        return client, shown, reverse("cases_message", args=[case.reference]), {"message": "Bonjour"}, Message

    def message_of_the_applicant(self) -> Made:
        case, _client, _shown = self._case()
        client = Client()
        session = client.session
        session["cases"] = [case.reference]
        session.save()
        shown = reverse("case_page", args=[case.reference])
        return client, shown, reverse("case_message", args=[case.reference]), {"message": "Bonjour"}, Message

    def reminder(self) -> Made:
        case, client, _shown = self._case()
        shown = reverse("cases_together", args=[case.reference])
        return client, shown, shown, {"do": "remind", "on": "31/12/2026", "reminder": "Rappeler"}, Reminder

    def opinion(self) -> Made:
        case, client, _shown = self._case()
        shown = reverse("cases_together", args=[case.reference])
        told = {"do": "ask", "question": "Et le jardin ?", "name": "Parc", "email": "a@example.org", "days": "15"}
        return client, shown, shown, told, Opinion

    def export(self) -> Made:
        client, _account = sit(Role.AGENT, service="waste")
        address = reverse("cases_export_new")
        return client, address, address, {"format": "ods", "situation": "open"}, Export

    def canned(self) -> Made:
        client, _account = sit(Role.MANAGER, service="waste")
        address = reverse("cases_canned_new")
        return client, address, address, {"service": "waste", "title": "Ancien", "body": "Bonjour"}, CannedAnswer

    def place(self) -> Made:
        client, _account = sit(Role.ADMINISTRATOR)
        address = reverse("territory_desk:new_place")
        return client, address, address, {"name": "Halle", "kind": "other", "commune": str(commune("59053").pk)}, Place

    def organisation(self) -> Made:
        client, _account = sit(Role.ADMINISTRATOR)
        address = reverse("territory_desk:new_organisation")
        return client, address, address, {"name": "Club", "kind": "association"}, Organisation

    def _case(self) -> tuple[Case, Client, str]:
        case = filed(NOW, email="marcelle@example.org")
        client, _account = sit(Role.AGENT, service="waste")
        return case, client, reverse("cases_desk", args=[case.reference])


ELIGIBLE = {"_shown": ["lives_here", "already_has"], "lives_here": "oui", "already_has": "non"}
KINDS = [name for name in vars(Forms) if not name.startswith("_")]


def counted(model: type) -> Callable[[], int]:
    return model._default_manager.count  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("kind", KINDS)
def test_pressed_twice_makes_one_and_leads_to_it(kind: str) -> None:
    client, shown, address, told, model = getattr(Forms(), kind)()
    count = counted(model)
    before = count()
    told = {**told, ONCE: key_in(client, shown)}
    first = client.post(address, told)
    assert first.status_code == 302
    assert count() == before + 1
    events, notices = Event.objects.count(), Notice.objects.count()
    second = client.post(address, told)
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert (count(), Event.objects.count(), Notice.objects.count()) == (before + 1, events, notices)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_words_on_a_fresh_page_are_said_again(kind: str) -> None:
    """The control: what tells two presses from two acts is the page's UUID, not what it says."""
    client, shown, address, told, model = getattr(Forms(), kind)()
    count = counted(model)
    before = count()
    presses = [client.post(address, {**told, ONCE: key_in(client, shown)}).status_code for _press in range(2)]
    if kind in {"canned"}:  # its title is its own key: told, not doubled
        assert presses == [302, 422]
        return
    assert presses == [302, 302]
    assert count() == before + 2


def test_who_goes_back_and_changes_the_form_makes_another_one() -> None:
    client, shown, address, told, _model = Forms().person()
    key = key_in(client, shown)
    for name in ("Jean", "Luc"):  # twins
        client.post(address, {**told, "given_names": name, ONCE: key})
    assert set(Person.objects.filter(birth_name="Lecoq").values_list("given_names", flat=True)) == {"Jean", "Luc"}


def test_the_uuid_of_someone_else_leads_nowhere() -> None:
    client, shown, address, told, _model = Forms().entry()
    told = {**told, ONCE: key_in(client, shown)}
    theirs = client.post(address, told)["Location"]
    other, _account = sit(Role.AGENT, service="waste")
    assert other.post(address, told)["Location"] != theirs


@pytest.mark.parametrize("sent", ["", "x", "\x00", "1" * 5000])
def test_something_else_than_a_uuid_breaks_nothing(sent: str) -> None:
    client, _shown, address, told, _model = Forms().person()
    assert client.post(address, {**told, ONCE: sent}).status_code == 302


def test_a_refused_form_keeps_its_uuid() -> None:
    client, _shown, address, _told, _model = Forms().person()
    key = str(uuid4())
    assert f'value="{key}"' in page(client.post(address, {"given_names": "", ONCE: key}))


# --- A draft without account ---------------------------------------------------------------------------------------
def began(client: Client, told: dict[str, Any]) -> tuple[Case, str]:
    """A press of « Commencer », and the code that the next page shows."""
    answer = client.post(reverse("procedure_start", args=["composteur"]), told)
    assert answer.status_code == 302
    shown = page(client.get(answer["Location"]))
    case = Case.objects.get()
    codes = re.findall(r"[BCDFGHJKLMNPQRSTVWXZ2456789]{4}.?[BCDFGHJKLMNPQRSTVWXZ2456789]{4}", shown)
    return case, next((code for code in codes if tracking.opens(case, code)), "")


def test_a_second_press_shows_a_code_that_opens() -> None:
    """The browser drops the answer to the first press: its cookie and its code are lost."""
    composter(NOW)
    client = Client()
    told = {**ELIGIBLE, "email": "m@example.org", ONCE: key_in(client, reverse("procedure_start", args=["composteur"]))}
    cookie = client.cookies["csrftoken"].value
    Client(headers={"cookie": f"csrftoken={cookie}"}).post(reverse("procedure_start", args=["composteur"]), told)
    case, code = began(client, told)
    assert code
    assert Notice.objects.filter(subject=case.subject).count() == 1
    assert Event.objects.filter(subject=case.subject, kind="cases.code_replaced").count() == 1


def test_a_press_after_the_code_was_shown_leaves_that_code() -> None:
    composter(NOW)
    client = Client()
    told = {**ELIGIBLE, "email": "m@example.org", ONCE: key_in(client, reverse("procedure_start", args=["composteur"]))}
    case, code = began(client, told)
    again = client.post(reverse("procedure_start", args=["composteur"]), told)
    assert again["Location"] == reverse("case_resume", args=[case.reference])
    assert tracking.opens(Case.objects.get(), code)


# --- Several at once -----------------------------------------------------------------------------------------------
def test_scanned_papers_sent_twice_are_one_entry() -> None:
    composter(NOW)
    client, _account = sit(Role.AGENT, service="waste")
    address = reverse("cases_scans")
    key = key_in(client, address)
    for _press in range(2):
        client.post(address, {"files": [picture("une.jpg")], "procedure": "composteur", ONCE: key})
    assert (Case.objects.count(), Document.objects.count()) == (1, 1)
