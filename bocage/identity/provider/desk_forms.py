"""Form of a site that shares the account."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bocage.base.env import LOOPBACK
from bocage.identity.provider.claims import SCOPES


class AddressesField(forms.CharField):
    """Addresses, one a line: complete, in HTTPS (HTTP on this very machine only), without star nor fragment."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> list[str]:
        """The addresses, as they will be compared: letter by letter. Raises ValidationError naming the wrong one."""
        lines = [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]
        for line in lines:
            if not _is_complete(line):
                raise ValidationError(
                    _(
                        "« %(line)s » n’est pas une adresse complète en https. Exemple : https://media.example.fr/retour"
                    ),
                    params={"line": line},
                )
        return list(dict.fromkeys(lines))


def _is_complete(line: str) -> bool:
    try:
        parts = urlsplit(line)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    return bool(safe and host) and not (parts.fragment or "*" in line or "@" in parts.netloc or " " in line)


class SiteForm(forms.Form):
    """Its name, its addresses, what it may ask."""

    name = forms.CharField(
        label=_("Nom du site"),
        max_length=100,
        help_text=_("Les habitants le liront. Exemple : Médiathèque du Quesnoy"),
        error_messages={"required": _("Indiquez un nom. Exemple : Médiathèque du Quesnoy")},
    )
    redirect_uris = AddressesField(
        label=_("Adresses de retour"),
        max_length=2000,
        help_text=_("Une par ligne, à la lettre près. Exemple : https://media.example.fr/oidc/retour"),
        error_messages={"required": _("Indiquez une adresse. Exemple : https://media.example.fr/oidc/retour")},
    )
    logout_uris = AddressesField(
        label=_("Adresses de retour après déconnexion"),
        max_length=2000,
        required=False,
        help_text=_("Une par ligne. Exemple : https://media.example.fr/"),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Ce que le site peut demander"),
        choices=list(SCOPES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Le moins possible : chacun peut refuser. Sans rien, le site reconnaît la personne, sans son nom."),
    )
    public = forms.BooleanField(
        label=_("C’est une application de téléphone ou de navigateur, qui ne peut pas garder de secret"), required=False
    )
