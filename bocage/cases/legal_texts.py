"""What the law wants written: acknowledgements, remedies, the mention of a rule or score; and the house's own notices.

A room of its own beside ``notices``: these sentences belong to the house, not to a procedure, which may bring its own
(a notice of the same name) and cannot leave out what the law wants (``notices.told`` adds it).
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bocage.base.dates import french_date
from bocage.cases.engine.state import Deadline
from bocage.cases.engine.values import french_phone
from bocage.cases.entrusting import handler_of
from bocage.cases.models import Case, Decision
from bocage.cases.schema import ProcedureDocument
from bocage.identity.staff import services
from bocage.messaging.letterhead import Letterhead
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
    if document.silence.effect == "none" or case.outcome:
        return ""
    if case.silence_on is not None:
        return silence_told(document, Deadline("silence", case.silence_on))
    row = case.deadlines.filter(kind="silence", closed=False).first()
    stopped = Deadline(row.kind, row.due_on, row.suspended_on) if row is not None else None
    return silence_told(document, stopped, answer_by=_answer_by(case))


def _answer_by(case: Case) -> date | None:
    """Until when the pieces asked for may be produced."""
    return date.fromisoformat(case.correction["due_on"]) if case.correction else None


def silence_told(document: ProcedureDocument, silence: Deadline | None, *, answer_by: date | None = None) -> str:
    """The same, of the open deadline of silence; ``answer_by``: until when the pieces that stopped it may come.

    Stopped (CRPA L114-5), the delay to an implied acceptance runs only from the day the pieces come; that to an implied
    rejection, for the time given to produce them and no longer: its date is then the latest that it may be.
    """
    if document.silence.effect == "none" or silence is None:
        return ""
    accepts = document.silence.effect == "accept"
    if accepts and silence.suspended_on is not None:
        months = ngettext("%d mois", "%d mois", document.silence.months) % document.silence.months
        return _(
            "Votre demande est incomplète : le délai de réponse ne court pas encore (CRPA, art. L114-5). Sans réponse "
            "de notre part %(months)s après la réception de ce qui manque, elle sera acceptée. Vous pourrez alors "
            "demander une attestation (CRPA, art. L232-3)."
        ) % {"months": months}
    if accepts:
        return _(
            "Sans réponse de notre part le %(date)s, votre demande est acceptée. Vous pourrez alors demander une "
            "attestation (CRPA, art. L232-3). Ce délai ne court que si votre demande est complète."
        ) % {"date": french_date(silence.due_on)}
    told = {"date": french_date(silence.due_on), "remedies": remedies_of(document)}
    if silence.suspended_on is None or answer_by is None:
        return (
            _(
                "Sans réponse de notre part le %(date)s, votre demande est refusée. Vous pourrez alors demander les "
                "motifs de ce refus (CRPA, art. L232-4). %(remedies)s"
            )
            % told
        )
    last = silence.due_on + max(answer_by - silence.suspended_on, timedelta(0))
    return _(
        "Le délai de réponse s’arrête jusqu’au jour où nous recevons ce qui manque, et au plus tard jusqu’au "
        "%(answer_by)s (CRPA, art. L114-5). Sans réponse de notre part, votre demande est refusée le %(last)s, ou plus "
        "tôt si ce qui manque arrive plus tôt. Vous pourrez alors demander les motifs de ce refus (CRPA, art. L232-4). "
        "%(remedies)s"
    ) % {**told, "answer_by": french_date(answer_by), "last": french_date(last)}


def remedies_of(document: ProcedureDocument) -> str:
    """How to contest a decision: the procedure's words, else those that hold for any decision of the house.

    Code de justice administrative, R421-1 (two months) and R421-5 (told with the decision, or they do not run).
    """
    return document.remedies or _(
        "Si vous n’êtes pas d’accord, vous pouvez, dans les deux mois, nous demander de revoir cette décision, ou "
        "saisir le tribunal administratif, par courrier ou sur www.telerecours.fr."
    )


def acknowledgement(case: Case) -> str:
    """The mentions of an acknowledgement: date, service with its address and telephone, what is missing.

    CRPA L112-3, R112-5 (paper) and R112-11-1 (electronic); what silence means is ``legal_notice``.
    """
    house, missing = handler_of(case), tuple(case.missing)
    return acknowledged(
        case.version.document, house, service_name(case), case.received_on, missing, answer_by=_answer_by(case)
    )


def acknowledged(
    document: ProcedureDocument,
    house: Letterhead,
    service: str,
    received_on: date | None,
    missing: tuple[str, ...],
    *,
    answer_by: date | None = None,
) -> str:
    """The same, of who handles a request, the day it came and the ids of the fields that it lacks."""
    who = f"{house.name}, {service}" if service else house.name
    contacts = ", ".join(filter(None, (", ".join(house.address), french_phone(house.phone), house.email)))
    told = [
        _("Demande reçue le %(date)s. Service chargé de votre dossier : %(who)s, %(contacts)s.")
        % {"date": french_date(received_on), "who": who, "contacts": contacts}
        if received_on
        else ""
    ]
    labels = [document.by_id[key].label for key in missing if key in document.by_id]
    if labels:
        told.append(_("Il manque à votre demande :") + "\n\n" + "\n".join(f"- {label}" for label in labels))
        if answer_by:
            due = {"date": french_date(answer_by)}
            told.append(_("Envoyez-le au plus tard le %(date)s (CRPA, art. L114-5).") % due)
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
"""Notices that every procedure has (``schema_parts.HOUSE_NOTICES``): title and body, with placeholders."""
