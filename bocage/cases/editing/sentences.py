"""What pydantic found wrong, said in French with the mend."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_KEYS: Mapping[str, str | Promise] = {
    "id": gettext_lazy("identifiant"),
    "label": gettext_lazy("intitulé"),
    "title": gettext_lazy("titre"),
    "summary": gettext_lazy("résumé"),
    "service": gettext_lazy("service"),
    "kind": gettext_lazy("genre"),
    "hint": gettext_lazy("aide"),
    "example": gettext_lazy("exemple"),
    "options": gettext_lazy("réponses"),
    "value": gettext_lazy("valeur"),
    "show": gettext_lazy("condition pour afficher"),
    "when": gettext_lazy("condition"),
    "guard": gettext_lazy("condition du bouton"),
    "refuse": gettext_lazy("condition qui arrête"),
    "compute": gettext_lazy("calcul"),
    "then": gettext_lazy("ce que fait la règle"),
    "field": gettext_lazy("champ"),
    "fields": gettext_lazy("champs"),
    "reason": gettext_lazy("motif"),
    "target": gettext_lazy("état d’arrivée"),
    "sources": gettext_lazy("états de départ"),
    "initial": gettext_lazy("état de départ"),
    "public": gettext_lazy("ce que la personne lit"),
    "body": gettext_lazy("texte"),
    "announced_days": gettext_lazy("délai annoncé"),
    "silence": gettext_lazy("sens du silence"),
    "months": gettext_lazy("mois"),
    "days": gettext_lazy("jours"),
    "minimum": gettext_lazy("minimum"),
    "maximum": gettext_lazy("maximum"),
    "max_length": gettext_lazy("longueur"),
    "minutes": gettext_lazy("durée"),
    "columns": gettext_lazy("colonnes"),
    "rows": gettext_lazy("lignes"),
    "steps": gettext_lazy("étapes"),
    "effects": gettext_lazy("ce qui suit"),
    "roles": gettext_lazy("qui peut appuyer"),
    "schema_version": gettext_lazy("version du format"),
    "slug": gettext_lazy("adresse"),
    "contact": gettext_lazy("adresse ou téléphone à donner"),
    "identity": gettext_lazy("identité à prouver"),
    "shape": gettext_lazy("forme"),
    "facts": gettext_lazy("réponses imprimées"),
    "valid_months": gettext_lazy("validité, en mois"),
    "single": gettext_lazy("le nouveau remplace l’ancien"),
    "renew_days": gettext_lazy("à renouveler dans les derniers jours"),
    "renewal": gettext_lazy("rempli d’avance pour un renouvellement"),
    "loss": gettext_lazy("rempli d’avance après une perte"),
    "place": gettext_lazy("lieu"),
    "category": gettext_lazy("sorte de problème"),
    "consent": gettext_lazy("accord pour le montrer"),
    "photo": gettext_lazy("photo"),
    "planned": gettext_lazy("date prévue"),
    "near_metres": gettext_lazy("distance, en mètres"),
    "large_print": gettext_lazy("grands caractères"),
    "due_of": gettext_lazy("date de l’échéance"),
    "amount_of": gettext_lazy("somme due"),
}


def key_name(key: object) -> str:
    """A key as agents call it: « intitulé » for ``label``."""
    return str(_KEYS.get(str(key), key))


def where(loc: tuple[int | str, ...]) -> str:
    """« réponses, 2 : intitulé » for ``("options", 1, "label")``."""
    told = [str(part + 1) if isinstance(part, int) else key_name(part) for part in loc]
    return ", ".join(told)


def sentence(error: Mapping[str, Any]) -> str:
    """One error of pydantic as a French sentence with the mend; our own messages are kept as they are."""
    at, context = where(error["loc"]), error.get("ctx", {})
    values = {"where": at[:1].upper() + at[1:], **{key: str(value) for key, value in context.items()}}
    match error["type"]:
        case "value_error":
            told = str(context.get("error", error["msg"]))
            return f"{values['where']} : {told}" if at else told
        case "missing":
            return _("Il manque : %(where)s. Écrivez-le.") % {"where": at}
        case "extra_forbidden":
            return _("« %(key)s » n’existe pas ici : enlevez-le.") % {"key": str(error["loc"][-1])[:60]}
        case "string_too_short" | "too_short":
            return _("%(where)s : c’est vide ou trop court. Écrivez-en au moins %(min_length)s.") % {
                "min_length": 1,
                **values,
            }
        case "string_too_long" | "too_long":
            return _("%(where)s : c’est trop long. Gardez-en %(max_length)s au plus.") % {"max_length": "", **values}
        case "string_pattern_mismatch":
            return _(
                "%(where)s : écrivez des minuscules sans accent, des chiffres ou « _ », par exemple prix_total."
            ) % (values)
        case "literal_error":
            expected = values.get("expected", "").replace(" or ", ", ").replace("'", "")
            return _("%(where)s : choisissez parmi %(expected)s.") % {**values, "expected": expected}
        case "greater_than_equal":
            return _("%(where)s : écrivez un nombre égal ou supérieur à %(ge)s.") % values
        case "less_than_equal":
            return _("%(where)s : écrivez un nombre égal ou inférieur à %(le)s.") % values
        case "string_type":
            return _("%(where)s : un texte est attendu.") % values
        case "bool_type" | "bool_parsing":
            return _("%(where)s : oui ou non est attendu.") % values
        case kind if kind.startswith(("int_", "decimal_", "float_")):
            return _("%(where)s : un nombre entier est attendu.") % values
        case "tuple_type" | "list_type":
            return _("%(where)s : une liste est attendue.") % values
        case "model_type" | "dict_type" | "model_attributes_type":
            return _("%(where)s : un objet est attendu, avec ses clés.") % values
    return _("%(where)s : ce n’est pas la forme attendue.") % values
