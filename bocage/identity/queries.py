"""Reads of identity: what an agent may see, who stands in for whom, whom one acts for, and who is looked for."""

from dataclasses import dataclass
from datetime import date, datetime

from allauth.account.models import EmailAddress
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.http import HttpRequest

from bocage.identity.federation.providers import FRANCECONNECT, PROCONNECT, Provider, available
from bocage.identity.models import (
    Absence,
    Account,
    CodeCard,
    Mandate,
    MandateAsk,
    Membership,
    OrganisationMembership,
    Person,
    Post,
    Role,
    SiteConsent,
)
from bocage.identity.reading import words
from bocage.identity.scope import Bounds, Scope
from bocage.identity.search import find_people
from bocage.territory.models import Organisation

__all__ = [
    "Scope",
    "account_of",
    "active_mandates",
    "active_posts",
    "allowed_sites",
    "asks_waiting",
    "bounded_posts",
    "code_card",
    "codes_left",
    "covered_accounts",
    "find_people",
    "guardians_of",
    "helping_bodies",
    "holding",
    "household_members",
    "known_where_told",
    "mandate_for",
    "named_at_the_door",
    "partner_bodies",
    "person_of",
    "request_scope",
    "resolved",
    "scope_of",
    "substitute_of",
    "ways_in",
]


def _on(on: date) -> Q:
    """Rows with ``starts`` and an open or dated ``ends`` that hold on a day, both days included."""
    return Q(starts__lte=on) & (Q(ends=None) | Q(ends__gte=on))


def holding(on: date) -> QuerySet[Post]:
    """Every post that is held on a day, whoever holds it."""
    return Post.objects.filter(_on(on))


def active_posts(account: Account, on: date) -> QuerySet[Post]:
    """The posts that an account holds on a day; none when the account is closed."""
    return Post.objects.filter(_on(on), account_id=account.pk, account__is_active=True).order_by("pk")


def _body() -> Case:
    """The body whose agent a post makes: its organisation, or the commune for the posts of a town hall.

    A post of a commune is its town hall's, unless it belongs to a service of the community.
    """
    hall = Organisation.objects.filter(kind=Organisation.Kind.COMMUNE, commune=OuterRef("commune")).order_by("pk")
    own = Q(service="") | Q(role=Role.RECEPTION)
    return Case(
        When(organisation__isnull=False, then=F("organisation_id")),
        When(own, commune__isnull=False, then=Subquery(hall.values("pk")[:1])),
    )


def scope_of(account: Account, on: date) -> Scope:
    """What the account may see on a day, in one query. Empty for a resident, and for anonymous visitors.

    Bounded to the town hall that the agent said to work for, where this request's door was told one.
    """
    if not account.pk:
        return Scope()
    posts = active_posts(account, on).annotate(body=_body())
    rows = posts.values_list("role", "service", "commune_id", "organisation_id", "delegation", "body")
    held = Scope(tuple(Bounds(*row[:4], signs=bool(row[4]), body=row[5]) for row in rows))
    return held.working_for(account.working_for)


def bounded_posts(account: Account, on: date) -> list[tuple[Post, Bounds]]:
    """The posts that an account holds on a day, each with its reach: for what is done under a post's own title."""
    posts = active_posts(account, on).annotate(body=_body())
    return [
        (
            post,
            Bounds(post.role, post.service, post.commune_id, post.organisation_id, bool(post.delegation), post.body),
        )
        for post in posts
    ]


def request_scope(request: HttpRequest, on: date) -> Scope:
    """``scope_of`` the signed-in account, read once for the whole request."""
    known: Scope | None = getattr(request, "_identity_scope", None)
    if known is None:
        user = request.user
        known = scope_of(user, on) if isinstance(user, Account) else Scope()
        request._identity_scope = known  # type: ignore[attr-defined]
    return known


def covered_accounts(account: Account, on: date) -> QuerySet[Account]:
    """Those who are away on a day and whose substitute this account is."""
    return Account.objects.filter(
        pk__in=Absence.objects.filter(substitute=account, starts__lte=on, ends__gte=on).values("account_id")
    ).order_by("last_name", "first_name", "pk")


