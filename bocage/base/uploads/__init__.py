"""Uploaded files: judged by their content alone, cleaned, or refused with a sentence that says what to do.

``accept`` is pure of models: it takes bytes and gives bytes. What it gives is not yet scanned
(``bocage.base.scanner``): whoever stores it keeps it in quarantine until the scanner has answered.
"""

import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from bocage.base import security_log
from bocage.base.sizes import french_size
from bocage.base.uploads import images, kinds, opendocument, pdf
from bocage.base.uploads.naming import clean_name
from bocage.base.uploads.refusal import RefusedFile

__all__ = ["KINDS", "Accepted", "Readable", "RefusedFile", "accept", "clean_name"]

KINDS = frozenset({"pdf", "image", "odt", "text"})
_CHUNK = 65_536
_HONEST = {"empty", "too_big", "not_allowed", "damaged", "encrypted", "too_many_pages"}
"""Codes of refusals that people meet every day; the others are what an attack looks like."""
_TYPES = {
    "pdf": ("pdf", "application/pdf"),
    "jpeg": ("jpg", "image/jpeg"),
    "png": ("png", "image/png"),
    "odt": ("odt", "application/vnd.oasis.opendocument.text"),
    "text": ("txt", "text/plain; charset=utf-8"),
}


class Readable(Protocol):
    """A binary file, such as Django's UploadedFile."""

    def read(self, size: int = ..., /) -> bytes:
        """At most ``size`` bytes."""


@dataclass(frozen=True)
class Accepted:
    """A file that may be stored in quarantine: ``size`` and ``sha256`` are those of ``content``, after cleaning."""

    kind: str  # pdf, image, odt or text
    content_type: str
    extension: str  # without dot
    sha256: str
    size: int  # bytes
    content: bytes
    name: str  # what the person called it, cleaned, with the true extension
    pages: int | None = None  # of a PDF


def accept(
    file: Readable,
    *,
    allowed: Collection[str],
    max_bytes: int,
    name: str | None = None,
    max_pages: int = pdf.MAX_PAGES,
) -> Accepted:
    """Judge an uploaded file and give what may be stored.

    ``allowed`` is a part of KINDS; ``max_bytes`` bounds what is sent and what is kept; ``name`` replaces the file's
    own. A refusal is written in the log of security. Raises RefusedFile with code ``empty``, ``too_big``,
    ``not_allowed``, ``unknown``, ``damaged``, ``encrypted``, ``active_content``, ``too_many_pages``,
    ``image_too_large`` or ``too_complex``.
    """
    try:
        return _accepted(file, allowed, max_bytes, name, max_pages)
    except RefusedFile as refused:
        level = logging.INFO if refused.code in _HONEST else logging.WARNING
        security_log.tell("file_refused", None, level=level, code=refused.code)
        raise


def _accepted(file: Readable, allowed: Collection[str], max_bytes: int, name: str | None, max_pages: int) -> Accepted:
    content = _read(file, max_bytes)
    found = kinds.sniff(content)
    if found.kind not in allowed:
        raise _not_allowed(found, allowed)
    written, pages = found.name, None
    match found.kind:
        case "image":
            content, written = images.rewrite(content, found, max_bytes)
            if len(content) > max_bytes:
                raise _too_big(max_bytes)
        case "pdf":
            pages = pdf.check(content, max_pages=max_pages)
        case "odt":
            opendocument.check(content)
        case "text":
            content = (kinds.as_text(content) or "").encode()
    extension, content_type = _TYPES[written]
    return Accepted(
        kind=found.kind,
        content_type=content_type,
        extension=extension,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content,
        name=clean_name(name if name is not None else getattr(file, "name", ""), extension),
        pages=pages,
    )


def _read(file: Readable, max_bytes: int) -> bytes:
    size = getattr(file, "size", None)
    if isinstance(size, int) and size > max_bytes:
        raise _too_big(max_bytes)
    parts: list[bytes] = []
    left = max_bytes + 1
    while left > 0 and (chunk := file.read(min(_CHUNK, left))):
        parts.append(chunk)
        left -= len(chunk)
    content = b"".join(parts)
    if len(content) > max_bytes:
        raise _too_big(max_bytes)
    if not content:
        raise RefusedFile("empty", _("Ce fichier est vide. Vérifiez qu’il s’ouvre chez vous, puis renvoyez-le."))
    return content


def _kinds(allowed: Collection[str]) -> str:
    names = {
        "pdf": _("PDF"),
        "image": _("photo (JPEG, PNG, HEIC)"),
        "odt": _("texte OpenDocument (.odt)"),
        "text": _("texte simple (.txt)"),
    }
    words = [name for kind, name in names.items() if kind in allowed]
    return _(" ou ").join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _too_big(max_bytes: int) -> RefusedFile:
    message = _("Ce fichier dépasse %s. Envoyez une photo moins lourde, ou un PDF en plusieurs parties.")
    return RefusedFile("too_big", message % french_size(max_bytes))


def _not_allowed(found: kinds.Format, allowed: Collection[str]) -> RefusedFile:
    wanted = {"kinds": _kinds(allowed)}
    match found.name:
        case "unknown" | "markup":
            message = _("Nous ne reconnaissons pas ce fichier, quel que soit son nom. Envoyez : %(kinds)s.")
            return RefusedFile("unknown", message % wanted)
        case "program":
            message = _("Ce fichier est un programme : nous ne pouvons pas l’accepter. Envoyez : %(kinds)s.")
        case "office":
            message = _("Ouvrez ce document, choisissez « Enregistrer au format PDF », et envoyez le PDF obtenu.")
        case "archive":
            message = _("Ce fichier en contient d’autres. Ouvrez-le et envoyez-les un par un : %(kinds)s.")
        case "video":
            message = _("Ce fichier est une vidéo ou un son. Envoyez : %(kinds)s.")
        case "gif" | "tiff" | "bmp" | "avif":
            message = _("Nous ne lisons pas ce format d’image. Enregistrez-la en JPEG ou en PDF, puis renvoyez-la.")
        case _:
            message = _("Cette sorte de fichier n’est pas acceptée ici. Envoyez : %(kinds)s.")
    return RefusedFile("not_allowed", message % wanted)
