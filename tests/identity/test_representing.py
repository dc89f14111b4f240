"""Whom the law lets someone represent: children under age, adults whom a judge protects; both named by every event."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event
from bocage.cases.models import Case
from bocage.cases.operations import save_answers
from bocage.identity import operations
from bocage.identity.models import Account, Membership, Person, Representation, Role
from bocage.identity.representing import representatives_of, represented_by
from bocage.territory.models import Organisation
from bocage.territory.operations import load_territory
from tests.cases.desk import page, sit
from tests.cases.factories import ANSWERS, composter, filed
from tests.conftest import NOW
from tests.identity import factories
from tests.identity.factories import SYSTEM, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
BY: dict[str, Any] = {"actor": SYSTEM, "now": NOW}
ELIGIBLE = {"_shown": ["lives_here", "already_has"], "lives_here": "oui", "already_has": "non"}
START = "/demarches/composteur/commencer/"


@pytest.fixture
def account() -> Account:
    """Someone with an account."""
    return factories.resident(birth_name="Bellehaie", given_names="Mireille")


@pytest.fixture
def adult() -> Person:
    """Someone whom a judge protects."""
    return factories.person("Hautepâture", "Suzanne", birth_date=date(1948, 3, 12))


def measure(protected: Person, by: Any, kind: str = "tutelle", **told: Any) -> Representation:
    """A judge's decision."""
    days = {"decided_on": date(2026, 1, 5), "starts": date(2026, 1, 5), "ends": date(2031, 1, 4), **told}
    return operations.record_representation(protected, by, kind=kind, decision="Jugement n° 1", **days, **BY)


def child_of(*parents: Person, born: date, authority: bool = True) -> Person:
    """A child at their parents'."""
    child = factories.person("Clairelande", "Lou", birth_date=born)
    home = operations.open_household(name="Clairelande", **BY)
    for parent in parents:
        operations.add_member(home, parent, role="guardian", starts=TODAY, legal_authority=authority, **BY)
    operations.add_member(home, child, role="child", starts=TODAY, **BY)
    return child


# --- Who represents whom --------------------------------------------------------------------------------------------
def test_parents_represent_their_children_until_they_are_of_age(account: Account) -> None:
    assert account.person
    child = child_of(account.person, born=date(2008, 3, 11))
    (one,) = represented_by(account.person, TODAY)
    assert (one.principal, one.told, one.ends) == (child, "autorité parentale", date(2026, 3, 10))
    assert represented_by(account.person, TODAY + timedelta(days=1)) == []
    assert represented_by(child, TODAY) == []


def test_who_has_no_parental_authority_represents_nobody(account: Account) -> None:
    assert account.person
    child_of(account.person, born=date(2018, 1, 1), authority=False)
    assert represented_by(account.person, TODAY) == []


def test_measures_hold_between_their_dates(account: Account, adult: Person, django_assert_num_queries: Any) -> None:
    link = measure(adult, account.person)
    with django_assert_num_queries(2):
        (one,) = represented_by(account.person, TODAY)
    assert (one.principal, one.told, one.assists) == (adult, "tutelle", False)
    assert represented_by(account.person, date(2026, 1, 4)) == represented_by(account.person, date(2031, 1, 5)) == []
    assert representatives_of(adult, TODAY) == [link]
    assert operations.end_representation(link, **BY)
    assert not operations.end_representation(link, **BY)
    assert represented_by(account.person, TODAY) == []


