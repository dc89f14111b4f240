"""Writes of helping: consent asked by its way, the mandate given and told, each use told, the right taken back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bocage.base import crypto, outbox
from bocage.base.actors import Actor
from bocage.base.dates import french_date
from bocage.base.outbox import GiveUp, Message, NotAccepted
from bocage.cases.helping.telling import recipient_of_person, tell_given, tell_revoked
from bocage.cases.helping.wording import consent_text
from bocage.cases.models import Case
from bocage.identity import operations as identity
from bocage.identity.models import Account, Mandate, MandateAsk, Person
from bocage.identity.queries import known_where_told
from bocage.messaging import sms
from bocage.messaging.models import Channel
from bocage.messaging.operations import notify
from bocage.messaging.recipients import Recipient
from bocage.territory.models import Organisation
from bocage.territory.queries import territory, today

CODE_TOPIC = "cases.mandate_code"


@transaction.atomic
def ask_consent(
    principal: Person,
    holder: Person | Organisation,
    *,
    helper: Account | None,
    scopes: Sequence[str],
    days: int,
    way: str,
    told_by: str = "",
    asked_by: Account,
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> MandateAsk:
    """Ask someone whether they let ``holder`` act for them: the code leaves at the commit, by SMS or by letter.

    Raises ValidationError (see ``ask_mandate``), BadRecipient for a way by which they cannot be reached.
    """
    recipient = recipient_of_person(principal)
    if way == MandateAsk.Way.SMS:
        recipient.address(Channel.SMS)
    if way == MandateAsk.Way.LETTER:
        recipient.address(Channel.LETTER)
    starts = today(now)
    ends = starts + timedelta(days=days - 1)
    name = f"{helper} ({holder})" if helper is not None else str(holder)
    text = consent_text(principal, name, scopes, starts, ends, territory().name)
    ask, code = identity.ask_mandate(
        principal,
        holder,
        helper=helper,
        scopes=scopes,
        days=days,
        way=way,
        text=text,
        phone=principal.phone if way == MandateAsk.Way.SMS else "",
        told_by=told_by,
        asked_by=asked_by,
        actor=actor,
        now=now,
        once=once,
    )
    if not code:
        return ask  # a sheet, or the same press again
    if way == MandateAsk.Way.SMS:
        outbox.enqueue(CODE_TOPIC, f"{CODE_TOPIC}:{ask.pk}", {"ask": ask.pk}, now=now)
    else:
        notify(
            key=f"mandate-ask:{ask.pk}",
            template="mandate.code",
            context={"text": text, "code": code, "expires_on": today(ask.expires_at)},
            recipient=recipient,
            channels=[Channel.LETTER],
            subject=f"person:{principal.pk}",
            actor=actor,
            now=now,
        )
    return ask


@transaction.atomic
def ask_as_partner(
    told: Mapping[str, Any], holder: Organisation, *, helper: Account, way: str, actor: Actor, now: datetime, **ask: Any
) -> MandateAsk:
    """Ask someone whom a partner's helper names (``create_person``'s arguments). Raises ValidationError, BadRecipient.

    Their record is taken only where the code reaches that record's own telephone or address: who holds neither learns
    nothing of them. Otherwise a new record is opened, which an agent may make one with another later.
    """
    known = None
    if way != MandateAsk.Way.PAPER:
        names = {name: told[name] for name in ("birth_name", "given_names", "birth_date")}
        letter = way == MandateAsk.Way.LETTER
        known = known_where_told(**names, phone="" if letter else told["phone"], by_letter=letter)
    principal = known or identity.create_person(actor=actor, now=now, **told)
    return ask_consent(principal, holder, helper=helper, way=way, asked_by=helper, actor=actor, now=now, **ask)


def drop_as_partner(ask: MandateAsk, *, actor: Actor, now: datetime) -> None:
    """The person does not consent: a record opened for this question alone is erased, for nobody allowed it."""
    with transaction.atomic():
        if not identity.drop_ask(ask, actor=actor, now=now):
            return
        if _opened_for_it(ask):
            identity.erase_person(ask.principal, actor=actor, now=now)


def _opened_for_it(ask: MandateAsk) -> bool:
    """Whether the person's record was opened by this question and nothing else has come to rest on it."""
    person = ask.principal
    others = MandateAsk.objects.filter(principal=person, state=MandateAsk.State.WAITING).exclude(pk=ask.pk)
    needed = (
        Case.objects.filter(applicant=person),
        Mandate.objects.filter(principal=person),
        Account.objects.filter(person=person),
        others,
    )
    return person.created_at == ask.asked_at and not any(rows.exists() for rows in needed)


