"""The story of a case for agents: every event in words, with its author and its instant.

A room of its own beside ``timeline``: residents read other words, and fewer of them.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.dates import french_date, french_datetime
from bocage.base.models import Event
from bocage.cases.models import Case, Channel, Document, Urgency, VoidReason
from bocage.cases.rows import state_label
from bocage.cases.timeline import events_of, signature_fallen
from bocage.cases.validation.triggers import OF_THE_HOUSE, deadline_kinds, overdue_kind
from bocage.identity.models import Account

WORDS = {
    "cases.started": gettext_lazy("Saisie commencée"),
    "cases.draft_kept": gettext_lazy("Brouillon gardé plus longtemps"),
    "cases.submitted": gettext_lazy("Demande reçue"),
    "cases.moved": gettext_lazy("Changement d’état"),
    "cases.decided": gettext_lazy("Décision"),
    "cases.correction_answered": gettext_lazy("Réponse à la demande de correction"),
    "cases.message_sent": gettext_lazy("Message envoyé à la personne"),
    "cases.message_received": gettext_lazy("Message de la personne"),
    "cases.answer_read": gettext_lazy("Réponse marquée comme lue"),
    "cases.answers_read": gettext_lazy("Réponses protégées lues"),
    "cases.document_added": gettext_lazy("Document ajouté"),
    "cases.document_removed": gettext_lazy("Document retiré du brouillon"),
    "cases.document_cleared": gettext_lazy("Document vérifié"),
    "cases.document_refused": gettext_lazy("Document refusé par la vérification"),
    "cases.document_read": gettext_lazy("Document ouvert"),
    "cases.document_sorted": gettext_lazy("Papier scanné classé"),
    "cases.assigned": gettext_lazy("Dossier confié"),
    "cases.urgency_set": gettext_lazy("Urgence du dossier"),
    "cases.noted": gettext_lazy("Note interne"),
    "cases.agent_fields": gettext_lazy("Partie du service remplie"),
    "cases.claimed": gettext_lazy("Rattaché à un compte"),
    "cases.entry_described": gettext_lazy("Saisie précisée"),
    "cases.applicant_merged": gettext_lazy("Fiches de la personne réunies ou séparées"),
    "cases.opinion_asked": gettext_lazy("Avis demandé"),
    "cases.opinion_given": gettext_lazy("Avis reçu"),
    "cases.settled": gettext_lazy("Rendez-vous ou paiement noté"),
    "cases.signed": gettext_lazy("Signature reçue"),
    "cases.signature_fallen": gettext_lazy("Nouvelle signature demandée"),
    "cases.signatures_asked": gettext_lazy("Liens de signature renvoyés"),
    "cases.reminder_set": gettext_lazy("Rappel noté"),
    "cases.reminder_done": gettext_lazy("Rappel fait"),
    "cases.linked": gettext_lazy("Lié à un autre dossier"),
    "cases.unlinked": gettext_lazy("Lien retiré avec un autre dossier"),
    "cases.satisfaction": gettext_lazy("Deux questions répondues"),
    "cases.erased": gettext_lazy("Données de la personne effacées"),
    "cases.acknowledged": gettext_lazy("Accusé de réception envoyé"),
    "cases.delay_resumed": gettext_lazy("Délai du refus implicite repris"),
    "cases.overdue": gettext_lazy("Échéance passée"),
    "cases.attested": gettext_lazy("Attestation délivrée"),
    "cases.issued": gettext_lazy("Document délivré"),
    "cases.voided": gettext_lazy("Document annulé"),
    "cases.reasons_asked": gettext_lazy("Motifs demandés par la personne"),
    "cases.reasons_given": gettext_lazy("Motifs communiqués"),
    "cases.rules_told": gettext_lazy("Règles du traitement communiquées"),
    "cases.forwarded": gettext_lazy("Demande transmise"),
    "cases.passed_on": gettext_lazy("Passé à la communauté de communes"),
    "cases.given_back": gettext_lazy("Rendu à l’organisme"),
    "cases.code_replaced": gettext_lazy("Code de suivi donné de nouveau"),
    "cases.joining": gettext_lazy("Joint à un signalement déjà fait, ou séparé"),
    "cases.photo_shown": gettext_lazy("Photo montrée sur la page publique"),
    "cases.photo_hidden": gettext_lazy("Photo retirée de la page publique"),
    "cases.decision_prepared": gettext_lazy("Décision mise à la signature"),
    "cases.decision_returned": gettext_lazy("Décision renvoyée par la signature"),
    "messaging.notified": gettext_lazy("Avis envoyé"),
    "messaging.delivery_failed": gettext_lazy("Avis non remis"),
    "messaging.delivery_requeued": gettext_lazy("Avis remis en route"),
    "messaging.letter_printed": gettext_lazy("Lettre imprimée"),
    "messaging.letter_posted": gettext_lazy("Lettre postée"),
    "messaging.letter_returned": gettext_lazy("Lettre revenue"),
    "messaging.erased": gettext_lazy("Avis effacés"),
}
QUIET = frozenset({"cases.document_cleared", "cases.document_read", "cases.answer_read", "cases.agent_fields"})
OUTCOMES = {
    "accepted": gettext_lazy("demande acceptée"),
    "rejected": gettext_lazy("demande refusée"),
    "withdrawn": gettext_lazy("demande retirée"),
    "closed": gettext_lazy("demande close"),
    "forwarded": gettext_lazy("demande transmise"),
}
SYSTEM = {"clock": gettext_lazy("le délai légal"), "scanner": gettext_lazy("la vérification des fichiers")}


def full_timeline(case: Case) -> list[dict[str, Any]]:
    """Every event, latest first, for the design system's timeline; three queries whatever their number."""
    events = events_of(case)
    bodies = {event.pk: _body(event) for event in events}
    wanted = {int(event.actor[8:]) for event in events if event.actor.startswith("account:")}
    wanted |= {body["account"] for body in bodies.values() if isinstance(body.get("account"), int)}
    accounts = Account.objects.in_bulk(wanted)
    names = dict(Document.objects.filter(case=case).values_list("key", "name"))
    return [
        {
            "when": french_datetime(event.at),
            "datetime": event.at.isoformat(),
            "label": _label(case, event),
            "text": " · ".join(
                filter(None, (_detail(case, event, bodies[event.pk], accounts, names), _by(event, case, accounts)))
            ),
            "kind": "next" if event.kind in QUIET else "",
        }
        for event in reversed(events)
    ]


