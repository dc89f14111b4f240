"""Entry from paper or telephone: complete, incomplete, wrong, interrupted, twice; scans that place themselves."""

import re
import struct
import zlib
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import segno
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, NumberObject, StreamObject

from bocage.base.models import Event
from bocage.cases.desk_views import entry
from bocage.cases.models import Case, Document
from bocage.cases.operations import publish
from bocage.cases.scans import Target, read_target, target_of
from bocage.identity.models import Person, Role
from bocage.messaging.models import Notice
from tests.cases.desk import commune, page, sit
from tests.cases.factories import ANSWERS, body, composter, document, filed, jpeg, picture
from tests.conftest import NOW
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory"), pytest.mark.slow]
LOCQUIGNOL = "59353"
START = "/bureau/saisie/composteur/"


def posted(**changes: Any) -> dict[str, Any]:
    """The form as a browser sends it, on paper of 3 March."""
    told: dict[str, Any] = {"channel": "post", "received_on": "03/03/2026"}
    for key, value in ANSWERS.items():
        if isinstance(value, dict):
            told |= {f"{key}.{part}": text for part, text in value.items()}
        else:
            told[key] = value
    told["_shown"] = [*ANSWERS, "proof", "bins", "email", "usual_name"]
    return told | changes


def begin(client: Any, **told: str) -> Case:
    response = client.post(START, {"channel": "post", "received_on": "03/03/2026", **told})
    assert response.status_code == 302, page(response)
    return Case.objects.get(reference=response["Location"].rstrip("/").rsplit("/", 1)[1])


def form_url(case: Case) -> str:
    return reverse("cases_entry_form", args=["composteur", case.reference])


@pytest.fixture
def secretary(now: Any) -> Any:
    composter(now)
    return sit(Role.RECEPTION, commune=commune(LOCQUIGNOL))


# --- Entering ------------------------------------------------------------------------------------------------------
def test_a_paper_form_becomes_a_case_with_its_channel_and_date(secretary: Any) -> None:
    client, account = secretary
    draft = begin(client)
    response = client.post(form_url(draft), posted(proof=picture()))
    assert response.status_code == 302, page(response)
    case = Case.objects.get()
    assert (case.state, case.channel, str(case.received_on), case.complete) == ("received", "post", "2026-03-03", True)
    assert case.entered_by == account
    assert case.applicant.birth_name == "Delattre"
    shown = page(client.get(response["Location"]))
    assert "Demande enregistrée" in shown
    assert reverse("cases_desk_receipt", args=[case.reference]) in shown


def test_a_paper_letter_leads_nowhere_that_its_reader_could_not_open(secretary: Any) -> None:
    client, _account = secretary
    client.post(form_url(begin(client)), posted(proof=picture()))
    notice = Notice.objects.get(subject=Case.objects.get().subject)
    assert notice.link == ""
    assert "en ligne" not in notice.body


def test_the_enter_key_saves_the_entry_and_adds_no_line(secretary: Any) -> None:
    """A browser presses the first button of a form: it must not be a group's « Ajouter une ligne »."""
    client, _account = secretary
    html = client.get(form_url(begin(client))).content.decode()
    first = re.search(r"<button[^>]*>", html[html.index('id="saisie"') :])
    assert first
    assert "name=" not in first[0]
    assert 'aria-hidden="true"' in first[0]


def test_someone_known_is_chosen_and_what_is_known_is_filled_in(secretary: Any) -> None:
    client, _account = secretary
    person = factories.person("Delattre", "Marcelle", phone="03 53 01 00 12", commune=commune(LOCQUIGNOL))
    assert "Marcelle Delattre" in page(client.get(START, {"q": "delattre"}))
    assert "Marcelle Delattre" in page(client.get(START, {"person": person.pk}))
    draft = begin(client, person=str(person.pk))
    assert draft.applicant == person
    assert draft.answers["birth_name"] == "Delattre"
    client.post(form_url(draft), posted(proof=picture(), person=str(person.pk)))
    assert Person.objects.count() == 1


def test_an_incomplete_form_is_filed_when_asked_and_says_what_is_missing(secretary: Any) -> None:
    client, _account = secretary
    draft = begin(client)
    told = posted(housing="")
    first = client.post(form_url(draft), told)
    assert first.status_code == 422
    assert "Il manque des réponses" in page(first)
    assert Case.objects.get().is_draft
    response = client.post(form_url(draft), {**told, "_incomplete": "1"})
    case = Case.objects.get()
    assert response.status_code == 302
    assert not case.is_draft
    assert not case.complete
    assert "proof" in case.missing
    shown = page(client.get(response["Location"]))
    assert "Demander ce qui manque" in shown
    assert 'value="proof" id="f-fields-proof" checked' in page(
        client.get(reverse("cases_move", args=[case.reference, "ask"]))
    )


