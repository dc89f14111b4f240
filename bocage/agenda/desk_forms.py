"""What agents fill in: someone who telephones, a capacity, the reason of a cancellation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bocage.agenda.models import Channel
from bocage.agenda.operations import Participant
from bocage.agenda.terms import Terms
from bocage.base.typed_text import visible
from bocage.identity.forms import PhoneField


class DeskRegistrationForm(forms.Form):
    """Someone who is at the counter, telephones or writes; above the capacity when the agent says so."""

    name = forms.CharField(
        label=_("Prénom et nom"),
        help_text=_("Exemple : Suzanne Bellehaie"),
        max_length=160,
        error_messages={"required": _("Écrivez un prénom et un nom. Exemple : Suzanne Bellehaie")},
    )
    phone = PhoneField(label=_("Téléphone"), help_text=_("Exemple : 03 53 01 00 12"), required=False)
    email = forms.EmailField(label=_("Adresse électronique"), required=False)
    channel = forms.ChoiceField(
        label=_("Comment nous a-t-on joints ?"),
        choices=[choice for choice in Channel.choices if choice[0] != Channel.WEB],
        initial=Channel.PHONE,
    )
    size = forms.IntegerField(label=_("Places"), min_value=1, max_value=200, initial=1)
    needs = forms.CharField(label=_("Besoins pour participer"), required=False, max_length=400)
    force = forms.BooleanField(
        label=_("Inscrire même si c’est complet ou trop tard"),
        help_text=_("La place en plus est notée à votre nom."),
        required=False,
    )

    def __init__(self, data: Any = None, *, terms: Terms) -> None:
        super().__init__(data)
        self.terms = terms
        if len(terms.options) > 1:
            self.fields["option"] = forms.ChoiceField(
                label=_("Formule"), choices=[(option.id, option.label) for option in terms.options]
            )

    def participant(self) -> Participant:
        """Who takes part, as told to the agent."""
        told = self.cleaned_data
        return Participant(
            name=visible(told["name"]).strip(),
            phone=told["phone"],
            email=told["email"],
            size=told["size"],
            needs=visible(told["needs"]).strip(),
        )


class CapacityForm(forms.Form):
    """How many places a pool has."""

    capacity = forms.IntegerField(label=_("Places"), min_value=0, max_value=100_000)


class ReasonForm(forms.Form):
    """Why a session does not take place; everyone reads it."""

    reason = forms.CharField(
        label=_("Pourquoi ? Tout le monde le lira."),
        help_text=_("Exemple : Le formateur est malade."),
        max_length=200,
        error_messages={"required": _("Écrivez pourquoi. Exemple : Le formateur est malade.")},
    )
