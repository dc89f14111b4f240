"""The six doors of the home page, and what lies behind each: portal entries of manifests, and open procedures.

A door with nothing behind it yet says whom to call: it never ends in a wall.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bocage.base import registry
from bocage.base.manifest import Act
from bocage.cases.queries import open_procedures
from bocage.portal.links import safe_reverse
from bocage.territory.queries import is_enabled


@dataclass(frozen=True)
class Door:
    """One of the six acts: its words, its address, and the sentence for when it cannot be done online yet."""

    act: Act
    slug: str
    label: str
    summary: str
    question: str
    by_phone: str

    @property
    def url(self) -> str:
        """The door's page."""
        return safe_reverse("door", self.slug)


@dataclass(frozen=True)
class Entry:
    """Something one can do."""

    label: str
    summary: str
    url: str
    order: int = 100


DOORS = (
    Door(
        "ask",
        "demander",
        _("Demander"),
        _("Un équipement, une aide, un document"),
        _("Que voulez-vous demander ?"),
        _("Appelez-nous, ou venez à un guichet : un agent prend votre demande avec vous."),
    ),
    Door(
        "book",
        "prendre-rendez-vous",
        _("Prendre rendez-vous"),
        _("Avec un agent, dans un lieu près de chez vous"),
        _("Avec qui voulez-vous prendre rendez-vous ?"),
        _("Les rendez-vous se prennent pour l’instant par téléphone ou au guichet."),
    ),
    Door(
        "enrol",
        "inscrire",
        _("Inscrire"),
        _("Un enfant, vous-même, une association"),
        _("Qui ou que voulez-vous inscrire ?"),
        _("Les inscriptions se font pour l’instant par téléphone ou au guichet."),
    ),
    Door(
        "pay",
        "payer",
        _("Payer"),
        _("Une facture, une régie"),
        _("Que voulez-vous payer ?"),
        _("Aucun paiement ne se fait encore ici. Suivez ce qui est écrit sur votre facture, ou appelez-nous."),
    ),
    Door(
        "go_out",
        "sortir",
        _("Sortir"),
        _("Bibliothèques, balades, rendez-vous du territoire"),
        _("Où voulez-vous aller ?"),
        _("Le programme des sorties n’est pas encore ici. Votre mairie et nos guichets vous renseignent."),
    ),
    Door(
        "report",
        "signaler",
        _("Signaler"),
        _("Un dépôt sauvage, une panne, un danger"),
        _("Que voulez-vous signaler ?"),
        _("Appelez-nous ou votre mairie. En cas d’urgence, appelez le 112."),
    ),
)


def door_by_slug(slug: str) -> Door | None:
    """The door of an address."""
    return next((door for door in DOORS if door.slug == slug), None)


def _contributed(act: Act) -> Iterator[Entry]:
    for manifest, entry in registry.contributions("portal"):
        if entry.act != act or (manifest.service and not is_enabled(manifest.name)):
            continue
        if url := safe_reverse(entry.url_name, *entry.args):
            yield Entry(str(entry.label), str(entry.summary), url, entry.order)


def entries(act: Act) -> list[Entry]:
    """What one can do behind a door, in order."""
    found = list(_contributed(act))
    for procedure in open_procedures().filter(act=act):
        if is_enabled(procedure.service) and (url := safe_reverse("procedure", procedure.slug)):
            found.append(Entry(procedure.title, procedure.summary, url, procedure.position))
    return sorted(found, key=lambda entry: (entry.order, entry.label))
