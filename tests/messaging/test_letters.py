"""Letters: what the window of the envelope shows, what the post office knows, what comes back."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from pypdf import PdfReader

from bocage.base import outbox, pdf
from bocage.base.models import Event
from bocage.messaging import letters, queries
from bocage.messaging.addressing import LINES, WIDTH, capitals, postal_block
from bocage.messaging.models import DeliveryState, Letter, LetterBatch
from bocage.messaging.operations import Recipient, Signatory, Text, post_batch, print_batch, record_return
from bocage.messaging.operations.letters import LetterProblem, draw, draw_waiting, registered_number, sweep_files
from bocage.messaging.operations.notices import settle
from tests.conftest import NOW
from tests.identity.factories import agent
from tests.messaging import factories
from tests.territory.factories import mormal

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)

LONGEST = Recipient(
    name="Marie-Antoinette de la Tour d’Auvergne-Lauraguais",
    address_lines=(
        "Chez Monsieur et Madame Vandenbroucke",
        "Résidence des Chênes, bâtiment B, appartement 12",
        "1234 bis, avenue du Général de Gaulle prolongée",
        "Lieu-dit Le Cheval Blanc",
        "59530 Villers-Pol",
    ),
)
WIDEST = Recipient(
    name="W" * WIDTH,
    address_lines=("M" * WIDTH, "W" * WIDTH, "12 RUE " + "M" * (WIDTH - 7), "W" * WIDTH, "59530 " + "M" * (WIDTH - 6)),
)


@dataclass(frozen=True)
class Piece:
    """Words of a page and the rectangle they cover, in mm from the top left corner (the right edge at its widest)."""

    words: str
    left: float
    top: float
    right: float
    bottom: float


def pieces(content: bytes, page: int = 0) -> list[Piece]:
    """Every piece of text of a page, where the PDF itself puts it."""
    found: list[Piece] = []
    sheet = PdfReader(BytesIO(content)).pages[page]
    height = float(sheet.mediabox.height)

    def visit(text, current, matrix, font, size):
        words = text.strip()
        if not words:
            return
        mm = 25.4 / 72
        x = (matrix[4] * current[0] + current[4]) * mm
        y = (height - (matrix[5] * current[3] + current[5])) * mm
        tall = size * abs(current[3]) * mm
        # 0.6 em is the width of Liberation Mono's signs, and more than the mean of Liberation Sans's.
        found.append(Piece(words, x, y - 0.8 * tall, x + len(words) * 0.602 * tall, y + 0.22 * tall))

    sheet.extract_text(visitor_text=visit)
    return found


def drawn(recipient=factories.POST, **values):
    letter = factories.letter(recipient, **values)
    assert draw(letter, NOW)
    with storages["private"].open(letter.pdf) as file:
        return letter, file.read()


# --- The envelope -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("recipient", [factories.POST, LONGEST, WIDEST], ids=["usual", "longest", "widest"])
def test_the_window_shows_the_address_and_nothing_else(recipient):
    mormal(NOW)
    _letter, content = drawn(
        recipient,
        registered=True,
        reference="K7RF-2M9X-C",
        text=Text("Un objet assez long pour passer à la ligne, " * 3, "Un paragraphe. " * 40),
    )
    address = postal_block(recipient.name, recipient.address_lines).lines
    seen = [
        piece
        for piece in pieces(content)
        if piece.left < letters.SEEN.right
        and piece.right > letters.SEEN.left
        and piece.top < letters.SEEN.bottom
        and piece.bottom > letters.SEEN.top
    ]
    assert [piece.words for piece in seen] == list(address)
    sure = letters.SURE
    for piece in seen:
        assert sure.left <= piece.left
        assert piece.right <= sure.right
        assert sure.top <= piece.top
        assert piece.bottom <= sure.bottom


def test_the_text_begins_below_the_fold():
    _letter, content = drawn()
    title = next(piece for piece in pieces(content) if piece.words.startswith("Objet"))
    assert title.top > 99


def test_what_a_letter_says():
    mormal(NOW)
    letter, content = drawn(
        reference="K7RF-2M9X-C",
        registered=True,
        remedies="Vous pouvez saisir le tribunal administratif de Lille dans les deux mois.",
        signatory=Signatory("Anne Dupont", "Vice-présidente chargée des déchets", "par délégation du 3 mars 2026"),
    )
    words = " ".join(PdfReader(BytesIO(content)).pages[0].extract_text().split())
    for said in (
        "Communauté de communes du Pays de Mormal",
        "Le Quesnoy, le 10 mars 2026",
        "Objet : Votre demande K7RF-2M9X-C est reçue",
        "Lettre recommandée avec avis de réception",
        "Madame, Monsieur,",
        "un justificatif",
        "Anne Dupont",
        "Vice-présidente chargée des déchets",
        "par délégation du 3 mars 2026",
        "tribunal administratif de Lille",
        "K7RF-2M9X-C",
        letter.reference,
        "Page 1 sur 1",
    ):
        assert said in words.replace("\u00a0", " ")


def test_the_paper_is_tagged_titled_and_in_french():
    _letter, content = drawn()
    root = PdfReader(BytesIO(content)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].lower().startswith("fr")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_a_long_letter_numbers_its_pages():
    letter, content = drawn(text=Text("T", "Un paragraphe de plusieurs lignes. " * 30 + "\n\n" + "Encore. " * 900))
    assert letter.pages > 1
    assert any(piece.words == f"Page 2 sur {letter.pages}" for piece in pieces(content, 1))


# --- Addresses ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("14 bis, rue de l'Église", "14 BIS RUE DE L EGLISE"),
        ("59530 Villers-Pol", "59530 VILLERS POL"),
        ("Rue du Cœur-Joyeux", "RUE DU COEUR JOYEUX"),
    ],
)
def test_capitals(written, read):
    assert capitals(written) == read


def test_an_address_keeps_to_the_rules_of_la_poste():
    block = postal_block(
        "Jeanne Lefebvre", ["Appartement 3", "12, boulevard du Maréchal de Lattre de Tassigny", "59530 Le Quesnoy"]
    )
    assert block.lines == (
        "Jeanne Lefebvre",
        "APPARTEMENT 3",
        "12 BD DU MARECHAL DE LATTRE DE",
        "TASSIGNY",
        "59530 LE QUESNOY",
    )
    assert not block.tight
    assert len(block.lines) <= LINES
    assert all(len(line) <= WIDTH for line in block.lines)


def test_an_address_too_long_is_printed_smaller_never_cut():
    block = postal_block(LONGEST.name, LONGEST.address_lines)
    assert block.tight
    assert " ".join(block.lines).endswith("59530 VILLERS POL")


# --- Drawn, printed, posted, returned -----------------------------------------------------------------------------
def test_the_worker_draws_a_letter_once_apart_from_mail():
    letter = factories.letter()
    assert outbox.drain(NOW, queue_names=["default"]) == 0
    assert outbox.drain(NOW, queue_names=["documents"]) == 1
    letter.refresh_from_db()
    first = letter.pdf
    assert letter.pages == 1
    assert draw(letter, NOW)
    assert letter.pdf == first


def test_two_workers_leave_one_paper():
    letter = factories.letter()
    twin = Letter.objects.get(pk=letter.pk)
    assert draw(letter, NOW)
    assert draw(twin, NOW)
    assert twin.pdf == letter.pdf
    assert len(storages["private"].listdir("letters")[1]) == 1


def test_where_pdf_is_off_letters_wait_and_say_how_to_turn_it_on(monkeypatch):
    monkeypatch.setattr(pdf, "available", lambda: False)
    letter = factories.letter()
    assert outbox.drain(NOW, queue_names=["documents"]) == 1
    letter.refresh_from_db()
    assert letter.pdf == ""
    assert letter.delivery.state == DeliveryState.QUEUED
    with pytest.raises(LetterProblem, match="sudo apt-get install libpango"):
        batch_of(letter)
    assert draw_waiting(NOW) == 0
    monkeypatch.undo()
    assert draw_waiting(NOW) == 1
    assert draw_waiting(NOW) == 0


def batch_of(*chosen, now=NOW, **options):
    account = agent("administrator")
    return print_batch(chosen, account=account, actor=factories.SYSTEM, now=now, **options)


def test_a_batch_is_one_pdf_in_which_each_letter_begins_on_a_front_page():
    first, second = factories.letter(), factories.letter()
    batch = batch_of(second, first)
    with storages["private"].open(batch.pdf) as file:
        pages = PdfReader(BytesIO(file.read())).pages
        assert [first.reference in page.extract_text() for page in pages] == [True, False, False, False]
        assert [second.reference in page.extract_text() for page in pages] == [False, False, True, False]
    assert batch.pages == 4
    assert batch_of(factories.letter(), duplex=False).pages == 1
    first.refresh_from_db()
    assert (first.batch, first.delivery.state) == (batch, DeliveryState.HANDED_OVER)
    assert queries.sentence(first.delivery) == "Lettre imprimée le 10\u00a0mars 2026, à poster"


def test_a_letter_is_printed_in_one_batch_only():
    letter = factories.letter()
    stale = Letter.objects.select_related("delivery__notice").get(pk=letter.pk)
    batch_of(letter)
    with pytest.raises(LetterProblem, match="vient d’être imprimé"):
        batch_of(stale)
    assert LetterBatch.objects.count() == 1


def test_a_letter_given_up_meanwhile_is_not_printed():
    letter = factories.letter()
    settle({"delivery": letter.delivery.message_id}, arrived=False, actor=factories.SYSTEM, now=NOW)
    with pytest.raises(LetterProblem, match="abandonné"):
        batch_of(letter)
    letter.refresh_from_db()
    assert (letter.batch, letter.delivery.state) == (None, DeliveryState.FAILED)


def test_nothing_to_print_is_said():
    with pytest.raises(LetterProblem, match="au moins un courrier"):
        batch_of()


def test_a_damaged_file_is_not_printed():
    letter, _content = drawn()
    Letter.objects.filter(pk=letter.pk).update(sha256=hashlib.sha256(b"other").hexdigest())
    letter.refresh_from_db()
    with pytest.raises(LetterProblem, match="abîmé"):
        batch_of(letter)


def test_posting_is_recorded_once_with_registered_numbers():
    plain, registered = factories.letter(), factories.letter(registered=True)
    batch = batch_of(plain, registered)
    numbers = {registered.pk: "1a 234 567 8901 2"}
    assert post_batch(batch, posted_on=LATER.date(), numbers=numbers, actor=factories.SYSTEM, now=LATER) == 2
    assert post_batch(batch, posted_on=LATER.date(), numbers={}, actor=factories.SYSTEM, now=LATER) == 0
    told = [line.sentence for line in queries.deliveries_for("case:1")]
    assert told == [
        "Lettre postée le 12\u00a0mars 2026",
        "Lettre postée le 12\u00a0mars 2026, recommandé n° 1A 234 567 8901 2",
    ]
    registered.delivery.refresh_from_db()
    assert registered.delivery.state == DeliveryState.SENT
    assert Event.objects.filter(kind="messaging.letter_posted").count() == 2


@pytest.mark.parametrize("days", [-1, 1])
def test_a_letter_is_not_posted_before_it_is_printed_nor_tomorrow(days):
    batch = batch_of(factories.letter())
    day = NOW.date() + timedelta(days=days)
    with pytest.raises(LetterProblem):
        post_batch(batch, posted_on=day, numbers={}, actor=factories.SYSTEM, now=NOW)


@pytest.mark.parametrize("text", ["12", "1A 234 567 8901", "é", "1A2345678901X"])
def test_a_wrong_registered_number_is_refused(text):
    with pytest.raises(LetterProblem, match="n’est pas un numéro de recommandé"):
        registered_number(text)


def test_a_number_of_the_postal_union_is_taken():
    assert registered_number("rk 123 456 789 fr") == "RK123456789FR"


def test_a_returned_letter_troubles_its_case_once():
    letter = factories.letter()
    batch = batch_of(letter)
    post_batch(batch, posted_on=NOW.date(), numbers={}, actor=factories.SYSTEM, now=NOW)
    letter.refresh_from_db()
    told = {"reason": "npai", "returned_on": LATER.date(), "actor": factories.SYSTEM, "now": LATER}
    assert record_return(letter, **told)
    assert not record_return(letter, **told)
    (line,) = queries.deliveries_for("case:1")
    assert line.trouble
    assert line.sentence == "Lettre revenue le 12\u00a0mars 2026 : n’habite pas à l’adresse indiquée"
    assert Event.objects.filter(kind="messaging.letter_returned", subject="case:1").count() == 1


def test_what_cannot_have_come_back_is_refused():
    letter = factories.letter()
    with pytest.raises(LetterProblem, match="pas encore imprimé"):
        record_return(letter, reason="npai", returned_on=NOW.date(), actor=factories.SYSTEM, now=NOW)
    batch_of(letter)
    letter.refresh_from_db()
    for values in ({"reason": "npai", "returned_on": LATER.date()}, {"reason": "lost", "returned_on": NOW.date()}):
        with pytest.raises(LetterProblem):
            record_return(letter, **values, actor=factories.SYSTEM, now=NOW)


def test_a_letter_is_found_by_what_is_typed_or_scanned():
    letter = factories.letter()
    scope = _scope("administrator")
    typed = letter.reference.lower().replace("-", " ")
    scanned = f"http://localhost:8000/bureau/courriers/retour/?reference={letter.reference}"
    assert queries.find_letter(typed, scope) == letter
    assert queries.find_letter(scanned, scope) == letter
    assert queries.find_letter("K7RF-2M9X-X", scope) is None
    assert queries.find_letter("", scope) is None


def _scope(role, **bounds):
    from bocage.identity.queries import scope_of

    return scope_of(agent(role, **bounds), NOW.date())


def files():
    return set(storages["private"].listdir("letters")[1])


def test_the_loser_of_a_race_to_print_leaves_no_file():
    letter = factories.letter()
    draw(letter, NOW)
    batch_of(letter)
    before = files()
    with pytest.raises(LetterProblem, match="vient d’être imprimé"):
        batch_of(letter)
    assert files() == before


def test_a_paper_that_no_row_names_goes_after_a_day_and_no_other():
    letter, _content = drawn()
    batch = batch_of(letter)
    lost = storages["private"].save("letters/lost.pdf", ContentFile(b"%PDF"))
    other = storages["private"].save("elsewhere/kept.pdf", ContentFile(b"%PDF"))
    written = datetime.now(tz=UTC)
    assert sweep_files(written + timedelta(hours=23)) == 0
    assert sweep_files(written + timedelta(hours=25)) == 1
    assert not storages["private"].exists(lost)
    assert all(storages["private"].exists(key) for key in (letter.pdf, batch.pdf, other))
