"""Appointments and payments: what is chosen, what settles it, and where the agenda and the billing will plug in."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given

from bocage.base import registry
from bocage.base.manifest import FieldPort, Manifest
from bocage.cases.editing import edits
from bocage.cases.engine import FieldError, Refused, clean
from bocage.cases.exports.lines import part_cell
from bocage.cases.models import Case
from bocage.cases.operations import answer_correction, move_case, publish, save_answers, submit_case
from bocage.cases.operations.ports import settle
from bocage.cases.opinions import shown_facts
from bocage.cases.ports import ByHand
from bocage.cases.printing import blank_form_context, receipt_context
from bocage.cases.privacy import export
from bocage.cases.schema import FormField, ProcedureDocument
from bocage.identity.models import Role
from tests.cases.desk import page, sit
from tests.cases.editor import Editor
from tests.cases.factories import RESIDENT, draft, filed
from tests.cases.more_fields import with_fields
from tests.cases.strategies import NASTY
from tests.identity import factories

VISIT: dict[str, Any] = {"id": "visit", "kind": "appointment", "label": "Quand vous voir ?"}
FEE: dict[str, Any] = {"id": "fee", "kind": "payment", "label": "Comment payez-vous ?", "amount_of": "price"}
FIELD = FormField.model_validate(VISIT)
TODAY = date(2026, 3, 10)
MORNING = {"way": "morning", "details": "Le mardi"}
DAY = {"on": "20/03/2026", "at": "14 h 30", "where": "Mairie"}
PAID = {"on": "20/03/2026", "paid": "20", "reference": "Q-12"}


def body() -> dict[str, Any]:
    """The composter, studied once it is paid."""
    made = with_fields(VISIT, FEE)
    flow = made["workflow"]
    flow["transitions"].append(
        {
            "id": "settled_fee",
            "label": "C’est payé",
            "sources": ["waiting_fee"],
            "target": flow["initial"],
            "roles": ["system"],
            "guard": {"op": "ge", "args": [{"field": "fee.paid"}, {"field": "fee.due"}]},
        }
    )
    flow["states"].append({"id": "waiting_fee", "label": "À payer", "public": "À payer", "waiting_for": "applicant"})
    flow["initial"] = "waiting_fee"
    made["scenarios"] = []
    return made


# --- Reading -------------------------------------------------------------------------------------------------------
def test_a_way_is_read_with_its_label() -> None:
    kept = clean(FIELD, MORNING, TODAY)
    assert kept == {**MORNING, "label": "Plutôt le matin"}
    assert clean(FIELD, kept, TODAY) == kept
    assert clean(FIELD, {"way": "", "details": ""}, TODAY) is None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("matin", "la forme attendue"),
        ({"way": "night"}, "Choisissez une des réponses"),
        ({"way": "", "details": "Le mardi"}, "Choisissez une des réponses"),
        ({"way": "morning", "details": "x" * 301}, "trop long"),
    ],
)
def test_what_is_wrong_or_forged_is_refused_in_words(raw: Any, words: str) -> None:
    with pytest.raises(FieldError) as refused:
        clean(FIELD, raw, TODAY)
    assert words in str(refused.value)


@given(NASTY)
def test_nothing_breaks_the_reading(raw: Any) -> None:
    try:
        kept = clean(FIELD, raw, TODAY)
    except FieldError:
        return
    assert kept is None or clean(FIELD, kept, TODAY) == kept


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (({**FEE, "amount_of": "nothing"},), "la somme due est celle d’un champ"),
        (({**FEE, "amount_of": "phone"},), "la somme due est celle d’un champ"),
        (({**VISIT, "amount_of": "price"},), "Seul un paiement"),
        (({**VISIT, "agent": True},), "C’est la personne qui demande qui choisit"),
    ],
)
def test_a_port_that_cannot_be_is_refused_with_the_mend(fields: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ProcedureDocument.model_validate(with_fields(*fields))


def test_renaming_the_sum_renames_it_where_it_is_due() -> None:
    place = next(where for where in edits.places(body()) if where.endswith("/fields/price"))
    renamed = edits.rename(body(), place, "cost")
    assert renamed["steps"][-1]["fields"][1]["amount_of"] == "cost"


# --- From the request to what settles it -----------------------------------------------------------------------------
@pytest.fixture
def case(territory: Any, frozen: Any, now: Any) -> Case:
    publish(body(), actor=factories.SYSTEM, now=now)
    return filed(now, visit=MORNING, fee={"way": "counter", "details": ""})


@pytest.mark.django_db
@pytest.mark.usefixtures("territory", "frozen")
def test_a_resident_chooses_and_reads_that_nothing_is_booked_nor_paid(client: Any, now: Any) -> None:
    publish(body(), actor=factories.SYSTEM, now=now)
    case, account = draft(now), factories.account()
    client.force_login(account)
    Case.objects.filter(pk=case.pk).update(account=account)
    url = reverse("case_step", args=[case.reference, "more"])
    shown = page(client.get(url))
    assert "Rien n’est encore réservé" in shown
    assert "Rien ne se paie ici" in shown
    forged = {"fee.due": "1", "fee.settled": "1", "fee.label": "x"}
    sent = {"_shown": ["visit", "fee"], "visit.way": "call", "fee.way": "counter", **forged}
    assert client.post(url, sent).status_code == 302
    case.refresh_from_db()
    assert case.answers["fee"] == {"way": "counter", "details": "", "label": "Au guichet, par carte, chèque ou espèces"}
    assert "Appelez-moi" in page(client.get(reverse("case_check", args=[case.reference])))


@pytest.mark.django_db
def test_an_agent_notes_both_and_the_case_moves_when_it_is_paid(case: Case) -> None:
    assert case.answers["fee"]["due"] == 2000
    client, _account = sit(Role.MANAGER, service="waste")
    shown = page(client.get(reverse("cases_desk", args=[case.reference])))
    assert "Noter le paiement au guichet" in shown
    assert 'name="paid" value="20,00"' in shown
    url = reverse("cases_settle", args=[case.reference])
    assert "Écrivez l’heure" in page(client.post(url, {"field": "visit", **DAY, "at": ""}, follow=True))
    client.post(url, {"field": "visit", **DAY})
    case.refresh_from_db()
    assert case.answers["visit"]["settled"] == {"on": "2026-03-20", "at": "14 h 30", "where": "Mairie"}
    assert case.state == "waiting_fee"
    assert "plus grande que la somme due" in page(client.post(url, {"field": "fee", **PAID, "paid": "21"}, follow=True))
    client.post(url, {"field": "fee", **PAID, "paid": "10"})
    case.refresh_from_db()
    assert case.state == "waiting_fee"
    client.post(url, {"field": "fee", **PAID})
    case.refresh_from_db()
    assert case.state == "received"
    assert "n’attend ni rendez-vous ni paiement" in page(client.post(url, {"field": "phone", **PAID}, follow=True))


@pytest.mark.django_db
@pytest.mark.usefixtures("territory", "frozen")
def test_protected_ones_are_covered_whole(now: Any) -> None:
    publish(with_fields({**VISIT, "sensitive": True}), actor=factories.SYSTEM, now=now)
    case = filed(now, visit=MORNING)
    client, _account = sit(Role.MANAGER, service="waste")
    assert "Le mardi" not in page(client.get(reverse("cases_desk", args=[case.reference])))
    assert "Le mardi" in page(client.post(reverse("cases_reveal", args=[case.reference])))


@pytest.mark.django_db
def test_papers_and_files_show_them(case: Case, now: Any) -> None:
    settle(case, "fee", PAID, actor=RESIDENT, now=now)
    settle(case, "visit", DAY, actor=RESIDENT, now=now)
    facts = {fact["id"]: fact["value"] for part in receipt_context(case)["parts"] for fact in part["facts"]}
    visit = "Plutôt le matin, Le mardi, rendez-vous le 20\xa0mars 2026 à 14 h 30, Mairie"
    assert facts["visit"] == visit
    assert "payé : 20,00\xa0€ le 20\xa0mars 2026" in facts["fee"]
    fields = case.version.document.by_id
    assert part_cell(fields["visit"], "on", case.answers["visit"]) == date(2026, 3, 20)
    assert part_cell(fields["fee"], "paid", case.answers["fee"]) == 20
    person = factories.person()
    Case.objects.filter(pk=case.pk).update(applicant=person)
    told = {label: value for part in export(person)["demandes"][0]["reponses"] for label, value in part.items()}
    assert told["Quand vous voir ?"] == visit
    assert all(one["label"] != "Quand vous voir ?" for one in shown_facts(case, now))
    steps = blank_form_context(case.procedure, case.version.document)["steps"]
    boxes = {field["field"].id: field["boxes"] for step in steps for field in step["fields"]}
    assert len(boxes["visit"]) == 3


@pytest.mark.django_db
def test_a_correction_keeps_what_was_settled(case: Case, now: Any, waste_manager: Any) -> None:
    settle(case, "fee", PAID, actor=RESIDENT, now=now)
    settle(case, "visit", DAY, actor=RESIDENT, now=now)
    who = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
    case = move_case(case, "ask", fields=("visit", "fee"), message="Revoyez cela.", **who)
    told = {"visit": {"way": "call", "details": ""}, "fee": {"way": "counter", "details": "Espèces"}}
    case = answer_correction(case, told, actor=RESIDENT, now=now)
    assert case.answers["visit"]["way"] == "call"
    assert case.answers["visit"]["settled"]["where"] == "Mairie"
    assert (case.answers["fee"]["due"], case.answers["fee"]["settled"]["paid"]) == (2000, 2000)


@pytest.mark.django_db
@pytest.mark.usefixtures("territory", "frozen")
def test_an_app_that_plugs_in_proposes_and_is_told_once_sent(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = Manifest(
        name="agenda_of_tests",
        label="Agenda",
        summary="Pour ces tests.",
        field_ports=(FieldPort(name="appointment", label="Agenda", path="tests.cases.test_field_ports.Agenda"),),
    )
    monkeypatch.setattr(registry, "manifests", lambda: (manifest,))
    Agenda.told.clear()
    publish(body(), actor=factories.SYSTEM, now=now)
    case = draft(now, fee={"way": "counter", "details": ""})
    assert "Choisissez une des réponses" in save_answers(case, {"visit": MORNING}, now=now)["visit"]
    assert save_answers(case, {"visit": {"way": "slot-7", "details": ""}}, now=now) == {}
    case = submit_case(case, actor=RESIDENT, now=now)
    assert case.answers["visit"]["label"] == "Mardi à 9 h"
    assert Agenda.told == [(case.pk, "visit")]


class Agenda(ByHand):
    """An agenda that has one slot."""

    told: list[tuple[int, str]] = []

    def ways(self, field: FormField) -> Mapping[str, str]:
        return {"slot-7": "Mardi à 9 h"}

    def asked(self, case: Case, field: FormField, **more: Any) -> None:
        self.told.append((case.pk, field.id))


@pytest.mark.django_db
@pytest.mark.usefixtures("territory", "frozen")
def test_a_draft_and_a_closed_case_settle_nothing(case: Case, now: Any) -> None:
    with pytest.raises(Refused, match="n’attend ni rendez-vous"):
        settle(draft(now), "visit", DAY, actor=RESIDENT, now=now)


@pytest.mark.django_db
@pytest.mark.usefixtures("territory", "frozen")
def test_a_manager_sets_them_in_the_editor() -> None:
    editor = Editor().begin()
    editor.send("add", "steps/request/fields", label="Prix", kind="amount", follow=True)
    editor.send("add", "steps/request/fields", label="Paiement", kind="payment", follow=True)
    editor.send("item", "steps/request/fields/paiement", amount_of="prix")
    assert edits.get(editor.body, "steps/request/fields/paiement")["amount_of"] == "prix"
    editor.send("add", "steps/request/fields", label="Visite", kind="appointment", follow=True)
    assert "visite.settled" in editor.send("add", "rules", _more="when", status=200)
