"""What costs us is bounded: uploads, messages, PDFs, archives, guesses; and what was typed stays."""

import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.cache import caches
from django.test import Client, RequestFactory
from django.urls import reverse

from bocage.base import ratelimit, references
from bocage.cases import archive, printing
from bocage.cases.models import Case, Message
from bocage.cases.operations import move_case, send_message, start_draft
from bocage.cases.views import cases, limits
from tests.cases.factories import RESIDENT, composter, draft, filed, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen", "fresh"), pytest.mark.slow]


@pytest.fixture
def fresh() -> Any:
    """Counts and kept PDFs start from nothing, and end so."""
    caches["default"].clear()
    yield
    caches["default"].clear()


def opens(client: Any, case: Case) -> None:
    session = client.session
    session["cases"] = [case.reference]
    session.save()


def write(case: Case, number: int, now: Any) -> None:
    for index in range(number):
        text = f"Message {index:02d}"
        send_message(case, text, from_agent=False, author=None, actor=RESIDENT, now=now)


def test_a_31st_message_in_an_hour_waits_on_its_page(client: Any, now: Any) -> None:
    case = filed(now)
    opens(client, case)
    address = reverse("case_message", args=[case.reference])
    for _number in range(30):
        client.post(address, {"message": "Bonjour"})
    refused = client.post(address, {"message": "TEXTE PRECIEUX"})
    assert refused.status_code == 429
    assert Message.objects.count() == 30
    shown = refused.content.decode()
    assert "TEXTE PRECIEUX" in shown
    assert "beaucoup de messages" in shown


