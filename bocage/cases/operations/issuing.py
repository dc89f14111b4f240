"""Documents issued and made void, inside the case's own transaction: what the effects of a workflow ask for."""

from datetime import datetime

from django.db.models import Q, QuerySet

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.dates import add_months
from bocage.base.references import new_reference
from bocage.cases.models import Case, IssuedDocument, VoidReason
from bocage.identity.models import Person
from bocage.territory.queries import today

STREAM = "cases"


def held_before(case: Case, document: str) -> QuerySet[IssuedDocument]:
    """The documents of this kind that still hold: the case's own, and those of its applicant's other cases."""
    theirs = Q(case=case)
    if case.applicant_id is not None:
        theirs |= Q(case__applicant_id=case.applicant_id)
    held = IssuedDocument.objects.filter(theirs, case__procedure_id=case.procedure_id, document=document, void_on=None)
    return held.select_related("case").order_by("pk")


def issue(case: Case, document: str, *, key: str, actor: Actor, now: datetime) -> IssuedDocument:
    """Issue a document of the case's procedure, from today; asked again with the same key, the first one stands.

    Where the person holds but one, the new one replaces what they held. Their row is locked meanwhile: two requests
    accepted at once leave one document that holds.
    """
    known = IssuedDocument.objects.filter(key=key).first()
    if known is not None:
        return known
    told, day = case.version.document.documents[document], today(now)
    if case.applicant_id is not None:
        Person.objects.select_for_update().filter(pk=case.applicant_id).values_list("pk").first()
    former = held_before(case, document) if told.single else case.issued.filter(document=document, void_on=None)
    for row in former:
        void(row, VoidReason.REPLACED, actor=actor, now=now)
    made = IssuedDocument.objects.create(
        case=case,
        document=document,
        number=new_reference(),
        key=key,
        issued_on=day,
        valid_until=add_months(day, told.valid_months) if told.valid_months else None,
    )
    payload = {"document": document, "number": made.number}
    journal.record(stream=STREAM, kind="cases.issued", subject=case.subject, actor=actor, payload=payload, now=now)
    return made


def void(row: IssuedDocument, reason: VoidReason, *, actor: Actor, now: datetime) -> bool:
    """Make a document void from today; False where it was already."""
    day = today(now)
    if not IssuedDocument.objects.filter(pk=row.pk, void_on=None).update(void_on=day, void_reason=reason):
        return False
    row.void_on, row.void_reason = day, reason
    payload = {"document": row.document, "number": row.number, "reason": str(reason)}
    subject = f"case:{row.case_id}"
    journal.record(stream=STREAM, kind="cases.voided", subject=subject, actor=actor, payload=payload, now=now)
    return True
