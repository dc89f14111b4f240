"""Telling the principal: that a mandate was given or taken back, and every use of it.

A mail or an SMS says within ten minutes what was done since the last one; a letter says in one sheet, the day after,
all that was done in a day (docs/decisions). Nothing is told twice: the uses and their notice are one transaction.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.actors import Actor
from bocage.base.dates import french_date
from bocage.cases.helping.wording import extent, holder_name, revocation_code
from bocage.cases.models import Case
from bocage.identity import operations as identity
from bocage.identity.models import Mandate, MandateUse, Person
from bocage.messaging.models import Channel
from bocage.messaging.operations import notify
from bocage.messaging.queries import written_address
from bocage.messaging.recipients import BadRecipient, Recipient
from bocage.territory.queries import today

ACTS = {
    "cases.started": gettext_lazy("demande commencée"),
    "cases.submitted": gettext_lazy("demande envoyée"),
    "cases.document_added": gettext_lazy("document joint"),
    "cases.document_removed": gettext_lazy("document retiré"),
    "cases.message_received": gettext_lazy("message envoyé"),
    "cases.correction_answered": gettext_lazy("correction envoyée"),
    "cases.discarded": gettext_lazy("brouillon effacé"),
}
"""What helpers do most, in the principal's words; the rest is « une action sur la demande »."""


def act_words(kind: str) -> str:
    """An act in the principal's words."""
    return str(ACTS.get(kind, _("action sur la demande")))


def recipient_of_person(person: Person) -> Recipient:
    """Someone as their own file says they are reached."""
    lines = tuple(written_address(person).splitlines())
    return Recipient(
        name=person.full_name,
        email=person.email,
        phone=person.phone,
        address_lines=lines,
        person_id=person.pk,
        prefers=person.told_by,
    )


def channel_for(mandate: Mandate, recipient: Recipient) -> str:
    """The channel the principal chose, while it still reaches them; else the best one."""
    if mandate.told_by:
        try:
            recipient.address(mandate.told_by)
        except BadRecipient:
            return recipient.best_channel()
        return mandate.told_by
    return recipient.best_channel()


def described(uses: Iterable[MandateUse]) -> list[str]:
    """« demande envoyée : Composteur (K7RF-2M9X-C) », once for each act and case, in order."""
    found = list(uses)
    pks = {int(use.subject.removeprefix("case:")) for use in found if use.subject.startswith("case:")}
    cases = {case.subject: case for case in Case.objects.filter(pk__in=pks).select_related("procedure")}
    told: dict[str, None] = {}
    for use in found:
        case = cases.get(use.subject)
        name = f" : {case.procedure.title} ({case.reference})" if case else ""
        told.setdefault(f"{act_words(use.kind)}{name}")
    return list(told)


def _notice(
    mandate: Mandate, key: str, template: str, context: Mapping[str, object], actor: Actor, now: datetime
) -> None:
    recipient = recipient_of_person(mandate.principal)
    notify(
        key=key,
        template=template,
        context={
            "helper": holder_name(mandate),
            "number": mandate.pk,
            "code": revocation_code(mandate),
            "ends": french_date(mandate.ends),
            **context,
        },
        recipient=recipient,
        channels=[channel_for(mandate, recipient)],
        subject=f"person:{mandate.principal_id}",
        commune_id=mandate.principal.commune_id,
        link=reverse("helping_revoke"),
        link_label=_("Retirer ce mandat"),
        actor=actor,
        now=now,
    )


def tell_given(mandate: Mandate, *, actor: Actor, now: datetime) -> None:
    """The mandate holds: to whom, for what, until when, and how to take it back; in the caller's transaction."""
    _notice(mandate, f"mandate:{mandate.pk}:given", "mandate.given", {"extent": extent(mandate.scopes)}, actor, now)


def tell_revoked(mandate: Mandate, *, actor: Actor, now: datetime) -> None:
    """Nobody acts under it any more; in the caller's transaction."""
    _notice(mandate, f"mandate:{mandate.pk}:revoked", "mandate.revoked", {}, actor, now)


def tell_uses(now: datetime) -> int:
    """Tell every principal what was done for them and not yet told; how many notices (job, every ten minutes)."""
    waiting = Mandate.objects.filter(uses__told_at=None).distinct().order_by("pk")
    told = 0
    for mandate in waiting.select_related("principal__commune", "holder_person", "holder_organisation", "helper"):
        told += _tell(mandate, now)
    return told


def _tell(mandate: Mandate, now: datetime) -> bool:
    recipient = recipient_of_person(mandate.principal)
    uses = list(mandate.uses.filter(told_at=None).order_by("pk"))
    if channel_for(mandate, recipient) == Channel.LETTER:
        uses = [use for use in uses if today(use.at) < today(now)]
    if not uses:
        return False
    acts = "\n".join(f"- {line}" for line in described(uses))
    days = sorted({today(use.at) for use in uses})
    when = french_date(days[0]) if len(days) == 1 else f"{french_date(days[0])} – {french_date(days[-1])}"
    context = {"acts": acts, "when": when}
    with transaction.atomic():
        if not identity.mark_told(uses, now=now):
            transaction.set_rollback(True)
            return False
        key = f"mandate:{mandate.pk}:uses:{uses[-1].pk}"
        _notice(mandate, key, "mandate.used", context, Actor.system("mandates"), now)
    return True
