"""What « Envois en échec » shows of an effect that the workers could not settle: never its payload."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base import outbox
from bocage.base.models import Outbox, OutboxState
from bocage.base.outbox import CUT, LOST

CAP = 200
"""Lines of one page: beyond, settle these first."""

_WORDS = (
    # What an error's text begins with or holds, and what it means to the administrator; the first that fits.
    (LOST, gettext_lazy("La machine s’est arrêtée avant l’envoi.")),
    (CUT, gettext_lazy("La ligne a été coupée pendant l’envoi : il est peut-être arrivé.")),
    ("UnknownTopic", gettext_lazy("Cette sorte d’envoi n’existe plus dans la version installée.")),
    ("UnknownSubscriber", gettext_lazy("La suite prévue n’existe plus dans la version installée.")),
    ("no manifest declares", gettext_lazy("Cette tâche n’existe plus dans la version installée.")),
    ("not listed in BOCAGE_WEBHOOKS", gettext_lazy("L’adresse de l’autre logiciel n’est pas autorisée.")),
    ("KeysMissing", gettext_lazy("Une clé de chiffrement manque : ce contenu ne peut pas être lu.")),
    ("AuthenticationError", gettext_lazy("Le serveur de courriel refuse notre mot de passe.")),
    ("ConnectionRefused", gettext_lazy("L’autre machine n’accepte pas la connexion.")),
    ("Timeout", gettext_lazy("L’autre machine n’a pas répondu à temps.")),
    ("timed out", gettext_lazy("L’autre machine n’a pas répondu à temps.")),
    ("gaierror", gettext_lazy("L’autre machine est introuvable : son nom ou le réseau est en cause.")),
    ("SSL", gettext_lazy("La connexion sûre avec l’autre machine a échoué.")),
    ("HTTPError", gettext_lazy("L’autre logiciel a refusé l’envoi.")),
    ("URLError", gettext_lazy("L’autre machine est injoignable.")),
    ("NotAccepted", gettext_lazy("L’autre machine n’a pas pris l’envoi, après tous nos essais.")),
    ("GiveUp", gettext_lazy("L’autre machine a refusé l’envoi pour toujours.")),
    ("FileNotFoundError", gettext_lazy("Un fichier manque.")),
    ("DoesNotExist", gettext_lazy("Ce dont il parle n’existe plus.")),
    ("DatabaseError", gettext_lazy("La base de données n’a pas répondu.")),
    ("OperationalError", gettext_lazy("La base de données n’a pas répondu.")),
)


def in_words(error: str) -> str:
    """What an error means; its own text stays beside, for whoever looks after the machines."""
    return next((str(words) for sign, words in _WORDS if sign in error), _("Une erreur imprévue est survenue."))


@dataclass(frozen=True)
class Failure:
    """An effect to settle. ``uncertain``: it may have reached the outside."""

    pk: int
    what: str
    topic: str
    key: str
    since: datetime
    attempts: int
    words: str
    error: str
    uncertain: bool


def _failure(row: Outbox) -> Failure:
    topic = outbox.topics().get(row.topic)
    return Failure(
        pk=row.pk,
        what=topic.label if topic and topic.label else row.topic,
        topic=row.topic,
        key=row.key,
        since=row.created_at,
        attempts=row.attempts,
        words=in_words(row.last_error),
        error=row.last_error,
        uncertain=row.state == OutboxState.UNCERTAIN,
    )


def failures() -> list[Failure]:
    """Those given up and those cut in the middle, latest first; their payloads are not read."""
    found = Outbox.objects.filter(state__in=[OutboxState.DEAD, OutboxState.UNCERTAIN]).defer("payload")
    return [_failure(row) for row in found.order_by("-id")[:CAP]]