def test_a_date_on_which_silence_has_decided_already_is_asked_again(secretary: Any) -> None:
    """A year mistyped would accept the request for good."""
    client, _account = secretary
    draft = begin(client)
    told = posted(proof=picture(), received_on="03/01/2026")
    response = client.post(form_url(draft), told)
    assert response.status_code == 422
    shown = page(response)
    assert "acceptée par le silence depuis le 3 mars 2026" in shown
    assert 'href="#f-received_on"' in shown
    assert Case.objects.get().is_draft
    told.pop("proof")  # joined already
    assert client.post(form_url(draft), {**told, "received_on": "10/01/2026"}).status_code == 302, "its last day"
    draft = begin(client)
    assert client.post(form_url(draft), {**told, "proof": picture(), "_silent": "1"}).status_code == 302
    assert Case.objects.get(pk=draft.pk).received_on == date(2026, 1, 3)


def test_an_incomplete_paper_of_long_ago_keeps_both_answers(secretary: Any) -> None:
    """What silence accepts waits for the pieces; what it rejects does not."""
    client, _account = secretary
    draft = begin(client)
    told = posted(received_on="03/01/2026", _incomplete="1")
    assert client.post(form_url(draft), told).status_code == 302
    rejecting = body("aide-numerique")
    publish({**rejecting, "slug": "composteur", "service": "waste"}, actor=factories.SYSTEM, now=NOW)
    draft = begin(client)
    told = {"channel": "post", "received_on": "03/01/2026", "_incomplete": "1"}
    shown = page(client.post(form_url(draft), told))
    assert "refusée par le silence depuis le 3 mars 2026" in shown
    assert '<input type="hidden" name="_incomplete" value="1">' in shown


def test_mistakes_keep_everything_typed(secretary: Any) -> None:
    client, _account = secretary
    draft = begin(client)
    told = posted(birth_date="trente et un", garden_size="beaucoup", received_on="31/02/2026", phone="12")
    response = client.post(form_url(draft), {**told, "_incomplete": "1"})
    shown = page(response)
    assert response.status_code == 422
    assert Case.objects.get().is_draft
    for typed in ("trente et un", "beaucoup", "31/02/2026", "Marcelle", "12 rue de l’Église"):
        assert typed in shown


def test_finishing_later_keeps_the_draft_in_the_list(secretary: Any) -> None:
    client, _account = secretary
    draft = begin(client)
    assert client.post(form_url(draft), posted(_later="1")).status_code == 302
    assert draft.reference in page(client.get(reverse("cases_scans")))
    assert "250" in page(client.get(form_url(draft)))
    assert client.post(form_url(draft), {"_discard": "1"}).status_code == 302
    assert not Case.objects.exists()


def test_filing_twice_files_once(secretary: Any) -> None:
    client, _account = secretary
    draft = begin(client)
    first = client.post(form_url(draft), posted(proof=picture()))
    second = client.post(form_url(draft), posted(proof=picture()))
    assert first["Location"] == second["Location"] == reverse("cases_entered", args=[draft.reference])
    assert Event.objects.filter(kind="cases.submitted").count() == 1


def test_a_condition_not_met_stops_the_entry_with_its_reason(secretary: Any) -> None:
    client, _account = secretary
    draft = begin(client)
    response = client.post(form_url(draft), posted(lives_here="non", proof=picture()))
    assert response.status_code == 422
    assert "réservés aux habitants" in page(response)


@pytest.mark.parametrize(
    "told",
    [
        {"channel": "web"},
        {"channel": "pigeon"},
        {"received_on": "11/03/2026"},  # tomorrow
        {"received_on": "hier peut-être"},
        {"received_on": "01/01/1900"},
    ],
)
def test_a_start_that_cannot_be_is_refused(secretary: Any, told: dict[str, str]) -> None:
    client, _account = secretary
    response = client.post(START, {"channel": "post", "received_on": "03/03/2026", **told})
    assert response.status_code == 422
    assert not Case.objects.exists()


