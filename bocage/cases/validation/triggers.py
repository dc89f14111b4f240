"""What takes a transition of role ``system`` besides silence: its id begins with one of these words."""

ANSWERED, SIGNED, SETTLED, JOINED, OTHER = "correction_answered", "all_signed", "settled", "joined", "other_"
"""A correction is answered; everyone has signed; an appointment or a payment is settled; the case joins another; that
other one reaches the state whose id follows (``other_planned``), or leaves the house (``other_forwarded``)."""

TRIGGERS = (ANSWERED, SIGNED, SETTLED, JOINED, OTHER)


def is_triggered(transition_id: str) -> bool:
    """Whether something that happens takes it."""
    return transition_id.startswith(TRIGGERS)
