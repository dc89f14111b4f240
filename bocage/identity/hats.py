"""Hats: the capacities in which one account comes, and the one it wears now (DESIGN.md §4, « rôle »).

A resident, an agent of one town hall or of several, a member of an association: whoever has several chooses one at
sign-in, sees it on every page and changes it from the header. The session keeps the choice and the names to choose
among, so that pages ask the database nothing; what a hat opens is asked of the tables each time.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from bocage.identity.models import Account, OrganisationMembership
from bocage.identity.queries import scope_of
from bocage.identity.scope import Scope
from bocage.territory.models import Organisation
from bocage.territory.queries import today

CHOICES, WORN = "hats", "hat"
"""In the session: (key, label) of each hat of who has several; the key of the one worn, once chosen."""

Kind = Literal["self", "agent", "body", "member"]
SELF, AGENT = "self", "agent"


@dataclass(frozen=True)
class Hat:
    """A capacity. ``key`` is what the journal writes: ``self``, ``agent`` (all the desk), ``body:3``, ``member:7``."""

    key: str
    label: str
    hint: str = ""

    @property
    def is_agents(self) -> bool:
        """Whether it opens the desk."""
        return is_agents(self.key)


def is_agents(key: str) -> bool:
    """Whether a hat opens the desk."""
    return key == AGENT or key.startswith("body:")


def _number(key: str, kind: str) -> int | None:
    found, _colon, number = key.partition(":")
    return int(number) if found == kind and number.isdecimal() else None


def hats_of(account: Account, on: date) -> list[Hat]:
    """Every hat of an account on a day, in at most three queries; one for most people."""
    found = [Hat(SELF, _("Pour moi"), _("Mes demandes, ma famille, mes coordonnées"))] if account.person_id else []
    if account.person_id:
        parts = OrganisationMembership.objects.filter(person=account.person_id, starts__lte=on)
        for part in parts.exclude(ends__lt=on).select_related("organisation").order_by("organisation__name", "pk"):
            found.append(Hat(f"member:{part.organisation_id}", part.organisation.name, part.role))
    return found + _desk_hats(scope_of(account, on))


def _desk_hats(scope: Scope) -> list[Hat]:
    if not scope.is_agent:
        return []
    halls = bodies(scope)
    if len(halls) == 1 and all(post.body is not None for post in scope.posts):
        return [Hat(AGENT, halls[0][1], _("Le bureau"))]
    if len(halls) < 2:
        return [Hat(AGENT, _("Agent"), _("Le bureau"))]
    return [Hat(f"body:{pk}", name, _("Le bureau")) for pk, name in halls] + [
        Hat(AGENT, _("Toutes mes mairies"), _("Le bureau, toutes ensemble"))
    ]


def bodies(scope: Scope) -> list[tuple[int, str]]:
    """The town halls and organisations whose agent someone is, by their names."""
    if not scope.bodies:
        return []
    found = Organisation.objects.filter(pk__in=scope.bodies).select_related("commune").defer("commune__contour")
    return [
        (one.pk, _("Mairie de %(commune)s") % {"commune": one.commune.name})
        if one.kind == Organisation.Kind.COMMUNE and one.commune
        else (one.pk, one.name)
        for one in found.order_by("commune__name", "name")
    ]


# --- The session ----------------------------------------------------------------------------------------------------
def remember(request: HttpRequest, account: Account) -> None:
    """At sign-in: the hats to choose among, where there are several; none is worn yet."""
    account.working_for = None
    found = hats_of(account, today(timezone.now()))
    request.session.pop(WORN, None)
    request.session.pop(CHOICES, None)
    if len(found) > 1:
        request.session[CHOICES] = [[hat.key, hat.label] for hat in found]


def put_on(request: HttpRequest, hat: Hat, among: list[Hat]) -> None:
    """Wear a hat from now on."""
    request.session[CHOICES] = [[one.key, one.label] for one in among]
    request.session[WORN] = hat.key


def worn(request: HttpRequest) -> str:
    """The key of the hat that was chosen; "" before."""
    session: Any = getattr(request, "session", None)  # an error page may come before sessions
    return str(session.get(WORN, "")) if session is not None else ""


def choices(request: HttpRequest) -> list[dict[str, Any]]:
    """The hats for the header of each page: their keys, labels, and which one is worn. Empty for who has one."""
    session: Any = getattr(request, "session", None)
    known = session.get(CHOICES, []) if session is not None and getattr(request, "user", None) else []
    key = worn(request)
    return [{"key": one, "label": label, "worn": one == key} for one, label in known]


def body_worn(request: HttpRequest) -> int | None:
    """The body whose agent one is now; None for all of them. ``Scope.working_for`` forgets one whose post has ended."""
    return _number(worn(request), "body")


def membership_worn(request: HttpRequest) -> OrganisationMembership | None:
    """The membership under which one acts now; None for oneself, and once it has ended. Read once a request."""
    if not hasattr(request, "_membership"):
        request._membership = None  # type: ignore[attr-defined]
        number, user, on = _number(worn(request), "member"), request.user, today(timezone.now())
        if number is not None and isinstance(user, Account) and user.person_id:
            parts = OrganisationMembership.objects.filter(organisation=number, person=user.person_id, starts__lte=on)
            found = parts.exclude(ends__lt=on).select_related("organisation").first()
            request._membership = found  # type: ignore[attr-defined]
    known: OrganisationMembership | None = request._membership  # type: ignore[attr-defined]
    return known


def told(request: HttpRequest, *, helping: bool) -> str:
    """What the journal writes of the hat under which a signed-in account does what it does.

    At the desk, the agent's. On the portal one acts for oneself or for the organisation chosen; ``helping`` someone
    under the mandate of the body whose agent one is, as that agent.
    """
    key = worn(request)
    if hasattr(request, "scope") or (helping and is_agents(key)):
        return key if is_agents(key) else AGENT
    return key if key.startswith("member:") and membership_worn(request) is not None else SELF


def chosen_first(request: HttpRequest, url: str) -> str:
    """Where a sign-in leads: to ``url``, by way of the choice for who has several hats and wears none.

    A site that shares the account asks who one is, not in which capacity: nothing is chosen on the way to it.
    """
    if worn(request) or not choices(request) or url.startswith(reverse("idp:oidc:authorization")):
        return url
    return f"{reverse('identity_hat')}?{urlencode({'next': url})}"
