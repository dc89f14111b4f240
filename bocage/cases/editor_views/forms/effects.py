"""The rows of what a button sets off, each with what its kind needs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from bocage.cases.editing.conditions import all_fields
from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.base import Item, Row, Rows, compact
from bocage.cases.schema import Effect
from bocage.cases.validation.effects import MAX_OPINION_DAYS, is_free_name
from bocage.search.text import fold


class EffectRows(Rows):
    """What a button sets off, in order."""

    names = (
        "at", "kind", "notice", "deadline", "days", "working_days", "due_of",
        "document", "email", "name", "question", "url", "fields",
    )  # fmt: skip

    def __init__(self, prefix: str, data: Any, body: Item, effects: Sequence[Item]) -> None:
        self.body, self.effects = body, list(effects)
        initial = []
        for number, effect in enumerate(effects):
            told = {**effect, **effect["params"]} if isinstance(effect.get("params"), dict) else effect
            one = {name: str(told.get(name) or "") for name in self.names}
            one["fields"] = "\n".join(str(key) for key in effect.get("fields") or ())
            initial.append({**one, "working_days": "oui" if effect.get("working_days") else "", "at": str(number)})
        super().__init__(prefix, data, initial)
        self.title = _("Ce qui suit, dans l’ordre")
        self.hint = _("Choisissez ce qui suit, puis « Montrer les réglages » si quelque chose reste à dire.")
        self.row_label = _("Suite")
        self.add_label = _("Ajouter une suite, montrer les réglages")

    def _posted(self, data: Any) -> Iterator[dict[str, str]]:
        """Several fields may be ticked to be corrected."""
        for number, values in enumerate(super()._posted(data)):
            several = [str(one)[:60] for one in data.getlist(f"{self.prefix}-{number}-fields")[:60]]
            yield {**values, "fields": "\n".join(several)}

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
        if kind == "ask_correction":
            asked = [{"value": key, "label": label} for key, label in correctable(self.body).items()]
            gone = [one for one in row.values["fields"].split("\n") if one and one not in correctable(self.body)]
            asked += [{"value": one, "label": _("%(name)s (n’existe plus)") % {"name": one}} for one in gone]
            hint = _("L’agent peut en changer avant d’envoyer. Exemple : les trois champs du compte rendu.")
            chosen = row.values["fields"].split("\n")
            label = _("Cochés d’avance")
            yield self.control(
                row, "fields", "checkboxes", label, hint=hint, options=asked, value=chosen, required=False, one_of=False
            )
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
                elif not is_free_name(_deadline_name(values["deadline"])):
                    row.error = _("Ce nom est déjà celui d’un délai de la loi, ou trop long : un mot. Exemple : retour")
            elif values["kind"] == "ask_correction":
                if not {one for one in values["fields"].split("\n") if one} <= correctable(self.body).keys():
                    row.error = _("Un champ coché n’existe plus : décochez-le.")
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
                effect["deadline"] = _deadline_name(values["deadline"])
                effect["days"] = int(values["days"] or 0)
                effect["due_of"] = values["due_of"] or None
                effect["working_days"] = values["working_days"] == "oui"
            elif kind == "ask_correction":
                effect["fields"] = [one for one in values["fields"].split("\n") if one]
            elif kind == "assign":
                effect["params"] = {"to": "actor"}
            elif kind == "call_webhook":
                effect["params"] = {"url": values["url"]}
            elif kind == "ask_opinion":
                params = {name: values[name] for name in ("email", "name", "question") if values[name]}
                effect["params"] = {**params, **({"days": int(values["days"])} if values["days"] else {})}
            found.append(compact(Effect, effect, before))
        return found


def correctable(body: Item) -> dict[str, str]:
    """The answers that a correction may ask for: their ids and labels."""
    return {
        str(one["id"]): str(one.get("label") or one["id"])
        for one in all_fields(body)
        if one.get("id") and not one.get("agent") and one.get("kind") not in {"note", "computed"}
    }


def _dates(body: Item) -> list[tuple[str, str]]:
    """The answers that are dates, asked or computed: their ids and labels."""
    fields = [item for step in body.get("steps", ()) for item in step.get("fields", ())]
    return [
        (str(item["id"]), str(item.get("label") or item["id"]))
        for item in fields
        if item.get("id")
        and (item["result"] if item.get("kind") == "computed" and "result" in item else item.get("kind")) == "date"
    ]


def _deadline_name(text: str) -> str:
    """A deadline's name as it is kept: « Délai de retour » is ``delai_de_retour``."""
    return re.sub(r"[^a-z0-9]+", "_", fold(text)).strip("_")


def _days(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:6]) <= most
