"""The forms of what people read: the procedure itself, its notices, its tables."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base.typed_numbers import BadNumber, parse_number, plain_number
from bocage.cases.editing.conditions import all_fields
from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.base import Item, ItemForm, LinesField, TextArea, choices, compact
from bocage.cases.schema import ProcedureDocument, Silence
from bocage.cases.validation import NOTICE_VARIABLES
from bocage.identity import staff
from bocage.messaging import texts

_TEXTS = ("title", "summary", "act", "audience", "intro", "prepare", "cost", "minutes", "keywords")
_LAW = ("announced_days", "legal_basis", "remedies", "reasons_compulsory", "retention_months", "draft_days")


class SettingsForm(ItemForm):
    """The procedure itself: its name, its service, what the law says of it."""

    title = forms.CharField(
        label=gettext_lazy("Nom de la démarche"),
        max_length=160,
        help_text=gettext_lazy("Commence par un verbe. Exemple : Commander un composteur"),
        error_messages={"required": gettext_lazy("Donnez un nom. Exemple : Commander un composteur")},
    )
    summary = forms.CharField(
        label=gettext_lazy("En une phrase"),
        max_length=400,
        widget=TextArea(2),
        help_text=gettext_lazy(
            "Dans les listes et la recherche. Exemple : Un composteur pour le jardin, à un prix aidé."
        ),
        error_messages={"required": gettext_lazy("Dites en une phrase ce que l’on obtient.")},
    )
    service = forms.ChoiceField(
        label=gettext_lazy("Service qui s’en occupe"),
        help_text=gettext_lazy("Ses agents voient les dossiers. Exemple : Déchets"),
        error_messages={"required": gettext_lazy("Choisissez le service.")},
    )
    act = forms.ChoiceField(
        label=gettext_lazy("Sur l’accueil du portail, elle est sous"),
        choices=choices(words.ACTS),
        help_text=gettext_lazy("Exemple : Demander"),
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("Qui la fait ?"),
        choices=choices(words.AUDIENCES),
        help_text=gettext_lazy("Exemple : Une personne"),
    )
    intro = forms.CharField(
        label=gettext_lazy("Pourquoi la faire"),
        required=False,
        max_length=2000,
        widget=TextArea(3),
        help_text=gettext_lazy(
            "En haut de sa page. Exemple : Le compost réduit d’un tiers le poids de votre poubelle."
        ),
    )
    prepare_list = LinesField(
        label=gettext_lazy("À préparer"),
        required=False,
        max_length=3000,
        help_text=gettext_lazy("Une chose par ligne. Exemple : Un justificatif de domicile de moins de trois mois"),
    )
    cost = forms.CharField(
        label=gettext_lazy("Ce que cela coûte"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("En mots. Exemple : De 15 € à 30 €, à payer au retrait."),
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Temps pour la remplir, en minutes"),
        min_value=1,
        max_value=240,
        help_text=gettext_lazy("Exemple : 8"),
    )
    keywords = LinesField(
        label=gettext_lazy("D’autres mots pour la chercher"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Un par ligne. Exemple : compost"),
    )
    announced_days = forms.IntegerField(
        label=gettext_lazy("Nous répondons sous, en jours ouvrés"),
        min_value=1,
        max_value=365,
        help_text=gettext_lazy("Écrit sur le récépissé et tenu à l’œil par le bureau. Exemple : 10"),
        error_messages={"required": gettext_lazy("Écrivez un nombre de jours. Exemple : 10")},
    )
    silence_effect = forms.ChoiceField(
        label=gettext_lazy("Ce que vaut notre silence"),
        choices=choices(words.SILENCE),
        help_text=gettext_lazy("La règle est l’acceptation à deux mois (CRPA, art. L231-1), avec des exceptions."),
    )
    silence_months = forms.IntegerField(
        label=gettext_lazy("Au bout de combien de mois"),
        min_value=0,
        max_value=24,
        help_text=gettext_lazy("Exemple : 2"),
    )
    silence_source = forms.CharField(
        label=gettext_lazy("Le texte qui le dit"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Exemple : CRPA, art. L231-1"),
    )
    legal_basis = forms.CharField(
        label=gettext_lazy("Les textes sur lesquels elle repose"),
        required=False,
        max_length=1000,
        widget=TextArea(2),
        help_text=gettext_lazy("Exemple : Délibération du 4 mars 2026 ; règlement de collecte."),
    )
    remedies = forms.CharField(
        label=gettext_lazy("Comment contester une décision"),
        required=False,
        max_length=2000,
        widget=TextArea(4),
        help_text=gettext_lazy(
            "Écrit sur les refus. Exemple : Vous pouvez saisir le tribunal administratif dans les deux mois."
        ),
    )
    reasons_compulsory = forms.BooleanField(
        label=gettext_lazy("Un refus dit toujours pourquoi"),
        required=False,
        help_text=gettext_lazy("La règle (CRPA, art. L211-2). Décochez seulement si un texte en dispense."),
    )
    retention_months = forms.IntegerField(
        label=gettext_lazy("Un dossier fini est gardé, en mois"),
        min_value=1,
        max_value=60,
        help_text=gettext_lazy("Le temps qu’il faut, pas plus. Exemple : 12"),
    )
    draft_days = forms.IntegerField(
        label=gettext_lazy("Un brouillon est gardé, en jours"),
        min_value=7,
        max_value=365,
        help_text=gettext_lazy("Exemple : 90"),
    )

    def read(self, item: Item) -> dict[str, Any]:
        """The schema's own defaults, then the item."""
        defaults = {
            name: field.default
            for name, field in ProcedureDocument.model_fields.items()
            if name in {*_TEXTS, *_LAW} and not field.is_required()
        }
        silence = {"effect": "none", "months": 2, "source": "", **(item.get("silence") or {})}
        return {
            **defaults,
            **item,
            "prepare_list": item.get("prepare", ()),
            **{f"silence_{key}": value for key, value in silence.items()},
        }

    def prepare(self) -> None:
        """The services that the agent answers for."""
        reach = self.extra.get("services")
        known = staff.services()
        mine = [(name, label) for name, label in known.items() if reach is None or name in reach]
        now = str(self.item.get("service", ""))
        if now and now not in dict(mine):
            mine.append((now, known.get(now, now)))
        self.choose("service", mine)

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """For people, then for the law."""
        yield _("La démarche"), ("title", "summary", "service", "act", "audience")
        yield _("Sa page"), ("intro", "prepare_list", "cost", "minutes", "keywords")
        yield _("Le délai et le silence"), ("announced_days", "silence_effect", "silence_months", "silence_source")
        yield _("Les règles"), ("legal_basis", "remedies", "reasons_compulsory", "retention_months", "draft_days")

    def clean(self) -> dict[str, Any]:
        """Silence that decides cites its text."""
        data = super().clean() or self.cleaned_data
        if data.get("silence_effect") != "none" and not data.get("silence_source"):
            self.add_error("silence_source", _("Citez le texte. Exemple : CRPA, art. L231-1"))
        return data

    def written(self) -> Item:
        """The settings, to be put at the head of the document."""
        data = dict(self.cleaned_data)
        data["prepare"] = data.pop("prepare_list")
        silence = {key: data.pop(f"silence_{key}") for key in ("effect", "months", "source")}
        if silence["effect"] == "none":
            silence = {**(self.item.get("silence") or {}), "effect": "none"}
            silence.pop("source", None)
        known = {key: value for key, value in self.item.items() if key in ProcedureDocument.model_fields}
        said = self.item.get("silence") or {}
        item = {**known, **data, "silence": compact(Silence, silence, said)}
        return compact(ProcedureDocument, item, self.item)


