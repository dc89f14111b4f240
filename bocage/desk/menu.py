"""The agents' menu: the manifests' entries that the agent's roles open, in order.

A room of its own: our pages' bar and Wagtail's sidebar show the same list.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from bocage.base import registry
from bocage.base.manifest import DeskEntry
from bocage.desk.access import desk_root, may_open
from bocage.identity.models import Account
from bocage.identity.queries import request_scope
from bocage.identity.scope import SEES_CASES, Scope
from bocage.territory.queries import today

HOME = "desk_today"
ASIDE_FROM = 90
"""Entries from this order on are kept under the agent's name: what one opens once a month."""


@dataclass(frozen=True)
class Item:
    """An entry of the menu. ``current`` is the token of ``aria-current``: "page", "true" below it, or empty."""

    label: str
    url: str
    icon: str
    order: int
    current: str
    aside: bool


def entries(scope: Scope) -> Iterator[tuple[DeskEntry, str]]:
    """The manifests' entries that someone of this reach may open, with their addresses, in order."""
    roles = scope.roles
    found = sorted((entry for _manifest, entry in registry.contributions("desk")), key=lambda entry: entry.order)
    for entry in found:
        if not may_open(roles, entry.url_name):
            continue
        if entry.url_name == HOME and not roles & SEES_CASES:
            continue  # it opens to everyone, and leads those who handle no case to what is theirs
        if entry.permission and not registry.resolve(entry.permission)(scope):
            continue
        try:
            yield entry, reverse(entry.url_name, args=entry.args)
        except NoReverseMatch:
            continue


def items(request: HttpRequest) -> list[Item]:
    """The menu of the signed-in agent, made once for the page; empty for anyone else (a page refused has no menu)."""
    known: list[Item] | None = getattr(request, "_desk_menu", None)
    if known is None:
        known = _items(request) if isinstance(request.user, Account) else []
        request._desk_menu = known  # type: ignore[attr-defined]
    return known


def _items(request: HttpRequest) -> list[Item]:
    scope = request_scope(request, today(timezone.now()))
    return [
        Item(
            label=str(entry.label),
            url=url,
            icon=entry.icon,
            order=entry.order,
            current=_current(request.path, url),
            aside=entry.order >= ASIDE_FROM,
        )
        for entry, url in entries(scope)
    ]


def _current(path: str, url: str) -> str:
    if path == url:
        return "page"
    return "true" if url != desk_root() and path.startswith(url) else ""
