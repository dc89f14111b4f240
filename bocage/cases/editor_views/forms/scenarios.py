"""The form of a scenario: its name, its first day, and its steps, each in words that can be changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.money import BadAmount, parse_amount
from bocage.base.typed_dates import BadDate, parse_french_date
from bocage.cases.editing.conditions import all_fields
from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms import answers
from bocage.cases.editor_views.forms.base import Item, ItemForm, Row, Rows
from bocage.cases.editor_views.forms.effects import correctable
from bocage.cases.engine import ports
from bocage.cases.scenarios.wording import DEADLINES, HOUSE
from bocage.cases.schema_parts import MAX_SCENARIO_STEPS, MAX_WAIT, SETTLED
from bocage.search.text import fold

DOES: Mapping[str, Any] = {
    "fill": gettext_lazy("Répondre au formulaire"),
    "attach": gettext_lazy("Joindre un document"),
    "submit": gettext_lazy("Envoyer la demande"),
    "press": gettext_lazy("Appuyer sur un bouton"),
    "answer_correction": gettext_lazy("Répondre à une correction"),
    "sign": gettext_lazy("Faire signer tout le monde"),
    "settle": gettext_lazy("Fixer un rendez-vous, noter un paiement"),
    "hear": gettext_lazy("Apprendre ce que devient la demande que celle-ci rejoint"),
    "wait": gettext_lazy("Laisser passer du temps"),
    "expect": gettext_lazy("Vérifier"),
}


_NAMED: Mapping[str, tuple[str, ...]] = {
    "attach": ("file",),
    "sign": ("signatures",),
    "settle": ("appointment", "payment"),
}
"""The steps that name a field, and of which kind."""
_OPTIONAL: Mapping[str, Any] = {"required": False, "one_of": False}
OUTCOMES: Mapping[str, Any] = {
    "accepted": gettext_lazy("Acceptée"),
    "rejected": gettext_lazy("Refusée"),
    "withdrawn": gettext_lazy("Retirée par la personne"),
    "closed": gettext_lazy("Terminée, sans oui ni non"),
}


class StepRows(Rows):
    """What is done and expected, in order."""

    names = (
        "at", "do", "values", "field", "files", "incomplete", "button", "role", "reason", "message", "fields",
        "due_days", "on", "time", "where", "paid", "reference", "days", "until", "state", "notice", "refused",
        "outcome", "deadline", "due_on", "document", "charge", "drop",
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

    def _posted(self, data: Any) -> Iterator[dict[str, str]]:
        """Several fields may be asked to be corrected."""
        for number, values in enumerate(super()._posted(data)):
            several = [str(one)[:60] for one in data.getlist(f"{self.prefix}-{number}-fields")[:60]]
            yield {**values, "fields": "\n".join(several)}

    def is_blank(self, values: Mapping[str, str]) -> bool:
        """A step that does nothing, or that is taken out."""
        return not values.get("do") or values.get("drop") == "oui"

    def controls(self, row: Row) -> Iterator[dict[str, Any]]:
        """What is done, and what it needs."""
        yield self.control(row, "at", "hidden", "")
        does = [{"value": key, "label": label} for key, label in DOES.items()]
        yield self.control(row, "do", "select", _("On fait quoi ?"), options=does)
        flow, do = self.body.get("workflow", {}), row.values["do"]
        if do in _NAMED:
            named = [
                {"value": key, "label": str(one.get("label"))}
                for key, one in self.fields.items()
                if one.get("kind") in _NAMED[do]
            ]
            yield self.control(row, "field", "select", _("À quel champ ?"), options=named)
        if do == "attach":
            yield self.control(row, "files", "number", _("Combien de documents ?"), hint=_("Exemple : 1"), **_OPTIONAL)
        if do == "submit":
            label = _("Incomplète, saisie au guichet")
            yield self.control(row, "incomplete", "checkbox", label, checked_value="oui", required=True)
        if do in {"press", "hear"}:
            buttons = [
                {"value": one["id"], "label": one.get("label", one["id"])}
                for one in flow.get("transitions", ())
                if do == "press" or "system" in one.get("roles", ())
            ]
            yield self.control(row, "button", "select", _("Bouton"), options=buttons)
        if do == "press":
            yield from self._pressed(row)
        if do in {"fill", "answer_correction", "press", "hear"}:
            label = _("Réponses du service") if do in {"press", "hear"} else _("Réponses")
            hint = _("Une par ligne : l’intitulé, deux points, la réponse. Exemple : Prénom : Marcelle")
            lines = row.values["values"].count("\n") + 2
            yield self.control(row, "values", "textarea", label, hint=hint, rows=lines, **_OPTIONAL)
        if do == "settle":
            yield from self._settled(row)
        if do == "wait":
            yield self.control(row, "days", "number", _("Jours"), hint=_("Exemple : 15"))
            yield self.control(row, "until", "date", _("Ou jusqu’au"), hint=_("Exemple : 31/03/2026"))
        if do == "expect":
            yield from self._expected(row)
        if row.known:
            yield self.control(
                row, "drop", "checkbox", _("Retirer ce pas"), checked_value="oui", required=True, foot=True
            )

    def _pressed(self, row: Row) -> Iterator[dict[str, Any]]:
        """As whom, with what; for a button that asks for a correction, which fields, and by when."""
        roles = [{"value": key, "label": label} for key, label in words.PRESSED_BY.items() if key != "system"]
        yield self.control(row, "role", "select", _("Par qui ?"), options=roles)
        yield self.control(row, "reason", "text", _("Motif"), **_OPTIONAL)
        button = next((one for one in self._flow("transitions") if one.get("id") == row.values["button"]), {})
        asks = any(effect.get("kind") == "ask_correction" for effect in button.get("effects", ()))
        if asks or row.values["message"] or row.values["fields"]:
            yield self.control(row, "message", "text", _("Message de la correction"), **_OPTIONAL)
            asked = [{"value": key, "label": label} for key, label in correctable(self.body).items()]
            chosen = row.values["fields"].split("\n")
            label = _("Réponses à revoir")
            yield self.control(row, "fields", "checkboxes", label, options=asked, **{**_OPTIONAL, "value": chosen})
            hint = _("Exemple : 15")
            yield self.control(row, "due_days", "number", _("Jours pour répondre"), hint=hint, **_OPTIONAL)

    def _settled(self, row: Row) -> Iterator[dict[str, Any]]:
        """The day, and what goes with it: of an appointment, of a payment, or both until the field is chosen."""
        kind = self.fields.get(row.values["field"], {}).get("kind")
        yield self.control(row, "on", "date", _("Jour"), hint=_("Exemple : 31/03/2026"))
        if kind != "payment":
            yield self.control(
                row, "time", "text", _("Heure du rendez-vous"), hint=_("Exemple : 14 h 30"), maxlength=20
            )
            yield self.control(row, "where", "text", _("Lieu"), hint=_("Exemple : Mairie"), **_OPTIONAL)
        if kind != "appointment":
            yield self.control(row, "paid", "text", _("Somme payée, en euros"), hint=_("Exemple : 20"), maxlength=20)
            yield self.control(row, "reference", "text", _("Quittance"), hint=_("Exemple : Q-12"), **_OPTIONAL)

    def _expected(self, row: Row) -> Iterator[dict[str, Any]]:
        """What must be true; each part is said or not."""

        def chosen(part: str, label: Any, options: Mapping[str, Any]) -> dict[str, Any]:
            listed = [{"value": key, "label": one} for key, one in options.items()]
            if row.values[part] and row.values[part] not in options:
                listed.append({"value": row.values[part], "label": row.values[part]})
            return self.control(row, part, "select", label, options=listed, **_OPTIONAL)

        yield chosen(
            "state", _("L’état est"), {one["id"]: one.get("label") or one["id"] for one in self._flow("states")}
        )
        yield chosen("outcome", _("La demande est"), OUTCOMES)
        for part, label, name in (
            ("notice", _("L’avis qui part est"), "notices"),
            ("document", _("Le document délivré est"), "documents"),
        ):
            known = {key: one.get("title") or key for key, one in (self.body.get(name) or {}).items()}
            if part == "notice":
                known = {**HOUSE, **known}
            if known or row.values[part]:
                yield chosen(part, label, known)
        yield chosen("deadline", _("L’échéance court"), _deadlines(self.body))
        yield self.control(row, "due_on", "date", _("Elle tombe le"), hint=_("Exemple : 31/03/2026"), **_OPTIONAL)
        hint = _("Exemple : 15. En euros.")
        yield self.control(row, "charge", "text", _("Une somme est à payer"), hint=hint, maxlength=20, **_OPTIONAL)
        hint = _("Des mots du refus. Exemple : trois jours")
        yield self.control(row, "refused", "text", _("C’est refusé, avec ces mots"), hint=hint, **_OPTIONAL)

    def _flow(self, name: str) -> Sequence[Item]:
        found: Sequence[Item] = self.body.get("workflow", {}).get(name, ())
        return found

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
        if len(self.filled()) > MAX_SCENARIO_STEPS:
            told = _("Un scénario a %(count)s pas au plus : retirez-en, ou faites-en deux.")
            self.error = told % {"count": MAX_SCENARIO_STEPS}

    def _step(self, values: Mapping[str, str]) -> Item:
        do = values["do"]
        at = int(values["at"]) if values["at"].isdigit() else -1
        before = self.steps[at] if 0 <= at < len(self.steps) and self.steps[at].get("do") == do else {}
        step: Item = {**before, "do": do}

        def put(name: str, value: Any) -> None:
            step.pop(name, None)
            if value not in ("", None, {}, [], 0, False):
                step[name] = value

        if do in {"fill", "answer_correction", "press", "hear"}:
            put("values", self._values(values["values"], before.get("values", {})))
        if do == "fill" and "values" not in step:
            raise ValueError(_("Écrivez au moins une réponse. Exemple : Prénom : Marcelle"))
        if do in _NAMED:
            put("field", values["field"])
            if "field" not in step:
                raise ValueError(_("Choisissez le champ."))
        if do == "attach":
            count = _count(values["files"], 10)
            put("files", count if count > 1 else 0)
        if do == "submit":
            put("incomplete", values["incomplete"] == "oui")
        if do in {"press", "hear"}:
            for name in ("button", "role", "reason", "message") if do == "press" else ("button",):
                put(name, values[name])
            if "button" not in step:
                raise ValueError(_("Choisissez le bouton."))
        if do == "press":
            put("fields", [one for one in values["fields"].split("\n") if one])
            put("due_days", _count(values["due_days"], 365))
        if do == "settle":
            put("values", self._settles(values))
        if do == "wait":
            put(
                "until",
                parse_french_date(values["until"]).isoformat() if values["until"] and not values["days"] else "",
            )
            put("days", _count(values["days"], MAX_WAIT))
            if "days" not in step and "until" not in step:
                raise ValueError(_("Écrivez un nombre de jours. Exemple : 15"))
        if do == "expect":
            for name in ("state", "notice", "refused", "outcome", "deadline", "document"):
                put(name, values[name])
            due = values["due_on"]
            if due and not values["deadline"]:
                raise ValueError(_("Cette date est celle d’une échéance : choisissez laquelle."))
            put("due_on", parse_french_date(due).isoformat() if due else "")
            step.pop("charge", None)
            if values["charge"]:
                step["charge"] = _cents(values["charge"])
            if set(step) == {"do"}:
                raise ValueError(_("Dites ce qui doit être vrai. Exemple : L’état est « Acceptée »"))
        return step

    def _settles(self, values: Mapping[str, str]) -> Item:
        """What settles an appointment or a payment, as the engine will read it. Raises ValueError."""
        told = {part: values["time" if part == "at" else part] for part in SETTLED}
        kind = str(self.fields.get(values["field"], {}).get("kind", ""))
        read = ports.read_settled(kind, told, None)
        kept = {**read, "paid": told["paid"]} if kind == "payment" else read
        return {key: value for key, value in kept.items() if value}

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
            found[key] = answers.read(self.fields[key], value.strip(), before.get(key))
        return found


def _deadlines(body: Item) -> dict[str, Any]:
    """The dates that may run: the engine's, then those that buttons set."""
    own = {
        str(effect["deadline"]): str(effect["deadline"])
        for item in body.get("workflow", {}).get("transitions", ())
        for effect in item.get("effects", ())
        if effect.get("deadline")
    }
    return {**own, **DEADLINES}