class NoticeForm(ItemForm):
    """What people receive: a title, a text, with words that the house fills in."""

    title = forms.CharField(
        label=gettext_lazy("Objet"),
        max_length=200,
        help_text=gettext_lazy("Exemple : Votre composteur vous attend"),
        error_messages={"required": gettext_lazy("Écrivez l’objet. Exemple : Votre composteur vous attend")},
    )
    text = forms.CharField(
        label=gettext_lazy("Texte"),
        max_length=8000,
        widget=TextArea(12),
        help_text=gettext_lazy(
            "Une ligne vide sépare les paragraphes ; une ligne qui commence par un tiret fait une liste. "
            "Exemple : Bonjour {{ name }},"
        ),
        error_messages={
            "required": gettext_lazy("Écrivez le texte. Exemple : Votre demande {{ reference }} est acceptée.")
        },
    )

    def read(self, item: Item) -> dict[str, Any]:
        """Django's forms keep ``body`` for themselves here."""
        return {"title": item.get("title", ""), "text": item.get("body", "")}

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """A notice is read in one go."""
        yield "", ("title", "text")

    @property
    def placeholders(self) -> list[dict[str, Any]]:
        """The words that the house fills in."""
        own = [{"name": name, "label": label} for name, label in words.PLACEHOLDERS.items()]
        answers = [
            {"name": field["id"], "label": field.get("label", "")}
            for field in all_fields(self.body)
            if not field.get("sensitive") and field.get("kind") not in {"note", "file", "group", "statement"}
        ]
        return own + answers

    def _checked(self, name: str) -> str:
        text: str = self.cleaned_data[name].replace("\r\n", "\n")
        ids = {str(field.get("id", "")) for field in all_fields(self.body)}
        try:
            texts.check(text, NOTICE_VARIABLES | ids)
        except texts.BadText as error:
            raise ValidationError(str(error)) from error
        return text

    def clean_title(self) -> str:
        """Only words that the house knows how to fill in."""
        return self._checked("title")

    def clean_text(self) -> str:
        """Only words that the house knows how to fill in."""
        return self._checked("text")

    def written(self) -> Item:
        """The notice."""
        return {**self.item, "title": self.cleaned_data["title"], "body": self.cleaned_data["text"]}


