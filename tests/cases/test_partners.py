"""Helpers of partners: of an association, without any post; they ask for mandates, and see who gave them one."""

import re
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from bocage.base import outbox
from bocage.base.models import Event
from bocage.cases.helping import operations
from bocage.cases.models import Case
from bocage.identity.models import ERASED, Mandate, MandateAsk, OrganisationMembership, Person, Role
from bocage.identity.operations import add_organisation_member, give_mandate, set_helper
from bocage.identity.queries import known_where_told
from bocage.messaging.models import MailboxMessage, Notice
from bocage.territory.models import Organisation
from tests.cases.desk import commune, page, sit
from tests.cases.factories import filed
from tests.conftest import NOW
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
TODAY = NOW.date()
HERE = "59353"
BY = {"actor": factories.SYSTEM, "now": NOW}
WHO = {
    "given_names": "Suzanne", "birth_name": "Lefebvre", "birth_date": "12/03/1948", "phone": "06 12 34 56 78",
    "address": "3 rue du Moulin", "postcode": "59530", "locality": "Locquignol",
}  # fmt: skip
ASK = {"scopes": ["*"], "days": "31", "how": "counter-sms", "told_by": "sms"}


@pytest.fixture(autouse=True)
def _no_rates_left_over():
    for cache in caches.all():
        cache.clear()


def association(name="Les Haies vives"):
    return Organisation.objects.get_or_create(name=name, defaults={"kind": "association"})[0]


def mediator(body=None, name="Camille"):
    """Signed in, helper of an association: no post, no second factor, no desk."""
    account = factories.resident(given_names=name, birth_name="Médiatrice")
    add_organisation_member(
        body or association(), account.person, role="médiatrice", starts=TODAY, is_helper=True, **BY
    )
    client = Client()
    client.force_login(account)
    return client, account


def ask(client, body=None, **changed):
    told = {**WHO, **ASK, "body": str((body or association()).pk), **changed}
    return client.post(reverse("helping_new"), told)


def code_by_sms():
    """The latest code; other SMS, of less hurry, may have left after it."""
    outbox.drain(NOW)
    sent = MailboxMessage.objects.filter(kind="sms").order_by("-pk")
    return next(code[0] for sms in sent if (code := re.search(r"\d{6}", bytes(sms.raw).decode())))


def test_a_mediator_of_an_association_asks_and_acts_without_the_desk(territory):
    client, account = mediator()
    assert client.get("/bureau/").status_code == 403
    assert reverse("helping_new") in page(client.get(reverse("helping_home")))
    assert "Les Haies vives" in page(client.get(reverse("helping_new")))
    where = ask(client)["Location"]
    assert "Suzanne Lefebvre" in page(client.get(where))
    assert "Suzanne Lefebvre" in page(client.get(reverse("helping_home")))  # found again there
    done = client.post(where, {"code": code_by_sms()})
    mandate = Mandate.objects.get()
    assert done["Location"] == reverse("helping_person", args=[mandate.pk])
    assert (mandate.helper, mandate.holder_organisation, mandate.consent) == (account, association(), "sms")
    assert Notice.objects.get(template="mandate.given").deliveries.get().channel == "sms"
    client.post(reverse("helping_take", args=[mandate.pk]))
    assert "Vous agissez pour <strong>Suzanne Lefebvre" in page(client.get("/"))
    event = Event.objects.get(kind="identity.mandate_given")
    assert (event.actor, event.channel) == (f"account:{account.pk}", "counter")


def test_they_see_only_those_who_gave_a_mandate_to_their_organisation(territory):
    client, account = mediator()
    other, _account = mediator(association("Autre association"), "Alix")
    suzanne = factories.person("Lefebvre", "Suzanne")
    told = {"consent": "sms", "starts": TODAY, "ends": TODAY + timedelta(days=30)}
    mandate = give_mandate(suzanne, association(), helper=account, **told, **BY)
    assert "Suzanne Lefebvre" in page(client.get(reverse("helping_home")))
    assert "Suzanne Lefebvre" not in page(other.get(reverse("helping_home")))
    for name in ("helping_person", "helping_take"):
        assert other.post(reverse(name, args=[mandate.pk])).status_code in {404, 405}
    part = OrganisationMembership.objects.get(person=account.person)
    set_helper(part, is_helper=False, **BY)  # and no longer, once they have left
    assert "Suzanne Lefebvre" not in page(client.get(reverse("helping_home")))
    assert client.get(reverse("helping_new")).status_code == 404


def test_a_member_who_does_not_help_has_none_of_it(territory):
    treasurer = factories.resident(birth_name="Trésorier")
    add_organisation_member(association(), treasurer.person, role="trésorier", starts=TODAY, **BY)
    told = {"consent": "sms", "starts": TODAY, "ends": TODAY}
    give_mandate(factories.person("Lefebvre", "Suzanne"), association(), **told, **BY)
    client = Client()
    client.force_login(treasurer)
    assert client.get(reverse("helping_new")).status_code == 404
    assert "Suzanne" not in page(client.get(reverse("helping_home")))


def test_a_consent_is_received_by_who_asked_for_it(territory):
    client, _account = mediator()
    where = ask(client)["Location"]
    pk = MandateAsk.objects.get().pk
    same_body, _other = mediator(name="Alix")
    for name in ("helping_consent", "helping_consent_sheet"):
        assert same_body.get(reverse(name, args=[pk])).status_code == 404
    assert same_body.post(where, {"code": code_by_sms()}).status_code == 404
    assert same_body.post(reverse("helping_consent_drop", args=[pk])).status_code == 404
    assert MandateAsk.objects.get().state == "waiting"


