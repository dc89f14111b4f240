"""Writes about identities that come from FranceConnect and ProConnect: which account they open.

Nobody is ever recognised by an e-mail: couples and carers share one (FranceConnect forbids it too). A known identity
opens its account. Otherwise someone signed in ties it to their account when it says the same of them; and a resident is
recognised by the whole pivot identity of a record that an agent, or FranceConnect, has verified. Anything less makes a
new record and account: what may be the same person waits for an agent, at the desk.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.shown import ChangedMeanwhile
from bocage.identity.federation.claims import Pivot
from bocage.identity.models import Account, ExternalIdentity, IdentityLevel, Person, PossibleDuplicate
from bocage.identity.operations.accounts import change_account_name, create_account
from bocage.identity.operations.people import create_person, update_person
from bocage.identity.reading import words
from bocage.identity.second_factor import has_key

STREAM = "identity"
CANDIDATES = 50


class NotLinked(Exception):
    """This identity opens no account, and cannot be tied to one; the message, in French, says why and what to do."""


@dataclass(frozen=True)
class Opened:
    """The account that an identity opens, and how it was found."""

    account: Account
    how: Literal["known", "linked", "recognised", "new"]


def open_with_franceconnect(
    issuer: str, subject: str, pivot: Pivot, *, signed_in: Account | None, now: datetime
) -> Opened:
    """The resident's account that a FranceConnect identity opens, made when there is none. Raises NotLinked."""
    try:
        with transaction.atomic():
            return _known(issuer, subject, pivot, signed_in, now) or _first_time(issuer, subject, pivot, signed_in, now)
    except IntegrityError:
        # The same person came back twice at once (two windows): what the other made is now known.
        with transaction.atomic():
            opened = _known(issuer, subject, pivot, signed_in, now)
        if opened is None:
            raise
        return opened


def open_with_proconnect(issuer: str, subject: str, *, signed_in: Account | None, now: datetime) -> Opened:
    """The agent's account that a ProConnect identity opens, tied beforehand by the agent, signed in. Raises NotLinked.

    An agent's account is opened by an invitation, with its posts: ProConnect says who someone is, not what they may do.
    """
    with transaction.atomic():
        opened = _known(issuer, subject, None, signed_in, now)
        if opened is not None:
            return opened
        if signed_in is None:
            raise NotLinked(
                _(
                    "Votre identité ProConnect n’est pas encore liée à un compte d’ici. Connectez-vous une fois avec "
                    "votre mot de passe, puis choisissez « Lier ProConnect » dans « Mon compte »."
                )
            )
        _link(issuer, subject, signed_in, "linked", now)
    return Opened(signed_in, "linked")


def unlink(account: Account, issuer: str, *, actor: Actor, now: datetime) -> bool:
    """Let a provider open this account no more. False when it did not. Raises NotLinked for someone's only way in."""
    with transaction.atomic():
        found = ExternalIdentity.objects.filter(account=account, issuer=issuer).first()
        if found is None:
            return False
        others = ExternalIdentity.objects.filter(account=account).exclude(pk=found.pk).exists()
        if not (account.has_usable_password() or others or has_key(account)):
            raise NotLinked(
                _("C’est votre seul moyen d’entrer. Ajoutez d’abord un mot de passe ou une clé d’accès, puis revenez.")
            )
        found.delete()
        journal.record(
            stream=STREAM,
            kind="identity.identity_unlinked",
            subject=f"account:{account.pk}",
            actor=actor,
            now=now,
            payload={"issuer": issuer},
        )
    return True


# --- A known identity ----------------------------------------------------------------------------------------------
def _known(issuer: str, subject: str, pivot: Pivot | None, signed_in: Account | None, now: datetime) -> Opened | None:
    found = ExternalIdentity.objects.select_related("account__person").filter(issuer=issuer, subject=subject).first()
    if found is None:
        return None
    account = found.account
    if signed_in is not None and signed_in.pk != account.pk:
        raise NotLinked(
            _(
                "Cette identité ouvre déjà un autre compte d’ici. Déconnectez-vous, puis entrez avec elle. Pour n’en "
                "garder qu’un, passez à l’accueil avec une pièce d’identité."
            )
        )
    if not account.is_active:
        raise NotLinked(_("Ce compte est fermé. Appelez-nous pour le rouvrir."))
    ExternalIdentity.objects.filter(pk=found.pk).update(used_at=now)
    if pivot is not None and account.person is not None:
        _bring_up_to_date(account, account.person, pivot, now)
    return Opened(account, "known")


