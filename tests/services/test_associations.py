"""A grant, page by page: asked for by an association, voted, paid, accounted for."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from bocage.base.identifiers import BadIdentifier, clean_iban
from bocage.cases.editing.edits import get, put
from bocage.cases.editor_views.forms.flow import EffectRows
from bocage.cases.models import Case
from bocage.cases.operations import open_answers, run_clock
from bocage.cases.schema import ProcedureDocument
from bocage.identity.models import Role
from bocage.messaging.models import Notice
from tests.cases.desk import page, sit
from tests.cases.editor import filled
from tests.cases.factories import body, picture
from tests.services.walk import HOME, begin, press, send, step

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("territory")]

ASSOCIATION = {"association.name": "Les Haies vives", "association.number": "W595001234", "members_count": "85"}
WHO = {"given_names": "Marcelle", "birth_name": "Delattre", "email": "", "phone": "03 53 01 00 12"}
IBAN = "FR76 3000 6000 0112 3456 7890 189"
SERVED = {"checked": "oui", "committee_on": "20/03/2026"}
VOTE = {"deliberation": "2026-012", "deliberated_on": "10/03/2026"}


def told(case: Case, notice: str) -> Notice:
    return Notice.objects.filter(subject=case.subject, template__endswith=f".{notice}").latest("pk")


def ask(now, *, requested: str = "4500") -> tuple:
    """The whole form, filled and sent by the president."""
    client, case = begin("subvention-association", now, seat="oui", field="oui", worship="non")
    step(client, case, "association", **ASSOCIATION, **HOME, purpose="Planter des haies", staff_count="0")
    step(client, case, "person", **WHO, capacity="president")
    project = {"project_title": "Fête de la haie", "project_text": "Trois jours", "year_end": "31/12/2026"}
    step(client, case, "project", nature="project", **project, requested=requested)
    money = {"budget.line.c60.charges": requested, "budget.line.p74_here.produits": requested}
    unequal = client.post(
        reverse("case_step", args=[case.reference, "money"]),
        {"_shown": ["budget", "voluntary"], **money, "budget.line.p74_here.produits": "1"},
    )
    assert "doit être égal à celui des produits" in page(unequal)
    step(client, case, "money", **money)
    shown = ["holder", "iban", "rib", "known", "has_accounts"]
    wrong = {"_shown": shown, "holder": "Les Haies vives", "iban": IBAN[:-1] + "8"}
    assert "Cet IBAN n’existe pas" in page(client.post(reverse("case_step", args=[case.reference, "bank"]), wrong))
    papers = {"holder": "Les Haies vives", "iban": IBAN.replace(" ", "").lower(), "known": "non", "has_accounts": "oui"}
    step(client, case, "bank", files=("rib", "statutes", "accounts"), **papers)
    step(client, case, "commit", cer="oui", regular="oui")
    send(client, case)
    return client, case


def voted(now, manager, case, button: str, **part: str) -> None:
    press(manager, case, "study")
    press(manager, case, "to_committee", **SERVED)
    press(manager, case, "to_council", opinion="yes", council_on="25/03/2026")
    press(manager, case, button, **VOTE, **part)


def test_a_grant_from_the_form_to_the_accepted_report(now):
    with time_machine.travel(now, tick=False):
        client, case = ask(now)
        assert "Le compte rendu" not in page(client.get(reverse("case_page", args=[case.reference])))
        manager, _account = sit(Role.MANAGER, service="associations")
        shown = page(manager.get(reverse("cases_desk", args=[case.reference])))
        assert IBAN not in shown, "the account is covered"
        assert open_answers(case.answers)["iban"] == IBAN
        voted(now, manager, case, "grant", voted="4000")
        assert not case.issued.exists()
        assert "2026-012 du 10\xa0mars 2026" in told(case, "granted").body
        assert "tribunal administratif" in told(case, "granted").body, "less than was asked for: remedies"
        press(manager, case, "pay", paid_on="10/03/2026", paid_amount="4000")
        due = case.deadlines.get(kind="report", closed=False)
        assert due.due_on.isoformat() == "2027-06-30", "six months after the end of the year"
    run_clock(now + timedelta(days=400))
    case.refresh_from_db()
    assert case.state == "paid", "silence no longer speaks once the council has voted"
    with time_machine.travel(now, tick=False):
        address = reverse("cases_move", args=[case.reference, "ask_report"])
        report = ["report_spent", "report_text", "report_file"]
        assert filled(page(manager.get(address)))["fields"] == report, "ticked one by one for the agent"
        asked = {"message": "Envoyez le compte rendu.", "fields": report, "days": "60"}
        assert manager.post(address, asked).status_code == 302
        spent = {"report_spent.line.c60.charges": "4000", "report_spent.line.p74_here.produits": "4000"}
        answer = client.post(
            reverse("case_correct", args=[case.reference]),
            {"_shown": report, **spent, "report_text": "900 arbres", "report_file": picture("compte-rendu.jpg")},
        )
        assert answer.status_code == 302, page(answer)
        case.refresh_from_db()
        assert case.state == "report_check"
        assert "900 arbres" in page(client.get(reverse("case_page", args=[case.reference])))
        press(manager, case, "close", report_checked="oui")
    assert case.outcome == "accepted"


def test_above_23_000_euros_the_letter_carries_an_agreement(now):
    with time_machine.travel(now, tick=False):
        client, case = ask(now, requested="30000")
        manager, _account = sit(Role.MANAGER, service="associations")
        voted(now, manager, case, "grant_agreement", voted="23000,01")
        paper = case.issued.get()
        letter = told(case, "granted_agreement")
        assert case.state == "agreement"
        assert paper.number in letter.body
        assert "2001-495" in letter.body
        answer = client.get(reverse("case_issued", args=[case.reference, paper.number]))
        assert answer["Content-Type"] == "application/pdf" or answer.status_code == 302


def test_a_refusal_gives_remedies_and_no_reason_is_wanted(now):
    with time_machine.travel(now, tick=False):
        _client, case = ask(now)
        manager, _account = sit(Role.MANAGER, service="associations")
        voted(now, manager, case, "refuse")
    assert case.outcome == "rejected"
    assert "tribunal administratif" in told(case, "rejected").body


def test_silence_rejects_after_two_months_and_names_the_law(now):
    with time_machine.travel(now, tick=False):
        _client, case = ask(now)
    run_clock(now + timedelta(days=70))
    case.refresh_from_db()
    assert case.state == "implied"
    assert "L231-4, 3°" in told(case, "rejected_by_silence").body


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("fr7630006000011234567890189", IBAN),
        ("FR76-3000-6000-0112-3456-7890-189", IBAN),
        ("BE68 5390 0754 7034", "BE68 5390 0754 7034"),
    ],
)
def test_an_account_is_kept_in_groups_of_four(typed, kept):
    assert clean_iban(typed) == kept


@pytest.mark.parametrize("typed", ["", "FR76", IBAN[:-1] + "8", "FR77" + IBAN[4:], "ZZ68 5390 0754 7034", "é"])
def test_what_is_no_account_is_refused(typed):
    with pytest.raises(BadIdentifier, match="IBAN"):
        clean_iban(typed)


@pytest.mark.parametrize("wrong", ["voted", "nothing", "association"])
def test_a_deadline_is_set_on_the_date_of_an_answer_that_is_one(wrong):
    told = body("subvention-association")
    effects = get(told, "workflow/transitions/pay")["effects"]
    assert effects[-1] == {"kind": "set_deadline", "deadline": "report", "due_of": "report_due"}
    spoilt = {**get(told, "workflow/transitions/pay"), "effects": [*effects[:-1], {**effects[-1], "due_of": wrong}]}
    with pytest.raises(ValueError, match="n’est pas une date"):
        ProcedureDocument.model_validate(put(told, "workflow/transitions/pay", spoilt))


def test_the_editor_keeps_a_deadline_on_the_date_of_an_answer():
    told = body("subvention-association")
    effects = get(told, "workflow/transitions/pay")["effects"]
    rows = EffectRows("effects", None, told, effects)
    rows.clean()
    assert [row.error for row in rows.filled()] == ["", ""]
    assert rows.written() == effects
    assert any(control["name"].endswith("due_of") for row in rows.filled() for control in rows.controls(row))
