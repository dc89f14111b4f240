"""Filing a draft: once, whatever is replayed or raced; the person, the commune and the index follow."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base.actors import Actor
from bocage.cases.applicant import asks_as_proved, certain, columns, person_fields
from bocage.cases.engine import CaseState, Refused, Submit
from bocage.cases.indexing import index
from bocage.cases.models import ERASED, Case
from bocage.cases.operations.drafts import CLOSED, GONE, UNPROVED
from bocage.cases.operations.joining import keep_public
from bocage.cases.operations.stamping import stamp
from bocage.cases.operations.store import Conflict, carry_out
from bocage.cases.queries import is_closed
from bocage.cases.schema import ProcedureDocument
from bocage.cases.sealing import open_answers
from bocage.identity.models import Person
from bocage.identity.operations import create_person
from bocage.territory.queries import today


def submit_case(case: Case, *, actor: Actor, now: datetime, allow_incomplete: bool = False) -> Case:
    """File a draft and give it back as filed.

    Pressing twice, or from two windows, files once: the second call gives the same case, with the same receipt.
    Raises Refused, with the errors by field, when something is missing or wrong.
    """
    for _attempt in range(3):
        if not case.is_draft:
            return case
        try:
            with transaction.atomic():
                _submit(case, actor=actor, now=now, allow_incomplete=allow_incomplete)
            return case
        except Refused:
            if not Case.objects.filter(pk=case.pk).exists():  # its documents are gone with it: that is not the matter
                raise Refused(str(GONE)) from None
            raise
        except Conflict:
            fresh = Case.objects.select_related("version__procedure", "procedure").filter(pk=case.pk).first()
            if fresh is None or (fresh.is_draft and fresh.applicant_name == ERASED):
                raise Refused(str(GONE)) from None
            case = fresh
    raise Conflict


def _submit(case: Case, *, actor: Actor, now: datetime, allow_incomplete: bool) -> None:
    document = case.version.document
    if case.entered_by_id is None and is_closed(case.procedure, today(now)):
        raise Refused(str(CLOSED))
    if document.identity == "proved" and case.entered_by_id is None and not asks_as_proved(case):
        raise Refused(str(UNPROVED))
    values: dict[str, Any] = {**open_answers(case.answers), **open_answers(case.pending), **certain(case)}
    own = list(case.documents.values_list("key", "scan_state", "source", "field"))
    check_documents(document, values, {key: scan_state for key, scan_state, _source, _field in own})
    received_on: date = case.received_on or today(now)

    def columns_of(filed: CaseState) -> dict[str, Any]:
        told = person_fields(document, filed.answers)
        changes = {**columns(case, told, filed.answers), "submitted_at": now, "pending": {}, "step": ""}
        changes |= stamp(case, changes["commune"], today(now))
        if case.applicant_id is None and told.get("birth_name"):
            changes["applicant"] = _applicant(document, told, actor=actor, now=now)
        # The effects of filing (the receipt) read these from the case: they are set before it is written.
        for key, value in changes.items():
            setattr(case, key, value)
        return changes

    carry_out(case, Submit(values, received_on, allow_incomplete), actor=actor, now=now, changes=columns_of)
    kept = {key for value in case.answers.values() if isinstance(value, list) for key in value if isinstance(key, str)}
    left = [key for key, _state, source, field in own if field and source == "upload" and key not in kept]
    if left:
        case.documents.filter(key__in=left).update(field="")
    keep_public(case, actor=actor, now=now)
    index(case)


def _applicant(document: ProcedureDocument, told: dict[str, Any], *, actor: Actor, now: datetime) -> Person:
    try:
        return create_person(actor=actor, now=now, **told)
    except ValidationError as error:
        # The person's file is stricter than this procedure: say so at the field that tells it.
        by_role: dict[str, str] = {field.role: field.id for field in document.by_id.values() if field.role}
        raise Refused(
            _("Il reste des réponses à compléter ou à corriger."),
            {by_role.get(name, name): " ".join(texts) for name, texts in error.message_dict.items()},
        ) from None


def check_documents(document: ProcedureDocument, values: Mapping[str, Any], own: Mapping[str, str]) -> None:
    """Documents named in the answers are the case's ``own`` (scan states by key), and none was refused."""
    wanted = {
        field.id: values[field.id]
        for field in document.by_id.values()
        if field.kind == "file" and isinstance(values.get(field.id), list)
    }
    errors = {}
    for field_id, keys in wanted.items():
        if any(key not in own for key in keys):
            errors[field_id] = _("Ce fichier n’a pas été reçu. Joignez-le à nouveau.")
        elif any(own[key] == "refused" for key in keys):
            errors[field_id] = _("Ce fichier a été refusé par la vérification de sécurité. Joignez-en un autre.")
    if errors:
        raise Refused(_("Un document est à joindre à nouveau."), errors)
