"""OpenDocument texts, without macros."""

import re
import zipfile
from io import BytesIO

from django.utils.translation import gettext as _

from bocage.base.uploads.refusal import RefusedFile

MAX_ENTRIES = 1000
MAX_UNPACKED = 60_000_000

_SCRIPTS = ("basic/", "scripts/", "configurations2/scripts/", "meta-inf/macrosignatures")
# LibreOffice writes an empty <office:scripts/> in every document: it is not a script.
_ACTIVE = re.compile(rb"<script:event-listener|<office:script[\s>]|vnd\.sun\.star\.script:|macro://", re.IGNORECASE)


def check(content: bytes) -> None:
    """Raises RefusedFile: ``active_content`` (macros), ``encrypted``, ``too_complex`` or ``damaged``."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise RefusedFile("too_complex", _("Ce document est trop gros une fois ouvert. Envoyez-le en PDF."))
            for entry in entries:
                _check_entry(archive, entry)
            if "content.xml" not in archive.namelist():
                raise _damaged()
    except RefusedFile:
        raise
    except Exception as error:  # hostile archives raise anything
        raise _damaged() from error


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    if entry.filename.lower().startswith(_SCRIPTS):
        raise _macros()
    if not entry.filename.endswith((".xml", ".rdf")):
        return
    with archive.open(entry) as opened:
        text = opened.read(MAX_UNPACKED)  # the size an entry declares may lie
        if opened.read(1):
            raise RefusedFile("too_complex", _("Ce document est trop gros une fois ouvert. Envoyez-le en PDF."))
    if b"encryption-data" in text and entry.filename == "META-INF/manifest.xml":
        raise RefusedFile("encrypted", _("Ce document est protégé par un mot de passe. Enlevez-le, puis renvoyez-le."))
    if _ACTIVE.search(text):
        raise _macros()


def _macros() -> RefusedFile:
    message = _("Ce document contient des macros : par sécurité, nous ne pouvons pas l’accepter. Envoyez-le en PDF.")
    return RefusedFile("active_content", message)


def _damaged() -> RefusedFile:
    return RefusedFile("damaged", _("Ce document est abîmé ou incomplet. Enregistrez-le à nouveau, puis renvoyez-le."))
