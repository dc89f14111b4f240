"""The form of a scenario: its name, its first day, and its steps, each in words that can be changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.typed_dates import BadDate, parse_french_date
from bocage.cases.editing.conditions import all_fields
from bocage.cases.editor_views import telling, words
from bocage.cases.editor_views.forms.base import Item, ItemForm, Row, Rows
from bocage.cases.scenarios import tables
from bocage.search.text import fold

DOES: Mapping[str, Any] = {
    "fill": gettext_lazy("Répondre au formulaire"),
    "attach": gettext_lazy("Joindre un document"),
    "submit": gettext_lazy("Envoyer la demande"),
    "press": gettext_lazy("Appuyer sur un bouton"),
    "answer_correction": gettext_lazy("Répondre à une correction"),
    "sign": gettext_lazy("Faire signer tout le monde"),
    "hear": gettext_lazy("Apprendre ce que devient la demande que celle-ci rejoint"),
    "wait": gettext_lazy("Laisser passer du temps"),
    "expect": gettext_lazy("Vérifier"),
}


class StepRows(Rows):
    """What is done and expected, in order."""

    names = (
        "at", "do", "values", "field", "button", "role", "reason", "message", "days", "until", "state", "notice",
        "refused", "outcome", "deadline", "due_on", "drop",
    )  # fmt: skip

    def __init__(self, prefix: str, data: Any, body: Item, steps: Sequence[Item]) -> None:
        self.body, self.steps = body, list(steps)
        self.fields = {str(one.get("id")): one for one in [*body.get("eligibility", ()), *all_fields(body)]}
        initial = [{**_shown(step, self.fields), "at": str(number)} for number, step in enumerate(steps)]
        super().__init__(prefix, data, initial)
        self.title = _("Les pas du scénario")
        self.hint = _("Ils sont faits dans cet ordre. « Vérifier » dit ce qui doit être vrai à ce moment.")
        self.row_label = _("Pas")
        self.add_label = _("Ajouter un pas, montrer les réglages")

    def is_blank(self, values: Mapping[str, str]) -> bool:
        """A step that does nothing, or that is taken out."""
        return not values.get("do") or values.get("drop") == "oui"

    def controls(self, row: Row) -> Iterator[dict[str, Any]]:
        """What is done, and what it needs."""
        yield self.control(row, "at", "hidden", "")
        does = [{"value": key, "label": label} for key, label in DOES.items()]
        yield self.control(row, "do", "select", _("On fait quoi ?"), options=does)
        flow, do = self.body.get("workflow", {}), row.values["do"]
        if do in {"fill", "answer_correction", "press", "hear"}:
            label = _("Réponses du service") if do in {"press", "hear"} else _("Réponses")
            hint = _("Une par ligne : l’intitulé, deux points, la réponse. Exemple : Prénom : Marcelle")
            lines = row.values["values"].count("\n") + 2
            yield self.control(row, "values", "textarea", label, hint=hint, rows=lines, required=False, one_of=False)
        if do in {"attach", "sign"}:
            wanted = "file" if do == "attach" else "signatures"
            files = [
                {"value": key, "label": str(one.get("label"))}
                for key, one in self.fields.items()
                if one.get("kind") == wanted
            ]
            yield self.control(row, "field", "select", _("À quel champ ?"), options=files)
        if do in {"press", "hear"}:
            buttons = [
                {"value": one["id"], "label": one.get("label", one["id"])}
                for one in flow.get("transitions", ())
                if do == "press" or "system" in one.get("roles", ())
            ]
            yield self.control(row, "button", "select", _("Bouton"), options=buttons)
        if do == "press":
            roles = [{"value": key, "label": label} for key, label in words.PRESSED_BY.items() if key != "system"]
            yield self.control(row, "role", "select", _("Par qui ?"), options=roles)
            yield self.control(row, "reason", "text", _("Motif"), required=False, one_of=False)
            yield self.control(row, "message", "text", _("Message de la correction"), required=False, one_of=False)
        if do == "wait":
            yield self.control(row, "days", "number", _("Jours"), hint=_("Exemple : 15"))
            if row.values["until"]:
                yield self.control(row, "until", "date", _("Ou jusqu’au"), hint=_("Exemple : 31/03/2026"))
        if do == "expect":
            states = [{"value": one["id"], "label": one.get("label", one["id"])} for one in flow.get("states", ())]
            notices = [
                {"value": key, "label": one.get("title", key)} for key, one in self.body.get("notices", {}).items()
            ]
            optional = {"required": False, "one_of": False}
            yield self.control(row, "state", "select", _("L’état est"), options=states, **optional)
            yield self.control(row, "notice", "select", _("L’avis qui part est"), options=notices, **optional)
            hint = _("Des mots du refus. Exemple : trois jours")
            yield self.control(row, "refused", "text", _("C’est refusé, avec ces mots"), hint=hint, **optional)
            if row.values["deadline"]:
                due = [{"value": row.values["deadline"], "label": telling.deadline(row.values["deadline"])}]
                yield self.control(row, "deadline", "select", _("L’échéance court"), options=due, **optional)
                yield self.control(row, "due_on", "date", _("Elle tombe le"), **optional)
        if row.known:
            yield self.control(row, "drop", "checkbox", _("Retirer ce pas"), checked_value="oui", required=True)

    def clean(self) -> None:
        """Each step says what it needs."""
        self.made: list[Item] = []
        for row in self.filled():
            try:
                self.made.append(self._step(row.values))
            except BadDate:
                row.error = _("Écrivez une date. Exemple : 31/03/2026")
            except ValueError as error:
                row.error = str(error)
        if not self.filled():
            self.error = _("Un scénario a au moins un pas. Exemple : Envoyer la demande")

    def _step(self, values: Mapping[str, str]) -> Item:
        do = values["do"]
        at = int(values["at"]) if values["at"].isdigit() else -1
        before = self.steps[at] if 0 <= at < len(self.steps) and self.steps[at].get("do") == do else {}
        step: Item = {**before, "do": do}

        def put(name: str, value: Any) -> None:
            step.pop(name, None)
            if value not in ("", None, {}, 0):
                step[name] = value

        if do in {"fill", "answer_correction", "press", "hear"}:
            put("values", self._values(values["values"], before.get("values", {})))
        if do == "fill" and "values" not in step:
            raise ValueError(_("Écrivez au moins une réponse. Exemple : Prénom : Marcelle"))
        if do in {"attach", "sign"}:
            put("field", values["field"])
            if "field" not in step:
                raise ValueError(_("Choisissez le champ."))
        if do in {"press", "hear"}:
            for name in ("button", "role", "reason", "message") if do == "press" else ("button",):
                put(name, values[name])
            if "button" not in step:
                raise ValueError(_("Choisissez le bouton."))
        if do == "wait":
            days = values["days"]
            put("until", parse_french_date(values["until"]).isoformat() if values["until"] and not days else "")
            put("days", int(days) if days.isascii() and days.isdigit() else 0)
            if "days" not in step and "until" not in step:
                raise ValueError(_("Écrivez un nombre de jours. Exemple : 15"))
        if do == "expect":
            for name in ("state", "notice", "refused", "outcome", "deadline"):
                put(name, values[name] or (before.get(name, "") if name == "outcome" else ""))
            put(
                "due_on",
                parse_french_date(values["due_on"]).isoformat() if values["due_on"] and values["deadline"] else "",
            )
            if set(step) == {"do"}:
                raise ValueError(_("Dites ce qui doit être vrai. Exemple : L’état est « Acceptée »"))
        return step

    def _values(self, text: str, before: Mapping[str, Any]) -> Item:
        """Answers from their lines; those that lines cannot say (an address) stay while their line is there."""
        by_label = {fold(str(one.get("label", ""))): key for key, one in self.fields.items()}
        found: Item = {}
        for line in text.splitlines():
            if not line.strip():
                continue
            label, told, value = line.rpartition(" : ") if " : " in line else line.partition(":")
            key = by_label.get(fold(label)) or (label.strip() if label.strip() in self.fields else "")
            if not told or not key:
                raise ValueError(_("« %(line)s » : aucun champ ne porte cet intitulé.") % {"line": line.strip()[:80]})
            found[key] = self._value(self.fields[key], value.strip(), before.get(key))
        return found

    def _value(self, one: Item, text: str, before: Any) -> Any:
        if before is not None and text == _value_shown(one, before):
            return before
        for option in one.get("options") or ():
            if fold(text) in (fold(str(option.get("label"))), fold(str(option.get("value")))):
                return [option["value"]] if one.get("kind") == "choices" else option["value"]
        if one.get("kind") == "amounts_table":
            return tables.read(one, text)
        if one.get("kind") == "signatures":
            people = [person.partition(",") for person in text.split(";") if person.strip()]
            return [
                {"name": name.strip(), "email" if "@" in contact else "phone": contact.strip()}
                for name, _comma, contact in people
            ]
        if one.get("kind") == "place":
            words, _comma, commune = text.rpartition(",")
            return {"description": words.strip(), "commune": commune.strip()}
        if one.get("kind") == "household_person":
            name, _comma, born = text.partition(",")
            given, _space, last = name.strip().rpartition(" ")
            return {"choice": "other", "given_names": given, "birth_name": last, "birth_date": born.strip()}
        if one.get("kind") == "address":
            return {"line": text, **({"commune": before.get("commune", "")} if isinstance(before, dict) else {})}
        return text.lower() if one.get("kind") in {"yesno", "statement"} else text


def _value_shown(one: Item, value: Any) -> str:
    labels = {str(option.get("value")): str(option.get("label")) for option in one.get("options") or ()}
    if one.get("kind") == "amounts_table":
        return tables.shown(one, value)
    if one.get("kind") == "signatures" and isinstance(value, list):
        return " ; ".join(f"{row.get('name')}, {row.get('email') or row.get('phone')}" for row in value)
    if one.get("kind") == "household_person" and isinstance(value, dict):
        return f"{value.get('given_names')} {value.get('birth_name')}, {value.get('birth_date')}"
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part)
    if isinstance(value, list):
        return ", ".join(_value_shown(one, part) for part in value)
    return labels.get(str(value), str(value))


def _shown(step: Item, fields: Mapping[str, Item]) -> dict[str, str]:
    """A step as its controls show it."""
    values = {name: str(step.get(name) or "") for name in StepRows.names if name not in {"values", "until", "due_on"}}
    answers = step.get("values") or {}
    told = [
        f"{fields.get(key, {}).get('label', key)} : {_value_shown(fields.get(key, {}), one)}"
        for key, one in answers.items()
    ]
    days = {name: _day(step.get(name)) for name in ("until", "due_on")}
    role = {"role": str(step.get("role") or "agent")} if step.get("do") == "press" else {}
    return {**values, **days, **role, "values": "\n".join(told)}


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).strftime("%d/%m/%Y") if value else ""
    except ValueError:
        return ""


class ScenarioForm(ItemForm):
    """A story that the procedure must tell."""

    title = forms.CharField(
        label=gettext_lazy("Nom du scénario"),
        max_length=120,
        help_text=gettext_lazy("Ce qu’il raconte. Exemple : Trop de jours demandés, c’est refusé"),
        error_messages={"required": gettext_lazy("Donnez-lui un nom. Exemple : Une demande acceptée")},
    )
    starts = forms.CharField(
        label=gettext_lazy("Le premier jour"),
        max_length=40,
        help_text=gettext_lazy("Le jour où l’histoire commence. Exemple : 05/01/2026"),
        error_messages={"required": gettext_lazy("Écrivez une date. Exemple : 05/01/2026")},
    )

    def read(self, item: Item) -> dict[str, Any]:
        """Its name and its day."""
        return {"title": item.get("title", ""), "starts": _day(item.get("starts_on", "2026-01-05"))}

    def prepare(self) -> None:
        """Its steps."""
        self.add_rows(StepRows("steps", self.typed, self.body, self.item.get("steps") or ()))

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """Its name, then its steps."""
        yield "", ("title", "starts")
        yield "", ("steps",)

    def clean_starts(self) -> str:
        """The day, as it is stored."""
        try:
            return parse_french_date(self.cleaned_data["starts"]).isoformat()
        except BadDate as error:
            raise ValidationError(str(error)) from error

    def written(self) -> Item:
        """The scenario."""
        rows: Any = self.rows["steps"]
        return {
            **self.item,
            "title": self.cleaned_data["title"],
            "starts_on": self.cleaned_data["starts"],
            "steps": rows.made,
        }
