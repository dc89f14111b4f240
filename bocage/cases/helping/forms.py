"""Forms of helping: the mandate to ask for, the code told back, the relative to name, the code of a letter."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bocage.cases.desk_views.forms import PersonForm
from bocage.cases.queries import open_procedures
from bocage.identity.models import SERVICE, Person
from bocage.identity.staff import services
from bocage.messaging.models import Channel
from bocage.messaging.recipients import BadRecipient, Recipient
from bocage.territory.models import Organisation

DAYS = (("1", _("Aujourd’hui seulement")), ("31", _("Un mois")), ("182", _("Six mois")), ("365", _("Un an")))
ALL = "*"

TOLD_BY = {Channel.EMAIL: _("Par e-mail"), Channel.SMS: _("Par SMS"), Channel.LETTER: _("Par courrier")}

WAYS = {
    "counter-sms": ("counter", "sms", _("Elle est devant moi : un code par SMS")),
    "counter-paper": ("counter", "paper", _("Elle est devant moi : une feuille à signer")),
    "phone-sms": ("phone", "sms", _("Elle est au téléphone : un code par SMS")),
    "phone-letter": ("phone", "letter", _("Elle est au téléphone : un code par courrier")),
}
"""How someone consents through an agent: the channel recorded, and the way of ``MandateAsk``."""


def scope_choices() -> list[tuple[str, Any]]:
    """Everything, each service that has procedures, each procedure."""
    found = list(open_procedures())
    labels = services()
    named = sorted({(labels.get(one.service, one.service), one.service) for one in found})
    return [
        (ALL, _("Toutes les démarches")),
        *((f"{SERVICE}{key}", _("Celles du service « %s »") % label) for label, key in named),
        *((one.slug, one.title) for one in found),
    ]


class ExtentForm(forms.Form):
    """For what, and for how long."""

    scopes = forms.MultipleChoiceField(
        label=_("Pour quelles démarches ?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Cochez au moins une démarche, ou toutes. Exemple : Toutes les démarches")},
    )
    days = forms.ChoiceField(
        label=_("Pendant combien de temps ?"),
        choices=DAYS,
        widget=forms.RadioSelect,
        initial="1",
        error_messages={"required": _("Choisissez une durée. Exemple : Aujourd’hui seulement")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = scope_choices()  # type: ignore[attr-defined]

    def clean_scopes(self) -> list[str]:
        """« Toutes » makes the others needless."""
        chosen: list[str] = self.cleaned_data["scopes"]
        return [ALL] if ALL in chosen else chosen

    def clean_days(self) -> int:
        """As a number."""
        return int(self.cleaned_data["days"])


class AskForm(ExtentForm):
    """What an agent asks of the person they help."""

    body = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("Au nom de quel organisme ?"),
        empty_label=None,
        error_messages={"required": _("Choisissez l’organisme. Exemple : votre mairie")},
    )
    how = forms.ChoiceField(
        label=_("Comment la personne donne-t-elle son accord ?"),
        widget=forms.RadioSelect,
        choices=[(key, told[2]) for key, told in WAYS.items()],
        error_messages={"required": _("Choisissez comment elle donne son accord. Exemple : un code par SMS")},
    )
    told_by = forms.ChoiceField(
        label=_("Comment veut-elle être prévenue de chaque usage ?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez comment elle est prévenue. Exemple : par courrier")},
    )

    field_order = ["scopes", "days", "how", "told_by", "body"]

    def __init__(self, *args: Any, recipient: Recipient | None, bodies: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        queryset = Organisation.objects.filter(pk__in=[body.pk for body in bodies])
        self.fields["body"].queryset = queryset  # type: ignore[attr-defined]
        self.fields["body"].initial = bodies[0] if bodies else None
        if recipient is not None:
            self._offer_what_reaches(recipient)

    def _offer_what_reaches(self, recipient: Recipient) -> None:
        self._recipient = recipient
        labels = TOLD_BY
        reachable = [(str(way), label) for way, label in labels.items() if self._reaches(way)]
        if reachable:
            self.fields["told_by"].choices = reachable  # type: ignore[attr-defined]
            self.fields["told_by"].initial = recipient.best_channel()
        else:
            del self.fields["told_by"]
        ways = {"sms": Channel.SMS, "letter": Channel.LETTER}
        self.fields["how"].choices = [  # type: ignore[attr-defined]
            (key, told[2]) for key, told in WAYS.items() if told[1] not in ways or self._reaches(ways[told[1]])
        ]

    def _reaches(self, channel: str) -> bool:
        try:
            self._recipient.address(channel)
        except BadRecipient:
            return False
        return True


class PartnerForm(AskForm, PersonForm):
    """What a partner's helper asks, and of whom: they search nobody, they say who is in front of them."""

    field_order = [
        "given_names", "birth_name", "birth_date", "phone", "email", "address", "postcode", "commune", "locality",
        "scopes", "days", "how", "told_by", "body",
    ]  # fmt: skip

    def __init__(self, *args: Any, bodies: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, recipient=None, bodies=bodies, **kwargs)
        del self.fields["usual_name"]
        self.fields["told_by"].choices = [(str(way), label) for way, label in TOLD_BY.items()]  # type: ignore[attr-defined]
        if len(bodies) == 1:
            self.fields["body"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """What is chosen must reach them."""
        data = super().clean()
        home = data.get("commune") or data.get("locality")
        lines = (data.get("address", ""), f"{data.get('postcode', '')} {home or ''}") if data.get("address") else ()
        told = Recipient(
            name="…", email=data.get("email") or "", phone=data.get("phone") or "", address_lines=tuple(map(str, lines))
        )
        way = {"sms": Channel.SMS, "letter": Channel.LETTER}.get(WAYS[data["how"]][1]) if data.get("how") else None
        for name, channel in (("how", way), ("told_by", data.get("told_by"))):
            if channel:
                try:
                    told.address(channel)
                except BadRecipient as error:
                    self.add_error(name, str(error))
        return data

    def person(self) -> dict[str, Any]:
        """Who they are, for ``create_person``."""
        asked = set(AskForm.base_fields)
        return {name: value for name, value in self.cleaned_data.items() if name not in asked}


class CodeForm(forms.Form):
    """The code that the person tells back."""

    code = forms.CharField(
        label=_("Le code que la personne vous dit"),
        max_length=12,
        help_text=_("Six chiffres. Exemple : 402 117"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": _("Tapez les six chiffres. Exemple : 402 117")},
    )


class SheetForm(forms.Form):
    """The signed sheet, looked at."""

    checked = forms.BooleanField(
        label=_("J’ai vérifié l’identité de la personne et j’ai sa feuille signée"),
        error_messages={"required": _("Cochez la case une fois la feuille signée devant vous.")},
    )


class NameForm(ExtentForm):
    """The relative whom someone lets act for them."""

    email = forms.EmailField(
        label=_("L’adresse e-mail de cette personne"),
        help_text=_("Elle reçoit votre proposition et répond avec son compte. Exemple : claire.petit@exemple.fr"),
        error_messages={
            "required": _("Indiquez son adresse e-mail. Exemple : claire.petit@exemple.fr"),
            "invalid": _("Cette adresse n’est pas complète. Exemple : claire.petit@exemple.fr"),
        },
    )
    field_order = ["email", "scopes", "days"]

    def __init__(self, *args: Any, principal: Person, own_email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._own = {principal.email.lower(), own_email.lower()} - {""}

    def clean_email(self) -> str:
        """Another's."""
        email: str = self.cleaned_data["email"]
        if email.lower() in self._own:
            raise forms.ValidationError(_("C’est votre adresse. Indiquez celle de la personne qui vous aide."))
        return email


class RevokeForm(forms.Form):
    """The number and code printed on a letter."""

    number = forms.IntegerField(
        label=_("Numéro du mandat"),
        min_value=1,
        max_value=2**31,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Il est écrit sur le courrier. Exemple : 128"),
        error_messages={
            "required": _("Indiquez le numéro écrit sur le courrier. Exemple : 128"),
            "invalid": _("Le numéro est fait de chiffres. Exemple : 128"),
        },
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Huit signes, sur le même courrier. Exemple : K7RF-2M9X"),
        error_messages={"required": _("Indiquez le code écrit sur le courrier. Exemple : K7RF-2M9X")},
    )
