"""The words of a case's notices: the procedure's own text, its placeholders filled, and whom it goes to.

A room of its own: letters, e-mails, receipts and the timeline all say the same thing.
"""

from datetime import date, datetime

from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.base.models import Event, Payload
from bocage.cases import issued
from bocage.cases.engine.values import display, french_phone
from bocage.cases.entrusting import handler_of
from bocage.cases.legal_texts import HOUSE, acknowledgement, algorithm_mention, legal_notice, remedies_of
from bocage.cases.models import Case, Decision
from bocage.cases.sealing import open_answers
from bocage.messaging import texts
from bocage.messaging.recipients import Recipient
from bocage.territory.queries import commune_names, territory, today


def variables(case: Case, *, now: datetime, decision: Decision | None) -> dict[str, str]:
    """What the texts of a procedure may name, the answers themselves included."""
    document = case.version.document
    house = handler_of(case)
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
        "remedies": remedies_of(document),
        "acknowledgement": acknowledgement(case),
        "algorithm": algorithm_mention(document, decision),
        **issued.variables(case),
        "to": "",
        "to_address": "",
        "phone": french_phone(house.phone or territory().phone),
        "territory": house.name,
    }


RECEIPTS = ("receipt", "acknowledgement")
HOME = frozenset({"address", "postcode", "commune", "locality"})
"""What of a person's file a letter's envelope says."""


def told(case: Case, notice: str, *, decision: Decision | None, decides: bool = False) -> tuple[texts.Text, str]:
    """The text of a notice and the remedies to print under it: the procedure's words, or the house's where it has none.

    What the law wants is added where the procedure's text does not name it: to a receipt or an acknowledgement, the
    mentions of CRPA R112-5 and R112-11-1; to a decision, its reasons (L211-5), the remedies of a refusal
    (Code de justice administrative, R421-5), and that a rule or a score weighed on it (CRPA L311-3-1).
    Raises KeyError for a notice that neither knows.
    """
    document = case.version.document
    own = document.notices.get(notice)
    title, body = (own.title, own.body) if own else HOUSE[notice]()
    named = texts.variables_in(title, body)
    remedies = ""
    if notice in RECEIPTS and "acknowledgement" not in named:
        body += "\n\n{{ acknowledgement }}"
        if "legal_notice" not in named:
            body += "\n\n{{ legal_notice }}"
    if decides and decision is not None:
        if decision.outcome == "rejected":
            if "reason" not in named and not (decision.by_time and decision.reasons_on is None):
                body += "\n\n" + _("Motif : {{ reason }}")
            remedies = "" if "remedies" in named else remedies_of(document)
        if decision.algorithmic and "algorithm" not in named:
            body += "\n\n{{ algorithm }}"
    return texts.Text(title=title, body=body, large_print=own is not None and own.large_print), remedies


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
        prefers=person.told_by if person else "",
    )


def _moved(case: Case, now: datetime) -> bool:
    """Whether the person’s address was corrected since: a letter that came back then goes to the new one."""
    person, filed = case.applicant, case.submitted_at
    if person is None or not person.address or filed is None or filed >= now:
        return False
    subject = f"person:{person.pk}"
    since = Event.objects.filter(subject=subject, kind="identity.person_changed", at__gt=filed)
    told = Payload.objects.filter(event__in=since).values_list("body", flat=True)
    return any(HOME.intersection((body or {}).get("fields", ())) for body in told)


def _postcode(case: Case) -> str:
    first = case.commune.postcodes.order_by("code").first() if case.commune else None
    return first.code if first else ""
