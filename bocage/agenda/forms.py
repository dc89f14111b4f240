"""The form with which one registers: for whom, how to be reached, how many, and what the organiser asks."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.agenda import wording
from bocage.agenda.access import One
from bocage.agenda.models import Offer
from bocage.agenda.operations import Participant
from bocage.agenda.terms import Option, Question, Rules, Terms
from bocage.base.typed_text import visible
from bocage.identity.forms import PhoneField

OTHER = "other"


class RegistrationForm(forms.Form):
    """What is asked depends on the offer's terms and on who asks; an answer to what is not asked counts for nothing."""

    summary_title = gettext_lazy("Il manque quelque chose")

    def __init__(
        self,
        data: Any = None,
        *,
        offer: Offer,
        people: Sequence[One],
        known: bool,
        left: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(data)
        assert offer.terms is not None
        self.terms: Terms = offer.terms.document
        self.people = {one.key: one for one in people}
        self.known = known
        self._ask_who()
        rules = self.terms.rules
        if rules.max_party > 1:
            self.fields["size"] = forms.IntegerField(
                label=_("Combien de places ?"),
                min_value=1,
                max_value=rules.max_party,
                initial=1,
                help_text=_("%s au plus, vous compris. Exemple : 2") % rules.max_party,
                error_messages={
                    "max_value": _("%s places au plus par inscription. Exemple : 2") % rules.max_party,
                    "min_value": _("Une place au moins. Exemple : 1"),
                    "invalid": _("Écrivez un nombre. Exemple : 2"),
                    "required": _("Écrivez combien de places. Exemple : 1"),
                },
            )
        if len(self.terms.options) > 1:
            self.fields["option"] = forms.ChoiceField(
                label=_("À quoi vous inscrivez-vous ?"),
                widget=forms.RadioSelect,
                choices=[(option.id, _told(option, left, rules)) for option in self.terms.options],
                error_messages={"required": _("Choisissez une formule.")},
            )
        for question in self.terms.questions:
            self.fields[f"q-{question.id}"] = _asked(question)
        self.fields["needs"] = forms.CharField(
            label=_("De quoi avez-vous besoin pour participer à l’aise ?"),
            help_text=_("Exemple : une place pour un fauteuil, une boucle magnétique. L’animateur seul le lit."),
            required=False,
            max_length=400,
            widget=forms.Textarea(attrs={"rows": 2}),
        )

    def _ask_who(self) -> None:
        if self.people:
            choices = [
                (one.key, _("Moi, %s") % one.label if one.key == "me" else one.label) for one in self.people.values()
            ]
            self.fields["who"] = forms.ChoiceField(
                label=_("Qui participe ?"),
                widget=forms.RadioSelect,
                choices=[*choices, (OTHER, _("Quelqu’un d’autre"))],
                initial="me",
                error_messages={"required": _("Choisissez qui participe.")},
            )
        self.fields["name"] = forms.CharField(
            label=_("Prénom et nom de la personne qui participe"),
            help_text=_("Si c’est quelqu’un d’autre. Exemple : Suzanne Bellehaie")
            if self.people
            else _("Exemple : Suzanne Bellehaie"),
            max_length=160,
            required=not self.people,
            widget=forms.TextInput(attrs={"autocomplete": "off" if self.people else "name"}),
            error_messages={"required": _("Écrivez un prénom et un nom. Exemple : Suzanne Bellehaie")},
        )
        if not self.known:
            self.fields["phone"] = PhoneField(
                label=_("Téléphone"),
                help_text=_("Pour prévenir d’un changement. Exemple : 06 39 98 00 12"),
                required=False,
            )
            self.fields["email"] = forms.EmailField(
                label=_("Adresse électronique"),
                help_text=_("Exemple : prenom.nom@exemple.fr"),
                required=False,
                widget=forms.EmailInput(attrs={"autocomplete": "email"}),
                error_messages={"invalid": _("Cette adresse n’est pas complète. Exemple : prenom.nom@exemple.fr")},
            )

            for name in ("phone", "email"):
                self.fields[name].one_of = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A name for someone else; a way to be reached without an account."""
        told = super().clean() or {}
        for name, value in told.items():
            if isinstance(value, str):
                told[name] = visible(value).strip()
        if self.people and told.get("who") == OTHER and not told.get("name") and "name" not in self.errors:
            self.add_error("name", _("Écrivez un prénom et un nom. Exemple : Suzanne Bellehaie"))
        reachable = {"phone", "email"} & set(self.fields)
        if reachable and not reachable & set(self.errors) and not (told.get("phone") or told.get("email")):
            self.add_error(
                "phone", _("Indiquez un téléphone ou une adresse électronique, pour prévenir d’un changement.")
            )
        return told

    def one(self) -> One | None:
        """Who was chosen among those the account may register; None for somebody whose name was typed."""
        return self.people.get(self.cleaned_data.get("who", ""))

    def participant(self, *, email: str = "", phone: str = "") -> Participant:
        """Who takes part, as told; ``email`` and ``phone`` are the account's own."""
        told, one = self.cleaned_data, self.one()
        person = one.person if one else None
        answers = {
            question.id: told[f"q-{question.id}"]
            for question in self.terms.questions
            if told.get(f"q-{question.id}") not in (None, "")
        }
        return Participant(
            name=person.full_name if person else told["name"],
            person=person,
            email=told.get("email") or (person.email if person else "") or email,
            phone=told.get("phone") or (person.phone if person else "") or phone,
            size=told.get("size") or 1,
            needs=told.get("needs", ""),
            answers=answers,
        )


def _told(option: Option, left: Mapping[str, int] | None, rules: Rules) -> str:
    """An option with what is left of it, where that is known."""
    if left is None:
        return option.label
    free = min(left.get(name, 0) for name in option.takes)
    return f"{option.label} – {wording.places(free, waiting=rules.waiting)}"


def _asked(question: Question) -> forms.Field:
    common: dict[str, Any] = {
        "label": question.label,
        "help_text": question.help,
        "required": question.required,
        "error_messages": {"required": _("Répondez à « %s ».") % question.label},
    }
    if question.kind == "choice":
        choices = [(choice, choice) for choice in question.choices]
        return forms.ChoiceField(widget=forms.RadioSelect, choices=choices, **common)
    if question.kind == "yes_no":
        choices = [("oui", _("Oui")), ("non", _("Non"))]
        return forms.ChoiceField(widget=forms.RadioSelect, choices=choices, **common)
    widget = forms.Textarea(attrs={"rows": 3}) if question.kind == "long_text" else forms.TextInput()
    return forms.CharField(max_length=1000, widget=widget, **common)