def test_forged_people_and_procedures_are_not_found(secretary: Any) -> None:
    client, _account = secretary
    far = factories.person("Lecoq", "Firmin", commune=commune("59481"))
    for person in (str(far.pk), "999999", "-1", "x", "9" * 40):
        assert client.post(START, {"channel": "post", "received_on": "03/03/2026", "person": person}).status_code == 404
    assert client.get("/bureau/saisie/rien/").status_code == 404
    other, _account = sit(Role.AGENT, service="libraries")
    assert other.get(START).status_code == 404


def test_the_draft_of_another_reach_is_not_found(secretary: Any) -> None:
    client, _account = secretary
    draft = begin(client)
    client.post(form_url(draft), posted(_later="1"))
    other, _account = sit(Role.AGENT, service="libraries")
    assert other.get(form_url(draft)).status_code == 404
    assert draft.reference not in page(other.get(reverse("cases_scans")))


def test_what_one_enters_for_another_commune_can_still_be_printed(secretary: Any) -> None:
    client, _account = secretary
    draft = begin(client)
    told = posted(proof=picture(), **{"address.commune": "59481", "address.postcode": "59530"})
    response = client.post(form_url(draft), told)
    assert client.get(response["Location"]).status_code == 200
    assert client.get(reverse("cases_desk_receipt", args=[draft.reference])).status_code == 200
    assert client.get(reverse("cases_desk", args=[draft.reference])).status_code == 404
    other, _account = sit(Role.RECEPTION, commune=commune(LOCQUIGNOL))
    assert other.get(response["Location"]).status_code == 404


# --- Scans ---------------------------------------------------------------------------------------------------------
def scan(text: str, name: str = "scan.png", *, turned: int = 0, pdf: bool = False) -> SimpleUploadedFile:
    """A sheet of A4 at 150 dpi that bears a QR."""
    code = BytesIO()
    segno.make(text, error="m").save(code, kind="png", scale=4)
    sheet = Image.new("L", (1240, 1754), 255)
    sheet.paste(Image.open(code), (900, 120))
    out = BytesIO()
    sheet.rotate(turned, expand=True, fillcolor=255).save(out, "PDF" if pdf else "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "application/pdf" if pdf else "image/png")


def send(client: Any, *files: SimpleUploadedFile, **told: str) -> Any:
    return client.post(reverse("cases_scans"), {"files": list(files), **told})


@pytest.mark.parametrize("pdf", [False, True])
@pytest.mark.parametrize("turned", [0, 90, 7])
def test_the_qr_of_a_page_is_read(pdf: bool, turned: int) -> None:
    found = target_of(scan(f"https://x.fr{START}", turned=turned, pdf=pdf).read())
    assert found == Target("entry", "composteur")


def test_what_a_text_names(now: Any) -> None:
    case = filed(now)
    assert read_target(f"https://x.fr/bureau/dossiers/{case.reference}/") == Target("case", case.reference)
    assert read_target(f"/bureau/courriers/retour/?reference={case.reference}") == Target("letter", case.reference)
    for text in ("", "dupont", "https://x.fr/", "/bureau/dossiers/AAAA-AAAA-A/", "\x00", "x" * 5000):
        assert read_target(text) is None


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.4 broken", b"\x89PNG nothing", b"GIF89a", jpeg(), b"%PDF-" + b"0" * 9999]
)
def test_files_without_code_have_no_target(content: bytes) -> None:
    assert target_of(content) is None


