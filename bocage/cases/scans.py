"""Scanned papers: the QR of a page says where it goes, so that a scan puts itself in its place.

A room of its own: reading a QR is pure (bytes in, text out), and the counter's search reads the same texts typed or
scanned by a hand-held reader. Our papers carry three: the blank form (the entry screen of its procedure), the receipt
(the case's page at the desk), the letter (the screen of returned letters).
"""

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import zxingcpp
from PIL import Image
from pypdf import PdfReader

from bocage.base import references

logger = logging.getLogger(__name__)
MAX_PAGES = 3  # where our papers carry their QR is the first page; a cover sheet may come before
MAX_PIXELS = 40_000_000
SIDE = 2_400  # pixels: enough to read a QR of 2 cm on a sheet of A4
_ENTRY = re.compile(r"/bureau/saisie/([-a-zA-Z0-9_]{1,60})/?(?:[?#]|$)")
_CASE = re.compile(r"/(?:bureau/)?dossiers/([-A-Za-z0-9]{6,20})/?(?:[?#]|$)")
_LETTER = re.compile(r"/bureau/courriers/retour/\?reference=([-A-Za-z0-9]{6,20})")


@dataclass(frozen=True)
class Target:
    """What a QR or a typed reference names: a case or a letter by its reference, a procedure to enter by its slug."""

    kind: Literal["case", "entry", "letter"]
    value: str


def read_target(text: str) -> Target | None:
    """What ``text`` names; None for anything that is no address of ours nor a whole reference.

    The host is not looked at: papers printed under a former address of the house still open.
    """
    text = text.strip()
    if found := _LETTER.search(text):
        reference = references.clean(found[1])
        return Target("letter", reference) if reference else None
    if found := _ENTRY.search(text):
        return Target("entry", found[1])
    found = _CASE.search(text)
    reference = references.clean(found[1] if found else text)
    return Target("case", reference) if reference else None


def target_of(content: bytes) -> Target | None:
    """The first target among the QR codes of a picture, or of the pictures in a PDF's first pages."""
    for picture in _pictures(content):
        for text in _codes(picture):
            if target := read_target(text):
                return target
    return None


def _codes(picture: Image.Image) -> Iterator[str]:
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    for code in found:
        yield code.text


def _pictures(content: bytes) -> Iterator[Image.Image]:
    """The pictures to look at; a file that cannot be read has none (whether it is kept is judged elsewhere)."""
    try:
        if content.startswith(b"%PDF-"):
            yield from _pictures_of_pdf(content)
        else:
            yield _opened(content)
    except Exception as error:  # readers of pictures and PDF raise whatever a broken or hostile file makes them
        logger.info("a scan could not be looked at", extra={"error": type(error).__name__})


def _pictures_of_pdf(content: bytes) -> Iterator[Image.Image]:
    reader = PdfReader(io.BytesIO(content))
    for page in reader.pages[:MAX_PAGES]:
        for image in list(page.images)[:6]:
            yield _opened(image.data)


def _opened(content: bytes) -> Image.Image:
    """A picture in grey, at a size that a QR needs. Raises OSError for anything else."""
    picture = Image.open(io.BytesIO(content))
    if picture.width * picture.height > MAX_PIXELS:
        raise OSError("picture too large to look at")
    picture.draft("L", (SIDE, SIDE))
    grey = picture.convert("L")
    grey.thumbnail((SIDE, SIDE))
    return grey
