"""The links by which people sign a request that someone else sent: limited to it, in time, and to one signature.

A link leads to the request as a whole, protected answers covered: one signs what one has read.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base import ratelimit
from bocage.base.actors import Actor
from bocage.cases.engine.afterwards import SIGNATURES
from bocage.cases.engine.signatures import digest, is_asked_again, read_digest, signers, status
from bocage.cases.entrusting import handler_of, sender_of
from bocage.cases.models import Case
from bocage.cases.sealing import open_answers
from bocage.identity.reading import written_phone
from bocage.messaging.models import Notice
from bocage.messaging.operations import notify
from bocage.messaging.recipients import Recipient, is_mobile
from bocage.messaging.texts import Text
from bocage.territory.queries import territory, today

_SALT = "cases.signature"
LINKS_A_DAY = 10
"""Links to sign sent to one mailbox or telephone in a day, whoever names it: nobody floods a stranger."""
DAY = 86_400
Named = tuple[str, str]
"""Someone whom a request names: the field, and their ``digest``."""


@dataclass(frozen=True)
class Asked:
    """Someone who is asked to sign."""

    case: Case
    field: str
    row: dict[str, Any]

    @property
    def key(self) -> str:
        """What tells them from the others of the field."""
        return digest(self.row)

    @property
    def reached_at(self) -> str:
        """The mailbox, else the mobile telephone, that a link is sent to; empty for a landline alone."""
        phone = self.row["phone"]
        return str(self.row["email"].lower() or (phone if is_mobile(phone) else ""))

    @property
    def named(self) -> Named:
        """What tells them from everyone else of the case."""
        return self.field, self.key

    @property
    def signed(self) -> bool:
        """Whether they have."""
        return "signed_at" in self.row

    @property
    def again(self) -> bool:
        """Whether they had, and the request changed."""
        return is_asked_again(self.row)

    @property
    def question(self) -> str:
        """The question that names them."""
        return self.case.version.document.by_id[self.field].label

    @property
    def status(self) -> str:
        """Where their signature stands, in words."""
        return status(self.row)


def asked_of(case: Case) -> list[Asked]:
    """Everyone who is to sign a case."""
    return [Asked(case, field, row) for field, row in signers(case.version.document, open_answers(case.answers))]


def read_of(case: Case) -> str:
    """What tells the request as it stands from what it says once it is corrected."""
    return read_digest(case.version.document, open_answers(case.answers))


def path_for(asked: Asked) -> str:
    """The address where someone signs."""
    return reverse("signature", args=[signing.dumps([asked.case.pk, asked.field, asked.key], salt=_SALT)])


def of_token(token: str) -> Asked | None:
    """Who a link is for; None for a link that was never ours, or of someone who is no longer named."""
    try:
        pk, field, key = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    case = Case.objects.select_related("version", "procedure", "applicant").filter(pk=pk).first()
    found = asked_of(case) if case is not None else []
    return next((one for one in found if one.named == (field, key)), None)


def is_late(case: Case, now: datetime) -> bool:
    """Whether the day of the links is over, or the case is."""
    return (
        bool(case.outcome) or not case.deadlines.filter(kind=SIGNATURES, closed=False, due_on__gte=today(now)).exists()
    )


def may_send(address: str, *, count: bool = False) -> bool:
    """Whether one more link may be sent today to a mailbox or a telephone; ``count`` that one is."""
    return ratelimit.allow("", "sign-to", limit=LINKS_A_DAY, per_seconds=DAY, key=address, count=count)


def tell(
    case: Case,
    *,
    occasion: str,
    actor: Actor,
    now: datetime,
    only: Collection[Named] | None = None,
    spares: bool = False,
) -> int:
    """Send their link to those who have not signed, once for an ``occasion``; to how many. ``only``: these of them.

    Whoever has a landline alone receives no link: they are called, and sign on paper. ``spares`` passes over those who
    were sent as many links as they may in a day: a reminder can wait.
    """
    due = case.deadlines.filter(kind=SIGNATURES, closed=False).first()
    if due is None:
        return 0
    everyone = asked_of(case)
    times = Counter(one.key for one in everyone)
    told = 0
    for one in everyone:
        if one.signed or not one.reached_at or (only is not None and one.named not in only):
            continue
        key = f"sign:{case.pk}:{one.field}:{one.key}:{occasion}"[:120]
        if Notice.objects.filter(key=key).exists():
            continue
        if not may_send(one.reached_at, count=True) and spares:
            continue
        told += 1
        notify(
            key=key,
            template="cases.signature",
            text=_text(one, several=times[one.key] > 1),
            context={
                "name": one.row["name"],
                "applicant": case.applicant_name or _("Quelqu’un"),
                "procedure": case.procedure.title,
                "question": one.question,
                "due_on": due.due_on,
                "phone": handler_of(case).telephone or written_phone(territory().phone),
            },
            recipient=Recipient(
                name=one.row["name"], email=one.row["email"], phone=one.row["phone"], address_lines=(), person_id=None
            ),
            subject=case.subject,
            service=case.service,
            commune_id=case.commune_id,
            **sender_of(case),
            reference=case.reference,
            link=path_for(one),
            link_label=_("Lire et signer"),
            channels=("email",) if one.row["email"] else ("sms",),
            actor=actor,
            now=now,
        )
    return told


def _text(one: Asked, *, several: bool) -> Text:
    """The message that carries a link; it names the question where the request names the person more than once."""
    if one.again:
        title = _("La demande a changé, signez de nouveau : {{ procedure }}")
        asks = _(
            "Bonjour {{ name }},\n\nVous aviez signé la demande de {{ applicant }}, « {{ procedure }} ». Elle a changé "
            "depuis : votre signature ne vaut plus. Relisez la demande, puis signez de nouveau, sans compte, jusqu’au "
            "{{ due_on }}."
        )
    else:
        title = _("Votre signature est attendue : {{ procedure }}")
        asks = _(
            "Bonjour {{ name }},\n\n{{ applicant }} a envoyé une demande, « {{ procedure }} », que vous devez "
            "signer aussi. Lisez-la, puis signez, sans compte, jusqu’au {{ due_on }}."
        )
    each = _(
        "La demande vous nomme plusieurs fois, et chaque signature a son lien et son message. Celui-ci est pour "
        "« {{ question }} »."
    )
    ends = _(
        "Vous préférez le papier ? Appelez le {{ phone }}. Si cette demande ne vous dit rien, ne signez pas et "
        "prévenez-nous."
    )
    return Text(
        title=f"{title} ({{{{ question }}}})" if several else title,
        body="\n\n".join([asks, *([each] if several else []), ends]),
    )
