"""Two agents correct the same sheet: both corrections are kept, or the second is told of the first."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event
from bocage.base.shown import WAS, ChangedMeanwhile
from bocage.cases.models import CannedAnswer
from bocage.identity.models import Person, Role
from bocage.identity.operations import update_person
from bocage.territory import operations
from bocage.territory.models import Organisation, Place
from tests.cases.desk import commune, sit
from tests.conftest import NOW
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
BY = {"actor": factories.SYSTEM, "now": NOW}
CONTROL = re.compile(
    r'<input[^>]*?name="(?P<name>[^"]+)"[^>]*>|<textarea[^>]*name="(?P<area>[^"]+)"[^>]*>(?P<text>.*?)</textarea>'
    r'|<select[^>]*name="(?P<select>[^"]+)".*?</select>',
    re.DOTALL,
)


def sheet(client: Client, address: str) -> dict[str, str]:
    """What a browser would send back of the form of this page that says what it showed."""
    return read(client.get(address).content.decode())


def read(html: str) -> dict[str, str]:
    form = next(part for part in html.split("<form")[1:] if f'name="{WAS}"' in part).split("</form>")[0]
    found: dict[str, str] = {}
    for control in CONTROL.finditer(form):
        if control["area"]:
            found[control["area"]] = unescape(control["text"])
        elif control["select"]:
            chosen = re.search(r'value="([^"]*)"[^>]*selected', control[0])
            found[control["select"]] = chosen[1] if chosen else ""
        else:
            value = re.search(r'value="([^"]*)"', control[0])
            found[control["name"]] = unescape(value[1]) if value else ""
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


class Sheets:
    """The sheets that agents correct, each with two fields: an address, what is kept, and a colleague's correction."""

    def person(self) -> tuple[Client, str, Callable[[], Any], tuple[str, str]]:
        kept = factories.person("Delattre", "Marcelle", phone="03 53 01 00 12", commune=commune("59353"))
        client, _account = sit(Role.RECEPTION, commune=commune("59353"))
        return client, reverse("cases_edit_person", args=[kept.pk]), lambda: Person.objects.get(pk=kept.pk), NAMES

    def place(self) -> tuple[Client, str, Callable[[], Any], tuple[str, str]]:
        kept = Place.objects.get(slug="mairie-bavay")
        client, _account = sit(Role.ADMINISTRATOR)
        address = reverse("territory_desk:place", args=[kept.pk])
        return client, address, lambda: Place.objects.get(pk=kept.pk), ("notice", "accessibility_details")

    def organisation(self) -> tuple[Client, str, Callable[[], Any], tuple[str, str]]:
        kept = operations.save_organisation(None, {"name": "Club", "kind": "association"}, **BY)
        client, _account = sit(Role.ADMINISTRATOR)
        address = reverse("territory_desk:organisation", args=[kept.pk])
        return client, address, lambda: Organisation.objects.get(pk=kept.pk), ("name", "rna")

    def canned(self) -> tuple[Client, str, Callable[[], Any], tuple[str, str]]:
        client, account = sit(Role.MANAGER, service="waste")
        kept = CannedAnswer.objects.create(
            service="waste", title="Ancien", body="Bonjour", changed_by=account, changed_at=NOW
        )
        address = reverse("cases_canned_change", args=[kept.pk])
        return client, address, lambda: CannedAnswer.objects.get(pk=kept.pk), ("title", "body")


NAMES = ("usual_name", "given_names")
TEXTS = {"rna": ("W595001234", "W595001235")}
KINDS = ["person", "place", "organisation", "canned"]


def texts(name: str) -> tuple[str, str]:
    return TEXTS.get(name, ("Première", "Seconde"))