def test_a_record_is_found_only_where_its_own_telephone_or_address_is_reached(territory):
    known = factories.person(
        "Lefebvre", "Suzanne", phone="+33612345678", birth_date=TODAY.replace(year=1948, day=12),
        address="3 rue du Moulin", postcode="59530", commune=commune(HERE),
    )  # fmt: skip
    same = {"birth_name": "lefebvre", "given_names": "Suzanne", "birth_date": known.birth_date}
    assert known_where_told(**same, phone="+33612345678") == known
    assert known_where_told(**same, phone="+33699999999") is None  # one's own telephone opens nobody's requests
    assert known_where_told(**{**same, "birth_name": "Autre"}, phone="+33612345678") is None  # a couple's telephone
    assert known_where_told(**{**same, "birth_date": TODAY}, phone="+33612345678") is None
    assert known_where_told(**same, by_letter=True) == known
    assert known_where_told(**{**same, "birth_date": None}, by_letter=True) is None
    factories.person("Lefebvre", "Suzanne", phone="+33612345678")
    assert known_where_told(**same, phone="+33612345678") is None  # two that fit: neither


def test_with_a_telephone_of_ones_own_nothing_of_a_known_person_is_seen(territory):
    known = factories.person("Lefebvre", "Suzanne", phone="+33612345678")
    case = filed(NOW)
    Case.objects.filter(pk=case.pk).update(applicant=known)
    client, _account = mediator()
    for changed in ({"phone": "06 99 99 99 99"}, {"phone": "06 98 98 98 98", "how": "counter-paper"}):
        where = ask(client, **changed)["Location"]
        told = {"checked": "on"} if "how" in changed else {"code": code_by_sms()}
        client.post(where, told)
        mandate = Mandate.objects.latest("pk")
        assert mandate.principal != known
        client.post(reverse("helping_take", args=[mandate.pk]))
        assert case.reference not in page(client.get(reverse("helping_person", args=[mandate.pk])))
        assert client.get(reverse("case_page", args=[case.reference])).status_code == 404
        client.post(reverse("helping_stop"))
    where = ask(client)["Location"]  # with the telephone that is theirs, and the code that it received
    client.post(where, {"code": code_by_sms()})
    assert Mandate.objects.latest("pk").principal == known


def test_who_does_not_consent_leaves_nothing_behind(territory):
    client, _account = mediator()
    ask(client)
    client.post(reverse("helping_consent_drop", args=[MandateAsk.objects.get().pk]))
    person = MandateAsk.objects.get().principal
    assert (person.birth_name, person.phone) == (ERASED, "")
    known = factories.person("Lefebvre", "Suzanne", phone="+33612345678", birth_date=TODAY.replace(year=1948, day=12))
    Person.objects.filter(pk=known.pk).update(created_at=NOW - timedelta(days=400))
    ask(client)
    asked = MandateAsk.objects.latest("pk")
    assert asked.principal == known
    client.post(reverse("helping_consent_drop", args=[asked.pk]))
    known.refresh_from_db()
    assert known.birth_name == "Lefebvre"


def test_who_never_answers_leaves_nothing_behind_either(territory):
    client, _account = mediator()
    ask(client)
    assert operations.forget_unanswered(NOW + timedelta(minutes=14)) == 0
    assert operations.unanswered_due(NOW + timedelta(days=1)) == 1
    assert operations.forget_unanswered(NOW + timedelta(days=1)) == 1
    asked = MandateAsk.objects.get()
    assert (asked.state, asked.phone, asked.principal.birth_name) == ("dropped", "", ERASED)
    assert operations.forget_unanswered(NOW + timedelta(days=2)) == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"phone": ""}, "téléphone mobile"),
        ({"how": "phone-letter", "address": ""}, "adresse postale"),
        ({"told_by": "email"}, "courriel"),
        ({"scopes": []}, "au moins une démarche"),
        ({"birth_name": ""}, "nom de naissance"),
    ],
)
def test_what_is_chosen_must_reach_the_person(territory, changed, said):
    client, _account = mediator()
    response = ask(client, **changed)
    assert response.status_code == 422
    assert said in page(response)
    assert not MandateAsk.objects.exists()
    assert not Person.objects.filter(birth_name="Lefebvre").exists()


def test_a_telephone_does_not_ring_all_day_under_other_names(territory):
    client, _account = mediator()
    answers = [
        ask(client, given_names=name).status_code for name in ("Anne", "Berthe", "Claire", "Denise", "Elise", "Flore")
    ]
    assert answers == [302] * 5 + [429]


def test_the_administrator_names_helpers_and_ends_them(territory):
    office, _admin = sit(Role.ADMINISTRATOR)
    body, person = association(), factories.person("Médiatrice", "Camille")
    part = add_organisation_member(body, person, role="médiatrice", starts=TODAY, **BY)
    where, name = (
        reverse("identity_members:list", args=[body.pk]),
        reverse("identity_members:helper", args=[body.pk, part.pk]),
    )
    assert "Nommer aidant" in page(office.get(where))
    for _press in range(2):  # pressed twice
        office.post(name, {"helps": "yes"})
    part.refresh_from_db()
    assert part.is_helper
    assert "aide les habitants, avec leur mandat" in page(office.get(where))
    assert "ses mandats s’arrêtent" in page(office.post(name, follow=True))
    part.refresh_from_db()
    assert not part.is_helper
    kinds = Event.objects.filter(subject=f"organisation:{body.pk}").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["identity.organisation_member_added", "identity.helper_named", "identity.helper_ended"]
