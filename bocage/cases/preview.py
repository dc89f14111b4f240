"""What a person will receive when a button is pressed, filled in as far as it is known now.

A room of its own: the button's page, the signature book and the page that prepares a decision show the same words.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from bocage.cases.models import Case, Decision
from bocage.cases.notices import told, variables
from bocage.cases.schema import Transition
from bocage.cases.timeline import decision_of
from bocage.messaging import texts
from bocage.territory.queries import today


def preview(case: Case, transition: Transition, reason: str, now: datetime) -> list[dict[str, Any]]:
    """Each notice that the button sends: title, blocks, remedies printed under it."""
    document = case.version.document
    reason = reason or _("[le motif que vous écrivez]")
    decision = decision_of(case)
    if transition.decision:
        outcome = document.workflow.state(transition.target).outcome
        decision = Decision(outcome=outcome, reason=reason, legal_date=today(now), algorithmic=transition.algorithmic)
    context = {**variables(case, now=now, decision=decision), "reason": reason}
    found = []
    for effect in transition.effects:
        if effect.kind == "send_notice" and effect.notice in document.notices:
            text, remedies = told(case, effect.notice, decision=decision, decides=transition.decision)
            found.append(
                {
                    "title": texts.one_line(texts.fill(text.title, context)),
                    "blocks": [*texts.blocks(texts.fill(text.body, context)), *texts.blocks(remedies)],
                }
            )
    return found
