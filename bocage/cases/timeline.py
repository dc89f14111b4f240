"""The story of a case for its applicant: what happened, what comes next, from the journal's own events."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.dates import french_date, french_datetime
from bocage.base.models import Event
from bocage.cases.models import Case, Decision

PUBLIC_KINDS = (
    "cases.submitted",
    "cases.moved",
    "cases.correction_answered",
    "cases.message_sent",
    "cases.message_received",
    "cases.document_added",
)


def events_of(case: Case, kinds: tuple[str, ...] | None = None) -> list[Event]:
    """The events of a case with their payloads, oldest first."""
    found = Event.objects.filter(subject=case.subject).select_related("payload").order_by("id")
    return list(found.filter(kind__in=kinds) if kinds else found)


def _payload(event: Event) -> dict[str, Any]:
    payload = getattr(event, "payload", None)
    return payload.body if payload is not None else {}


def _label(case: Case, event: Event) -> tuple[str, str]:
    """What to write of an event, title and text; an empty title leaves it out."""
    document = case.version.document
    if event.kind == "cases.submitted":
        return _("Demande reçue"), case.get_channel_display().capitalize()
    if event.kind == "cases.moved":
        try:
            state = document.workflow.state(_payload(event).get("to", ""))
        except KeyError:
            return "", ""
        return state.public, str(_payload(event).get("reason", ""))
    if event.kind == "cases.correction_answered":
        return _("Votre réponse est arrivée"), ""
    if event.kind == "cases.message_sent":
        return _("Message du service"), ""
    if event.kind == "cases.message_received":
        return _("Votre message"), ""
    return "", ""


def public_timeline(case: Case, now: datetime) -> list[dict[str, Any]]:
    """Items for the design system's timeline: the past, then what is announced."""
    items = []
    for event in events_of(case, PUBLIC_KINDS):
        label, text = _label(case, event)
        if label:
            items.append(
                {"when": french_datetime(event.at), "datetime": event.at.isoformat(), "label": label, "text": text}
            )
    if not case.outcome:
        items += _next(case)
    return items


def _next(case: Case) -> list[dict[str, Any]]:
    if case.correction:
        return [
            {
                "when": _("avant le %(date)s")
                % {"date": french_date(datetime.fromisoformat(case.correction["due_on"]).date())},
                "label": _("Votre réponse"),
                "text": _("Le délai d’étude est arrêté jusque-là."),
                "kind": "care",
            }
        ]
    if case.waiting_for == "agent" and case.announced_on:
        return [
            {
                "when": _("avant le %(date)s") % {"date": french_date(case.announced_on)},
                "label": _("Notre réponse"),
                "text": _("Délai annoncé par le service."),
                "kind": "next",
            }
        ]
    return []


def decision_of(case: Case) -> Decision | None:
    """The decision taken, if any."""
    return Decision.objects.filter(case=case).first()
