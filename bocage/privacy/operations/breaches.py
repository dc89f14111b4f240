"""A breach, or a drill of one: opened by the data protection officer, looked at, told to the authority, closed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.identity.models import Account
from bocage.privacy.models import Breach

STREAM = "privacy"
AUTHORITY = timedelta(hours=72)
"""From when it is known, to tell the CNIL (GDPR, art. 33, paragraph 1)."""


@once_only(Breach)
@transaction.atomic
def open_breach(
    *,
    title: str,
    drill: bool,
    known_at: datetime,
    opened_by: Account,
    actor: Actor,
    now: datetime,
    facts: str = "",
    references: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    agent: Account | None = None,
    once: UUID | None = None,
) -> Breach:
    """Open a breach or a drill. Raises ValidationError when nothing says what it is about, or it is known tomorrow."""
    if not (references or since or agent):
        raise ValidationError(_("Dites ce qui est touché : des références, des dates, ou le compte d’un agent."))
    if known_at > now:
        raise ValidationError({"known_at": [_("Cet instant n’est pas encore passé. Exemple : 10/03/2026 à 09:30")]})
    breach = Breach.objects.create(
        title=title,
        drill=drill,
        known_at=known_at,
        facts=facts,
        references=list(references),
        since=since,
        until=until,
        agent=agent,
        opened_by=opened_by,
        opened_at=now,
        once=once,
    )
    _record(breach, "privacy.breach_opened", actor, now)
    return breach


def _record(breach: Breach, kind: str, actor: Actor, now: datetime, **payload: int) -> None:
    journal.record(
        stream=STREAM,
        kind=kind,
        subject=f"breach:{breach.pk}",
        actor=actor,
        now=now,
        payload={"drill": breach.drill, **payload},
    )


@transaction.atomic
def record_breach_read(breach: Breach, count: int, *, taken: bool, actor: Actor, now: datetime) -> None:
    """Journal that the list of who is concerned was read, or ``taken`` away as a file."""
    _record(breach, "privacy.breach_taken" if taken else "privacy.breach_read", actor, now, people=count)


@transaction.atomic
def authority_told(breach: Breach, *, actor: Actor, now: datetime) -> bool:
    """Note that the authority was told; False when it was noted already."""
    if not Breach.objects.filter(pk=breach.pk, authority_told_at=None).update(authority_told_at=now):
        return False
    _record(breach, "privacy.breach_authority_told", actor, now)
    return True


@transaction.atomic
def close_breach(breach: Breach, *, actor: Actor, now: datetime) -> bool:
    """Close it; False when it is closed."""
    if not Breach.objects.filter(pk=breach.pk, closed_at=None).update(closed_at=now):
        return False
    _record(breach, "privacy.breach_closed", actor, now)
    return True
