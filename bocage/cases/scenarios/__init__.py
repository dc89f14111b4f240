"""Scenarios: stories stored with a procedure and told again on the pure engine before each publication.

No database: a scenario sees the document, a calendar and nothing else. It always ends: its steps are a bounded list
and time goes forward by counted days. ``run`` gives a ``Report`` with the step that failed and why, in French.
"""

from collections.abc import Callable, Mapping
from datetime import date

from bocage.cases.scenarios.runner import Line, Report, run
from bocage.cases.scenarios.wording import say
from bocage.cases.schema import ProcedureDocument

__all__ = ["Line", "Report", "run", "run_all", "say"]


def run_all(
    document: ProcedureDocument,
    *,
    is_holiday: Callable[[date], bool] | None = None,
    communes: Mapping[str, str] | None = None,
) -> list[Report]:
    """Every scenario of a document, in order; see ``run``."""
    return [run(document, scenario, is_holiday=is_holiday, communes=communes) for scenario in document.scenarios]
