"""Writes about cards of printed codes: given by an agent who saw their holder, each code used once, taken back."""

import hashlib
import secrets
import unicodedata
from datetime import datetime
from uuid import UUID

from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Greatest
from django.template.loader import render_to_string

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.base.references import ALPHABET
from bocage.identity.models import Account, CardCode, CodeCard
from bocage.identity.models_entrance import CODES
from bocage.identity.queries import code_card
from bocage.territory.models import Territory

STREAM = "identity"

SIGNS = 10
"""Signs of a code: 45 random bits, which nobody guesses at the door, nor from its digest in a stolen database."""

_NO_SALT = "0" * 32
_FORGIVEN = str.maketrans({"Z": "2", "S": "5", "B": "8"})


class NoSuchCode(Exception):
    """The code is not of this account's card, or has served."""


def _digest(code: str, salt: str) -> str:
    """A slow digest, the same for every code of a card: one is worked out at the door, whichever code is typed."""
    return hashlib.scrypt(code.encode(), salt=salt.encode(), n=2**13, r=8, p=1, dklen=32).hex()


def _compact(typed: str) -> str:
    """As people copy it: case, spaces and dashes let go, and the signs that were written for others."""
    upper = unicodedata.normalize("NFKC", typed[:60]).upper().translate(_FORGIVEN)
    return "".join(sign for sign in upper if sign in ALPHABET)


@once_only(CodeCard, lambda card: (card, []))
def issue_card(
    account: Account, *, issued_by: Account | None, actor: Actor, now: datetime, once: UUID | None = None
) -> tuple[CodeCard, list[str]]:
    """Draw a card, the account's only one in force; gives it with its codes, which are kept nowhere.

    A second press gives the card without its codes: they were shown. Whoever calls has seen the holder.
    """
    try:
        return _issue(account, issued_by, actor, now, once)
    except IntegrityError:
        # Another agent gave one at the same moment: the last to be drawn is the one that opens.
        return _issue(account, issued_by, actor, now, once)


@transaction.atomic
def _issue(
    account: Account, issued_by: Account | None, actor: Actor, now: datetime, once: UUID | None
) -> tuple[CodeCard, list[str]]:
    CodeCard.objects.filter(account=account, revoked_at=None).update(revoked_at=_end(now))
    card = CodeCard.objects.create(
        account=account, salt=secrets.token_hex(16), issued_by=issued_by, issued_at=now, once=once
    )
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(SIGNS)) for _ in range(CODES)]
    CardCode.objects.bulk_create(CardCode(card=card, digest=_digest(code, card.salt)) for code in codes)
    _record("identity.card_issued", account, card, actor, now)
    return card, [f"{code[:5]}-{code[5:]}" for code in codes]


@transaction.atomic
def give_agent_card(
    account: Account, *, issued_by: Account, actor: Actor, now: datetime, once: UUID | None = None
) -> tuple[CodeCard, list[str]]:
    """Give an agent a card, and tell their mailbox: one that they did not ask for must not go unseen."""
    card, codes = issue_card(account, issued_by=issued_by, actor=actor, now=now, once=once)
    if codes and account.email:
        context = {"territory": Territory.objects.first(), "issuer": str(issued_by)}
        subject = render_to_string("account/email/card_given_subject.txt", context).strip()
        send_mail(subject, render_to_string("account/email/card_given_message.txt", context), None, [account.email])
    return card, codes


def use_card_code(account: Account | None, typed: str, *, alone: bool, now: datetime) -> CodeCard:
    """A code of the account's card serves, once. Raises NoSuchCode.

    ``alone``: nothing else opens the door, which an agent's account forbids. Without account: as much work.
    """
    card = code_card(account)
    digest = _digest(_compact(typed), card.salt if card else _NO_SALT)
    if account is None or card is None or (alone and account.posts.exists()):
        raise NoSuchCode
    with transaction.atomic():
        if not CardCode.objects.filter(card=card, digest=digest, used_at=None).update(used_at=now):
            raise NoSuchCode
        if not CodeCard.objects.filter(pk=card.pk, revoked_at=None).exists():
            raise NoSuchCode  # taken back in between: undone
        _record("identity.card_code_used", account, card, Actor("account", account.pk, str(account)), now)
    return card


def revoke_card(account: Account, *, actor: Actor, now: datetime) -> bool:
    """The account's card opens nothing any more. False when there was none in force."""
    with transaction.atomic():
        card = code_card(account)
        if card is None or not CodeCard.objects.filter(pk=card.pk, revoked_at=None).update(revoked_at=_end(now)):
            return False
        _record("identity.card_revoked", account, card, actor, now)
    return True


def _end(now: datetime) -> Greatest:
    """Two agents at once: whoever looked at their watch first may come second; a card never ends before it began."""
    return Greatest(F("issued_at"), Value(now, DateTimeField()))


def new_name() -> str:
    """A user name to print on a card: tells nothing of its holder, easy to copy."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8)).lower()


def _record(kind: str, account: Account, card: CodeCard, actor: Actor, now: datetime) -> None:
    journal.record(
        stream=STREAM,
        kind=kind,
        subject=f"account:{account.pk}",
        actor=actor,
        now=now,
        payload={"card": card.pk},
    )
