"""What a decision lets its applicant ask for, for the pages that show it: their own and the agents'.

A room of its own: residents and agents (who ask on behalf of someone at the counter) see the same rights.
"""

from datetime import datetime
from typing import Any

from bocage.cases.engine import may_ask_reasons
from bocage.cases.engine.legal import last_day_to_ask_reasons
from bocage.cases.legal_texts import remedies_of
from bocage.cases.models import Case
from bocage.cases.operations.legal import told_remedies
from bocage.cases.operations.store import moment, state_of
from bocage.cases.rows import is_answered


def rights_of(case: Case, now: datetime) -> dict[str, Any]:
    """Attestation (CRPA L232-3), reasons (L232-4), rules applied (L311-3-1), remedies (R421-5 CJA)."""
    document = case.version.document
    found: dict[str, Any] = {
        "attestable": False,
        "reasons_askable": False,
        "reasons_until": None,
        "reasons_due": None,
        "rules_askable": False,
        "remedies": "",
    }
    if not is_answered(case):
        return found
    here, state = moment(now), state_of(case)
    decision = state.decision
    if decision is None:
        return found
    found["attestable"] = decision.by_time and decision.outcome == "accepted"
    found["rules_askable"] = decision.algorithmic and document.algorithm is not None
    if decision.outcome == "rejected":
        found["remedies"] = remedies_of(document)
        asked = state.deadline("reasons")
        found["reasons_due"] = asked.due_on if asked else None
        told = told_remedies(case) if decision.by_time else True
        found["reasons_askable"] = may_ask_reasons(state, here, told_remedies=told)
        found["reasons_until"] = last_day_to_ask_reasons(decision.legal_date, here) if told else None
    return found
