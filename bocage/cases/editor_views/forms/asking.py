"""The forms of what is asked, and when: steps, eligibility questions, rules across fields."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.cases.editing.conditions import ITSELF
from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.base import Item, OptionRows, TextArea, choices, compact
from bocage.cases.editor_views.forms.conditions import ConditionForm
from bocage.cases.schema import Question, Step


class StepForm(ConditionForm):
    """A page of the form."""

    title = forms.CharField(
        label=gettext_lazy("Titre de l’étape"),
        max_length=120,
        help_text=gettext_lazy("Ce dont parle la page. Exemple : Votre logement"),
        error_messages={"required": gettext_lazy("Donnez un titre. Exemple : Votre logement")},
    )
    intro = forms.CharField(
        label=gettext_lazy("Une phrase au-dessus des champs"),
        required=False,
        max_length=1000,
        widget=TextArea(2),
        help_text=gettext_lazy("Exemple : La personne qui recevra le composteur."),
    )

    def prepare(self) -> None:
        """When the step is passed over."""
        self.ask_condition(
            "show",
            title=_("Ne montrer cette étape que si…"),
            hint=_("Sans condition, elle est toujours montrée."),
            without_step=str(self.item.get("id", "")),
        )

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """What it says, then when it is shown."""
        yield _("L’étape"), ("title", "intro")
        yield "", ("show",)

    def written(self) -> Item:
        """The step, its questions as they are."""
        return compact(Step, self.with_conditions({**self.item, **self.cleaned_data}), self.item)


class QuestionForm(ConditionForm):
    """A question asked before anything is typed; some answers end the procedure there, kindly."""

    label = forms.CharField(
        label=gettext_lazy("La question"),
        max_length=300,
        help_text=gettext_lazy("Exemple : Habitez-vous une des communes du territoire ?"),
        error_messages={"required": gettext_lazy("Écrivez la question. Exemple : Habitez-vous le territoire ?")},
    )
    hint = forms.CharField(
        label=gettext_lazy("Aide"),
        required=False,
        max_length=1000,
        widget=TextArea(2),
        help_text=gettext_lazy("Exemple : La liste des communes est en bas de la page."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi la démarche s’arrête"),
        max_length=600,
        widget=TextArea(2),
        help_text=gettext_lazy("Lu par la personne. Exemple : Ce prêt est réservé aux habitants du territoire."),
        error_messages={"required": gettext_lazy("Dites pourquoi, en une phrase : la personne la lira.")},
    )
    instead = forms.CharField(
        label=gettext_lazy("Ce qu’elle peut faire à la place"),
        required=False,
        max_length=600,
        widget=TextArea(2),
        help_text=gettext_lazy("Exemple : Adressez-vous à l’intercommunalité de votre commune."),
    )

    def prepare(self) -> None:
        """Its answers, and which of them end it."""
        options = OptionRows("options", self.typed, self.item.get("options") or ())
        self.add_rows(options)
        self.ask_condition(
            "refuse",
            title=_("La démarche s’arrête si…"),
            hint=_("Exemple : cette question, est, Non."),
            required=True,
            only_questions=True,
            itself={"id": self.item.get("id") or ITSELF, "options": options.written()},
        )

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """The question, its answers, and the end."""
        yield _("La question"), ("label", "hint")
        yield "", ("options",)
        yield "", ("refuse",)
        yield _("Ce que la personne lit alors"), ("reason", "instead")

    def written(self) -> Item:
        """The question."""
        options: Any = self.rows["options"]
        item = self.with_conditions({**self.item, **self.cleaned_data, "options": options.written()})
        return compact(Question, item, self.item)


class RuleForm(ConditionForm):
    """When something holds: show a question, require an answer, or stop and say why."""

    then = forms.ChoiceField(
        label=gettext_lazy("Alors"),
        choices=choices(words.CONSEQUENCES),
        help_text=gettext_lazy("Exemple : Arrêter la demande et dire pourquoi"),
        error_messages={"required": gettext_lazy("Choisissez ce qui arrive alors.")},
    )
    field = forms.ChoiceField(
        label=gettext_lazy("Quel champ ?"),
        required=False,
        help_text=gettext_lazy("Pour montrer un champ ou rendre sa réponse obligatoire."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi la demande s’arrête"),
        required=False,
        max_length=600,
        widget=TextArea(2),
        help_text=gettext_lazy("Lu par la personne. Exemple : Le broyeur ne se réserve pas plus de trois jours."),
    )

    def prepare(self) -> None:
        """The condition, and the questions it may act upon."""
        self.choose("field", field_choices(self.body))
        self.ask_condition(
            "when",
            title=_("Quand…"),
            hint=_("Exemple : « Nombre de jours », est supérieur à, 3."),
            required=True,
        )

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """When, then what."""
        yield "", ("when",)
        yield _("Ce qui arrive"), ("then", "field", "reason")

    def clean(self) -> dict[str, Any]:
        """Each consequence says what it needs."""
        data = super().clean() or self.cleaned_data
        then = data.get("then")
        if then in {"show", "require"} and not data.get("field"):
            self.add_error("field", _("Choisissez le champ."))
        if then == "forbid" and not data.get("reason"):
            self.add_error("reason", _("Dites pourquoi, en une phrase : la personne la lira."))
        return data

    def written(self) -> Item:
        """The rule, without what its consequence has no use for."""
        data = self.cleaned_data
        item = self.with_conditions({"then": data["then"]})
        if data["then"] == "forbid":
            return {**item, "reason": data["reason"]}
        return {**item, "field": data["field"]}


def field_choices(body: Item) -> list[tuple[str, str]]:
    """Every question of the steps, named with its step."""
    return [
        (field["id"], f"{step.get('title', '')} : {field.get('label', field['id'])}")
        for step in body.get("steps", ())
        for field in step.get("fields", ())
    ]
