"""What the law wants written: acknowledgements, remedies, the mention of a rule or score; and the house's own notices.

A room of its own beside ``notices``: these sentences belong to the house, not to a procedure, which may bring its own
(a notice of the same name) and cannot leave out what the law wants (``notices.told`` adds it).
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bocage.base.dates import french_date
from bocage.cases.engine.values import french_phone
from bocage.cases.entrusting import handler_of
from bocage.cases.models import Case, Decision
from bocage.cases.schema import ProcedureDocument
from bocage.identity.staff import services
from bocage.territory.queries import commune_names

COMMUNE_SERVICE = "town_hall"
"""The service of a case handed to a commune of the house: no service of the community."""


def service_name(case: Case) -> str:
    """Which service handles a case, in words; empty where an organisation does: its name says it."""
    if case.handler_id is not None:
        return ""
    if case.service == COMMUNE_SERVICE and case.commune_id:
        commune = commune_names().get(case.commune.insee, "") if case.commune else ""
        return _("mairie de %(commune)s") % {"commune": commune}
    return services().get(case.service, "")


def legal_notice(document: ProcedureDocument, case: Case) -> str:
    """What a receipt says of the silence of the administration: its effect, its date (CRPA R112-5, R112-11-1)."""
    silence = document.silence
    if silence.effect == "none":
        return ""
    if case.silence_on is None:
        if case.complete or case.outcome:
            return ""
        months = ngettext("%d mois", "%d mois", silence.months) % silence.months
        return _(
            "Votre demande est incomplète : le délai de réponse ne court pas encore (CRPA, art. L114-5). Sans réponse "
            "de notre part %(months)s après la réception de ce qui manque, elle sera acceptée. Vous pourrez alors "
            "demander une attestation (CRPA, art. L232-3)."
        ) % {"months": months}
    day = french_date(case.silence_on)
    if silence.effect == "accept":
        return _(
            "Sans réponse de notre part le %(date)s, votre demande est acceptée. Vous pourrez alors demander une "
            "attestation (CRPA, art. L232-3). Ce délai ne court que si votre demande est complète."
        ) % {"date": day}
    return _(
        "Sans réponse de notre part le %(date)s, votre demande est refusée. Vous pourrez alors demander les motifs de "
        "ce refus (CRPA, art. L232-4). %(remedies)s"
    ) % {"date": day, "remedies": remedies_of(document)}


def remedies_of(document: ProcedureDocument) -> str:
    """How to contest a decision: the procedure's words, else those that hold for any decision of the house.

    Code de justice administrative, R421-1 (two months) and R421-5 (told with the decision, or they do not run).
    """
    return document.remedies or _(
        "Si vous n’êtes pas d’accord, vous pouvez, dans les deux mois, nous demander de revoir cette décision, ou "
        "saisir le tribunal administratif, par courrier ou sur www.telerecours.fr."
    )


def acknowledgement(case: Case, now: datetime) -> str:
    """The mentions of an acknowledgement: date, service with its address and telephone, what is missing.

    CRPA L112-3, R112-5 (paper) and R112-11-1 (electronic); what silence means is ``legal_notice``.
    """
    house, document = handler_of(case), case.version.document
    service = service_name(case)
    who = f"{house.name}, {service}" if service else house.name
    contacts = ", ".join(filter(None, (", ".join(house.address), french_phone(house.phone), house.email)))
    told = [
        _("Demande reçue le %(date)s. Service chargé de votre dossier : %(who)s, %(contacts)s.")
        % {"date": french_date(case.received_on), "who": who, "contacts": contacts}
        if case.received_on
        else ""
    ]
    missing = [document.by_id[key].label for key in case.missing if key in document.by_id]
    if missing:
        told.append(_("Il manque à votre demande :") + "\n\n" + "\n".join(f"- {label}" for label in missing))
        if case.correction:
            due = french_date(date.fromisoformat(case.correction["due_on"]))
            told.append(_("Envoyez-le au plus tard le %(date)s (CRPA, art. L114-5).") % {"date": due})
    return "\n\n".join(filter(None, told))


def algorithm_mention(document: ProcedureDocument, decision: Decision | None) -> str:
    """That a rule or a score weighed on a decision, and the right to have it explained (CRPA L311-3-1, R311-3-1-1)."""
    if document.algorithm is None or decision is None or not decision.algorithmic:
        return ""
    return _(
        "Cette décision s’appuie sur un traitement algorithmique, dont le but est : %(purpose)s. Vous avez le droit "
        "d’obtenir les règles de ce traitement et la manière dont il a été appliqué à votre demande (CRPA, "
        "art. L311-3-1) : demandez-les en ligne, sur la page de votre demande, ou au service. Sans réponse dans "
        "le mois, vous pouvez saisir la Commission d’accès aux documents administratifs (www.cada.fr)."
    ) % {"purpose": document.algorithm.purpose.rstrip(". ")}


# --- The house's own notices ---------------------------------------------------------------------------------------
def _acknowledgement() -> tuple[str, str]:
    return (
        _("Accusé de réception de votre demande {{ reference }}"),
        _(
            "Bonjour {{ name }},\n\nNous accusons réception de votre demande « {{ procedure }} » ({{ reference }}).\n\n"
            "{{ acknowledgement }}\n\n{{ legal_notice }}"
        ),
    )


def _forwarded() -> tuple[str, str]:
    return (
        _("Votre demande {{ reference }} est transmise"),
        _(
            "Bonjour {{ name }},\n\nVotre demande « {{ procedure }} », reçue le {{ received_on }}, ne relève pas du "
            "service qui l’a reçue. Nous l’avons transmise à qui est compétent (CRPA, art. L114-2) :\n\n"
            "{{ to }}\n{{ to_address }}\n\n{{ message }}\n\nVous n’avez rien à renvoyer.\n\n{{ legal_notice }}"
        ),
    )


def _attestation() -> tuple[str, str]:
    return (
        _("Attestation d’acceptation de votre demande {{ reference }}"),
        _(
            "Bonjour {{ name }},\n\n{{ territory }} atteste que votre demande « {{ procedure }} » ({{ reference }}), "
            "reçue le {{ received_on }}, est acceptée depuis le {{ legal_date }} : le délai de réponse s’est écoulé "
            "sans décision de notre part.\n\nCette attestation vous est délivrée à votre demande (Code des relations "
            "entre le public et l’administration, art. L232-3)."
        ),
    )


def _reasons() -> tuple[str, str]:
    return (
        _("Les motifs du refus de votre demande {{ reference }}"),
        _(
            "Bonjour {{ name }},\n\nVotre demande « {{ procedure }} » est refusée depuis le {{ legal_date }}, faute de "
            "réponse dans le délai. Vous nous en avez demandé les motifs (CRPA, art. L232-4). Les voici :\n\n"
            "{{ reason }}\n\nÀ compter du jour où vous recevez ces motifs, vous avez de nouveau deux mois pour "
            "contester ce refus."
        ),
    )


def _rules() -> tuple[str, str]:
    return (
        _("Les règles appliquées à votre demande {{ reference }}"),
        _(
            "Bonjour {{ name }},\n\nVoici comment le traitement algorithmique a servi à la décision sur votre demande "
            "« {{ procedure }} » (CRPA, art. L311-3-1 et R311-3-1-2).\n\n{{ message }}"
        ),
    )


def _document_lost() -> tuple[str, str]:
    return (
        _("Le document {{ document_number }} est annulé"),
        _(
            "Bonjour {{ name }},\n\nVous nous avez dit que le document numéro {{ document_number }} est perdu ou volé "
            "(« {{ procedure }} », demande {{ reference }}). Il n’est plus valable : personne ne peut s’en servir.\n\n"
            "Vous pouvez en demander un autre depuis cette demande, ou en appelant le {{ phone }}. Si vous le "
            "retrouvez, détruisez-le."
        ),
    )


HOUSE: Mapping[str, Callable[[], tuple[str, str]]] = {
    "acknowledgement": _acknowledgement,
    "forwarded": _forwarded,
    "attestation": _attestation,
    "reasons": _reasons,
    "rules": _rules,
    "document_lost": _document_lost,
}
"""Notices that every procedure has: title and body, with placeholders."""
