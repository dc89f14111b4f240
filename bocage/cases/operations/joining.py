"""What a case tells of a local matter, kept beside it; duplicates joined to the one told first.

Whoever joins keeps a case of their own, with its receipt and its code, and is told when the first moves: the transition
of role ``system`` whose id begins with ``joined`` is taken when a case joins another, and the one whose id begins with
``other_<state>`` when that other reaches a state.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.outbox import Message
from bocage.cases.engine import Happened, Refused
from bocage.cases.models import Case, PublicCase
from bocage.cases.operations.store import STREAM, carry_out
from bocage.cases.sealing import open_answers
from bocage.territory.queries import commune_by_insee


def keep_public(case: Case, *, actor: Actor, now: datetime) -> None:
    """Keep what a case just filed or corrected tells; one that joins another is joined now. In a transaction."""
    told = case.version.document.public_list
    if told is None:
        return
    answers = open_answers(case.answers)
    place = answers.get(told.place) or {}
    row, _made = PublicCase.objects.update_or_create(
        case=case,
        defaults={
            "category": str(answers.get(told.category) or ""),
            "commune": commune_by_insee(place.get("commune", "")),
            "lat": place.get("lat"),
            "lon": place.get("lon"),
            "shown": answers.get(told.consent) is True,
        },
    )
    if row.joins is not None and not case.correction:
        first = row.joins
        if first.case.outcome:  # it ended meanwhile: this one stands alone
            PublicCase.objects.filter(pk=row.pk).update(joins=None)
        else:
            _move(case, "joined", actor=actor, now=now)


@transaction.atomic
def join_draft(draft: Case, other: PublicCase | None, *, actor: Actor, now: datetime) -> None:
    """« Moi aussi »: a draft will join another case when it is sent; None: it is another matter after all."""
    if other is None:
        PublicCase.objects.filter(case=draft).update(joins=None)
    else:
        PublicCase.objects.update_or_create(case=draft, defaults={"joins": other.joins or other})
    journal.record(
        stream=STREAM,
        kind="cases.joining",
        subject=draft.subject,
        actor=actor,
        payload={"case": other.case_id if other else None},
        now=now,
    )


@transaction.atomic
def join_case(case: Case, other: Case, *, actor: Actor, now: datetime) -> None:
    """An agent joins a case to another about the same matter. Raises Refused, and Conflict."""
    rows = {row.case_id: row for row in PublicCase.objects.filter(case__in=(case, other)).select_related("joins")}
    row, first = rows.get(case.pk), rows.get(other.pk)
    if row is None or first is None or case.procedure_id != other.procedure_id or other.outcome or row == first:
        raise Refused(_("Ce dossier ne peut pas être joint à celui-là."))
    first = first.joins or first
    if first.pk == row.pk:
        raise Refused(_("Ces deux dossiers sont déjà joints."))
    if not _move(case, "joined", actor=actor, now=now):
        raise Refused(_("Dans l’état où il est, ce dossier ne peut pas être joint à un autre."))
    PublicCase.objects.filter(pk=row.pk).update(joins=first)
    PublicCase.objects.filter(joins=row).update(joins=first)  # nobody waits behind two doors


def _move(
    case: Case, what: str, *, actor: Actor, now: datetime, agent_answers: Mapping[str, Any] | None = None
) -> bool:
    return bool(carry_out(case, Happened(what, agent_answers), actor=actor, now=now).events)


def follow(message: Message) -> None:
    """Outbox handler: a case moved; those that joined it hear of it, each once, whatever is repeated."""
    told, now = message.payload, message.now
    case = Case.objects.filter(pk=told["case"]).first()
    if case is None:
        return
    if told["taken_up"]:  # an agent pressed a button on a case that had joined another: it stands alone again
        PublicCase.objects.filter(case=case).update(joins=None)
    waiting = PublicCase.objects.filter(joins__case=case, heard__lt=told["event"]).exclude(case__state="")
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        _tell(pk, told["event"], told["state"], first=case, now=now)


@transaction.atomic
def _tell(pk: int, event: int, state: str, *, first: Case, now: datetime) -> None:
    if not PublicCase.objects.filter(pk=pk, heard__lt=event).update(heard=event):
        return
    case = Case.objects.select_related("version", "procedure").get(in_public=pk)
    part = open_answers(first.agent_answers)  # what is planned and answered there is said here too
    _move(case, f"other_{state}", actor=Actor.system("joining"), now=now, agent_answers=part)
    if first.outcome and not case.outcome:  # the first was given up: whoever joined it still waits, on their own
        PublicCase.objects.filter(pk=pk).update(joins=None)
