"""The forms of what happens to a case: the states of the workflow, its buttons."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.base import Item, ItemForm, choices, compact, new_id
from bocage.cases.editor_views.forms.conditions import ConditionForm
from bocage.cases.editor_views.forms.effects import EffectRows
from bocage.cases.schema import State, Transition
from bocage.cases.validation import triggers

_SILENCE = "silence"  # what takes a button when nothing else does


class StateForm(ItemForm):
    """Where a case may stand."""

    label = forms.CharField(
        label=gettext_lazy("Son nom, pour les agents"),
        max_length=80,
        help_text=gettext_lazy("Exemple : À l’étude"),
        error_messages={"required": gettext_lazy("Donnez-lui un nom. Exemple : À l’étude")},
    )
    public = forms.CharField(
        label=gettext_lazy("Son nom, pour la personne"),
        max_length=120,
        help_text=gettext_lazy("Ce qu’elle lit dans son espace. Exemple : Nous étudions votre demande"),
        error_messages={"required": gettext_lazy("Dites-le à la personne. Exemple : Nous étudions votre demande")},
    )
    waiting_for = forms.ChoiceField(
        label=gettext_lazy("Qui doit agir ?"),
        choices=choices(words.WAITING),
        help_text=gettext_lazy("Exemple : Nous, le service"),
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("Le dossier est-il fini ?"),
        required=False,
        widget=forms.RadioSelect,
        choices=choices(words.OUTCOMES),
        help_text=gettext_lazy("Un dossier fini ne bouge plus ; ses délais s’arrêtent."),
    )
    initial_state = forms.BooleanField(
        label=gettext_lazy("C’est ici qu’arrive un dossier neuf"),
        required=False,
        help_text=gettext_lazy("Un seul état peut l’être. Exemple : Reçue"),
    )

    def read(self, item: Item) -> dict[str, Any]:
        """With whether it is the first one."""
        first = self.body.get("workflow", {}).get("initial") == item.get("id")
        return {"waiting_for": "agent", "outcome": "", **item, "initial_state": first}

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """Names, then what they mean."""
        yield _("Ses noms"), ("label", "public")
        yield _("Ce qu’il veut dire"), ("initial_state", "waiting_for", "outcome")

    def written(self) -> Item:
        """The state; ``is_initial`` says whether it is the first one."""
        data = dict(self.cleaned_data)
        data.pop("initial_state")
        return compact(State, {**self.item, **data}, self.item)

    @property
    def is_initial(self) -> bool:
        """Whether new cases begin here."""
        return bool(self.cleaned_data.get("initial_state"))


class TransitionForm(ConditionForm):
    """A button of the case: who presses it, when, where it leads, what it sets off."""

    label = forms.CharField(
        label=gettext_lazy("Ce que dit le bouton"),
        max_length=80,
        help_text=gettext_lazy("Un verbe. Exemple : Accepter"),
        error_messages={"required": gettext_lazy("Écrivez ce que dit le bouton. Exemple : Accepter")},
    )
    sources = forms.MultipleChoiceField(
        label=gettext_lazy("On peut appuyer dans ces états"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Cochez au moins un état.")},
    )
    target = forms.ChoiceField(
        label=gettext_lazy("Le dossier passe alors à l’état"),
        help_text=gettext_lazy("Exemple : À l’étude"),
        error_messages={"required": gettext_lazy("Choisissez ce que devient le dossier.")},
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Qui appuie ?"),
        widget=forms.CheckboxSelectMultiple,
        choices=choices(words.PRESSED_BY),
        error_messages={"required": gettext_lazy("Cochez au moins une case.")},
    )
    taken_when = forms.ChoiceField(
        label=gettext_lazy("Si personne n’appuie, ce qui le déclenche"),
        required=False,
        help_text=gettext_lazy("Exemple : La personne a répondu à une correction"),
    )
    decision = forms.BooleanField(
        label=gettext_lazy("C’est une décision"),
        required=False,
        help_text=gettext_lazy("Elle porte le nom, la qualité et la délégation de qui appuie (CRPA, art. L212-1)."),
    )
    algorithmic = forms.BooleanField(
        label=gettext_lazy("Un calcul ou un score décide, ou pèse"),
        required=False,
        help_text=gettext_lazy("L’avis le dit alors, et les réglages disent quel calcul (CRPA, art. L311-3-1)."),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Demander un motif ?"),
        choices=choices(words.REASONS),
        help_text=gettext_lazy("Un refus dit toujours pourquoi. Exemple : Oui, toujours"),
    )
    confirm = forms.CharField(
        label=gettext_lazy("Une phrase à lire avant d’appuyer"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Exemple : La personne recevra une lettre avec le motif et les recours."),
    )
    guard_reason = forms.CharField(
        label=gettext_lazy("Sinon, ce que l’agent lit"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Exemple : Indiquez d’abord la date de retrait proposée."),
    )

    def read(self, item: Item) -> dict[str, Any]:
        """The schema's own defaults, then the item."""
        told = {"roles": ["agent", "manager"], "reason": "none", **item}
        return {**told, "taken_when": self.trigger or _SILENCE}

    @property
    def trigger(self) -> str:
        """What takes it now, of ``triggers.TRIGGERS``: how its id begins. Empty: silence alone."""
        key = str(self.item.get("id", ""))
        if "system" not in self.item.get("roles", ()):
            return ""
        if key.startswith(triggers.OTHER):
            return key
        if key.startswith(triggers.OVERDUE):
            kind = triggers.overdue_kind(key, self.deadlines)
            return f"{triggers.OVERDUE}{kind}" if kind else key
        return next((one for one in triggers.TRIGGERS if key.startswith(one)), "")

    @property
    def deadlines(self) -> tuple[str, ...]:
        """The deadlines whose passing may take a button."""
        known = (
            str(effect["deadline"])
            for item in self.body.get("workflow", {}).get("transitions", ())
            for effect in item.get("effects", ())
            if effect.get("kind") == "set_deadline" and effect.get("deadline")
        )
        return tuple(dict.fromkeys((*triggers.OF_THE_HOUSE, *sorted(known))))

    @property
    def changes_trigger(self) -> bool:
        """Whether something else takes it from now on."""
        return "system" in self.cleaned_data["roles"] and self._chosen != self.trigger

    @property
    def _chosen(self) -> str:
        found: str = self.cleaned_data["taken_when"]
        return "" if found == _SILENCE else found

    def key(self, label: str, taken: Sequence[str], default: str) -> str:
        """The id of a button begins with what takes it."""
        begins = self._chosen if "system" in self.cleaned_data["roles"] else ""
        if not begins:
            return new_id(label, taken, default)
        return begins if begins not in taken else new_id(f"{begins}_{label}", taken, default)

    def prepare(self) -> None:
        """The states, the condition, the effects."""
        states = [
            (state["id"], state.get("label", state["id"])) for state in self.body.get("workflow", {}).get("states", ())
        ]
        self.choose("sources", states)
        self.choose("target", states)
        others = [
            (
                f"{triggers.OVERDUE}{kind}",
                words.OVERDUE.get(kind) or _("L’échéance « %(name)s » est passée") % {"name": kind},
            )
            for kind in self.deadlines
        ]
        others += [
            (f"{triggers.OTHER}{key}", _("La demande qu’il rejoint passe à « %(state)s »") % {"state": name})
            for key, name in states
            if self.body.get("public_list")  # requests join one another where a list of them is public
        ]
        self.choose("taken_when", [*choices(words.TRIGGERS), *others])
        if self.trigger and self.trigger not in dict(self.fields["taken_when"].choices):  # type: ignore[attr-defined]
            self.choose("taken_when", [*choices(words.TRIGGERS), *others, (self.trigger, self.trigger)])
        self.ask_condition(
            "guard",
            title=_("Le bouton n’attend rien, sauf si vous demandez que…"),
            hint=_("Exemple : « Date de retrait », est rempli."),
        )
        self.add_rows(EffectRows("effects", self.typed, self.body, self.item.get("effects") or ()))

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """The button, who presses it, what follows."""
        yield _("Le bouton"), ("label", "sources", "target")
        yield _("Qui appuie"), ("roles", "taken_when", "decision", "algorithmic", "reason", "confirm")
        yield "", ("effects",)
        yield "", ("guard",)
        yield "", ("guard_reason",)

    def clean(self) -> dict[str, Any]:
        """Who may press is coherent with what it does."""
        data = super().clean() or self.cleaned_data
        roles = set(data.get("roles") or ())
        if "system" in roles and len(roles) > 1:
            self.add_error("roles", _("« Personne : le temps qui passe » ne se coche qu’avec rien d’autre."))
        if data.get("decision") and "reception" in roles:
            self.add_error(
                "roles", _("L’accueil ne décide pas : retirez l’accueil, ou décochez « C’est une décision ».")
            )
        states = {state["id"]: state for state in self.body.get("workflow", {}).get("states", ())}
        outcome = states.get(data.get("target", ""), {}).get("outcome", "")
        if "applicant" in roles and data.get("target") and outcome != "withdrawn":
            self.add_error("roles", _("La personne n’appuie que pour renoncer : le dossier devient alors « retiré »."))
        owed = self.body.get("reasons_compulsory", True)
        if (
            data.get("decision")
            and outcome == "rejected"
            and roles - {"system"}
            and owed
            and data.get("reason") != "required"
        ):
            self.add_error("reason", _("Un refus dit pourquoi : choisissez « Oui, toujours » (CRPA, art. L211-2)."))
        return data

    def written(self) -> Item:
        """The button as the schema keeps it."""
        effects: Any = self.rows["effects"]
        told = {name: value for name, value in self.cleaned_data.items() if name != "taken_when"}
        item = self.with_conditions({**self.item, **told, "effects": effects.written()})
        for name in ("roles", "sources"):  # as they were ordered, where only their order differs
            if set(item[name]) == set(self.item.get(name, ())):
                item[name] = self.item[name]
        if "guard" not in item:
            item["guard_reason"] = ""
        return compact(Transition, item, self.item)