class TableForm(ItemForm):
    """A table of values: one line each, cells between semicolons, as a spreadsheet pastes them."""

    rows_text = forms.CharField(
        label=gettext_lazy("Les lignes"),
        max_length=20_000,
        widget=TextArea(12),
        help_text=gettext_lazy(
            "Une par ligne, les cases séparées par des points-virgules. La première ligne nomme les colonnes ; la "
            "première case de chaque ligne est le mot par lequel on la cherche. Exemple : modèle ; prix"
        ),
        error_messages={"required": gettext_lazy("Écrivez au moins deux lignes : les noms, puis une valeur.")},
    )

    def read(self, item: Item) -> dict[str, Any]:
        """The table, one line each."""
        columns = list(item.get("columns", {}))
        lines = [" ; ".join(["clé", *columns])] if columns else []
        for key, cells in item.get("rows", {}).items():
            lines.append(" ; ".join([key, *(_cell_shown(cells.get(name)) for name in columns)]))
        return {"rows_text": "\n".join(lines)}

    @property
    def layout(self) -> Iterator[tuple[Any, Sequence[str]]]:
        """Only its lines."""
        yield "", ("rows_text",)

    def clean_rows_text(self) -> str:
        """As many cells a line as columns, and no key twice."""
        text: str = self.cleaned_data["rows_text"]
        lines = [[cell.strip() for cell in re.split(r"[;\t]", line)] for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or len(lines[0]) < 2:
            raise ValidationError(_("Écrivez au moins deux lignes et deux cases. Exemple : modèle ; prix"))
        names = [re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_") for name in lines[0][1:]]
        if not all(names) or len(set(names)) != len(names):
            raise ValidationError(_("Donnez à chaque colonne un nom différent, sans accent. Exemple : prix"))
        seen: set[str] = set()
        for number, cells in enumerate(lines[1:], 2):
            if len(cells) != len(lines[0]):
                told = _("Ligne %(number)s : il faut %(count)s cases, il y en a %(found)s.")
                raise ValidationError(told % {"number": number, "count": len(lines[0]), "found": len(cells)})
            if cells[0] in seen:
                raise ValidationError(
                    _("Ligne %(number)s : « %(key)s » y est déjà.") % {"number": number, "key": cells[0]}
                )
            seen.add(cells[0])
        self._names, self._lines = names, lines[1:]
        return text

    def written(self) -> Item:
        """The table: a column where every cell is a number is one of numbers."""
        columns, rows = {}, {line[0]: {} for line in self._lines}  # type: ignore[var-annotated]
        for position, name in enumerate(self._names, 1):
            cells = [line[position] for line in self._lines]
            values = [_number(cell) for cell in cells]
            numeric = all(value is not None for value, cell in zip(values, cells, strict=True) if cell)
            columns[name] = "number" if numeric else "text"
            for line, value in zip(self._lines, values, strict=True):
                rows[line[0]][name] = value if numeric else line[position]
        return {"columns": columns, "rows": rows}


def _cell_shown(value: Any) -> str:
    return "" if value is None else str(value).replace(".", ",") if isinstance(value, int | float) else str(value)


def _number(text: str) -> int | float | None:
    try:
        return plain_number(parse_number(text))
    except BadNumber:
        return None
