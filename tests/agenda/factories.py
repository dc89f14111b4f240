"""Offers and sessions for tests: made through the operations, as the house makes them."""

from datetime import date, timedelta
from typing import Any

from bocage.agenda import operations
from bocage.agenda.models import Enrolment, Offer, Registration, Series, Session
from bocage.agenda.operations import By, Participant
from bocage.agenda.recurrence import Recurrence
from bocage.agenda.terms import Terms
from bocage.base.actors import Actor
from bocage.territory.models import Place
from tests.conftest import NOW

SYSTEM = Actor.system("tests")
BY = By(actor=SYSTEM)
_numbers = iter(range(1, 1_000_000))


def terms(capacity: int = 3, *, pools: Any = None, options: Any = None, **rules: Any) -> Terms:
    """Terms of one pool and one option, or of those given; ``rules`` are the delays."""
    return Terms.model_validate(
        {
            "pools": pools or [{"id": "seats", "label": "Places", "capacity": capacity}],
            "options": options or [{"id": "place", "label": "Une place", "takes": ["seats"]}],
            "rules": rules,
        }
    )


def offer(told: Terms | None = None, *, enrolment: str = Enrolment.BOTH, published: bool = True, **more: Any) -> Offer:
    """An offer of the digital mediators, published."""
    number = next(_numbers)
    made = operations.create_offer(
        slug=f"atelier-{number}",
        service="mediation",
        kind="workshop",
        title=f"Atelier {number}",
        terms=told or terms(),
        enrolment=enrolment,
        actor=SYSTEM,
        now=NOW,
        **more,
    )
    if published:
        operations.publish(made, actor=SYSTEM, now=NOW, opens_at=made.opens_at)
    return made


def session(
    of: Offer | None = None, *, days: int = 7, starts: str = "14:00", ends: str = "16:00", place: Place | None = None
) -> Session:
    """A session of an offer, so many days from now."""
    day = NOW.date() + timedelta(days=days)
    return operations.create_session(of or offer(), day, starts, ends, place=place, actor=SYSTEM, now=NOW)


def series(of: Offer | None = None, *, count: int = 4, first: date = date(2026, 3, 17), **more: Any) -> Series:
    """A series of Tuesdays."""
    rule = Recurrence(first=first, starts="14:00", ends="16:00", every="weekly", count=count, **more)
    return operations.create_series(of or offer(), rule, label="Les mardis", place=None, actor=SYSTEM, now=NOW)


def someone(name: str = "", **more: Any) -> Participant:
    """Someone without a record in the house."""
    return Participant(name=name or f"Personne {next(_numbers)}", phone="+33639980012", **more)


def enrol(what: Session | Series, who: Participant | None = None, **more: Any) -> Registration:
    """Someone registers, in March."""
    more = {"by": BY, "now": NOW} | more
    return operations.enrol(what, who or someone(), **more)
