"""Cases' part of privacy: what is kept of someone, for how long, and how it goes (DESIGN.md rule 10).

A room of its own beside ``queries``: the manifest names it, ``identity`` and ``privacy`` call it without knowing cases.
"""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.dates import add_months
from bocage.base.models import Event
from bocage.cases.engine import evaluate_form
from bocage.cases.forms import shown_values
from bocage.cases.models import ERASED, Case, Decision, Message, Note, ProcedureVersion, PublicCase, VoidReason
from bocage.cases.operations.documents import forget_files
from bocage.cases.operations.drafts import SLICE
from bocage.cases.operations.issuing import void
from bocage.cases.operations.showing import copies_of
from bocage.cases.operations.store import STREAM, moment
from bocage.cases.sealing import open_answers
from bocage.cases.summary import parts_of
from bocage.identity.models import Person
from bocage.search.operations import remove_case
from bocage.territory.queries import today

logger = logging.getLogger(__name__)


def export(person: Person) -> dict[str, Any]:
    """Everything that cases hold of someone, as they would read it."""
    return {
        "demandes": [
            {
                "reference": case.reference,
                "demarche": case.procedure.title,
                "etat": case.state or "brouillon",
                "recue_le": case.received_on.isoformat() if case.received_on else None,
                **_answers(case),
                "decisions": [
                    {
                        "decision": decision.outcome,
                        "le": decision.legal_date.isoformat(),
                        "motif": decision.reason,
                        "par": decision.author_name,
                        "qualite": decision.author_title,
                        "par_l_effet_du_delai": decision.by_time,
                    }
                    for decision in Decision.objects.filter(case=case).order_by("pk")
                ],
                "notes_du_service": [_note(note) for note in case.notes.order_by("id")],
                "messages": [
                    {"le": message.at.isoformat(), "service": message.from_agent, "texte": message.body}
                    for message in case.messages.order_by("id")
                ],
                "documents_delivres": [
                    {
                        "numero": row.number,
                        "delivre_le": row.issued_on.isoformat(),
                        "valable_jusqu_au": row.valid_until.isoformat() if row.valid_until else None,
                        "annule_le": row.void_on.isoformat() if row.void_on else None,
                        "parce_que": row.get_void_reason_display(),
                    }
                    for row in case.issued.order_by("id")
                ],
                "documents": list(case.documents.order_by("id").values_list("name", flat=True)),
            }
            for case in Case.objects.filter(applicant=person).select_related("procedure", "version").order_by("id")
        ],
        "notes_du_service": [_note(note) for note in Note.objects.filter(person=person).order_by("id")],
    }


def _answers(case: Case) -> dict[str, Any]:
    """What was answered, what is typed in a draft and not yet understood, and what the service wrote in its part."""
    form = evaluate_form(
        case.version.document,
        shown_values(case),
        moment(case.updated_at),
        agent_answers=open_answers(case.agent_answers),
    )
    return {
        "reponses": [{fact["label"]: fact["value"] for fact in part["facts"]} for part in parts_of(case, form)],
        "partie_du_service": [
            {fact["label"]: fact["value"] for fact in part["facts"]} for part in parts_of(case, form, agents=True)
        ],
        "saisie_a_corriger": open_answers(case.pending),
    }


def _note(note: Note) -> dict[str, Any]:
    return {"le": note.at.isoformat(), "texte": note.body}


def erase(person: Person, actor: Actor, now: datetime) -> None:
    """Erase what closed cases and drafts say of someone; running cases are kept until they end.

    The journal's chain stays whole: payloads go, digests stay (DESIGN.md rule 2).
    """
    for case in Case.objects.filter(applicant=person).exclude(state__gt="", outcome=""):
        erase_case(case, actor=actor, now=now)


@transaction.atomic
def erase_case(case: Case, *, actor: Actor, now: datetime) -> None:
    """Empty a case of what it says of people; its figures (procedure, commune, dates, outcome) stay."""
    keys = [*case.documents.values_list("key", flat=True), *copies_of(case)]
    case.documents.all().delete()
    Message.objects.filter(case=case).delete()
    case.notes.all().delete()
    case.reminders.all().delete()
    case.opinions.all().delete()
    PublicCase.objects.filter(case=case).delete()  # an exact place may be somebody’s door
    Decision.objects.filter(case=case).update(reason="")
    case.proposals.update(reason="", note="")
    for row in case.issued.filter(void_on=None):
        void(row, VoidReason.ERASED, actor=actor, now=now)  # nobody could tell any more whose it is
    for event in Event.objects.filter(subject=case.subject, payload__isnull=False):
        journal.erase_payload(event)
    Case.objects.filter(pk=case.pk).update(
        answers={},
        pending={},
        agent_answers={},
        correction=None,
        applicant=None,
        account=None,
        mandate=None,
        applicant_name=ERASED,
        contact_email="",
        contact_phone="",
        tracking_hash="",
        tracking_sealed="",
        updated_at=now,
        revision=F("revision") + 1,  # a save on its way loses, and writes nothing back
    )
    remove_case(case.pk)
    journal.record(stream=STREAM, kind="cases.erased", subject=case.subject, actor=actor, now=now)
    forget_files(keys)


def retention(now: datetime) -> int:
    """Erase the cases that are over for longer than their procedure announces, counted from their end; how many.

    The oldest first, at most ``SLICE`` of a version in a run, each in a transaction of its own: the next run goes on,
    as it does after a crash. A case that cannot be erased is told to the logs and keeps none of the others.
    """
    erased = 0
    for version in ProcedureVersion.objects.filter(cases__closed_on__isnull=False).distinct():
        before = add_months(today(now), -version.document.retention_months)
        over = Case.objects.filter(version=version, closed_on__lt=before).exclude(applicant_name=ERASED)
        for pk in list(over.order_by("closed_on", "pk").values_list("pk", flat=True)[:SLICE]):
            try:
                erase_case(over.get(pk=pk), actor=Actor.system("retention"), now=now)
            except Case.DoesNotExist:
                continue  # erased this very moment, at the person's request
            except Exception:
                logger.exception("a case past its time is not erased", extra={"case": pk})
            else:
                erased += 1
    return erased
