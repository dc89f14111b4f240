"""One search over everything public. It never ends empty: what is not ours gets the State's guide, and who does it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bocage.base import registry
from bocage.portal import doors
from bocage.portal.links import safe_reverse
from bocage.search import national
from bocage.search import queries as index
from bocage.search.models import Entry
from bocage.territory import queries as territory
from bocage.territory.chosen import chosen_commune
from bocage.territory.models import Commune

SHOWN = 5  # of each kind on the page of all kinds
PER_PAGE = 15  # on the page of one kind
MAX_QUERY = 200  # characters
MAIN = 6  # ways in suggested when nothing matches


@dataclass(frozen=True)
class Group:
    """Results of one kind. ``more`` leads to all of them, where the page shows only the first."""

    kind: str
    label: str
    total: int
    entries: list[Entry]
    more: str = ""
    page: Page[int] | None = None


@login_not_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """« Rechercher »: results by kind, or those of one kind by pages; without a query, how to ask."""
    now = timezone.now()
    text = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:MAX_QUERY]
    exact = request.GET.get("exact") == "1"
    kind = request.GET.get("type", "")
    kind = kind if kind in index.KINDS else ""
    commune = chosen_commune(request)
    context: dict[str, Any] = {"query": text, "kind": kind, "commune": commune}
    if not text:
        return render(request, "portal/search.html", context | {"ways_in": ways_in()})
    found = index.find(text, commune=commune.insee if commune else "", correct=not exact)
    groups = _groups(request, found, kind, text, exact)
    ours = sum(len(ids) for of, ids in found.ids.items() if of != "national")
    sheet = None
    if found.best == "national" and not kind:
        sheet = national.library().sheets.get(index.entries(found.ids["national"][:1])[0].key)
    context |= {
        "found": found,
        "groups": groups,
        "typed_url": "?" + urlencode({"q": text, "exact": "1"}),
        "sheet": sheet,
        "year": national.library().year,
        "national_label": index.KINDS["national"],
    }
    if sheet:
        context["counter"] = competent_counter(sheet, commune, now)
    elif not ours:
        context |= {"ways_in": ways_in(), "counter": territory.nearest_open_counter(commune, now)}
    return render(request, "portal/search.html", context)


def _groups(request: HttpRequest, found: index.Found, kind: str, text: str, exact: bool) -> list[Group]:
    kept = {"q": text} | ({"exact": "1"} if exact else {})
    if kind:
        ids = found.ids.get(kind, [])
        page = Paginator(ids, PER_PAGE).get_page(request.GET.get("page"))
        return [Group(kind, str(index.KINDS[kind]), len(ids), index.entries(page.object_list), page=page)]
    first = {of: found.ids[of][:SHOWN] for of in index.KINDS if of in found.ids}
    by_id = {entry.pk: entry for entry in index.entries(pk for ids in first.values() for pk in ids)}
    return [
        Group(
            of,
            str(index.KINDS[of]),
            len(found.ids[of]),
            [by_id[pk] for pk in ids if pk in by_id],
            more="?" + urlencode(kept | {"type": of}) if len(found.ids[of]) > len(ids) else "",
        )
        for of, ids in first.items()
    ]


@login_not_required
@require_safe
def sheet(request: HttpRequest, sheet_id: str) -> HttpResponse:
    """A guide of the State: what it is about, who does it, what to bring, the counter nearby, the current version."""
    found = national.library().sheets.get(sheet_id)
    if found is None:
        raise Http404(f"no sheet {sheet_id}")
    now = timezone.now()
    commune = chosen_commune(request)
    context = {
        "sheet": found,
        "year": national.library().year,
        "counter": competent_counter(found, commune, now),
        "commune": commune,
    }
    return render(request, "portal/search_sheet.html", context)


def competent_counter(sheet: national.Sheet, commune: Commune | None, now: datetime) -> territory.Found | None:
    """Where to go about a sheet: the chosen commune's town hall where it is competent, else the nearest that helps."""
    if commune is not None and sheet.topic is not None and sheet.topic.counter == "town_hall":
        place = territory.town_hall(commune)
        if place is not None:
            return territory.Found(place, territory.hours_of(place).status(now), None)
    return territory.nearest_open_counter(commune, now)


def ways_in() -> list[doors.Entry]:
    """The first things that one can do here, as behind the doors of the home page."""
    behind = [entry for door in doors.DOORS for entry in doors.entries(door.act)]
    others = [
        doors.Entry(str(entry.label), str(entry.summary), url)
        for _manifest, entry in registry.contributions("portal")
        if entry.act is None and (url := safe_reverse(entry.url_name, *entry.args))
    ]
    return [*behind, *others][:MAIN]
