"""Reads of the territory: communes, places and their hours, calendars, which services are on.

``places()`` brings closures and the commune along, so that hours and distances cost no query per place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from bocage.base.opening_hours import Hours, Status
from bocage.territory import cached
from bocage.territory.holidays import public_holidays
from bocage.territory.models import CalendarPeriod, Closure, Commune, Organisation, Place, ServiceSwitch, Territory
from bocage.territory.names import fold

COUNTERS = (Place.Kind.COUNTER, Place.Kind.FRANCE_SERVICES, Place.Kind.TOWN_HALL)
"""Kinds of places where someone is received and helped."""
LIKE_ENOUGH = 0.75  # likeness of two spellings, 0 to 1: one letter in four may be wrong


@dataclass(frozen=True)
class Found:
    """A place near somewhere, with whether it is open. ``distance_km`` is None when the point is not known."""

    place: Place
    status: Status
    distance_km: float | None

    @property
    def distance(self) -> str:
        """« à 3,2 km », as the crow flies; empty when not known."""
        if self.distance_km is None:
            return ""
        return (
            f"à {self.distance_km:.1f} km".replace(".", ",")
            if self.distance_km < 10
            else f"à {self.distance_km:.0f} km"
        )


def territory() -> Territory:
    """The territory of this installation, cached. Raises Territory.DoesNotExist before its import."""

    def compute() -> Territory | None:
        return Territory.objects.filter(slug=settings.ENV.territory).first() or Territory.objects.first()

    found = cached.through("territory:territory", compute)
    if found is None:
        raise Territory.DoesNotExist
    return found


def short_name() -> str:
    """The name one says: « Pays de Mormal »; empty before a territory is imported."""
    try:
        one = territory()
    except Territory.DoesNotExist:
        return ""
    return str(one.settings.get("short_name") or one.name)


def time_zone() -> ZoneInfo:
    """The zone in which the territory's hours and days are told."""
    try:
        return ZoneInfo(territory().time_zone)
    except Territory.DoesNotExist:
        return ZoneInfo(settings.TIME_ZONE)


def today(now: datetime) -> date:
    """The territory's day at an instant."""
    return now.astimezone(time_zone()).date()


# --- Communes ------------------------------------------------------------------------------------------------------
def communes() -> QuerySet[Commune]:
    """The communes in alphabetical order, without their contours."""
    return Commune.objects.defer("contour").order_by("slug")


def commune_names() -> dict[str, str]:
    """The names of the communes by INSEE code, in alphabetical order, cached."""
    return cached.through("territory:commune_names", lambda: dict(communes().values_list("insee", "name")))


def around_towns(most: int = 5) -> list[tuple[Commune, list[Commune]]]:
    """The communes, each with the nearest of the ``most`` largest ones, as people say « around Bavay »; by names.

    Straight lines: it groups a long list for the eye, it says nothing of cantons or of who goes where.
    """
    every = list(Commune.objects.defer("contour", "search"))
    towns = sorted(every, key=lambda one: (-one.population, one.insee))[:most]
    around: dict[int, list[Commune]] = {town.pk: [] for town in towns}
    for one in every:
        near = min(towns, key=lambda town: (distance_km(one.lat, one.lon, town.lat, town.lon), town.insee))
        around[near.pk].append(one)
    return [(town, around[town.pk]) for town in sorted(towns, key=lambda one: one.name)]


def commune_by_insee(insee: str) -> Commune | None:
    """The commune of an INSEE code, also of a delegated commune that kept its own."""
    found = communes().filter(insee=insee).first()
    return found or communes().filter(aliases__insee=insee).first()


def commune_by_key(key: str) -> Commune | None:
    """The commune of a page's address: its INSEE code or its slug."""
    return commune_by_insee(key) if key.isdigit() else communes().filter(slug=key).first()


