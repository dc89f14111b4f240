"""What a file is, from its first bytes: neither its name nor what the browser says counts."""

import re
from dataclasses import dataclass

ZIP = b"PK\x03\x04"
ODT_TYPE = b"application/vnd.oasis.opendocument.text"
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


@dataclass(frozen=True)
class Format:
    """A recognised format; ``kind`` is the family a procedure allows (pdf, image, odt, text), empty for the others."""

    name: str
    kind: str = ""


PDF = Format("pdf", "pdf")
JPEG = Format("jpeg", "image")
PNG = Format("png", "image")
WEBP = Format("webp", "image")
HEIC = Format("heic", "image")
ODT = Format("odt", "odt")
TEXT = Format("text", "text")
OFFICE = Format("office")
PROGRAM = Format("program")
UNKNOWN = Format("unknown")

_STARTS: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", Format("gif")),
    (b"GIF89a", Format("gif")),
    (b"II*\0", Format("tiff")),
    (b"MM\0*", Format("tiff")),
    (b"BM", Format("bmp")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OFFICE),
    (b"{\\rtf", OFFICE),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"#!", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"Rar!", Format("archive")),
    (b"7z\xbc\xaf", Format("archive")),
    (b"\x1f\x8b", Format("archive")),
)
_MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|script|svg|\?xml|\?php|!--)", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def sniff(content: bytes) -> Format:
    """The format of a whole file. Never raises; what is not recognised is UNKNOWN."""
    start = content[:4096]
    if start.lstrip(b"\xef\xbb\xbf\t\r\n\x0c ").startswith(b"%PDF-"):
        return PDF
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return WEBP
    if start[4:8] == b"ftyp":
        return _iso_media(start)
    if start.startswith(ZIP):
        return _zip(start, content)
    for signature, found in _STARTS:
        if start.startswith(signature):
            return found
    if _MARKUP.match(start.removeprefix(b"\xef\xbb\xbf")):
        return Format("markup")
    return TEXT if as_text(content) is not None else UNKNOWN


def as_text(content: bytes) -> str | None:
    """Plain text (UTF-8, otherwise Windows-1252) without control characters; None when it is not."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROLS.search(text) or not text.strip() else text
    return None


def _iso_media(start: bytes) -> Format:
    size = int.from_bytes(start[:4], "big")
    brands = {start[8:12], *(start[at : at + 4] for at in range(16, min(size, 256), 4))}
    if start[8:12] in {b"avif", b"avis"}:
        return Format("avif")
    return HEIC if brands & HEIF_BRANDS else Format("video")


def _zip(start: bytes, content: bytes) -> Format:
    # OpenDocument: the first entry is « mimetype », stored without compression (ODF 1.3, part 2, §3.3).
    if start[30:38] == b"mimetype":
        length = int.from_bytes(start[26:28], "little") + int.from_bytes(start[28:30], "little") + 30
        if start[length:].startswith(ODT_TYPE + ZIP[:2]):
            return ODT
        return OFFICE
    if b"word/" in content or b"xl/" in content or b"ppt/" in content:
        return OFFICE
    return Format("archive")
