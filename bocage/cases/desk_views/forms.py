"""The form of a person at the counter. The browser must not fill in the agent's own details."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bocage.base.shown import CorrectionForm
from bocage.identity.forms import HOME, DetailsForm
from bocage.identity.models import Person


class PersonForm(DetailsForm):
    """Who someone is and how to reach them."""

    email = forms.EmailField(
        label=_("Adresse électronique"),
        required=False,
        help_text=_("Exemple : prenom.nom@exemple.fr. Sans elle, nous écrivons par courrier."),
        error_messages={"invalid": _("Cette adresse n’est pas complète. Exemple : prenom.nom@exemple.fr")},
    )
    field_order = [
        "given_names", "birth_name", "usual_name", "birth_date", "phone", "email", "address", "postcode", "commune",
        "locality",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def take(self, error: ValidationError) -> None:
        """Show where they belong the errors that the operation found."""
        for name, texts in error.message_dict.items() if hasattr(error, "error_dict") else ():
            self.add_error(name if name in self.fields else None, texts)
        if not hasattr(error, "error_dict"):
            self.add_error(None, error.messages)


class EditPersonForm(CorrectionForm, PersonForm):
    """The same over someone's details, as they are now."""

    together = (HOME,)

    @staticmethod
    def told(person: Person) -> dict[str, Any]:
        """What is known of someone, as initial values."""
        names = ("given_names", "birth_name", "usual_name", "birth_date", "phone", "email", "address", "postcode")
        return {name: getattr(person, name) for name in names} | {
            "commune": person.commune_id,
            "locality": person.locality,
        }
