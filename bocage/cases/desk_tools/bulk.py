"""One act on several cases: what would be done and what cannot be, then each case in its own transaction.

What was shown is what is done: a case that changed since its line was read is left alone, and told.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.cases.desk_tools.canned import PLACEHOLDERS
from bocage.cases.engine import Refused, available_transitions, may_press
from bocage.cases.engine.legal import needs_reason
from bocage.cases.models import Case
from bocage.cases.notices import variables
from bocage.cases.operations import Conflict, assign_case, move_case, send_message
from bocage.cases.operations.store import moment, state_of
from bocage.cases.queries import case_role, signing_post, visible_to
from bocage.cases.schema import ProcedureDocument, Transition
from bocage.cases.timeline import decision_of
from bocage.identity.models import Account
from bocage.messaging import texts
from bocage.territory.queries import today

logger = logging.getLogger(__name__)
STREAM = "cases"
MANY = 100
"""Cases of one act: what a page answers in a few seconds, and what someone can still read before pressing."""


@dataclass(frozen=True)
class Act:
    """What is to be done: ``assign`` to an account, ``message`` with a body, ``move`` by a transition."""

    kind: str
    assignee: Account | None = None
    body: str = ""
    transition: str = ""


@dataclass(frozen=True)
class Verdict:
    """A case, and why the act cannot be done on it; ``why`` empty: it can, or it was."""

    case: Case
    why: str = ""


@dataclass(frozen=True)
class Picked:
    """A case as its line showed it."""

    reference: str
    revision: int


def read_picked(values: Iterable[str]) -> list[Picked]:
    """« référence.révision » as lines give them; anything else is left out."""
    found: dict[str, Picked] = {}
    for value in values:
        reference, _dot, number = value[:40].partition(".")
        if number.isascii() and number.isdigit() and len(number) <= 9:
            found.setdefault(reference, Picked(reference, int(number)))
    return list(found.values())


def cases_of(picked: Sequence[Picked], account: Account, now: datetime) -> list[Case]:
    """The cases picked that the agent reaches, in the order they were picked."""
    rows = (
        visible_to(account, today(now))
        .filter(reference__in=[one.reference for one in picked])
        .select_related("version", "procedure", "commune", "applicant__commune", "account", "assignee", "agreement")
        .defer("version__body", "commune__contour", "applicant__commune__contour")
    )
    by_reference = {case.reference: case for case in rows}
    return [by_reference[one.reference] for one in picked if one.reference in by_reference]


def is_simple(document: ProcedureDocument, item: Transition) -> bool:
    """Whether a button asks nothing that differs from case to case: no reason wanted by it or by the law, no
    correction."""
    return not needs_reason(document, item) and not any(effect.kind == "ask_correction" for effect in item.effects)


def transitions_of(cases: Iterable[Case]) -> dict[str, str]:
    """The simple buttons of these cases' procedures that some of them can be moved by: their labels by id."""
    found: dict[str, str] = {}
    seen = {(case.version_id, case.state): case for case in cases if not case.outcome}
    for case in seen.values():
        for item in case.version.document.workflow.transitions:
            people = set(item.roles) & {"reception", "agent", "manager"}
            if case.state in item.sources and people and is_simple(case.version.document, item):
                found.setdefault(item.id, item.label)
    return found


def preview(
    act: Act, cases: Iterable[Case], picked: Sequence[Picked], account: Account, now: datetime
) -> list[Verdict]:
    """What the act would do to each case, without doing anything."""
    seen = {one.reference: one.revision for one in picked}
    told = []
    for case in cases:
        changed = seen.get(case.reference) != case.revision
        why = _("Le dossier a changé depuis : ouvrez-le.") if changed else _why_not(act, case, account, now)
        told.append(Verdict(case, why))
    return told


