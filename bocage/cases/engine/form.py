"""What a form shows, requires, computes and forbids, worked out from scratch from the answers alone.

The browser's idea of it never counts: values of hidden fields are dropped before anything is kept (the lesson of
CVE-2025-64515, where a rule was evaluated by the browser only).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.expressions import Env, evaluate, to_json, truth
from bocage.cases.engine.fields import clean
from bocage.cases.engine.state import Answers, Moment
from bocage.cases.engine.typed import FieldError, is_empty, lowered
from bocage.cases.engine.values import env_values
from bocage.cases.schema import FormField, ProcedureDocument, Question, Step


@dataclass(frozen=True)
class Form:
    """A form as it stands for some answers."""

    values: Mapping[str, Any]  # stored forms, visible fields only, computed ones included
    visible: frozenset[str]
    required: frozenset[str]
    errors: Mapping[str, str]  # what was typed and cannot be kept
    missing: tuple[str, ...]  # required and not answered
    forbidden: tuple[str, ...]  # reasons why it cannot be sent
    steps: tuple[Step, ...]  # the visible ones, in order
    refused: tuple[Question, ...] = ()

    @property
    def sendable(self) -> bool:
        """Whether it can be submitted as it is."""
        return not (self.errors or self.missing or self.forbidden or self.refused)

    def problems_of(self, step: Step) -> dict[str, str]:
        """The errors of a step's fields, missing answers included."""
        ids = [field.id for field in step.fields]
        found = {field_id: self.errors[field_id] for field_id in ids if field_id in self.errors}
        return found | {field.id: missing_message(field) for field in step.fields if field.id in self.missing}


def named(label: str, message: str) -> str:
    """A refusal that names its question: in a list of several, each says which answer it means (WCAG 3.3.1)."""
    if label in message:
        return message
    return _("« %(label)s » : %(message)s") % {"label": label, "message": lowered(message)}


def missing_message(field: FormField) -> str:
    """What to say where a required answer is missing."""
    if field.kind == "file":
        return _("Joignez le document « %(label)s ».") % {"label": field.label}
    if field.kind == "statement":
        return _("Cochez la case pour confirmer.")
    if field.kind in {"choice", "choices", "yesno"}:
        return _("Choisissez une réponse à « %(label)s ».") % {"label": field.label}
    text = _("Répondez à « %(label)s ».") % {"label": field.label}
    return text + (_(" Exemple : %(example)s.") % {"example": field.example} if field.example else "")


def evaluate_form(
    document: ProcedureDocument, answers: Answers, moment: Moment, *, agent_answers: Answers | None = None
) -> Form:
    """Work out the form for raw or stored answers; unknown ids are ignored.

    ``agent_answers`` are those of agents' fields; residents' answers never reach them.
    """
    given: dict[str, Any] = {}
    errors: dict[str, str] = {}
    by_id = document.by_id
    for field in by_id.values():
        source = (agent_answers or {}) if field.agent else answers
        if field.asks and field.id in source:
            try:
                value = clean(field, source[field.id], moment.today, moment.ground, None, moment.ways)
            except FieldError as error:
                errors[field.id] = str(error)
                continue
            if value is not None:
                given[field.id] = value
    for question in document.eligibility:
        value = answers.get(question.id)
        if isinstance(value, str) and any(option.value == value for option in question.options):
            given[question.id] = value

    known: dict[str, Any] = {
        question.id: given[question.id] for question in document.eligibility if question.id in given
    }
    visible: set[str] = set()
    shown_steps: set[str] = set()
    values = env_values(document, known)  # what expressions see of ``known``, which only grows

    def value_of(expression: Any) -> Any:
        return evaluate(expression, Env(values=values, today=moment.today, tables=document.data_tables))

    def true(condition: Any) -> bool:
        return truth(value_of(condition))

    def learn(key: str, value: Any) -> None:
        known[key] = value
        values.update(env_values(document, {key: value}))

    shows: dict[str, list[Any]] = {}
    for rule in document.rules:
        if rule.then == "show" and rule.field:
            shows.setdefault(rule.field, []).append(rule.when)
    for field_id in document.order:
        field, step = by_id[field_id], document.step_of[field_id]
        if step.show is not None and not true(step.show):
            continue
        shown_steps.add(step.id)
        if field.show is not None and not true(field.show):
            continue
        if field_id in shows and not any(true(condition) for condition in shows[field_id]):
            continue
        visible.add(field_id)
        if field.compute is not None:
            result = to_json(value_of(field.compute))
            if result is not None:
                learn(field_id, result)
        elif field_id in given:
            learn(field_id, given[field_id])

    required = {
        field.id
        for field in by_id.values()
        if field.id in visible and field.asks and field.required and not field.agent
    }
    for rule in document.rules:
        if rule.then == "require" and rule.field in visible and true(rule.when):
            required.add(str(rule.field))
    forbidden = tuple(rule.reason for rule in document.rules if rule.then == "forbid" and true(rule.when))
    refused = tuple(question for question in document.eligibility if question.id in known and true(question.refuse))
    unanswered = tuple(question.id for question in document.eligibility if question.id not in known)
    missing = tuple(
        field_id
        for field_id in by_id
        if field_id in required and field_id not in errors and is_empty(known.get(field_id))
    )
    return Form(
        values=known,
        visible=frozenset(visible),
        required=frozenset(required),
        errors={field_id: text for field_id, text in errors.items() if field_id in visible},
        missing=unanswered + missing,
        forbidden=forbidden,
        steps=tuple(
            step
            for step in document.steps
            if step.id in shown_steps and any(field.id in visible and not field.agent for field in step.fields)
        ),
        refused=refused,
    )
