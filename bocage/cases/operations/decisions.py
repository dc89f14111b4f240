"""A case's decision as one transaction sees it: read once, then kept on the case for the effects that follow."""

from typing import cast

from bocage.cases.models import Case, Decision

_RELATION = Case._meta.get_field("decision")


def decision_of(case: Case) -> Decision | None:
    """The decision as the database has it now; a draft has none."""
    found = Decision.objects.filter(case=case).first() if case.state else None
    keep_decision(case, found)
    return found


def keep_decision(case: Case, decision: Decision | None) -> None:
    """Let the effects of this transaction read the decision, or that there is none, from the case itself."""
    _RELATION.set_cached_value(case, decision)


def kept_decision(case: Case) -> Decision | None:
    """What was kept last; read from the database when nothing was."""
    if not _RELATION.is_cached(case):
        return decision_of(case)
    return cast(Decision | None, _RELATION.get_cached_value(case))
