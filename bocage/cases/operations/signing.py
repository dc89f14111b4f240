"""The signature book: decisions that agents prepare, and that whoever holds a delegation signs (CRPA L212-1)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.cases.engine import Refused, blocked_decision, needs_reason
from bocage.cases.models import Case, Proposal, ProposalState
from bocage.cases.operations.handling import MAX_MESSAGE, move_case
from bocage.cases.operations.store import STREAM, Conflict, moment, state_of
from bocage.cases.queries import case_role, signing_post
from bocage.identity.models import Account
from bocage.territory.queries import today


def prepare_decision(
    case: Case, transition: str, *, agent: Account, actor: Actor, now: datetime, reason: str = ""
) -> Proposal:
    """Put a decision in the signature book: nothing is decided, and nobody told, before it is signed.

    Raises Refused (out of reach, not a decision of this state, no reason where one is wanted, one already waits).
    """
    if case_role(agent, case, today(now)) not in {"agent", "manager"}:
        raise Refused(_("Ce dossier n’est pas de votre service."))
    document = case.version.document
    blocked = blocked_decision(document, state_of(case), transition, moment(now))
    if blocked is None:
        raise Refused(_("Cette décision n’est pas possible sur ce dossier."))
    if blocked:
        raise Refused(blocked)
    text = reason.strip()
    if needs_reason(document, document.workflow.transition(transition)) and not text:
        raise Refused(_("Écrivez le motif : la personne doit pouvoir comprendre."), {"reason": _("Écrivez le motif.")})
    if len(text) > MAX_MESSAGE:
        told = _("Ce texte est trop long. Écrivez %(limit)s caractères au plus.") % {"limit": MAX_MESSAGE}
        raise Refused(told, {"reason": told})
    try:
        with transaction.atomic():
            proposal = Proposal.objects.create(
                case=case, transition=transition, reason=text, prepared_by=agent, prepared_at=now
            )
            _record(proposal, "cases.decision_prepared", actor, now)
    except IntegrityError:
        raise Refused(_("Une décision attend déjà la signature sur ce dossier.")) from None
    return proposal


def sign_proposal(proposal: Proposal, *, agent: Account, actor: Actor, now: datetime) -> Case:
    """Sign a prepared decision: it is taken now, in the name of who signs, under their delegation.

    Raises Refused (no delegation for this case, the case has changed) and Conflict (signed or sent back meanwhile).
    """
    case = Case.objects.select_related("version", "procedure", "commune", "applicant").get(pk=proposal.case_id)
    post = signing_post(agent, case, today(now))
    if post is None or not post.delegation:
        raise Refused(_("Aucune délégation de signature n’est notée pour vous sur ce dossier."))
    with transaction.atomic():
        _handle(proposal, ProposalState.SIGNED, agent, now)
        move_case(case, proposal.transition, agent=agent, actor=actor, now=now, reason=proposal.reason)
    return case


def return_proposal(proposal: Proposal, note: str, *, agent: Account, actor: Actor, now: datetime) -> None:
    """Send a prepared decision back to its agent, with why. Raises Refused and Conflict."""
    case = proposal.case
    post = signing_post(agent, case, today(now))
    if (post is None or not post.delegation) and proposal.prepared_by_id != agent.pk:
        raise Refused(_("Aucune délégation de signature n’est notée pour vous sur ce dossier."))
    text = note.strip()[:MAX_MESSAGE]
    if not text:
        raise Refused(_("Dites pourquoi vous la renvoyez."), {"note": _("Dites pourquoi vous la renvoyez.")})
    with transaction.atomic():
        _handle(proposal, ProposalState.RETURNED, agent, now, note=text)
        _record(proposal, "cases.decision_returned", actor, now, note=text)


def _handle(proposal: Proposal, state: str, agent: Account, now: datetime, note: str = "") -> None:
    waiting = Proposal.objects.filter(pk=proposal.pk, state=ProposalState.WAITING)
    if not waiting.update(state=state, handled_by=agent, handled_at=now, note=note):
        raise Conflict


def _record(proposal: Proposal, kind: str, actor: Actor, now: datetime, **more: str) -> None:
    payload = {"proposal": proposal.pk, "transition": proposal.transition, **more}
    subject = f"case:{proposal.case_id}"
    journal.record(stream=STREAM, kind=kind, subject=subject, actor=actor, payload=payload, now=now)
