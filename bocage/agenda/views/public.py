"""What is coming, for everyone: the list by day, and an offer with its dates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bocage.agenda import queries, wording
from bocage.agenda.models import Enrolment, Offer, OfferState, Series, Session
from bocage.base.dates import french_date
from bocage.base.typed_dates import parse_french_date
from bocage.territory.queries import communes, time_zone

PER_PAGE = 50
MOST = 400
DATES = 40
"""Dates of an offer shown at once: whole seasons stay readable on a telephone."""


@dataclass(frozen=True)
class Line:
    """A session in a list."""

    session: Session
    hours: str
    where: str
    places: str
    full: bool


def line(session: Session, zone: ZoneInfo) -> Line:
    """A session of ``queries.coming`` as it is listed; no query."""
    terms = session.offer.terms.document  # type: ignore[union-attr]
    free = wording.left(list(session.pools.all()), terms)
    hours = wording.hours(session.starts, session.ends, zone)
    shown = wording.places(free, waiting=terms.rules.waiting)
    return Line(session, hours, wording.where(session), shown, not free)


def by_day(sessions: Iterable[Session], zone: ZoneInfo) -> list[tuple[str, list[Line]]]:
    """Lines under their day, « mardi 17 mars 2026 »."""
    lines = (line(session, zone) for session in sessions)
    days = groupby(lines, key=lambda one: one.session.day)
    return [(french_date(day, weekday=True), list(found)) for day, found in days]


def _day(text: str) -> date | None:
    try:
        return parse_french_date(text)
    except ValueError:
        return None


@login_not_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Every coming session, soonest first; narrowed by commune, theme, audience and first day."""
    now = timezone.now()
    asked = {name: request.GET.get(name, "")[:40] for name in ("commune", "theme", "public", "du")}
    found = queries.coming(now)
    if asked["commune"]:
        found = found.filter(commune__insee=asked["commune"])
    if asked["theme"]:
        found = found.filter(offer__theme=asked["theme"])
    if asked["public"]:
        found = found.filter(offer__audience=asked["public"])
    if (first := _day(asked["du"])) is not None:
        found = found.filter(day__gte=first)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "days": by_day(page.object_list, time_zone()),
        "asked": asked,
        "narrowed": any(asked.values()),
        "communes": [{"value": one.insee, "label": one.name} for one in communes()],
    }
    return render(request, "agenda/calendar.html", context)


@login_not_required
@require_safe
def offer(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is, and its dates: whole series first, then single sessions."""
    found = get_object_or_404(
        Offer.objects.select_related("terms", "run_by").exclude(state=OfferState.DRAFT), slug=slug
    )
    now, zone = timezone.now(), time_zone()
    coming = queries.coming(now).filter(offer=found) if found.state == OfferState.OPEN else queries.coming(now).none()
    sessions = list(coming[: DATES if found.enrolment == Enrolment.SESSION else MOST])
    groups: list[dict[str, Any]] = []
    if found.enrolment != Enrolment.SESSION:
        groups = [_group(one, sessions, zone) for one in Series.objects.filter(offer=found, cancelled_at=None)]
    context = {
        "offer": found,
        "terms": found.terms.document if found.terms else None,
        "groups": [group for group in groups if group["lines"]],
        "lines": [line(session, zone) for session in sessions[:DATES]],
        "single": found.enrolment != Enrolment.SERIES,
    }
    return render(request, "agenda/offer.html", context)


def _group(series: Series, sessions: list[Session], zone: ZoneInfo) -> dict[str, Any]:
    lines = [line(session, zone) for session in sessions if session.series_id == series.pk]
    return {"series": series, "lines": lines, "full": any(one.full for one in lines)}
