"""Fields of forms that several screens share."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bocage.base.typed_dates import BadDate, parse_french_date


class TypedDateField(forms.CharField):
    """A date in any French writing; None when it is not required and empty."""

    default_error_messages = {"invalid": _("Cette date n’est pas comprise. Exemple : 02/03/2026")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=30, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """As one writes it in France."""
        return value.strftime("%d/%m/%Y") if isinstance(value, date) else value

    def clean(self, value: Any) -> date | None:
        """The date. Raises ValidationError."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_french_date(text)
        except BadDate:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
