"""Reads of the signature book and of what the law makes agents answer: decisions to sign, reasons to give.

A room of its own beside ``queries``, for it asks the engine what can be decided.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bocage.base.dates import french_date
from bocage.cases.engine import blocked_decision
from bocage.cases.models import Case, Custody, Deadline, Proposal, ProposalState
from bocage.cases.operations.store import moment, state_of
from bocage.cases.schema import Transition
from bocage.identity.models import Account, Role
from bocage.identity.queries import scope_of
from bocage.identity.scope import Scope
from bocage.territory.queries import today

PAGE = 50
SIGNING = frozenset({Role.MANAGER, Role.AGENT, Role.ADMINISTRATOR})


def decisions_of(case: Case, now: datetime) -> list[Transition]:
    """The decisions that agents or managers may take on a case as it stands."""
    state, here, document = state_of(case), moment(now), case.version.document
    return [item for item in document.workflow.transitions if blocked_decision(document, state, item.id, here) == ""]


def may_sign(scope: Scope) -> bool:
    """Whether the signature book is in someone's menu; what waits in it is told by « À faire aujourd’hui »."""
    return bool(_signing(scope).posts)


def _signing(scope: Scope) -> Scope:
    """The posts under which someone signs (CRPA L212-1)."""
    return Scope(tuple(post for post in scope.posts if post.signs and post.role in SIGNING))


def proposals_to_sign(account: Account, now: datetime) -> QuerySet[Proposal]:
    """The prepared decisions that someone may sign: within reach of a post of theirs that holds a delegation."""
    reach = _signing(scope_of(account, today(now)))
    ours = ~Q(case__custody=Custody.HELD)  # what an organisation holds is decided there
    bounds = reach.q("case__service", "case__commune_id", "case__organisation_id", common=ours)
    found = Proposal.objects.filter(bounds, state=ProposalState.WAITING).order_by("prepared_at", "id")
    related = ("prepared_by", "case__procedure", "case__agreement", "case__version", "case__commune", "case__applicant")
    return found.select_related(*related).defer("case__version__body", "case__commune__contour")


def last_proposal(case: Case) -> Proposal | None:
    """The last decision prepared on a case, where it still matters: it waits, or came back and nothing followed."""
    last = case.proposals.select_related("prepared_by", "handled_by").order_by("-id").first()
    return last if last is not None and last.state in {"waiting", "returned"} and not case.outcome else None


def reasons_to_give(account: Account, now: datetime) -> QuerySet[Deadline]:
    """The requests for reasons that wait for an answer (CRPA L232-4), within an agent's reach, the nearest first."""
    scope = scope_of(account, today(now)).only(Role.MANAGER, Role.AGENT)
    ours = ~Q(case__custody=Custody.HELD)
    bounds = scope.q("case__service", "case__commune_id", "case__organisation_id", common=ours)
    found = Deadline.objects.filter(bounds, kind="reasons", closed=False).order_by("due_on", "id")
    return found.select_related("case")


def today_lines(account: Account, now: datetime) -> Iterator[dict[str, Any]]:
    """Lines of « À faire aujourd’hui »: decisions to sign, decisions sent back, reasons to give."""
    waiting = proposals_to_sign(account, now)[:PAGE].count()
    if waiting:
        yield {
            "label": ngettext("%d décision à signer", "%d décisions à signer", waiting) % waiting,
            "url": reverse("cases_signatures"),
            "text": _("Vos agents les ont préparées : lisez-les, signez-les ensemble ou renvoyez-les."),
            "care": False,
        }
    back = Proposal.objects.filter(prepared_by=account, state=ProposalState.RETURNED, case__outcome="")
    for one in back.select_related("case").order_by("-id")[:5]:
        if one.case.proposals.filter(pk__gt=one.pk).exists():
            continue
        yield {
            "label": _("Décision renvoyée : %(reference)s") % {"reference": one.case.reference},
            "url": reverse("cases_desk", args=[one.case.reference]),
            "text": one.note[:200],
            "care": True,
        }
    for deadline in reasons_to_give(account, now)[:10]:
        yield {
            "label": _("Motifs à donner : %(reference)s") % {"reference": deadline.case.reference},
            "url": reverse("cases_reasons", args=[deadline.case.reference]),
            "text": _("Au plus tard le %(date)s (CRPA, art. L232-4).") % {"date": french_date(deadline.due_on)},
            "care": deadline.due_on <= today(now),
        }
