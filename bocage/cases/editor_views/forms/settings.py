"""The form of the procedure itself: its name, its service, its delays, what the law wants told of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.base import Item, ItemForm, LinesField, TextArea, choices, compact
from bocage.cases.schema import Algorithm, ProcedureDocument, Silence
from bocage.identity import staff

_TEXTS = (
    "title",
    "summary",
    "act",
    "audience",
    "contact",
    "identity",
    "intro",
    "prepare",
    "cost",
    "minutes",
    "keywords",
)
_LAW = ("announced_days", "legal_basis", "remedies", "reasons_compulsory", "retention_months", "draft_days")
_ALGORITHM: Mapping[str, Any] = {"required": False, "max_length": 2000, "widget": TextArea(2)}


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
    contact = forms.ChoiceField(
        label=gettext_lazy("Sans compte, faut-il laisser une adresse électronique ou un téléphone ?"),
        choices=choices(words.CONTACT),
        help_text=gettext_lazy("Exemple : Non, pour un trou dans la route que l’on signale en passant."),
        error_messages={"required": gettext_lazy("Choisissez. Exemple : Oui")},
    )
    identity = forms.ChoiceField(
        label=gettext_lazy("Faut-il prouver son identité ?"),
        choices=choices(words.IDENTITY),
        help_text=gettext_lazy(
            "Seulement si une erreur sur la personne ferait du tort. Le nom et la naissance prouvés ne se tapent plus. "
            "Exemple : Non, pour un composteur."
        ),
        error_messages={"required": gettext_lazy("Choisissez. Exemple : Non")},
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

    algorithm_purpose = forms.CharField(
        label=gettext_lazy("À quoi sert le calcul"),
        help_text=gettext_lazy("Écrit sur les décisions. Exemple : classer les demandes par ordre de priorité"),
        **_ALGORITHM,
    )
    algorithm_contribution = forms.CharField(
        label=gettext_lazy("Ce qu’il pèse dans la décision"),
        help_text=gettext_lazy("Exemple : Le score propose un rang ; la commission peut s’en écarter."),
        **_ALGORITHM,
    )
    algorithm_data = forms.CharField(
        label=gettext_lazy("Ce qu’il lit, et d’où cela vient"),
        help_text=gettext_lazy("Exemple : Le nombre d’enfants et la commune, tels que la demande les donne."),
        **_ALGORITHM,
    )
    algorithm_parameters = forms.CharField(
        label=gettext_lazy("Ses critères, et leur poids"),
        help_text=gettext_lazy("Exemple : 10 points par enfant, 5 points pour qui habite la commune."),
        **_ALGORITHM,
    )
    algorithm_operations = forms.CharField(
        label=gettext_lazy("Les opérations qu’il fait"),
        help_text=gettext_lazy("Exemple : Il additionne les points, puis range les demandes."),
        **_ALGORITHM,
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
            **{f"algorithm_{key}": value for key, value in (item.get("algorithm") or {}).items()},
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
        yield _("La démarche"), ("title", "summary", "service", "act", "audience", "contact", "identity")
        yield _("Sa page"), ("intro", "prepare_list", "cost", "minutes", "keywords")
        yield _("Le délai et le silence"), ("announced_days", "silence_effect", "silence_months", "silence_source")
        yield _("Les règles"), ("legal_basis", "remedies", "reasons_compulsory", "retention_months", "draft_days")
        yield (
            _("Un calcul ou un score qui décide, ou pèse"),
            tuple(f"algorithm_{key}" for key in Algorithm.model_fields),
        )

    def clean(self) -> dict[str, Any]:
        """Silence that decides cites its text; a calculation that decides is told whole."""
        data = super().clean() or self.cleaned_data
        if data.get("silence_effect") != "none" and not data.get("silence_source"):
            self.add_error("silence_source", _("Citez le texte. Exemple : CRPA, art. L231-1"))
        told = {name: data.get(f"algorithm_{name}") for name in Algorithm.model_fields}
        for name, text in told.items():
            if any(told.values()) and not text:
                self.add_error(f"algorithm_{name}", _("Dites-le aussi : la loi veut les cinq (CRPA, art. R311-3-1-2)."))
        return data

    def written(self) -> Item:
        """The settings, to be put at the head of the document."""
        data = dict(self.cleaned_data)
        data["prepare"] = data.pop("prepare_list")
        algorithm = {key: data.pop(f"algorithm_{key}") for key in Algorithm.model_fields}
        data["algorithm"] = algorithm if any(algorithm.values()) else None
        silence = {key: data.pop(f"silence_{key}") for key in ("effect", "months", "source")}
        if silence["effect"] == "none":
            silence["months"] = (self.item.get("silence") or {}).get("months", 2)
        known = {key: value for key, value in self.item.items() if key in ProcedureDocument.model_fields}
        said = self.item.get("silence") or {}
        item = {**known, **data, "silence": compact(Silence, silence, said)}
        return compact(ProcedureDocument, item, self.item)
