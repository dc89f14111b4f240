"""What agents write when they enter a case for someone: who, how it came, when; where scanned papers belong."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.cases.applicant import prefill
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Channel, Document
from bocage.cases.notices import recipient_of
from bocage.cases.operations.effects import send_notice
from bocage.cases.operations.store import STREAM, touch
from bocage.cases.sealing import open_answers, seal_answers
from bocage.identity.models import Person
from bocage.messaging.models import Notice
from bocage.territory.queries import today

ENTRY_CHANNELS = (Channel.COUNTER, Channel.POST, Channel.PHONE, Channel.EMAIL)
"""How a case that an agent enters can have come."""


@transaction.atomic
def describe_entry(
    draft: Case, *, channel: str, received_on: date, applicant: Person | None, actor: Actor, now: datetime
) -> None:
    """Say of a draft being entered how it came, when, and for whom; what the person's file tells fills what is empty.

    Raises Refused, with the errors by field, when the case is filed or the date cannot be; Conflict.
    """
    if not draft.is_draft:
        raise Refused(_("Cette demande est déjà enregistrée."))
    if channel not in ENTRY_CHANNELS:
        text = _("Choisissez comment la demande est arrivée.")
        raise Refused(text, {"channel": text})
    if received_on > today(now):
        text = _("La date de réception ne peut pas être dans le futur.")
        raise Refused(text, {"received_on": text})
    changes: dict[str, Any] = {"channel": channel, "received_on": received_on}
    if applicant is not None and applicant.pk != draft.applicant_id:
        document = draft.version.document
        answers = prefill(document, applicant) | open_answers(draft.answers)
        changes |= {
            "applicant_id": applicant.pk,
            "commune_id": applicant.commune_id,
            "contact_email": applicant.email,
            "contact_phone": applicant.phone,
            "answers": seal_answers(document, answers),
        }
    if all(getattr(draft, name) == value for name, value in changes.items()):
        return
    touch(draft, now, **changes)
    payload = {"channel": channel, "received_on": received_on.isoformat(), "person": draft.applicant_id}
    journal.record(
        stream=STREAM, kind="cases.entry_described", subject=draft.subject, actor=actor, payload=payload, now=now
    )


@transaction.atomic
def sort_scan(case: Case, key: str, field: str, *, actor: Actor, now: datetime) -> None:
    """Say which field's piece a scanned paper is; an empty field: it is the form itself. Raises Refused."""
    known = case.version.document.by_id.get(field)
    if field and (known is None or known.kind != "file" or known.agent):
        raise Refused(_("Ce champ ne reçoit pas de document."))
    found = Document.objects.filter(case=case, key=key, source="scan").exclude(field=field)
    if not found.update(field=field, sensitive=known.sensitive if known else True):
        return
    journal.record(
        stream=STREAM,
        kind="cases.document_sorted",
        subject=case.subject,
        actor=actor,
        payload={"document": key, "field": field},
        now=now,
    )


@transaction.atomic
def send_as_letter(case: Case, notice: str, *, actor: Actor, now: datetime) -> Notice:
    """Send a notice of the case again, as a letter; twice on one day makes one letter.

    Raises Refused when this case never sent that notice (a decision is not announced before it is taken), or when the
    address is not known.
    """
    template = f"{case.procedure.slug}.{notice}"
    if notice != "receipt" and not Notice.objects.filter(subject=case.subject, template=template).exists():
        raise Refused(_("Cet avis n’a pas encore été envoyé pour ce dossier."))
    if not recipient_of(case, now).address_lines:
        raise Refused(_("Aucune adresse postale n’est connue : complétez la fiche de la personne."))
    key = f"{case.subject}:letter:{notice}:{today(now).isoformat()}"
    return send_notice(case, notice, key=key, actor=actor, now=now, channels=("letter",))


@transaction.atomic
def record_answers_read(case: Case, *, actor: Actor, now: datetime) -> None:
    """Journal that an agent read the protected answers of a case (DESIGN.md rule 10)."""
    journal.record(stream=STREAM, kind="cases.answers_read", subject=case.subject, actor=actor, now=now)
