"""Asking for an export, making it in the background, giving it, letting it go. The journal keeps each of these."""

import hashlib
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal, outbox, tables
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.base.outbox import LeaseLost, Message
from bocage.cases.engine import Refused
from bocage.cases.models import Export
from bocage.cases.models_desk import ExportState
from bocage.cases.queries import Filters, worklist
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Role
from bocage.identity.queries import scope_of
from bocage.identity.scope import Bounds, Scope
from bocage.territory.queries import today

from .lines import Table

STREAM = "cases"
KEPT = timedelta(days=7)
AT_ONCE = 3  # in preparation, for one agent
ATTEMPTS = 3  # of the topic, in the manifest


def may_ask_sensitive(scope: Scope) -> bool:
    """Whether someone may take protected answers away: who handles cases, not a reception."""
    return bool(scope.roles & {Role.MANAGER, Role.AGENT, Role.ADMINISTRATOR})


@once_only(Export)
@transaction.atomic
def ask_export(
    account: Account,
    filters: Filters,
    *,
    format_: str,
    sensitive: bool,
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> Export:
    """Ask for the worklist as filtered. Raises Refused when several are being made, or for protected answers that
    are not this agent's to take away."""
    scope = scope_of(account, today(now))
    if sensitive and not may_ask_sensitive(scope):
        raise Refused(_("Votre poste ne permet pas d’emporter les réponses protégées."))
    if Export.objects.filter(account=account, state=ExportState.WAITING).count() >= AT_ONCE:
        raise Refused(_("Vos exports précédents sont encore en préparation. Attendez qu’ils soient prêts."))
    export = Export.objects.create(
        account=account,
        format=format_,
        filters=asdict(replace(filters, after=None)),
        sensitive=sensitive,
        bounds=_bounds(scope),
        created_at=now,
        expires_at=now + KEPT,
        once=once,
    )
    _record(export, "cases.export_asked", actor, now, _told(export))
    outbox.enqueue("cases.export", f"export:{export.pk}", {"export": export.pk}, now=now)
    return export


def _bounds(scope: Scope) -> list[list[Any]]:
    return sorted([list(_told_post(post)) for post in scope.posts], key=str)


def _told_post(post: Bounds) -> tuple[Any, ...]:
    return (post.role, post.service, post.commune_id, post.organisation_id)


def still_reaches(export: Export, scope: Scope) -> bool:
    """Whether the posts under which an export was made are still held."""
    return {tuple(told) for told in export.bounds} <= {_told_post(post) for post in scope.posts}


def _told(export: Export) -> dict[str, Any]:
    """What the journal keeps of an export: never the words that were looked for, which may be somebody's name."""
    filters = {name: value for name, value in export.filters.items() if name != "q"}
    return {"filters": filters, "format": export.format, "sensitive": export.sensitive}


def _record(export: Export, kind: str, actor: Actor, now: datetime, payload: Mapping[str, Any] | None = None) -> None:
    journal.record(
        stream=STREAM,
        kind=kind,
        subject=f"export:{export.pk}",
        actor=actor,
        payload=dict(payload) if payload is not None else None,
        now=now,
    )


def run_export(message: Message) -> None:
    """Outbox handler: make the file within what its agent reaches by now, telling how far it is.

    Begun again from nothing when a worker was lost. Raises what went wrong, the export told as failed at the last
    attempt.
    """
    export = Export.objects.filter(pk=message.payload["export"], state=ExportState.WAITING).first()
    if export is None:
        return
    try:
        _make(export, message)
    except LeaseLost:
        raise
    except Exception:
        if message.attempts + 1 >= ATTEMPTS:
            Export.objects.filter(pk=export.pk, state=ExportState.WAITING).update(state=ExportState.FAILED)
        raise


def _make(export: Export, message: Message) -> None:
    account = Account.objects.get(pk=export.account_id)
    asked = {tuple(told) for told in export.bounds}
    held = scope_of(account, today(message.now))
    # No more than was asked for: who works for one of three town halls takes its cases away, not the others'.
    scope = Scope(tuple(post for post in held.posts if _told_post(post) in asked))
    if not account.is_active or not still_reaches(export, held):
        Export.objects.filter(pk=export.pk).update(state=ExportState.FAILED)
        return
    filters = Filters(**{**export.filters, "after": None})
    ids = list(worklist(account, filters, message.now, scope).values_list("pk", flat=True))
    Export.objects.filter(pk=export.pk).update(total=len(ids), written=0)
    table = Table(ids, scope=scope, answers=bool(filters.procedure), sensitive=export.sensitive)

    def tell(count: int) -> None:
        message.renew()  # another worker that took over makes this one stop here
        Export.objects.filter(pk=export.pk).update(written=count)

    export.key = secrets.token_hex(16)
    with tempfile.TemporaryFile() as out:
        tables.write(export.format, out, table.header, table.rows(tell))
        export.size = out.tell()
        out.seek(0)
        digest = hashlib.file_digest(out, "sha256").hexdigest()
        out.seek(0)
        storages["private"].save(export.path, File(out))
    ready = {"state": ExportState.READY, "key": export.key, "size": export.size, "written": len(ids)}
    try:
        with transaction.atomic():
            if not Export.objects.filter(pk=export.pk, state=ExportState.WAITING).update(**ready):
                storages["private"].delete(export.path)  # its agent wants it no more
                return
            message.done()
            # Whose data left the house: for whoever asks who looked, and for a breach.
            payload: dict[str, Any] = {**_told(export), "count": len(ids), "sha256": digest, "cases": ids}
            _record(export, "cases.exported", actor_of_account(account), message.now, payload)
    except BaseException:
        storages["private"].delete(export.path)
        raise


@transaction.atomic
def record_download(export: Export, *, actor: Actor, now: datetime) -> None:
    """Journal that the file was taken away."""
    _record(export, "cases.export_downloaded", actor, now)


@transaction.atomic
def remove_export(export: Export, *, actor: Actor, now: datetime) -> None:
    """Erase an export, made or not; its traces stay in the journal."""
    _record(export, "cases.export_removed", actor, now)
    path = export.path if export.key else ""
    export.delete()
    if path:
        transaction.on_commit(lambda: storages["private"].delete(path))


def expire_exports(now: datetime) -> int:
    """Retention: erase the exports whose seven days are over; how many."""
    over = list(Export.objects.filter(expires_at__lte=now).order_by("pk"))
    for export in over:
        remove_export(export, actor=Actor.system("expiry"), now=now)
    return len(over)


def exports_due(now: datetime) -> int:
    """How many ``expire_exports`` would erase."""
    return Export.objects.filter(expires_at__lte=now).count()
