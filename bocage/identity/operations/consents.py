"""Writes about consent: a mandate is offered, its principal agrees by a code, a signed sheet or online; it is given."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from bocage.base import crypto, journal
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.identity.models import Account, Mandate, MandateAsk, Person
from bocage.identity.models_mandates import LONGEST, MAX_TRIES
from bocage.identity.operations.mandates import STREAM, TEXT_VERSION, give_mandate
from bocage.territory.models import Organisation
from bocage.territory.queries import today

ASKS_A_DAY = 5
"""Codes and sheets for one person in 24 hours: nobody's telephone rings all day."""

LASTS = {
    MandateAsk.Way.SMS: timedelta(minutes=15),
    MandateAsk.Way.LETTER: timedelta(days=21),
    MandateAsk.Way.PAPER: timedelta(days=30),
    MandateAsk.Way.ONLINE: timedelta(days=15),
}


class NotConsented(Exception):
    """The code is wrong, too old, or was tried too often; the message is for people."""

    def __init__(self, message: str, left: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.left = left  # tries


@once_only(MandateAsk, lambda ask: (ask, ""))
@transaction.atomic
def ask_mandate(
    principal: Person,
    holder: Person | Organisation | None,
    *,
    helper: Account | None = None,
    invited_email: str = "",
    scopes: Sequence[str],
    days: int,
    way: str,
    text: str,
    phone: str = "",
    told_by: str = "",
    asked_by: Account | None,
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> tuple[MandateAsk, str]:
    """Offer a mandate to its principal; gives the offer, and the code that they must tell back (SMS, letter).

    ``holder`` is None where the principal names someone by e-mail. ``text`` is what they consent to, frozen. A new
    offer to the same helper takes the place of the one that waits. A second press gives the offer without its code.
    Raises ValidationError for a duration that is not of a day to a year, nothing in scope, or too many offers today.
    """
    if not 1 <= days <= LONGEST + 1:
        raise ValidationError(_("Un mandat dure d’un jour à un an. Exemple : 1"))
    if not scopes:
        raise ValidationError(_("Indiquez au moins une démarche, ou toutes."))
    if isinstance(holder, Person) and holder.pk == principal.pk:
        raise ValidationError(_("Le mandat désigne une autre personne que celle qui le donne."))
    recent = MandateAsk.objects.filter(principal=principal, asked_at__gt=now - timedelta(days=1))
    if recent.count() >= ASKS_A_DAY:
        raise ValidationError(_("Cinq accords ont déjà été demandés à cette personne depuis hier. Réessayez demain."))
    has_code = way in {MandateAsk.Way.SMS, MandateAsk.Way.LETTER}
    code = f"{secrets.randbelow(1_000_000):06d}" if has_code else ""
    waiting = MandateAsk.objects.filter(principal=principal, helper=helper, state=MandateAsk.State.WAITING)
    waiting.filter(invited_email=invited_email).update(state=MandateAsk.State.DROPPED, sealed_code="")
    ask = MandateAsk.objects.create(
        principal=principal,
        holder_person=holder if isinstance(holder, Person) else None,
        holder_organisation=holder if isinstance(holder, Organisation) else None,
        helper=helper,
        invited_email=invited_email,
        scopes=sorted(set(scopes)),
        days=days,
        way=way,
        channel=actor.channel,
        told_by=told_by,
        phone=phone,
        text_version=TEXT_VERSION,
        text=text,
        code_digest=make_password(code) if code else "",
        sealed_code=crypto.seal(code) if way == MandateAsk.Way.SMS else "",
        asked_by=asked_by,
        asked_at=now,
        expires_at=now + LASTS[MandateAsk.Way(way)],
        once=once,
    )
    _record("identity.mandate_asked", ask, actor, now, way=way, days=days, scopes=ask.scopes)
    return ask, code


def confirm_by_code(ask: MandateAsk, code: str, *, actor: Actor, now: datetime) -> Mandate:
    """The principal told the code back: the mandate is given, once. Raises NotConsented; a wrong code costs a try.

    The try is counted before the code is looked at, and stays counted: two windows share the same five.
    """
    if ask.state == MandateAsk.State.GIVEN and ask.mandate is not None and check_password(code, ask.code_digest):
        return ask.mandate  # pressed twice
    counted = MandateAsk.objects.filter(
        pk=ask.pk, state=MandateAsk.State.WAITING, expires_at__gt=now, tries__lt=MAX_TRIES
    ).update(tries=F("tries") + 1)
    if not counted:
        raise NotConsented(_("Ce code ne vaut plus. Demandez-en un autre."))
    ask.refresh_from_db()
    if not check_password(code, ask.code_digest):
        left = MAX_TRIES - ask.tries
        if left:
            raise NotConsented(_("Ce code n’est pas le bon. Essais restants : %s.") % left, left)
        raise NotConsented(_("Ce code n’est pas le bon, et il ne vaut plus. Demandez-en un autre."))
    consent = Mandate.Consent.PHONE if ask.channel == "phone" else Mandate.Consent.SMS
    if ask.way == MandateAsk.Way.LETTER:
        consent = Mandate.Consent.PHONE
    return _give(ask, consent, actor, now)


def confirm_on_paper(ask: MandateAsk, *, evidence: str, actor: Actor, now: datetime) -> Mandate:
    """An agent checked the signed sheet; ``evidence`` is the digest of its scan. Raises NotConsented."""
    if ask.way != MandateAsk.Way.PAPER or not ask.is_open(now):
        raise NotConsented(_("Cette feuille ne vaut plus. Imprimez-en une autre."))
    return _give(ask, Mandate.Consent.PAPER, actor, now, evidence)


def accept_online(ask: MandateAsk, holder: Person, *, actor: Actor, now: datetime) -> Mandate:
    """The relative whom the principal named accepts. Raises NotConsented, and ValidationError for oneself."""
    if ask.way != MandateAsk.Way.ONLINE or not ask.is_open(now):
        raise NotConsented(_("Cette proposition ne vaut plus. La personne peut vous la refaire."))
    ask.holder_person = holder
    return _give(ask, Mandate.Consent.ONLINE, actor, now)


def drop_ask(ask: MandateAsk, *, actor: Actor, now: datetime) -> bool:
    """Nobody waits for this consent any more. False when it was already answered."""
    with transaction.atomic():
        if not MandateAsk.objects.filter(pk=ask.pk, state=MandateAsk.State.WAITING).update(
            state=MandateAsk.State.DROPPED, sealed_code=""
        ):
            return False
        _record("identity.mandate_dropped", ask, actor, now)
    return True


def code_left(ask: MandateAsk) -> None:
    """The SMS left: the code itself is kept nowhere any more."""
    MandateAsk.objects.filter(pk=ask.pk).update(sealed_code="")


def _give(ask: MandateAsk, consent: str, actor: Actor, now: datetime, evidence: str = "") -> Mandate:
    holder = ask.holder_person or ask.holder_organisation
    assert holder is not None
    day = today(now)
    with transaction.atomic():
        mandate = give_mandate(
            ask.principal,
            holder,
            helper=ask.helper,
            scopes=ask.scopes,
            consent=consent,
            starts=day,
            ends=day + timedelta(days=ask.days - 1),
            evidence=evidence,
            told_by=ask.told_by,
            text_version=ask.text_version,
            actor=actor,
            now=now,
        )
        given = MandateAsk.objects.filter(pk=ask.pk, state=MandateAsk.State.WAITING).update(
            state=MandateAsk.State.GIVEN, mandate=mandate, holder_person=ask.holder_person, sealed_code=""
        )
        if not given:
            raise NotConsented(_("Cet accord vient d’être donné, ou abandonné."))
    return mandate


def _record(kind: str, ask: MandateAsk, actor: Actor, now: datetime, **told: object) -> None:
    payload = {"ask": ask.pk, **told}
    subject = f"person:{ask.principal_id}"
    journal.record(stream=STREAM, kind=kind, subject=subject, actor=actor, now=now, payload=payload)
