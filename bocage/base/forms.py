"""What the desk's forms of every app share."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.forms import BaseForm


def give_errors(form: BaseForm, error: ValidationError, names: Mapping[str, str] | None = None) -> None:
    """Give an operation's refusal to the form, on its fields when it has them; ``names`` tells where a field of the
    operation is asked under another name."""
    for field, texts in (error.message_dict if hasattr(error, "error_dict") else {"": error.messages}).items():
        where = (names or {}).get(field, field)
        form.add_error(where if where in form.fields else None, texts)
