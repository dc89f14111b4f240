"""The words of a case's notices: the procedure's own text, its placeholders filled, and whom it goes to.

A room of its own: letters, e-mails, receipts and the timeline all say the same thing.
"""

from datetime import date, datetime

from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.base.models import Event
from bocage.cases.engine.values import display, french_phone
from bocage.cases.models import Case, Decision
from bocage.cases.schema import ProcedureDocument
from bocage.cases.sealing import open_answers
from bocage.messaging.recipients import Recipient
from bocage.territory.queries import commune_names, territory, today


def legal_notice(document: ProcedureDocument, case: Case) -> str:
    """What a receipt says of the silence of the administration (CRPA R112-11-1)."""
    if document.silence.effect == "none" or case.silence_on is None:
        return ""
    day = french_date(case.silence_on)
    if document.silence.effect == "accept":
        return _(
            "Sans réponse de notre part le %(date)s, votre demande est acceptée. Vous pourrez alors demander une "
            "attestation (CRPA, art. L232-3). Ce délai ne court que si votre demande est complète."
        ) % {"date": day}
    return _("Sans réponse de notre part le %(date)s, votre demande est refusée. %(remedies)s") % {
        "date": day,
        "remedies": document.remedies,
    }


def variables(case: Case, *, now: datetime, decision: Decision | None) -> dict[str, str]:
    """What the texts of a procedure may name, the answers themselves included."""
    document = case.version.document
    house = territory()
    names = commune_names()
    told: dict[str, str] = dict.fromkeys(document.by_id, "")
    for answers in (open_answers(case.answers), open_answers(case.agent_answers)):
        for key, value in answers.items():
            field = document.by_id.get(key)
            if field is not None and not field.sensitive:
                told[key] = display(field, value, communes=names)
    correction = case.correction or {}
    labels = [document.by_id[key].label for key in correction.get("fields", ()) if key in document.by_id]
    return told | {
        "reference": case.reference,
        "name": case.applicant_name,
        "procedure": case.procedure.title,
        "received_on": french_date(case.received_on or today(now)),
        "announced_on": french_date(case.announced_on) if case.announced_on else "",
        "legal_notice": legal_notice(document, case),
        "message": correction.get("message", ""),
        "fields": ", ".join(labels),
        "due_on": french_date(date.fromisoformat(correction["due_on"])) if correction else "",
        "reason": decision.reason if decision else "",
        "legal_date": french_date(decision.legal_date) if decision else "",
        "remedies": document.remedies,
        "phone": french_phone(house.phone),
        "territory": house.name,
    }


def recipient_of(case: Case, now: datetime) -> Recipient:
    """Where the applicant hears from us: what the case says first, then what the person says."""
    person = case.applicant
    document = case.version.document
    lines: list[str] = []
    field = document.with_role("address")
    address = open_answers(case.answers).get(field.id) if field else None
    if address and not _moved(case, now):
        town = commune_names().get(address.get("commune", ""), "") or address.get("locality", "")
        lines = [address["line"], f"{address.get('postcode') or _postcode(case)} {town}".strip()]
    elif person is not None and person.address:
        town = person.commune.name if person.commune else person.locality
        lines = [person.address, f"{person.postcode} {town}".strip()]
    return Recipient(
        name=case.applicant_name or (person.full_name if person else ""),
        email=case.contact_email,
        phone=case.contact_phone,
        address_lines=tuple(line for line in lines if line),
        person_id=person.pk if person else None,
    )


def _moved(case: Case, now: datetime) -> bool:
    """Whether an agent corrected the person’s file since: a letter that came back then goes to the new address."""
    person, filed = case.applicant, case.submitted_at
    if person is None or not person.address or filed is None or filed >= now:
        return False
    subject = f"person:{person.pk}"
    return Event.objects.filter(subject=subject, kind="identity.person_changed", at__gt=filed).exists()


def _postcode(case: Case) -> str:
    first = case.commune.postcodes.order_by("code").first() if case.commune else None
    return first.code if first else ""
