"""The form of an absence."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bocage.base.typed_dates import BadDate, parse_french_date
from bocage.identity.models import Account
from bocage.territory.queries import today


class TypedDateField(forms.CharField):
    """A date in any French writing."""

    default_error_messages = {"invalid": _("Cette date n’est pas comprise. Exemple : 02/03/2026")}

    def clean(self, value: Any) -> date:
        """The date. Raises ValidationError."""
        text = super().clean(value)
        try:
            return parse_french_date(text)
        except BadDate:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class AbsenceForm(forms.Form):
    """From when to when, and who stands in."""

    starts = TypedDateField(
        label=_("Premier jour d’absence"),
        help_text=_("Exemple : 02/03/2026"),
        error_messages={"required": _("Indiquez le premier jour. Exemple : 02/03/2026")},
    )
    ends = TypedDateField(
        label=_("Dernier jour d’absence"),
        help_text=_("Exemple : 06/03/2026"),
        error_messages={"required": _("Indiquez le dernier jour. Exemple : 06/03/2026")},
    )
    substitute = forms.ChoiceField(
        label=_("Qui vous remplace ?"),
        error_messages={
            "required": _("Choisissez un ou une collègue."),
            "invalid_choice": _("Choisissez un ou une collègue de la liste."),
        },
    )

    def __init__(self, *args: Any, colleagues: Sequence[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._by_key = {str(one.pk): one for one in colleagues}
        field = self.fields["substitute"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choisissez")), *((key, str(one)) for key, one in self._by_key.items())]

    def clean_substitute(self) -> Account:
        """The colleague chosen."""
        return self._by_key[self.cleaned_data["substitute"]]

    def clean(self) -> dict[str, Any]:
        """The end follows the beginning and is not past."""
        data = super().clean() or self.cleaned_data
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", _("La fin précède le début. Exemple : du 02/03/2026 au 06/03/2026"))
        elif ends and ends < today(timezone.now()):
            self.add_error("ends", _("Cette absence est déjà passée. Indiquez une date à venir."))
        return data
