"""The agents' tools around the worklist: columns and saved views, canned answers, one act on several cases."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bocage.base.models import Event
from bocage.cases.desk_tools import bulk
from bocage.cases.models import CannedAnswer, Case, Message, SavedView
from bocage.cases.operations import send_message
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Role
from bocage.messaging.models import Notice
from tests.cases.desk import page, sit
from tests.cases.factories import RESIDENT, filed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
LIST = "/bureau/dossiers/"


# --- Columns and views ---------------------------------------------------------------------------------------------
def test_the_list_shows_the_columns_asked_and_answers_of_its_procedure(now: Any) -> None:
    filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    shown = page(client.get(LIST, {"procedure": "composteur", "columns": "phone,r.model,r.unknown,nothing"}))
    assert "03 53 01 00 12" in shown
    assert "300" in shown  # the model, in words
    assert "Réponse au plus tard le" not in shown
    assert "r.model" not in page(client.get(LIST, {"columns": "r.model"})).split("<tbody>")[1]


def test_a_protected_answer_is_never_a_column(now: Any) -> None:
    from tests.cases.test_exports import secret_case

    label = secret_case(now)
    client, _account = sit(Role.AGENT, service="waste")
    choices = page(client.get("/bureau/vues/?procedure=composteur"))
    assert "r.model" in choices
    assert "r.garden_size" not in choices
    shown = page(client.get(LIST, {"procedure": "composteur", "columns": "commune,r.garden_size"}))
    assert label not in shown


def test_columns_ask_no_query_by_line(now: Any) -> None:
    client, _account = sit(Role.AGENT, service="waste")
    asked = {"procedure": "composteur", "columns": "phone,r.model,agent"}
    filed(now)
    client.get(LIST, asked)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST, asked)
    for _number in range(4):
        filed(now)
    with CaptureQueriesContext(connection) as many:
        client.get(LIST, asked)
    assert len(many) == len(few)


def test_a_view_is_named_found_again_and_forgotten(now: Any) -> None:
    client, account = sit(Role.AGENT, service="waste")
    told = {"situation": "late", "procedure": "composteur", "column": ["phone", "due"], "name": " Mes  retards "}
    filed(now)
    answer = client.post("/bureau/vues/", {**told, "service": "", "do": "save"})
    assert answer.status_code == 302
    view = SavedView.objects.get()
    assert view.name == "Mes retards"
    assert view.query in answer["Location"]
    shown = client.get(LIST)
    assert [one["name"] for one in shown.context["saved"]] == ["Mes retards"]
    assert client.get(answer["Location"]).context["saved"][0]["current"]
    assert Event.objects.filter(kind="cases.view_saved", actor=f"account:{account.pk}").exists()
    client.post(f"/bureau/vues/{view.pk}/effacer/")
    assert client.get(LIST).context["saved"] == []


def test_a_shared_view_is_seen_by_its_service_alone() -> None:
    client, _account = sit(Role.AGENT, service="waste")
    client.post("/bureau/vues/", {"situation": "open", "name": "Nos dossiers", "service": "waste", "do": "save"})
    assert SavedView.objects.get().service == "waste"
    colleague, _other = sit(Role.AGENT, service="waste")
    stranger, _stranger = sit(Role.AGENT, service="libraries")
    assert [one["name"] for one in colleague.get(LIST).context["saved"]] == ["Nos dossiers"]
    assert stranger.get(LIST).context["saved"] == []
    assert colleague.post(f"/bureau/vues/{SavedView.objects.get().pk}/effacer/").status_code == 404


def test_a_view_without_name_or_for_another_service_is_refused() -> None:
    client, _account = sit(Role.AGENT, service="waste")
    answer = client.post("/bureau/vues/", {"situation": "open", "name": " ", "do": "save"})
    assert answer.status_code == 422
    assert "Donnez un nom" in page(answer)
    answer = client.post("/bureau/vues/", {"situation": "open", "name": "x", "service": "libraries", "do": "save"})
    assert answer.status_code == 422
    assert not SavedView.objects.exists()


# --- Canned answers ------------------------------------------------------------------------------------------------
def canned(body: str = "Bonjour {{ name }}, votre demande {{ reference }} avance.") -> CannedAnswer:
    client, _account = sit(Role.MANAGER, service="waste")
    answer = client.post("/bureau/textes/nouveau/", {"service": "waste", "title": "Ça avance", "body": body})
    assert answer.status_code == 302, page(answer)
    return CannedAnswer.objects.get()


def test_a_canned_answer_is_taken_up_in_a_message_and_in_a_correction(now: Any) -> None:
    case, answer = filed(now), canned()
    client, _account = sit(Role.AGENT, service="waste")
    wanted = f"Bonjour {case.applicant_name}, votre demande {case.reference} avance."
    assert wanted not in page(client.get(f"{LIST}{case.reference}/"))
    assert wanted in page(client.get(f"{LIST}{case.reference}/", {"texte": answer.pk}))
    correction = next(
        item.id
        for item in case.version.document.workflow.transitions
        if any(effect.kind == "ask_correction" for effect in item.effects)
    )
    assert wanted in page(client.get(f"{LIST}{case.reference}/avancer/{correction}/", {"texte": answer.pk}))
    assert page(client.get(f"{LIST}{case.reference}/", {"texte": "x"})).count("avance.") == 0


def test_a_canned_answer_names_only_what_every_case_knows() -> None:
    client, _account = sit(Role.MANAGER, service="waste")
    told = {"service": "waste", "title": "x", "body": "{{ secret }}"}
    answer = client.post("/bureau/textes/nouveau/", told)
    assert answer.status_code == 422
    assert "Variable inconnue" in page(answer)
    canned()
    twice = client.post("/bureau/textes/nouveau/", {**told, "title": "Ça avance", "body": "Bonjour"})
    assert twice.status_code == 422
    assert CannedAnswer.objects.count() == 1


def test_only_its_managers_write_a_services_answers() -> None:
    answer = canned()
    agent, _account = sit(Role.AGENT, service="waste")
    assert answer.body[:7] in page(agent.get("/bureau/textes/"))
    assert agent.get(f"/bureau/textes/{answer.pk}/").status_code == 404
    told = {"service": "waste", "title": "y", "body": "Bonjour"}
    assert agent.post("/bureau/textes/nouveau/", told).status_code == 422
    stranger, _stranger = sit(Role.MANAGER, service="libraries")
    assert answer.body[:7] not in page(stranger.get("/bureau/textes/"))


# --- One act on several cases --------------------------------------------------------------------------------------
def values(*cases: Case) -> list[str]:
    return [f"{case.reference}.{Case.objects.get(pk=case.pk).revision}" for case in cases]


def post(client: Any, *cases: Case, **told: Any) -> Any:
    return client.post("/bureau/plusieurs-dossiers/", {"asked": "situation=open", "case": values(*cases), **told})


def test_the_list_is_ticked_only_when_asked(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    assert 'type="checkbox"' not in page(client.get(LIST))
    assert values(case)[0] in page(client.get(LIST, {"choisir": "1"}))


def test_a_preview_does_nothing_then_each_case_is_moved(now: Any) -> None:
    first, second = filed(now), filed(now)
    client, _account = sit(Role.MANAGER, service="waste")
    assert "2 dossiers choisis" in page(post(client, first, second))
    item = next(item for item in first.version.document.workflow.transitions if item.id == "study")
    told = {"act": "move", "transition": item.id}
    before = values(first, second)
    preview = page(post(client, first, second, stage="preview", **told))
    assert "Rien n’est encore fait" in preview
    assert values(first, second) == before
    report = page(post(client, first, second, stage="do", **told))
    assert "C’est fait pour 2 dossiers" in report
    assert set(Case.objects.values_list("state", flat=True)) == {item.target}
    again = page(client.post("/bureau/plusieurs-dossiers/", {"case": before, "stage": "do", "act": "move"} | told))
    assert "C’est fait pour 2" not in again  # the same page sent twice does nothing more
    event = Event.objects.filter(kind="cases.bulk_done").order_by("pk")[0]
    assert sorted(event.payload.body["done"]) == sorted([first.reference, second.reference])


def test_what_cannot_be_done_says_why_and_keeps_no_other_from_being_done(now: Any) -> None:
    done, changed, closed = filed(now), filed(now), filed(now)
    client, account = sit(Role.MANAGER, service="waste")
    Case.objects.filter(pk=closed.pk).update(outcome="closed", closed_on=date(2020, 1, 1))
    picked = values(done, changed, closed)
    send_message(changed, "Bonjour", from_agent=False, author=None, actor=RESIDENT, now=now)
    told = {"act": "message", "body": "Bonjour {{ name }}", "asked": "", "case": picked}
    preview = page(client.post("/bureau/plusieurs-dossiers/", {**told, "stage": "preview"}))
    assert f"Bonjour {done.applicant_name}" in preview
    assert "Le dossier a changé depuis" in preview
    assert "plus d’un an" in preview
    client.post("/bureau/plusieurs-dossiers/", {**told, "stage": "do"})
    sent = Message.objects.filter(from_agent=True)
    assert [(one.case_id, one.body, one.author_id) for one in sent] == [
        (done.pk, f"Bonjour {done.applicant_name}", account.pk)
    ]
    assert Notice.objects.filter(subject=done.subject, template="cases.message").count() == 1


def test_cases_are_assigned_and_those_out_of_reach_do_not_exist(now: Any) -> None:
    case, foreign = filed(now), filed(now)
    Case.objects.filter(pk=foreign.pk).update(service="libraries")
    client, account = sit(Role.AGENT, service="waste")
    report = page(post(client, case, foreign, act="assign", assignee=str(account.pk), stage="do"))
    assert foreign.reference not in report.split("<h1>")[1].split("type=")[0]
    assert dict(Case.objects.values_list("pk", "assignee")) == {case.pk: account.pk, foreign.pk: None}
    assert "C’est déjà le cas" in page(post(client, case, act="assign", assignee=str(account.pk), stage="preview"))
    assert post(client, case, stage="canned", texte="²").status_code == 200  # a forged number of a ready text
    assert post(client, foreign, act="assign").status_code == 422


def test_the_whole_list_is_taken_as_filtered_up_to_a_limit(now: Any, monkeypatch: Any) -> None:
    cases = [filed(now) for _number in range(3)]
    monkeypatch.setattr("bocage.cases.desk_views.bulk.MANY", 2)
    client, account = sit(Role.AGENT, service="waste")
    shown = page(client.post("/bureau/plusieurs-dossiers/", {"which": "all", "asked": "situation=open"}))
    assert "2 dossiers choisis" in shown
    assert "les 2 premiers" in shown
    assert cases[0].reference not in shown.split("<main")[-1]  # the oldest is left for the next time
    assert account


@pytest.mark.parametrize(
    "told",
    [
        {"act": "move", "transition": "reject"},
        {"act": "assign", "assignee": "0"},
        {"act": "message", "body": " "},
        {"act": "message", "body": "{{ secret }}"},
        {"act": "message", "body": "x" * 5_001},
        {"act": "erase"},
    ],
)
def test_an_act_that_is_not_offered_is_refused(now: Any, told: dict[str, str]) -> None:
    case = filed(now)
    client, _account = sit(Role.MANAGER, service="waste")
    before = values(case)
    assert post(client, case, stage="do", **told).status_code == 422
    assert values(case) == before


def test_one_case_that_fails_keeps_no_other(now: Any, monkeypatch: Any, caplog: Any) -> None:
    first, second = filed(now), filed(now)
    account: Account = sit(Role.AGENT, service="waste")[1]
    picked = bulk.read_picked(values(first, second))
    real = bulk.assign_case

    def broken(case: Case, *arguments: Any, **more: Any) -> None:
        real(case, *arguments, **more)
        if case.pk == first.pk:
            raise ZeroDivisionError

    monkeypatch.setattr(bulk, "assign_case", broken)
    act = bulk.Act("assign", assignee=account)
    cases = bulk.cases_of(picked, account, now)
    told = bulk.carry_out(act, cases, picked, account=account, actor=actor_of_account(account), now=now)
    assert [bool(one.why) for one in told] == [True, False]
    assert Case.objects.get(pk=second.pk).assignee == account