def filtered(name: str) -> bytes:
    """A PDF whose picture claims a filter that no reader knows, or that ours lacks."""
    writer = PdfWriter()
    sheet = writer.add_blank_page(200, 200)
    picture = StreamObject()
    picture.set_data(b"not a picture at all")
    picture |= {
        NameObject("/Type"): NameObject("/XObject"),
        NameObject("/Subtype"): NameObject("/Image"),
        NameObject("/Width"): NumberObject(8),
        NameObject("/Height"): NumberObject(8),
        NameObject("/BitsPerComponent"): NumberObject(8),
        NameObject("/ColorSpace"): NameObject("/DeviceGray"),
        NameObject("/Filter"): NameObject(name),
    }
    images = DictionaryObject({NameObject("/Im0"): writer._add_object(picture)})
    sheet[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): images})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb() -> bytes:
    """The first bytes of a picture of 20,000 by 20,000 pixels: Pillow refuses to look at it."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize("content", [bomb(), filtered("/Weird"), filtered("/JBIG2Decode")], ids=["png", "odd", "jbig2"])
def test_hostile_files_have_no_target_and_stop_no_other(content: bytes) -> None:
    assert target_of(content) is None


def test_the_receipt_finds_its_case(secretary: Any, now: Any) -> None:
    client, _account = secretary
    case = filed(now)
    address = reverse("cases_desk", args=[case.reference])
    assert send(client, scan(f"{settings.ENV.base_url}{address}"))["Location"] == address
    added = case.documents.get(source="scan")
    assert added.sensitive
    assert added.scan_state == "quarantine"


def test_a_filled_form_awaits_its_entry_and_its_papers_find_their_field(secretary: Any) -> None:
    client, _account = secretary
    address = send(client, scan(f"{settings.ENV.base_url}{START}"))["Location"]
    draft = Case.objects.get()
    assert draft.is_draft
    assert draft.channel == "post"
    assert address == form_url(draft)
    assert draft.reference in page(client.get(START))
    paper = Document.objects.get()
    shown = page(client.get(address))
    assert "Papiers scannés" in shown
    assert f"scan.{paper.key}" in shown
    response = client.post(address, posted(**{f"scan.{paper.key}": "proof"}))
    assert response.status_code == 302, page(response)
    case = Case.objects.get()
    assert case.complete
    assert case.answers["proof"] == [paper.key]
    assert Document.objects.get().field == "proof"


def test_a_paper_without_code_goes_where_one_says(secretary: Any) -> None:
    client, _account = secretary
    refused = send(client, picture())
    assert refused.status_code == 422
    assert "aucun code n’a été lu" in page(refused)
    assert not Case.objects.exists()
    assert send(client, picture(), procedure="nope").status_code == 422
    assert send(client, picture(), procedure="composteur").status_code == 302
    assert Case.objects.get().documents.count() == 1


def test_several_files_each_find_their_place(secretary: Any, now: Any) -> None:
    client, _account = secretary
    case = filed(now)
    receipt = scan(reverse("cases_desk", args=[case.reference]), "recu.png")
    broken = SimpleUploadedFile("casse.pdf", b"%PDF-1.4 nothing", "application/pdf")
    response = send(client, receipt, scan(START, "formulaire.png"), broken)
    shown = page(response)
    assert response.status_code == 422
    assert "joint au dossier" in shown
    assert "à saisir" in shown
    assert "casse.pdf" in shown


def test_a_disguised_file_leaves_no_empty_draft(secretary: Any) -> None:
    client, _account = secretary
    disguised = SimpleUploadedFile("formulaire.pdf", b"MZ\x90 not a pdf", "application/pdf")
    assert send(client, disguised, procedure="composteur").status_code == 422
    assert not Case.objects.exists()


def test_the_receipt_of_another_service_is_not_attached(now: Any) -> None:
    case = filed(now)
    client, _account = sit(Role.AGENT, service="libraries")
    response = send(client, scan(reverse("cases_desk", args=[case.reference])))
    assert response.status_code == 422
    assert case.documents.filter(source="scan").count() == 0


def test_a_paper_being_entered_opens_once_it_is_checked(secretary: Any) -> None:
    client, _account = secretary
    send(client, scan(START))
    paper = Document.objects.get()
    address = reverse("cases_entry_document", args=[paper.case.reference, paper.key])
    assert client.get(address).status_code == 409
    Document.objects.update(scan_state="clean")
    response = client.get(address)
    assert response.status_code == 200
    assert b"".join(response.streaming_content)
    assert Event.objects.filter(kind="cases.document_read").count() == 1
    assert document().by_id["proof"].sensitive


def test_a_colleague_who_was_quicker_costs_nothing_of_what_one_typed(
    secretary: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _account = secretary
    case = begin(client)

    def quicker(*args: Any, **told: Any) -> bool:
        raise entry.Conflict

    monkeypatch.setattr(entry, "upgrade_draft", quicker)
    answer = client.post(form_url(case), posted(given_names="Marcelline"))
    assert answer.status_code == 409
    assert "Marcelline" in page(answer)


def test_an_entry_to_finish_is_named_by_what_was_typed_so_far(secretary: Any) -> None:
    client, _account = secretary
    draft = begin(client)
    assert "personne à retrouver" in page(client.get(reverse("cases_scans")))
    client.post(form_url(draft), {**posted(), "_later": "1"})
    assert Case.objects.get().applicant is None
    for address in (reverse("cases_scans"), START):
        shown = page(client.get(address))
        assert "Marcelle Delattre" in shown
        assert "personne à retrouver" not in shown
