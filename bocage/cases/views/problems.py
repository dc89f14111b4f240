"""What keeps a draft from being sent, each thing with the way to where it is mended."""

from django.urls import reverse

from bocage.base.expressions import fields_of
from bocage.cases.engine import Form
from bocage.cases.engine.form import named
from bocage.cases.models import Case


def problem_links(case: Case, problems: dict[str, str]) -> list[dict[str, str]]:
    """What is left to do, each with the way to its field."""
    by_id = case.version.document.by_id
    return [
        {"url": _way_to(case, key), "message": named(by_id[key].label, text) if key in by_id else text}
        for key, text in problems.items()
    ]


def rule_links(case: Case, form: Form) -> list[dict[str, str]]:
    """Why the rules stop the request, each with the way to the last answer that its rule reads."""
    document = case.version.document
    links = []
    for rule in document.rules:
        if rule.then == "forbid" and rule.reason in form.forbidden:
            read = fields_of(rule.when)
            asked = [key for key in document.order if key in read and key in form.visible and document.by_id[key].asks]
            links.append({"url": _way_to(case, asked[-1]) if asked else "", "message": rule.reason})
    return links


def _way_to(case: Case, key: str) -> str:
    """The address of a field, on its step; nothing for what is on none."""
    step = case.version.document.step_of.get(key)
    return reverse("case_step", args=[case.reference, step.id]) + f"?revoir=1#f-{key}" if step else ""


def all_problems(form: Form) -> dict[str, str]:
    """What is wrong or missing, of every step shown."""
    found: dict[str, str] = {}
    for step in form.steps:
        found |= form.problems_of(step)
    return found
