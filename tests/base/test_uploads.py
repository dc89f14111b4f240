"""Uploaded files: accepted by content, cleaned, or refused with a sentence."""

import hashlib
import io
import os
import time
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from bocage.base import uploads
from bocage.base.uploads import images, kinds
from tests.base import files

MB = 1_000_000


def accept(content, allowed=("pdf", "image"), max_bytes=5 * MB, **options):
    return uploads.accept(io.BytesIO(content), allowed=allowed, max_bytes=max_bytes, **options)


def refusal(content, *args, **options):
    with pytest.raises(uploads.RefusedFile) as refused:
        accept(content, *args, **options)
    assert str(refused.value) == refused.value.message
    assert "%" not in refused.value.message
    return refused.value


def test_a_photo_is_written_again_upright_without_what_it_hides():
    source = files.photo(orientation=6)
    assert b"SECRET" in source
    kept = accept(source, name="IMG_001.HEIC")
    assert (kept.kind, kept.content_type, kept.extension) == ("image", "image/jpeg", "jpg")
    assert kept.name == "IMG_001.jpg"
    assert b"SECRET" not in kept.content
    assert b"Exif" not in kept.content
    image = Image.open(io.BytesIO(kept.content))
    assert image.size == (40, 60)
    assert not image.getexif()
    # Turned clockwise, the red left half is on top.
    red, _green, blue = image.getpixel((20, 5))
    assert red > 200
    assert blue < 60
    assert min(image.getpixel((20, 55))) > 200
    assert kept.sha256 == hashlib.sha256(kept.content).hexdigest()
    assert kept.size == len(kept.content)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_every_orientation(orientation):
    from PIL import ImageOps

    source = files.photo(orientation)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(source)))
    found = Image.open(io.BytesIO(accept(source).content))
    assert found.size == expected.size
    for spot in ((5, 5), (found.width - 5, 5), (5, found.height - 5)):
        assert abs(found.getpixel(spot)[2] - expected.getpixel(spot)[2]) < 40


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (files.picture("PNG"), "png"),
        (files.picture("PNG", mode="RGBA", color=(0, 0, 0, 0)), "png"),
        (files.picture("PNG", mode="P", color=3), "png"),
        (files.picture("PNG", mode="I;16", color=40_000), "png"),
        (files.picture("PNG", mode="1", color=1), "png"),
        (files.picture("WEBP"), "jpg"),
        (files.picture("WEBP", mode="RGBA", color=(0, 0, 0, 0)), "jpg"),
        (files.picture("JPEG", mode="CMYK", color=(0, 0, 0, 0)), "jpg"),
        (files.picture("JPEG", mode="L", color=7), "jpg"),
        (files.heic(), "jpg"),
    ],
)
def test_kinds_of_pictures(content, extension):
    kept = accept(content)
    assert kept.extension == extension
    assert b"SECRET" not in kept.content
    image = Image.open(io.BytesIO(kept.content))
    assert image.format == {"png": "PNG", "jpg": "JPEG"}[extension]
    assert image.mode in {"L", "RGB", "RGBA"}


def test_transparency_becomes_white_not_black():
    image = Image.open(io.BytesIO(accept(files.picture("WEBP", mode="RGBA", color=(0, 0, 0, 0))).content))
    assert min(image.getpixel((5, 5))) > 250


