"""A case's answers as people read them, step by step: on screen, in the receipt, in the download."""

from typing import Any

from bocage.cases.engine import Form, tables
from bocage.cases.engine.values import display
from bocage.cases.forms import places
from bocage.cases.models import Case, Document
from bocage.cases.schema import FormField
from bocage.territory.queries import commune_names


def parts_of(case: Case, form: Form, *, agents: bool = False) -> list[dict[str, Any]]:
    """Every visible answer, by step; ``agents`` shows the service's own fields instead of the applicant's."""
    names = commune_names()
    papers = _papers(case, form, agents)
    steps = form.steps if not agents else case.version.document.steps
    parts = []
    for step in steps:
        facts = [
            {
                "id": field.id,
                "kind": field.kind,
                "label": field.label,
                "value": papers.get(field.id) or display(field, form.values.get(field.id), communes=names),
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
    if field.kind == "place" and (spot := places.spot(value)):
        return {"map": spot}
    return {}


def covered(fact: dict[str, Any], words: str) -> dict[str, Any]:
    """A fact with its answer hidden behind some words, nothing of it left to draw."""
    return {**fact, "value": words, "table": None, "map": None}


def documents_of(case: Case) -> list[Document]:
    """Every document of the case, in the order it came; ``label`` says which question it answers, empty without one."""
    fields = case.version.document.by_id
    found = list(case.documents.order_by("id"))
    for one in found:
        one.label = fields[one.field].label if one.field in fields else ""
    return found


def _papers(case: Case, form: Form, agents: bool) -> dict[str, str]:
    """The names of the files that answer each question, one a line; asks the database only where files were joined."""
    keys = {
        field.id: form.values.get(field.id) or []
        for step in case.version.document.steps
        for field in step.fields
        if field.kind == "file" and field.agent == agents
    }
    wanted = [key for given in keys.values() for key in given]
    if not wanted:
        return {}
    if "documents" in getattr(case, "_prefetched_objects_cache", ()):  # many cases are read at once
        names = {one.key: one.name for one in case.documents.all()}
    else:
        names = dict(case.documents.filter(key__in=wanted).values_list("key", "name"))
    return {field: "\n".join(names[key] for key in given if key in names) for field, given in keys.items()}
