"""The demonstration's season of digital workshops: courses, a tour of the communes, and a desk in every town hall.

What is planned and who comes is in ``demo/season.json``; days follow the day of loading, registrations go through the
real operations with each session as the seed of chance. Loaded again, it plans a desk where none is to come, and
doubles nothing.
"""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings

from bocage.agenda import operations as agenda
from bocage.agenda.models import Offer, Series, Session
from bocage.agenda.recurrence import Recurrence
from bocage.agenda.refusals import Refused
from bocage.agenda.terms import Terms
from bocage.base.actors import Actor
from bocage.identity.models import Person
from bocage.territory.models import Place
from bocage.territory.queries import is_holiday, today

ACTOR = Actor.system("demo-season")
SPREAD = 28
"""Days over which the desks of all town halls are spread."""


def load(now: datetime) -> None:
    """Plan the season of the territory, where it has one."""
    path = Path(settings.TERRITORY_ROOT) / settings.ENV.territory / "demo" / "season.json"
    if not path.is_file():
        return
    halls = {
        place.commune.insee: place
        for place in Place.objects.filter(kind=Place.Kind.TOWN_HALL).select_related("commune").order_by("-pk")
    }
    for row in json.loads(path.read_text(encoding="utf-8"))["offers"]:
        offer = Offer.objects.select_related("terms").filter(slug=row["slug"]).first()
        if offer is None:
            offer = _offer(row, now)
            for told in row.get("series", ()):
                _series(offer, told, halls, now)
            if "tour" in row:
                _tour(offer, row["tour"], halls, now)
        if "everywhere" in row:
            _everywhere(offer, row["everywhere"], halls, now)


def _offer(row: dict[str, Any], now: datetime) -> Offer:
    names = ("slug", "kind", "title", "summary", "description", "audience", "theme", "enrolment")
    offer = agenda.create_offer(
        service="mediation",
        terms=Terms.model_validate(row["terms"]),
        actor=ACTOR,
        now=now,
        **{name: row[name] for name in names},
    )
    agenda.publish(offer, actor=ACTOR, now=now)
    return offer


def _series(offer: Offer, told: dict[str, Any], halls: dict[str, Place], now: datetime) -> None:
    first = today(now) + timedelta(days=told["after"])
    first += timedelta(days=(told["weekday"] - first.weekday()) % 7)
    rule = Recurrence(first=first, starts=told["starts"], ends=told["ends"], every="weekly", count=10, school="outside")
    place = halls[told["commune"]]
    series = agenda.create_series(offer, rule, label=told["label"], place=place, actor=ACTOR, now=now)
    _fill(series, told["commune"], told["people"] + told.get("waiting", 0), now)


def _tour(offer: Offer, told: dict[str, Any], halls: dict[str, Place], now: datetime) -> None:
    towns = told.get("towns") or Random(offer.slug).sample(sorted(halls), told["communes"])  # noqa: S311
    for number, insee in enumerate(towns):
        day = _open(today(now) + timedelta(days=told["first"] + number * told["every"]))
        _session(offer, day, told, halls[insee], now)


def _everywhere(offer: Offer, told: dict[str, Any], halls: dict[str, Place], now: datetime) -> None:
    coming = Session.objects.filter(offer=offer, cancelled_at=None, starts__gt=now)
    served = set(coming.values_list("commune__insee", flat=True))
    for number, insee in enumerate(sorted(halls)):
        if insee not in served:
            day = _open(today(now) + timedelta(days=2 + number * SPREAD // len(halls)))
            _session(offer, day, told, halls[insee], now)


def _open(day: date) -> date:
    """That day, or the next on which town halls are open."""
    while day.weekday() > 4 or is_holiday(day):
        day += timedelta(days=1)
    return day


def _session(offer: Offer, day: date, told: dict[str, Any], place: Place, now: datetime) -> None:
    session = agenda.create_session(offer, day, told["starts"], told["ends"], place=place, actor=ACTOR, now=now)
    draw = Random(f"{offer.slug} {place.source_id}")  # noqa: S311
    _fill(session, place.commune.insee, draw.randint(*told["people"]), now)


def _fill(what: Session | Series, insee: str, number: int, now: datetime) -> None:
    """So many residents register, those of the commune first; whoever finds it full waits."""
    offer = what.offer
    assert offer.terms is not None
    options = [option.id for option in offer.terms.document.options]
    draw = Random(f"{offer.slug} {insee}")  # noqa: S311
    found = Person.objects.filter(phone__startswith="+3335301", account=None).select_related("commune").order_by("pk")
    people = list(found.filter(commune__insee=insee)[:number])
    if len(people) < number:  # a small commune: neighbours come too
        others = list(found.exclude(commune__insee=insee)[:200])
        people += draw.sample(others, min(len(others), number - len(people)))
    for person in people:
        participant = agenda.Participant(name=person.full_name, person=person, answers=_answers(offer, draw))
        try:
            agenda.enrol(
                what,
                participant,
                by=agenda.By(actor=ACTOR, channel=draw.choice(["web", "phone", "counter"]), told=True),
                now=now,
                option=draw.choice(options),
                wait=True,
            )
        except Refused as refusal:
            if refusal.code not in {"full", "twice"}:
                raise


THINGS = ("Un grille-pain qui ne chauffe plus", "Une fermeture éclair", "Un aspirateur", "Une lampe de chevet")


def _answers(offer: Offer, draw: Random) -> dict[str, str]:
    assert offer.terms is not None
    asked = {question.id for question in offer.terms.document.questions}
    answers = {"gear": draw.choice(["oui", "non"]), "thing": draw.choice(THINGS)}
    return {name: value for name, value in answers.items() if name in asked}
