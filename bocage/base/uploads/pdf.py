"""PDFs are kept as they were sent (a signature must stay valid), so those that could act are refused.

Two nets: every object that the file's tables give, read by pypdf, in object streams too; then the raw bytes and every
compressed stream that looks like an object stream, for what a more forgiving reader could find beside the tables.
"""

import logging
import re
import time
import zlib
from collections.abc import Iterator
from io import BytesIO

from django.utils.translation import gettext as _
from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, LimitReachedError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

from bocage.base.uploads.refusal import RefusedFile

MAX_PAGES = 200
MAX_OBJECTS = 60_000
MAX_SECONDS = 10.0
MAX_INFLATED = 32_000_000  # bytes of one object stream

# Keys that hold a program, a file or an event (ISO 32000-2, 12.6.3, 12.6.4, 7.11.4; XFA was dropped in 2.0).
KEYS = {"/JS", "/JavaScript", "/AA", "/EmbeddedFiles", "/XFA", "/EF", "/RichMediaContent", "/RichMediaSettings"}
ACTIONS = {"/JavaScript", "/Launch", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/Movie", "/Sound"}
ACTIONS |= {"/Rendition", "/RichMediaExecute", "/GoTo3DView"}
ANNOTATIONS = {"/RichMedia", "/FileAttachment", "/Screen", "/Movie", "/Sound", "/3D"}
# Looked for in raw bytes: long enough not to occur by chance in an image.
RAW = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia\w*|GoToR|GoToE|SubmitForm|ImportData|FileAttachment|XFA)"
    rb"(?=[\s/<>()\[\]{}%]|$)"
)
RAW_SHORT = re.compile(rb"/(JS|AA)(?=[\s/<>()\[\]{}%])")  # only where there is no image: in object streams
_STREAM = re.compile(rb"stream\r?\n")
_ESCAPE = re.compile(rb"#([0-9a-fA-F]{2})")
_LOOKS_LIKE_OBJECTS = re.compile(rb"\s*(%|\d+\s+\d+)")

# pypdf quotes the document in its warnings; logs hold no personal data.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)


def check(content: bytes, *, max_pages: int = MAX_PAGES) -> int:
    """The number of pages of an inert, readable PDF.

    Raises RefusedFile: ``encrypted``, ``active_content``, ``too_many_pages``, ``too_complex`` or ``damaged``.
    """
    deadline = time.monotonic() + MAX_SECONDS
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted:
            raise _encrypted()
        _check_objects(reader, deadline)
        pages = len(reader.pages)
    except RefusedFile:
        raise
    except FileNotDecryptedError as error:
        raise _encrypted() from error
    except (LimitReachedError, MemoryError, RecursionError) as error:
        raise _too_complex() from error
    except Exception as error:  # the parser of hostile bytes raises anything
        raise _damaged() from error
    _check_raw(content, deadline)
    if not pages:
        raise _damaged()
    if pages > max_pages:
        message = _("Ce PDF a %(pages)d pages, et nous en acceptons %(most)d. Envoyez seulement les pages utiles.")
        raise RefusedFile("too_many_pages", message % {"pages": pages, "most": max_pages})
    return pages


def _check_objects(reader: PdfReader, deadline: float) -> None:
    numbers = {(number, generation) for generation, table in reader.xref.items() for number in table}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > MAX_OBJECTS:
        raise _too_complex()
    _check_one(reader.trailer)
    for number, generation in sorted(numbers):
        if time.monotonic() > deadline:
            raise _too_complex()
        found = reader.get_object(IndirectObject(number, generation, reader))
        if found is not None:
            _check_one(found)


def _check_one(top: object) -> None:
    """One object and what is written inside it; what it refers to has its own number, hence its own turn."""
    for dictionary in _dictionaries(top):
        if not KEYS.isdisjoint(dictionary):
            raise _active()
        action = _direct(dictionary, "/S")
        if action in ACTIONS or _direct(dictionary, "/Subtype") in ANNOTATIONS:
            raise _active()
        if _direct(dictionary, "/Type") == "/EmbeddedFile":
            raise _active()
        if action == "/URI" and _runs(_direct(dictionary, "/URI")):
            raise _active()
        opening = _direct(dictionary, "/OpenAction")
        # A page to open at, written as a destination or as a GoTo action, is inert and very common.
        if isinstance(opening, DictionaryObject) and _direct(opening, "/S") != "/GoTo":
            raise _active()


def _dictionaries(top: object) -> Iterator[DictionaryObject]:
    waiting = [top]
    seen = 0
    while waiting:
        current = waiting.pop()
        seen += 1
        if seen > 20 * MAX_OBJECTS:
            raise _too_complex()
        if isinstance(current, DictionaryObject):
            yield current
            waiting.extend(current.values())
        elif isinstance(current, ArrayObject):
            waiting.extend(current)


def _direct(dictionary: DictionaryObject, key: str) -> object:
    """The value of a key, through one reference; None when there is none."""
    value = dictionary.raw_get(key) if key in dictionary else None
    return value.get_object() if isinstance(value, IndirectObject) else value


def _runs(address: object) -> bool:
    text = re.sub(r"[\s\0]", "", str(address or "")).lower()
    return not isinstance(address, NameObject) and text.startswith(("javascript:", "vbscript:", "data:", "file:"))


def _check_raw(content: bytes, deadline: float) -> None:
    if RAW.search(_unescaped(content)):
        raise _active()
    for found in _STREAM.finditer(content):
        if time.monotonic() > deadline:
            raise _too_complex()
        inflate = zlib.decompressobj()
        body = memoryview(content)[found.end() :]
        try:
            head = inflate.decompress(body[:4096], 1024)
            if not _LOOKS_LIKE_OBJECTS.match(head):
                continue
            inflate = zlib.decompressobj()
            objects = _unescaped(inflate.decompress(body, MAX_INFLATED))
        except zlib.error:
            continue
        if RAW.search(objects) or (b"<<" in objects and RAW_SHORT.search(objects)):
            raise _active()


def _unescaped(content: bytes) -> bytes:
    """Names may be written ``/J#61vaScript``."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content) if b"#" in content else content


def _encrypted() -> RefusedFile:
    return RefusedFile(
        "encrypted",
        _(
            "Ce PDF est protégé par un mot de passe ou verrouillé. Ouvrez-le, choisissez « Imprimer » puis "
            "« Enregistrer au format PDF », et envoyez la copie obtenue."
        ),
    )


def _active() -> RefusedFile:
    return RefusedFile(
        "active_content",
        _(
            "Ce PDF contient un programme, un formulaire actif ou un fichier caché : par sécurité, nous ne pouvons pas "
            "l’accepter. Ouvrez-le, choisissez « Imprimer » puis « Enregistrer au format PDF », et envoyez la copie "
            "obtenue ; ou envoyez une photo de chaque page."
        ),
    )


def _too_complex() -> RefusedFile:
    return RefusedFile(
        "too_complex",
        _("Ce PDF est trop complexe pour être vérifié. Envoyez une photo de chaque page, ou un PDF plus simple."),
    )


def _damaged() -> RefusedFile:
    return RefusedFile(
        "damaged",
        _("Ce PDF est abîmé ou incomplet et ne s’ouvre pas. Enregistrez-le à nouveau, puis renvoyez-le."),
    )
