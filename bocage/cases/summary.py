"""A case's answers as people read them, step by step: on screen, in the receipt, in the download."""

from typing import Any

from bocage.cases.engine import Form
from bocage.cases.engine.values import display
from bocage.cases.models import Case
from bocage.territory.queries import commune_names


def parts_of(case: Case, form: Form, *, agents: bool = False) -> list[dict[str, Any]]:
    """Every visible answer, by step; ``agents`` shows the service's own fields instead of the applicant's."""
    names = commune_names()
    steps = form.steps if not agents else case.version.document.steps
    parts = []
    for step in steps:
        facts = [
            {
                "id": field.id,
                "kind": field.kind,
                "label": field.label,
                "value": display(field, form.values.get(field.id), communes=names),
                "sensitive": field.sensitive,
            }
            for field in step.fields
            if field.id in form.visible and field.kind != "note" and field.agent == agents
        ]
        if facts:
            parts.append({"id": step.id, "title": step.title, "facts": facts})
    return parts