def _bring_up_to_date(account: Account, person: Person, pivot: Pivot, now: datetime) -> None:
    """Write down what civil status says today: people marry, and change names. What they typed otherwise stays."""
    told = {
        "birth_name": pivot.birth_name,
        "given_names": pivot.given_names,
        "usual_name": pivot.usual_name,
        "gender": pivot.gender,
        "birth_date": pivot.birth_date,
        "birth_place": pivot.birth_place,
        "birth_country": pivot.birth_country,
    }
    actor = Actor.system("franceconnect")
    try:
        update_person(
            person,
            actor=actor,
            now=now,
            identity_level=IdentityLevel.EIDAS1,
            **{name: value for name, value in told.items() if value},  # type: ignore[arg-type]
        )
    except ChangedMeanwhile:
        return  # an agent is correcting this record right now: the next sign-in will tell again
    change_account_name(account, first_name=person.given_names, last_name=person.name, actor=actor, now=now)


# --- The first time ------------------------------------------------------------------------------------------------
def _first_time(issuer: str, subject: str, pivot: Pivot, signed_in: Account | None, now: datetime) -> Opened:
    if signed_in is not None:
        return _tied_to(signed_in, issuer, subject, pivot, now)
    candidates = _candidates(pivot)
    same = [
        person
        for person in candidates
        if person.identity_level in {IdentityLevel.VERIFIED, IdentityLevel.EIDAS1} and pivot.is_of(person)
    ]
    if len(same) == 1 and len(candidates) == 1:
        account = Account.objects.filter(person=same[0]).first()
        free = account is None or (account.is_active and not _has_identity(account, issuer))
        if free:
            account = account or _account_of(same[0], now)
            _bring_up_to_date(account, same[0], pivot, now)
            _link(issuer, subject, account, "recognised", now)
            return Opened(account, "recognised")
    person = create_person(
        birth_name=pivot.birth_name,
        given_names=pivot.given_names,
        usual_name=pivot.usual_name,
        gender=pivot.gender,
        birth_date=pivot.birth_date,
        birth_place=pivot.birth_place,
        birth_country=pivot.birth_country,
        identity_level=IdentityLevel.EIDAS1,
        actor=Actor.system("franceconnect"),
        now=now,
    )
    PossibleDuplicate.objects.bulk_create(
        PossibleDuplicate(newer=person, older=candidate, found_at=now) for candidate in candidates
    )
    account = _account_of(person, now)
    _link(issuer, subject, account, "new", now)
    return Opened(account, "new")


def _tied_to(account: Account, issuer: str, subject: str, pivot: Pivot, now: datetime) -> Opened:
    """Tie an identity to the account of who is signed in, when it says the same of them."""
    person = account.person
    if _has_identity(account, issuer):
        raise NotLinked(_("Une autre identité FranceConnect ouvre déjà ce compte. Retirez-la d’abord."))
    if person is None or not pivot.may_be(person):
        raise NotLinked(
            _(
                "FranceConnect ne donne ni le même nom ni la même date de naissance que ce compte. Corrigez « Mes "
                "coordonnées », ou passez à l’accueil avec une pièce d’identité."
            )
        )
    _link(issuer, subject, account, "linked", now)
    _bring_up_to_date(account, person, pivot, now)
    return Opened(account, "linked")


def _candidates(pivot: Pivot) -> list[Person]:
    """The records that may be of this person, merged ones left out."""
    first = words(pivot.birth_name)[:1] or words(pivot.usual_name)[:1]
    named = Q(words__word__in=first + words(pivot.usual_name)[:1])
    born = Q(birth_date=None) if pivot.birth_date is None else Q(birth_date=pivot.birth_date) | Q(birth_date=None)
    found = Person.objects.filter(named, born, merged_into=None).distinct().order_by("pk")[:CANDIDATES]
    return [person for person in found if pivot.may_be(person)]


def _has_identity(account: Account, issuer: str) -> bool:
    return ExternalIdentity.objects.filter(account=account, issuer=issuer).exists()


def _account_of(person: Person, now: datetime) -> Account:
    return create_account(
        username=f"c{secrets.token_hex(6)}",
        first_name=person.given_names[:150],
        last_name=person.name[:150],
        person=person,
        actor=Actor.system("franceconnect"),
        now=now,
    )


def _link(issuer: str, subject: str, account: Account, how: str, now: datetime) -> None:
    ExternalIdentity.objects.create(issuer=issuer, subject=subject, account=account, linked_at=now, used_at=now)
    journal.record(
        stream=STREAM,
        kind="identity.identity_linked",
        subject=f"account:{account.pk}",
        actor=Actor("account", account.pk, str(account)),
        now=now,
        payload={"issuer": issuer, "how": how},
    )
