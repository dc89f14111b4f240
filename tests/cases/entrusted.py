"""Agreements for tests: the composter entrusted to a town hall, or to a syndicate."""

from datetime import date
from typing import Any

from bocage.cases.models import Agreement, Procedure
from bocage.cases.operations import entrust
from bocage.territory.models import Organisation
from tests.cases.desk import commune
from tests.cases.factories import composter
from tests.conftest import NOW
from tests.identity.factories import SYSTEM

HERE, NEXT_DOOR = "59353", "59481"  # Locquignol, where Marcelle lives; Le Quesnoy
HEAD = {"name": "Guichet de la forêt", "address": "1 place Verte\n59530 Locquignol", "phone": "+33327000001"}


def town_hall(insee: str = HERE) -> Organisation:
    """The commune as a body."""
    return Organisation.objects.get(kind="commune", commune__insee=insee)


def syndicate() -> Organisation:
    """A body that is no commune."""
    found = Organisation.objects.filter(kind="syndicate").first()
    return found or Organisation.objects.create(name="Syndicat de la Sambre", kind="syndicate", siren="200043404")


def agreed(body: Organisation, what: str = "counter", sight: str = "all", *insee: str, **told: Any) -> Agreement:
    """An agreement from today on, on the composter, for some communes or for all."""
    procedure = Procedure.objects.filter(slug="composteur").first() or composter(NOW)
    values: dict[str, Any] = {"starts": date(2026, 3, 10), "ends": None, "head": HEAD, **told}
    where = [commune(code) for code in insee]
    return entrust(procedure, body, what=what, sight=sight, communes=where, actor=SYSTEM, now=NOW, **values)
