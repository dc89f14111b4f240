"""What agents do with a case, and what its applicant answers."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.cases.applicant import certain, columns, person_fields
from bocage.cases.engine import AnswerCorrection, Move, Refused, Withdraw, evaluate_form, fills_service_part
from bocage.cases.indexing import index
from bocage.cases.legal_texts import COMMUNE_SERVICE
from bocage.cases.models import Case, Message, Note, Urgency
from bocage.cases.operations.effects import send_message_notice
from bocage.cases.operations.filing import check_documents
from bocage.cases.operations.joining import keep_public
from bocage.cases.operations.store import FORWARDED, STREAM, Conflict, drop_proposals, moment, run, touch
from bocage.cases.queries import case_role, signing_post
from bocage.cases.sealing import open_answers, seal_answers
from bocage.identity.models import Account, Person
from bocage.territory.queries import today

MAX_MESSAGE = 5_000


def move_case(
    case: Case,
    transition: str,
    *,
    agent: Account,
    actor: Actor,
    now: datetime,
    reason: str = "",
    agent_values: Mapping[str, Any] | None = None,
    fields: tuple[str, ...] = (),
    message: str = "",
    due_days: int = 15,
) -> Case:
    """Press a button of the workflow. A decision keeps its author and their delegation (CRPA L212-1).

    Raises Refused, and Conflict when someone was quicker.
    """
    role = case_role(agent, case, today(now))
    if role is None or role == "follower":
        raise Refused(_("Ce dossier n’est pas de votre service."))
    post = signing_post(agent, case, today(now))
    decides = any(item.id == transition and item.decision for item in case.version.document.workflow.transitions)
    if decides and post is None:
        raise Refused(_("Aucun de vos postes ne vous permet de signer une décision sur ce dossier."))
    command = Move(
        transition,
        role,
        reason=reason,
        agent_values=agent_values or {},
        fields=fields,
        message=message,
        due_days=due_days,
    )
    with transaction.atomic():
        run(
            case,
            command,
            actor=actor,
            now=now,
            changes={"answered_at": None},
            signature={
                "author": agent,
                "author_name": str(agent),
                "author_title": post.title if post else "",
                "delegation": post.delegation if post else "",
            },
        )
        index(case)
    return case


def save_agent_answers(
    case: Case, values: Mapping[str, Any], *, agent: Account, actor: Actor, now: datetime
) -> dict[str, str]:
    """Keep what an agent wrote in the service's own fields; gives the errors by field.

    A decision that waits in the signature book was prepared on what the service had written: it is dropped.
    Raises Refused (not theirs to fill, the case is over) and Conflict.
    """
    document = case.version.document
    role = case_role(agent, case, today(now))
    if (
        role is None
        or not case.state
        or case.outcome == FORWARDED
        or not fills_service_part(document, case.state, role)
    ):
        raise Refused(
            _("La demande est terminée : la partie du service reste comme elle était à la décision.")
            if case.outcome
            else _("La partie du service est remplie par le service qui traite la demande.")
        )
    wanted = {key: value for key, value in values.items() if key in document.by_id and document.by_id[key].agent}
    answers = {**open_answers(case.agent_answers), **wanted}
    form = evaluate_form(document, open_answers(case.answers), moment(now), agent_answers=answers)
    errors = {key: text for key, text in form.errors.items() if key in wanted}
    kept = {
        key: value
        for key, value in form.values.items()
        if key in document.by_id and document.by_id[key].agent and key not in errors
    }
    with transaction.atomic():
        if kept != open_answers(case.agent_answers):
            drop_proposals(case, now)
        touch(case, now, agent_answers=seal_answers(document, kept))
        payload = {"fields": sorted(set(wanted) - set(errors))}
        journal.record(
            stream=STREAM, kind="cases.agent_fields", subject=case.subject, actor=actor, payload=payload, now=now
        )
    return errors


def answer_correction(
    case: Case,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    message: str = "",
    author: Account | None = None,
    received_on: date | None = None,
) -> Case:
    """The applicant's answer to a correction request, with their ``message`` to the service if they wrote one.

    ``received_on``: the day it came to an agent, who is the ``author`` and enters it (DESIGN.md rule 7); then what is
    missing may be given without having been asked for. Raises Refused, with the errors by field, or Conflict.
    """
    _short_enough(message, "message")
    entered = received_on is not None
    if entered and (author is None or case_role(author, case, today(now)) in {None, "follower"}):
        raise Refused(_("Ce dossier n’est pas de votre service."))
    wanted = case.correction["fields"] if case.correction else case.missing if entered else ()
    if not entered:
        values = {**values, **{key: value for key, value in certain(case).items() if key in wanted}}
    own = dict(case.documents.values_list("key", "scan_state"))
    check_documents(case.version.document, {key: value for key, value in values.items() if key in wanted}, own)
    told = {**open_answers(case.answers), **{key: value for key, value in values.items() if key in wanted}}
    form = evaluate_form(case.version.document, told, moment(now))
    changes: dict[str, Any] = {} if entered else {"answered_at": now}
    if not set(wanted) & (form.errors.keys() | set(form.missing)):
        derived = columns(case, person_fields(case.version.document, form.values), form.values)
        if case.service == COMMUNE_SERVICE:
            derived.pop("commune")  # handed to that commune's town hall, wherever the applicant lives
        changes |= derived
    with transaction.atomic():
        run(case, AnswerCorrection(values, received_on), actor=actor, now=now, changes=changes)
        if message:
            send_message(case, message, from_agent=False, author=author, actor=actor, now=now)
        keep_public(case, actor=actor, now=now)
        index(case)
    return case


def withdraw_case(case: Case, *, actor: Actor, now: datetime, reason: str = "") -> Case:
    """The applicant gives up. Raises Refused when it is too late."""
    with transaction.atomic():
        run(case, Withdraw(reason), actor=actor, now=now)
    return case


@transaction.atomic
def set_urgency(case: Case, level: int, *, actor: Actor, now: datetime) -> None:
    """Say how much a case presses. Raises Refused for a case that is over, and Conflict."""
    if case.outcome or case.is_draft:
        raise Refused(_("Ce dossier est terminé : il ne presse plus."))
    if case.urgency == level:
        return
    touch(case, now, urgency=Urgency(level).value)
    payload = {"level": level}
    journal.record(stream=STREAM, kind="cases.urgency_set", subject=case.subject, actor=actor, payload=payload, now=now)


@transaction.atomic
def assign_case(case: Case, assignee: Account | None, *, actor: Actor, now: datetime) -> None:
    """Give a case to an agent, or to nobody. Raises Refused when that agent does not see it."""
    if assignee is not None and case_role(assignee, case, today(now)) in {None, "follower"}:
        raise Refused(_("Cette personne ne traite pas ce dossier : il n’est pas de son service."))
    if assignee is not None and Case.objects.filter(pk=case.pk, assignee=assignee).exists():
        return  # pressed twice
    touch(case, now, assignee_id=assignee.pk if assignee else None)
    journal.record(
        stream=STREAM,
        kind="cases.assigned",
        subject=case.subject,
        actor=actor,
        payload={"account": assignee.pk if assignee else None},
        now=now,
    )


@once_only(Note)
@transaction.atomic
def add_note(
    body: str,
    *,
    author: Account,
    actor: Actor,
    now: datetime,
    case: Case | None = None,
    person: Person | None = None,
    once: UUID | None = None,
) -> Note:
    """Write an internal note on a case or on a person. Raises Refused when there is nothing to note."""
    text = body.strip()
    if not text:
        raise Refused(_("Écrivez la note avant de l’enregistrer."), {"note": _("Écrivez la note.")})
    _short_enough(text, "note")
    note = Note.objects.create(case=case, person=person, author=author, body=text, at=now, once=once)
    subject = case.subject if case is not None else f"person:{person.pk if person else 0}"
    journal.record(stream=STREAM, kind="cases.noted", subject=subject, actor=actor, payload={"note": note.pk}, now=now)
    return note


@once_only(Message, lambda _message: None)
@transaction.atomic
def send_message(
    case: Case,
    body: str,
    *,
    from_agent: bool,
    author: Account | None,
    actor: Actor,
    now: datetime,
    seen: datetime | None = None,
    once: UUID | None = None,
) -> None:
    """Write on a case, to the service or to the applicant. An agent's message leaves as a notice too.

    ``seen`` is the applicant's answer (its instant) that the agent had before their eyes: it no longer waits, one that
    came since does.

    Raises Refused when there is nothing to say, or when the case is over for more than a year.
    """
    text = body.strip()
    _short_enough(text, "message")
    if not text:
        raise Refused(_("Écrivez votre message avant de l’envoyer."), {"message": _("Écrivez votre message.")})
    if case.is_draft:
        raise Refused(_("Envoyez d’abord votre demande : vous pourrez ensuite écrire au service."))
    if case.closed_on and case.closed_on < today(now) - timedelta(days=365):
        raise Refused(_("Cette demande est terminée depuis plus d’un an. Appelez-nous pour en parler."))
    message = Message.objects.create(case=case, from_agent=from_agent, author=author, body=text, at=now, once=once)
    recorded = journal.record(
        stream=STREAM,
        kind="cases.message_sent" if from_agent else "cases.message_received",
        subject=case.subject,
        actor=actor,
        payload={"message": message.pk},
        now=now,
    )
    # Words are added, never changed: they need no compare-and-swap, and are never lost to someone else's click.
    mine = Case.objects.filter(pk=case.pk)
    mine.update(updated_at=now, revision=F("revision") + 1)
    if not from_agent:
        mine.update(answered_at=now)
    elif seen is not None:
        mine.filter(answered_at=seen).update(answered_at=None)
    case.refresh_from_db(fields=["revision", "answered_at", "updated_at"])
    if from_agent:
        send_message_notice(case, text, key=f"message:{recorded.pk}", actor=actor, now=now)


def _short_enough(text: str, field: str) -> None:
    if len(text) > MAX_MESSAGE:
        told = _("Ce texte compte %(count)s caractères ; écrivez-en %(limit)s au plus, ou envoyez-le en deux fois.")
        told %= {"count": len(text), "limit": MAX_MESSAGE}
        raise Refused(told, {field: told})


def mark_read(case: Case, *, seen: datetime | None, actor: Actor, now: datetime) -> None:
    """An agent looked at the applicant's answer, ``seen``. Raises Conflict when another one came since."""
    if case.answered_at != seen:
        raise Conflict
    with transaction.atomic():
        touch(case, now, answered_at=None)
        journal.record(stream=STREAM, kind="cases.answer_read", subject=case.subject, actor=actor, now=now)
