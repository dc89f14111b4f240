"""What an app tells the rest of the house: names and dotted paths, no code (DESIGN.md §2, "The manifest").

Each contributing app has one ``manifest.py`` with one ``manifest``. Paths are resolved after the apps are ready
(``bocage.base.registry``) and validated by system checks (``bocage.base.checks``). A contribution that fails is
isolated: it never takes the house down. This module imports nothing of Django: it can be read before the settings.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Act = Literal["ask", "book", "enrol", "pay", "go_out", "report"]
"""The six acts of the home page: demander, prendre rendez-vous, inscrire, payer, sortir, signaler."""


@dataclass(frozen=True, kw_only=True)
class PortalEntry:
    """A way in from the portal. ``act`` puts it under one of the home page's six acts; None: menus only.

    ``label`` is what the resident reads (« Commander un composteur »); ``url_name`` reverses with ``args``.
    """

    label: str
    url_name: str
    act: Act | None = None
    summary: str = ""
    icon: str = ""
    args: tuple[str, ...] = ()
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class DeskEntry:
    """An item of the agents' menu. ``permission``: dotted path of ``(scope) -> bool``, asked of what the agent
    reaches and read once for the page; empty: everyone whose roles open its address."""

    label: str
    url_name: str
    icon: str = ""
    permission: str = ""
    args: tuple[str, ...] = ()
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class TodaySource:
    """Lines of the desk's « À faire aujourd'hui ». ``path``: ``(account, now) -> Iterable`` of the desk's items."""

    name: str
    path: str
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class SearchSource:
    """Public things to find. ``path``: a callable giving the entries of the index; see ``bocage.search``."""

    name: str
    label: str
    path: str
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class PersonalData:
    """Personal data held by an app, and what it answers about someone. The shapes are in ``bocage.base.personal``.

    ``tables`` are the labels of the models it answers for, packages' included (``account.EmailAddress``): a test fails
    when a model holds a person and no manifest names it. ``kept_for`` says the time to people. Dotted paths:

    * ``export``: ``(person) -> dict`` of plain values, keys in snake case; ``words`` names their French words;
    * ``files``: ``(person) -> Iterable[(name, path in the private storage)]``, what one gets beside it;
    * ``fate``: ``(person, now) -> Iterable[Fate]``, what erasing would do; reads only;
    * ``erase``: ``(person, actor, now) -> None``, does it; run again, it does what was kept the first time;
    * ``subjects``: ``(person) -> Iterable[str]``, the journal's subjects that are about them;
    * ``agreed``: ``(person) -> Iterable[Agreed]``, what they agreed to, standing or not;
    * ``in_use``: ``(now) -> QuerySet`` of ids of the people whose record the app still needs;
    * ``concerned``: ``(search) -> Iterable[Concerned]``, whom a breach concerns.
    """

    name: str
    label: str
    export: str
    erase: str
    fate: str = ""
    files: str = ""
    words: str = ""
    subjects: str = ""
    agreed: str = ""
    in_use: str = ""
    concerned: str = ""
    kept_for: str = ""
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Retention:
    """Data that goes when its time is over, each night (``bocage.privacy``). The one way to say so.

    ``run``: ``(now) -> int`` erases what is past its time, in short transactions, and says how much; what is left over
    goes the next night. ``due``: ``(now) -> int`` counts what ``run`` would erase; reads only. ``rule`` is French.
    """

    name: str
    label: str
    rule: str
    run: str
    due: str
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Processing:
    """An entry of the register of processing activities (GDPR, art. 30), in French.

    With ``path`` (``(entry) -> Iterable[Processing]``) data say the entries, in its place: one for each procedure.
    """

    name: str
    label: str
    purpose: str
    basis: str
    people: str
    data: str
    recipients: str
    kept: str
    sensitive: str = ""
    path: str = ""
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class Read:
    """A kind of event that says that someone's data was read or taken away; ``label`` ends « Un agent … ».

    ``people_of``: ``(event) -> Iterable[str]``, the subjects that the event reached when it is about a file of many.
    """

    kind: str
    label: str
    people_of: str = ""


