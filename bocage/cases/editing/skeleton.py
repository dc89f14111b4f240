"""A procedure to begin with: small, sound, and already what the law asks of any request."""

from bocage.cases.editing import Body
from bocage.cases.schema import SCHEMA_VERSION


def skeleton(slug: str, *, title: str, service: str, act: str = "ask", audience: str = "person") -> Body:
    """A body that could be published as it is: who asks, what they ask, an answer with its remedies."""
    return {
        "schema_version": SCHEMA_VERSION,
        "slug": slug,
        "title": title,
        "summary": title,
        "service": service,
        "act": act,
        "audience": audience,
        "minutes": 5,
        "announced_days": 10,
        "silence": {"effect": "none"},
        "remedies": "Si vous n’êtes pas d’accord avec la réponse, écrivez-nous dans les deux mois : nous la reverrons. "
        "Vous pouvez aussi saisir le tribunal administratif dans le même délai, par courrier ou sur telerecours.fr.",
        "steps": [
            {
                "id": "person",
                "title": "Vous",
                "fields": [
                    {"id": "given_names", "kind": "text", "label": "Prénom", "role": "given_names"},
                    {"id": "birth_name", "kind": "text", "label": "Nom de naissance", "role": "birth_name"},
                    {
                        "id": "email",
                        "kind": "email",
                        "label": "Adresse électronique",
                        "role": "email",
                        "required": False,
                        "example": "prenom.nom@exemple.fr",
                        "hint": "Pour avoir la réponse plus vite. Sans elle, nous vous écrivons par courrier.",
                    },
                    {
                        "id": "phone",
                        "kind": "phone",
                        "label": "Téléphone",
                        "role": "phone",
                        "required": False,
                        "example": "03 27 00 00 00",
                    },
                    {"id": "address", "kind": "address", "label": "Adresse", "role": "address"},
                ],
            },
            {
                "id": "request",
                "title": "Votre demande",
                "fields": [{"id": "wish", "kind": "textarea", "label": "Ce que vous demandez"}],
            },
        ],
        "rules": [],
        "workflow": {
            "initial": "received",
            "states": [
                {"id": "received", "label": "Reçue", "public": "Reçue, en attente d’étude"},
                {
                    "id": "correcting",
                    "label": "Correction demandée",
                    "public": "Nous attendons votre réponse",
                    "waiting_for": "applicant",
                },
                {
                    "id": "accepted",
                    "label": "Acceptée",
                    "public": "Acceptée",
                    "waiting_for": "nobody",
                    "outcome": "accepted",
                },
                {
                    "id": "rejected",
                    "label": "Refusée",
                    "public": "Refusée",
                    "waiting_for": "nobody",
                    "outcome": "rejected",
                },
                {
                    "id": "withdrawn",
                    "label": "Retirée",
                    "public": "Retirée à votre demande",
                    "waiting_for": "nobody",
                    "outcome": "withdrawn",
                },
            ],
            "transitions": [
                {
                    "id": "ask",
                    "label": "Demander une correction",
                    "sources": ["received"],
                    "target": "correcting",
                    "effects": [{"kind": "ask_correction"}],
                },
                {
                    "id": "correction_answered",
                    "label": "Correction reçue",
                    "sources": ["correcting"],
                    "target": "received",
                    "roles": ["system"],
                },
                {
                    "id": "stop_waiting",
                    "label": "Reprendre sans attendre la réponse",
                    "sources": ["correcting"],
                    "target": "received",
                },
                {
                    "id": "accept",
                    "label": "Accepter",
                    "sources": ["received"],
                    "target": "accepted",
                    "decision": True,
                    "effects": [{"kind": "send_notice", "notice": "accepted"}],
                },
                {
                    "id": "reject",
                    "label": "Refuser",
                    "sources": ["received"],
                    "target": "rejected",
                    "roles": ["manager"],
                    "decision": True,
                    "reason": "required",
                    "confirm": "La personne recevra une lettre avec le motif et les recours.",
                    "effects": [{"kind": "send_notice", "notice": "rejected"}],
                },
                {
                    "id": "withdraw",
                    "label": "Retirer la demande, à la demande de la personne",
                    "sources": ["received", "correcting"],
                    "target": "withdrawn",
                    "roles": ["applicant", "reception", "agent", "manager"],
                },
            ],
        },
        "notices": {
            "receipt": {
                "title": "Nous avons bien reçu votre demande {{ reference }}",
                "body": "Bonjour {{ name }},\n\nNous avons bien reçu le {{ received_on }} votre demande "
                "« {{ procedure }} ». Nous vous répondons en général au plus tard le {{ announced_on }}.\n\n"
                "{{ legal_notice }}\n\nUne question ? Appelez le {{ phone }}, ou passez à l’accueil.",
            },
            "correction": {
                "title": "Votre demande {{ reference }} est à compléter",
                "body": "Bonjour {{ name }},\n\nPour continuer, nous avons besoin de votre aide :\n\n{{ message }}\n\n"
                "À revoir : {{ fields }}.\n\n"
                "Répondez au plus tard le {{ due_on }}, en ligne, au guichet ou par courrier.",
            },
            "accepted": {
                "title": "Votre demande {{ reference }} est acceptée",
                "body": "Bonjour {{ name }},\n\nVotre demande « {{ procedure }} » est acceptée.\n\n{{ reason }}",
            },
            "rejected": {
                "title": "Réponse à votre demande {{ reference }}",
                "body": "Bonjour {{ name }},\n\nNous ne pouvons pas accepter votre demande « {{ procedure }} ».\n\n"
                "Motif : {{ reason }}\n\n{{ remedies }}",
            },
        },
        "tables": {},
        "scenarios": [],
    }
