"""A copy of one's data: asked, made in the background, taken away, gone. The journal keeps each of these."""

import hashlib
import secrets
import tempfile
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal, outbox, private_files
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.base.outbox import LeaseLost, Message
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account
from bocage.identity.queries import person_of
from bocage.privacy import archive
from bocage.privacy.models import CopyState, DataCopy

STREAM = "privacy"
KEPT = timedelta(days=7)
ATTEMPTS = 3  # of the topic, in the manifest


class CopyWaiting(Exception):
    """One is being made already; the message, in French, says so."""


@once_only(DataCopy)
@transaction.atomic
def ask_copy(account: Account, *, actor: Actor, now: datetime, once: UUID | None = None) -> DataCopy:
    """Ask for a copy of what the house holds of an account and its person. Raises CopyWaiting."""
    if DataCopy.objects.filter(account=account, state=CopyState.WAITING, expires_at__gt=now).exists():
        raise CopyWaiting(_("Votre archive est déjà en préparation."))
    copy = DataCopy.objects.create(account=account, created_at=now, expires_at=now + KEPT, once=once)
    _record(copy, "privacy.copy_asked", actor, now)
    outbox.enqueue("privacy.copy", f"copy:{copy.pk}", {"copy": copy.pk}, now=now)
    return copy


def _record(copy: DataCopy, kind: str, actor: Actor, now: datetime, **payload: object) -> None:
    person = copy.account.person_id
    subject = f"person:{person}" if person else f"account:{copy.account_id}"
    journal.record(
        stream=STREAM, kind=kind, subject=subject, actor=actor, now=now, payload={"copy": copy.pk, **payload}
    )


def run_copy(message: Message) -> None:
    """Outbox handler: make the archive, telling how far it is; begun again from nothing when a worker was lost.

    Raises what went wrong; the copy is told as failed at the last attempt.
    """
    copy = DataCopy.objects.filter(pk=message.payload["copy"], state=CopyState.WAITING).first()
    if copy is None:
        return
    try:
        _make(copy, message)
    except LeaseLost:
        raise
    except Exception:
        if message.attempts + 1 >= ATTEMPTS:
            DataCopy.objects.filter(pk=copy.pk, state=CopyState.WAITING).update(state=CopyState.FAILED)
        raise


def _make(copy: DataCopy, message: Message) -> None:
    account = Account.objects.get(pk=copy.account_id)
    mine = DataCopy.objects.filter(pk=copy.pk)

    def tell(written: int, total: int) -> None:
        message.renew()  # another worker that took over makes this one stop here
        mine.update(written=written, total=total)

    copy.key = secrets.token_hex(16)
    with tempfile.TemporaryFile() as out:
        archive.write(out, person_of(account), account, now=message.now, tell=tell)
        size = out.tell()
        out.seek(0)
        digest = hashlib.file_digest(out, "sha256").hexdigest()
        out.seek(0)
        storages["private"].save(copy.path, File(out))
    try:
        with transaction.atomic():
            ready = {"state": CopyState.READY, "key": copy.key, "size": size}
            if not mine.filter(state=CopyState.WAITING).update(**ready):
                storages["private"].delete(copy.path)  # it is wanted no more
                return
            message.done()
            _record(copy, "privacy.copy_made", actor_of_account(account), message.now, sha256=digest)
    except BaseException:
        storages["private"].delete(copy.path)
        raise


@transaction.atomic
def record_download(copy: DataCopy, *, actor: Actor, now: datetime) -> None:
    """Journal that the archive was taken away."""
    _record(copy, "privacy.copy_downloaded", actor, now)


@transaction.atomic
def remove_copy(copy: DataCopy, *, actor: Actor, now: datetime) -> None:
    """Erase a copy, made or not; its traces stay in the journal."""
    _record(copy, "privacy.copy_removed", actor, now)
    path = copy.path if copy.key else ""
    copy.delete()
    if path:
        transaction.on_commit(lambda: storages["private"].delete(path))


def expire_copies(now: datetime) -> int:
    """Retention: erase the copies whose seven days are over; how many."""
    over = list(DataCopy.objects.filter(expires_at__lte=now).order_by("pk"))
    for copy in over:
        remove_copy(copy, actor=Actor.system("retention"), now=now)
    return len(over)


def copies_due(now: datetime) -> int:
    """How many ``expire_copies`` would erase."""
    return DataCopy.objects.filter(expires_at__lte=now).count()


def sweep_files(now: datetime) -> int:
    """Job: erase the archives that no row tells of; how many."""
    return private_files.sweep(
        "copies",
        lambda paths: [
            f"copies/{key}"
            for key in DataCopy.objects.filter(key__in=[path.partition("/")[2] for path in paths]).values_list(
                "key", flat=True
            )
        ],
        now,
    )
