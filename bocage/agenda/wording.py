"""Sessions and registrations in words: days, hours, places left."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bocage.agenda.models import Pool, Registration, Session, State
from bocage.agenda.terms import Terms
from bocage.base.dates import french_date, french_time


def hours(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """« de 14 h à 16 h »."""
    return _("de %(starts)s à %(ends)s") % {"starts": french_time(starts, zone), "ends": french_time(ends, zone)}


def when(session: Session, zone: ZoneInfo) -> str:
    """« mardi 17 mars 2026, de 14 h à 16 h »."""
    return f"{french_date(session.day, weekday=True)}, {hours(session.starts, session.ends, zone)}"


def where(session: Session) -> str:
    """« Médiathèque, Bavay »; empty when it is not told."""
    if session.place is None:
        return session.commune.name if session.commune else ""
    commune = session.commune.name if session.commune else ""
    return session.place.name if not commune or commune in session.place.name else f"{session.place.name}, {commune}"


def left(pools: list[Pool], terms: Terms) -> int:
    """Places that one person may still take with one option at least."""
    by_name = {pool.name: pool.left for pool in pools}
    return max((min(by_name.get(name, 0) for name in option.takes) for option in terms.options), default=0)


def places(number: int, *, waiting: bool) -> str:
    """« 3 places », « complet, liste d’attente »."""
    if number > 0:
        return ngettext("%s place", "%s places", number) % number
    return _("complet, liste d’attente") if waiting else _("complet")


@dataclass(frozen=True)
class Stand:
    """Where a registration stands: its badge, and what happens next."""

    label: str
    kind: str
    next: str


def stand(registration: Registration, rank: int | None) -> Stand:
    """A registration's state as its participant reads it."""
    match registration.state:
        case State.CONFIRMED:
            return Stand(_("Inscription faite"), "success", _("Vous n’avez plus rien à faire : venez à l’heure dite."))
        case State.WAITING:
            return Stand(
                _("Liste d’attente"),
                "plain",
                _("Vous êtes au rang %s. Si une place se libère, nous vous la proposons.") % rank,
            )
        case State.OFFERED | State.HELD:
            return Stand(
                _("Une place est à vous"), "warning", _("Confirmez-la à temps, sinon elle ira à la personne suivante.")
            )
        case _other:
            return Stand(registration.get_ended_display().capitalize(), "plain", "")
