"""What editors send to be published: judged by content, drawn again, looked at by the scanner, given as a download."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import ExifTags
from PIL import Image as PilImage
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Collection

from bocage.base import scanner
from bocage.identity.models import Role
from tests.base import files
from tests.cases.desk import sit

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Client:
    """An administrator, who may publish anywhere."""
    client, account = sit(Role.ADMINISTRATOR)
    account.is_superuser = True
    account.save()
    return client


def sent(editor: Client, name: str, content: bytes, address: str = "wagtaildocs:add") -> Any:
    data = {
        "title": "Plan",
        "file": SimpleUploadedFile(name, content),
        "collection": Collection.get_first_root_node().pk,
    }
    return editor.post(reverse(address), {**data, "tags": ""})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.pdf", files.pdf()),
        ("liste.csv", b"nom;commune\nBavay;59053\n"),
        ("agenda.ics", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"),
    ],
)
def test_a_sound_file_is_published_as_a_download_that_runs_nothing(editor: Client, name: str, content: bytes) -> None:
    assert sent(editor, name, content).status_code == 302
    found = Document.objects.get()
    response = Client().get(reverse("wagtaildocs_serve", args=[found.pk, found.filename]))
    assert b"".join(response.streaming_content) == content
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    kind = "inline" if name.endswith("pdf") else "attachment"
    assert response.get("Content-Disposition", "inline").startswith(kind)
    assert response.headers["Content-Type"].startswith(
        {"pdf": "application/pdf", "csv": "text/csv"}.get(name[-3:], "text")
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.pdf", b"<html><script>alert(1)</script></html>"),
        ("liste.csv", b"<script>alert(1)</script>"),
        ("liste.csv", b"MZ\x90\x00program"),
        ("agenda.ics", b"<?xml version='1.0'?><svg onload='alert(1)'/>"),
        ("tableau.ods", b"PK\x03\x04nothing"),
        ("texte.odt", files.pdf()),
        ("plan.pdf", b"%PDF-1.7 broken"),
        ("page.html", b"<html></html>"),
        ("dessin.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused(editor: Client, name: str, content: bytes) -> None:
    assert sent(editor, name, content).status_code == 200
    assert not Document.objects.exists()


def test_a_file_too_heavy_is_refused(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from bocage.publishing import uploads

    monkeypatch.setattr(uploads, "MAX_FILE", 10)
    assert "dépasse" in sent(editor, "liste.csv", b"a;b;c\n1;2;3\n").content.decode()
    assert not Document.objects.exists()


def test_what_the_scanner_finds_is_never_published(editor: Client) -> None:
    response = sent(editor, "liste.csv", b"a;b\n" + scanner.EICAR + b";1\n")
    assert "antivirus refuse" in response.content.decode()
    assert not Document.objects.exists()


def test_without_the_scanner_nothing_is_published(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(stream: Any) -> None:
        raise scanner.ScannerUnavailable

    monkeypatch.setattr(scanner, "scan", down)
    assert "ne répond pas" in sent(editor, "liste.csv", b"a;b\n1;2\n").content.decode()
    assert not Document.objects.exists()


# --- Pictures ------------------------------------------------------------------------------------------------------


def photo_with_place() -> bytes:
    """A photograph that says where it was taken."""
    picture = PilImage.new("RGB", (64, 48), (200, 30, 30))
    exif = picture.getexif()
    exif[ExifTags.Base.Make] = "Secret"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue() + b"<script>trailing</script>"


def test_a_picture_is_published_without_what_the_camera_wrote(editor: Client) -> None:
    content = photo_with_place()
    assert b"Secret" in content
    assert sent(editor, "../../été <1>.jpg", content, "wagtailimages:add").status_code == 302
    found = Image.objects.get()
    with found.file.open() as opened:
        kept = opened.read()
    assert b"Secret" not in kept
    assert b"script" not in kept
    assert (found.width, found.height) == (64, 48)
    assert found.file_size == len(kept)
    assert found.file.name.startswith("original_images/")
    assert "/" not in found.file.name.removeprefix("original_images/")
    assert not set("<>.. ") & set(found.file.name.removeprefix("original_images/").removesuffix(".jpg"))


def test_another_kind_of_picture_is_drawn_as_one_that_browsers_know(editor: Client) -> None:
    out = BytesIO()
    PilImage.new("RGB", (40, 40), "green").save(out, "WEBP")
    assert sent(editor, "haie.webp", out.getvalue(), "wagtailimages:add").status_code == 302
    assert Image.objects.get().file.name.endswith(".jpg")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dessin.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("photo.jpg", b"<html><script>alert(1)</script></html>"),
        ("photo.jpg", files.picture("PNG")),
        ("photo.gif", files.picture("GIF", mode="P", color=1)),
        ("photo.png", files.picture("PNG")[:-30]),
    ],
)
def test_what_is_no_sound_picture_is_refused(editor: Client, name: str, content: bytes) -> None:
    assert sent(editor, name, content, "wagtailimages:add").status_code == 200
    assert not Image.objects.exists()


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_drawn(editor: Client) -> None:
    out = BytesIO()
    PilImage.new("1", (9000, 9000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    assert sent(editor, "bombe.png", out.getvalue(), "wagtailimages:add").status_code == 200
    assert not Image.objects.exists()