def _body(event: Event) -> dict[str, Any]:
    payload = getattr(event, "payload", None)
    return payload.body if payload is not None and isinstance(payload.body, dict) else {}


def _label(case: Case, event: Event) -> str:
    return str(WORDS.get(event.kind, _("Autre événement du dossier")))


def _by(event: Event, case: Case, accounts: dict[int, Account]) -> str:
    """Who did it, in words."""
    kind, _colon, key = event.actor.partition(":")
    if kind == "account" and key.isdigit():
        if int(key) == case.account_id:
            return _("par la personne, depuis son compte")
        account = accounts.get(int(key))
        return _("par %(name)s") % {"name": account} if account else _("par un compte effacé")
    if kind == "system":
        return _("par %(name)s") % {"name": SYSTEM.get(key, _("le système"))}
    theirs = kind == "visitor" and not event.kind.startswith("messaging.")  # a notice follows what they did
    return _("par la personne, sans compte") if theirs else ""


def _detail(case: Case, event: Event, body: dict[str, Any], accounts: dict[int, Account], names: dict[str, str]) -> str:
    document = case.version.document
    match event.kind:
        case "cases.started":
            channel = body.get("channel", "")
            return str(Channel(channel).label) if channel in Channel.values else ""
        case "cases.submitted":
            told = case.get_channel_display()
            return told if body.get("complete", True) else _("%(channel)s, incomplète") % {"channel": told}
        case "cases.moved":
            try:
                label = document.workflow.state(str(body.get("to", ""))).label
            except KeyError:
                label = str(body.get("to", ""))
            return " : ".join(filter(None, (label, str(body.get("reason", "")))))
        case "cases.decided":
            told = str(body.get("outcome", ""))  # of a decision that ends nothing: the state where it leads
            outcome = str(OUTCOMES.get(told) or state_label(case.version, told))
            return _("%(outcome)s, par l’effet du délai") % {"outcome": outcome} if body.get("by_time") else outcome
        case "cases.forwarded":
            return " : ".join(filter(None, (str(body.get("to", "")), str(body.get("reason", "")))))
        case "cases.decision_prepared" | "cases.decision_returned":
            known_ids = {item.id: item.label for item in document.workflow.transitions}
            label = known_ids.get(str(body.get("transition", "")), "")
            return " : ".join(filter(None, (label, str(body.get("note", "")))))
        case "cases.assigned":
            account = accounts.get(body["account"]) if isinstance(body.get("account"), int) else None
            return _("à %(name)s") % {"name": account} if account else _("à personne")
        case "cases.urgency_set":
            level = body.get("level")
            return str(Urgency(level).label) if level in Urgency.values else ""
        case "cases.agent_fields":
            known = [document.by_id[key].label for key in body.get("fields", ()) if key in document.by_id]
            return ", ".join(known)
        case "cases.issued":
            return str(body.get("number", ""))
        case "cases.signed":
            return str(body.get("name", ""))
        case "cases.signature_fallen":
            return signature_fallen(body)
        case "cases.voided":
            reason = str(body.get("reason", ""))
            label = VoidReason(reason).label if reason in VoidReason.values else ""
            return ", ".join(filter(None, (str(body.get("number", "")), str(label))))
        case kind if kind.startswith(("cases.document_", "cases.photo_")):
            return names.get(str(body.get("document", "")), "")
    return ""


def _own_deadlines(case: Case) -> dict[str, str]:
    """The deadlines that the procedure's buttons set: the field that tells the date, else what its passing does."""
    flow = case.version.document.workflow
    found = {
        kind: item.label
        for item in flow.transitions
        if (kind := overdue_kind(item.id, deadline_kinds(case.version.document)))
    }
    for item in flow.transitions:
        for effect in item.effects:
            if effect.kind == "set_deadline" and effect.due_of:
                found[effect.deadline] = case.version.document.by_id[effect.due_of].label
    return {kind: label for kind, label in found.items() if kind not in OF_THE_HOUSE}


def next_dates(case: Case) -> list[dict[str, str]]:
    """The dates to keep, as facts: announced answer, silence, correction awaited."""
    told = {
        "announced": _("Réponse annoncée"),
        "silence": _("Effet du silence"),
        "correction": _("Correction attendue"),
        "acknowledgement": _("Accusé de réception à envoyer"),
        "reasons": _("Motifs à communiquer"),
        "signatures": _("Signatures attendues"),
    }
    told |= _own_deadlines(case)
    return [
        {
            "label": told.get(row.kind, row.kind),
            "value": french_date(row.due_on) + (_(" (arrêté)") if row.suspended_on else ""),
        }
        for row in case.deadlines.filter(closed=False).order_by("due_on")
    ]
