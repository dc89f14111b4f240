"""The worklist: filters and full-text search within the agent's reach, fifty a page, read by key, never by offset."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from bocage.cases.desk_tools.columns import chosen, lines_of, usual, with_columns
from bocage.cases.desk_tools.views import views_for
from bocage.cases.desk_views.common import agent_of, number_of, scope_of_request
from bocage.cases.models import Case, Channel, Procedure
from bocage.cases.queries import (
    COUNT_CAP,
    ORDERS,
    PAGE,
    SITUATIONS,
    Filters,
    capped_count,
    first_page,
    listed,
    place_of,
    worklist,
)
from bocage.cases.rows import rows_of
from bocage.identity.scope import Scope
from bocage.territory.models import Commune
from bocage.territory.queries import commune_names

LABELS = {
    "open": gettext_lazy("En cours"),
    "urgent": gettext_lazy("Urgents"),
    "mine": gettext_lazy("Les miens"),
    "unassigned": gettext_lazy("Sans agent"),
    "late": gettext_lazy("En retard"),
    "answered": gettext_lazy("Réponses reçues"),
    "waiting": gettext_lazy("En attente de la personne"),
    "closed": gettext_lazy("Terminés"),
    "all": gettext_lazy("Tous"),
}
NARROWING = ("q", "procedure", "commune", "channel", "state")
KEPT = (*NARROWING, "sort")
"""What an address or a saved view keeps of a list, beside its situation."""


def filters_of(told: Mapping[str, Any]) -> Filters:
    """What an address or a form asks, bounded; anything unknown is as if not asked."""
    asked = {key: told.get(key, "")[:80] for key in ("procedure", "commune", "state")}
    situation, channel = told.get("situation", ""), told.get("channel", "")
    sort = told.get("sort", "") if told.get("sort", "") in ORDERS else ""
    return Filters(
        q=told.get("q", "")[:200],
        situation=situation if situation in SITUATIONS else "open",
        channel=channel if channel in Channel.values else "",
        sort=sort,
        after=_after(told.get("after") or "", sort),
        **asked,
    )


def _after(text: str, sort: str) -> tuple[str, ...] | None:
    """The place of the last line of the page before (``place_of``); None for what is none."""
    parts = text[:30].split(".")
    *before, day, number = ("", "", *parts)[-3:]
    try:
        date.fromisoformat(day)
    except ValueError:
        return None
    if len(parts) != len(ORDERS[sort]) or not number_of(number) or (sort and not before[0].isdecimal()):
        return None
    return tuple(parts)


def _beyond(found: QuerySet[Case], filters: Filters) -> QuerySet[Case]:
    """What comes after a place in the order of the list."""
    if filters.after is None:
        return found
    if not filters.sort:
        day, pk = filters.after
        return found.filter(Q(received_on__lt=day) | Q(received_on=day, pk__lt=pk), received_on__lte=day)
    level, day, pk = filters.after
    same = Q(urgency=number_of(level))
    later = same & Q(announced_on__gt=day) | same & Q(announced_on=day, pk__gt=pk)
    return found.filter(Q(urgency__lt=number_of(level)) | later, urgency__lte=number_of(level))


def _procedures(scope: Scope) -> list[dict[str, str]]:
    found = Procedure.objects.values("slug", "title")
    if scope.services is not None:
        found = found.filter(service__in=scope.services)
    return [{"value": item["slug"], "label": item["title"]} for item in found]


def _communes(scope: Scope) -> list[dict[str, str]]:
    names = commune_names().items()
    if scope.communes is not None:
        names = Commune.objects.filter(pk__in=scope.communes).order_by("slug").values_list("insee", "name")
    return [{"value": insee, "label": name} for insee, name in names]


def _states(procedures: list[dict[str, str]], slug: str) -> list[dict[str, str]]:
    """The states of the procedure chosen: without one there is nothing to choose from."""
    if not any(item["value"] == slug for item in procedures):
        return []
    chosen = Procedure.objects.select_related("current").defer("current__body").get(slug=slug)
    states = chosen.current.document.workflow.states if chosen.current else []
    return [{"value": state.id, "label": state.label} for state in states]


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The list."""
    now, scope, filters = timezone.now(), scope_of_request(request), filters_of(request.GET)
    found = worklist(agent_of(request), filters, now, scope)
    picking = request.GET.get("choisir") == "1"
    columns = chosen(request.GET.get("columns", ""), filters.procedure)
    told = bool(columns) or picking
    if told:
        columns = columns or usual()
        found = with_columns(found, columns)

    def read(some: QuerySet[Case]) -> QuerySet[Case]:
        lines = listed(some, filters.sort)
        return with_columns(lines, columns) if told else lines

    if filters.after is None:
        page, count, capped = first_page(found, read)
    else:
        page = list(_beyond(found, filters)[: PAGE + 1])
        count, capped = capped_count(found)
    procedures = _procedures(scope)
    kept = {key: value for key in KEPT if (value := getattr(filters, key))}
    kept |= {"columns": ",".join(column.key for column in columns)} if told and request.GET.get("columns") else {}
    last = page[PAGE - 1] if len(page) > PAGE else None
    asked = {**kept, "situation": filters.situation}
    here = urlencode(sorted(asked.items()))
    saved = [
        {"name": one.name, "url": f"?{one.query}", "current": one.query == here}
        for one in views_for(agent_of(request), scope)
    ]
    context: dict[str, Any] = {
        "rows": lines_of(page[:PAGE], columns, now) if told else rows_of(page[:PAGE], now),
        "columns": columns if told else (),
        "picking": picking,
        "kept_columns": kept.get("columns", ""),
        "saved": saved,
        "count": f"{COUNT_CAP}+" if capped else str(count),
        "filters": filters,
        "narrowed": bool(kept.keys() - {"sort"}),
        "situations": [
            {"key": key, "label": label, "url": f"?{urlencode({**kept, 'situation': key})}"}
            for key, label in LABELS.items()
        ],
        "next": f"?{urlencode({**asked, 'after': place_of(last, filters.sort)})}" if last else "",
        "first": f"?{urlencode(asked)}" if filters.after else "",
        "asked": here,
        "procedures": procedures,
        "communes": _communes(scope),
        "channels": [{"value": value, "label": str(label).capitalize()} for value, label in Channel.choices],
        "states": _states(procedures, filters.procedure),
        "orders": [{"value": "pressing", "label": _("Pressés d’abord")}],
        "title": _("Dossiers"),
    }
    return render(request, "cases/desk/worklist.html", context)
