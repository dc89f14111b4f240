"""Possible duplicates: how the house finds them, and what the desk reads of them. An agent alone decides.

Found by civil status only: family name or usual name, given names, birth date, accents and hyphens folded. Never by an
e-mail nor a telephone: couples and carers share them. Twins, who share all but their given names, are never found.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations, groupby

from django.db.models import Case, F, Q, QuerySet, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bocage.identity.models import (
    Account,
    Membership,
    OrganisationMembership,
    PeopleMerge,
    Person,
    PossibleDuplicate,
    Role,
)
from bocage.identity.queries import scope_of
from bocage.identity.scope import Scope
from bocage.search.text import fold
from bocage.territory.queries import today

Why = PossibleDuplicate.Why
MOST = 1000  # pairs found in a night: more is an import gone wrong, which the next nights will tell too


# --- Telling whether two records may be one -------------------------------------------------------------------------
@dataclass(frozen=True)
class Civil:
    """What civil status says in a record, folded: « Le Goff-Ménard » is « legoffmenard »."""

    pk: int
    birth_name: str
    usual_name: str
    given: tuple[str, ...]
    born: date
    place: str
    gender: str

    @classmethod
    def of(cls, row: tuple[int, str, str, str, date, str, str]) -> "Civil":
        """From a row of the table."""
        pk, birth_name, usual_name, given_names, born, place, gender = row
        given = tuple(fold(given_names.replace(",", " ")).split())
        return cls(pk, _glued(birth_name), _glued(usual_name), given, born, place, gender)


def _glued(name: str) -> str:
    return fold(name).replace(" ", "")


def likeness(one: Civil, two: Civil) -> str:
    """``same``, ``close``, or "" for two records that are surely two people.

    Close: a name changed (the usual name of one is the other's only name), fewer given names told (« Jean » and « Jean
    Pierre »), or another birth place. Other given names are another person, were they born the same day: twins.
    """
    if one.born != two.born or (one.gender and two.gender and one.gender != two.gender):
        return ""
    if not one.given or not two.given or not _begins(one.given, two.given):
        return ""
    if not ({one.birth_name, one.usual_name} & {two.birth_name, two.usual_name}) - {""}:
        return ""
    whole = one.birth_name == two.birth_name and "".join(one.given) == "".join(two.given)
    elsewhere = bool(one.place and two.place and one.place != two.place)
    return Why.SAME if whole and not elsewhere else Why.CLOSE


def _begins(one: tuple[str, ...], two: tuple[str, ...]) -> bool:
    """Whether one's given names are the beginning of the other's; « Marie-Claire » and « Marieclaire » are one."""
    short, long = sorted((one, two), key=len)
    return long[: len(short)] == short or "".join(one) == "".join(two)


_CIVIL = ("pk", "birth_name", "usual_name", "given_names", "birth_date", "birth_place", "gender")


def pairs(rows: Iterable[tuple[int, str, str, str, date, str, str]]) -> Iterator[tuple[int, int, str]]:
    """(older, newer, why) among rows in the order of birth dates: those of one day are compared two by two."""
    for _born, group in groupby(rows, key=lambda row: row[4]):
        for one, two in combinations([Civil.of(row) for row in group], 2):
            if why := likeness(one, two):
                older, newer = sorted((one.pk, two.pk))
                yield older, newer, why


def find(now: datetime) -> int:
    """Job: the pairs that nobody has looked at yet; gives how many are new. Bears being run twice."""
    told_apart = _told_apart()
    known = set(PossibleDuplicate.objects.values_list("older", "newer"))
    people = Person.objects.filter(birth_date__isnull=False, merged_into=None).order_by("birth_date", "pk")
    found = []
    for older, newer, why in pairs(people.values_list(*_CIVIL).iterator(chunk_size=2000)):
        if (older, newer) not in known and (older, newer) not in told_apart:
            found.append(PossibleDuplicate(older_id=older, newer_id=newer, why=why, found_at=now))
            if len(found) == MOST:
                break
    PossibleDuplicate.objects.bulk_create(found, ignore_conflicts=True, batch_size=500)
    return len(found)


def _told_apart() -> set[tuple[int, int]]:
    """Pairs told apart before one of their records was made one with a third: they stay told apart."""
    followed = F("older__merged_into"), F("newer__merged_into")
    rows = PossibleDuplicate.objects.filter(decision=PossibleDuplicate.Decision.DIFFERENT).exclude(
        older__merged_into=None, newer__merged_into=None
    )
    found = set()
    for older, newer, older_kept, newer_kept in rows.values_list("older", "newer", *followed):
        one, two = sorted((older_kept or older, newer_kept or newer))
        found.add((one, two))
    return found


# --- What the desk reads --------------------------------------------------------------------------------------------
def _both(scope: Scope, one: str, two: str) -> Q:
    """Both records within what an agent may look up: nobody is compared with someone out of reach."""
    return scope.people_q(f"{one}__commune_id") & scope.people_q(f"{two}__commune_id")


def waiting(scope: Scope) -> QuerySet[PossibleDuplicate]:
    """The pairs to look at, within an agent's reach: those that an agent told, then the surest."""
    found = PossibleDuplicate.objects.filter(
        _both(scope, "newer", "older"),
        decision=PossibleDuplicate.Decision.WAITING,
        newer__merged_into=None,
        older__merged_into=None,
    )
    first = Case(When(why=Why.AGENT, then=0), When(why=Why.SAME, then=1), When(why=Why.FEDERATION, then=2), default=3)
    return _with_communes(found).order_by(first, "id")