@dataclass(frozen=True, kw_only=True)
class PersonRows:
    """Rows that name a person (or, ``of`` account, their account) and follow when two records of one person are made
    one; ``name`` is the column: ``cases.Case.applicant``. ``label`` names them to agents, in the plural.

    ``move``: ``(pks, before, after, *, actor, now) -> list[int]`` writes the rows that still name ``before`` and gives
    those it moved; it also moves them back. ``rows``: ``(kept, other) -> QuerySet``, those of ``other`` that follow;
    empty: all. ``told``: ``(pks, scope) -> list[str]``, the ones that this agent may read, in words.
    ``notes``: ``(kept, other, scope) -> list[str]``, what the agent should look at before or after.
    """

    name: str
    label: str
    move: str
    of: Literal["person", "account"] = "person"
    rows: str = ""
    told: str = ""
    notes: str = ""


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """Runs ``path`` (``(event, now) -> None``) for each event of ``kind``, through the outbox: at least once.

    ``kind`` may end in ``*``: ``case.*`` hears every kind that begins with ``case.``. ``name`` names the handler in
    outbox keys and never changes once landed.
    """

    kind: str
    name: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A kind of effect of the outbox. ``path``: ``(message: bocage.base.outbox.Message) -> None``.

    ``when_cut`` is what to do with a hand-over that a crash cut in the middle: ``repeat`` it (the other side knows the
    key), or ``hold`` it for a person to look at. ``lease`` is longer than the longest hand-over. ``label`` names it to
    the administrator, in French. ``again``: ``(payload, *, actor, now) -> None``, called in the transaction of a person
    who gives a dead effect its attempts again, for the app that had written down its failure. ``settled``:
    ``(payload, *, arrived, actor, now) -> None``, called in the transaction of a person who settles an effect for good
    (it will not leave; or, cut in the middle, it did arrive), for the app that still shows it on its way.
    """

    name: str
    path: str
    label: str = ""
    again: str = ""
    settled: str = ""
    queue: str = "default"
    when_cut: Literal["repeat", "hold"] = "repeat"
    max_attempts: int = 8
    lease: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something to run now and again. ``path``: ``(now: datetime) -> object``; it must bear being run twice.

    ``every`` is the interval between due times. A run missed while the house was down is made up once, not many times.
    ``at`` gives a daily job its hour, ``HH:MM`` in the settings' time zone (``every`` is then one day or a multiple).
    """

    name: str
    path: str
    every: timedelta
    at: str = ""
    lease: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class WorkflowEffect:
    """An effect that a procedure's workflow may name. ``path`` is called by ``bocage.cases``; see its engine."""

    name: str
    label: str
    path: str


@dataclass(frozen=True, kw_only=True)
class FieldPort:
    """What a kind of field of the procedures rests on; ``name`` is the kind: ``appointment`` or ``payment``.

    ``path`` is called without argument and gives a ``bocage.cases.ports.Port``.
    """

    name: str
    label: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A calendar or screen feed, or an open-data set. ``path``: a callable giving its items."""

    name: str
    label: str
    path: str
    schema: str = ""
    licence: str = ""


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A figure of the roadmap shown on the results page. ``path``: ``(now) -> int | None``."""

    name: str
    label: str
    path: str
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One app's contributions. ``label`` and ``summary`` are French, for people; the rest is names and paths."""

    name: str
    label: str
    summary: str
    service: bool = False  # a service of the EPCI (may be turned off per territory), not a foundation
    axis: str = ""  # axis of the roadmap
    icon: str = ""
    portal: tuple[PortalEntry, ...] = ()
    kiosk: tuple[PortalEntry, ...] = ()
    desk: tuple[DeskEntry, ...] = ()
    today: tuple[TodaySource, ...] = ()
    search: tuple[SearchSource, ...] = ()
    calendars: tuple[Feed, ...] = ()
    screens: tuple[Feed, ...] = ()
    open_data: tuple[Feed, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    personal_data: tuple[PersonalData, ...] = ()
    person_rows: tuple[PersonRows, ...] = ()
    traces: tuple[
        str, ...
    ] = ()  # models that name an account only as the author of an act of the service, kept with it
    retentions: tuple[Retention, ...] = ()
    processings: tuple[Processing, ...] = ()
    reads: tuple[Read, ...] = ()
    acts: tuple[str, ...] = ()  # kinds of events by which someone commits themselves: nobody assisted does them alone
    subscribers: tuple[Subscriber, ...] = ()
    topics: tuple[Topic, ...] = ()
    jobs: tuple[Job, ...] = ()
    workflow_effects: tuple[WorkflowEffect, ...] = ()
    field_ports: tuple[FieldPort, ...] = ()
    sealed: tuple[str, ...] = ()  # dotted paths of ``(reseal: Callable[[str], str]) -> int``: see bocage.base.crypto
    alerts: tuple[str, ...] = ()  # dotted paths of ``(commune | None, now) -> list[alert]``: shown atop the portal
    indexes: tuple[str, ...] = ()  # dotted paths of ``() -> int``: build an app's own search index anew
    load: str = ""  # dotted path of ``(now) -> None``: loads this app's share of the territory's data; repeatable
    load_order: int = 100
    demo: str = ""  # dotted path of ``(now) -> None``: loads this app's share of the demonstration; repeatable
    demo_order: int = 100


manifest = Manifest(
    name="base",
    label="Fondations",
    summary="Journal, effets, tâches planifiées et règles communes.",
    topics=(
        Topic(name="event", path="bocage.base.journal.deliver", label="Suite d’un événement"),
        Topic(name="job", path="bocage.base.scheduler.deliver", label="Tâche planifiée", queue="jobs", max_attempts=3),
    ),
    jobs=(
        Job(name="journal.seal", path="bocage.base.jobs.seal", every=timedelta(seconds=30), lease=timedelta(minutes=2)),
        Job(name="tasks.repair", path="bocage.base.jobs.repair_tasks", every=timedelta(minutes=5)),
        Job(name="statistics", path="bocage.base.jobs.refresh_statistics", every=timedelta(days=1), at="04:50"),
    ),
    retentions=(
        Retention(
            name="base.outbox",
            label="Traces d’envois terminés",
            rule="30 jours après l’envoi",
            run="bocage.base.jobs.purge_outbox",
            due="bocage.base.jobs.outbox_due",
            order=90,
        ),
        Retention(
            name="base.sessions",
            label="Connexions terminées",
            rule="dès qu’elles ont expiré",
            run="bocage.base.jobs.clear_sessions",
            due="bocage.base.jobs.sessions_due",
            order=91,
        ),
    ),
)
