"""The first two words on a question, and the smallest one of each kind to begin with."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.base import Item
from bocage.cases.editor_views.forms.fields import SIMPLE, FieldForm


class NewFieldForm(forms.Form):
    """The first two words on a question: what it asks, and how it is answered."""

    label = FieldForm.base_fields["label"]
    kind = forms.ChoiceField(
        label=gettext_lazy("Comment y répond-on ?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choisissez comment on y répond. Exemple : Oui ou non")},
    )

    def __init__(self, data: Any = None, *, inner: bool = False) -> None:
        super().__init__(data)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(one, words.kind_of(one).label) for one in (SIMPLE if inner else words.FIELD_KINDS)]

    def options(self) -> list[dict[str, Any]]:
        """The kinds, each with what it is for."""
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        return [{"value": one, "label": label, "hint": words.kind_of(str(one)).help} for one, label in kind.choices]  # type: ignore[misc]


def starter(field_id: str, kind: str, label: str) -> Item:
    """The smallest question of a kind that the schema takes, to be worked on."""
    item: Item = {"id": field_id, "kind": kind, "label": label}
    if kind in {"choice", "choices"}:
        item["options"] = [
            {"value": "a", "label": _("Première réponse")},
            {"value": "b", "label": _("Deuxième réponse")},
        ]
    if kind == "group":
        item["fields"] = [{"id": "item", "kind": "text", "label": _("Ce que c’est")}]
    if kind == "amounts_table":
        item |= {"columns": [{"id": "montant", "label": _("Montant")}], "free_lines": 5}
    if kind == "computed":
        item["compute"] = {"value": 0}
    return item