def test_too_many_files_are_told_and_answers_kept(client: Any, now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case = draft(now)
    opens(client, case)
    monkeypatch.setattr("bocage.cases.views.drafts.may_upload", lambda request: False)
    data = {"_shown": ["proof", "garden_size"], "garden_size": "300", "proof": picture("autre.jpg")}
    answer = client.post(reverse("case_step", args=[case.reference, "home"]), data)
    assert answer.status_code == 422
    assert "beaucoup de fichiers" in answer.content.decode()
    case.refresh_from_db()
    assert case.answers["garden_size"] == "300"
    assert case.documents.count() == 1


def test_the_bounds_of_files_and_papers(rf: Any) -> None:
    for may, most in ((limits.may_upload, 60), (limits.may_print, 30)):
        request = rf.get("/")
        assert all(may(request) for _number in range(most))
        assert not may(request)


def test_a_blank_form_is_made_once_a_day_for_all(client: Any, now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    composter(now)
    made = []
    monkeypatch.setattr(printing.pdf, "render", lambda *args, **told: made.append(args) or b"%PDF-blank")
    address = reverse("procedure_print", args=["composteur"])
    for _number in range(40):
        answer = client.get(address)
        assert (answer.status_code, answer.content) == (200, b"%PDF-blank")
    assert len(made) == 1


def test_papers_made_too_often_are_refused(client: Any, now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case = filed(now)
    opens(client, case)
    monkeypatch.setattr(cases, "may_print", lambda request: False)
    for name in ("case_receipt", "case_everything"):
        assert client.get(reverse(name, args=[case.reference])).status_code == 429


def test_a_long_thread_shows_its_end_and_leads_to_the_rest(client: Any, now: Any) -> None:
    case = filed(now)
    opens(client, case)
    write(case, 20, now)
    shown = client.get(reverse("case_page", args=[case.reference])).content.decode()
    assert "Voir aussi 5 messages plus anciens" in shown
    assert "Message 04" not in shown
    assert shown.index("Message 05") < shown.index("Message 19")
    whole = client.get(reverse("case_history", args=[case.reference])).content.decode()
    assert whole.index("Message 19") < whole.index("Message 00")


def elements(html: str) -> int:
    """How many elements a page holds."""
    return len(re.findall(r"<[a-z][a-z0-9]*", html))


def test_a_case_of_sixty_messages_stays_light_and_nothing_of_it_is_lost(
    client: Any, now: Any, waste_manager: Any
) -> None:
    """DESIGN.md, rule 9: 350 elements, whatever one writes; what is not on the page is one link away, without JS."""
    case = filed(now)
    opens(client, case)
    write(case, 60, now)
    send_message(case, "a\n\nb\n" * 200, from_agent=False, author=None, actor=RESIDENT, now=now)
    for _time in range(8):
        told = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
        move_case(case, "ask", message="Relisez\n" * 50, fields=("garden_size",), **told)
        move_case(case, "stop_waiting", **told)
    address = reverse("case_page", args=[case.reference])
    shown = client.get(address).content.decode()
    assert elements(shown) <= 350
    history = reverse("case_history", args=[case.reference])
    assert f'href="{history}"' in shown
    seen, page = "", 1
    while True:
        answer = client.get(history, {"page": page}).content.decode()
        assert elements(answer) <= 350
        seen += answer
        if f"?page={page + 1}" not in answer:
            break
        page += 1
    assert [f"Message {number:02}" in seen for number in range(60)] == [True] * 60
    assert "Demande reçue" in seen
    assert page >= 2


def test_the_history_is_its_applicants(client: Any, now: Any) -> None:
    case = filed(now)
    assert client.get(reverse("case_history", args=[case.reference])).status_code == 302


def test_the_archive_holds_the_documents_up_to_its_bound(
    client: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = filed(now)
    opens(client, case)
    case.documents.update(scan_state="clean")
    address = reverse("case_everything", args=[case.reference])
    answer = client.get(address)
    assert answer["Content-Disposition"] == f'attachment; filename="{case.reference}.zip"'
    names = ZipFile(BytesIO(b"".join(answer.streaming_content))).namelist()
    assert any(name.startswith("documents/") for name in names)
    monkeypatch.setattr(archive, "MOST", 10)
    taken = ZipFile(BytesIO(b"".join(client.get(address).streaming_content)))
    assert not any(name.startswith("documents/") for name in taken.namelist())
    assert "facture.jpg" in taken.read("documents-a-part.txt").decode()


def test_guesses_are_counted_however_the_reference_is_written(client: Any, now: Any) -> None:
    reference = filed(now).reference
    written = [reference, reference.lower(), reference.replace("-", " "), reference.replace("-", ""), f" {reference}"]
    assert {references.clean(text) for text in written} == {reference}
    codes = [client.post("/suivi/", {"reference": written[n % 5], "code": "BAD"}).status_code for n in range(11)]
    assert codes == [422] * 10 + [429]


def test_a_right_code_opens_after_many_wrong_ones_and_is_not_counted(now: Any) -> None:
    case, code = start_draft(composter(now), actor=RESIDENT, now=now)
    told = {"reference": case.reference, "code": code}
    for _number in range(12):
        assert Client().post("/suivi/", told).status_code == 302
    wrong = [Client().post("/suivi/", {**told, "code": "BAD"}) for _number in range(14)]
    assert [answer.status_code for answer in wrong] == [422] * 10 + [429] * 4
    main = re.search(r"<main.*?</main>", wrong[-1].content.decode(), re.DOTALL)
    assert main is not None
    assert 'href="tel:' in main.group()
    assert Client().post("/suivi/", told).status_code == 302


@pytest.mark.parametrize("wanted", ["{0}", "//{0}/", "https://example.org/{0}/", "/bureau/"])
def test_a_right_code_opens_its_own_case_wherever_one_is_sent(now: Any, wanted: str) -> None:
    case, code = start_draft(composter(now), actor=RESIDENT, now=now)
    told = {"reference": case.reference, "code": code, "next": wanted.format(case.reference)}
    assert Client().post("/suivi/", told)["Location"] == f"/dossiers/{case.reference}/"


def test_wrong_codes_from_elsewhere_shut_no_case(now: Any) -> None:
    reference = filed(now).reference
    for _number in range(11):
        Client(REMOTE_ADDR="192.0.2.1").post("/suivi/", {"reference": reference, "code": "BAD"})
    answer = Client(REMOTE_ADDR="192.0.2.9").post("/suivi/", {"reference": reference, "code": "BAD"})
    assert answer.status_code == 422


def test_a_machine_that_tries_codes_is_stopped_even_with_the_right_one(now: Any) -> None:
    case, code = start_draft(composter(now), actor=RESIDENT, now=now)
    for _number in range(200):
        ratelimit.allow(RequestFactory().post("/suivi/"), "track-machine", limit=200, per_seconds=3600)
    assert Client().post("/suivi/", {"reference": case.reference, "code": code}).status_code == 429
