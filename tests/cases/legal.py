"""A small procedure for the legal clock, where silence accepts, rejects or says nothing."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from bocage.base.actors import Actor
from bocage.cases.models import Case
from bocage.cases.operations import ask_reasons, publish, run_clock, save_answers, start_draft, submit_case
from bocage.cases.schema import ProcedureDocument
from tests.cases.factories import RESIDENT

ANSWERS: dict[str, Any] = {
    "given_names": "Marcelle",
    "birth_name": "Delattre",
    "address": {"line": "12 rue de l’Église", "postcode": "59530", "commune": "59353"},
    "email": "marcelle@example.org",
    "plan": "Une clôture de haies.",
    "proof": "Oui, joint.",
}


def _state(key: str, **more: str) -> dict[str, str]:
    return {"id": key, "label": key, "public": f"Étape {key}", **more}


def body(effect: str = "accept", **changes: Any) -> dict[str, Any]:
    """The document, ``effect`` being what silence means."""
    answer = "accepted" if effect == "accept" else "rejected"
    transitions = [
        {
            "id": "ask",
            "label": "Demander des pièces",
            "sources": ["received"],
            "target": "waiting",
            "effects": [{"kind": "ask_correction"}],
        },
        {
            "id": "correction_answered",
            "label": "Pièces reçues",
            "sources": ["waiting"],
            "target": "received",
            "roles": ["system"],
        },
        {"id": "go_on", "label": "Continuer sans", "sources": ["waiting"], "target": "received"},
        {
            "id": "accept",
            "label": "Accorder",
            "sources": ["received"],
            "target": "accepted",
            "decision": True,
            "effects": [{"kind": "send_notice", "notice": "decided"}],
        },
        {
            "id": "reject",
            "label": "Refuser",
            "sources": ["received"],
            "target": "rejected",
            "decision": True,
            "reason": "optional",
            "effects": [{"kind": "send_notice", "notice": "decided"}],
        },
    ]
    if effect != "none":
        transitions.append(
            {
                "id": "silence",
                "label": "Silence",
                "sources": ["received", "waiting"],
                "target": answer,
                "roles": ["system"],
                "decision": True,
                "effects": [{"kind": "send_notice", "notice": "silence"}],
            }
        )
    fields = [
        {"id": "given_names", "kind": "text", "label": "Prénoms", "role": "given_names"},
        {"id": "birth_name", "kind": "text", "label": "Nom", "role": "birth_name"},
        {"id": "address", "kind": "address", "label": "Adresse", "role": "address"},
        {"id": "email", "kind": "email", "label": "Courriel", "role": "email", "required": False},
        {"id": "plan", "kind": "text", "label": "Le projet"},
        {"id": "proof", "kind": "text", "label": "Le plan de situation"},
    ]
    whole: dict[str, Any] = {
        "schema_version": 1,
        "slug": f"cloture-{effect}",
        "title": "Poser une clôture",
        "summary": "Une clôture de haies.",
        "service": "waste",
        "announced_days": 15,
        "silence": {"effect": effect, "months": 2, "source": "CRPA L231-1" if effect != "none" else ""},
        "steps": [{"id": "all", "title": "Votre projet", "fields": fields}],
        "workflow": {
            "initial": "received",
            "states": [
                _state("received"),
                _state("waiting", waiting_for="applicant"),
                _state("accepted", outcome="accepted"),
                _state("rejected", outcome="rejected"),
            ],
            "transitions": transitions,
        },
        "notices": {
            "receipt": {"title": "Demande {{ reference }} reçue", "body": "Merci."},
            "correction": {"title": "Il manque des pièces", "body": "{{ message }} Avant le {{ due_on }}."},
            "decided": {"title": "Réponse à {{ reference }}", "body": "Voici notre réponse."},
            "silence": {"title": "Votre demande {{ reference }}", "body": "Le délai est passé le {{ legal_date }}."},
        },
    }
    if effect == "accept":
        # Nobody refuses what silence accepts in this procedure but by hand; both ends stay reachable.
        whole["workflow"]["transitions"][-1]["sources"] = ["received"]
    return whole | changes


@cache
def document(effect: str = "accept") -> ProcedureDocument:
    """The same, validated."""
    return ProcedureDocument.model_validate(body(effect))


def filed(now: datetime, effect: str = "accept", *, lacking: tuple[str, ...] = (), **changes: Any) -> Case:
    """A case of this procedure just filed, on paper and incomplete where something is lacking."""
    version = publish(body(effect, **changes), actor=Actor.system("test"), now=now)
    case, _code = start_draft(version.procedure, actor=RESIDENT, now=now)
    save_answers(case, {key: value for key, value in ANSWERS.items() if key not in lacking}, now=now)
    return submit_case(case, actor=RESIDENT, now=now, allow_incomplete=bool(lacking))


def rejected_by_silence(now: datetime, *, asked: bool = False) -> Case:
    """A case that silence rejected a week before ``now``; its reasons asked for, perhaps."""
    case = filed(now - timedelta(days=68), "reject")
    run_clock(now)
    case = Case.objects.select_related("version", "procedure", "commune", "applicant").get(pk=case.pk)
    return ask_reasons(case, actor=RESIDENT, now=now) if asked else case
