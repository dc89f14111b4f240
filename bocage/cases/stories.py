"""Stories of the demonstration: a few requests told from their first day, through the real operations, each once.

A service gives its stories (``Story``); everyone in them is one of the demonstration's invented residents.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.cases.models import Case, Channel
from bocage.cases.operations import (
    add_document,
    answer_correction,
    declare_lost,
    move_case,
    save_answers,
    start_draft,
    submit_case,
)
from bocage.cases.queries import open_procedures
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Person
from bocage.territory.queries import is_holiday, time_zone, today


@dataclass(frozen=True)
class Act:
    """What happens ``after`` so many days: a button pressed by an agent, a correction answered, a document lost."""

    after: int
    button: str = ""
    by: str = ""  # user name of the agent
    values: Mapping[str, Any] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)  # agents' dates, in days from this act
    reason: str = ""
    message: str = ""
    fields: tuple[str, ...] = ()
    lost: bool = False  # its holder says that the document issued is lost


@dataclass(frozen=True)
class Story:
    """One request: who (the ``rank``-th resident of a commune), how many days ago, how, and what followed."""

    slug: str
    commune: str
    rank: int
    ago: int
    answers: Mapping[str, Any]
    files: tuple[str, ...] = ()
    drawn: Callable[[], bytes] | None = None  # what these files show; a plainly invented paper otherwise
    since: Mapping[str, int] = field(default_factory=dict)  # answers that are dates, in days before it
    channel: str = Channel.WEB
    entered_by: str = ""
    acts: tuple[Act, ...] = ()


@cache
def invented_paper(title: str = "EXEMPLE") -> bytes:
    """A paper, as a photograph, that could not be more plainly invented."""
    image = Image.new("RGB", (620, 300), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 10, 610, 290), outline="#33434f", width=3)
    for line, text in enumerate((title, "Document de demonstration", "Aucune personne reelle")):
        draw.text((40, 50 + 70 * line), text, fill="#33434f", font_size=34)
    out = BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def tell(stories: Iterable[Story], *, name: str, now: datetime) -> int:
    """Tell stories that were not told yet; how many. ``name`` marks them: once told, none of them is told again."""
    actor = Actor.system(f"demo-{name}")
    if Event.objects.filter(kind="cases.started", actor=actor.key).exists():
        return 0
    told = 0
    for story in stories:
        person = _resident(story)
        if person is not None:
            told += _tell(story, person, actor, now)
    return told


def _resident(story: Story) -> Person | None:
    found = Person.objects.filter(phone__startswith="+3335301", account=None, commune__insee=story.commune)
    return found.select_related("commune").order_by("pk")[story.rank : story.rank + 1].first()


def _working(day: date) -> date:
    """That day, or the next on which someone works."""
    while day.weekday() > 4 or is_holiday(day):
        day += timedelta(days=1)
    return day


def _at(day: date, hour: int, now: datetime) -> datetime:
    return min(datetime.combine(day, time(hour, 20), tzinfo=time_zone()), now)


def _tell(story: Story, person: Person, actor: Actor, now: datetime) -> bool:
    procedure = open_procedures().filter(slug=story.slug).first()
    people = {story.entered_by, *(act.by for act in story.acts)} - {""}
    agents = {account.username: account for account in Account.objects.filter(username__in=people)}
    if procedure is None or agents.keys() != people:
        return False
    first = _working(today(now) - timedelta(days=story.ago))
    at = _at(first, 9, now)
    case, _code = start_draft(
        procedure,
        actor=actor,
        now=at,
        applicant=person,
        channel=story.channel,
        received_on=today(at),
        entered_by=agents.get(story.entered_by),
        contact_email=person.email,
        contact_phone=person.phone,
    )
    dates = {key: (first - timedelta(days=count)).isoformat() for key, count in story.since.items()}
    answers = {**story.answers, **dates}
    for name in story.files:
        upload = SimpleUploadedFile(f"{name}.jpg", (story.drawn or invented_paper)(), "image/jpeg")
        answers[name] = [add_document(case, upload, field=case.version.document.by_id[name], actor=actor, now=at).key]
    save_answers(case, answers, now=at)
    case = submit_case(case, actor=actor, now=at, allow_incomplete=bool(story.entered_by))
    for act in story.acts:
        day = _working(first + timedelta(days=act.after))
        if day <= today(now):
            _act(case, act, agents, actor, _at(day, 11, now))
    return True


def _act(case: Case, act: Act, agents: Mapping[str, Account], actor: Actor, at: datetime) -> None:
    if act.lost:
        declare_lost(case.issued.get(void_on=None), actor=actor, now=at)
    elif not act.button:
        answer_correction(case, dict(act.values), actor=actor, now=at)
    else:
        agent = agents[act.by]
        days = {key: _working(today(at) + timedelta(days=count)).isoformat() for key, count in act.days.items()}
        move_case(
            case,
            act.button,
            agent=agent,
            actor=actor_of_account(agent),
            now=at,
            reason=act.reason,
            message=act.message,
            fields=act.fields,
            agent_values={**act.values, **days},
        )
