"""The story of a case for its applicant: what happened, what comes next, from the journal's own events."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.dates import french_date, french_datetime
from bocage.base.models import Event
from bocage.cases.engine.signatures import asked_again
from bocage.cases.models import Case, Decision

PUBLIC_KINDS = (
    "cases.submitted",
    "cases.moved",
    "cases.correction_answered",
    "cases.signature_fallen",
    "cases.acknowledged",
    "cases.forwarded",
    "cases.passed_on",
    "cases.given_back",
    "cases.attested",
    "cases.issued",
    "cases.voided",
    "cases.reasons_asked",
    "cases.reasons_given",
    "cases.rules_told",
    "cases.message_sent",
    "cases.message_received",
    "cases.document_added",
)
MESSAGES = ("cases.message_sent", "cases.message_received")
RIGHTS = {
    "cases.acknowledged": gettext_lazy("Accusé de réception envoyé"),
    "cases.attested": gettext_lazy("Attestation délivrée"),
    "cases.reasons_asked": gettext_lazy("Vous avez demandé les motifs"),
    "cases.reasons_given": gettext_lazy("Motifs communiqués"),
    "cases.rules_told": gettext_lazy("Règles communiquées"),
}
ISSUED = {"cases.issued": gettext_lazy("Document délivré"), "cases.voided": gettext_lazy("Document annulé")}
SHOWN = 12  # events on the page of a case; the others are a link away


def events_of(case: Case, kinds: tuple[str, ...] | None = None) -> list[Event]:
    """The events of a case with their payloads, oldest first."""
    found = Event.objects.filter(subject=case.subject).select_related("payload").order_by("id")
    return list(found.filter(kind__in=kinds) if kinds else found)


def _payload(event: Event) -> dict[str, Any]:
    payload = getattr(event, "payload", None)
    return payload.body if payload is not None else {}


def signature_fallen(told: dict[str, Any]) -> str:
    """Who had signed, and why they are asked again; empty once the payload is erased."""
    return f"{told['name']} {asked_again(date.fromisoformat(told['on']))}" if told else ""


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
    if event.kind == "cases.signature_fallen":
        return _("Nouvelle signature demandée"), signature_fallen(_payload(event))
    if event.kind == "cases.message_sent":
        return _("Message du service"), ""
    if event.kind == "cases.message_received":
        return _("Votre message"), ""
    if event.kind == "cases.forwarded":
        return _("Demande transmise"), str(_payload(event).get("to", ""))
    if event.kind in ISSUED:
        return str(ISSUED[event.kind]), str(_payload(event).get("number", ""))
    if event.kind in {"cases.passed_on", "cases.given_back"}:
        told = _payload(event)
        text = _("C’est maintenant %(to)s qui s’en occupe : %(contact)s. Vous n’avez rien à refaire.")
        return _("Votre demande change de mains"), text % {"to": told.get("to", ""), "contact": told.get("contact", "")}
    return (str(RIGHTS[event.kind]), "") if event.kind in RIGHTS else ("", "")


def _item(case: Case, event: Event) -> dict[str, Any] | None:
    label, text = _label(case, event)
    if not label:
        return None
    return {"when": french_datetime(event.at), "datetime": event.at.isoformat(), "label": label, "text": text}


def public_timeline(case: Case, now: datetime) -> list[dict[str, Any]]:
    """Items for the design system's timeline: the past, then what is announced."""
    items = [item for event in events_of(case, PUBLIC_KINDS) if (item := _item(case, event))]
    return items if case.outcome else items + _next(case)


def latest_timeline(case: Case, now: datetime) -> tuple[list[dict[str, Any]], bool]:
    """The end of the same, and whether something came before: messages are beside it, they are not told twice."""
    kinds = [kind for kind in PUBLIC_KINDS if kind not in MESSAGES]
    found = Event.objects.filter(subject=case.subject, kind__in=kinds).select_related("payload").order_by("-id")
    latest = list(found[: SHOWN + 1])
    items = [item for event in latest[:SHOWN][::-1] if (item := _item(case, event))]
    return (items if case.outcome else items + _next(case)), len(latest) > SHOWN


def history(case: Case) -> QuerySet[Event]:
    """Everything that happened, latest first, to show page by page with ``history_items``."""
    return Event.objects.filter(subject=case.subject, kind__in=PUBLIC_KINDS).select_related("payload").order_by("-id")


def history_items(case: Case, events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events of one page as the timeline draws them, messages with their words."""
    told = list(events)
    wanted = [_payload(event).get("message") for event in told if event.kind in MESSAGES]
    words = dict(case.messages.filter(pk__in=[pk for pk in wanted if pk]).values_list("pk", "body"))
    items = []
    for event in told:
        if item := _item(case, event):
            said = words.get(_payload(event).get("message")) if event.kind in MESSAGES else None
            items.append({**item, "text": said or item["text"]})
    return items


def _next(case: Case) -> list[dict[str, Any]]:
    if case.correction:
        return [
            {
                "when": _("au plus tard le %(date)s")
                % {"date": french_date(datetime.fromisoformat(case.correction["due_on"]).date())},
                "label": _("Votre réponse"),
                "text": _("Le délai d’étude est arrêté jusque-là."),
                "kind": "care",
            }
        ]
    if case.waiting_for == "agent" and case.announced_on and getattr(case, "decision", None) is None:
        return [
            {
                "when": _("au plus tard le %(date)s") % {"date": french_date(case.announced_on)},
                "label": _("Notre réponse"),
                "text": _("Délai annoncé par le service."),
                "kind": "next",
            }
        ]
    return []


def decision_of(case: Case) -> Decision | None:
    """The decision taken, if any."""
    return Decision.objects.filter(case=case).first()