def _with_communes(found: QuerySet[PossibleDuplicate]) -> QuerySet[PossibleDuplicate]:
    return found.select_related("newer__commune", "older__commune").defer(
        "newer__commune__contour", "older__commune__contour"
    )


def pair_in_reach(scope: Scope, pk: int) -> PossibleDuplicate | None:
    """A pair, decided or not, within an agent's reach."""
    found = PossibleDuplicate.objects.filter(_both(scope, "newer", "older"), pk=pk)
    return _with_communes(found).first()


def merges_in_reach(scope: Scope) -> QuerySet[PeopleMerge]:
    """The merges of records within an agent's reach, undone or not, latest first."""
    found = PeopleMerge.objects.filter(_both(scope, "kept", "other"))
    return found.select_related("kept", "other", "by", "undone_by").order_by("-at", "-pk")


def standing(scope: Scope, now: datetime) -> QuerySet[PeopleMerge]:
    """Those that can still be undone."""
    return merges_in_reach(scope).filter(undone_at=None, until__gte=now)


def today_lines(account: Account, now: datetime) -> Iterator[dict[str, object]]:
    """A line of the day's page for those who decide: pairs waiting."""
    scope = scope_of(account, today(now)).only(Role.MANAGER)
    count = waiting(scope).order_by()[:100].count() if scope.posts else 0
    if count:
        yield {
            "label": ngettext("%d fiche en double à vérifier", "%d fiches en double à vérifier", count) % count,
            "url": reverse("identity_duplicates:list"),
            "text": _("Comparez-les, puis réunissez-les ou dites que ce sont deux personnes."),
            "care": False,
        }


def home_lines(account: Account, now: datetime) -> Iterator[dict[str, object]]:
    """A line of the day's page: what residents ask of their households."""
    from bocage.identity.home_desk_views import waiting as asked

    scope = scope_of(account, today(now))
    count = asked(scope).order_by()[:100].count() if scope.sees_cases else 0
    if count:
        yield {
            "label": ngettext("%d foyer à vérifier", "%d foyers à vérifier", count) % count,
            "url": reverse("identity_home_asks:list"),
            "text": _("Regardez un papier, puis acceptez ou dites ce qui manque."),
            "care": False,
        }


def homes_told(pks: list[int], scope: Scope) -> list[str]:
    """Parts in households, in words."""
    parts = Membership.objects.filter(pk__in=pks).select_related("household").order_by("pk")
    return [f"{part.household}, {part.get_role_display()}" for part in parts]


def organisations_told(pks: list[int], scope: Scope) -> list[str]:
    """Parts in organisations, in words."""
    parts = OrganisationMembership.objects.filter(pk__in=pks).select_related("organisation").order_by("pk")
    return [f"{part.organisation}, {part.role}" for part in parts]
