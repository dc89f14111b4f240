"""What a helper was sending when the mandate turned out to be over: given back to them on the screen, kept nowhere.

A room of its own: the door of cases (``access``) needs it before any screen of helping is reached.
"""

from typing import Any

from django.http import HttpRequest

from bocage.cases.forms import posted_answers
from bocage.cases.models import Case

LONGEST = 5000  # characters of one answer
FREE = ("body", "message", "reason")
"""Fields of our own forms in which people write at length: messages, why they withdraw."""


def typed_in(request: HttpRequest, case: Case) -> list[tuple[str, str]]:
    """The questions and answers of the form just sent, as typed; empty when nothing was."""
    if request.method != "POST":
        return []
    document = case.version.document
    answers = posted_answers(document, request.POST)
    told = [(field.label, _as_typed(answers.get(key), field)) for key, field in document.by_id.items()]
    told += [("", request.POST[name]) for name in FREE if name in request.POST]
    return [(label, text[:LONGEST]) for label, text in told if text.strip()]


def _as_typed(value: Any, field: Any) -> str:
    labels = {option.value: option.label for option in field.options or ()}
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part)
    if isinstance(value, list):
        return ", ".join(str(labels.get(one, one)) for one in value)
    return str(labels.get(value, value)) if value else ""
