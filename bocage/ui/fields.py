"""From Django's forms to the parameters of the field component."""

from typing import Any

from django import forms
from django.forms import BaseForm, BoundField

_WIDGETS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.HiddenInput, "hidden"),
    (forms.Textarea, "textarea"),
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radio"),
    (forms.CheckboxInput, "checkbox"),
    (forms.ClearableFileInput, "file"),
    (forms.FileInput, "file"),
    (forms.Select, "select"),
    (forms.SplitDateTimeWidget, "text"),
    (forms.DateInput, "date"),
    (forms.EmailInput, "email"),
    (forms.NumberInput, "number"),
    (forms.PasswordInput, "password"),
    (forms.URLInput, "url"),
)
"""Most particular first: a radio select is a select too."""

_PASSED = ("autocomplete", "maxlength", "inputmode", "rows", "accept", "placeholder")


def kind_of(bound: BoundField) -> str:
    """The kind of component for a form's field; ``widget.attrs["type"]`` may say ``tel``."""
    widget = bound.field.widget
    asked = widget.attrs.get("type") or getattr(widget, "input_type", "")
    if asked in {"tel", "search"}:
        return str(asked)
    return next((kind for cls, kind in _WIDGETS if isinstance(widget, cls)), "text")


def _options(bound: BoundField) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for value, label in getattr(bound.field, "choices", None) or ():
        inner = label if isinstance(label, list | tuple) else [(value, label)]
        found.extend({"value": str(v), "label": str(name)} for v, name in inner if v not in (None, ""))
    return found


def identifier(bound: BoundField) -> str:
    """The id of the field's control; for choices, of the first one (Django gives such groups no label's id)."""
    return str(bound.id_for_label or bound.auto_id or bound.html_name)


def parameters(bound: BoundField) -> dict[str, Any]:
    """The parameters of ``ui/components/field.html`` for a field of a Django form."""
    kind = kind_of(bound)
    widget = bound.field.widget
    value = bound.value()
    if kind in {"password", "file"}:
        value = None  # never sent back to the browser
    elif kind not in {"select", "radio", "checkbox", "checkboxes"}:
        value = widget.format_value(value)
    passed = {name: widget.attrs[name] for name in _PASSED if name in widget.attrs}
    return {
        **passed,
        "kind": kind,
        "id": identifier(bound),
        "name": bound.html_name,
        "label": bound.label,
        "hint": bound.help_text,
        "value": value,
        "options": _options(bound),
        "required": bound.field.required,
        "error": " ".join(str(error) for error in bound.errors),
        "multiple": bool(getattr(widget, "allow_multiple_selected", False)),
        "checked_value": "on",
        "disabled": bound.field.disabled,
        "one_of": getattr(bound.field, "one_of", False),
        "no_empty": kind == "select" and bound.field.required and value not in (None, ""),
    }


def errors(form: BaseForm) -> list[dict[str, str]]:
    """The form's errors in the order of its fields, each with the id of the control to go to."""
    found = [{"target": "", "message": str(error)} for error in form.non_field_errors()]
    for bound in form:
        target = "" if bound.is_hidden else identifier(bound)  # nobody can go to what is hidden
        found.extend({"target": target, "message": str(error)} for error in bound.errors)
    return found
