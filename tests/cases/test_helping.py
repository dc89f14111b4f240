"""Acting for someone: consent by a code, what one does under a mandate, who is told, and how it ends."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bocage.base import journal, outbox
from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.cases.helping import operations, telling, wording
from bocage.cases.models import Case
from bocage.cases.operations import publish
from bocage.identity.models import Mandate, MandateAsk, MandateUse, Person, Role
from bocage.identity.operations import (
    MandateOver,
    NotConsented,
    UnderMandate,
    end_post,
    give_mandate,
    revoke_mandate,
)
from bocage.identity.operations.mandates import TEXT_VERSION
from bocage.identity.queries import active_mandates, helping_bodies
from bocage.messaging.models import Delivery, MailboxMessage, Notice
from bocage.territory.models import Organisation
from tests.cases.desk import commune, page, sit
from tests.cases.factories import body, composter, filed
from tests.conftest import NOW
from tests.identity import factories

pytestmark = pytest.mark.django_db
SYSTEM = factories.SYSTEM
HERE = "59353"


@pytest.fixture
def suzanne(territory):
    """Without e-mail nor account: a mobile telephone and an address."""
    return factories.person(
        "Lefebvre", "Suzanne", phone="+33612345678", address="3 rue du Moulin", postcode="59530", commune=commune(HERE)
    )


def by_sms(client, person, **changed):
    """The adviser asks; gives the page of consent and the code that the telephone received."""
    form = {"scopes": ["*"], "days": "1", "how": "counter-sms", "told_by": "letter", **changed}
    form["body"] = str(Organisation.objects.get(kind="epci").pk)
    response = client.post(reverse("cases_mandate_new", args=[person.pk]), form)
    assert response.status_code == 302, page(response)
    outbox.drain(NOW)
    told = MailboxMessage.objects.filter(kind="sms").latest("pk")
    return response["Location"], re.search(r"\d{6}", bytes(told.raw).decode())[0]


def adviser():
    return sit(Role.AGENT)


def acting_for(person, client):
    where, code = by_sms(client, person)
    assert client.post(where, {"code": code}).status_code == 302
    mandate = Mandate.objects.get()
    assert client.post(reverse("helping_take", args=[mandate.pk])).status_code == 302
    return mandate


# --- Consent -------------------------------------------------------------------------------------------------------
def test_a_code_by_sms_opens_a_mandate_of_one_day(suzanne, frozen):
    client, agent = adviser()
    where, code = by_sms(client, suzanne)
    ask = MandateAsk.objects.get()
    assert (ask.phone, ask.channel, ask.sealed_code) == (suzanne.phone, "counter", "")
    assert code not in ask.code_digest
    assert "Suzanne Lefebvre" in ask.text
    assert "toutes les démarches" in ask.text
    client.post(where, {"code": code})
    mandate = Mandate.objects.get()
    assert (mandate.helper, mandate.holder_organisation.kind, mandate.consent) == (agent, "epci", "sms")
    assert (mandate.ends - mandate.starts).days == 0
    assert Notice.objects.get(template="mandate.given").deliveries.get().channel == "letter"
    assert client.post(where, {"code": code}).status_code == 302  # pressed twice
    assert Mandate.objects.count() == 1


def test_a_code_is_tried_five_times_then_dies(suzanne, frozen):
    client, _agent = adviser()
    where, code = by_sms(client, suzanne)
    wrong = "000000" if code != "000000" else "111111"
    for left in range(4, 0, -1):
        assert f"Essais restants : {left}" in page(client.post(where, {"code": wrong}))
    assert client.post(where, {"code": wrong}).status_code == 422
    assert client.post(where, {"code": code}).status_code == 422
    assert not Mandate.objects.exists()


def test_a_code_dies_after_a_quarter_of_an_hour(suzanne, frozen):
    client, _agent = adviser()
    _where, code = by_sms(client, suzanne)
    ask, later = MandateAsk.objects.get(), NOW + timedelta(minutes=15)
    with pytest.raises(NotConsented):
        operations.consent_by_code(ask, code, actor=SYSTEM, now=later)


def test_codes_are_not_sent_all_day(suzanne, frozen):
    client, _agent = adviser()
    for _press in range(5):
        by_sms(client, suzanne)
    told = {"scopes": ["*"], "days": "1", "how": "counter-sms", "told_by": "sms"}
    told["body"] = str(Organisation.objects.get(kind="epci").pk)
    assert client.post(reverse("cases_mandate_new", args=[suzanne.pk]), told).status_code == 422
    assert MandateAsk.objects.filter(state="waiting").count() == 1


def test_only_who_asked_receives_the_consent(suzanne, frozen):
    client, _agent = adviser()
    where, code = by_sms(client, suzanne)
    other, _account = adviser()
    assert other.post(where, {"code": code}).status_code == 404


def test_a_signed_sheet(suzanne, frozen):
    client, _agent = adviser()
    epci = str(Organisation.objects.get(kind="epci").pk)
    told = {"scopes": ["composteur"], "days": "31", "how": "counter-paper", "told_by": "sms", "body": epci}
    composter(NOW)
    where = client.post(reverse("cases_mandate_new", args=[suzanne.pk]), told)["Location"]
    ask = MandateAsk.objects.get()
    assert client.get(reverse("cases_mandate_sheet", args=[ask.pk])).status_code == 200
    assert client.post(where, {"checked": ""}).status_code == 422
    assert client.post(where, {"checked": "on"}).status_code == 302
    mandate = Mandate.objects.get()
    assert (mandate.consent, mandate.scopes, (mandate.ends - mandate.starts).days) == ("paper", ["composteur"], 30)


def test_by_telephone_with_a_code_in_a_letter(suzanne, frozen):
    client, _agent = adviser()
    epci = str(Organisation.objects.get(kind="epci").pk)
    told = {"scopes": ["*"], "days": "31", "how": "phone-letter", "told_by": "letter", "body": epci}
    where = client.post(reverse("cases_mandate_new", args=[suzanne.pk]), told)["Location"]
    letter = Notice.objects.get(template="mandate.code")
    code = re.search(r": (\d{6})", letter.body)[1]
    client.post(where, {"code": code})
    mandate = Mandate.objects.get()
    assert (mandate.consent, mandate.ask.channel) == ("phone", "phone")


def test_by_telephone_with_a_code_by_sms(suzanne, frozen):
    client, _agent = adviser()
    where, code = by_sms(client, suzanne, how="phone-sms")
    client.post(where, {"code": f"{code[:3]} {code[3:]}"})
    mandate = Mandate.objects.get()
    assert (mandate.consent, mandate.ask.channel) == ("phone", "phone")
    assert Event.objects.get(kind="identity.mandate_given").channel == "phone"


def test_the_text_consented_to_has_a_version():
    # Change TEXT_VERSION with the wording: what people agreed to is named by it.
    from hashlib import sha256

    assert (TEXT_VERSION, sha256(wording.CONSENT.encode()).hexdigest()[:12]) == ("2026-11-2", "833f310e38c3")


@pytest.mark.parametrize("days", [366, -1])
def test_a_mandate_lasts_a_day_to_a_year_in_the_database(suzanne, days):
    other, day = factories.person("Petit", "Claire"), factories.TODAY
    fields = {"principal": suzanne, "holder_person": other, "consent": "sms", "scopes": ["*"], "text_version": "1"}
    Mandate.objects.create(**fields, starts=day, ends=day + timedelta(days=365))
    with pytest.raises(IntegrityError), transaction.atomic():
        Mandate.objects.create(**fields, starts=day, ends=day + timedelta(days=days))
    with pytest.raises(ValidationError):
        give_mandate(suzanne, other, consent="sms", starts=day, ends=day + timedelta(days=366), actor=SYSTEM, now=NOW)


# --- Use -----------------------------------------------------------------------------------------------------------
ELIGIBLE = {"_shown": ["lives_here", "already_has"], "lives_here": "oui", "already_has": "non"}
START = "/demarches/composteur/commencer/"


def test_every_screen_says_for_whom_and_every_event_names_both(suzanne, frozen):
    client, agent = adviser()
    composter(NOW)
    mandate = acting_for(suzanne, client)
    for address in ("/", START, reverse("helping_home"), reverse("identity_home")):
        assert "Vous agissez pour <strong>Suzanne Lefebvre" in page(client.get(address)), address
    assert client.get(reverse("space"))["Location"] == reverse("helping_person", args=[mandate.pk])
    client.post(START, ELIGIBLE)
    case = Case.objects.get()
    assert (case.applicant, case.mandate, case.account) == (suzanne, mandate, agent)
    event = Event.objects.get(kind="cases.started")
    assert (event.actor, event.on_behalf_of) == (f"account:{agent.pk}", f"person:{suzanne.pk}")
    use = MandateUse.objects.get()
    assert (use.mandate, use.account, use.subject, use.event) == (mandate, agent, case.subject, event)
    client.post(reverse("helping_stop"))
    assert "Vous agissez pour" not in page(client.get("/"))


def queries_of(client, address):
    """Of the page once it is warm: caches filled, messages shown."""
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)  # read now: the next request empties the log


def test_a_mandate_adds_two_queries_at_most(suzanne, frozen):
    client, _agent = adviser()
    composter(NOW)
    acting_for(suzanne, client)
    addresses = ["/", reverse("procedures"), reverse("identity_home"), START]
    acted = [queries_of(client, address) for address in addresses]
    client.post(reverse("helping_stop"))
    alone = [queries_of(client, address) for address in addresses]
    cost = [under - without for under, without in zip(acted, alone, strict=True)]
    assert min(cost[:3]) >= 1, cost  # START asks for whom, to who acts for nobody yet
    assert max(cost) <= 2, cost


def test_a_request_under_a_mandate_costs_two_queries_more_than_to_its_owner(suzanne, frozen):
    client, _agent = adviser()
    case = filed(NOW)
    Case.objects.filter(pk=case.pk).update(applicant=suzanne)
    acting_for(suzanne, client)
    hers = Client()
    hers.force_login(factories.account(person=suzanne))
    for name in ("case_page", "case_history"):
        address = reverse(name, args=[case.reference])
        assert queries_of(client, address) <= queries_of(hers, address) + 2, name


def test_revoked_in_an_open_tab_nothing_is_written_and_the_draft_stays(suzanne, frozen):
    client, _agent = adviser()
    composter(NOW)
    mandate = acting_for(suzanne, client)
    client.post(START, ELIGIBLE)
    case = Case.objects.get()
    step = client.get(client.get(reverse("case_resume", args=[case.reference]))["Location"])
    assert step.status_code == 200
    revoke_mandate(mandate, actor=SYSTEM, now=NOW)
    before = (Event.objects.count(), Case.objects.values().get())
    for address in (reverse("case_step", args=[case.reference, "home"]), START):
        typed = {**ELIGIBLE, "garden_size": "Deux cent douze", "_shown": ["garden_size", *ELIGIBLE["_shown"]]}
        response = client.post(address, typed)
        assert response.status_code == 403
        assert "Vous ne pouvez plus agir pour Suzanne Lefebvre" in page(response)
        # What was typed is given back on the screen, and kept nowhere.
        assert ("Deux cent douze" in page(response)) == ("etape" in address)
        assert "no-store" in response["Cache-Control"]
    assert (Event.objects.count(), Case.objects.values().get()) == before
    herself = factories.account(person=suzanne)
    own = Client()
    own.force_login(herself)
    assert own.get(reverse("case_resume", args=[case.reference])).status_code == 302


def test_a_use_after_the_end_undoes_the_whole_write(suzanne, frozen):
    other = factories.resident()
    day, now = NOW.date(), NOW
    mandate = give_mandate(suzanne, other.person, consent="sms", starts=day, ends=day, actor=SYSTEM, now=now)
    actor = Actor("account", other.pk, under=UnderMandate(mandate.pk, suzanne.pk, other.pk))
    told = {"stream": "cases", "kind": "cases.started", "subject": "case:1", "actor": actor}
    with transaction.atomic():
        journal.record(**told, now=now)
    for ended in (now + timedelta(days=1), now):
        if ended == now:
            revoke_mandate(mandate, actor=SYSTEM, now=now)
        with pytest.raises(MandateOver), transaction.atomic():
            journal.record(**told, now=ended)
    assert Event.objects.filter(kind="cases.started").count() == MandateUse.objects.count() == 1


def test_a_helper_sees_no_more_than_the_mandate(suzanne, frozen):
    client, _agent = adviser()
    composter(NOW)
    publish(body("bac-roulant"), actor=SYSTEM, now=NOW)
    where, code = by_sms(client, suzanne, scopes=["bac-roulant"])
    client.post(where, {"code": code})
    mandate = Mandate.objects.get()
    client.post(reverse("helping_take", args=[mandate.pk]))
    refused = client.post(START, ELIGIBLE)
    assert refused.status_code == 403
    assert "son mandat ne va pas jusqu’ici" in page(refused)
    assert not Case.objects.exists()


def test_the_named_helper_alone_and_only_while_of_the_body(suzanne, frozen):
    client, agent = adviser()
    mandate = acting_for(suzanne, client)
    other_client, other = adviser()
    assert other_client.post(reverse("helping_take", args=[mandate.pk])).status_code == 404
    now = NOW
    day = now.date()
    assert list(active_mandates(day, now, account=agent)) == [mandate]
    assert not active_mandates(day, now, account=other)
    end_post(agent.posts.get(), on=day, actor=SYSTEM, now=now)
    assert not active_mandates(day, now, account=agent)
    assert not helping_bodies(agent, day)


# --- Told, and taken back ------------------------------------------------------------------------------------------
def test_uses_are_told_by_one_letter_a_day_and_taken_back_with_its_code(suzanne, frozen):
    client, _agent = adviser()
    composter(NOW)
    mandate = acting_for(suzanne, client)
    client.post(START, ELIGIBLE)
    client.post(START, ELIGIBLE)
    assert telling.tell_uses(NOW) == 0  # the day is not over
    tomorrow = NOW + timedelta(days=1)
    assert telling.tell_uses(tomorrow) == 1
    assert telling.tell_uses(tomorrow) == 0
    notice = Notice.objects.get(template="mandate.used")
    assert notice.body.count("demande commencée : ") == 2
    assert Delivery.objects.get(notice=notice).channel == "letter"
    number, code = re.search(r"n° (\d+), code pour le retirer : (\S+)", notice.body.replace("\xa0", " ")).groups()
    stranger = Client()
    wrong = stranger.post(reverse("helping_revoke"), {"number": number, "code": "2222-2222"})
    assert wrong.status_code == 422
    assert "Le mandat est retiré" in page(
        stranger.post(reverse("helping_revoke"), {"number": number, "code": code.lower().replace("-", " ")})
    )
    mandate.refresh_from_db()
    assert mandate.revoked_at is not None


@pytest.mark.parametrize("way", ["sms", "email"])
def test_uses_are_told_at_once_by_sms_or_mail(suzanne, frozen, way):
    Person.objects.filter(pk=suzanne.pk).update(email="suzanne@example.org")
    client, _agent = adviser()
    composter(NOW)
    where, code = by_sms(client, suzanne, told_by=way)
    client.post(where, {"code": code})
    client.post(reverse("helping_take", args=[Mandate.objects.get().pk]))
    client.post(START, ELIGIBLE)
    assert telling.tell_uses(NOW) == 1
    assert Notice.objects.get(template="mandate.used").deliveries.get().channel == way


def test_uses_are_told_on_the_screen_to_who_has_nothing_else(territory, frozen):
    composter(NOW)
    mother = factories.account(person=factories.person("Delattre", "Marcelle"))  # no e-mail, telephone nor address
    daughter = factories.account(person=factories.person("Petit", "Claire"))
    given = {"consent": "paper", "starts": NOW.date(), "ends": NOW.date(), "actor": SYSTEM, "now": NOW}
    mandate = give_mandate(mother.person, daughter.person, **given)
    theirs, hers = Client(), Client()
    theirs.force_login(daughter)
    hers.force_login(mother)
    theirs.post(reverse("helping_take", args=[mandate.pk]))
    theirs.post(START, ELIGIBLE)
    assert telling.tell_uses(NOW) == 1
    assert Notice.objects.get(template="mandate.used").deliveries.get().channel == "screen"
    assert "demande commencée" in page(hers.get(reverse("helping_given")))
    assert "Claire Petit" in page(hers.get(reverse("space")))


def test_a_channel_that_no_longer_reaches_gives_way_to_another(suzanne, frozen):
    client, _agent = adviser()
    composter(NOW)
    where, code = by_sms(client, suzanne, told_by="sms")
    client.post(where, {"code": code})
    Person.objects.filter(pk=suzanne.pk).update(phone="")
    client.post(reverse("helping_take", args=[Mandate.objects.get().pk]))
    client.post(START, ELIGIBLE)
    assert telling.tell_uses(NOW + timedelta(days=1)) == 1
    assert Notice.objects.get(template="mandate.used").deliveries.get().channel == "letter"


def test_an_agent_takes_it_back_for_who_calls(suzanne, frozen):
    client, _agent = adviser()
    mandate = acting_for(suzanne, client)
    other, _account = sit(Role.RECEPTION, commune=commune(HERE))
    assert other.post(reverse("cases_mandate_revoke", args=[mandate.pk]), {"channel": "phone"}).status_code == 302
    assert Event.objects.get(kind="identity.mandate_revoked").channel == "phone"
    assert Notice.objects.filter(template="mandate.revoked").count() == 1


# --- Online --------------------------------------------------------------------------------------------------------
def test_a_relative_named_online_accepts(territory, frozen):
    composter(NOW)
    mother = factories.account(person=factories.person("Delattre", "Marcelle"), email="marcelle@example.org")
    daughter = factories.account(person=factories.person("Petit", "Claire"), email="claire@example.org")
    hers, theirs = Client(), Client()
    hers.force_login(mother)
    theirs.force_login(daughter)
    told = {"email": "Claire@example.org", "scopes": ["composteur"], "days": "365"}
    assert hers.post(reverse("helping_name"), {**told, "email": "marcelle@example.org"}).status_code == 422
    assert hers.post(reverse("helping_name"), told).status_code == 302
    ask = MandateAsk.objects.get()
    assert "Marcelle Delattre vous propose" in page(theirs.get(reverse("helping_home")))
    stranger = Client()
    stranger.force_login(factories.resident())
    assert stranger.post(reverse("helping_proposal", args=[ask.pk]), {"answer": "yes"}).status_code == 404
    theirs.post(reverse("helping_proposal", args=[ask.pk]), {"answer": "yes"})
    mandate = Mandate.objects.get()
    assert (mandate.principal, mandate.holder_person, mandate.consent) == (mother.person, daughter.person, "online")
    theirs.post(reverse("helping_take", args=[mandate.pk]))
    theirs.post(START, ELIGIBLE)
    seen = page(hers.get(reverse("helping_given")))
    assert "Claire Petit" in seen
    assert "demande commencée" in seen
    hers.post(reverse("identity_revoke_mandate", args=[mandate.pk]))
    assert theirs.post(START, ELIGIBLE).status_code == 403


# --- « J’aide » ----------------------------------------------------------------------------------------------------
def test_the_page_of_helpers_tells_what_presses_ones_rights_and_whom_to_ask(territory, frozen):
    daughter = factories.account(person=factories.person("Petit", "Claire"))
    client = Client()
    client.force_login(daughter)
    alone = page(client.get(reverse("helping_home")))
    assert "Congé de proche aidant" in alone
    assert "Siège de la communauté de communes" in alone
    given = {"consent": "paper", "starts": NOW.date(), "actor": SYSTEM, "now": NOW}
    for name, days in (("Delattre", 10), ("Lefebvre", 90)):
        person = factories.person(name, "Marcelle")
        mandate = give_mandate(person, daughter.person, ends=NOW.date() + timedelta(days=days), **given)
        case = filed(NOW)
        waits = {"waiting_for": "applicant", "correction": {"due_on": (NOW.date() + timedelta(days=days)).isoformat()}}
        Case.objects.filter(pk=case.pk).update(applicant=person, **(waits if name == "Lefebvre" else {}))
    told = page(client.get(reverse("helping_home")))
    assert "À faire d’abord" in told
    first = told[told.index("À faire d’abord") : told.index("</section>")]
    assert "Marcelle Lefebvre" in first  # who must answer
    assert "Marcelle Delattre" not in first  # whose request is being studied
    assert told.count("Ce mandat finit bientôt") == 1
    assert f"/aider/{mandate.pk}/" in told
