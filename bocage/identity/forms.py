"""Forms of the account: names at sign-up, one's own details. Errors show an example (RGAA 11.10).

The forms that derive from django-allauth's are in ``entrance``: those import this module while they load.
"""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bocage.base.actors import Actor
from bocage.base.shown import CorrectionForm
from bocage.identity import operations
from bocage.identity.models import Account, Household, ToldBy
from bocage.identity.reading import normal_phone, read_dates, written_phone
from bocage.territory.models import Commune
from bocage.territory.queries import today


class PhoneField(forms.CharField):
    """A telephone number in any French writing, or international; kept as E.164."""

    default_error_messages = {
        "invalid": _("Ce numéro n’est pas complet. Exemple : 03 27 12 34 56 ou +32 65 12 34 56"),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=30, **kwargs)
        self.widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})

    def prepare_value(self, value: Any) -> Any:
        """As one writes it in France."""
        return written_phone(value) if isinstance(value, str) and value.startswith("+") else value

    def clean(self, value: Any) -> str:
        """E.164, or empty. Raises ValidationError for anything else."""
        text = super().clean(value)
        if not text:
            return ""
        if (phone := normal_phone(text)) is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return phone


class BirthDateField(forms.CharField):
    """A past date in any French writing."""

    default_error_messages = {"invalid": _("Cette date n’est pas comprise. Exemple : 12/03/1948 ou 12 mars 1948")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=30, **kwargs)
        self.widget = forms.TextInput(attrs={"autocomplete": "bday"})

    def prepare_value(self, value: Any) -> Any:
        """As one writes it in France."""
        return value.strftime("%d/%m/%Y") if isinstance(value, date) else value

    def clean(self, value: Any) -> date | None:
        """The date, or None. Raises ValidationError when it is no past date, or when its century is in doubt."""
        text = super().clean(value)
        if not text:
            return None
        dates = read_dates(text, today(timezone.now()))
        if len(dates) != 1:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return dates[0]


def _name_field(label: Any, autocomplete: str, **kwargs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=120, widget=widget, **kwargs)


class NamesForm(forms.Form):
    """What sign-up asks beyond an e-mail; allauth's sign-up forms, with password or passkey, derive from it."""

    given_names = _name_field(
        _("Prénom"),
        "given-name",
        error_messages={"required": _("Indiquez votre prénom. Exemple : Camille")},
    )
    birth_name = _name_field(
        _("Nom de naissance"),
        "family-name",
        help_text=_("Celui de votre acte de naissance."),
        error_messages={"required": _("Indiquez votre nom de naissance. Exemple : Martin")},
    )
    usual_name = _name_field(
        _("Nom d’usage"),
        "family-name",
        required=False,
        help_text=_("Si vous portez un autre nom, par exemple marital."),
    )
    field_order = ["given_names", "birth_name", "usual_name", "email", "password1"]

    def signup(self, request: HttpRequest, account: Account) -> None:
        """Give the new account its person (called by allauth within ``SignupForm.save``'s transaction)."""
        operations.sign_up(
            account,
            given_names=self.cleaned_data["given_names"],
            birth_name=self.cleaned_data["birth_name"],
            usual_name=self.cleaned_data["usual_name"],
            actor=Actor("account", account.pk),
            now=timezone.now(),
        )


HOME = ("address", "postcode", "commune", "locality")
"""Where someone lives: one answer in several fields."""


class DetailsForm(forms.Form):
    """« Mes coordonnées ». The e-mail is changed apart, since it must be verified."""

    given_names = _name_field(
        _("Prénoms"), "given-name", error_messages={"required": _("Indiquez votre prénom. Exemple : Camille")}
    )
    birth_name = _name_field(
        _("Nom de naissance"),
        "family-name",
        error_messages={"required": _("Indiquez votre nom de naissance. Exemple : Martin")},
    )
    usual_name = _name_field(
        _("Nom d’usage"), "family-name", required=False, help_text=_("Si vous en portez un autre.")
    )
    birth_date = BirthDateField(label=_("Date de naissance"), required=False, help_text=_("Exemple : 12/03/1948"))
    phone = PhoneField(label=_("Téléphone"), required=False, help_text=_("Exemple : 03 27 12 34 56"))
    address = forms.CharField(
        label=_("Numéro et rue"),
        max_length=240,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    postcode = forms.RegexField(
        r"^\d{5}$",
        label=_("Code postal"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric"}),
        error_messages={"invalid": _("Le code postal a cinq chiffres. Exemple : 59530")},
    )
    commune = forms.ModelChoiceField(
        Commune.objects.none(), label=_("Commune"), required=False, empty_label=_("Une autre commune")
    )
    locality = forms.CharField(
        label=_("Autre commune"),
        max_length=120,
        required=False,
        help_text=_("Si la vôtre n’est pas dans la liste."),
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )

    told_by = forms.ChoiceField(
        label=_("Comment voulez-vous être prévenu ?"),
        choices=ToldBy.choices,
        required=False,
        help_text=_("Ce qui ne peut pas vous joindre ainsi part autrement. Tout se lit aussi dans votre espace."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["commune"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Commune.objects.only("pk", "name")

    def clean(self) -> dict[str, Any]:
        """A commune of the territory leaves no other one."""
        data = super().clean() or self.cleaned_data
        if data.get("commune"):
            data["locality"] = ""
        return data


class EditDetailsForm(CorrectionForm, DetailsForm):
    """The same over one's details as they are now: an agent may be correcting them too."""

    together = (HOME,)

    def civil_status_is_certain(self) -> None:
        """Show, without letting change, what FranceConnect or an agent has verified."""
        for name in ("given_names", "birth_name", "birth_date"):
            if self.initial.get(name):
                self.fields[name].disabled = True
                self.fields[name].help_text = _("Vérifié. S’il y a une erreur, appelez-nous.")


class JoinForm(forms.Form):
    """Someone to add to one's household; an agent checks."""

    given_names = forms.CharField(
        label=_("Prénoms"),
        max_length=160,
        error_messages={"required": _("Indiquez les prénoms. Exemple : Lou")},
    )
    birth_name = forms.CharField(
        label=_("Nom de naissance"),
        max_length=120,
        error_messages={"required": _("Indiquez le nom de naissance. Exemple : Martin")},
    )
    birth_date = BirthDateField(
        label=_("Date de naissance"),
        help_text=_("Exemple : 12/03/2018"),
        error_messages={"required": _("Indiquez la date de naissance. Exemple : 12/03/2018")},
    )
    role = forms.ChoiceField(
        label=_("Qui est-ce ?"),
        choices=[("child", _("Un enfant")), ("other", _("Un autre membre du foyer"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez : un enfant, ou un autre membre du foyer.")},
    )
    legal_authority = forms.BooleanField(label=_("J’ai l’autorité parentale sur cet enfant"), required=False)
    household = forms.ChoiceField(label=_("Dans quel foyer ?"), required=False)

    def __init__(self, *args: Any, homes: list[Household], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        new = ("", _("Un nouveau foyer, le mien"))
        self.fields["household"].choices = [*((str(one.pk), one.name) for one in homes), new]  # type: ignore[attr-defined]
        if not homes:
            self.fields["household"].widget = forms.HiddenInput()
