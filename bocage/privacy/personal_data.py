"""Privacy's own part of privacy: the copies and erasures that someone asked."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bocage.base.actors import Actor
from bocage.base.personal import Fate
from bocage.identity.models import Person
from bocage.privacy.models import DataCopy, Erasure
from bocage.privacy.operations.copies import remove_copy

WORDS = {
    "archives": "archives demandées",
    "effacements": "effacements demandés",
    "demandee_le": "demandée le",
    "demande_le": "demandé le",
    "disponible_jusqu_au": "disponible jusqu’au",
    "etat": "état",
    "prevu_le": "prévu le",
    "verification": "vérification faite à l’accueil",
}


def _copies(person: Person) -> QuerySet[DataCopy]:
    return DataCopy.objects.filter(account__person__in=[person.pk, *person.merged.values_list("pk", flat=True)])


def export(person: Person) -> dict[str, Any]:
    """What someone asked of their data."""
    return {
        "archives": [
            {"demandee_le": copy.created_at, "disponible_jusqu_au": copy.expires_at, "etat": copy.get_state_display()}
            for copy in _copies(person).order_by("pk")
        ],
        "effacements": [
            {
                "demande_le": erasure.asked_at,
                "prevu_le": erasure.due_at,
                "etat": erasure.get_state_display(),
                "verification": erasure.proof,
            }
            for erasure in Erasure.objects.filter(person=person).order_by("pk")
        ],
    }


def fate(person: Person, now: datetime) -> Iterator[Fate]:
    """What erasing does to the copies of someone's data."""
    count = _copies(person).count()
    if count:
        yield Fate(becomes="erased", what=_("Archives de vos données, prêtes à télécharger"), count=count)
    yield Fate(
        becomes="kept",
        what=_("Le jour de cet effacement, sans nom"),
        why=_("nous devons pouvoir montrer que nous l’avons fait (règlement européen, art. 5, paragraphe 2)"),
    )


def erase(person: Person, actor: Actor, now: datetime) -> None:
    """Erase the copies; the erasure itself names nobody."""
    for copy in _copies(person).order_by("pk"):
        remove_copy(copy, actor=actor, now=now)