def test_sixteen_bits_keep_their_grey():
    image = Image.open(io.BytesIO(accept(files.picture("PNG", mode="I;16", color=40_000)).content))
    assert abs(image.getpixel((5, 5)) - 40_000 // 256) <= 1


def test_large_pictures_are_reduced():
    image = Image.open(io.BytesIO(accept(files.picture(size=(9000, 300))).content))
    assert image.width == 4000
    assert 130 <= image.height <= 136


def test_a_heavy_png_becomes_jpeg():
    noise = Image.frombytes("RGB", (300, 300), Random(7).randbytes(270_000))
    buffer = io.BytesIO()
    noise.quantize(16).save(buffer, "PNG")  # light as sent, heavy once written in true colours
    kept = accept(buffer.getvalue(), max_bytes=len(buffer.getvalue()) + 40_000)
    assert kept.extension == "jpg"


def test_bombs_are_refused_before_they_are_decoded():
    bomb = files.picture("PNG", size=(12_000, 12_000), mode="1", color=0)
    assert len(bomb) < 100_000
    started = time.process_time()
    assert refusal(bomb).code == "image_too_large"
    assert time.process_time() - started < 0.5
    larger = files.picture("PNG", size=(20_000, 20_000), mode="1", color=0)
    assert refusal(larger).code == "image_too_large"
    assert max(images.MAX_PIXELS.values()) < Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "HEIC"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated_pictures_are_refused(format_name, share, lenient, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)  # as WeasyPrint does when it is imported
    if format_name == "HEIC":
        source = files.heic()
    else:
        noise = Image.frombytes("RGB", (200, 200), os.urandom(120_000))
        buffer = io.BytesIO()
        noise.save(buffer, format_name)
        source = buffer.getvalue()
    refused = refusal(source[: int(len(source) * share)])
    assert refused.code == "damaged"
    assert "renvoyez" in refused.message
    assert ImageFile.LOAD_TRUNCATED_IMAGES is lenient


def test_bytes_after_the_picture_disappear():
    kept = accept(files.picture() + b"<script>alert(1)</script>PK\x03\x04")
    assert b"script" not in kept.content


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "empty", "vide"),
        (b"MZ\x90\0" + bytes(200), "not_allowed", "programme"),
        (b"\x7fELF" + bytes(200), "not_allowed", "programme"),
        (b"#!/bin/sh\nrm -rf /\n", "not_allowed", "programme"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "unknown", "reconnaissons pas"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "unknown", "reconnaissons pas"),
        (b"\xef\xbb\xbf  <svg onload='x'/>", "unknown", "reconnaissons pas"),
        (bytes(range(256)), "unknown", "reconnaissons pas"),
        (b"GIF89a" + bytes(50), "not_allowed", "JPEG"),
        (b"II*\0" + bytes(50), "not_allowed", "JPEG"),
        (files.archive({"a.txt": "a"}), "not_allowed", "un par un"),
        (files.archive({"word/document.xml": "x"}), "not_allowed", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "not_allowed", "PDF"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "not_allowed", "vidéo"),
        (b"Bonjour, ceci est un texte.", "not_allowed", "PDF ou photo"),
        (files.archive(files.ODT), "not_allowed", "PDF ou photo"),
    ],
)
@pytest.mark.parametrize("name", ["photo.jpg", "scan.pdf"])
def test_what_is_not_a_picture_or_a_pdf_is_refused_whatever_its_name(content, code, says, name):
    disguised = SimpleUploadedFile(name, content, content_type="image/jpeg")
    with pytest.raises(uploads.RefusedFile) as refused:
        uploads.accept(disguised, allowed={"pdf", "image"}, max_bytes=MB)
    assert refused.value.code == code
    assert says in refused.value.message


def test_size_limits_hold_even_when_the_size_is_not_told():
    class Endless:
        read_so_far = 0

        def read(self, size=-1):
            assert size > 0
            self.read_so_far += size
            return b"\xff\xd8\xff" + bytes(size - 3)

    endless = Endless()
    with pytest.raises(uploads.RefusedFile, match="dépasse 2,5\u00a0Mo"):
        uploads.accept(endless, allowed={"image"}, max_bytes=2_500_000)
    assert endless.read_so_far < 2_700_000
    declared = SimpleUploadedFile("a.jpg", b"x" * 2000)
    with pytest.raises(uploads.RefusedFile, match="dépasse 1\u00a0Ko"):
        uploads.accept(declared, allowed={"image"}, max_bytes=1000)
    exact = files.picture()
    assert accept(exact, max_bytes=len(exact) + 500).size


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("facture.pdf", "facture.pdf"),
        ("facture.pdf.exe", "facture.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Marie\\devis signé.PDF", "devis signé.pdf"),
        ("", "document.pdf"),
        (None, "document.pdf"),
        ("...", "document.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("///", "document.pdf"),
        ("con.txt", "document.pdf"),
        ("\u202efdp.exe", "fdp.pdf"),
        ("rap\u200bport\u202egnp.exe", "rapportgnp.pdf"),
        ("a\0b\r\nContent-Type: x.pdf", "ab Content-Type_ x.pdf"),
        ('"><script>.pdf', "___script_.pdf"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("\ud800x.pdf", "x.pdf"),
    ],
)
def test_names(raw, cleaned):
    assert uploads.clean_name(raw, "pdf") == cleaned