@pytest.mark.parametrize("kind", KINDS)
def test_two_agents_correct_two_answers_and_both_are_kept(kind: str) -> None:
    client, address, kept, (one, other) = getattr(Sheets(), kind)()
    here, there = sheet(client, address), sheet(client, address)
    assert client.post(address, {**here, one: texts(one)[0]}).status_code == 302
    assert client.post(address, {**there, other: texts(other)[0]}).status_code == 302
    assert [getattr(kept(), name) for name in (one, other)] == [texts(one)[0], texts(other)[0]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_second_of_two_who_correct_one_answer_sees_both_and_decides(kind: str) -> None:
    client, address, kept, (one, other) = getattr(Sheets(), kind)()
    here, there = sheet(client, address), sheet(client, address)
    client.post(address, {**here, one: texts(one)[0]})
    events = Event.objects.count()
    refused = client.post(address, {**there, one: texts(one)[1], other: texts(other)[0]})
    assert refused.status_code == 409
    shown = unescape(refused.content.decode())
    for expected in ("La fiche a changé entre-temps", *texts(one), texts(other)[0]):
        assert expected in shown
    assert getattr(kept(), one) == texts(one)[0]
    assert Event.objects.count() == events
    again = read(refused.content.decode())
    assert (again[one], again[other]) == (texts(one)[1], texts(other)[0])
    assert client.post(address, again).status_code == 302
    assert [getattr(kept(), name) for name in (one, other)] == [texts(one)[1], texts(other)[0]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_sent_back_as_it_was_reverts_nothing(kind: str) -> None:
    client, address, kept, (one, _other) = getattr(Sheets(), kind)()
    here, there = sheet(client, address), sheet(client, address)
    client.post(address, {**here, one: texts(one)[0]})
    assert client.post(address, there).status_code == 302
    assert getattr(kept(), one) == texts(one)[0]


def test_hours_are_one_answer() -> None:
    client, address, kept, _names = Sheets().place()
    here, there = sheet(client, address), sheet(client, address)
    client.post(address, {**here, "day_0": "9h-12h"})
    refused = client.post(address, {**there, "osm": "Tu 09:00-12:00"})
    assert refused.status_code == 409
    assert "Mo 09:00-12:00" in kept().opening_hours


def test_one_chosen_commune_is_told_by_its_name() -> None:
    client, address, _kept, _names = Sheets().person()
    here, there = sheet(client, address), sheet(client, address)
    client.post(address, {**here, "commune": str(commune("59481").pk)})
    client, _account = sit(Role.ADMINISTRATOR)
    shown = unescape(client.post(address, {**there, "commune": str(commune("59053").pk)}).content.decode())
    assert "« Le Quesnoy »" in shown.replace("\u00a0", " ")
    assert "« Bavay »" in shown.replace("\u00a0", " ")


def test_a_correction_between_the_comparison_and_the_write_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    client, address, kept, _names = Sheets().person()
    here = sheet(client, address)
    from bocage.cases.desk_views import counter

    def meanwhile(person: Person, **told: Any) -> Person:
        monkeypatch.undo()
        update_person(kept(), usual_name="Première", **BY)
        return update_person(person, **told)

    monkeypatch.setattr(counter, "update_person", meanwhile)
    assert client.post(address, {**here, "usual_name": "Seconde"}).status_code == 409
    assert kept().usual_name == "Première"


def test_the_write_itself_refuses_what_changed_since_it_was_read() -> None:
    someone = factories.person("Delattre", "Marcelle")
    late = Person.objects.get(pk=someone.pk)
    update_person(someone, phone="03 27 00 00 01", **BY)
    with pytest.raises(ChangedMeanwhile):
        update_person(late, phone="03 27 00 00 02", **BY)
    update_person(late, address="2 rue Haute", **BY)
    someone.refresh_from_db()
    assert (someone.phone, someone.address) == ("+33327000001", "2 rue Haute")


def test_a_resident_and_an_agent_correct_the_same_details(client: Client) -> None:
    account = factories.resident()
    client.force_login(account)
    address = reverse("identity_details")
    page = sheet(client, address)
    assert account.person
    update_person(Person.objects.get(pk=account.person.pk), phone="03 27 00 00 01", **BY)
    assert client.post(address, {**page, "phone": "06 12 34 56 78"}).status_code == 409
    assert client.post(address, {**page, "address": "2 rue Haute"}).status_code == 302
    kept = Person.objects.get(pk=account.person.pk)
    assert (kept.phone, kept.address) == ("+33327000001", "2 rue Haute")


def test_a_closure_taken_away_twice_is_taken_away_once() -> None:
    client, _account = sit(Role.ADMINISTRATOR)
    town_hall = Place.objects.get(slug="mairie-bavay")
    closure = operations.add_closure(town_hall, NOW.date(), NOW.date(), "congés", **BY)
    address = reverse("territory_desk:remove_closure", args=[town_hall.pk, closure.pk])
    assert [client.post(address).status_code for _press in range(2)] == [302, 302]
    assert Event.objects.filter(kind="closure.removed").count() == 1
