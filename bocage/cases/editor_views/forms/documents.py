"""The forms of what a procedure shows of itself: the documents that it issues, the list that everyone may read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.cases.editing.conditions import all_fields
from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.base import Item, ItemForm, Row, Rows, TextArea, choices, compact
from bocage.cases.editor_views.forms.texts import checked_text, placeholders
from bocage.cases.schema import PublicList
from bocage.cases.schema_parts import DocumentText

_FILLED_AHEAD = frozenset({"choice", "yesno", "text", "textarea", "number", "amount", "date"})
"""Kinds of the answers that a request may begin with: those that hold on one line."""


def _name(one: Item) -> str:
    return str(one.get("label") or one.get("id"))


def _options(fields: Sequence[Item], chosen: str) -> list[dict[str, str]]:
    """Fields to choose from; the one that stands there stays although it is gone."""
    known = {str(one.get("id")): _name(one) for one in fields}
    if chosen and chosen not in known:
        known[chosen] = _("%(name)s (n’existe plus)") % {"name": chosen}
    return [{"value": key, "label": label} for key, label in known.items()]


class FactRows(Rows):
    """The answers printed on a document, in order."""

    names = ("field",)
    spare = 1

    def __init__(self, prefix: str, data: Any, body: Item, facts: Sequence[str]) -> None:
        self.known = [
            one
            for one in all_fields(body)
            if not one.get("sensitive") and one.get("kind") not in {"file", "note", "statement"}
        ]
        super().__init__(prefix, data, [{"field": str(one)} for one in facts])
        self.title = _("Les réponses imprimées")
        self.hint = _(
            "Avec le nom de la personne et le numéro, qui y sont toujours. Qui contrôle les voit aussi. "
            "Exemple : Vos véhicules"
        )
        self.row_label, self.add_label = _("Réponse"), _("Ajouter une réponse imprimée")

    def controls(self, row: Row) -> Iterator[dict[str, Any]]:
        """Which answer."""
        options = _options(self.known, row.values["field"])
        yield self.control(row, "field", "select", _("Champ"), options=options)

    def clean(self) -> None:
        """Answers that exist and are not protected, each once."""
        known, seen = {str(one.get("id")) for one in self.known}, set()
        for row in self.filled():
            if row.values["field"] not in known:
                row.error = _("Ce champ n’existe plus, ou il est protégé : choisissez-en un autre.")
            elif row.values["field"] in seen:
                row.error = _("Cette réponse y est déjà : choisissez-en une autre.")
            seen.add(row.values["field"])

    def written(self) -> list[str]:
        """The ids of the fields."""
        return [row.values["field"] for row in self.filled()]


class AheadRows(Rows):
    """Answers that a request begins with. What does not hold on a line (an address, vehicles) stays as it is."""

    names = ("field", "value")
    movable = False
    first_wide = True
    spare = 1

    def __init__(self, prefix: str, data: Any, body: Item, told: Any, *, title: Any, hint: Any) -> None:
        answers: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
        asked = [{**one, "kind": "choice"} for one in body.get("eligibility", ()) if isinstance(one, Mapping)]
        asked += [one for one in all_fields(body) if one.get("kind") in _FILLED_AHEAD and not one.get("agent")]
        self.known = {str(one.get("id")): one for one in asked}
        self.kept = {key: value for key, value in answers.items() if not isinstance(value, str | int | bool)}
        initial = [
            {"field": key, "value": _typed(self.known.get(key, {}), value)}
            for key, value in answers.items()
            if key not in self.kept
        ]
        self.answers = answers
        super().__init__(prefix, data, initial)
        self.title, self.hint = title, hint
        self.row_label = _("Réponse")
        self.add_label = _("Ajouter une réponse, montrer les choix")

    def is_blank(self, values: Mapping[str, str]) -> bool:
        """A line without a field says nothing."""
        return not values.get("field")

    def controls(self, row: Row) -> Iterator[dict[str, Any]]:
        """The field, and its answer."""
        chosen = row.values["field"]
        yield self.control(
            row, "field", "select", _("Champ"), options=_options([*self.known.values()], chosen), required=False
        )
        options = _answers(self.known.get(chosen, {}))
        if options:
            yield self.control(row, "value", "select", _("Réponse"), options=options)
        else:
            hint = _("Exemple : Renouveler ma carte")
            yield self.control(row, "value", "text", _("Réponse"), hint=hint, maxlength=200)

    def clean(self) -> None:
        """A field that exists, with one of its answers, once."""
        seen: set[str] = set()
        for row in self.filled():
            key, value = row.values["field"], row.values["value"]
            options = _answers(self.known.get(key, {}))
            if key not in self.known:
                row.error = _("Ce champ n’existe plus : choisissez-en un autre, ou videz la ligne.")
            elif key in seen:
                row.error = _("Ce champ a déjà sa réponse : videz une des deux lignes.")
            elif not value:
                row.error = _("Écrivez la réponse.")
            elif options and value not in {one["value"] for one in options}:
                row.error = _("Ce n’est pas une réponse de ce champ : choisissez-en une. Exemple : %(label)s") % {
                    "label": options[0]["label"]
                }
            seen.add(key)

    def written(self) -> dict[str, Any]:
        """The answers, as they are typed; those that were not touched as they stood."""
        found = dict(self.kept)
        for row in self.filled():
            key, value = row.values["field"], row.values["value"]
            same = key in self.answers and _typed(self.known.get(key, {}), self.answers[key]) == value
            found[key] = self.answers[key] if same else value
        return found


def _answers(one: Item) -> list[dict[str, str]]:
    if one.get("kind") == "yesno":
        return [{"value": "oui", "label": _("Oui")}, {"value": "non", "label": _("Non")}]
    return [
        {"value": str(option.get("value")), "label": str(option.get("label"))} for option in one.get("options") or ()
    ]


def _typed(one: Item, value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return str(value)


class DocumentForm(ItemForm):
    """A document that a button issues: what it says, how long it holds, how it is renewed."""

    title = forms.CharField(
        label=gettext_lazy("Son nom"),
        max_length=80,
        help_text=gettext_lazy("Imprimé en grand. Exemple : Carte de déchèterie"),
        error_messages={"required": gettext_lazy("Donnez-lui un nom. Exemple : Carte de déchèterie")},
    )
    shape = forms.ChoiceField(
        label=gettext_lazy("Sa forme"),
        choices=choices(words.SHAPES),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Les deux portent un numéro et un code à lire au contrôle."),
        error_messages={"required": gettext_lazy("Choisissez sa forme. Exemple : Une carte")},
    )
    text = forms.CharField(
        label=gettext_lazy("Ce qui est imprimé avec"),
        required=False,
        max_length=8000,
        widget=TextArea(10),
        help_text=gettext_lazy(
            "Une ligne vide sépare les paragraphes ; une ligne qui commence par un tiret fait une liste. "
            "Exemple : Montrez cette carte en arrivant."
        ),
    )
    valid_months = forms.IntegerField(
        label=gettext_lazy("Valable pendant, en mois"),
        required=False,
        min_value=0,
        max_value=60,
        help_text=gettext_lazy("Vide : sans fin. Le dossier est gardé au moins aussi longtemps. Exemple : 36"),
    )
    single = forms.BooleanField(
        label=gettext_lazy("Le nouveau remplace l’ancien"),
        required=False,
        help_text=gettext_lazy("Une personne n’en a alors qu’un qui vaille. Exemple : une carte par foyer."),
    )
    renew_days = forms.IntegerField(
        label=gettext_lazy("Se renouvelle dans les derniers jours"),
        required=False,
        min_value=0,
        max_value=365,
        help_text=gettext_lazy("Combien de jours avant sa fin. Vide : ne se renouvelle pas. Exemple : 60"),
    )

    def read(self, item: Item) -> dict[str, Any]:
        """The schema's own defaults, then the item; Django's forms keep ``body`` for themselves."""
        told = {"shape": "card", "single": True, **item, "text": item.get("body", "")}
        return {**told, **{name: told.get(name) or "" for name in ("valid_months", "renew_days")}}

    def prepare(self) -> None:
        """What it prints, and what a request for another begins with."""
        self.add_rows(FactRows("facts", self.typed, self.body, self.item.get("facts") or ()))
        self.add_rows(
            AheadRows(
                "renewal",
                self.typed,
                self.body,
                self.item.get("renewal"),
                title=_("Quand on le renouvelle, est déjà répondu"),
                hint=_("La demande reprend les réponses d’avant ; celles-ci en plus. Exemple : « Votre demande »."),
            )
        )
        self.add_rows(
            AheadRows(
                "loss",
                self.typed,
                self.body,
                self.item.get("loss"),
                title=_("Quand il est perdu, est déjà répondu"),
                hint=_("De même, pour qui en demande un autre à la place."),
            )
        )

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """What it is, what it says, how long it holds."""
        yield _("Le document"), ("title", "shape")
        yield "", ("facts",)
        yield _("Le texte"), ("text",)
        yield _("Sa validité"), ("valid_months", "single", "renew_days")
        yield "", ("renewal",)
        yield "", ("loss",)

    @property
    def placeholders(self) -> list[dict[str, Any]]:
        """The words that the house fills in."""
        return placeholders(self.body)

    def clean_text(self) -> str:
        """Only words that the house knows how to fill in."""
        return checked_text(self.cleaned_data["text"], self.body)

    def clean(self) -> dict[str, Any]:
        """What is renewed has an end; the case lives as long."""
        data = super().clean() or self.cleaned_data
        months, kept = data.get("valid_months") or 0, self.body.get("retention_months", 12)
        if data.get("renew_days") and not months:
            self.add_error(
                "valid_months", _("Ce qui se renouvelle a une fin : écrivez un nombre de mois. Exemple : 36")
            )
        if isinstance(kept, int) and months > kept:
            told = _(
                "Un dossier fini n’est gardé que %(kept)s mois : écrivez moins, ou gardez-le plus longtemps dans les "
                "réglages de la démarche."
            )
            self.add_error("valid_months", told % {"kept": kept})
        return data

    def written(self) -> Item:
        """The document as the schema keeps it."""
        data = dict(self.cleaned_data)
        rows: Any = self.rows
        item = {
            **self.item,
            **data,
            "body": data.pop("text"),
            **{name: data[name] or 0 for name in ("valid_months", "renew_days")},
            **{name: rows[name].written() for name in ("facts", "renewal", "loss")},
        }
        item.pop("text", None)
        return compact(DocumentText, item, self.item)


_LISTED = {"place": "place", "category": "choice", "consent": "yesno", "planned": "date", "photo": "file"}
"""What the public list names, and the kind of field that it wants."""


def _mends() -> dict[str, str]:
    """What a list that is published needs, and how to have it."""
    return {
        "title": _("Donnez un titre. Exemple : Les problèmes signalés"),
        "place": _("Choisissez le champ du lieu ; s’il n’y en a pas, ajoutez d’abord un champ « Lieu »."),
        "category": _("Choisissez le champ de la sorte ; s’il n’y en a pas, ajoutez d’abord une liste de réponses."),
        "consent": _("Choisissez le champ de l’accord ; s’il n’y en a pas, ajoutez d’abord un « Oui ou non »."),
    }


class PublicListForm(ItemForm):
    """What everyone may read of the cases whose author agrees; nothing is published while the box is not ticked."""

    listed = forms.BooleanField(
        label=gettext_lazy("Publier la liste des demandes dont l’auteur est d’accord"),
        required=False,
        help_text=gettext_lazy(
            "La sorte, la commune, le lieu arrondi, l’état, les dates. Jamais un nom ni un mot écrit. "
            "Exemple : les problèmes signalés dans les rues."
        ),
    )
    title = forms.CharField(
        label=gettext_lazy("Titre de la page"),
        required=False,
        max_length=160,
        help_text=gettext_lazy("Exemple : Les problèmes signalés"),
    )
    place = forms.ChoiceField(
        label=gettext_lazy("Le lieu"),
        required=False,
        help_text=gettext_lazy("Un champ « Lieu ». Exemple : Où est-ce ?"),
    )
    category = forms.ChoiceField(
        label=gettext_lazy("La sorte"),
        required=False,
        help_text=gettext_lazy("Un champ « Une réponse dans une liste ». Exemple : De quoi s’agit-il ?"),
    )
    consent = forms.ChoiceField(
        label=gettext_lazy("L’accord de la personne"),
        required=False,
        help_text=gettext_lazy("Un champ « Oui ou non ». Exemple : Montrer ce problème sur la page publique ?"),
    )
    planned = forms.ChoiceField(
        label=gettext_lazy("La date prévue"),
        required=False,
        help_text=gettext_lazy("Une date que remplit le service, s’il y en a une. Exemple : Réparation prévue le"),
    )
    photo = forms.ChoiceField(
        label=gettext_lazy("La photo"),
        required=False,
        help_text=gettext_lazy(
            "Un « Document à joindre » qui ne prend que des images. Un agent la regarde, puis la montre ou non. "
            "Exemple : Une photo du problème"
        ),
    )
    near_metres = forms.IntegerField(
        label=gettext_lazy("Proposer de se joindre à ceux qui sont à moins de, en mètres"),
        required=False,
        min_value=10,
        max_value=1000,
        help_text=gettext_lazy("Pour ne pas signaler deux fois la même chose. Exemple : 100"),
    )

    def read(self, item: Item) -> dict[str, Any]:
        """Ticked where there is a list."""
        return {"near_metres": 100, **item, "listed": bool(item)}

    def prepare(self) -> None:
        """The fields of each kind that may be read."""
        if self.data.get("listed") or not self.is_bound:  # asked as compulsory, and told with the mend
            for name, mend in _mends().items():
                self.fields[name].required = True
                self.fields[name].error_messages["required"] = mend
        for name, kind in _LISTED.items():
            fitting = [
                (str(one.get("id")), _name(one))
                for one in all_fields(self.body)
                if one.get("kind") == kind
                and not one.get("sensitive")
                and (name != "photo" or list(one.get("accept") or ()) == ["image"])
                and bool(one.get("agent")) == (name == "planned")
            ]
            now = str(self.item.get(name) or "")
            if now and now not in dict(fitting):
                fitting.append((now, _("%(name)s (n’existe plus)") % {"name": now}))
            self.choose(name, [("", ""), *fitting])

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """Whether, then what."""
        yield "", ("listed",)
        yield _("La page"), ("title", "place", "category", "consent", "planned", "photo", "near_metres")

    def clean(self) -> dict[str, Any]:
        """A list that is published says all that it needs."""
        data = super().clean() or self.cleaned_data
        if not data.get("listed"):
            return data
        known = {str(one.get("id")) for one in all_fields(self.body)}
        for name in _LISTED:
            if data.get(name) and data[name] not in known:
                self.add_error(name, ValidationError(_("Ce champ n’existe plus : choisissez-en un autre.")))
        return data

    def written(self) -> Item:
        """The list; nothing where none is published."""
        data = dict(self.cleaned_data)
        if not data.pop("listed"):
            return {}
        data |= {name: data[name] or None for name in ("planned", "photo")}
        data["near_metres"] = data["near_metres"] or 100
        return compact(PublicList, {**self.item, **data}, self.item)