@given(st.text(max_size=400), st.sampled_from(["pdf", "jpg"]))
@settings(deadline=None)
def test_any_name_becomes_a_safe_one(raw, extension):
    name = uploads.clean_name(raw, extension)
    assert name.endswith(f".{extension}")
    assert len(name.encode()) <= 200
    assert not set(name) & set('/\\<>:"|?*\0\n\r\u202e\u200b')
    assert name[0] not in ". "
    assert uploads.clean_name(name, extension) == name


def test_three_hundred_characters():
    assert len(uploads.clean_name("é" * 300 + ".pdf", "pdf").encode()) <= 200
    assert uploads.clean_name("a" * 300 + ".pdf", "pdf") == "a" * 100 + ".pdf"


def test_plain_text():
    kept = accept("Déchèterie\n".encode("cp1252"), {"text"}, name="notes")
    assert kept.content == "Déchèterie\n".encode()
    assert kept.content_type == "text/plain; charset=utf-8"
    assert kept.name == "notes.txt"
    assert refusal(b"a\0b", {"text"}).code == "unknown"
    assert refusal(b" \n ", {"text"}).code == "unknown"


def test_opendocument():
    kept = accept(files.archive(files.ODT), {"odt"}, name="lettre.odt")
    assert (kept.kind, kept.extension) == ("odt", "odt")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Basic/Standard/Module1.xml": "x"}, "active_content"),
        ({"Scripts/python/a.py": "x"}, "active_content"),
        ({"styles.xml": '<script:event-listener script:language="ooo:script"/>'}, "active_content"),
        ({"styles.xml": "<office:script script:language='x'/>"}, "active_content"),
        ({"styles.xml": "vnd.sun.star.script:Standard.Module1.Main"}, "active_content"),
        ({"META-INF/manifest.xml": "<manifest:encryption-data/>"}, "encrypted"),
        ({f"a{number}.xml": "" for number in range(1001)}, "too_complex"),
        ({"bomb.xml": "0" * 61_000_000}, "too_complex"),
    ],
)
def test_opendocument_refused(more, code):
    assert refusal(files.archive(files.ODT | more), {"odt"}).code == code


def test_damaged_opendocument():
    whole = files.archive(files.ODT)
    assert refusal(whole[: len(whole) // 2], {"odt"}).code == "damaged"
    assert refusal(files.archive({"mimetype": files.ODT["mimetype"], "other.xml": ""}), {"odt"}).code == "damaged"


SEEDS = [files.picture(), files.picture("PNG"), files.picture("WEBP"), files.heic(), files.pdf(), files.photo()]
SEEDS += [files.archive(files.ODT), files.raw_pdf(files.PLAIN), files.raw_pdf(files.PLAIN, xref_stream=True)]


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_random_bytes_are_accepted_or_refused_and_nothing_else(content):
    try:
        accept(content, uploads.KINDS)
    except uploads.RefusedFile as refused:
        assert refused.message  # noqa: PT017
    assert isinstance(kinds.sniff(content), kinds.Format)


@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=6)), max_size=6))
@settings(deadline=None, max_examples=200)
def test_damaged_files_are_accepted_or_refused_and_nothing_else(seed, wounds):
    content = bytearray(seed)
    for place, patch in wounds:
        at = int(place * len(content))
        content[at : at + len(patch)] = patch
    try:
        kept = accept(bytes(content), uploads.KINDS)
    except uploads.RefusedFile:
        return
    assert kept.size == len(kept.content) > 0


@pytest.mark.parametrize(
    ("content", "code", "level"),
    [
        (b"<svg onload=alert(1)>", "unknown", "WARNING"),
        (b"MZ" + b"x" * 99, "not_allowed", "INFO"),
        (b"", "empty", "INFO"),
    ],
)
def test_what_is_refused_is_written_in_the_log_of_security_without_its_name(content, code, level, caplog):
    with caplog.at_level("INFO", logger="bocage.security"), pytest.raises(uploads.RefusedFile):
        uploads.accept(io.BytesIO(content), allowed={"pdf"}, max_bytes=1000, name="ordonnance de Marcelle.pdf")
    (told,) = [record for record in caplog.records if record.name == "bocage.security"]
    assert (told.event, told.code, told.levelname) == ("file_refused", code, level)
    assert "Marcelle" not in str(vars(told))
