"""Parts of a procedure in words: conditions as sentences, effects, roles, what a form holds.

Reads bodies that may be unsound: what cannot be said is shown as it is, never hidden.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bocage.base.expressions import BadExpression, explain, parse, phrase
from bocage.cases.editor_views import words

Item = dict[str, Any]


def labels_of(body: Item) -> dict[str, str]:
    """Names of fields, columns and answers, as ``expressions.explain`` wants them; questions between « »."""
    found: dict[str, str] = {}

    def add(key: str, field: Item, shown: str) -> None:
        found[key] = f"« {shown} »"
        for option in field.get("options") or ():
            found[f"{key}={option.get('value')}"] = f"« {option.get('label')} »"

    for question in body.get("eligibility", ()):
        add(str(question.get("id")), question, str(question.get("label", "")))
    for field in all_fields(body):
        key = str(field.get("id"))
        add(key, field, str(field.get("label", "")))
        if field.get("kind") == "address":
            parts = {"commune": _("la commune"), "postcode": _("le code postal"), "locality": _("la ville")}
            found |= {f"{key}.{part}": f"{words_} de « {field.get('label')} »" for part, words_ in parts.items()}
        if field.get("kind") == "organisation":
            found[f"{key}.number"] = _("le numéro de « %(label)s »") % {"label": field.get("label")}
        for inner in field.get("fields") or ():
            add(f"{key}.{inner.get('id')}", inner, str(inner.get("label", "")))
    return found


def all_fields(body: Item) -> list[Item]:
    """Every question of the steps, in order (those inside lines that repeat stay inside them)."""
    return [field for step in body.get("steps", ()) for field in step.get("fields", ())]


def condition(expr: Any, body: Item, labels: dict[str, str] | None = None) -> str:
    """A condition as a sentence without « si »; empty for none."""
    if expr is None:
        return ""
    try:
        return phrase(parse(expr), labels if labels is not None else labels_of(body))
    except BadExpression as error:
        return _("une condition illisible (%(why)s)") % {"why": error}


def calculation(expr: Any, body: Item) -> str:
    """A calculation as a sentence."""
    try:
        return explain(parse(expr), labels_of(body))
    except BadExpression as error:
        return _("un calcul illisible (%(why)s)") % {"why": error}


def effect(one: Item, body: Item) -> str:
    """What a button sets off, in words."""
    kind = str(one.get("kind", ""))
    if kind == "send_notice":
        notice = body.get("notices", {}).get(one.get("notice"), {})
        return _("envoie l’avis « %(title)s »") % {"title": notice.get("title") or one.get("notice")}
    if kind == "set_deadline":
        count = int(one.get("days") or 0)
        told = (
            ngettext(
                "fixe l’échéance « %(name)s » à %(count)s jour ouvré",
                "fixe l’échéance « %(name)s » à %(count)s jours ouvrés",
                count,
            )
            if one.get("working_days")
            else ngettext(
                "fixe l’échéance « %(name)s » à %(count)s jour", "fixe l’échéance « %(name)s » à %(count)s jours", count
            )
        )
        return told % {"name": one.get("deadline"), "count": count}
    if kind == "close_deadline":
        return _("lève l’échéance « %(name)s »") % {"name": deadline(str(one.get("deadline", "")))}
    known = {
        "ask_correction": _("demande de compléter ou de corriger"),
        "assign": _("confie le dossier à qui appuie"),
        "ask_opinion": _("demande un avis à un tiers"),
        "create_charge": _("crée une somme à payer"),
        "open_booking": _("ouvre une réservation"),
        "issue_document": _("produit un document"),
        "call_webhook": _("prévient un autre logiciel"),
    }
    return known.get(kind, kind)


def deadline(name: str) -> str:
    """An engine's deadline by its French name; its own for another."""
    own = {
        "announced": _("réponse annoncée"),
        "silence": _("silence de l’administration"),
        "correction": _("correction demandée"),
    }
    return own.get(name, name)


def roles(one: Item) -> str:
    """Who presses a button."""
    told = one.get("roles") or ("agent", "manager")
    short = {
        "agent": _("un agent"),
        "manager": _("la ou le responsable"),
        "reception": _("l’accueil"),
        "applicant": _("la personne"),
        "system": _("le temps ou une réponse"),
    }
    return ", ".join(str(short.get(role, role)) for role in told)


def consequence(rule: Item, body: Item) -> str:
    """What a rule does, in words."""
    labels = {str(field.get("id")): str(field.get("label", "")) for field in all_fields(body)}
    if rule.get("then") == "forbid":
        return _("la demande s’arrête : « %(reason)s »") % {"reason": rule.get("reason", "")}
    name = {"name": labels.get(str(rule.get("field")), str(rule.get("field")))}
    if rule.get("then") == "require":
        return _("« %(name)s » devient obligatoire") % name
    return _("« %(name)s » est montré") % name


def field_badges(field: Item) -> list[str]:
    """What sets a question apart, in one or two words each."""
    found = []
    asks = field.get("kind") not in {"note", "computed"}
    if asks and not field.get("required", True):
        found.append(_("facultatif"))
    if field.get("agent"):
        found.append(_("par le service"))
    if field.get("sensitive"):
        found.append(_("protégé"))
    return found


def field_kind(field: Item) -> str:
    """The kind of a question, in words."""
    return str(words.kind_of(str(field.get("kind", ""))).label)