def find_communes(text: str, limit: int = 10) -> list[Commune]:
    """Communes for what people type: part of a name, without accents, an old name, a postcode, a small mistake.

    Best matches first; empty for an empty text. Two queries.
    """
    wanted = fold(text)
    if not wanted:
        return []
    every = list(communes().prefetch_related("postcodes"))
    digits = wanted.replace(" ", "")
    if digits.isdigit():
        return [
            commune
            for commune in every
            if digits == commune.insee or any(postcode.code.startswith(digits) for postcode in commune.postcodes.all())
        ][:limit]
    ranked = sorted(
        ((rank, commune.slug, commune) for commune in every if (rank := _rank(wanted, commune.search)) is not None),
        key=lambda item: item[:2],
    )
    if ranked:
        return [item[2] for item in ranked][:limit]
    joined = wanted.replace(" ", "")
    near = []
    for commune in every:
        forms = [form for name in commune.search.split(" | ") for form in _forms(name)]
        likeness = max((SequenceMatcher(None, joined, form).ratio(), -order) for order, form in enumerate(forms))
        if likeness[0] >= LIKE_ENOUGH:
            near.append((likeness, commune))
    near.sort(key=lambda item: (-item[0][0], -item[0][1], item[1].slug))
    return [commune for _likeness, commune in near][:limit]


def _forms(name: str) -> Iterable[str]:
    """What a mistyped name may be near to: the whole without spaces, without its article, each of its long words."""
    words = name.split()
    yield "".join(words)
    if words[0] in {"le", "la", "les", "l"}:
        yield "".join(words[1:])
    yield from (word for word in words if len(word) >= 5)


def _rank(wanted: str, search: str) -> int | None:
    """0 for the whole name, 1 for its beginning, 2 when every word begins one of its words; None: not found."""
    best = None
    words = wanted.split()
    for name in search.split(" | "):
        if name == wanted:
            return 0
        if name.startswith(wanted) or name.replace(" ", "").startswith(wanted.replace(" ", "")):
            best = 1
        elif best is None and all(any(part.startswith(word) for part in name.split()) for word in words):
            best = 2
    return best


# --- Places --------------------------------------------------------------------------------------------------------
def places(on: date | None = None) -> QuerySet[Place]:
    """Places with their commune, and their closures (those not over on ``on``) prefetched."""
    closures = Closure.objects.all() if on is None else Closure.objects.filter(ends__gte=on)
    return (
        Place.objects.select_related("commune", "run_by")
        .defer("commune__contour", "imported")
        .prefetch_related(Prefetch("closures", closures))
    )


def place_by_slug(slug: str) -> Place | None:
    """A place by the name in its address."""
    return places().filter(slug=slug).first()


def hours_of(place: Place) -> Hours:
    """The hours of a place, its closures and the public holidays included. No query for a place of ``places()``."""
    return Hours(place.opening_hours, place.closures.all(), holiday_names(), time_zone())


def hours_of_all(found: Iterable[Place]) -> list[tuple[Place, Hours]]:
    """The same for several places, reading the calendar once."""
    names, zone = holiday_names(), time_zone()
    return [(place, Hours(place.opening_hours, place.closures.all(), names, zone)) for place in found]


