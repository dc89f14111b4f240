"""Who looked at someone's data: the journal's reads, in words, for the person and for the data protection officer.

A room of its own beside ``queries``: it turns events into sentences. A resident reads the role, the service and the
day, not the name of the agent, who answers to the service; the officer reads the name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.utils.translation import gettext as _

from bocage.base import registry
from bocage.base.manifest import Read
from bocage.base.models import Event
from bocage.identity.models import Account, Person, Post
from bocage.privacy.queries import subjects_of
from bocage.territory.queries import today

MOST = 500  # of the latest reads


@dataclass(frozen=True)
class Look:
    """One read: when, by whom in words, of what, and what for."""

    at: datetime
    who: str
    what: str
    name: str  # the account's, for the officer
    account: int | None
    subject: str


@cache
def reads() -> dict[str, Read]:
    """The kinds of events that say that data was read, by name."""
    return {read.kind: read for _manifest, read in registry.contributions("reads")}


def looks_at(person: Person, *, since: datetime | None = None) -> list[Look]:
    """Who read or took away someone's protected data, themselves left out; the latest first, at most ``MOST``."""
    subjects = set(subjects_of(person))
    own = {f"account:{pk}" for pk in Account.objects.filter(person=person).values_list("pk", flat=True)}
    direct = [kind for kind, read in reads().items() if not read.people_of]
    wide = [kind for kind, read in reads().items() if read.people_of]
    events = Event.objects.exclude(actor__in=own)
    if since is not None:
        events = events.filter(at__gte=since)
    found = list(events.filter(kind__in=direct, subject__in=subjects).order_by("-id")[:MOST])
    for event in events.filter(kind__in=wide).select_related("payload").order_by("-id")[:MOST]:
        if subjects & set(_reached(event)):
            found.append(event)
    return in_words(sorted(found, key=lambda event: event.pk, reverse=True)[:MOST])


def looks_by(account: Account, *, since: datetime | None = None) -> list[Look]:
    """What one agent read or took away; the latest first, at most ``MOST``."""
    events = Event.objects.filter(kind__in=reads(), actor=f"account:{account.pk}")
    if since is not None:
        events = events.filter(at__gte=since)
    return in_words(list(events.order_by("-id")[:MOST]))


def _reached(event: Event) -> Iterable[str]:
    path = reads()[event.kind].people_of
    return registry.resolve(path)(event) if path else [event.subject]


def in_words(events: Sequence[Event]) -> list[Look]:
    """Events as lines, with each agent's role and service on that day."""
    pks = {int(event.actor.partition(":")[2]) for event in events if event.actor.startswith("account:")}
    accounts = Account.objects.in_bulk(pks)
    posts: dict[int, list[Post]] = {}
    for post in Post.objects.filter(account__in=pks).select_related("commune", "organisation").order_by("starts", "pk"):
        posts.setdefault(post.account_id, []).append(post)
    labels = _services()
    told = []
    for event in events:
        kind, _colon, number = event.actor.partition(":")
        account = accounts.get(int(number)) if kind == "account" else None
        told.append(
            Look(
                at=event.at,
                who=_who(account, posts.get(account.pk, []) if account else [], event, labels),
                what=str(reads()[event.kind].label),
                name=str(account) if account else "",
                account=account.pk if account else None,
                subject=event.subject,
            )
        )
    return told


def _services() -> dict[str, str]:
    return {manifest.name: str(manifest.label) for manifest in registry.manifests() if manifest.service}


def _who(account: Account | None, posts: list[Post], event: Event, labels: dict[str, str]) -> str:
    """« un agent instructeur, Déchets »: the post held that day; the latest of several."""
    day = today(event.at)
    held = [post for post in posts if post.starts <= day and (post.ends is None or post.ends >= day)]
    if account is None:
        return _("une personne munie du code de la demande") if event.actor.startswith("visitor") else _("le portail")
    if not held:
        return _("une personne qui agit pour vous") if event.on_behalf_of else _("un compte sans poste")
    post = held[-1]
    where = post.commune or post.organisation or labels.get(post.service, post.service)
    role = str(post.get_role_display())
    return f"{role}, {where}" if where else role
