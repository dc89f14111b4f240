"""The columns that say to whom a case is entrusted (DESIGN.md rule 13): written when it is filed, and kept.

A room of its own: filing and forwarding need no more of entrusting.
"""

from datetime import date
from typing import Any

from bocage.cases.entrusting import agreement_for
from bocage.cases.models import Case, Custody
from bocage.cases.models_entrusting import Sight
from bocage.territory.models import Commune


def stamp(case: Case, commune: Commune | None, day: date) -> dict[str, Any]:
    """The columns that say to whom a case being filed is entrusted; none when no agreement holds. Kept ever after."""
    agreement = agreement_for(case.procedure_id, commune.pk if commune else None, day)
    if agreement is None:
        return {}
    return {
        "agreement": agreement,
        "organisation_id": agreement.organisation_id,
        "custody": Custody.HELD,
        "apart": agreement.sight == Sight.FIGURES,
    }


def unstamped() -> dict[str, Any]:
    """The columns of a case that is entrusted to nobody any more: it went to another service, or another procedure."""
    return {"agreement": None, "organisation_id": None, "custody": "", "apart": False}
