"""The forms of what happens to a case: the states of the workflow, its buttons, what they set off."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.base import Item, ItemForm, Row, Rows, choices, compact, new_id
from bocage.cases.editor_views.forms.conditions import ConditionForm
from bocage.cases.schema import Effect, State, Transition
from bocage.cases.validation import triggers
from bocage.cases.validation.effects import MAX_OPINION_DAYS


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


class EffectRows(Rows):
    """What a button sets off, in order."""

    names = (
        "at", "kind", "notice", "deadline", "days", "working_days", "due_of",
        "document", "email", "name", "question", "url",
    )  # fmt: skip

    def __init__(self, prefix: str, data: Any, body: Item, effects: Sequence[Item]) -> None:
        self.body, self.effects = body, list(effects)
        initial = []
        for number, effect in enumerate(effects):
            told = {**effect, **effect["params"]} if isinstance(effect.get("params"), dict) else effect
            one = {name: str(told.get(name) or "") for name in self.names}
            initial.append({**one, "working_days": "oui" if effect.get("working_days") else "", "at": str(number)})
        super().__init__(prefix, data, initial)
        self.title = _("Ce qui suit, dans l’ordre")
        self.hint = _("Choisissez ce qui suit, puis « Montrer les réglages » si quelque chose reste à dire.")
        self.row_label = _("Suite")
        self.add_label = _("Ajouter une suite, montrer les réglages")

    def is_blank(self, values: Mapping[str, str]) -> bool:
        """A row whose effect is « rien » is taken out."""
        return not values.get("kind")

    def controls(self, row: Row) -> Iterator[dict[str, Any]]:
        """The effect, and what it needs."""
        yield self.control(row, "at", "hidden", "")
        kind = row.values["kind"]
        options = [{"value": one, "label": label} for one, label in words.EFFECTS.items()]
        yield self.control(row, "kind", "select", _("Suite"), options=options)
        if kind == "send_notice":
            notices = [
                {"value": key, "label": notice.get("title") or key}
                for key, notice in self.body.get("notices", {}).items()
            ]
            yield self.control(row, "notice", "select", _("Quel avis ?"), options=notices)
        if kind in {"issue_document", "void_document"}:
            documents = [
                {"value": key, "label": told.get("title") or key}
                for key, told in self.body.get("documents", {}).items()
            ]
            yield self.control(row, "document", "select", _("Quel document ?"), options=documents)
        if kind == "ask_opinion":
            yield self.control(row, "email", "email", _("À quelle adresse ?"), hint=_("Exemple : parc@exemple.fr"))
            yield self.control(
                row, "name", "text", _("À qui ?"), hint=_("Exemple : Parc naturel régional"), maxlength=120
            )
            hint = _("Exemple : L’arbre peut-il être abattu ?")
            yield self.control(row, "question", "textarea", _("La question"), hint=hint, rows=2, maxlength=2000)
            yield self.control(row, "days", "number", _("En combien de jours ?"), hint=_("Exemple : 15"))
        if kind == "call_webhook":
            hint = _("Convenue avec qui installe. Exemple : https://logiciel.exemple.fr/dossiers")
            yield self.control(row, "url", "url", _("À quelle adresse ?"), hint=hint)
        if kind in {"set_deadline", "close_deadline"}:
            known = {
                str(effect["deadline"])
                for item in self.body.get("workflow", {}).get("transitions", ())
                for effect in item.get("effects", ())
                if effect.get("deadline")
            } - {"announced", "silence", "correction"}
            if kind == "close_deadline":
                names = [("announced", _("la réponse annoncée")), ("silence", _("le délai du silence"))]
                names += [(one, one) for one in sorted(known)]
                chosen = [{"value": one, "label": label} for one, label in names]
                yield self.control(row, "deadline", "select", _("Quelle échéance ?"), options=chosen)
            else:
                yield self.control(row, "deadline", "text", _("Son nom"), hint=_("Un mot. Exemple : retour"))
                hint = _("Exemple : 15. Vide si la date est celle d’une réponse.")
                yield self.control(row, "days", "number", _("Dans combien de jours ?"), hint=hint)
                if dates := [{"value": key, "label": label} for key, label in _dates(self.body)]:
                    yield self.control(
                        row, "due_of", "select", _("Ou à la date de quelle réponse ?"), options=dates, required=False
                    )
                yield self.control(
                    row, "working_days", "checkbox", _("En jours ouvrés"), checked_value="oui", required=True
                )

    def clean(self) -> None:
        """Each effect says what it needs."""
        for row in self.filled():
            values = row.values
            if values["kind"] == "send_notice" and values["notice"] not in self.body.get("notices", {}):
                row.error = _("Choisissez quel avis envoyer.")
            elif values["kind"] in {"issue_document", "void_document"} and values["document"] not in self.body.get(
                "documents", {}
            ):
                row.error = _(
                    "Choisissez quel document. S’il n’existe pas, ajoutez-le d’abord dans « Les documents délivrés »."
                )
            elif values["kind"] == "close_deadline" and not values["deadline"]:
                row.error = _("Choisissez quelle échéance lever.")
            elif values["kind"] == "set_deadline":
                dated = values["due_of"] in dict(_dates(self.body))
                if not values["deadline"] or bool(_days(values["days"], 3650)) == dated:
                    row.error = _("Donnez un nom à l’échéance, et un nombre de jours ou une date. Exemple : retour, 15")

            elif values["kind"] == "ask_opinion":
                try:
                    validate_email(values["email"])
                except ValidationError:
                    row.error = _("Écrivez l’adresse électronique de qui donne l’avis. Exemple : parc@exemple.fr")
                if values["days"] and not _days(values["days"], MAX_OPINION_DAYS):
                    row.error = _("Donnez de 1 à %(most)s jours pour répondre. Exemple : 15") % {
                        "most": MAX_OPINION_DAYS
                    }
            elif values["kind"] == "call_webhook" and not values["url"].startswith(("http://", "https://")):
                row.error = _("Écrivez l’adresse entière. Exemple : https://logiciel.exemple.fr/dossiers")

    def written(self) -> list[Item]:
        """The effects as the schema keeps them; what these rows do not know of stays."""
        found = []
        for row in self.filled():
            values, kind = row.values, row.values["kind"]
            at = int(values["at"]) if values["at"].isdigit() else -1
            before = self.effects[at] if 0 <= at < len(self.effects) and self.effects[at].get("kind") == kind else {}
            effect: Item = {**before, "kind": kind}
            if kind == "send_notice":
                effect["notice"] = values["notice"]
            elif kind in {"issue_document", "void_document"}:
                effect["document"] = values["document"]
            elif kind == "close_deadline":
                effect["deadline"] = values["deadline"]
            elif kind == "set_deadline":
                effect["deadline"] = values["deadline"].lower().replace(" ", "_")
                effect["days"] = int(values["days"] or 0)
                effect["due_of"] = values["due_of"] or None
                effect["working_days"] = values["working_days"] == "oui"
            elif kind == "assign":
                effect["params"] = {"to": "actor"}
            elif kind == "call_webhook":
                effect["params"] = {"url": values["url"]}
            elif kind == "ask_opinion":
                params = {name: values[name] for name in ("email", "name", "question") if values[name]}
                effect["params"] = {**params, **({"days": int(values["days"])} if values["days"] else {})}
            found.append(compact(Effect, effect, before))
        return found


def _dates(body: Item) -> list[tuple[str, str]]:
    """The answers that are dates, asked or computed: their ids and labels."""
    fields = [item for step in body.get("steps", ()) for item in step.get("fields", ())]
    return [
        (str(item["id"]), str(item.get("label") or item["id"]))
        for item in fields
        if item.get("id")
        and (item["result"] if item.get("kind") == "computed" and "result" in item else item.get("kind")) == "date"
    ]


def _days(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:6]) <= most


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
        return {**told, "taken_when": self.trigger}

    @property
    def trigger(self) -> str:
        """What takes it now, of ``triggers.TRIGGERS``: how its id begins. Empty: silence alone."""
        key = str(self.item.get("id", ""))
        if "system" not in self.item.get("roles", ()):
            return ""
        if key.startswith(triggers.OTHER):
            return key
        return next((one for one in triggers.TRIGGERS if key.startswith(one)), "")

    @property
    def changes_trigger(self) -> bool:
        """Whether something else takes it from now on."""
        return "system" in self.cleaned_data["roles"] and self.cleaned_data["taken_when"] != self.trigger

    def key(self, label: str, taken: Sequence[str], default: str) -> str:
        """The id of a button begins with what takes it."""
        begins = self.cleaned_data["taken_when"] if "system" in self.cleaned_data["roles"] else ""
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
            (f"{triggers.OTHER}{key}", _("La demande qu’il rejoint passe à « %(state)s »") % {"state": name})
            for key, name in states
        ]
        self.choose("taken_when", [*choices(words.TRIGGERS), *others])
        if self.trigger not in dict(self.fields["taken_when"].choices):  # type: ignore[attr-defined]
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