def forget_unanswered(now: datetime) -> int:
    """Retention: what nobody answered in time goes, a partner's helper's asks as if declined; how many."""
    asks = list(_unanswered(now).select_related("principal").order_by("pk"))
    for ask in asks:
        drop_as_partner(ask, actor=Actor.system("mandates"), now=now)
    return len(asks)


def unanswered_due(now: datetime) -> int:
    """How many ``forget_unanswered`` would forget."""
    return _unanswered(now).count()


def _unanswered(now: datetime) -> QuerySet[MandateAsk]:
    return MandateAsk.objects.filter(state=MandateAsk.State.WAITING, expires_at__lte=now)


def send_code(message: Message) -> None:
    """Topic ``cases.mandate_code``: the SMS whose code the person tells back; never kept once it left."""
    ask = MandateAsk.objects.select_related("holder_person", "holder_organisation", "helper").get(
        pk=message.payload["ask"]
    )
    if not ask.sealed_code or not ask.is_open(message.now):
        return
    text = _("%(code)s : dites ce code pour autoriser %(helper)s à agir pour vous %(days)s. Sinon, ignorez ce message.")
    told = text % {
        "code": crypto.unseal(ask.sealed_code),
        "helper": ask.holder_person or f"{ask.helper} ({ask.holder_organisation})",
        "days": _("aujourd’hui") if ask.days == 1 else _("pendant %s jours") % ask.days,
    }
    try:
        port = sms.port()
        message.handing_over()
        port.send(ask.phone, sms.plain(told), message.key)
    except sms.SmsRefused as error:
        raise GiveUp(str(error)) from None
    except sms.SmsDeferred as error:
        raise NotAccepted(str(error)) from None
    identity.code_left(ask)


def consent_by_code(ask: MandateAsk, code: str, *, actor: Actor, now: datetime) -> Mandate:
    """The code was told back: the mandate holds, and the person is told so. Raises NotConsented.

    The try is counted by itself: a wrong code leaves nothing else behind.
    """
    compact = "".join(sign for sign in code if sign.isdigit())
    mandate = identity.confirm_by_code(ask, compact, actor=actor, now=now)
    with transaction.atomic():
        tell_given(mandate, actor=actor, now=now)
    return mandate


def consent_on_paper(ask: MandateAsk, *, evidence: str, actor: Actor, now: datetime) -> Mandate:
    """An agent holds the signed sheet. Raises NotConsented."""
    with transaction.atomic():
        mandate = identity.confirm_on_paper(ask, evidence=evidence, actor=actor, now=now)
        tell_given(mandate, actor=actor, now=now)
    return mandate


@transaction.atomic
def name_relative(
    principal: Person,
    email: str,
    *,
    scopes: Sequence[str],
    days: int,
    asked_by: Account,
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> MandateAsk:
    """The principal names a relative by e-mail, who is told and accepts from their own account. Raises ValidationError.

    The same happens whether an account has that address or not: nobody learns it.
    """
    starts = today(now)
    ends = starts + timedelta(days=days - 1)
    text = consent_text(principal, email, scopes, starts, ends, territory().name)
    ask, _code = identity.ask_mandate(
        principal,
        None,
        invited_email=email.lower(),
        scopes=scopes,
        days=days,
        way=MandateAsk.Way.ONLINE,
        text=text,
        asked_by=asked_by,
        actor=actor,
        now=now,
        once=once,
    )
    notify(
        key=f"mandate-ask:{ask.pk}",
        template="mandate.invited",
        context={"principal": principal.full_name, "expires_on": french_date(today(ask.expires_at))},
        recipient=Recipient(name="", email=email),
        channels=[Channel.EMAIL],
        subject=f"person:{principal.pk}",
        link="/aider/",
        link_label=_("Lire la proposition et répondre"),
        actor=actor,
        now=now,
    )
    return ask


def accept(ask: MandateAsk, account: Account, *, actor: Actor, now: datetime) -> Mandate:
    """The relative accepts. Raises NotConsented, ValidationError."""
    assert account.person is not None
    with transaction.atomic():
        mandate = identity.accept_online(ask, account.person, actor=actor, now=now)
        tell_given(mandate, actor=actor, now=now)
    return mandate


def take_back(mandate: Mandate, *, actor: Actor, now: datetime) -> bool:
    """End a mandate at once, and tell its principal when it was not their own account. False: it already was."""
    with transaction.atomic():
        done = identity.revoke_mandate(mandate, actor=actor, now=now)
        if done:
            tell_revoked(mandate, actor=actor, now=now)
    return done


__all__ = [
    "accept",
    "ask_as_partner",
    "ask_consent",
    "consent_by_code",
    "consent_on_paper",
    "drop_as_partner",
    "forget_unanswered",
    "name_relative",
    "send_code",
    "take_back",
    "unanswered_due",
]
