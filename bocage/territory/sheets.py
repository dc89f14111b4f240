"""What a page says of a place, made ready for its template: state, week, closures to come, ways in."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.dates import french_date, french_range
from bocage.base.opening_hours import Closed, Hours, Line, Status
from bocage.territory.models import Place

ACCESS = {
    "ACC": gettext_lazy("Accessible en fauteuil roulant."),
    "DEM": gettext_lazy("Accessible en fauteuil roulant avec l’aide de quelqu’un."),
    "NAC": gettext_lazy(
        "Signalé comme non accessible en fauteuil roulant dans l’annuaire national : "
        "téléphonez avant de venir, on vous dira comment vous recevoir."
    ),
}


@dataclass(frozen=True)
class Sheet:
    """A place for its page."""

    place: Place
    status: Status
    week: list[Line]
    varies: bool
    closures: list[str]
    access: str


def sheet_of(place: Place, hours: Hours, now: datetime) -> Sheet:
    """The sheet of a place at an instant."""
    return Sheet(
        place=place,
        status=hours.status(now),
        week=hours.week(now),
        varies=hours.varies,
        closures=[told(closed) for closed in hours.coming_closures(now)][:6],
        access=str(ACCESS.get(place.accessibility, "")),
    )


def told(closed: Closed) -> str:
    """« le 25 décembre 2026 (Noël) », « du 24 au 31 décembre 2026 (congés) »."""
    days = french_date(closed.starts, weekday=True) if closed.starts == closed.ends else ""
    when = _("le %(day)s") % {"day": days} if days else french_range(closed.starts, closed.ends)
    return f"{when} ({closed.reason})" if closed.reason else when