def substitute_of(account: Account, on: date) -> Account | None:
    """Who stands in for an account on a day; None when it is not away."""
    absence = (
        Absence.objects.filter(account=account, starts__lte=on, ends__gte=on)
        .select_related("substitute")
        .order_by("pk")
        .last()
    )
    return absence.substitute if absence else None


def person_of(account: Account) -> Person | None:
    """The person who signs in with this account, after any merge."""
    person = account.person if account.pk and account.person_id else None
    return resolved(person) if person else None


def code_card(account: Account | None) -> CodeCard | None:
    """The card of printed codes in force for an account. Asks the same of the database without account."""
    return CodeCard.objects.filter(account_id=account.pk if account else 0, revoked_at=None).first()


def codes_left(card: CodeCard) -> int:
    """How many codes of a card have not served."""
    return card.codes.filter(used_at=None).count()


def named_at_the_door(login: str) -> Account | None:
    """The open account that someone names by its user name or its verified address; one query either way."""
    typed = login.strip().lower()
    compact = "".join(sign for sign in typed if sign not in " -")
    proved = Exists(EmailAddress.objects.filter(user=OuterRef("pk"), email=typed, verified=True))
    found = Account.objects.filter(Q(username=compact) | Q(username=typed) | proved, is_active=True)
    return found.order_by("pk").first()


@dataclass(frozen=True)
class WayIn:
    """A provider that may open an account, and since when it does; None: not tied."""

    provider: Provider
    since: datetime | None


def ways_in(account: Account) -> list[WayIn]:
    """The providers that open this account, or could: FranceConnect for people, ProConnect for agents."""
    tied = dict(account.external_identities.values_list("issuer", "linked_at"))
    offered = {FRANCECONNECT: account.person_id is not None, PROCONNECT: account.posts.exists()}
    return [
        WayIn(provider, tied.get(provider.issuer))
        for provider in available()
        if provider.issuer in tied or offered[provider.key]
    ]


def allowed_sites(account: Account) -> list[SiteConsent]:
    """What someone allows to other sites, latest first; ``told`` says it in words."""
    from bocage.identity.provider.claims import SCOPES

    found = list(SiteConsent.objects.filter(account=account, withdrawn_at=None).order_by("-given_at", "-pk"))
    for consent in found:
        consent.told = [SCOPES[scope] for scope in consent.scopes if scope in SCOPES]
    return found


def account_of(person: Person) -> Account | None:
    """The open account of a person; None when they have none."""
    return Account.objects.filter(person_id=person.pk, is_active=True).first()


def resolved(person: Person) -> Person:
    """The person kept by merges; merges never chain, but a chain would be followed."""
    while person.merged_into_id is not None:
        person = Person.objects.get(pk=person.merged_into_id)
    return person


def active_mandates(
    on: date,
    now: datetime,
    *,
    principal: Person | None = None,
    holder: Person | None = None,
    account: Account | None = None,
) -> QuerySet[Mandate]:
    """Mandates that hold on a day and are not revoked at ``now``: of a principal, of a holder, or both.

    A holder also acts through the organisations of which they are a helper, unless a mandate names its helper: that
    ``account`` then uses it alone, as long as it is of the organisation (by a post, or as a member).
    """
    mandates = Mandate.objects.filter(
        Q(revoked_at=None) | Q(revoked_at__gt=now), starts__lte=on, ends__gte=on
    ).select_related("principal", "holder_person", "holder_organisation")
    if principal is not None:
        mandates = mandates.filter(principal=principal)
    if holder is not None or account is not None:
        mandates = mandates.filter(_held(holder, account, on))
    return mandates.order_by("ends", "pk")


def _held(holder: Person | None, account: Account | None, on: date) -> Q:
    """Mandates that someone may use, by their person, by their account, or either."""
    mine = Q(pk__in=[])
    if holder is not None:
        member_of = holder.organisations.filter(_on(on), is_helper=True).values("organisation_id")
        mine |= Q(holder_person=holder) | Q(holder_organisation__in=member_of, helper=None)
    if account is not None:
        mine |= Q(helper=account) & Q(holder_organisation__in=helping_bodies(account, on))
    return mine


