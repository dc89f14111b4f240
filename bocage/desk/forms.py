"""The forms of an absence."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bocage.identity.fields import TypedDateField
from bocage.identity.models import Absence, Account
from bocage.territory.queries import today


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


class ReturnForm(forms.Form):
    """The first day back."""

    back = TypedDateField(
        label=_("Je reprends le"),
        help_text=_("Votre premier jour de retour. Exemple : 04/03/2026"),
        error_messages={"required": _("Indiquez votre premier jour de retour. Exemple : 04/03/2026")},
    )

    def __init__(self, *args: Any, absence: Absence, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"back": today.strftime("%d/%m/%Y")}
        super().__init__(*args, **kwargs)
        self._absence, self._today = absence, today

    def clean_back(self) -> date:
        """Today or later, and before the end that was said."""
        back: date = self.cleaned_data["back"]
        if back < self._today:
            raise forms.ValidationError(_("Cette date est passée. Indiquez aujourd’hui ou un jour à venir."))
        if back > self._absence.ends:
            raise forms.ValidationError(_("Votre absence finit déjà avant ce jour."))
        return back
