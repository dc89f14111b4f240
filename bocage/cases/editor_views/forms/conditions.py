"""The rows of a condition: one chooses a field, a comparison, a value; several lines, all of them or at least one."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from bocage.cases.editing import conditions
from bocage.cases.editor_views.forms.base import Item, ItemForm, Row, Rows
from bocage.territory.queries import communes


class ConditionRows(Rows):
    """A condition. ``without`` and ``without_step`` leave out what would speak of itself; ``itself`` is added."""

    names = ("field", "op", "value")
    first_wide = True
    spare = 1

    def __init__(
        self,
        prefix: str,
        data: Any,
        body: Item,
        expr: Any,
        *,
        title: str,
        hint: str,
        required: bool = False,
        without: str = "",
        without_step: str = "",
        itself: Item | None = None,
        only_questions: bool = False,
    ) -> None:
        self.body, self.expr, self.required = body, expr, required
        known = conditions.subjects(body, communes=[(one.insee, one.name) for one in communes()])
        hidden = {without}
        for step in body.get("steps", ()):
            if step.get("id") == without_step:
                hidden |= {str(one.get("id")) for one in step.get("fields", ())}
        questions = {str(one.get("id")) for one in body.get("eligibility", ())}
        self.known = {
            name: subject
            for name, subject in known.items()
            if name.split(".")[0] not in hidden and (not only_questions or name in questions)
        }
        if itself is not None:
            own = conditions.subject_of({**itself, "label": _("cette question")}, "choice")
            self.known = {own.name: own, **self.known}
        found = conditions.read(expr, self.known) if expr is not None else ("all", [])
        self.foreign = found is None
        self.mode, initial = found or ("all", [])
        if data is not None:
            self.mode = "any" if data.get(f"{prefix}-mode") == "any" else "all"
        self.keeps = self.foreign and (data is None or data.get(f"{prefix}-keep") == "oui")
        super().__init__(prefix, data, initial)
        self.title, self.hint = title, hint
        self.row_label = _("Ligne")
        self.add_label = _("Ajouter une ligne, montrer les réponses possibles")
        if self.foreign:
            told = conditions.told(expr, conditions.names_of(body))
            self.told = _("Condition écrite autrement : si %(condition)s.") % {"condition": told}

    def _posted(self, data: Any) -> Iterator[dict[str, str]]:
        """A line may have several answers: « est l’une de »."""
        for number, values in enumerate(super()._posted(data)):
            several = [str(one)[:200].strip() for one in data.getlist(f"{self.prefix}-{number}-value")]
            yield {**values, "value": conditions.SEVERAL.join(one for one in several if one)}

    def _wants_one(self, filled: Any) -> bool:
        return not filled

    def is_blank(self, values: Mapping[str, str]) -> bool:
        """A line without a field says nothing."""
        return not values.get("field")

    @property
    def head(self) -> list[dict[str, Any]]:
        """How lines go together; and, for a condition written otherwise, whether it stays."""
        found: list[dict[str, Any]] = []
        if self.foreign:
            found.append(
                {
                    "id": f"id_{self.prefix}-keep",
                    "name": f"{self.prefix}-keep",
                    "kind": "checkbox",
                    "label": _("La garder telle quelle"),
                    "hint": _("Décochez, puis écrivez des lignes, pour la remplacer."),
                    "value": self.keeps,
                    "checked_value": "oui",
                    "required": True,
                }
            )
        if len(self.filled()) > 1 or self.mode == "any":
            found.append(
                {
                    "id": f"id_{self.prefix}-mode",
                    "name": f"{self.prefix}-mode",
                    "kind": "select",
                    "label": _("Ces lignes vont ensemble ainsi"),
                    "options": [
                        {"value": "all", "label": _("Toutes sont vraies")},
                        {"value": "any", "label": _("Au moins une est vraie")},
                    ],
                    "value": self.mode,
                    "no_empty": True,
                    "required": True,
                }
            )
        return found

    def controls(self, row: Row) -> Iterator[dict[str, Any]]:
        """The field, then what suits it."""
        options = [{"value": name, "label": one.label} for name, one in self.known.items()]
        chosen = row.values["field"]
        if chosen and chosen not in self.known:
            options.append({"value": chosen, "label": _("%(name)s (n’existe plus)") % {"name": chosen}})
        yield self.control(row, "field", "select", _("Champ"), options=options)
        subject = self.known.get(chosen)
        comparisons = subject.comparisons if subject else list(conditions.COMPARISONS.items())
        yield self.control(
            row,
            "op",
            "select",
            _("Comparaison"),
            options=[{"value": key, "label": label} for key, label in comparisons],
        )
        if subject is not None and conditions.is_of_another(row.values["op"]):
            others = conditions.comparable(subject, self.known)
            options = [{"value": name, "label": one.label} for name, one in others.items()]
            yield self.control(row, "value", "select", _("Autre réponse"), options=options)
        elif subject is None or not subject.options:
            example = {"number": _("Exemple : 3"), "amount": _("Exemple : 150"), "date": _("Exemple : aujourd’hui")}
            hint = example.get(subject.kind, "") if subject else _("Exemple : Oui")
            yield self.control(row, "value", "text", _("Valeur"), hint=hint, maxlength=200)
        else:
            yield self._answers(row, subject)

    def _answers(self, row: Row, subject: conditions.Subject) -> dict[str, Any]:
        """One of the answers, or several; those that are gone are named, to be replaced."""
        by_label = {label: key for key, label in subject.options}
        chosen = [by_label.get(one, one) for one in row.values["value"].split(conditions.SEVERAL) if one]
        gone = [(one, _("%(name)s (n’existe plus)") % {"name": one}) for one in chosen if one not in by_label.values()]
        options = [{"value": key, "label": label} for key, label in [*subject.options, *gone]]
        if row.values["op"] == "in":
            return self.control(row, "value", "checkboxes", _("Valeurs"), options=options, value=chosen)
        return self.control(row, "value", "select", _("Valeur"), options=options, value="".join(chosen[:1]))

    def clean(self) -> None:
        """Each line says something; a condition that must be is there."""
        self.made: list[Any] = []
        for row in self.filled():
            subject = self.known.get(row.values["field"])
            if subject is None:
                row.error = _("Ce champ n’existe plus : choisissez-en un autre, ou videz la ligne.")
                continue
            try:
                self.made.append(conditions.line(subject, row.values["op"], row.values["value"], self.known))
            except conditions.BadLine as error:
                row.error = str(error)
        if self.required and not self.made and not self.keeps and not any(row.error for row in self.rows):
            self.error = _("Écrivez au moins une ligne : un champ, une comparaison, une valeur.")

    def written(self) -> Any:
        """The expression; None without a line."""
        if self.keeps and not self.made:
            return self.expr
        if not self.made:
            return None
        made = conditions.expression(self.mode, self.made)
        if self.expr is not None and conditions.read(made, self.known) == conditions.read(self.expr, self.known):
            return self.expr  # the same lines, perhaps written otherwise: nothing has changed
        return made


class ConditionForm(ItemForm):
    """An item that says when: its conditions are kept under the names of their rows."""

    def ask_condition(self, name: str, **words: Any) -> None:
        """Take in the rows of a condition, as it stands in the item."""
        self.add_rows(ConditionRows(name, self.typed, self.body, self.item.get(name), **words))

    def with_conditions(self, item: Item) -> Item:
        """The item with its conditions as they were typed, without those that were taken out."""
        kept = dict(item)
        for name, rows in self.rows.items():
            if isinstance(rows, ConditionRows):
                kept.pop(name, None)
                if (condition := rows.written()) is not None:
                    kept[name] = condition
        return kept
