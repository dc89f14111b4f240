"""Everything of a case in one file: what a resident takes away, and what an agent takes to a meeting.

Put together in a temporary file, a document at a time: an archive never fills the worker's memory.
"""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from django.core.files.storage import storages
from django.http import FileResponse
from django.utils.translation import gettext as _

from bocage.cases import printing
from bocage.cases.models import Case, Document, ScanState

MOST = 200 * 2**20  # bytes of documents in one archive
IN_MEMORY = 2**20  # bytes of an archive kept in memory before it goes to a temporary file


def held_in(case: Case) -> tuple[list[Document], list[Document]]:
    """The documents that may be opened and hold together in an archive, oldest first, and those left out."""
    held: list[Document] = []
    left: list[Document] = []
    total = 0
    for item in case.documents.filter(scan_state=ScanState.CLEAN).order_by("id"):
        if not storages["private"].exists(item.path):
            continue
        fits = total + item.size <= MOST
        (held if fits else left).append(item)
        total += item.size if fits else 0
    return held, left


def put_together(
    case: Case,
    held: Sequence[Document],
    left: Sequence[Document],
    *,
    told: Mapping[str, Any] | None = None,
    letters: Iterable[tuple[str, str]] = (),
) -> IO[bytes]:
    """The archive, read from its beginning: receipt, documents, ``told`` as JSON, ``letters`` (name, path)."""
    out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the answer closes it
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if told is not None:
            archive.writestr("demande.json", json.dumps(told, ensure_ascii=False, indent=1))
        if not case.is_draft and printing.available():
            archive.writestr("recepisse.pdf", printing.receipt(case))
        files = [(f"documents/{item.pk}-{item.name}", item.path) for item in held]
        for name, path in (*files, *letters):
            inside = archive.open(name, "w")
            with storages["private"].open(path) as stream, inside:
                shutil.copyfileobj(stream, inside)
        if left:
            first = _("Ces documents sont trop lourds pour cette archive. Ouvrez-les un par un dans votre demande :")
            archive.writestr("documents-a-part.txt", "\n".join([first, *(item.name for item in left)]))
    out.seek(0)
    return out


def response(case: Case, out: IO[bytes]) -> FileResponse:
    """The archive as a file to keep, never cached on the way."""
    answer = FileResponse(out, content_type="application/zip", as_attachment=True, filename=f"{case.reference}.zip")
    answer["Cache-Control"] = "private, no-store"
    return answer
