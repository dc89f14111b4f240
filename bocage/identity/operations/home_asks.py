"""Writes about what residents ask of their households, and what agents answer."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.identity.models import Account, HomeAsk, Household, Membership, Person
from bocage.identity.operations.homes import add_member, leave, open_household
from bocage.identity.operations.people import create_person
from bocage.territory.queries import today

STREAM = "identity"
MOST = 10
"""Asks that wait for one person: a household is not larger than what an agent looks at."""


class NotAsked(ValidationError):
    """This cannot be asked, or answered; the message, in French, says why and what to do."""


@once_only(HomeAsk)
def ask_to_join(
    asker: Person,
    *,
    household: Household | None,
    birth_name: str,
    given_names: str,
    birth_date: date | None,
    role: str,
    legal_authority: bool,
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> HomeAsk:
    """Ask that someone be added to one's household (None: a new one). Raises NotAsked."""
    if household is not None and not _holds(today(now)).filter(household=household, person=asker).exists():
        raise NotAsked(_("Ce foyer n’est pas le vôtre."))
    if HomeAsk.objects.filter(asked_by=asker, state=HomeAsk.State.WAITING).count() >= MOST:
        raise NotAsked(_("Un agent doit d’abord regarder vos demandes en attente. Appelez-nous si c’est pressé."))
    with transaction.atomic():
        ask = HomeAsk.objects.create(
            asked_by=asker,
            kind=HomeAsk.Kind.JOIN,
            household=household,
            birth_name=" ".join(birth_name.split()),
            given_names=" ".join(given_names.split()),
            birth_date=birth_date,
            role=role,
            legal_authority=legal_authority and role == Membership.Role.CHILD,
            asked_at=now,
            once=once,
        )
        _record("identity.home_asked", ask, actor, now)
    return ask


def leave_home(membership: Membership, asker: Person, *, actor: Actor, now: datetime) -> HomeAsk | None:
    """Take someone out of one's household: at once for oneself when no right hangs on it (None), else asked.

    Raises NotAsked: another's household, or asked already.
    """
    mine = _holds(today(now)).filter(household=membership.household_id, person=asker).first()
    if mine is None:
        raise NotAsked(_("Ce foyer n’est pas le vôtre."))
    if membership.person_id == asker.pk and not _gives_rights(membership):
        leave(membership, on=today(now), actor=actor, now=now)
        return None
    try:
        with transaction.atomic():
            ask = HomeAsk.objects.create(
                asked_by=asker,
                kind=HomeAsk.Kind.LEAVE,
                membership=membership,
                household=membership.household,
                asked_at=now,
            )
            _record("identity.home_asked", ask, actor, now)
    except IntegrityError as error:
        raise NotAsked(_("C’est déjà demandé : un agent va regarder.")) from error
    return ask


def _holds(on: date) -> QuerySet[Membership]:
    return Membership.objects.filter(Q(starts__lte=on) & (Q(ends=None) | Q(ends__gte=on)))


def _gives_rights(membership: Membership) -> bool:
    """Whether leaving changes who decides for a child, or who pays for them."""
    return membership.legal_authority or membership.role == Membership.Role.CHILD


def drop_home_ask(ask: HomeAsk, *, actor: Actor, now: datetime) -> bool:
    """The resident no longer asks. False when it was answered meanwhile."""
    return _settle(ask, HomeAsk.State.DROPPED, actor, now)


def refuse_home_ask(ask: HomeAsk, reason: str, *, actor: Actor, now: datetime) -> bool:
    """An agent refuses, and says why. False when it was answered meanwhile. Raises NotAsked without a reason."""
    text = " ".join(reason.split())[:300]
    if not text:
        raise NotAsked(_("Écrivez pourquoi : la personne le lira. Exemple : apportez le livret de famille."))
    return _settle(ask, HomeAsk.State.REFUSED, actor, now, reason=text)


def accept_home_ask(ask: HomeAsk, person: Person | None, *, actor: Actor, now: datetime) -> bool:
    """An agent has checked: the member joins or leaves. ``person``: the record they chose; None: a new one.

    False when it was answered meanwhile. Raises ValidationError when they are in this household already, and NotAsked
    for an agent who answers themselves.
    """
    if actor.kind == "account" and Account.objects.filter(pk=actor.id or 0, person=ask.asked_by_id).exists():
        raise NotAsked(_("C’est votre propre demande : un collègue la vérifie."))
    with transaction.atomic():
        if not _settle(ask, HomeAsk.State.ACCEPTED, actor, now):
            return False
        if ask.membership is not None:
            leave(ask.membership, on=today(now), actor=actor, now=now)
            return True
        asker, day = ask.asked_by, today(now)
        household = ask.household
        if household is None:
            household = open_household(
                name=_("Foyer de %s") % asker.full_name, commune=asker.commune, actor=actor, now=now
            )
            is_child = ask.role == Membership.Role.CHILD
            own = Membership.Role.GUARDIAN if is_child else Membership.Role.OTHER
            add_member(
                household, asker, role=own, starts=day, legal_authority=ask.legal_authority, actor=actor, now=now
            )
        elif ask.legal_authority:
            Membership.objects.filter(household=household, person=asker, ends=None).update(
                role=Membership.Role.GUARDIAN, legal_authority=True
            )
        if person is None:
            person = create_person(
                birth_name=ask.birth_name,
                given_names=ask.given_names,
                birth_date=ask.birth_date,
                address=asker.address,
                postcode=asker.postcode,
                commune=asker.commune,
                locality=asker.locality,
                actor=actor,
                now=now,
            )
        add_member(household, person, role=ask.role, starts=day, actor=actor, now=now)
    return True


def _settle(ask: HomeAsk, state: str, actor: Actor, now: datetime, reason: str = "") -> bool:
    by = actor.id if actor.kind == "account" else None
    with transaction.atomic():
        waiting = HomeAsk.objects.filter(pk=ask.pk, state=HomeAsk.State.WAITING)
        if not waiting.update(state=state, reason=reason, decided_at=now, decided_by=by):
            return False
        _record(f"identity.home_{state}", ask, actor, now)
    ask.refresh_from_db()
    return True


def _record(kind: str, ask: HomeAsk, actor: Actor, now: datetime) -> None:
    subject = f"person:{ask.asked_by_id}"
    journal.record(
        stream=STREAM, kind=kind, subject=subject, actor=actor, now=now, payload={"ask": ask.pk, "kind": ask.kind}
    )


def forget_home_asks(now: datetime) -> int:
    """Retention: answered asks are forgotten after a year. Bears being run twice."""
    return _past(now).delete()[0]


def home_asks_due(now: datetime) -> int:
    """How many ``forget_home_asks`` would forget."""
    return _past(now).count()


def _past(now: datetime) -> QuerySet[HomeAsk]:
    return HomeAsk.objects.filter(decided_at__lt=now - timedelta(days=365))
