"""What the day's page shows: groups of cases, lines of the manifests' sources, colleagues one stands in for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base import registry
from bocage.base.dates import french_date
from bocage.cases.queries import COUNT_CAP, day_groups
from bocage.cases.rows import Row, row_of, versions_of
from bocage.identity.models import Absence, Account
from bocage.identity.queries import covered_accounts, holding
from bocage.identity.scope import SEES_CASES, Bounds, Scope
from bocage.territory.queries import today


@dataclass(frozen=True)
class Part:
    """A group of cases of the day's page."""

    key: str
    title: str
    count: str
    rows: list[Row]
    more: str  # where to see all; empty when all are here
    care: bool


def parts(account: Account, now: datetime) -> list[Part]:
    """The groups that hold something, the most pressing first."""
    told = {
        "urgent": (_("Urgents"), "urgent"),
        "late": (_("En retard"), "late"),
        "answered": (_("Réponses reçues"), "answered"),
        "soon": (_("À répondre d’ici trois jours"), "open"),
        "unassigned": (_("Sans agent"), "unassigned"),
        "mine": (_("Mes dossiers et ceux que je remplace"), "mine"),
    }
    found, on = [], today(now)
    groups = [group for group in day_groups(account, covered_accounts(account, on), now) if group.cases]
    versions = versions_of(case for group in groups for case in group.cases)
    for group in groups:
        title, situation = told[group.key]
        more = f"{reverse('cases_worklist')}?situation={situation}" if group.count > len(group.cases) else ""
        count = f"{COUNT_CAP}+" if group.count >= COUNT_CAP else str(group.count)
        rows = [row_of(case, on, versions) for case in group.cases]
        found.append(Part(group.key, title, count, rows, more, group.key in {"urgent", "late"}))
    return found


def lines(account: Account, now: datetime) -> list[dict[str, Any]]:
    """The lines of every source, in order; a source that fails is logged and left out."""
    found: list[dict[str, Any]] = []
    sources = sorted(registry.contributions("today"), key=lambda pair: pair[1].order)
    for manifest, source in sources:
        got = registry.isolated(manifest, source.path, lambda call: list(call(account, now)))
        found += got or []
    return found


@dataclass(frozen=True)
class Covered:
    """A colleague who is away, and until when."""

    name: str
    until: str


def covered(account: Account, on: date) -> list[Covered]:
    """Those one stands in for on a day."""
    found = Absence.objects.filter(substitute=account, starts__lte=on, ends__gte=on).select_related("account")
    return [Covered(str(absence.account), french_date(absence.ends)) for absence in found.order_by("ends", "pk")]


def colleagues(account: Account, on: date) -> Sequence[Account]:
    """Those who can stand in for someone: agents whose posts reach all the cases that theirs do."""
    posts: dict[int, list[Bounds]] = {}
    held = holding(on).filter(role__in=SEES_CASES, account__is_active=True)
    for owner, *bounds in held.values_list("account_id", "role", "service", "commune_id", "organisation_id"):
        posts.setdefault(owner, []).append(Bounds(*bounds))
    mine = Scope(tuple(posts.pop(account.pk, ())))
    able = [owner for owner, bounds in posts.items() if Scope(tuple(bounds)).covers(mine)]
    return list(Account.objects.filter(pk__in=able).order_by("last_name", "first_name", "pk")[:200])
