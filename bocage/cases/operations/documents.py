"""Documents of cases: taken in, kept in quarantine until the scanner has answered, served only through a view."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from bocage.base import journal, outbox, private_files, scanner, uploads
from bocage.base.actors import Actor
from bocage.base.outbox import Message
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Document, PublicPhoto, ScanState
from bocage.cases.models_desk import Export
from bocage.cases.operations.effects import send_message_notice
from bocage.cases.operations.store import STREAM
from bocage.cases.schema import FormField

MAX_BYTES = 10_000_000  # « 10 Mo » as telephones and file managers count, and as every page says it
MAX_DOCUMENTS = 60  # of one case


def add_document(
    case: Case,
    upload: Any,
    *,
    actor: Actor,
    now: datetime,
    field: FormField | None = None,
    source: str = "upload",
) -> Document:
    """Take a file in: checked by its content, cleaned, kept in quarantine, its scan enqueued.

    The file is written before the row: a crash between the two leaves an orphan file, never a row without file.
    Raises Refused, with what to do, when it cannot be kept, or when the draft was filed from another window.
    """
    if case.documents.count() >= MAX_DOCUMENTS:
        raise Refused(_("Cette demande contient déjà %(count)s documents.") % {"count": MAX_DOCUMENTS})
    try:
        accepted = uploads.accept(upload, allowed=set(field.accept if field else ("pdf", "image")), max_bytes=MAX_BYTES)
    except uploads.RefusedFile as error:
        raise Refused(error.message, {field.id: error.message} if field else {}) from None
    key = secrets.token_hex(16)
    document = Document(
        key=key,
        case=case,
        field=field.id if field else "",
        source=source,
        name=accepted.name[:120],
        content_type=accepted.content_type,
        size=accepted.size,
        sha256=accepted.sha256,
        sensitive=field.sensitive if field else True,
        added_by=actor.key,
        created_at=now,
    )
    _write(document, accepted.content)
    try:
        with transaction.atomic():
            if field is not None and case.is_draft:
                _still_draft(case, _("Cette demande est déjà envoyée : ce fichier n’y est pas joint."), field.id)
            document.save()
            outbox.enqueue("cases.scan", f"scan:{key}", {"document": key}, now=now)
            _record(document, "cases.document_added", actor, now)
    except BaseException:
        storages["private"].delete(document.path)
        raise
    return document


def add_generated(case: Case, *, name: str, content_type: str, content: bytes, actor: Actor, now: datetime) -> Document:
    """Keep a document that the house itself made (a receipt, a letter): nothing to scan."""
    document = Document(
        key=secrets.token_hex(16),
        case=case,
        source="generated",
        name=name,
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        scan_state=ScanState.CLEAN,
        added_by=actor.key,
        created_at=now,
    )
    _write(document, content)
    with transaction.atomic():
        document.save()
        _record(document, "cases.document_added", actor, now)
    return document


def _write(document: Document, content: Any) -> None:
    data = content if isinstance(content, bytes) else content.read()
    storages["private"].save(document.path, ContentFile(data))


def _record(document: Document, kind: str, actor: Actor, now: datetime) -> None:
    payload = {"document": document.key, "field": document.field, "sha256": document.sha256}
    journal.record(stream=STREAM, kind=kind, subject=f"case:{document.case_id}", actor=actor, payload=payload, now=now)


def scan_document(message: Message) -> None:
    """Outbox handler: ask the scanner; until it answers the document stays in quarantine, and is asked again.

    Raises scanner.ScannerUnavailable.
    """
    document = Document.objects.select_related("case").filter(key=message.payload["document"]).first()
    if document is None or document.scan_state != ScanState.QUARANTINE:
        return
    with storages["private"].open(document.path) as stream:
        verdict = scanner.scan(stream.read())
    # A file the scanner can never judge is refused: the person is asked for a smaller one.
    state = ScanState.CLEAN if verdict.clean else ScanState.REFUSED
    with transaction.atomic():
        if Document.objects.filter(pk=document.pk, scan_state=ScanState.QUARANTINE).update(
            scan_state=state, scan_detail=(verdict.signature or "")[:120]
        ):
            kind = "cases.document_cleared" if verdict.clean else "cases.document_refused"
            _record(document, kind, Actor.system("scanner"), message.now)
            if not verdict.clean and not document.case.is_draft:  # a draft says so on its own page
                _tell_refusal(document, message.now)


def _tell_refusal(document: Document, now: datetime) -> None:
    """A document refused once the case is filed: its applicant is asked for another one."""
    body = _(
        "La vérification de sécurité a refusé le document « %(name)s ». Envoyez-nous-en un autre, par exemple une "
        "photo du même papier, ou apportez-le au guichet."
    ) % {"name": document.name}
    case = Case.objects.select_related("version", "procedure", "commune", "applicant").get(pk=document.case_id)
    send_message_notice(case, body, key=f"refused:{document.key}", actor=Actor.system("scanner"), now=now)


def remove_document(case: Case, key: str, *, actor: Actor, now: datetime) -> None:
    """Take a document out of a draft. Raises Refused when the case is filed, perhaps from another window."""
    document = case.documents.filter(key=key).first()
    if document is None:
        return
    with transaction.atomic():
        _still_draft(
            case, _("Un document d’une demande envoyée ne s’efface pas. Écrivez au service pour le remplacer.")
        )
        _record(document, "cases.document_removed", actor, now)
        document.delete()
    forget_files([key])


def _still_draft(case: Case, refusal: str, field: str = "") -> None:
    """The draft's revision moves: whoever files it at this very moment reads its documents again. Raises Refused."""
    if not Case.objects.filter(pk=case.pk, state="").update(revision=F("revision") + 1):
        raise Refused(refusal, {field: refusal} if field else {})
    case.revision += 1


def sweep_files(now: datetime) -> int:
    """Job: erase the files that neither a document nor an export names; gives how many."""
    folders, _files = storages["private"].listdir("")
    lost = private_files.sweep("exports", lambda paths: _named(Export, paths), now) if "exports" in folders else 0
    for folder in folders:
        if re.fullmatch(r"[0-9a-f]{2}", folder):
            lost += private_files.sweep(folder, _named_documents, now)
    return lost


def _named_documents(paths: list[str]) -> set[str]:
    """Those of documents, and of the copies of photos shown to everyone, which lie beside them."""
    copies = _named(PublicPhoto, paths) | _named(PublicPhoto, paths, "small_key")
    return _named(Document, paths) | copies


def _named(model: type[Document] | type[Export] | type[PublicPhoto], paths: list[str], column: str = "key") -> set[str]:
    """Those of these paths that a row of ``model`` has."""
    keys = {path.rpartition("/")[2]: path for path in paths}
    named: set[str] = set()
    for start in range(0, len(paths), 500):
        some = [path.rpartition("/")[2] for path in paths[start : start + 500]]
        named.update(model._default_manager.filter(**{f"{column}__in": some}).values_list(column, flat=True))
    return {keys[key] for key in named}


def forget_files(keys: Iterable[str]) -> None:
    """Erase files once the transaction that forgot their rows is committed."""

    def erase() -> None:
        for key in keys:
            storages["private"].delete(f"{key[:2]}/{key}")

    transaction.on_commit(erase)


def record_read(document: Document, *, actor: Actor, now: datetime) -> None:
    """Journal that someone read a sensitive document (DESIGN.md rule 10)."""
    with transaction.atomic():
        _record(document, "cases.document_read", actor, now)
