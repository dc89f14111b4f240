"""A photo of a report shown to everyone: by an agent who looked at it, withdrawn in one act, both journaled.

Only where its author agrees that the report be seen, under a version of the procedure that asked for it; only a picture
that the scanner has cleared; only as copies drawn again, small and without metadata.
"""

import secrets
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.uploads import RefusedFile
from bocage.base.uploads.images import reduced
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Document, PublicPhoto, ScanState
from bocage.cases.operations.documents import forget_files
from bocage.cases.operations.store import STREAM, touch
from bocage.cases.queries import case_role
from bocage.cases.sealing import open_answers
from bocage.identity.models import Account
from bocage.territory.queries import today

LARGE, LARGE_BYTES = 960, 150_000  # pixels, bytes: on the report's page
SMALL, SMALL_BYTES = 240, 12_000  # in lists
MAX_ALT = 160


def showable(case: Case) -> list[Document]:
    """The photos of a case that may be shown: those of its answer, cleared by the scanner, if its author agrees."""
    told = case.version.document.public_list
    if told is None or told.photo is None or case.is_draft:
        return []
    answers = open_answers(case.answers)
    if answers.get(told.consent) is not True:
        return []
    found = case.documents.filter(field=told.photo, key__in=answers.get(told.photo) or [], scan_state=ScanState.CLEAN)
    return list(found.filter(content_type__startswith="image/").order_by("pk"))


def may_show(agent: Account, case: Case, now: datetime) -> bool:
    """Whether someone may show a photo of a case: agents and managers of those who handle it."""
    return case_role(agent, case, today(now)) in {"agent", "manager"}


def show_photo(
    case: Case, key: str, alt: str, *, looked: bool, agent: Account, actor: Actor, now: datetime
) -> PublicPhoto:
    """Show one photo of a report to everyone, in place of the one shown before.

    ``looked``: the agent says that nobody and no number plate can be recognised; ``alt``: what it shows, in words.
    Raises Refused, with the errors by field, and Conflict.
    """
    if not may_show(agent, case, now):
        raise Refused(_("Ce dossier n’est pas de votre service."))
    document = next((one for one in showable(case) if one.key == key), None)
    text, errors = " ".join(alt.split()), {}
    if document is None:
        errors["photo"] = _("Choisissez une photo.")
    if not 0 < len(text) <= MAX_ALT:
        errors["alt"] = _("Dites ce qu’elle montre, en 160 caractères au plus. Exemple : un trou devant un portail")
    if not looked:
        errors["looked"] = _("Regardez la photo, puis cochez la case.")
    if document is None or errors:
        raise Refused(_("Cette photo n’est pas encore montrée."), errors)
    try:
        with storages["private"].open(document.path) as stream:
            content = stream.read()
        large, width, height = reduced(content, LARGE, LARGE_BYTES)
        small, _width, _height = reduced(content, SMALL, SMALL_BYTES)
    except (FileNotFoundError, RefusedFile):
        text = _("Cette photo ne se lit pas : elle ne peut pas être montrée.")
        raise Refused(text, {"photo": text}) from None
    photo = PublicPhoto(
        of=case.in_public,
        document=document,
        key=secrets.token_hex(16),
        small_key=secrets.token_hex(16),
        width=width,
        height=height,
        alt=text,
        shown_by=agent,
        shown_at=now,
    )
    _keep(photo.key, large)
    _keep(photo.small_key, small)
    try:
        with transaction.atomic():
            touch(case, now)  # its author may be taking back their word at this very moment
            _forget(case)
            photo.save()
            payload = {"document": document.key, "sha256": document.sha256, "alt": text}
            journal.record(
                stream=STREAM, kind="cases.photo_shown", subject=case.subject, actor=actor, payload=payload, now=now
            )
    except BaseException:
        for name in (photo.key, photo.small_key):
            storages["private"].delete(path_of(name))
        raise
    return photo


def hide_photo(case: Case, *, actor: Actor, now: datetime) -> None:
    """Withdraw the photo that is shown, if any: its copies are erased."""
    with transaction.atomic():
        gone = _forget(case)
        if gone is not None:
            payload = {"document": gone}
            journal.record(
                stream=STREAM, kind="cases.photo_hidden", subject=case.subject, actor=actor, payload=payload, now=now
            )


def hide_unagreed(case: Case, *, actor: Actor, now: datetime) -> None:
    """Withdraw it when its author no longer agrees, or took the photo back. In a transaction."""
    shown = PublicPhoto.objects.filter(of__case=case).select_related("document").first()
    if shown is not None and shown.document not in showable(case):
        hide_photo(case, actor=actor, now=now)


def copies_of(case: Case) -> list[str]:
    """The keys of the copies shown of a case."""
    found = PublicPhoto.objects.filter(of__case=case).values_list("key", "small_key")
    return [key for pair in found for key in pair]


def path_of(key: str) -> str:
    """Where a copy lies in the private storage, beside the documents."""
    return f"{key[:2]}/{key}"


def _keep(key: str, content: bytes) -> None:
    storages["private"].save(path_of(key), ContentFile(content))


def _forget(case: Case) -> str | None:
    """Drop the row of the photo shown, and its copies once that is written; the key of the document it was of."""
    shown = PublicPhoto.objects.filter(of__case=case).select_related("document").first()
    if shown is None or not PublicPhoto.objects.filter(pk=shown.pk).delete()[0]:
        return None
    forget_files([shown.key, shown.small_key])
    return shown.document.key
