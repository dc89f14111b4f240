"""What a case tells of a local matter, kept beside it; duplicates joined to the one told first.

Whoever joins keeps a case of their own, with its receipt and its code, and is told when the first moves: the transition
of role ``system`` whose id begins with ``joined`` is taken when a case joins another, and the one whose id begins with
``other_<state>`` when that other reaches a state.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.outbox import Message
from bocage.cases.engine import Happened, Refused
from bocage.cases.models import Case, PublicCase
from bocage.cases.operations.showing import hide_unagreed
from bocage.cases.operations.store import FORWARDED, STREAM, carry_out
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
    hide_unagreed(case, actor=actor, now=now)
    if row.joins_id is not None and not case.correction:
        first = _held_first(row.joins_id)
        PublicCase.objects.filter(pk=row.pk).update(joins=first)  # None: it ended meanwhile, this one stands alone
        if first is not None:
            _move(case, "joined", actor=actor, now=now)


def _hold(*cases: int) -> set[int]:
    """Keep cases as they are until the transaction ends; gives those that still run.

    Without it a case could end, and tell those who joined it, while another is joining it unseen: nobody would tell
    that one. Whoever ends a held case waits, then tells everyone. The rows are touched in ascending id (DESIGN.md rule
    3), and unchanged, so that nobody who read them is told that they changed.
    """
    running = Case.objects.filter(outcome="").exclude(state="")
    return {pk for pk in sorted(cases) if running.filter(pk=pk).update(updated_at=F("updated_at"))}


def _held_first(pk: int) -> PublicCase | None:
    """The case at the end of the joins that start there, held; None if it ended."""
    while True:
        first = PublicCase.objects.get(pk=pk)
        if first.joins_id is None:
            if not _hold(first.case_id):
                return None
            first.refresh_from_db()  # it may have joined another while one waited to hold it
            if first.joins_id is None:
                return first
        pk = first.joins_id


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
    target = first.joins or first
    if target.pk == row.pk:
        raise Refused(_("Ces deux dossiers sont déjà joints."))
    held = _hold(case.pk, target.case_id)
    target.refresh_from_db()
    if target.case_id not in held or target.joins_id is not None:
        raise Refused(_("L’autre dossier vient de changer : relisez-le."))
    if not _move(case, "joined", actor=actor, now=now):
        raise Refused(_("Dans l’état où il est, ce dossier ne peut pas être joint à un autre."))
    PublicCase.objects.filter(pk=row.pk).update(joins=target)
    PublicCase.objects.filter(joins=row).update(joins=target)  # nobody waits behind two doors


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
    waiting = PublicCase.objects.filter(joins__case=case, heard__lt=told["event"]).exclude(case__state="")
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        _tell(pk, told["event"], told["state"], first=case, now=now)


@transaction.atomic
def _tell(pk: int, event: int, state: str, *, first: Case, now: datetime) -> None:
    case = Case.objects.select_related("version", "procedure").get(in_public=pk)
    _hold(case.pk)  # the case before its row here, as everyone does
    if not PublicCase.objects.filter(pk=pk, joins__case=first, heard__lt=event).update(heard=event):
        return
    part = open_answers(first.agent_answers)  # what is planned and answered there is said here too
    _move(case, f"other_{state}", actor=Actor.system("joining"), now=now, agent_answers=part)
    last = FORWARDED if first.outcome == FORWARDED else first.state
    if first.outcome and state == last and not case.outcome:
        # The first was given up: whoever joined it still waits, on their own. Not before its last move is told: the
        # one before may be told when it is over already.
        PublicCase.objects.filter(pk=pk).update(joins=None)