def _count(text: str, most: int) -> int:
    """A number of times or of days; 0 where nothing is written. Raises ValueError."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        raise ValueError(_("Écrivez un nombre de 1 à %(most)s. Exemple : 1") % {"most": most})
    return int(text)


def _cents(text: str) -> int:
    try:
        return parse_amount(text)
    except BadAmount:
        raise ValueError(_("Écrivez une somme en euros. Exemple : 15")) from None


def _euros(cents: Any) -> str:
    if not isinstance(cents, int):
        return ""
    return str(cents // 100) if cents % 100 == 0 else f"{cents // 100},{cents % 100:02d}"


def _shown(step: Item, fields: Mapping[str, Item]) -> dict[str, str]:
    """A step as its controls show it."""
    apart = {"values", "until", "due_on", "fields", "incomplete", "charge"}
    values = {name: str(step.get(name) or "") for name in StepRows.names if name not in apart}
    values["fields"] = "\n".join(str(one) for one in step.get("fields") or ())
    values["incomplete"] = "oui" if step.get("incomplete") else ""
    values["charge"] = _euros(step.get("charge"))
    told_values = step.get("values") or {}
    if step.get("do") == "settle":
        values |= {"time" if key == "at" else key: str(one) for key, one in told_values.items() if key in SETTLED}
        values["on"] = _day(told_values.get("on")) or str(told_values.get("on", ""))
        told_values = {}
    told = [
        f"{fields.get(key, {}).get('label', key)} : {answers.shown(fields.get(key, {}), one)}"
        for key, one in told_values.items()
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
