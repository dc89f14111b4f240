"""Every write of the agenda, as verbs. Each is one short transaction with its event."""

from bocage.agenda.operations.attending import mark
from bocage.agenda.operations.enrolling import By, Participant, confirm, enrol
from bocage.agenda.operations.leaving import end_expired, leave
from bocage.agenda.operations.moving import move
from bocage.agenda.operations.offers import (
    bounds,
    cancel_series,
    cancel_session,
    change_terms,
    close,
    create_offer,
    create_series,
    create_session,
    plan,
    publish,
    set_capacity,
)

__all__ = [
    "By",
    "Participant",
    "bounds",
    "cancel_series",
    "cancel_session",
    "change_terms",
    "close",
    "confirm",
    "create_offer",
    "create_series",
    "create_session",
    "end_expired",
    "enrol",
    "leave",
    "mark",
    "move",
    "plan",
    "publish",
    "set_capacity",
]