def _why_not(act: Act, case: Case, account: Account, now: datetime) -> str:
    if case.custody and case_role(account, case, today(now)) == "follower":
        return _("Ce dossier est en d’autres mains : vous le suivez, sans le modifier.")
    return {"assign": _why_not_assign, "message": _why_not_write, "move": _why_not_move}[act.kind](
        act, case, account, now
    )


def _why_not_assign(act: Act, case: Case, _account: Account, now: datetime) -> str:
    if case.assignee_id == (act.assignee.pk if act.assignee else None):
        return _("C’est déjà le cas.")
    if act.assignee is not None and case_role(act.assignee, case, today(now)) in {None, "follower"}:
        return _("Cette personne ne traite pas ce dossier.")
    return ""


def _why_not_write(_act: Act, case: Case, _account: Account, now: datetime) -> str:
    if case.closed_on and case.closed_on < today(now) - timedelta(days=365):
        return _("Terminé depuis plus d’un an.")
    return ""


def _why_not_move(act: Act, case: Case, account: Account, now: datetime) -> str:
    role = case_role(account, case, today(now)) or ""
    item = next((one for one in case.version.document.workflow.transitions if one.id == act.transition), None)
    if item is None:
        return _("Sa démarche n’a pas cette action.")
    if not is_simple(case.version.document, item):
        return _("Cette action demande un motif propre à chaque dossier.")
    for found, blocked in available_transitions(case.version.document, state_of(case), role, moment(now)):
        if found.id == act.transition:
            if not blocked and item.decision and signing_post(account, case, today(now)) is None:
                return _("Aucun de vos postes ne vous permet de signer une décision sur ce dossier.")
            return blocked
    if not may_press(item, role):
        return _("Votre poste ne permet pas cette action.")
    return _("Pas dans l’état où il est : %(state)s.") % {
        "state": case.version.document.workflow.state(case.state).label
    }


def written(act: Act, case: Case, now: datetime) -> str:
    """The message as it reads on a case. Raises texts.BadText for a placeholder that is none."""
    told = variables(case, now=now, decision=decision_of(case))
    return texts.fill(act.body, {key: told[key] for key in PLACEHOLDERS})


def carry_out(
    act: Act,
    cases: Sequence[Case],
    picked: Sequence[Picked],
    *,
    account: Account,
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> list[Verdict]:
    """Do the act on each case that still is as its line showed it; tells what was done and what was not, and why."""
    done: list[Verdict] = []
    for verdict in preview(act, cases, picked, account, now):
        done.append(
            verdict if verdict.why else Verdict(verdict.case, _do(act, verdict.case, account, actor, now, once))
        )
    with transaction.atomic():
        journal.record(
            stream=STREAM,
            kind="cases.bulk_done",
            subject=f"account:{account.pk}",
            actor=actor,
            payload={
                "act": act.kind,
                "transition": act.transition,
                "assignee": act.assignee.pk if act.assignee else None,
                "done": [one.case.reference for one in done if not one.why],
                "left": [one.case.reference for one in done if one.why],
            },
            now=now,
        )
    return done


def _do(act: Act, case: Case, account: Account, actor: Actor, now: datetime, once: UUID | None) -> str:
    verbs: dict[str, Callable[[], object]] = {
        "assign": lambda: assign_case(case, act.assignee, actor=actor, now=now),
        "message": lambda: send_message(
            case,
            written(act, case, now),
            from_agent=True,
            author=account,
            actor=actor,
            now=now,
            once=once and uuid5(once, case.reference),
        ),
        "move": lambda: move_case(case, act.transition, agent=account, actor=actor, now=now),
    }
    try:
        verbs[act.kind]()
    except Refused as refused:
        return refused.message
    except Conflict:
        return _("Le dossier a changé depuis : ouvrez-le.")
    except Exception:
        # One case never keeps the others from being done; the log tells what went wrong.
        logger.exception("an act on several cases failed on one", extra={"case": case.pk, "act": act.kind})
        return _("Une erreur est survenue ; rien n’a changé sur ce dossier.")
    return ""
