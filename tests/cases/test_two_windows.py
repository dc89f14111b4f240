"""Two windows, two people, the same case at the same moment: nothing is lost, nothing comes back, nothing breaks."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event
from bocage.cases import privacy
from bocage.cases.desk_views import counter
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Note
from bocage.cases.operations import (
    add_document,
    answer_correction,
    discard_draft,
    mark_read,
    move_case,
    remove_document,
    save_answers,
    send_message,
    submit_case,
)
from bocage.cases.operations.drafts import FileChange
from bocage.cases.operations.store import Conflict, touch
from bocage.cases.views import drafts
from bocage.identity.models import Role
from tests.cases.desk import commune, page, sit
from tests.cases.factories import RESIDENT, document, draft, filed, picture
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]


def opens(client: Client, case: Case) -> None:
    session = client.session
    session["cases"] = [case.reference]
    session.save()


def private_paths() -> list[str]:
    """Every file of the private storage."""
    store = storages["private"]
    return [f"{folder}/{name}" for folder in store.listdir("")[0] for name in store.listdir(folder)[1]]


def other_window(case: Case) -> Case:
    return Case.objects.select_related("version", "procedure").get(pk=case.pk)


# --- Files ---------------------------------------------------------------------------------------------------------
def test_a_file_joined_in_each_window_and_both_are_kept(now: Any) -> None:
    case = draft(now)
    save_answers(case, {"proof": []}, now=now)
    here, there = other_window(case), other_window(case)
    field = document().by_id["proof"]
    keys = [add_document(case, picture(), field=field, actor=RESIDENT, now=now).key for _number in range(2)]
    save_answers(there, {}, now=now, files={"proof": FileChange((keys[0],))})
    save_answers(here, {}, now=now, files={"proof": FileChange((keys[1],))})
    case.refresh_from_db()
    assert case.answers["proof"] == keys


def test_a_step_sent_while_another_window_joins_a_file_keeps_it(
    client: Client, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = draft(now)
    save_answers(case, {"proof": []}, now=now)
    case.documents.all().delete()
    opens(client, case)
    real = drafts.take_files

    def meanwhile(*args: Any, **told: Any) -> Any:
        taken = real(*args, **told)
        other = other_window(case)
        joined = add_document(other, picture("autre.jpg"), field=document().by_id["proof"], actor=RESIDENT, now=now)
        save_answers(other, {}, now=now, files={"proof": FileChange((joined.key,))})
        return taken

    monkeypatch.setattr(drafts, "take_files", meanwhile)
    data = {"_shown": ["proof", "garden_size"], "garden_size": "300", "proof": picture("mien.jpg")}
    client.post(reverse("case_step", args=[case.reference, "home"]), data)
    case.refresh_from_db()
    assert case.documents.count() == 2
    assert set(case.answers["proof"]) == set(case.documents.values_list("key", flat=True))


def test_too_many_files_from_two_windows_are_told_and_kept_to_choose(now: Any) -> None:
    case = draft(now)
    most = document().by_id["proof"].max_files
    field = document().by_id["proof"]
    keys = [add_document(case, picture(), field=field, actor=RESIDENT, now=now).key for _number in range(most)]
    errors = save_answers(case, {}, now=now, files={"proof": FileChange(tuple(keys))})
    assert "au plus" in errors["proof"]
    assert len(case.pending["proof"]) == most + 1
    assert save_answers(case, {}, now=now, files={"proof": FileChange((), frozenset(keys[:1]))}) == {}
    assert len(case.answers["proof"]) == most


# --- A draft thrown away meanwhile ---------------------------------------------------------------------------------
def test_a_file_is_not_taken_out_of_a_request_that_another_window_just_sent(now: Any) -> None:
    case = draft(now)
    here = other_window(case)
    key = case.documents.get().key
    submit_case(case, actor=RESIDENT, now=now)
    with pytest.raises(Refused, match="ne s’efface pas"):
        remove_document(here, key, actor=RESIDENT, now=now)
    assert case.documents.get().key == key


def test_a_file_that_arrives_once_another_window_has_sent_the_request_is_refused_and_leaves_nothing(now: Any) -> None:
    case = draft(now)
    here = other_window(case)
    submit_case(case, actor=RESIDENT, now=now)
    before = set(private_paths())
    with pytest.raises(Refused, match="déjà envoyée") as refused:
        add_document(here, picture("tard.jpg"), field=document().by_id["proof"], actor=RESIDENT, now=now)
    assert "proof" in refused.value.errors
    assert not case.documents.filter(name="tard.jpg").exists()
    assert set(private_paths()) == before, "no file without a row"


def test_a_file_that_arrives_moves_the_draft_so_that_who_sends_it_reads_its_documents_again(now: Any) -> None:
    case = draft(now)
    here = other_window(case)
    add_document(case, picture(), field=document().by_id["proof"], actor=RESIDENT, now=now)
    with pytest.raises(Conflict):
        touch(here, now, step="home")


def test_a_request_sent_while_a_file_is_taken_out_asks_for_it_again(now: Any) -> None:
    case = draft(now)
    here, there = other_window(case), other_window(case)
    remove_document(there, case.documents.get().key, actor=RESIDENT, now=now)
    with pytest.raises(Refused) as refused:
        submit_case(here, actor=RESIDENT, now=now)
    assert "proof" in refused.value.errors
    save_answers(there, {"garden_size": "300"}, now=now)  # the one who took it out goes on
    there.refresh_from_db()
    assert there.answers["garden_size"] == "300"


def test_saving_or_sending_a_draft_thrown_away_meanwhile_is_refused(now: Any) -> None:
    for verb in (
        lambda case: save_answers(case, {"given_names": "Suzanne"}, now=now),
        lambda case: submit_case(case, actor=RESIDENT, now=now),
    ):
        case = draft(now)
        here = other_window(case)
        discard_draft(case, actor=RESIDENT, now=now)
        with pytest.raises(Refused, match="effacé"):
            verb(here)


@pytest.mark.parametrize("name", ["case_step", "case_check"])
def test_the_pages_of_a_draft_thrown_away_meanwhile_say_so(
    client: Client, now: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case = draft(now)
    opens(client, case)

    def meanwhile(moved: Case, **told: Any) -> bool:
        discard_draft(other_window(case), actor=RESIDENT, now=now)
        raise Conflict

    monkeypatch.setattr(drafts, "upgrade_draft", meanwhile)
    args = [case.reference, "person"] if name == "case_step" else [case.reference]
    answer = client.post(reverse(name, args=args), {"_shown": ["given_names"], "given_names": "Suzanne"}, follow=True)
    assert answer.status_code == 200
    assert "a été effacé" in page(answer)


@pytest.mark.parametrize("name", ["case_step", "case_check"])
def test_a_draft_always_being_saved_elsewhere_breaks_no_page(
    client: Client, now: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case = draft(now)
    opens(client, case)

    def always(moved: Case, **told: Any) -> bool:
        raise Conflict

    monkeypatch.setattr(drafts, "upgrade_draft", always)
    args = [case.reference, "person"] if name == "case_step" else [case.reference]
    answer = client.post(reverse(name, args=args), {"_shown": ["given_names"]}, follow=True)
    assert answer.status_code in {200, 422}
    assert "deux fenêtres" in page(answer)


def test_a_save_on_its_way_brings_nothing_back_of_what_was_erased(now: Any) -> None:
    case = draft(now)
    here = other_window(case)
    privacy.erase_case(case, actor=RESIDENT, now=now)
    with pytest.raises(Refused, match="effacé"):
        save_answers(here, {"given_names": "Marcelle"}, now=now)
    assert Case.objects.get().answers == {}


# --- Answers that an agent has not seen ----------------------------------------------------------------------------
def says(case: Case, text: str, at: Any) -> None:
    send_message(case, text, from_agent=False, author=None, actor=RESIDENT, now=at)


def test_an_agents_message_leaves_the_answer_that_came_since(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    says(case, "Bonjour", now)
    seen = case.answered_at.isoformat()
    assert f'name="answered" value="{seen[:10]}' in page(client.get(reverse("cases_desk", args=[case.reference])))
    says(case, "Encore un mot", now + timedelta(minutes=1))
    address = reverse("cases_message", args=[case.reference])
    assert client.post(address, {"message": "Oui", "answered": seen}).status_code == 302
    case.refresh_from_db()
    assert case.answered_at == now + timedelta(minutes=1)
    client.post(address, {"message": "Vu", "answered": case.answered_at.isoformat()})
    case.refresh_from_db()
    assert case.answered_at is None


def test_the_page_says_which_answer_it_shows(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    says(case, "Bonjour", now + timedelta(microseconds=7))
    shown = page(client.get(reverse("cases_desk", args=[case.reference])))
    value = shown.split('name="answered" value="')[1].split('"')[0]
    client.post(reverse("cases_read", args=[case.reference]), {"answered": value})
    case.refresh_from_db()
    assert case.answered_at is None


def test_read_is_said_of_the_answer_that_was_shown(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="waste")
    says(case, "Bonjour", now)
    seen = case.answered_at.isoformat()
    says(case, "Encore un mot", now + timedelta(minutes=1))
    answer = client.post(reverse("cases_read", args=[case.reference]), {"answered": seen})
    assert answer.status_code == 409
    assert "Encore un mot" in page(answer)
    case.refresh_from_db()
    assert case.answered_at
    with pytest.raises(Conflict):
        mark_read(case, seen=now, actor=RESIDENT, now=now)


# --- A case and its word -------------------------------------------------------------------------------------------
def test_a_case_is_not_passed_on_without_its_word(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case = filed(now)
    client, _account = sit(Role.RECEPTION, commune=commune("59353"))
    mate = factories.agent(Role.AGENT, service="waste")

    def refused(*args: Any, **told: Any) -> None:
        raise Refused("Trop long.")

    monkeypatch.setattr(counter, "add_note", refused)
    told = {"case": case.reference, "assignee": str(mate.pk), "word": "Elle rappellera."}
    answer = client.post(reverse("cases_hand_over", args=[case.applicant_id]), told)
    assert answer.status_code == 409
    assert Case.objects.get().assignee is None
    assert not Note.objects.exists()
    assert not Event.objects.filter(kind="cases.assigned").exists()


# --- A file that the scanner refused -------------------------------------------------------------------------------
def test_a_correction_with_the_very_file_that_was_refused_is_not_taken(now: Any, waste_manager: Any) -> None:
    case = filed(now)
    told = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
    move_case(case, "ask", message="Un autre justificatif", fields=("proof",), **told)
    case.documents.update(scan_state="refused")
    with pytest.raises(Refused) as refused:
        answer_correction(case, {"proof": case.answers["proof"]}, actor=RESIDENT, now=now)
    assert "vérification de sécurité" in refused.value.errors["proof"]
    stranger = {"proof": ["0" * 32]}
    with pytest.raises(Refused, match="joindre à nouveau"):
        answer_correction(case, stranger, actor=RESIDENT, now=now)
    fresh = add_document(case, picture(), field=document().by_id["proof"], actor=RESIDENT, now=now)
    answer_correction(case, {"proof": [fresh.key]}, actor=RESIDENT, now=now)
    assert Case.objects.get().state == "studying"