def test_an_association_named_by_the_judge_acts_through_its_members(account: Account, adult: Person) -> None:
    body = Organisation.objects.create(name="Association tutélaire (exemple)", kind="association")
    measure(adult, body)
    assert represented_by(account.person, TODAY) == []
    assert account.person
    operations.add_organisation_member(body, account.person, role="mandataire", starts=TODAY, **BY)
    assert [one.principal for one in represented_by(account.person, TODAY)] == [adult]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"decided_on": date(2026, 4, 1), "starts": date(2026, 4, 1)}, "decided_on"),
        ({"starts": date(2026, 1, 1)}, "starts"),
        ({"ends": date(2026, 1, 1)}, "ends"),
        ({"ends": date(2046, 1, 6)}, "ends"),
    ],
)
def test_a_measure_that_cannot_be_is_refused(account: Account, adult: Person, told: Any, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        measure(adult, account.person, **told)
    assert list(refused.value.message_dict) == [field]


def test_a_measure_is_of_another_and_written_once(account: Account, adult: Person) -> None:
    with pytest.raises(ValidationError, match="elle-même"):
        measure(adult, adult)
    link = measure(adult, account.person)
    with pytest.raises(ValidationError, match="déjà enregistrée"):
        measure(adult, account.person, kind="curatelle")
    for bad in ({"person": adult}, {"person": None}, {"ends": date(2020, 1, 1)}, {"decision": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Representation.objects.filter(pk=link.pk).update(**bad)


# --- Acting ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def territory() -> None:
    """Mormal, and a procedure."""
    load_territory("mormal", now=NOW)
    composter(NOW)


def browser(account: Account) -> Client:
    """Signed in."""
    client = Client()
    client.force_login(account)
    return client


def begin(client: Client, key: str) -> Case:
    """Begin a request for someone from the procedure's page."""
    shown = page(client.get(START))
    assert f'value="{key}"' in shown
    response = client.post(START, {**ELIGIBLE, "for": key})
    assert response.status_code == 302
    return Case.objects.latest("pk")


@pytest.mark.usefixtures("territory")
def test_a_parent_begins_a_request_for_a_child(account: Account) -> None:
    assert account.person
    child = child_of(account.person, born=date(2015, 1, 1))
    client = browser(account)
    case = begin(client, f"p{child.pk}")
    assert (case.applicant, case.account, case.mandate) == (child, None, None)
    event = Event.objects.get(kind="cases.started")
    assert (event.actor, event.on_behalf_of) == (f"account:{account.pk}", f"person:{child.pk}")
    assert client.get(reverse("case_resume", args=[case.reference]), follow=True).status_code == 200
    assert "Lou Clairelande" in page(client.get("/espace/"))
    Membership.objects.filter(person=account.person).update(legal_authority=False)
    assert client.get(reverse("case_resume", args=[case.reference])).status_code == 404


@pytest.mark.usefixtures("territory")
def test_a_guardian_sees_files_and_loses_the_right_with_the_measure(account: Account, adult: Person) -> None:
    link, client = measure(adult, account.person), browser(account)
    case = begin(client, f"r{link.pk}")
    save_answers(case, ANSWERS, now=NOW)
    home = reverse("helping_represented", args=[f"r{link.pk}"])
    assert case.reference in page(client.get(home))
    assert client.post(reverse("helping_represent", args=[f"r{link.pk}"]))["Location"] == home
    assert client.get("/espace/")["Location"] == home
    assert "Vous agissez pour <strong>Suzanne Hautepâture" in page(client.get(home))
    operations.end_representation(link, **BY)
    told = client.get(reverse("case_resume", args=[case.reference]))
    assert told.status_code == 403
    assert "Suzanne Hautepâture" in page(told)
    assert client.get(home).status_code == 403
    client.post(reverse("helping_stop"))
    assert client.get(home).status_code == 404


@pytest.mark.usefixtures("territory")
def test_a_curator_prepares_and_the_protected_person_sends(account: Account, adult: Person) -> None:
    link, client = measure(adult, account.person, "curatelle"), browser(account)
    case = filed(NOW)
    Case.objects.filter(pk=case.pk).update(applicant=adult)
    assert "vous agissez ensemble" in page(client.get(reverse("helping_represented", args=[f"r{link.pk}"])))
    before = Event.objects.count()
    refused = client.post(reverse("case_withdraw", args=[case.reference]), {"reason": "Non", "sure": "oui"})
    assert refused.status_code == 403
    assert "Vous assistez, la personne décide" in page(refused)
    assert Event.objects.count() == before
    spoken = client.post(reverse("case_message", args=[case.reference]), {"message": "Bonjour"})
    assert spoken.status_code == 302  # a word commits nobody
    assert Event.objects.get(kind="cases.message_received").on_behalf_of == f"person:{adult.pk}"
    theirs = browser(factories.account(person=adult))
    assert theirs.post(reverse("case_withdraw", args=[case.reference]), {"reason": "Non"}).status_code == 302


def test_a_stranger_represents_nobody(account: Account, adult: Person) -> None:
    link = measure(adult, factories.person())
    client = browser(account)
    for key in (f"r{link.pk}", f"p{adult.pk}", "r999", "x", "p"):
        assert client.get(reverse("helping_represented", args=[key])).status_code == 404
        assert client.post(reverse("helping_represent", args=[key])).status_code == 404


# --- At the desk ----------------------------------------------------------------------------------------------------
def test_an_agent_records_a_measure_and_ends_it(account: Account, adult: Person) -> None:
    client, agent = sit(Role.RECEPTION, commune=factories.commune())
    address = reverse("identity_protection:person", args=[adult.pk])
    assert "Bellehaie" in page(client.get(address, {"q": "bellehaie"}))
    told = {"kind": "tutelle", "decision": "Jugement n° 1", "decided_on": "05/01/2026", "starts": "05/01/2026"}
    told |= {"ends": "04/01/2031"}
    for bad in ({}, told, told | {"person": account.person_id, "ends": "01/01/2020"}, told | {"person": adult.pk}):
        assert client.post(address, bad).status_code == 422
    assert client.post(address, told | {"person": account.person_id})["Location"] == address
    link = Representation.objects.get()
    assert (link.protected, link.person, link.seen_by) == (adult, account.person, agent)
    shown = page(client.get(reverse("cases_person", args=[adult.pk])))
    assert "Cette personne est protégée" in shown
    assert "Tutelle : Mireille Bellehaie" in shown
    client.post(reverse("identity_protection:end", args=[adult.pk, link.pk]))
    assert "Cette personne est protégée" not in page(client.get(reverse("cases_person", args=[adult.pk])))


def test_measures_follow_a_merge(account: Account, adult: Person) -> None:
    link = measure(adult, account.person)
    kept = factories.person("Hautepâture", "Suzanne", birth_date=date(1948, 3, 12))
    operations.merge_people(kept, adult, **BY)
    assert representatives_of(kept, TODAY) == [link]
