"""Canned answers: texts a service often writes, with placeholders, taken up in messages and correction requests."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.base.shown import save_if_unchanged
from bocage.cases.engine import Refused
from bocage.cases.models import CannedAnswer, Case
from bocage.cases.notices import variables
from bocage.cases.timeline import decision_of
from bocage.identity.models import Account, Role
from bocage.identity.scope import Scope
from bocage.messaging import texts

STREAM = "cases"
MAX_BODY = 5_000

PLACEHOLDERS = ("name", "reference", "procedure", "received_on", "announced_on", "phone", "territory")
"""What a canned answer may name: known of every case, whatever its procedure."""


def writable_services(scope: Scope, known: list[str]) -> list[str]:
    """The services whose answers someone may write: those they manage."""
    reached = scope.only(Role.MANAGER)
    return [service for service in known if reached.posts and reached.allows(service)]


def answers_for(case: Case) -> list[CannedAnswer]:
    """The answers ready for a case, by title."""
    return list(CannedAnswer.objects.filter(service=case.service).order_by("title", "pk"))


def filled(answer: CannedAnswer, case: Case, now: datetime) -> str:
    """A canned answer as it reads on a case."""
    told = variables(case, now=now, decision=decision_of(case))
    return texts.fill(answer.body, {key: told[key] for key in PLACEHOLDERS})


@once_only(CannedAnswer)
def save_answer(
    answer: CannedAnswer | None,
    *,
    service: str,
    title: str,
    body: str,
    author: Account,
    scope: Scope,
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> CannedAnswer:
    """Write a new answer, or change one. Raises Refused, with the errors by field.

    ``answer`` is the row as it was read: ChangedMeanwhile when someone else has changed one of these fields since.
    """
    told = {"service": service, "title": " ".join(title.split()), "body": body.replace("\r\n", "\n").strip()}
    errors = {}
    if not writable_services(scope, [service]) or not service:
        errors["service"] = _("Choisissez un service dont vous êtes responsable.")
    if not told["title"]:
        errors["title"] = _("Donnez un titre. Exemple : Justificatif trop ancien")
    elif len(told["title"]) > 80:
        errors["title"] = _("Écrivez 80 caractères au plus.")
    if not told["body"]:
        errors["body"] = _("Écrivez le texte.")
    elif len(told["body"]) > MAX_BODY:
        errors["body"] = _("Écrivez %(limit)s caractères au plus.") % {"limit": MAX_BODY}
    else:
        try:
            texts.check(told["body"], PLACEHOLDERS)
        except texts.BadText as error:
            errors["body"] = str(error)
    if errors:
        raise Refused(_("Ce texte est à revoir."), errors)
    row = answer or CannedAnswer(**told, changed_by=author, changed_at=now, once=once)
    changed = {name: value for name, value in told.items() if getattr(row, name) != value}
    if answer and not changed:
        return answer
    try:
        with transaction.atomic():
            if answer:
                save_if_unchanged(answer, {**changed, "changed_by": author, "changed_at": now})
            else:
                row.save(force_insert=True)
            _record(row, "cases.canned_saved", actor, now)
    except IntegrityError:
        taken = _("Le service a déjà un texte de ce titre : changez de titre, ou modifiez l’autre.")
        raise Refused(_("Ce texte est à revoir."), {"title": taken}) from None
    return row


@transaction.atomic
def remove_answer(answer: CannedAnswer, *, actor: Actor, now: datetime) -> None:
    """Forget an answer."""
    _record(answer, "cases.canned_removed", actor, now)
    answer.delete()


def _record(answer: CannedAnswer, kind: str, actor: Actor, now: datetime) -> None:
    journal.record(
        stream=STREAM,
        kind=kind,
        subject=f"canned:{answer.pk}",
        actor=actor,
        payload={"service": answer.service, "title": answer.title, "body": answer.body},
        now=now,
    )
