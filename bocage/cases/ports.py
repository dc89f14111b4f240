"""Where the agenda and the billing will plug in: what a field of kind ``appointment`` or ``payment`` rests on.

An app contributes a ``FieldPort`` to its manifest, named after the kind; procedures do not change. Until then the house
answers by itself: people say what suits them, an agent settles it on the case's page. Whoever settles calls
``operations.ports.settle``.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, cast

from django.utils.translation import gettext as _

from bocage.base import registry
from bocage.base.actors import Actor
from bocage.cases.engine.ports import standing_ways
from bocage.cases.models import Case
from bocage.cases.schema import FormField


class Port(Protocol):
    """What plugs in. Its callable in the manifest gives one."""

    def ways(self, field: FormField) -> Mapping[str, str]:
        """What people may choose now, with its label: free slots, ways to pay."""

    def words(self, field: FormField) -> str:
        """What is said above the choice: what it commits to, and what it does not."""

    def asked(self, case: Case, field: FormField, *, key: str, actor: Actor, now: datetime) -> None:
        """The request is sent with this answer: reserve, make due. In its transaction; the same ``key``, once."""


class ByHand:
    """Nothing is plugged in: an agent settles it. Says so."""

    def ways(self, field: FormField) -> Mapping[str, str]:
        """Wishes, or the counter."""
        return standing_ways(field.kind)

    def words(self, field: FormField) -> str:
        """Nothing is booked, nothing is paid here."""
        if field.kind == "payment":
            return _("Rien ne se paie ici. Vous payez au guichet, et nous le notons sur votre demande.")
        return _("Rien n’est encore réservé : le service vous confirme le jour et l’heure.")

    def asked(self, case: Case, field: FormField, *, key: str, actor: Actor, now: datetime) -> None:
        """Nothing to do: the case's page shows what is left to settle."""


def port_of(kind: str) -> Port:
    """What a kind of field rests on in this house."""
    for _manifest, contributed in registry.contributions("field_ports"):
        if contributed.name == kind:
            return cast(Port, registry.resolve(contributed.path)())
    return ByHand()


def ways_of(field: FormField) -> Mapping[str, str]:
    """What people may choose in a field now."""
    return port_of(field.kind).ways(field)
