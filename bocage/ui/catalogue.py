"""The living catalogue: every component in its states, rendered from the template code that is shown beside it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Sample:
    """One component in its states: a template of ``ui/charte/samples/``, shown and rendered."""

    slug: str
    name: Any

    @property
    def template(self) -> str:
        """Its template's name."""
        return f"ui/charte/samples/{self.slug}.html"


@dataclass(frozen=True)
class Family:
    """Samples that go together."""

    slug: str
    title: Any
    samples: tuple[Sample, ...]


_OPTIONS = {
    "model": [
        {"value": "garden", "label": "Composteur de jardin", "hint": "300 litres, en bois"},
        {"value": "flat", "label": "Lombricomposteur", "hint": "Pour un appartement"},
    ],
    "channels": [{"value": "mail", "label": "Courriel"}, {"value": "sms", "label": "SMS"}],
}

CONTEXT: dict[str, Any] = {
    "models": _OPTIONS["model"],
    "channels": _OPTIONS["channels"],
    "chosen": ["sms"],
    "communes": [{"insee": "59481", "name": "Le Quesnoy"}, {"insee": "59053", "name": "Bavay"}],
    "address": {"line": "12 rue de l’Église", "commune": "59481", "postcode": "", "locality": ""},
    "birth": {"day": "29", "month": "2", "year": "1948"},
    "files": [{"name": "facture-eau.pdf", "size": 184_320, "key": "a1", "remove_name": "remove"}],
    "ways": [
        {"label": _("Remplir en ligne"), "url": "#", "icon": "ask", "note": _("8 minutes")},
        {"label": _("Imprimer"), "url": "#", "icon": "print", "note": _("2 pages")},
        {"label": _("Être aidé"), "url": "#", "icon": "help", "note": _("téléphone ou guichet")},
    ],
    "facts": [
        {"label": "Nom", "value": "Marie Lefebvre", "url": "#", "action": "Modifier"},
        {"label": "Adresse", "value": "12 rue de l’Église\n59530 Le Quesnoy", "url": "#", "action": "Modifier"},
        {"label": "Téléphone", "value": "", "url": "", "action": ""},
    ],
    "steps": [
        {"label": "Vous", "url": "#", "done": True, "current": False},
        {"label": "Le composteur", "url": "", "done": False, "current": True},
        {"label": "Vérifier et envoyer", "url": "", "done": False, "current": False},
    ],
    "timeline": [
        {"when": "lundi 2 mars 2026", "label": "Demande reçue", "text": "Dossier K7QF-2M9X-A", "kind": ""},
        {"when": "mardi 3 mars 2026", "label": "Une correction est demandée", "text": "", "kind": "care"},
        {"when": "au plus tard le 16 mars", "label": "Réponse", "text": "", "kind": "next"},
    ],
    "status": {"open": True, "sentence": "ouvert, ferme à 17 h"},
    "lines": [
        {"days": "du lundi au jeudi", "hours": "9 h à 12 h et 14 h à 17 h", "closed": False, "today": True},
        {"days": "vendredi", "hours": "9 h à 12 h", "closed": False, "today": False},
        {"days": "samedi et dimanche", "hours": "fermé", "closed": True, "today": False},
    ],
    "figures": [
        {"value": "52", "unit": "", "label": "communes"},
        {"value": "94", "unit": "%", "label": "des réponses à temps"},
    ],
    "bars": [
        {"label": "en ligne", "value": 54, "text": "54"},
        {"label": "au guichet", "value": 31, "text": "31"},
        {"label": "par courrier", "value": 12, "text": "12"},
    ],
    "errors": [
        {"target": "c-email-error", "message": "Écrivez une adresse électronique complète."},
        {"target": "c-model-error", "message": "Choisissez un modèle."},
    ],
    "title_none": _("Aucun dossier pour l’instant"),
}
"""What the samples name. Invented, and the same everywhere."""

FAMILIES = (
    Family(
        "boutons",
        _("Boutons"),
        (
            Sample("actions", _("Une action principale, les autres à côté")),
            Sample("care", _("Ce qui ne se défait pas ; ce qui n’est pas possible")),
            Sample("three_choices", _("Trois façons égales")),
        ),
    ),
    Family(
        "messages",
        _("Messages et états"),
        (
            Sample("alerts", _("Messages mis à part")),
            Sample("badges", _("États d’un dossier")),
            Sample("empty_state", _("Rien à montrer")),
        ),
    ),
    Family(
        "contenus",
        _("Cartes et contenus"),
        (
            Sample("cards", _("Cartes")),
            Sample("disclosure", _("À déplier")),
            Sample("facts", _("Faits, à vérifier")),
            Sample("contact", _("Comment joindre, quand venir")),
            Sample("figures", _("Chiffres")),
            Sample("bars", _("Barres : l’image et le tableau sont le même objet")),
            Sample("table", _("Liste où chercher, qui s’empile sur un petit écran")),
        ),
    ),
    Family(
        "parcours",
        _("Parcours"),
        (
            Sample("steps", _("Étapes")),
            Sample("timeline", _("Ce qui s’est passé, ce qui vient")),
        ),
    ),
    Family(
        "champs",
        _("Champs"),
        (
            Sample("error_summary", _("Résumé des erreurs")),
            Sample("text", _("Texte, et sa version en erreur")),
            Sample("choices", _("Choix")),
            Sample("dates", _("Dates et nombres")),
            Sample("long", _("Long texte, fichier")),
            Sample("together", _("Deux champs pour une question, l’un des deux suffit")),
            Sample("address", _("Adresse, organisme")),
            Sample("statement", _("Déclaration")),
        ),
    ),
)

ICONS = (
    "search", "user", "users", "phone", "mail", "pin", "clock", "check", "care", "info", "cross", "next", "previous",
    "file", "ask", "print", "help", "book", "enrol", "pay", "go_out", "report", "home", "townhall", "leaf", "download",
    "pen", "message", "sign_in", "map", "recycle",
)  # fmt: skip

COLOURS = (
    "ground", "surface", "sunken", "text", "muted", "line", "field", "hedge", "meadow", "motif", "brick", "brick-soft",
    "straw", "stone", "stone-soft", "slate", "focus",
)  # fmt: skip
