"""What buttons set off: each effect is one that something here performs, and says all that it needs.

Asked when a document is published, not each time that it is read: a version that was published stays readable whatever
is asked of the next ones.
"""

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from bocage.cases.validation.problem import Problem

if TYPE_CHECKING:
    from bocage.cases.schema import Effect, ProcedureDocument

MAX_OPINION_DAYS = 90
MAX_QUESTION = 5_000
_PARAMS = {
    "ask_opinion": {"email", "name", "question", "days"},
    "assign": {"to"},
    "call_webhook": {"url"},
}
"""What ``params`` may hold; an effect that an app contributes answers for its own."""


_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
"""Of a deadline: short enough for the id of the button that its passing takes (``triggers.OVERDUE``)."""
_SET_BY_LAW = frozenset({"silence", "acknowledgement", "correction", "reasons", "signatures", "decision"})
_OF_THE_LAW = {"set_deadline": _SET_BY_LAW, "close_deadline": _SET_BY_LAW - {"silence", "signatures"}}
"""Deadlines of the engine that no button moves: they are the law's (CRPA L114-5, L231-1, R112-11-1), or signers'."""


def is_free_name(deadline: str) -> bool:
    """Whether a button may set a deadline by this name."""
    return bool(_NAME.fullmatch(deadline)) and deadline not in _SET_BY_LAW


def effect_problems(document: "ProcedureDocument", performed: Collection[str]) -> Iterator[Problem]:
    """What is wrong with the effects of a document; ``performed``: the kinds that something installed performs."""
    for item in document.workflow.transitions:
        for effect in item.effects:
            if effect.kind not in performed:
                text = (
                    f"« {item.label} » demande un effet que rien ne sait faire ici : {effect.kind}. "
                    "Choisissez-en un autre, ou enlevez-le."
                )
                yield Problem(f"workflow/transitions/{item.id}", text)
                continue
            for wrong in _wrong(effect):
                yield Problem(f"workflow/transitions/{item.id}", f"« {item.label} » {wrong}")


def _wrong(effect: "Effect") -> Iterator[str]:
    known = _PARAMS.get(effect.kind)
    extra = sorted(effect.params.keys() - known) if known is not None else []
    if extra:
        yield f"dit de trop, à propos de {effect.kind} : {', '.join(extra)[:80]}. Enlevez-le."
    match effect.kind:
        case "ask_opinion":
            yield from _wrong_opinion(effect.params)
        case "assign" if effect.params.get("to") != "actor":
            yield 'confie le dossier à quelqu’un que l’on ne connaît pas : écrivez {"to": "actor"}, qui appuie.'
        case "call_webhook" if not _is_address(effect.params.get("url")):
            yield "prévient un autre logiciel : écrivez son adresse. Exemple : https://logiciel.exemple.fr/dossiers"
        case "set_deadline" | "close_deadline" if not effect.deadline:
            yield "parle d’une échéance sans nom : donnez-lui-en un. Exemple : retour"
        case "set_deadline" | "close_deadline" if effect.deadline in _OF_THE_LAW[effect.kind]:
            yield f"touche à l’échéance « {effect.deadline} », que la loi fixe : choisissez un autre nom."
        case "set_deadline" if not _NAME.fullmatch(effect.deadline):
            yield (
                f"nomme mal l’échéance « {effect.deadline[:60]} » : un nom court, en minuscules sans accent ni espace. "
                "Exemple : retour"
            )
        case "set_deadline" if not effect.days and not effect.due_of:
            yield f"fixe l’échéance « {effect.deadline} » : dites dans combien de jours. Exemple : 15"


def _wrong_opinion(params: dict[str, object]) -> Iterator[str]:
    email = params.get("email")
    try:
        validate_email(email if isinstance(email, str) else "")
    except ValidationError:
        yield "demande un avis : écrivez l’adresse électronique de qui le donne. Exemple : parc@exemple.fr"
    days = params.get("days", 1)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MAX_OPINION_DAYS:
        yield f"demande un avis : donnez de 1 à {MAX_OPINION_DAYS} jours pour répondre. Exemple : 15"
    for name, most in (("name", 120), ("question", MAX_QUESTION)):
        told = params.get(name, "")
        if not isinstance(told, str) or len(told) > most:
            yield f"demande un avis : « {name} » est un texte de {most} caractères au plus. Raccourcissez-le."


def _is_address(url: object) -> bool:
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        return parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
