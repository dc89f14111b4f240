"""The portal's pages. They read and never write, but for the cookie of « Ma commune »."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bocage.base import registry
from bocage.base.way_back import way_back
from bocage.cases import results as cases
from bocage.cases.helping.queries import page_of
from bocage.identity import queries as identity
from bocage.identity.acting import acting
from bocage.identity.models import Account
from bocage.identity.representing import represented_by
from bocage.portal import front, own
from bocage.portal.doors import DOORS, door_by_slug, entries
from bocage.portal.remember import remembered
from bocage.publishing import queries as publishing
from bocage.publishing import views as pages
from bocage.territory import chosen
from bocage.territory import queries as territory

NEWS = 3


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """« Que voulez-vous faire ? »"""
    now = timezone.now()
    commune = chosen.chosen_commune(request)
    context = {
        "doors": DOORS,
        "alerts": front.alerts(commune, now),
        "here": front.commune_now(commune, now) if commune else None,
        "news": list(publishing.current_news(territory.today(now), commune)[:NEWS]),
        "news_index": publishing.news_index(),
    }
    return render(request, "portal/home.html", context)


@login_not_required
@require_safe
def door(request: HttpRequest, slug: str) -> HttpResponse:
    """Behind one of the six doors."""
    found = door_by_slug(slug)
    if found is None:
        raise Http404("door")
    counters = territory.counters(chosen.chosen_commune(request), timezone.now())[:3]
    context = {"door": found, "entries": entries(found.act), "counters": counters}
    return render(request, "portal/door.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_commune(request: HttpRequest) -> HttpResponse:
    """Choose one's commune, kept in a cookie of the visitor's browser; or forget it."""
    back = way_back(request, request.POST.get("next", ""), reverse("home"))
    if request.method == "POST" and "forget" in request.POST:
        response = redirect("my_commune")
        chosen.forget(response)
        return response
    unknown = False
    if request.method == "POST":
        commune = territory.commune_by_insee(request.POST.get("insee", "")[:5])
        if commune is not None:
            response = redirect(back)
            chosen.remember(response, commune)
            messages.success(request, _("Votre commune : %(name)s.") % {"name": commune.name})
            return response
        unknown = True
    text = " ".join(request.GET.get("q", "")[:80].split())
    context = {
        "text": text,
        "communes": territory.find_communes(text, limit=60) if text else list(territory.communes()),
        "unknown": unknown,
        "next": back,
    }
    return render(request, "portal/my_commune.html", context, status=422 if unknown else 200)


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Every way of being helped: by telephone, at a counter, on paper, by someone one trusts."""
    found = territory.counters(chosen.chosen_commune(request), timezone.now())
    return render(request, "portal/help.html", {"counters": found[:8], "more": len(found) > 8})


@login_not_required
@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """What the services promised and what they did; and the figures that services give of themselves."""
    return render(request, "portal/results.html", remembered("results", _results))


def _results() -> dict[str, Any]:
    """The figures, worked out once a minute whatever the address's query says."""
    now = timezone.now()
    indicators = []
    for manifest, indicator in registry.contributions("indicators"):
        value = registry.isolated(manifest, indicator.path, lambda figure: figure(now))
        if value is not None:
            indicators.append({"value": value, "unit": indicator.unit, "label": indicator.label})
    return {"results": cases.procedure_results(now), "indicators": indicators}


@login_not_required
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The map of the portal."""
    behind = [(door, entries(door.act)) for door in DOORS]
    return render(request, "portal/sitemap.html", {"behind": behind})


@login_not_required
@require_safe
def legal(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A legal page: the one that editors wrote, or what the territory's settings and the manifests can say."""
    if publishing.page_by_slug(slug):
        return pages.page(request, slug)
    held = [item for _manifest, item in registry.contributions("personal_data")]
    return render(request, f"portal/legal/{slug}.html", {"held": held})


@login_not_required
@require_safe
def outline(request: HttpRequest) -> HttpResponse:
    """The communes as one small picture; the page of communes has the map one can use."""
    response = HttpResponse(front.outline(), content_type="image/svg+xml")
    response["Cache-Control"] = "public, max-age=86400"
    return response


@require_safe
def space(request: HttpRequest) -> HttpResponse:
    """« Mon espace »: my requests, what waits for me, the people I act for."""
    if (mandate := acting(request)) is not None:
        return redirect(page_of(mandate))  # theirs, within the mandate: never one's own beside it
    account = cast(Account, request.user)
    now = timezone.now()
    person = identity.person_of(account)
    context: dict[str, Any] = {
        "person": person,
        "is_agent": account.is_staff or bool(identity.scope_of(account, territory.today(now)).is_agent),
        "mine": own.requests_of(account, person, now, territory.today(now)),
        "registrations": own.registrations(account, person, now),
    }
    context["represented"] = []
    if person is not None:
        day = territory.today(now)
        context["members"] = own.household(person, day)
        context["represented"] = represented_by(person, day)
        context["helps"] = list(identity.active_mandates(day, now, holder=person))
        context["helpers"] = list(identity.active_mandates(day, now, principal=person))
    return render(request, "portal/space.html", context)


@require_safe
def space_requests(request: HttpRequest) -> HttpResponse:
    """All my requests, page by page."""
    if (mandate := acting(request)) is not None:
        return redirect(page_of(mandate))
    account = cast(Account, request.user)
    now = timezone.now()
    person = identity.person_of(account)
    page, told = own.all_requests(account, person, now, territory.today(now), request.GET.get("page"))
    return render(request, "portal/requests.html", {"page": page, "told": told})


@login_not_required
@require_safe
def demo_panel(request: HttpRequest) -> HttpResponse:
    """« Essayer en tant que », in the demonstration only."""
    if not settings.DEMO:
        raise Http404("demonstration")
    return render(request, "portal/demo_panel.html", {"personas": own.personas()})
