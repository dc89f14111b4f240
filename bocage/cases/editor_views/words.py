"""The words of the editor: what each kind of question, state, effect is for, in plain French, with an example.

A room of its own: forms, outlines and guides use the same words.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from bocage.cases.validation import triggers


class Kind(NamedTuple):
    """A kind of question: its name, and what it is for."""

    label: Any
    help: Any


FIELD_KINDS: Mapping[str, Kind] = {
    "text": Kind(_("Texte court"), _("Une ligne. Exemple : le numéro de la carte grise.")),
    "textarea": Kind(_("Texte long"), _("Plusieurs lignes. Exemple : décrivez votre projet.")),
    "choice": Kind(_("Une réponse dans une liste"), _("Une seule à choisir. Exemple : le type de logement.")),
    "choices": Kind(_("Plusieurs réponses dans une liste"), _("Des cases à cocher. Exemple : les jours possibles.")),
    "yesno": Kind(_("Oui ou non"), _("Exemple : êtes-vous locataire ?")),
    "date": Kind(_("Date"), _("Exemple : le jour souhaité.")),
    "number": Kind(_("Nombre"), _("Exemple : le nombre de personnes du foyer.")),
    "amount": Kind(_("Montant en euros"), _("Exemple : le prix payé.")),
    "address": Kind(_("Adresse"), _("Rue, code postal, commune : le dossier va à la bonne commune.")),
    "place": Kind(_("Lieu"), _("Un point sur la carte, ou une commune et un repère. Exemple : le trou dans la route.")),
    "household_person": Kind(
        _("Personne du foyer"), _("Choisie dans le foyer ou nommée. Exemple : l’enfant à inscrire.")
    ),
    "email": Kind(_("Adresse électronique"), _("Pour écrire à la personne.")),
    "phone": Kind(_("Téléphone"), _("Pour appeler la personne.")),
    "organisation": Kind(_("Organisme"), _("Une association ou une entreprise, par son SIRET ou son RNA.")),
    "file": Kind(_("Document à joindre"), _("Une photo ou un PDF. Exemple : un justificatif de domicile.")),
    "group": Kind(_("Lignes qui se répètent"), _("Les mêmes questions plusieurs fois. Exemple : chaque véhicule.")),
    "amounts_table": Kind(
        _("Tableau de montants"), _("Des intitulés, des colonnes, leurs totaux. Exemple : le budget d’un projet.")
    ),
    "appointment": Kind(_("Rendez-vous"), _("Ce qui convient à la personne ; le service fixe le jour sur le dossier.")),
    "payment": Kind(_("Paiement"), _("Comment elle paie ; au guichet, le service note la somme sur le dossier.")),
    "signatures": Kind(
        _("Signatures de plusieurs personnes"), _("Chacune reçoit un lien pour signer. Exemple : les deux parents.")
    ),
    "statement": Kind(_("Engagement à cocher"), _("Exemple : je certifie que mes réponses sont exactes.")),
    "computed": Kind(_("Valeur calculée"), _("Rien à remplir : le prix, un total, lu dans une table ou calculé.")),
    "note": Kind(_("Explication"), _("Un texte à lire, sans réponse.")),
}
"""In the order in which the editor proposes them."""

ROLES: Mapping[str, Any] = {
    "": _("Rien de tel"),
    "given_names": _("Ses prénoms"),
    "birth_name": _("Son nom de naissance"),
    "usual_name": _("Son nom d’usage"),
    "birth_date": _("Sa date de naissance"),
    "email": _("Son adresse électronique"),
    "phone": _("Son téléphone"),
    "address": _("Son adresse"),
}

ACTS: Mapping[str, Any] = {
    "ask": _("Demander"),
    "book": _("Réserver, prendre rendez-vous"),
    "enrol": _("Inscrire, s’inscrire"),
    "pay": _("Payer"),
    "go_out": _("Sortir"),
    "report": _("Signaler"),
}

AUDIENCES: Mapping[str, Any] = {"person": _("Une personne"), "organisation": _("Une association ou une entreprise")}

CONTACT: Mapping[str, Any] = {
    "required": _("Oui : nous devons pouvoir lui écrire ou l’appeler"),
    "optional": _("Non, si elle préfère : elle suit alors sa demande par son code"),
}

IDENTITY: Mapping[str, Any] = {
    "any": _("Non : ce que la personne dit suffit"),
    "proved": _("Oui : avec FranceConnect, ou à l’accueil avec une pièce d’identité"),
}

SHAPES: Mapping[str, Any] = {
    "card": _("Une carte, de la taille d’une carte bancaire"),
    "page": _("Une page : attestation, convention, autorisation"),
}

SILENCE: Mapping[str, Any] = {
    "none": _("Rien : le silence ne décide pas"),
    "accept": _("Une acceptation"),
    "reject": _("Un refus"),
}

WAITING: Mapping[str, Any] = {
    "agent": _("Nous, le service"),
    "applicant": _("La personne qui demande"),
    "other": _("Quelqu’un d’autre, ou un rendez-vous"),
    "nobody": _("Personne, c’est fini"),
}

OUTCOMES: Mapping[str, Any] = {
    "": _("Non, le dossier continue"),
    "accepted": _("Oui, la demande est acceptée"),
    "rejected": _("Oui, la demande est refusée"),
    "withdrawn": _("Oui, la personne a renoncé"),
    "closed": _("Oui, c’est terminé, sans oui ni non"),
}

PRESSED_BY: Mapping[str, Any] = {
    "agent": _("Un agent du service"),
    "manager": _("Le ou la responsable du service"),
    "reception": _("L’accueil (mairie, France services)"),
    "applicant": _("La personne elle-même"),
    "system": _("Personne : le temps qui passe, ou une réponse reçue"),
}

TRIGGERS: Mapping[str, Any] = {
    "silence": _("Le délai du silence est écoulé, si c’est une décision"),
    triggers.ANSWERED: _("La personne a répondu à une correction"),
    triggers.SIGNED: _("Tout le monde a signé"),
    triggers.SETTLED: _("Le rendez-vous est fixé, ou la somme est payée"),
    triggers.JOINED: _("La demande en rejoint une autre, sur la même chose"),
    f"{triggers.OTHER}forwarded": _("La demande qu’il rejoint est transmise ailleurs"),
}

OVERDUE: Mapping[str, Any] = {
    "correction": _("La réponse à une correction n’est pas venue à temps"),
    "signatures": _("Les signatures ne sont pas venues à temps"),
    "announced": _("La date de réponse annoncée est passée"),
}

REASONS: Mapping[str, Any] = {
    "none": _("Non"),
    "optional": _("Oui, s’il y a lieu"),
    "required": _("Oui, toujours"),
}

EFFECTS: Mapping[str, Any] = {
    "send_notice": _("Envoyer un avis à la personne"),
    "ask_correction": _("Demander de compléter ou de corriger"),
    "set_deadline": _("Fixer une échéance"),
    "close_deadline": _("Lever une échéance"),
    "assign": _("Confier le dossier à l’agent qui appuie"),
    "ask_opinion": _("Demander un avis à un tiers"),
    "create_charge": _("Créer une somme à payer"),
    "open_booking": _("Ouvrir une réservation"),
    "issue_document": _("Délivrer un document"),
    "void_document": _("Annuler le document perdu"),
    "call_webhook": _("Prévenir un autre logiciel"),
}

CONSEQUENCES: Mapping[str, Any] = {
    "show": _("Montrer un champ"),
    "require": _("Rendre une réponse obligatoire"),
    "forbid": _("Arrêter la demande et dire pourquoi"),
}

RESULTS: Mapping[str, Any] = {
    "number": _("Un nombre"),
    "amount": _("Une somme en euros"),
    "text": _("Un texte"),
    "date": _("Une date"),
    "yesno": _("Oui ou non"),
}

MEMBERS: Mapping[str, Any] = {"all": _("Tout le foyer"), "children": _("Les enfants seulement")}

PLACES: Mapping[str, Any] = {
    "town_hall": _("Les mairies"),
    "counter": _("Les accueils de la communauté de communes"),
    "france_services": _("Les espaces France services"),
    "waste_site": _("Les déchèteries"),
    "library": _("Les bibliothèques"),
    "other": _("Les autres lieux"),
}

ACCEPTED: Mapping[str, Any] = {"pdf": _("PDF"), "image": _("Photo ou image"), "text": _("Texte")}

PLACEHOLDERS: Mapping[str, Any] = {
    "name": _("le nom de la personne"),
    "reference": _("la référence du dossier"),
    "procedure": _("le nom de la démarche"),
    "received_on": _("le jour de la réception"),
    "announced_on": _("le jour de réponse annoncé"),
    "legal_notice": _("ce que vaut le silence, et quand"),
    "message": _("ce que l’agent écrit en demandant une correction"),
    "fields": _("les champs à corriger"),
    "due_on": _("le dernier jour pour répondre"),
    "reason": _("le motif de la décision"),
    "legal_date": _("la date de la décision"),
    "document_number": _("le numéro du document délivré"),
    "document_until": _("le dernier jour du document délivré"),
    "remedies": _("comment contester"),
    "phone": _("notre téléphone"),
    "territory": _("le nom de la communauté de communes"),
    "acknowledgement": _("l’accusé de réception que demande la loi"),
    "algorithm": _("ce que la loi fait dire d’un calcul qui décide"),
}

NOTICES: Mapping[str, Any] = {
    "receipt": _("Récépissé, à l’envoi de la demande"),
    "correction": _("Demande de correction"),
}


def kind_of(kind: str) -> Kind:
    """The words of a kind of question; its bare name for one that a later version of the house knows."""
    return FIELD_KINDS.get(kind, Kind(kind, ""))
