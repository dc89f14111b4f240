"""The form of one question: everything that the schema knows of a field, and only what its kind has a use for."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.money import BadAmount, parse_amount
from bocage.base.typed_numbers import BadNumber, parse_number
from bocage.cases.editing import moments
from bocage.cases.editing.conditions import all_fields
from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.amounts import ColumnRows, LineRows
from bocage.cases.editor_views.forms.base import Item, OptionRows, TextArea, choices, compact
from bocage.cases.editor_views.forms.computing import ComputePart
from bocage.cases.editor_views.forms.conditions import ConditionForm
from bocage.cases.schema import FormField
from bocage.cases.validation.kinds import NOT_IN_GROUPS

_NOTE = 2000  # characters of an explanation
_ALWAYS = ("kind", "label", "hint")
_ANSWERED = ("required", "agent", "sensitive", "used_for")
_BY_KIND: dict[str, tuple[str, ...]] = {
    "text": ("example", *_ANSWERED, "role", "format", "max_length"),
    "textarea": ("example", *_ANSWERED, "max_length"),
    "number": ("example", *_ANSWERED, "minimum", "maximum", "whole"),
    "amount": ("example", *_ANSWERED, "minimum", "maximum"),
    "date": ("example", *_ANSWERED, "role", "minimum", "maximum"),
    "email": ("example", *_ANSWERED, "role"),
    "phone": ("example", *_ANSWERED, "role"),
    "address": ("example", *_ANSWERED, "role"),
    "file": (*_ANSWERED, "accept", "max_files"),
    "group": (*_ANSWERED, "max_items"),
    "place": ("example", *_ANSWERED, "places"),
    "household_person": (*_ANSWERED, "members"),
    "signatures": ("required", "used_for", "max_items"),
    "appointment": ("required", "sensitive", "used_for"),
    "payment": ("required", "sensitive", "used_for", "amount_of"),
    "amounts_table": (*_ANSWERED, "free_lines"),
    "computed": ("result",),
    "note": (),
    "statement": ("required",),
}
_DEFAULT = ("example", *_ANSWERED)
_FITTING_ROLES = {
    "text": ("", "given_names", "birth_name", "usual_name"),
    "date": ("", "birth_date"),
    "email": ("", "email"),
    "phone": ("", "phone"),
    "address": ("", "address"),
}
SIMPLE = [kind for kind in words.FIELD_KINDS if kind not in NOT_IN_GROUPS]
"""Kinds of the questions inside lines that repeat."""


class FieldForm(ConditionForm):
    """A question of a step, or of lines that repeat (``inner=True``)."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Sorte de champ"),
        help_text=gettext_lazy("Si vous la changez, appuyez sur « Changer de sorte » : les réglages suivent."),
    )
    label = forms.CharField(
        label=gettext_lazy("Intitulé"),
        max_length=300,
        help_text=gettext_lazy("La question, courte, comme au guichet. Exemple : Adresse du logement"),
        error_messages={"required": gettext_lazy("Écrivez l’intitulé. Exemple : Adresse du logement")},
    )
    hint = forms.CharField(
        label=gettext_lazy("Aide"),
        required=False,
        max_length=1000,
        widget=TextArea(2),
        help_text=gettext_lazy("Lue avec l’intitulé. Exemple : Facture d’eau ou d’énergie, de moins de trois mois."),
    )
    example = forms.CharField(
        label=gettext_lazy("Un exemple de réponse"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Montré sous l’intitulé et quand la réponse manque. Exemple : 12 rue de l’Église"),
    )
    required = forms.BooleanField(
        label=gettext_lazy("La réponse est obligatoire"),
        required=False,
        help_text=gettext_lazy("Décochez si l’on peut étudier la demande sans elle."),
    )
    agent = forms.BooleanField(
        label=gettext_lazy("C’est le service qui la remplit"),
        required=False,
        help_text=gettext_lazy("Les habitants ne la voient jamais. Exemple : la date de retrait proposée."),
    )
    sensitive = forms.BooleanField(
        label=gettext_lazy("La réponse est protégée"),
        required=False,
        help_text=gettext_lazy(
            "Chiffrée, couverte à l’écran, et chaque lecture est notée. Exemple : un relevé d’identité bancaire."
        ),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Ce que la réponse dit de la personne"),
        required=False,
        help_text=gettext_lazy("Elle est alors déjà remplie pour qui a un compte. Exemple : Son nom de naissance"),
    )
    used_for = forms.CharField(
        label=gettext_lazy("À quoi sert la réponse"),
        required=False,
        max_length=300,
        help_text=gettext_lazy(
            "Si aucune règle, aucun avis ne s’en sert : ce que le service en fait. Exemple : préparer la remise"
        ),
    )
    minimum = forms.CharField(label=gettext_lazy("Au moins"), required=False, max_length=40)
    maximum = forms.CharField(label=gettext_lazy("Au plus"), required=False, max_length=40)
    whole = forms.BooleanField(
        label=gettext_lazy("Sans virgule"),
        required=False,
        help_text=gettext_lazy("Exemple : un nombre de personnes."),
    )
    format = forms.ChoiceField(
        label=gettext_lazy("Ce qu’on y vérifie"),
        required=False,
        choices=[
            ("plate", gettext_lazy("Une immatriculation de véhicule")),
            ("iban", gettext_lazy("Un compte bancaire (IBAN)")),
        ],
        help_text=gettext_lazy("Sans choix, n’importe quel texte convient."),
    )
    max_length = forms.IntegerField(
        label=gettext_lazy("Longueur au plus, en signes"),
        required=False,
        min_value=0,
        max_value=20_000,
        help_text=gettext_lazy("Laissez vide si cela n’a pas d’importance. Exemple : 120"),
    )
    accept = forms.MultipleChoiceField(
        label=gettext_lazy("Ce que l’on peut joindre"),
        widget=forms.CheckboxSelectMultiple,
        choices=choices(words.ACCEPTED),
        error_messages={"required": gettext_lazy("Cochez au moins une sorte de document. Exemple : PDF")},
    )
    max_files = forms.IntegerField(
        label=gettext_lazy("Nombre de documents, au plus"),
        min_value=1,
        max_value=10,
        help_text=gettext_lazy("De 1 à 10. Exemple : 2, pour un recto et un verso"),
    )
    max_items = forms.IntegerField(
        label=gettext_lazy("Nombre de lignes, au plus"),
        min_value=1,
        max_value=50,
        help_text=gettext_lazy("De 1 à 50. Exemple : 3, pour trois véhicules"),
    )
    amount_of = forms.ChoiceField(
        label=gettext_lazy("Somme due"),
        required=False,
        help_text=gettext_lazy("Le montant calculé ou demandé plus haut. Exemple : À payer au retrait"),
    )
    members = forms.ChoiceField(
        label=gettext_lazy("Qui est proposé"),
        choices=choices(words.MEMBERS),
        help_text=gettext_lazy("À qui a un compte et un foyer connu ; les autres écrivent le nom."),
    )
    places = forms.MultipleChoiceField(
        label=gettext_lazy("Lieux proposés dans une liste"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=choices(words.PLACES),
        help_text=gettext_lazy("Ceux de la page « Lieux ». Sans rien cocher, la personne décrit l’endroit."),
    )
    free_lines = forms.IntegerField(
        label=gettext_lazy("Lignes que la personne ajoute, au plus"),
        min_value=0,
        max_value=30,
        help_text=gettext_lazy("Avec un intitulé de son choix. De 0 à 30. Exemple : 3"),
    )
    result = forms.ChoiceField(
        label=gettext_lazy("Ce que donne le calcul"),
        choices=choices(words.RESULTS),
        help_text=gettext_lazy("Exemple : Une somme en euros"),
    )

    def read(self, item: Item) -> dict[str, Any]:
        """The schema's own defaults, then the item."""
        initial: dict[str, Any] = {
            "required": True,
            "accept": ["pdf", "image"],
            "max_files": 1,
            "max_items": 10,
            "free_lines": 0,
            "members": "all",
            "result": "number",
            **item,
        }
        if item.get("kind") == "date":
            initial |= {name: moments.shown(item.get(name)) for name in ("minimum", "maximum")}
        elif item.get("kind") in {"number", "amount"}:
            hundredth = item.get("kind") == "amount"
            initial |= {name: _shown(item.get(name), hundredth=hundredth) for name in ("minimum", "maximum")}
        if not initial.get("max_length"):
            initial["max_length"] = ""
        return initial

    @property
    def current_kind(self) -> str:
        """The kind that the page draws: the one typed, once it is asked for."""
        posted = str(self.data.get("kind", "")) if self.is_bound else ""
        return posted if posted in words.FIELD_KINDS or posted == self.item.get("kind") else str(self.item.get("kind"))

    def prepare(self) -> None:
        """Only what the kind has a use for."""
        kind = self.current_kind
        self.inner = bool(self.extra.get("inner"))
        known = list(SIMPLE if self.inner else words.FIELD_KINDS)
        if self.item.get("kind") not in known:
            known.append(str(self.item.get("kind")))
        names = [*_ALWAYS, *_BY_KIND.get(kind, _DEFAULT)]
        if self.inner:
            names = [name for name in names if name not in {"agent", "role", "used_for"}]
        self.keep_only(names)
        if kind == "note":  # its label is all that is read
            label = self.fields["label"]
            label.label, label.widget = _("Le texte"), TextArea(5)
            label.help_text = _("Lu tel quel. Exemple : La remise se fait sur rendez-vous, au centre technique.")
            label.validators = [MaxLengthValidator(_NOTE)]
        self.choose("kind", [(one, words.kind_of(one).label) for one in known])
        if "role" in self.fields:
            fitting = [*_FITTING_ROLES.get(kind, ("",))]
            self.choose("role", [(role, words.ROLES[role]) for role in fitting if role])
        if kind == "date" and "minimum" in self.fields:
            self.fields["minimum"].label = _("Pas avant")
            self.fields["minimum"].help_text = _("Exemples : aujourd’hui ; 01/09/2026")
            self.fields["maximum"].label = _("Pas après")
            self.fields["maximum"].help_text = _("Exemples : aujourd’hui - 18 ans ; aujourd’hui + 3 mois")
        elif "minimum" in self.fields:
            euros = kind == "amount"
            self.fields["minimum"].help_text = _("En euros. Exemple : 1") if euros else _("Exemple : 1")
            self.fields["maximum"].help_text = _("En euros. Exemple : 500") if euros else _("Exemple : 20")
        if kind == "signatures":
            self.fields["max_items"].label = _("Nombre de signataires, au plus")
            self.fields["max_items"].help_text = _("De 1 à 50. Exemple : 2, pour les deux parents")
        if "amount_of" in self.fields:
            sums = [one for one in all_fields(self.body) if "amount" in (one.get("kind"), one.get("result"))]
            self.choose("amount_of", [("", ""), *((str(one["id"]), one.get("label", "")) for one in sums)])
        if kind in {"choice", "choices"}:
            self.add_rows(OptionRows("options", self.typed, self.item.get("options") or ()))
        if kind == "amounts_table":
            columns = self.item.get("columns") or ()
            self.add_rows(ColumnRows("columns", self.typed, columns))
            self.add_rows(LineRows("lines", self.typed, self.item.get("lines") or (), columns))
        if kind == "computed":
            self.add_rows(ComputePart("compute", self.typed, self.body, self.item.get("compute")))
        if not self.inner:
            self.ask_condition(
                "show",
                title=_("Ne montrer ce champ que si…"),
                hint=_("Sans condition, il est toujours montré."),
                without=str(self.item.get("id", "")),
            )

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """From what is asked to when it is asked."""
        yield _("Le champ"), ("label", "hint", "example", "kind")
        yield "", ("options",)
        yield _("Le tableau"), ("columns", "lines", "free_lines")
        yield _("Le calcul"), ("result", "compute")
        yield (
            _("La réponse"),
            (
                "required",
                "minimum",
                "maximum",
                "whole",
                "format",
                "max_length",
                "accept",
                "max_files",
                "max_items",
                "amount_of",
                "members",
                "places",
                "role",
            ),
        )
        yield _("Qui la remplit, qui la lit"), ("agent", "sensitive", "used_for")
        yield "", ("show",)

    def _limit(self, name: str) -> str:
        typed: str = self.cleaned_data.get(name, "")
        if not typed:
            return ""
        if self.current_kind == "date":
            try:
                return moments.read(typed)
            except moments.BadMoment as error:
                raise ValidationError(str(error)) from error
        try:
            if self.current_kind == "amount":
                return str(parse_amount(typed))  # kept in cents
            return f"{parse_number(typed).normalize():f}"
        except BadAmount as error:
            raise ValidationError(_("Écrivez une somme en euros. Exemple : 150")) from error
        except BadNumber as error:
            raise ValidationError(str(error)) from error

    def clean_minimum(self) -> str:
        """The least, as it is stored."""
        return self._limit("minimum")

    def clean_maximum(self) -> str:
        """The most, as it is stored."""
        return self._limit("maximum")

    def clean(self) -> dict[str, Any]:
        """The least is not above the most; what people are is told once."""
        data = super().clean() or self.cleaned_data
        if "lines" in self.rows and not self.rows["lines"].filled() and not data.get("free_lines"):
            self.add_error("free_lines", _("Écrivez des lignes, ou laissez la personne en ajouter. Exemple : 3"))
        least, most = data.get("minimum"), data.get("maximum")
        if least and most and self.current_kind in {"number", "amount"} and Decimal(least) > Decimal(most):
            self.add_error("maximum", _("Le plus est en dessous du moins. Exemple : de 1 à 20"))
        role = data.get("role")
        taken = [
            field
            for field in all_fields(self.body)
            if role and field.get("role") == role and field.get("id") != self.item.get("id")
        ]
        if taken:
            told = _(
                "« %(label)s » dit déjà cela de la personne. Choisissez une autre réponse, ou changez l’autre champ."
            )
            self.add_error("role", told % {"label": taken[0].get("label", "")})
        return data

    def written(self) -> Item:
        """The question as the schema keeps it."""
        item: Item = {"id": self.item["id"], **self.item}
        kind = self.cleaned_data["kind"]
        for name in (
            *_ALWAYS,
            "example",
            *_ANSWERED,
            "role",
            "minimum",
            "maximum",
            "whole",
            "format",
            "max_length",
            "accept",
            "max_files",
            "max_items",
            "free_lines",
            "places",
            "members",
            "amount_of",
            "result",
        ):
            item.pop(name, None)
        for name in self.fields:
            value = self.cleaned_data.get(name)
            if value not in ("", None):
                item[name] = value
        for name in ("options", "compute", "columns", "lines"):
            item.pop(name, None)
            if name in self.rows:
                item[name] = self.rows[name].written()  # type: ignore[attr-defined]
        if kind != "group":
            item.pop("fields", None)
        return compact(FormField, self.with_conditions(item), self.item)


def _shown(bound: Any, *, hundredth: bool) -> str:
    """A bound as people write it; that of a sum is kept in cents."""
    text = str(bound or "")
    if hundredth and text.lstrip("-").isdigit():
        cents = int(text)
        text = str(cents // 100) if cents % 100 == 0 else f"{Decimal(cents) / 100:.2f}"
    return text.replace(".", ",")
