"""Forms of the desk: a place with its hours day by day, a closure, an organisation."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bocage.base.dates import WEEKDAYS
from bocage.base.opening_hours import EXAMPLE, BadHours, check
from bocage.base.shown import CorrectionForm
from bocage.base.typed_hours import from_days, to_days
from bocage.territory.models import Closure, Commune, Organisation, Place

ACCESSIBILITY = [
    ("", _("Non renseignée")),
    ("ACC", _("Accessible en fauteuil roulant")),
    ("DEM", _("Accessible avec l’aide de quelqu’un")),
    ("NAC", _("Non accessible en fauteuil roulant")),
]


if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm


class _ForOperation(_ModelForm):
    """A form whose values go to an operation, which checks and writes; the instance is left as it is."""

    def _post_clean(self) -> None:
        pass


class PlaceForm(CorrectionForm, _ForOperation):
    """What an agent may change of a place. ``cleaned_data`` is ready for ``operations.save_place``.

    Hours are typed day by day (« 9h-12h et 14h-17h30 »); the field in OSM's syntax is for seasons and odd weeks, and
    wins when it is filled.
    """

    together = ((*(f"day_{number}" for number in range(7)), "osm"),)
    osm = forms.CharField(
        label=_("Horaires qui changent selon les semaines ou les saisons"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_(
            "Écriture d’OpenStreetMap, par exemple : %(example)s. Si vous la remplissez, elle remplace les jours."
        )
        % {"example": EXAMPLE},
    )
    website = forms.URLField(label=_("Site internet"), required=False, assume_scheme="https", max_length=200)
    accessibility = forms.ChoiceField(label=_("Accès en fauteuil roulant"), choices=ACCESSIBILITY, required=False)

    class Meta:
        model = Place
        fields = ["notice", "address", "phone", "website", "accessibility", "accessibility_details"]
        labels = {
            "notice": _("Une phrase sous le nom"),
            "address": _("Adresse"),
            "phone": _("Téléphone"),
            "accessibility_details": _("Comment entrer"),
        }
        widgets = {
            "address": forms.Textarea(attrs={"rows": 2}),
            "accessibility_details": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = to_days(self.instance.opening_hours)
        if days is None:
            self.fields["osm"].initial = self.instance.opening_hours
        for number, name in enumerate(WEEKDAYS):
            self.fields[f"day_{number}"] = forms.CharField(
                label=name.capitalize(), required=False, max_length=60, initial=days[number] if days else ""
            )
        hours = [f"day_{number}" for number in range(7)]
        self.order_fields(["notice", *hours, "osm"])

    def clean(self) -> dict[str, Any]:
        """Turn the days, or OSM's text, into ``opening_hours``."""
        cleaned = super().clean() or {}
        osm = cleaned.pop("osm", "")
        days = [cleaned.pop(f"day_{number}", "") for number in range(7)]
        try:
            cleaned["opening_hours"] = check(osm) if osm else from_days(days)
        except BadHours as error:
            self.add_error("osm" if osm else "day_0", str(error))
        return cleaned


class NewPlaceForm(_ForOperation):
    """A place to create; the rest is filled on its page."""

    commune = forms.ModelChoiceField(Commune.objects.defer("contour").order_by("slug"), label=_("Commune"))

    class Meta:
        model = Place
        fields = ["name", "kind", "commune", "address", "phone"]
        labels = {"name": _("Nom"), "kind": _("Sorte de lieu"), "address": _("Adresse"), "phone": _("Téléphone")}
        widgets = {"address": forms.Textarea(attrs={"rows": 2})}


class ClosureForm(_ForOperation):
    """Days on which a place is closed."""

    class Meta:
        model = Closure
        fields = ["starts", "ends", "reason"]
        labels = {
            "starts": _("Premier jour"),
            "ends": _("Dernier jour"),
            "reason": _("Pourquoi (les habitants le lisent)"),
        }
        help_texts = {
            "starts": _("Par exemple 24/12/2026."),
            "ends": _("Le lieu est encore fermé ce jour-là."),
        }


class OrganisationForm(CorrectionForm, _ForOperation):
    """A body with its numbers; ``operations.save_organisation`` checks them."""

    together = (("siret", "siren"),)
    siret = forms.CharField(
        label=_("Numéro SIRET"),
        required=False,
        max_length=20,
        help_text=_("14 chiffres, avec ou sans espaces. Il donne aussi le SIREN."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    siren = forms.CharField(
        label=_("Numéro SIREN"),
        required=False,
        max_length=14,
        help_text=_("9 chiffres. Seulement si vous ne connaissez pas le SIRET."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    rna = forms.CharField(
        label=_("Numéro RNA"),
        required=False,
        max_length=14,
        help_text=_("Pour une association : W et 9 chiffres, par exemple W595001234."),
    )

    class Meta:
        model = Organisation
        fields = ["name", "kind", "commune", "siret", "siren", "rna"]
        labels = {"name": _("Nom"), "kind": _("Sorte d’organisme"), "commune": _("Commune")}
        error_messages = {
            "name": {"required": _("Indiquez le nom. Exemple : Les Amis du bocage")},
            "kind": {"required": _("Choisissez la sorte d’organisme. Exemple : association")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["commune"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Commune.objects.only("pk", "name")
        field.empty_label = _("Aucune en particulier")
