"""The day's page, the worklist and the case's page, as agents of several reaches open them."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bocage.base.models import Event
from bocage.cases.desk_queries import Figure, shielded
from bocage.cases.models import Case, Message, Note, Proposal
from bocage.cases.operations import add_document, assign_case, move_case, send_message
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Role
from bocage.identity.operations import set_absence
from tests.cases.desk import commune, page, sit
from tests.cases.factories import RESIDENT, draft, filed, picture
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
LE_QUESNOY = "59481"


def url(name: str, case: Case, *more: str) -> str:
    return reverse(name, args=[case.reference, *more])


# --- The day -------------------------------------------------------------------------------------------------------
def test_an_empty_day_says_so() -> None:
    client, _account = sit(Role.AGENT, service="waste")
    assert "Rien ne presse" in page(client.get("/bureau/"))


def test_the_day_shows_what_is_late_unassigned_and_answered(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    shown = page(client.get("/bureau/"))
    assert "Sans agent" in shown
    assert case.reference in shown
    assert "En retard" not in shown
    with time_machine.travel(now + timedelta(days=40), tick=False):
        client.force_login(_account)
        assert "En retard de" in page(client.get("/bureau/"))
    send_message(case, "Quand ?", from_agent=False, author=None, actor=RESIDENT, now=now)
    assert "Réponses reçues" in page(client.get("/bureau/"))


def test_the_day_holds_nothing_of_another_service(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="libraries")
    assert case.reference not in page(client.get("/bureau/"))


def test_a_substitute_sees_the_work_of_the_absent(now: Any) -> None:
    case = filed(now)
    _client, absent = sit(Role.AGENT, service="waste")
    client, substitute = sit(Role.AGENT, service="waste")
    assign_case(case, absent, actor=actor_of_account(absent), now=now)
    assert "Mes dossiers" not in page(client.get("/bureau/"))
    day = now.date()
    set_absence(absent, substitute=substitute, starts=day, ends=day, actor=actor_of_account(absent), now=now)
    shown = page(client.get("/bureau/"))
    assert "Vous remplacez" in shown
    assert "Mes dossiers et ceux que je remplace" in shown
    assert case.reference in shown


def test_elected_people_and_editors_are_led_to_their_pages(now: Any) -> None:
    client, _account = sit(Role.ELECTED, commune=commune(LE_QUESNOY))
    assert client.get("/bureau/")["Location"] == reverse("cases_figures")
    client, _account = sit(Role.EDITOR)
    assert client.get("/bureau/")["Location"] == reverse("wagtailadmin_explore_root")


def test_the_menu_leads_to_open_doors_only() -> None:
    client, _account = sit(Role.RECEPTION, commune=commune(LE_QUESNOY))
    shown = page(client.get("/bureau/"))
    assert "Accueil du public" in shown
    assert "Dossiers" in shown
    assert "Pages et actualités" not in shown
    client, _account = sit(Role.ADMINISTRATOR)
    assert "Pages et actualités" in page(client.get("/bureau/"))


# --- The worklist --------------------------------------------------------------------------------------------------
def test_the_worklist_filters_and_searches(now: Any) -> None:
    case = filed(now)
    other = filed(now, given_names="Firmin", birth_name="Lecoq", model="wood_600")
    client, _account = sit(Role.AGENT, service="waste")

    def found(**asked: str) -> set[str]:
        shown = page(client.get(reverse("cases_worklist"), asked))
        return {one.reference for one in (case, other) if one.reference in shown}

    both = {case.reference, other.reference}
    assert found() == both
    assert found(q="lecoq") == {other.reference}
    assert found(q="Delatre") <= {case.reference}
    assert found(procedure="composteur", state="received") == both
    assert found(channel="phone") == set()
    assert found(situation="closed") == set()
    assert found(situation="unassigned", commune="59353") == both
    assert found(commune="59481") == set()


@pytest.mark.parametrize(
    "asked",
    [
        {"situation": "'; DROP TABLE"},
        {"after": "x"},
        {"after": "2026-01-01.99999999999999999999"},
        {"commune": "\x00"},
        {"q": "\x00 !! \" ' (" * 30},
        {"channel": "pigeon", "procedure": "nope", "state": "nope"},
        {"after": "2026-13-45.3"},
    ],
)
def test_forged_filters_are_as_if_not_asked(now: Any, asked: dict[str, str]) -> None:
    client, _account = sit(Role.AGENT, service="waste")
    assert client.get(reverse("cases_worklist"), asked).status_code == 200


def test_pages_follow_one_another_without_hole_nor_double(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bocage.cases.desk_views.worklist.PAGE", 2)
    cases = [filed(now - timedelta(days=number % 2)) for number in range(5)]
    client, _account = sit(Role.AGENT, service="waste")
    seen: list[str] = []
    address = reverse("cases_worklist")
    for _page in range(3):
        response = client.get(address)
        seen += [row.reference for row in response.context["rows"]]
        address = reverse("cases_worklist") + response.context["next"]
    assert sorted(seen) == sorted(case.reference for case in cases)
    assert not response.context["next"]


def test_the_worklist_asks_as_much_for_one_case_as_for_many(now: Any) -> None:
    filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    client.get(reverse("cases_worklist"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("cases_worklist"), {"q": "delattre"})
    for _number in range(6):
        filed(now)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("cases_worklist"), {"q": "delattre"})
    assert len(many) <= len(few) <= 17, "\n".join(query["sql"][:150] for query in many)


# --- The case ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "bounds", "status"),
    [
        (Role.AGENT, {"service": "waste"}, 200),
        (Role.AGENT, {"service": "libraries"}, 404),
        (Role.RECEPTION, {"commune": "59353"}, 200),
        (Role.RECEPTION, {"commune": LE_QUESNOY}, 404),
        (Role.ADMINISTRATOR, {}, 200),
        (Role.ELECTED, {"commune": "59353"}, 403),
        (Role.EDITOR, {}, 403),
    ],
)
def test_who_opens_a_case(now: Any, role: str, bounds: dict[str, str], status: int) -> None:
    case = filed(now)
    reach: dict[str, Any] = {**bounds}
    if "commune" in reach:
        reach["commune"] = commune(reach["commune"])
    client, _account = sit(role, **reach)
    assert client.get(url("cases_desk", case)).status_code == status
    assert client.post(url("cases_note", case), {"note": "x"}).status_code == (302 if status == 200 else status)


def test_drafts_are_nobodys_business(now: Any) -> None:
    case = draft(now)
    client, _account = sit(Role.ADMINISTRATOR)
    assert client.get(url("cases_desk", case)).status_code == 404


def test_the_page_says_everything(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.MANAGER, service="waste")
    shown = page(client.get(url("cases_desk", case)))
    for words in ("Marcelle Delattre", "12 rue de l’Église", "facture.jpg", "Prendre en charge", "Toute l’histoire"):
        assert words in shown
    assert "Indiquez d’abord la date de retrait proposée." in shown  # why « Accepter » cannot be pressed


def test_notes_messages_and_assignment(now: Any) -> None:
    case = filed(now)
    client, account = sit(Role.AGENT, service="waste")
    assert client.post(url("cases_note", case), {"note": "Rappeler jeudi"}).status_code == 302
    assert Note.objects.get().body == "Rappeler jeudi"
    assert client.post(url("cases_note", case), {"note": " "}).status_code == 422
    assert client.post(url("cases_message", case), {"message": "Bonjour"}).status_code == 302
    assert Message.objects.get().from_agent
    assert client.post(url("cases_assign", case), {"assignee": "me"}).status_code == 302
    assert Case.objects.get().assignee == account
    assert client.post(url("cases_assign", case), {"assignee": ""}).status_code == 302
    assert Case.objects.get().assignee is None
    stranger = factories.agent(Role.AGENT, service="libraries")
    assert client.post(url("cases_assign", case), {"assignee": str(stranger.pk)}).status_code == 422
    shown = page(client.get(url("cases_desk", case)))
    assert "Rappeler jeudi" in shown
    assert f"par {account}" in shown


def test_assigning_to_someone_away_names_the_substitute(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    absent, other = factories.agent(Role.AGENT, service="waste"), factories.agent(Role.MANAGER, service="waste")
    set_absence(
        absent, substitute=other, starts=now.date(), ends=date(2026, 3, 20), actor=actor_of_account(absent), now=now
    )
    response = client.post(url("cases_assign", case), {"assignee": str(absent.pk)}, follow=True)
    assert "est en congé jusqu’au" in page(response)


def test_the_service_part_opens_the_decision(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.MANAGER, service="waste")
    told = {"_shown": ["pickup_on", "serial"], "pickup_on": "le douze", "serial": "A12"}
    response = client.post(url("cases_service_part", case), told)
    assert response.status_code == 422
    assert "le douze" in page(response)
    told["pickup_on"] = "21/03/2026"
    assert client.post(url("cases_service_part", case), told).status_code == 302
    asked = page(client.get(url("cases_move", case, "accept")))
    assert "Vous signez cette décision" in asked
    assert "Ce que la personne recevra" in asked
    assert client.post(url("cases_move", case, "accept"), {"reason": ""}).status_code == 302
    case.refresh_from_db()
    assert case.state == "accepted"
    assert case.decision.author is not None


def test_a_refusal_wants_its_reason_and_keeps_its_signature(now: Any, waste_manager: Any) -> None:
    from allauth.mfa.models import Authenticator
    from django.test import Client

    from bocage.identity.operations import sync_groups

    case = filed(now)
    account = waste_manager.account
    sync_groups(account, now.date())
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    client.force_login(account)
    asked = page(client.get(url("cases_move", case, "reject")))
    assert "Responsable du service Déchets" in asked
    assert "Arrêté 2026-12" in asked
    assert client.post(url("cases_move", case, "reject"), {"reason": " "}).status_code == 422
    assert client.post(url("cases_move", case, "reject"), {"reason": "Hors du territoire."}).status_code == 302
    decision = Case.objects.get().decision
    assert (decision.reason, decision.author_title, decision.delegation) == (
        "Hors du territoire.",
        "Responsable du service Déchets",
        "Arrêté 2026-12",
    )


def test_an_agent_never_sees_the_managers_button(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    assert "Refuser" not in page(client.get(url("cases_desk", case)))
    assert client.get(url("cases_move", case, "reject")).status_code == 404
    assert client.post(url("cases_move", case, "silence_accepts")).status_code == 404
    assert client.post(url("cases_move", case, "nothing")).status_code == 404


def test_a_correction_points_at_fields(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    address = url("cases_move", case, "ask")
    assert "Surface du jardin" in page(client.get(address))
    told = {"fields": ["garden_size", "serial", "nope"], "message": "Vérifiez la surface.", "days": "0"}
    refused = client.post(address, told)
    assert refused.status_code == 422
    assert "Vérifiez la surface." in page(refused)
    assert client.post(address, {**told, "days": "10", "fields": ["nope"]}).status_code == 422
    assert client.post(address, {**told, "days": "10"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "correcting"
    assert case.correction["fields"] == ["garden_size"]


def test_what_another_agent_did_meanwhile_is_told_and_nothing_is_lost(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.MANAGER, service="waste")
    seen = case.revision
    other = factories.agent(Role.MANAGER, service="waste")
    assign_case(case, other, actor=actor_of_account(other), now=now)
    told = {"revision": str(seen), "reason": "Un motif long à écrire."}
    response = client.post(url("cases_move", case, "reject"), told)
    assert response.status_code == 409
    assert "Quelqu’un a modifié ce dossier" in page(response)
    assert "Un motif long à écrire." in page(response)
    assert Case.objects.get().state == "received"
    told = {"revision": str(seen), "_shown": "serial", "serial": "B77"}  # type: ignore[dict-item]
    response = client.post(url("cases_service_part", case), told)
    assert response.status_code == 409
    assert "B77" in page(response)


def test_the_service_part_is_the_service_s_and_stays_as_it_was_at_the_decision(now: Any) -> None:
    case = filed(now)
    desk, _account = sit(Role.RECEPTION, commune=commune("59353"))
    told = {"_shown": ["serial"], "serial": "A12"}
    refused = desk.post(url("cases_service_part", case), told)
    assert refused.status_code == 422
    assert "remplie par le service qui traite" in page(refused)
    client, account = sit(Role.MANAGER, service="waste")
    part = {"_shown": ["serial", "pickup_on"], "pickup_on": "21/03/2026", "serial": "A12"}
    client.post(url("cases_service_part", case), part)
    case.refresh_from_db()
    who = {"agent": account, "actor": actor_of_account(account), "now": now}
    move_case(case, "reject", reason="Hors du territoire.", **who)
    kept = case.agent_answers
    refused = client.post(url("cases_service_part", case), {**part, "serial": "B77"})
    assert refused.status_code == 422
    assert "reste comme elle était" in page(refused)
    assert 'name="serial"' not in page(refused), "what may not be changed is shown, not asked"
    assert "A12" in page(refused)
    case.refresh_from_db()
    assert case.agent_answers == kept


def test_a_service_s_part_that_changes_drops_the_decision_prepared_on_it(now: Any) -> None:
    case = filed(now)
    client, account = sit(Role.MANAGER, service="waste")
    Proposal.objects.create(case=case, transition="reject", prepared_by=account, prepared_at=now)
    part = {"_shown": ["serial"], "serial": "A12"}
    assert "préparez-la à nouveau" in page(client.post(url("cases_service_part", case), part, follow=True))
    read = Proposal.objects.get()
    assert read.state == "dropped"
    signer, _signer = sit(Role.MANAGER, service="waste", delegation="Arrêté 12")
    told = page(signer.post(reverse("cases_signatures"), {"p": str(read.pk)}, follow=True))
    assert "Elle n’est pas signée" in told
    again = Proposal.objects.create(case=case, transition="reject", prepared_by=account, prepared_at=now)
    client.post(url("cases_service_part", case), part)
    again.refresh_from_db()
    assert again.state == "waiting", "nothing changed"


def test_a_button_pressed_twice_moves_once(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    assert client.post(url("cases_move", case, "study")).status_code == 302
    assert client.post(url("cases_move", case, "study")).status_code == 422
    assert Event.objects.filter(kind="cases.moved").count() == 1


def test_opening_a_sensitive_document_is_journaled(now: Any) -> None:
    case = filed(now)
    proof = case.documents.get()
    client, account = sit(Role.AGENT, service="waste")
    assert client.get(url("cases_document", case, proof.key)).status_code == 409  # not scanned yet
    type(proof).objects.update(scan_state="clean")
    response = client.get(url("cases_document", case, proof.key))
    assert response.status_code == 200
    assert b"".join(response.streaming_content)
    event = Event.objects.get(kind="cases.document_read")
    assert event.actor == f"account:{account.pk}"
    assert client.get(url("cases_document", case, "0" * 32)).status_code == 404
    other = filed(now)
    assert client.get(url("cases_document", other, proof.key)).status_code == 404


def test_the_receipt_goes_by_post_once_a_day(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    for _press in range(2):
        assert client.post(url("cases_letter", case), {"notice": "receipt"}).status_code == 302
    shown = page(client.get(url("cases_desk", case)))
    assert "Lettre" in shown
    assert client.post(url("cases_letter", case), {"notice": "nope"}).status_code == 422


# --- Figures and absences ------------------------------------------------------------------------------------------
def test_figures_carry_no_name_and_no_small_number(now: Any) -> None:
    for _number in range(2):
        filed(now)
    client, _account = sit(Role.ELECTED, commune=commune("59353"))
    shown = page(client.get(reverse("cases_figures")))
    assert "Delattre" not in shown
    assert "&lt; 5" in shown
    assert "Commander un composteur" in shown
    for _number in range(4):
        filed(now)
    assert "<strong>6</strong>" in page(client.get(reverse("cases_figures")))


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([40, 12, 3], ["40", "caché", "< 5"]),  # 55 - 40 - 12 told that it was 3
        ([40, 12, 1, 1], ["40", "caché", "< 5", "< 5"]),  # 54 - 40 - 12 = 2: each was 1
        ([40, 12, 4, 3], ["40", "12", "< 5", "< 5"]),
        ([40, 12], ["40", "12"]),
        ([3], ["< 5"]),
        ([9, 3], ["caché", "< 5"]),
        ([9, 3, 0], ["caché", "< 5", "0"]),
    ],
)
def test_a_small_figure_is_not_found_by_subtraction(counts: list[int], shown: list[str]) -> None:
    parts = shielded([Figure(f"n{number}", count) for number, count in enumerate(counts)])
    assert [part.shown for part in parts] == shown


def test_the_page_of_figures_hides_what_gives_a_small_one_away(now: Any) -> None:
    for number in range(9):
        case = filed(now)
        Case.objects.filter(pk=case.pk).update(channel="web" if number else "phone")
    client, _account = sit(Role.ELECTED, commune=commune("59353"))
    shown = page(client.get(reverse("cases_figures")))
    assert '<td class="number">8</td>' not in shown
    assert '<td class="number">caché</td>' in shown


def test_figures_of_another_commune_stay_closed(now: Any) -> None:
    filed(now)
    client, _account = sit(Role.ELECTED, commune=commune(LE_QUESNOY))
    shown = page(client.get(reverse("cases_figures"), {"commune": "59353"}))
    assert "Locquignol" not in shown
    assert "<strong>0</strong>" in shown


def test_an_absence_is_set_by_oneself_with_a_colleague(now: Any) -> None:
    client, account = sit(Role.AGENT, service="waste")
    assert "Personne ne peut vous remplacer" in page(client.get(reverse("desk_absences")))
    mate = factories.agent(Role.AGENT, service="waste")
    stranger = factories.agent(Role.AGENT, service="libraries")
    told = {"starts": "16/03/2026", "ends": "20/03/2026", "substitute": str(mate.pk)}
    for wrong in (
        {"substitute": str(stranger.pk)},
        {"substitute": "x"},
        {"ends": "12/03/2026"},
        {"starts": "lundi"},
        {"starts": "01/01/2020", "ends": "02/01/2020"},
    ):
        assert client.post(reverse("desk_absences"), {**told, **wrong}).status_code == 422
    assert client.post(reverse("desk_absences"), told).status_code == 302
    assert account.absences.get().substitute == mate


def test_everything_is_taken_in_one_file_and_the_journal_keeps_it(now: Any) -> None:
    case = filed(now)
    case.documents.update(scan_state="clean", sensitive=True)
    add_document(case, picture("autre.jpg"), field=None, actor=RESIDENT, now=now)  # not verified yet: left out
    client, account = sit(Role.AGENT, service="waste")
    answer = client.post(url("cases_everything", case))
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    names = ZipFile(BytesIO(b"".join(answer.streaming_content))).namelist()
    document = case.documents.get(scan_state="clean")
    assert sorted(names) == [f"documents/{document.pk}-{document.name}", "recepisse.pdf"]
    read = Event.objects.filter(subject=case.subject, kind="cases.document_read")
    assert [event.actor for event in read] == [f"account:{account.pk}"]
    assert client.get(url("cases_everything", case)).status_code == 405
    assert url("cases_everything", case) in page(client.get(url("cases_desk", case)))
    other, _account = sit(Role.AGENT, service="libraries")
    assert other.post(url("cases_everything", case)).status_code == 404
