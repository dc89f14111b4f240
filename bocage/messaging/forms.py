"""Forms of the agents' letters."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bocage.messaging.models import Letter, ReturnReason
from bocage.messaging.operations.letters import LetterProblem, registered_number
from bocage.territory.models import Commune


class FilterForm(forms.Form):
    """Which letters to list."""

    service = forms.ChoiceField(label=_("Service"), required=False)
    commune = forms.ModelChoiceField(
        label=_("Commune"), queryset=Commune.objects.all(), required=False, empty_label=_("toutes")
    )

    def __init__(self, *args: Any, services: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].choices = [("", _("tous")), *services.items()]  # type: ignore[attr-defined]


class PostingForm(forms.Form):
    """When a batch was taken to the post office, and the registered numbers of its letters."""

    posted_on = forms.DateField(
        label=_("Date du dépôt à La Poste"),
        widget=forms.DateInput(format="%d/%m/%Y"),
        error_messages={
            "required": _("Écrivez la date du dépôt."),
            "invalid": _("Écrivez une date, comme 12/03/2026."),
        },
    )

    def __init__(self, *args: Any, letters: list[Letter], today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"posted_on": today}
        super().__init__(*args, **kwargs)
        for letter in letters:
            self.fields[f"number_{letter.pk}"] = forms.CharField(
                label=_("Numéro de recommandé de %(name)s (%(reference)s)")
                % {"name": letter.delivery.name, "reference": letter.reference},
                required=letter.registered,
                max_length=24,
                error_messages={
                    "required": _("Ce courrier part en recommandé : recopiez le numéro du bordereau de La Poste.")
                },
            )
        self.letters = letters

    def clean(self) -> dict[str, Any]:
        """Numbers as La Poste writes them."""
        cleaned = super().clean() or {}
        for letter in self.letters:
            name = f"number_{letter.pk}"
            if text := cleaned.get(name, "").strip():
                try:
                    cleaned[name] = registered_number(text)
                except LetterProblem as problem:
                    self.add_error(name, str(problem))
        return cleaned

    @property
    def numbers(self) -> dict[int, str]:
        """Registered numbers by letter."""
        return {
            letter.pk: number for letter in self.letters if (number := self.cleaned_data.get(f"number_{letter.pk}", ""))
        }


class SearchForm(forms.Form):
    """The letter one holds in hand."""

    reference = forms.CharField(
        label=_("Référence du courrier, ou nom du destinataire"),
        help_text=_("La référence est à gauche de l’adresse, comme K7RF-2M9X-C. Une douchette lit aussi son code."),
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ReturnForm(forms.Form):
    """Why and when a letter came back."""

    reason = forms.ChoiceField(
        label=_("Motif écrit sur l’enveloppe"),
        choices=ReturnReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez le motif écrit par La Poste sur l’enveloppe.")},
    )
    returned_on = forms.DateField(
        label=_("Date du retour"),
        widget=forms.DateInput(format="%d/%m/%Y"),
        error_messages={
            "required": _("Écrivez la date du retour."),
            "invalid": _("Écrivez une date, comme 12/03/2026."),
        },
    )


class AddressForm(forms.Form):
    """Where a letter goes when it is sent again."""

    address = forms.CharField(
        label=_("Adresse"),
        max_length=400,
        help_text=_("Une ligne pour la rue, une pour le code postal et la commune."),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        error_messages={"required": _("Indiquez l’adresse. Exemple : 12 rue de l’Église, puis 59530 Locquignol")},
    )

    @property
    def lines(self) -> list[str]:
        """The address, line by line."""
        return str(self.cleaned_data["address"]).splitlines()
