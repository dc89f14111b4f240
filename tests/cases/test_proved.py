"""Who asks, for certain: a procedure that wants it proved, names that are not typed again once they are."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.cases.applicant import certain
from bocage.cases.editing import checks
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Procedure
from bocage.cases.operations import move_case, publish, save_answers, start_draft, submit_case, upgrade_draft
from bocage.cases.sealing import open_answers
from bocage.identity.models import Account, IdentityLevel, Person, Role
from bocage.identity.operations import give_mandate
from tests.cases.desk import commune, page, sit
from tests.cases.editor import Editor
from tests.cases.factories import ANSWERS, RESIDENT, body
from tests.cases.legal import ANSWERS as SMALL
from tests.cases.legal import body as small
from tests.conftest import NOW
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
START = "/demarches/composteur/commencer/"
CONDITIONS = {"lives_here": "oui", "already_has": "non", "_shown": ["lives_here", "already_has"]}


@pytest.fixture
def wanted() -> Procedure:
    """The composter, which wants a proved identity."""
    return publish({**body(), "identity": "proved"}, actor=factories.SYSTEM, now=NOW).procedure


def someone(level: str = IdentityLevel.EIDAS1, **told: Any) -> Account:
    names = {"birth_name": "Delattre", "given_names": "Marcelle", "birth_date": date(1948, 3, 12), **told}
    account = factories.account(person=factories.person(**names))
    Person.objects.filter(pk=account.person_id).update(identity_level=level)
    account.person.refresh_from_db()
    return account


def browser(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def begun(account: Account) -> Case:
    case, _code = start_draft(
        Procedure.objects.get(slug="composteur"), actor=RESIDENT, now=NOW, account=account, applicant=account.person
    )
    return case


# --- Wanted ----------------------------------------------------------------------------------------------------------
def test_whoever_is_not_proved_is_told_how_and_begins_nothing(wanted: Procedure) -> None:
    assert "prouvée avec FranceConnect" in page(Client().get("/demarches/composteur/"))
    for client in (Client(), browser(someone(IdentityLevel.DECLARED))):
        shown = page(client.get(START))
        assert "Votre identité doit être prouvée" in shown
        assert "où être aidé" in shown
        assert 'name="lives_here"' not in shown
        told = {**CONDITIONS, "email": "marcelle@example.org"}
        assert client.post(START, told).status_code == 422
    assert not Case.objects.exists()


@pytest.mark.parametrize("level", [IdentityLevel.EIDAS1, IdentityLevel.VERIFIED])
def test_whoever_is_proved_asks_as_usual(wanted: Procedure, level: str) -> None:
    answer = browser(someone(level)).post(START, CONDITIONS)
    assert answer.status_code == 302
    assert open_answers(Case.objects.get().answers)["birth_name"] == "Delattre"


def test_no_operation_begins_nor_files_what_nobody_proved() -> None:
    procedure = publish(body(), actor=factories.SYSTEM, now=NOW).procedure
    loose, _code = start_draft(procedure, actor=RESIDENT, now=NOW, contact_email="marcelle@example.org")
    publish({**body(), "identity": "proved"}, actor=factories.SYSTEM, now=NOW)
    procedure.refresh_from_db()
    declared = someone(IdentityLevel.DECLARED)
    for told in ({}, {"account": declared, "applicant": declared.person}, {"applicant": someone().person}):
        with pytest.raises(Refused, match="identité prouvée"):
            start_draft(procedure, actor=RESIDENT, now=NOW, **told)
    upgrade_draft(loose, now=NOW)
    save_answers(loose, ANSWERS, now=NOW)
    with pytest.raises(Refused, match="identité prouvée"):
        submit_case(loose, actor=RESIDENT, now=NOW, allow_incomplete=True)


def test_the_counter_enters_it_for_anyone(wanted: Procedure) -> None:
    """The agent has the paper before them."""
    client, _account = sit(Role.RECEPTION, commune=commune("59353"))
    told = {"channel": "counter", "received_on": "10/03/2026"}
    answer = client.post("/bureau/saisie/composteur/", told)
    assert answer.status_code == 302
    assert Case.objects.get().entered_by_id is not None


def test_under_a_mandate_it_is_the_principal_s_identity_that_counts(wanted: Procedure) -> None:
    helper = someone(IdentityLevel.DECLARED, given_names="Paul")
    for level, status in ((IdentityLevel.DECLARED, 422), (IdentityLevel.EIDAS1, 302)):
        principal = someone(level).person
        day = NOW.date()
        mandate = give_mandate(
            principal, helper.person, consent="paper", starts=day, ends=day, actor=factories.SYSTEM, now=NOW
        )
        assert browser(helper).post(START, {**CONDITIONS, "for": str(mandate.pk)}).status_code == status


# --- Not typed again -------------------------------------------------------------------------------------------------
def test_what_is_proved_is_shown_and_not_typed() -> None:
    publish(body(), actor=factories.SYSTEM, now=NOW)
    account = someone()
    case, client = begun(account), browser(account)
    address = reverse("case_step", args=[case.reference, "person"])
    shown = page(client.get(address))
    assert shown.count("Vérifié. S’il y a une erreur") == 3
    assert 'name="birth_name"' not in shown
    assert 'name="usual_name"' in shown
    forged: dict[str, Any] = {
        "_shown": ["birth_name", "given_names", "usual_name"],
        "birth_name": "Faux",
        "given_names": "Jean",
    }
    forged |= {"usual_name": "Dubois"}
    client.post(address, forged)
    client.post(reverse("case_autosave", args=[case.reference]), forged)
    case.refresh_from_db()
    told = open_answers(case.answers)
    assert (told["birth_name"], told["given_names"], told["usual_name"]) == ("Delattre", "Marcelle", "Dubois")


def test_a_draft_begun_before_takes_what_is_proved_meanwhile() -> None:
    publish(small(), actor=factories.SYSTEM, now=NOW)
    procedure, account = Procedure.objects.get(), someone(IdentityLevel.DECLARED)
    case, _code = start_draft(procedure, actor=RESIDENT, now=NOW, account=account, applicant=account.person)
    save_answers(case, {**SMALL, "birth_name": "Delatre"}, now=NOW)
    assert open_answers(case.answers)["birth_name"] == "Delatre", "what is declared is typed"
    Person.objects.update(identity_level=IdentityLevel.EIDAS1)
    case = Case.objects.get()
    submit_case(case, actor=RESIDENT, now=NOW)
    assert open_answers(Case.objects.get().answers)["birth_name"] == "Delattre"


def test_a_correction_gives_back_what_is_proved(waste_manager: Any) -> None:
    publish(small(), actor=factories.SYSTEM, now=NOW)
    account = someone(IdentityLevel.DECLARED)
    case, _code = start_draft(
        Procedure.objects.get(), actor=RESIDENT, now=NOW, account=account, applicant=account.person
    )
    save_answers(case, {**SMALL, "birth_name": "Delatre"}, now=NOW)
    case = submit_case(case, actor=RESIDENT, now=NOW)
    told: dict[str, Any] = {"message": "Votre nom ?", "fields": ("birth_name", "plan")}
    move_case(case, "ask", agent=waste_manager.account, actor=waste_manager.actor, now=NOW, **told)
    Person.objects.update(identity_level=IdentityLevel.VERIFIED)
    client, address = browser(account), reverse("case_correct", args=[case.reference])
    assert 'name="birth_name"' not in page(client.get(address))
    posted = {"_shown": ["birth_name", "plan"], "birth_name": "Faux", "plan": "Des haies."}
    assert client.post(address, posted).status_code == 302
    assert open_answers(Case.objects.get().answers)["birth_name"] == "Delattre"


def test_a_code_does_not_show_what_the_file_knows() -> None:
    """Who has the tracking code of a request may not be its applicant."""
    publish(body(), actor=factories.SYSTEM, now=NOW)
    person = someone().person
    case, _code = start_draft(
        Procedure.objects.get(),
        actor=RESIDENT,
        now=NOW,
        applicant=person,
        prefilled=False,
        contact_email="x@example.org",
    )
    assert certain(Case.objects.get(pk=case.pk)) == {}
    save_answers(case, {"birth_name": "Dupont"}, now=NOW)
    assert open_answers(case.answers)["birth_name"] == "Dupont"


# --- At the desk -----------------------------------------------------------------------------------------------------
def test_a_manager_asks_for_it_and_is_told_of_a_paper_too_many() -> None:
    editor = Editor().begin()
    editor.send("item", "settings", identity="proved")
    assert editor.body["identity"] == "proved"
    paper = {"id": "paper", "kind": "file", "label": "Une pièce d’identité"}
    told = editor.body
    told["steps"][-1]["fields"].append(paper)
    assert any("ne demandez plus cette pièce" in one.text for one in checks.issues(told))
    assert not any("ne demandez plus cette pièce" in one.text for one in checks.issues({**told, "identity": "any"}))
    editor.send("item", "settings", identity="any")
    assert "identity" not in editor.body or editor.body["identity"] == "any"
