"""What an agent may see: the bounds of their posts, as a query and as a plain test, by one rule.

A room of its own beside ``queries``: the rule is pure and is tested without a database.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db.models import Q

from bocage.identity.models import Role

#: Roles that see cases and people. Elected people see figures without names; editors see pages and news.
SEES_CASES = frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.AGENT, Role.RECEPTION})

NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING


@dataclass(frozen=True)
class Bounds:
    """One post's reach: a role, and where it holds. What is empty bounds nothing; what is set adds up (AND).

    ``body`` is the organisation whose agent this is: the post's own, or a town hall's for the posts of its commune.
    What was entrusted to that body (DESIGN.md rule 13) lies within the post, from whatever commune it came.
    """

    role: str
    service: str = ""
    commune_id: int | None = None
    organisation_id: int | None = None
    signs: bool = field(default=False, compare=False)  # under a delegation (CRPA L212-1): no part of the reach
    body: int | None = None

    def allows(
        self, service: str | None, commune_id: int | None, organisation_id: int | None, *, apart: bool = False
    ) -> bool:
        """Whether something of this service, commune and organisation lies within the post.

        ``apart``: an agreement keeps it for its organisation's agents; of the others, the administrator alone sees it.
        """
        if self.role == Role.ADMINISTRATOR:
            return True
        if self.role not in SEES_CASES or self.service not in ("", service):
            return False
        if self.organisation_id is not None:
            return self.organisation_id == organisation_id and self.commune_id in (None, commune_id)
        theirs = self.body is not None and self.body == organisation_id
        return theirs or (self.commune_id in (None, commune_id) and not apart)

    def covers(self, other: "Bounds") -> bool:
        """Whether whoever holds this post sees all that the other one reaches, and may decide there if it decides."""
        if self.role == Role.ADMINISTRATOR:
            return True
        return (
            self.role in SEES_CASES
            and other.role != Role.ADMINISTRATOR
            and (self.role != Role.RECEPTION or other.role == Role.RECEPTION)
            and self.service in ("", other.service)
            and self.commune_id in (None, other.commune_id)
            and self.organisation_id in (None, other.organisation_id)
        )

    def q(
        self,
        service_field: str | None,
        commune_field: str | None,
        organisation_field: str | None,
        common: Q = EVERYTHING,
    ) -> Q:
        """The same as a query. A bound for which the table has no column cannot be checked: nothing is let through.

        ``common``: what no agreement keeps apart.
        """
        if self.role == Role.ADMINISTRATOR:
            return EVERYTHING
        if self.role not in SEES_CASES:
            return NOTHING
        bounds = (
            (service_field, self.service or None),
            (commune_field, self.commune_id),
            (organisation_field, self.organisation_id),
        )
        if any(field is None and value is not None for field, value in bounds):
            return NOTHING
        within = Q(**{field: value for field, value in bounds if field and value is not None}) or EVERYTHING
        if self.organisation_id is not None:
            return within
        if common is not EVERYTHING:
            within &= common
        if self.body is None or organisation_field is None:
            return within
        theirs = Q(**{organisation_field: self.body})
        return within | (theirs & Q(**{service_field: self.service}) if service_field and self.service else theirs)


@dataclass(frozen=True)
class Scope:
    """Everything an account may see on a day: its posts' bounds, of which one suffices (OR)."""

    posts: tuple[Bounds, ...] = ()

    @property
    def roles(self) -> frozenset[str]:
        """The roles held that day."""
        return frozenset(post.role for post in self.posts)

    @property
    def is_agent(self) -> bool:
        """Holds any post: reaches the desk."""
        return bool(self.posts)

    @property
    def is_administrator(self) -> bool:
        """Sees and does everything."""
        return Role.ADMINISTRATOR in self.roles

    @property
    def sees_cases(self) -> bool:
        """Whether any post shows cases with names."""
        return bool(self.roles & SEES_CASES)

    @property
    def _case_posts(self) -> tuple[Bounds, ...]:
        return tuple(post for post in self.posts if post.role in SEES_CASES)

    @property
    def services(self) -> frozenset[str] | None:
        """The services whose cases the account may see; None when not bounded."""
        posts = self._case_posts
        return None if any(not post.service for post in posts) else frozenset(post.service for post in posts)

    @property
    def communes(self) -> frozenset[int] | None:
        """Ids of the communes whose cases the account may see; None when not bounded."""
        ids = [post.commune_id for post in self._case_posts]
        return None if None in ids else frozenset(i for i in ids if i is not None)

    @property
    def figures_communes(self) -> frozenset[int] | None:
        """Ids of the communes whose figures, without names, may be seen; None when all may be."""
        if any(post.commune_id is None and post.role in {*SEES_CASES, Role.ELECTED} for post in self.posts):
            return None
        return frozenset(post.commune_id for post in self.posts if post.commune_id is not None)

    def only(self, *roles: str) -> "Scope":
        """The part held through these roles; the administrator's part always stays."""
        return Scope(tuple(post for post in self.posts if post.role in {*roles, Role.ADMINISTRATOR}))

    def covers(self, other: "Scope") -> bool:
        """Whether this account can do another's work on cases: each of the other's posts lies within one of its own."""
        return all(any(mine.covers(theirs) for mine in self._case_posts) for theirs in other._case_posts)

    def allows(
        self,
        service: str | None = None,
        commune_id: int | None = None,
        organisation_id: int | None = None,
        *,
        apart: bool = False,
    ) -> bool:
        """Whether something of this service, commune and organisation may be seen; ``apart``: see ``Bounds.allows``."""
        return any(post.allows(service, commune_id, organisation_id, apart=apart) for post in self.posts)

    def q(
        self,
        service_field: str | None = "service",
        commune_field: str | None = "commune_id",
        organisation_field: str | None = None,
        common: Q = EVERYTHING,
    ) -> Q:
        """The rule of ``allows`` for a table with these columns; matches nothing without a post.

        Name None for a column that the table lacks: posts bounded by it then see nothing of the table. ``common`` is
        what no agreement keeps apart: the others of the table are for their organisation's agents.
        """
        return _any(post.q(service_field, commune_field, organisation_field, common) for post in self.posts)

    def people_q(self, commune_field: str = "commune_id") -> Q:
        """The people the account may look up by name: what each post opens, of which one suffices.

        A post of a commune opens its people, and those who live in none of the territory: they may come to any
        counter. A post of a service, or of none, opens everybody: the community's agents receive the whole territory,
        and enter a request by telephone for whoever calls. A post of an organisation opens nobody by where they live:
        its agents know the people of their own cases alone, whom the floor of cases adds (``people_in_reach``).
        """
        posts = [post for post in self._case_posts if post.organisation_id is None or post.role == Role.ADMINISTRATOR]
        communes = {post.commune_id for post in posts if post.role != Role.ADMINISTRATOR}
        if not posts:
            return NOTHING
        if self.is_administrator or None in communes:
            return EVERYTHING
        known = sorted(commune for commune in communes if commune is not None)
        return Q(**{f"{commune_field}__in": known}) | Q(**{f"{commune_field}__isnull": True})

    def working_for(self, body: int | None) -> "Scope":
        """The part held for one body: who serves three town halls chooses one. None, or another's: all of it.

        What gives no reach over cases, a page to write, figures, stays.
        """
        if body is None or body not in self.bodies:
            return self
        return Scope(tuple(post for post in self.posts if post.body == body or post.role not in SEES_CASES))

    @property
    def bodies(self) -> tuple[int, ...]:
        """The bodies, town halls or organisations, that the posts on cases are at."""
        return tuple(dict.fromkeys(post.body for post in self._case_posts if post.body is not None))

    @property
    def is_of_an_organisation(self) -> bool:
        """Whether a post is bounded by an organisation: whom it may look up depends on its cases."""
        return any(post.organisation_id is not None for post in self._case_posts)


def _any(parts: Iterable[Q]) -> Q:
    return reduce(or_, parts, NOTHING)
