"""What takes a transition of role ``system`` besides silence: its id begins with one of these words."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bocage.cases.schema import ProcedureDocument

ANSWERED, SIGNED, SETTLED, JOINED, OTHER = "correction_answered", "all_signed", "settled", "joined", "other_"
"""A correction is answered; everyone has signed; an appointment or a payment is settled; the case joins another; that
other one reaches the state whose id follows (``other_planned``), or leaves the house (``other_forwarded``)."""
OVERDUE = "overdue_"
"""The deadline whose name follows has passed (``overdue_correction``, ``overdue_report``)."""

TRIGGERS = (ANSWERED, SIGNED, SETTLED, JOINED, OTHER, OVERDUE)
OF_THE_HOUSE = ("correction", "signatures", "announced")
"""Deadlines that the engine sets itself, and whose passing may take a transition. Silence is a decision of its own."""


def is_triggered(transition_id: str) -> bool:
    """Whether something that happens takes it."""
    return transition_id.startswith(TRIGGERS)


def overdue_kind(transition_id: str, kinds: "tuple[str, ...]") -> str:
    """Of these deadlines, the one whose passing takes a transition: the longest that its id names; empty for none."""
    if not transition_id.startswith(OVERDUE):
        return ""
    rest = transition_id.removeprefix(OVERDUE)
    named = [kind for kind in kinds if rest == kind or rest.startswith(f"{kind}_")]
    return max(named, key=len, default="")


def deadline_kinds(document: "ProcedureDocument") -> tuple[str, ...]:
    """The deadlines whose passing may take a transition: the engine's, and those that the buttons set."""
    set_here = [
        effect.deadline
        for item in document.workflow.transitions
        for effect in item.effects
        if effect.kind == "set_deadline"
    ]
    return tuple(dict.fromkeys((*OF_THE_HOUSE, *set_here)))


def watched(document: "ProcedureDocument") -> frozenset[str]:
    """The deadlines whose passing takes a transition of this procedure."""
    kinds = deadline_kinds(document)
    found = {overdue_kind(item.id, kinds) for item in document.workflow.transitions if "system" in item.roles}
    return frozenset(found - {""})
