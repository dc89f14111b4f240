"""Parts of a procedure in words: calculations, effects, roles, what a form holds.

Reads bodies that may be unsound: what cannot be said is shown as it is, never hidden.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bocage.base.expressions import BadExpression, explain, parse
from bocage.cases.editing.conditions import names_of
from bocage.cases.editor_views import words
from bocage.identity import staff

Item = dict[str, Any]


def calculation(expr: Any, body: Item) -> str:
    """A calculation as a sentence."""
    names = names_of(body)
    try:
        return explain(parse(expr), names.labels, amounts=names.amounts)
    except BadExpression as error:
        return _("un calcul illisible (%(why)s)") % {"why": error}


def effect(one: Item, body: Item) -> str:
    """What a button sets off, in words."""
    kind = str(one.get("kind", ""))
    if kind == "send_notice":
        notice = body.get("notices", {}).get(one.get("notice"), {})
        return _("envoie l’avis « %(title)s »") % {"title": notice.get("title") or one.get("notice")}
    if kind == "set_deadline" and one.get("due_of"):
        labels = {
            item.get("id"): item.get("label") for step in body.get("steps", ()) for item in step.get("fields", ())
        }
        told = {"name": one.get("deadline"), "field": labels.get(one["due_of"]) or one["due_of"]}
        return _("fixe l’échéance « %(name)s » à la date de « %(field)s »") % told
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
    if kind in {"issue_document", "void_document"}:
        document = body.get("documents", {}).get(one.get("document"), {})
        named = {"title": document.get("title") or one.get("document")}
        if kind == "issue_document":
            return _("délivre « %(title)s »") % named
        return _("annule « %(title)s », perdu") % named
    if kind == "ask_correction" and one.get("fields"):
        return _("demande de compléter ou de corriger : %(fields)s") % {
            "fields": ", ".join(names_of(body).field(key) for key in one["fields"])
        }
    known = {
        "ask_correction": _("demande de compléter ou de corriger"),
        "assign": _("confie le dossier à qui appuie"),
        "ask_opinion": _("demande un avis à un tiers"),
        "create_charge": _("crée une somme à payer"),
        "open_booking": _("ouvre une réservation"),
        "call_webhook": _("prévient un autre logiciel"),
    }
    return known.get(kind, kind)


def validity(told: Item) -> str:
    """How long a document holds, and whether it is renewed."""
    months = told.get("valid_months") or 0
    found = [
        ngettext("valable %(count)s mois", "valable %(count)s mois", months) % {"count": months}
        if months
        else _("sans fin")
    ]
    if told.get("renew_days"):
        days = {"count": told["renew_days"]}
        found.append(_("à renouveler dans les %(count)s derniers jours") % days)
    return ", ".join(found)


def public_list(body: Item) -> str:
    """The title of the public list; empty where nothing is published."""
    listed = body.get("public_list")
    return str(listed.get("title") or _("Sans titre")) if isinstance(listed, dict) else ""


_WORDS: Mapping[str, Mapping[str, Any]] = {
    "act": words.ACTS,
    "audience": words.AUDIENCES,
    "contact": words.CONTACT,
    "effect": words.SILENCE,
    "identity": words.IDENTITY,
    "kind": {key: kind.label for key, kind in words.FIELD_KINDS.items()},
    "members": words.MEMBERS,
    "outcome": words.OUTCOMES,
    "reason": words.REASONS,
    "result": words.RESULTS,
    "role": words.ROLES,
    "shape": words.SHAPES,
    "waiting_for": words.WAITING,
}


_DEFAULTS: Mapping[str, Any] = {
    **dict.fromkeys(("required", "reasons_compulsory", "single"), True),
    **dict.fromkeys(("agent", "sensitive", "whole", "decision", "algorithmic", "large_print"), False),
    "act": "ask",
    "audience": "person",
    "contact": "required",
    "identity": "any",
    "members": "all",
    "outcome": "",
    "reason": "none",
    "result": "number",
    "roles": ["agent", "manager"],
    "shape": "card",
    "waiting_for": "agent",
}
"""What the schema says of a key where nothing is written."""


def value(key: str, told: Any, body: Item) -> str | None:
    """A value of the document in words, where its own are a machine's; None where they already are people's.

    None stands for what the schema says where nothing is written.
    """
    if told is None and key in _DEFAULTS:
        told = _DEFAULTS[key]
        if isinstance(told, bool):
            return _("oui") if told else _("non")
    if key == "effects" and isinstance(told, list):
        return " ; ".join(effect(one, body) for one in told if isinstance(one, dict))
    if key == "roles" and isinstance(told, list):
        return roles({"roles": told})
    if key in {"sources", "target", "initial"}:
        names = {str(one.get("id")): str(one.get("label")) for one in body.get("workflow", {}).get("states", ())}
        return ", ".join(names.get(str(one), str(one)) for one in (told if isinstance(told, list) else [told]))
    if key == "service":
        return str(staff.services().get(told, told))
    if isinstance(told, dict) and key == "silence":
        means = words.SILENCE.get(str(told.get("effect")), "")
        delay = _("%(months)s mois") % {"months": told.get("months", 2)} if told.get("effect") != "none" else ""
        parts = [means, delay, told.get("source")]
        return ", ".join(str(part) for part in parts if part)
    if isinstance(told, str) and told in _WORDS.get(key, {}):
        return str(_WORDS[key][told])
    return None


def deadline(name: str) -> str:
    """An engine's deadline by its French name; its own for another."""
    own = {
        "announced": _("réponse annoncée"),
        "acknowledgement": _("accusé de réception"),
        "silence": _("silence de l’administration"),
        "correction": _("correction demandée"),
        "signatures": _("signatures attendues"),
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