def town_hall(commune: Commune) -> Place | None:
    """The town hall of a commune."""
    return places().filter(commune=commune, kind=Place.Kind.TOWN_HALL).order_by("id").first()


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Kilometres between two points as the crow flies (haversine)."""
    a = (
        sin(radians(lat2 - lat1) / 2) ** 2
        + cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * 6371.0 * asin(sqrt(a))


def places_near(
    lat: float, lon: float, kinds: Sequence[str] | None = None, limit: int = 5, *, now: datetime
) -> list[Found]:
    """Places nearest to a point, nearest first; those without a point are left out."""
    wanted = places(today(now)).filter(lat__isnull=False)
    if kinds:
        wanted = wanted.filter(kind__in=kinds)
    found = _found(wanted, (lat, lon), now)
    found.sort(key=lambda item: (item.distance_km or 0.0, item.place.slug))
    return found[:limit]


def _found(wanted: Iterable[Place], point: tuple[float, float] | None, now: datetime) -> list[Found]:
    return [
        Found(
            place,
            hours.status(now),
            distance_km(*point, place.lat, place.lon)
            if point and place.lat is not None and place.lon is not None
            else None,
        )
        for place, hours in hours_of_all(wanted)
    ]


def counters(commune: Commune | None, now: datetime) -> list[Found]:
    """Where someone of ``commune`` is received: its own town hall, the community's counters, France services.

    Open now first, nearest first; then the next to open. Without a commune, only the community's own.
    """
    wanted = places(today(now)).filter(kind__in=COUNTERS)
    wanted = wanted.exclude(kind=Place.Kind.TOWN_HALL) | (
        wanted.filter(kind=Place.Kind.TOWN_HALL, commune=commune) if commune else wanted.none()
    )
    point = (commune.lat, commune.lon) if commune else None
    never = now + timedelta(days=3650)

    def order(item: Found) -> tuple[bool, datetime, float, tuple[bool, int], str]:
        status = item.status
        soonest = now if status.open else status.next_open or never
        # Without a commune nothing is near: the community's own counters first, the largest town's before the others.
        far = (item.place.kind != Place.Kind.COUNTER, -item.place.commune.population) if point is None else (False, 0)
        return (not status.open, soonest, item.distance_km or 0.0, far, item.place.slug)

    return sorted(_found(wanted, point, now), key=order)


def nearest_open_counter(commune: Commune | None, now: datetime) -> Found | None:
    """The counter to send someone to at this instant: the nearest open one, else the next to open; None without any."""
    return next(iter(counters(commune, now)), None)


# --- Calendars -----------------------------------------------------------------------------------------------------
def holiday_names() -> dict[date, str]:
    """Every public holiday of the calendar with its name, cached."""

    def compute() -> dict[date, str]:
        rows = CalendarPeriod.objects.filter(kind=CalendarPeriod.Kind.PUBLIC).values_list("starts", "name")
        return dict(rows.order_by("starts"))

    return cached.through("territory:holidays", compute)


def holidays(year: int) -> set[date]:
    """The public holidays of a year: the territory's calendar, or computed for a year that it does not hold."""
    stored = {day for day in holiday_names() if day.year == year}
    if stored:
        return stored
    try:
        subdivision = territory().settings.get("holidays_subdivision", "")
    except Territory.DoesNotExist:
        subdivision = ""
    return set(public_holidays(year, subdivision))


def is_holiday(day: date) -> bool:
    """Whether a day is a public holiday of the territory."""
    return day in holidays(day.year)


def school_holidays(on: date, until: date | None = None) -> QuerySet[CalendarPeriod]:
    """School holidays of the territory's zone that are not over on ``on`` (and begin by ``until``), soonest first."""
    found = CalendarPeriod.objects.filter(kind=CalendarPeriod.Kind.SCHOOL, ends__gte=on).order_by("starts")
    return found.filter(starts__lte=until) if until else found


# --- Bodies and services -------------------------------------------------------------------------------------------
def community() -> Organisation:
    """The EPCI itself as an organisation. Raises Organisation.DoesNotExist before the import."""
    found = Organisation.objects.filter(kind=Organisation.Kind.EPCI, siren=territory().siren).first()
    if found is None:
        raise Organisation.DoesNotExist
    return found


def _switches() -> dict[str, bool]:
    def compute() -> dict[str, bool]:
        return dict(ServiceSwitch.objects.values_list("service", "enabled"))

    return cached.through("territory:switches", compute)


def is_enabled(service: str) -> bool:
    """Whether a service of the house is on for this territory; a service without a row is on."""
    return _switches().get(service, True)


def switched_off() -> list[str]:
    """The services that are off."""
    return sorted(service for service, enabled in _switches().items() if not enabled)
