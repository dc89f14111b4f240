"""Pages that residents read: the communes and their map, a commune, a place."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from bocage.territory import queries
from bocage.territory.chosen import chosen_commune
from bocage.territory.contours import communes_map
from bocage.territory.models import Place
from bocage.territory.sheets import sheet_of

TEXT_LENGTH = 80
NARROW_SPACE = "\u202f"


@login_not_required
@require_safe
@cache_control(public=True, max_age=24 * 3600)
def communes_svg(request: HttpRequest) -> HttpResponse:
    """The map of communes as an image, for pages that place a point on it: readable on a light and a dark ground."""
    drawing = communes_map()
    paths = "".join(f'<path d="{shape.path}"/>' for shape in drawing.shapes)
    names = "".join(
        f'<text x="{shape.x}" y="{shape.y}">{escape(shape.name)}</text>' for shape in drawing.shapes if shape.named
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}" '
        f'width="{drawing.width}" height="{drawing.height}"><g fill="#7f9f78" fill-opacity=".25" stroke="#7d8b80" '
        f'stroke-width=".8">{paths}</g><g fill="#7d8b80" font-family="sans-serif" font-size="11" '
        f'text-anchor="middle">{names}</g></svg>'
    )
    return HttpResponse(svg, content_type="image/svg+xml; charset=utf-8")


@login_not_required
@require_safe
def communes(request: HttpRequest) -> HttpResponse:
    """The communes as a list and as a map; ``q`` keeps names or postcodes that fit, ``ouvertes`` open town halls."""
    now = timezone.now()
    text = request.GET.get("q", "")[:TEXT_LENGTH].strip()
    only_open = request.GET.get("ouvertes") == "1"
    found = queries.find_communes(text, limit=200) if text else list(queries.communes())
    town_halls = queries.places(queries.today(now)).filter(kind=Place.Kind.TOWN_HALL)
    statuses = {place.commune_id: hours.status(now) for place, hours in queries.hours_of_all(town_halls)}
    open_now = {pk for pk, status in statuses.items() if status.open}
    if only_open:
        found = [commune for commune in found if commune.pk in open_now]
    context = {
        "communes": found,
        "shown": {commune.insee for commune in found},
        "open_now": open_now,
        "text": text,
        "only_open": only_open,
        "filtered": bool(text) or only_open,
        "map": communes_map(),
        "chosen": chosen_commune(request),
    }
    return render(request, "territory/communes.html", context)


@login_not_required
@require_safe
def commune(request: HttpRequest, key: str) -> HttpResponse:
    """A commune: its town hall, its places, its neighbours. An INSEE code leads to the name."""
    found = queries.commune_by_key(key)
    if found is None:
        raise Http404("commune")
    if key != found.slug:
        return redirect("commune", found.slug)
    now = timezone.now()
    here = queries.hours_of_all(queries.places(queries.today(now)).filter(commune=found).order_by("name"))
    town_hall = next(((place, hours) for place, hours in here if place.kind == Place.Kind.TOWN_HALL), None)
    drawing = communes_map()
    context = {
        "commune": found,
        "aliases": list(found.aliases.all()),
        "postcodes": sorted(postcode.code for postcode in found.postcodes.all()),
        "sheet": sheet_of(*town_hall, now) if town_hall else None,
        "others": [(place, hours.status(now)) for place, hours in here if not town_hall or place.pk != town_hall[0].pk],
        "neighbours": drawing.neighbours(found.insee),
        "map": drawing,
        "population": f"{found.population:,}".replace(",", NARROW_SPACE),
        "is_chosen": chosen_commune(request) == found,
    }
    return render(request, "territory/commune.html", context)


@login_not_required
@require_safe
def place(request: HttpRequest, slug: str) -> HttpResponse:
    """A place: open or not, hours, closures to come, how to get in, how to call."""
    found = queries.place_by_slug(slug)
    if found is None:
        raise Http404("place")
    now = timezone.now()
    near = []
    if found.lat is not None and found.lon is not None:
        same_kind = queries.places_near(found.lat, found.lon, [found.kind], 4, now=now)
        near = [item for item in same_kind if item.place.pk != found.pk][:3]
    context = {"place": found, "sheet": sheet_of(found, queries.hours_of(found), now), "near": near}
    return render(request, "territory/place.html", context)
