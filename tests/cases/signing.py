"""People who sign, for tests: the composter, which waits for their signatures before it is studied."""

from typing import Any

from bocage.cases import signers
from bocage.cases.models import Case
from tests.cases.more_fields import with_fields

PARENTS: dict[str, Any] = {"id": "parents", "kind": "signatures", "label": "Qui signe avec vous ?", "max_items": 3}
PAUL = {"name": "Paul Martin", "email": "paul@example.org", "phone": ""}
ZOE = {"name": "Zoé Petit", "email": "", "phone": "06 12 34 56 78"}
KEPT = [PAUL, {**ZOE, "phone": "+33612345678"}]
SIGNED = {"signed_at": "2026-03-10T09:30:00+00:00", "signed_as": "P. Martin", "channel": "web"}
CHANGED = {"changed_on": "2026-03-10"}


def body() -> dict[str, Any]:
    """The composter, which waits for signatures before it is studied."""
    made = with_fields(PARENTS)
    flow = made["workflow"]
    first = flow["initial"]
    flow["states"].append({"id": "waiting_signs", "label": "À signer", "public": "À signer", "waiting_for": "other"})
    flow["initial"] = "waiting_signs"
    flow["transitions"].append(
        {
            "id": "all_signed",
            "label": "Tout le monde a signé",
            "sources": ["waiting_signs"],
            "target": first,
            "roles": ["system"],
            "guard": {"op": "eq", "args": [{"field": "parents.all_signed"}, {"value": True}]},
        }
    )
    made["scenarios"] = []
    return made


def links(case: Case) -> list[str]:
    return [signers.path_for(one) for one in signers.asked_of(case)]