def helping_bodies(account: Account, on: date) -> QuerySet[Organisation]:
    """The organisations in whose name an account may help someone on a day: those of its posts, or of its person.

    A post of a commune is its town hall's; one of no commune nor organisation is the community's.
    """
    posts = Post.objects.filter(_on(on), account_id=account.pk)
    named = Q(pk__in=posts.values("organisation_id"))
    halls = Q(kind=Organisation.Kind.COMMUNE, commune__in=posts.filter(organisation=None).values("commune_id"))
    whole = Q(kind=Organisation.Kind.EPCI) & Exists(posts.filter(organisation=None, commune=None))
    return Organisation.objects.filter(named | halls | whole | Q(pk__in=partner_bodies(account, on).values("pk")))


def partner_bodies(account: Account, on: date) -> QuerySet[Organisation]:
    """The organisations of which an account's person is a helper on a day: partners', without any post at the desk."""
    parts = OrganisationMembership.objects.filter(_on(on), person__account=account, is_helper=True)
    return Organisation.objects.filter(pk__in=parts.values("organisation_id"))


def known_where_told(
    *, birth_name: str, given_names: str, birth_date: date | None, phone: str = "", by_letter: bool = False
) -> Person | None:
    """The one record of someone whom a partner names, when what is sent reaches that record's own contact.

    By SMS: the same telephone and names, no other birth date. By letter: the same names and birth date; it goes to the
    record's own address. None for none, for several, and for anything less: a mere name opens nobody's requests.
    """
    if not by_letter and not phone:
        return None
    rows = Person.objects.filter(merged_into=None)
    rows = rows.filter(birth_date=birth_date).exclude(address="") if by_letter else rows.filter(phone=phone)
    if by_letter and birth_date is None:
        return None
    same = [
        row
        for row in rows.order_by("pk")[:200]
        if words(birth_name) in {words(row.birth_name), words(row.usual_name)}
        and words(given_names)[:1] == words(row.given_names)[:1]
        and row.birth_date in {None, birth_date}
    ]
    return same[0] if len(same) == 1 else None


def mandate_for(
    principal: Person,
    holder: Person | None,
    scope: str,
    on: date,
    now: datetime,
    *,
    account: Account | None = None,
    service: str = "",
) -> Mandate | None:
    """The mandate under which ``holder`` may do ``scope`` (a procedure's slug) for ``principal``; None without one."""
    if holder is None and account is None:
        return None
    mandates = active_mandates(on, now, principal=principal, holder=holder, account=account)
    return next((mandate for mandate in mandates if mandate.covers(scope, service)), None)


def asks_waiting(principal: Person, asked_by: Account, now: datetime) -> list[MandateAsk]:
    """The consents that an agent asked of someone and that wait for an answer."""
    waiting = MandateAsk.objects.filter(principal=principal, asked_by=asked_by, state=MandateAsk.State.WAITING)
    return list(waiting.filter(expires_at__gt=now).order_by("-pk"))


def household_members(person: Person, on: date) -> QuerySet[Membership]:
    """Everyone's part in the households of a person on a day, household by household."""
    households = Membership.objects.filter(_on(on), person=person).values("household_id")
    return (
        Membership.objects.filter(_on(on), household__in=households, person__merged_into=None)
        .select_related("household", "household__commune", "person")
        .order_by("household_id", "role", "person__birth_date", "pk")
    )


def guardians_of(child: Person, on: date) -> QuerySet[Person]:
    """Those with legal authority over a child on a day, whatever the household."""
    households = Membership.objects.filter(_on(on), person=child, role=Membership.Role.CHILD).values("household_id")
    members = Membership.objects.filter(
        _on(on), person__merged_into=None, household__in=households, role=Membership.Role.GUARDIAN, legal_authority=True
    )
    return Person.objects.filter(pk__in=members.values("person_id")).order_by("pk")
