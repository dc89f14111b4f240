"""A waste-site card for tests, from its request to the card."""

from datetime import datetime
from typing import Any

from bocage.base.actors import Actor
from bocage.cases.models import Case, IssuedDocument, Procedure
from bocage.cases.operations import add_document, move_case, publish, save_answers, start_draft, submit_case
from bocage.identity.models import Account, Person
from tests.cases.factories import RESIDENT, body, document, picture

SLUG = "carte-decheterie"
ANSWERS: dict[str, Any] = {
    "lives_here": "oui",
    "whose": "home",
    "request": "first",
    "given_names": "Marcelle",
    "birth_name": "Delattre",
    "birth_date": "31/01/1948",
    "address": {"line": "12 rue de l’Église", "postcode": "59530", "commune": "59353"},
    "home_kind": "main",
    "comes_by": "vehicle",
    "vehicles": [{"plate": "ab 123 cd", "kind": "car"}, {"plate": "1234 xy 59", "kind": "trailer"}],
    "statement": "oui",
}


def cards(now: datetime) -> Procedure:
    """The procedure, published."""
    known = Procedure.objects.filter(slug=SLUG).first()
    return known or publish(body(SLUG), actor=Actor.system("test"), now=now).procedure


def requested(now: datetime, applicant: Person | None = None, **answers: Any) -> Case:
    """A card asked for."""
    case, _code = start_draft(cards(now), actor=RESIDENT, now=now, applicant=applicant)
    proof = add_document(case, picture(), field=document(SLUG).by_id["proof"], actor=RESIDENT, now=now)
    save_answers(case, {**ANSWERS, "proof": [proof.key], **answers}, now=now)
    return submit_case(case, actor=RESIDENT, now=now)


def accept(case: Case, agent: Account, actor: Actor, now: datetime) -> IssuedDocument:
    """The card, once an agent has looked at the proof."""
    move_case(case, "accept", agent=agent, actor=actor, now=now, agent_values={"proof_checked": "oui"})
    return case.issued.get(void_on=None)
