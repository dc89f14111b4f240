"""Every write of the territory: importing it, changing places, hours and closures, switching services.

Each operation is one transaction and leaves an event in the journal (stream ``territory``). Validation errors are
``django.core.exceptions.ValidationError`` by field, in French, ready for a form.
"""

from bocage.territory.operations.loading import ImportReport, load_territory
from bocage.territory.operations.organisations import save_organisation
from bocage.territory.operations.places import (
    PLACE_FIELDS,
    add_closure,
    remove_closure,
    save_place,
    set_opening_hours,
)
from bocage.territory.operations.services import switch_service

__all__ = [
    "PLACE_FIELDS",
    "ImportReport",
    "add_closure",
    "load_territory",
    "remove_closure",
    "save_organisation",
    "save_place",
    "set_opening_hours",
    "switch_service",
]
