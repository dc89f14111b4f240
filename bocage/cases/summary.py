"""A case's answers as people read them, step by step: on screen, in the receipt, in the download."""

from typing import Any

from bocage.cases.engine import Form, tables
from bocage.cases.engine.values import display
from bocage.cases.models import Case
from bocage.cases.schema import FormField
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
                **_drawn(field, form.values.get(field.id)),
            }
            for field in step.fields
            if field.id in form.visible and field.kind != "note" and field.agent == agents
        ]
        if facts:
            parts.append({"id": step.id, "title": step.title, "facts": facts})
    return parts


def _drawn(field: FormField, value: Any) -> dict[str, Any]:
    """What a page draws instead of the words, for the kinds that read better drawn."""
    if field.kind == "amounts_table" and value:
        return {"table": tables.shown(field, value)}
    return {}


def covered(fact: dict[str, Any], words: str) -> dict[str, Any]:
    """A fact with its answer hidden behind some words, nothing of it left to draw."""
    return {**fact, "value": words, "table": None}
