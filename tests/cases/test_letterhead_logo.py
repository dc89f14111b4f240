"""The logo of a body to which a procedure is entrusted, judged and drawn again; the communes of an agreement."""

import base64
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from bocage.base import scanner
from bocage.base.models import Event
from bocage.cases.engine import Refused
from bocage.cases.entrusting import head_of
from bocage.cases.models import Agreement
from bocage.cases.operations import set_logo
from bocage.identity.models import Role
from bocage.messaging import letters
from bocage.messaging.letterhead import Letterhead, kept_letterhead, logo_uri
from bocage.messaging.models import Letter, Logo, Notice
from bocage.messaging.operations.logos import BOX, MAX_KEPT
from bocage.territory.models import Commune
from bocage.territory.queries import around_towns
from tests.cases.desk import commune, page, sit
from tests.cases.entrusted import HERE, agreed, syndicate, town_hall
from tests.cases.factories import filed
from tests.conftest import NOW
from tests.identity.factories import SYSTEM
from tests.territory.factories import mormal


@pytest.fixture(autouse=True)
def _territory(db):
    mormal(NOW)


def drawing(width=900, height=300, mode="RGBA", kind="PNG", noise=False):
    """A logo as a browser sends it, with a comment that nobody should keep."""
    image = (
        Image.effect_noise((width, height), 100).convert(mode) if noise else Image.new(mode, (width, height), "green")
    )
    out, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "Marcelle"
    image.save(out, kind, exif=exif)
    return SimpleUploadedFile(f"logo.{kind.lower()}", out.getvalue())


def test_it_is_drawn_again_small_and_alone():
    made = agreed(syndicate())
    for one in (drawing(), drawing(mode="RGB", kind="JPEG"), drawing(700, 280, mode="RGB", kind="JPEG", noise=True)):
        set_logo(made, one, actor=SYSTEM, now=NOW)
        logo = Agreement.objects.get(pk=made.pk).logo
        content = base64.b64decode(logo.png)
        kept = Image.open(BytesIO(content))
        assert kept.format == "PNG"
        assert kept.size == (logo.width, logo.height)
        assert kept.width <= BOX[0]
        assert kept.height <= BOX[1]
        assert len(content) <= MAX_KEPT
        assert b"Marcelle" not in content
    assert Event.objects.filter(subject=f"agreement:{made.pk}", kind="cases.agreement_changed").count() == 3


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (SimpleUploadedFile("logo.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"), "."),
        (SimpleUploadedFile("logo.png", b"\x89PNG\r\n\x1a\nfaux"), "abîmée"),
        (SimpleUploadedFile("logo.pdf", b"%PDF-1.4\n"), "."),
        (SimpleUploadedFile("logo.png", b"\x89PNG\r\n\x1a\n" + b"0" * 2_000_001), "2 Mo"),
        (drawing(100, 60), "100 × 60"),
        (drawing(1500, 90), "trop plate"),
        (drawing(150, 600), "points"),
    ],
)
def test_what_is_no_logo_is_refused_and_changes_nothing(sent, said):
    made = agreed(syndicate())
    with pytest.raises(Refused, match=said):
        set_logo(made, sent, actor=SYSTEM, now=NOW)
    assert Agreement.objects.get(pk=made.pk).logo is None
    assert not Logo.objects.exists()


@pytest.mark.parametrize("answer", ["virus", "silence"])
def test_what_the_scanner_does_not_clear_is_refused(monkeypatch, answer):
    def scan(_content):
        if answer == "silence":
            raise scanner.ScannerUnavailable
        return scanner.Verdict(False, "Virus")

    monkeypatch.setattr(scanner, "scan", scan)
    with pytest.raises(Refused):
        set_logo(agreed(syndicate()), drawing(), actor=SYSTEM, now=NOW)
    assert not Logo.objects.exists()


def test_a_letter_keeps_the_logo_that_it_had(monkeypatch):
    made = agreed(town_hall(), "whole", "all", HERE)
    set_logo(made, drawing(), actor=SYSTEM, now=NOW)
    before = head_of(made).logo
    case = filed(NOW)
    set_logo(made, drawing(mode="RGB", kind="JPEG", noise=True), actor=SYSTEM, now=NOW)
    notice = Notice.objects.get(subject=case.subject)
    assert notice.head["logo"] == before != head_of(made).logo
    letter = Letter.objects.get(delivery__notice=notice)
    shown = {}
    monkeypatch.setattr("bocage.messaging.letters.pdf.render", lambda _name, context, css: shown.update(context) or b"")
    letters.content(letter)
    assert shown["logo"] == Logo.objects.get(sha256=before).uri
    set_logo(made, None, actor=SYSTEM, now=NOW)
    assert logo_uri(head_of(Agreement.objects.get(pk=made.pk))) == ""
    old = {key: value for key, value in notice.head.items() if key != "logo"}
    assert logo_uri(kept_letterhead(old, None)) == "", "notices told before there were logos"


def test_a_manager_puts_one_and_takes_it_away_at_the_desk():
    made = agreed(town_hall())
    client, _account = sit(Role.MANAGER, service="waste")
    logo, change = (reverse(name, args=[made.pk]) for name in ("cases_agreement_logo", "cases_agreement"))
    assert "Choisissez une image" in page(client.post(logo, {"do": "put"}))
    refused = client.post(logo, {"do": "put", "logo": drawing(100, 60)})
    assert refused.status_code == 422
    assert 'href="#f-logo"' in page(refused)
    assert client.post(logo, {"do": "put", "logo": drawing()}).status_code == 302
    assert Logo.objects.get().uri in page(client.get(change))
    assert client.post(logo, {"do": "remove"}).status_code == 302
    assert Agreement.objects.get().logo is None
    other, _account = sit(Role.MANAGER, service="families")
    assert other.post(logo, {"do": "put", "logo": drawing()}).status_code == 404


# --- Where: the communes, folded -----------------------------------------------------------------------------------
def test_each_commune_is_around_one_town():
    groups = around_towns()
    assert len(groups) == 5
    every = [one.insee for _town, communes in groups for one in communes]
    assert sorted(every) == sorted(Commune.objects.values_list("insee", flat=True))
    assert all(town in communes for town, communes in groups)
    around = {town.name: {one.name for one in communes} for town, communes in groups}
    assert "Hon-Hergies" in around["Bavay"]


def test_the_communes_fold_and_what_is_ticked_opens():
    client, _account = sit(Role.MANAGER, service="waste")
    agreed(syndicate())
    address = reverse("cases_agreement_new")
    blank = page(client.get(address))
    assert blank.count('<details class="box"') == 5
    assert '<details class="box" open' not in blank
    assert blank.count('name="communes"') == 52
    again = page(client.post(address, {"communes": [commune(HERE).pk]}))
    assert again.count('<details class="box" open') == 1
    assert "1 cochée" in again
    assert f'value="{commune(HERE).pk}" checked' in again


def test_a_letterhead_gives_its_number_as_one_dials_it():
    for typed in ("+33327000001", "03 27 00 00 01", "0327000001"):
        assert Letterhead("Syndicat", phone=typed).lines == ("Syndicat", "Téléphone : 03 27 00 00 01")
