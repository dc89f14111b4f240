"""Forms of « Données personnelles » at the desk."""

import re
from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bocage.identity.fields import TypedDateField
from bocage.identity.models import Account
from bocage.territory.queries import time_zone

CHANNELS = (
    ("counter", _("au guichet")),
    ("phone", _("par téléphone")),
    ("post", _("par courrier")),
    ("email", _("par courriel")),
)
_HOUR = re.compile(r"^([01]?\d|2[0-3])\s*[hH:]\s*([0-5]\d)?$")


class EraseForm(forms.Form):
    """An erasure asked at the desk: how it came, and how the agent made sure of who asks."""

    channel = forms.ChoiceField(label=_("La demande est venue"), choices=CHANNELS, initial="counter")
    proof = forms.CharField(
        label=_("Comment vous vous êtes assuré que c’est bien cette personne"),
        max_length=200,
        help_text=_("N’en gardez pas de copie. Exemple : carte d’identité vue au guichet"),
        error_messages={
            "required": _("Dites comment vous vous en êtes assuré. Exemple : carte d’identité vue au guichet")
        },
    )
    sure = forms.BooleanField(
        label=_("J’ai dit à la personne ce qui sera effacé, ce qui sera gardé et pourquoi"),
        error_messages={"required": _("Dites-le-lui d’abord, puis cochez la case.")},
    )


class HourField(forms.CharField):
    """An hour of the day: « 9 h 30 », « 09:30 »; None when it is empty."""

    default_error_messages = {"invalid": _("Cette heure n’est pas comprise. Exemple : 9 h 30")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=8, **kwargs)

    def clean(self, value: Any) -> time | None:
        """The hour. Raises ValidationError."""
        text = super().clean(value)
        if not text:
            return None
        found = _HOUR.match(text.strip().replace(" ", ""))
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return time(int(found[1]), int(found[2] or 0))


class BreachForm(forms.Form):
    """What happened, since when it is known, and what it is about: one of the three is enough."""

    title = forms.CharField(
        label=_("Ce qui s’est passé, en quelques mots"),
        max_length=120,
        help_text=_("Exemple : ordinateur portable volé à l’accueil"),
        error_messages={"required": _("Nommez ce qui s’est passé. Exemple : ordinateur portable volé à l’accueil")},
    )
    drill = forms.BooleanField(label=_("C’est un exercice"), required=False, initial=True)
    known_on = TypedDateField(
        label=_("Connu le"),
        help_text=_("Le délai de 72 heures court de là. Exemple : 10/03/2026"),
        error_messages={"required": _("Indiquez le jour où vous l’avez su. Exemple : 10/03/2026")},
    )
    known_at = HourField(
        label=_("À"),
        help_text=_("Exemple : 9 h 30"),
        error_messages={"required": _("Indiquez l’heure. Exemple : 9 h 30")},
    )
    facts = forms.CharField(
        label=_("Les faits, comme la lettre aux personnes les dira"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Ce qui est arrivé, quelles données, ce que vous avez fait."),
    )
    references = forms.CharField(
        label=_("Références de dossiers, adresses e-mail de comptes"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Une par ligne. Exemple : K7RF-2M9X-C"),
    )
    since = TypedDateField(label=_("Ce qui a été touché du"), required=False, help_text=_("Exemple : 02/03/2026"))
    until = TypedDateField(label=_("Au"), required=False, help_text=_("Exemple : 09/03/2026"))
    agent = forms.CharField(
        label=_("Compte d’agent utilisé par un autre"),
        required=False,
        max_length=254,
        help_text=_("Son adresse e-mail ou son identifiant. Tout ce qu’il a ouvert ou emporté est compté."),
    )

    def clean_agent(self) -> Account | None:
        """The account. Raises ValidationError."""
        text = self.cleaned_data["agent"].strip()
        if not text:
            return None
        found = Account.objects.filter(posts__isnull=False)
        account = found.filter(email__iexact=text).first() or found.filter(username__iexact=text).first()
        if account is None:
            raise forms.ValidationError(_("Aucun agent n’a ce compte. Exemple : camille.martin@mairie.example"))
        return account

    def clean_references(self) -> list[str]:
        """One by line; empty lines left out."""
        return list(
            dict.fromkeys(line.strip() for line in self.cleaned_data["references"].splitlines() if line.strip())
        )

    def clean(self) -> dict[str, Any]:
        """Days become instants of the territory; one of the three says what it is about."""
        data = super().clean() or self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("Le dernier jour précède le premier. Exemple : du 02/03/2026 au 09/03/2026"))
        if not self.errors and not (data.get("references") or since or data.get("agent")):
            self.add_error(
                "references", _("Dites ce qui est touché : des références, des dates, ou le compte d’un agent.")
            )
        return data

    def breach(self) -> dict[str, Any]:
        """``open_breach``'s arguments."""
        data, zone = self.cleaned_data, time_zone()
        return {
            "title": data["title"],
            "drill": data["drill"],
            "known_at": datetime.combine(data["known_on"], data["known_at"], zone),
            "facts": data["facts"],
            "references": data["references"],
            "since": datetime.combine(data["since"], time.min, zone) if data["since"] else None,
            "until": datetime.combine(data["until"], time.max, zone) if data["until"] else None,
            "agent": data["agent"],
        }
