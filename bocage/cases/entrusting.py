"""Procedures entrusted to others (DESIGN.md rule 13): under which agreement a case falls, who handles it, in what role.

A room of its own beside ``queries``: what an agreement gives is said here once, for the desk, the papers and the law.
"""

from datetime import date
from typing import Any, Literal

from django.db.models import Q, QuerySet

from bocage.cases.models import Agreement, AgreementScope, Case, Custody
from bocage.cases.models_entrusting import Entrusted
from bocage.identity.models import Role
from bocage.identity.scope import Bounds, Scope
from bocage.messaging.letterhead import Letterhead, letterhead

CaseRole = Literal["follower", "reception", "counter", "agent", "manager"]
_RANK: tuple[CaseRole, ...] = ("manager", "agent", "counter", "reception", "follower")


# --- Reach ---------------------------------------------------------------------------------------------------------
def bounds_of(scope: Scope, prefix: str = "") -> Q:
    """The cases within a reach, as a query; ``prefix`` leads to the case from another table (« case__ »)."""
    common = Q(**{f"{prefix}apart": False})
    return scope.q(f"{prefix}service", f"{prefix}commune_id", f"{prefix}organisation_id", common)


def reaches(post: Bounds, case: Case) -> bool:
    """The same for one post and one case."""
    return post.allows(case.service, case.commune_id, case.organisation_id, apart=case.apart)


def role_of(scope: Scope, case: Case) -> CaseRole | None:
    """In what role someone handles a case, by the post that goes furthest; None: out of reach."""
    roles = {role_under(post, case) for post in scope.posts if reaches(post, case)}
    return next((role for role in _RANK if role in roles), None)


def role_under(post: Bounds, case: Case) -> CaseRole:
    """What a post that reaches a case does there.

    While an organisation holds the case its agents alone handle it, as far as the agreement goes; the others who see it
    only follow: they read and write notes. Once passed to the community it is the organisation's agents who follow. The
    administrator, who answers for the house, is never bound.
    """
    own: CaseRole = "reception"
    if post.role in {Role.MANAGER, Role.ADMINISTRATOR}:
        own = "manager"
    elif post.role == Role.AGENT:
        own = "agent"
    if post.role == Role.ADMINISTRATOR or case.agreement is None:
        return own
    theirs = post.body is not None and post.body == case.organisation_id
    if case.custody == Custody.PASSED:
        here = post.organisation_id is None and post.commune_id in (None, case.commune_id)
        return own if here else "follower"
    if not theirs:
        return "follower"
    return "counter" if own == "reception" or case.agreement.what == Entrusted.COUNTER else own


def may_pass(scope: Scope, case: Case) -> bool:
    """Whether someone may pass a case on: who holds it passes it to the community."""
    return case.custody == Custody.HELD and not case.outcome and role_of(scope, case) not in {None, "follower"}


def may_give_back(scope: Scope, case: Case) -> bool:
    """Whether someone may give a case back to the organisation that passed it: the community's agents and managers."""
    return case.custody == Custody.PASSED and not case.outcome and role_of(scope, case) in {"agent", "manager"}


# --- Agreements ----------------------------------------------------------------------------------------------------
def holding(on: date) -> QuerySet[Agreement]:
    """The agreements that hold on a day."""
    return Agreement.objects.filter(Q(ends=None) | Q(ends__gte=on), starts__lte=on)


def agreement_for(procedure_id: int, commune_id: int | None, on: date) -> Agreement | None:
    """The agreement under which a request of this procedure, from this commune, falls on a day; one at most.

    A request from nowhere in the territory falls only under one that holds for the whole of it.
    """
    where = Q(commune=None) | Q(commune=commune_id) if commune_id is not None else Q(commune=None)
    found = AgreementScope.objects.filter(
        where, Q(ends=None) | Q(ends__gte=on), procedure_id=procedure_id, starts__lte=on
    )
    scope = found.select_related("agreement").first()
    return scope.agreement if scope else None


def entrusted_to(bodies: tuple[int, ...], on: date) -> set[int]:
    """The procedures entrusted to one of these bodies on a day: ids."""
    return set(holding(on).filter(organisation_id__in=bodies).values_list("procedure_id", flat=True))


# --- Who handles it, in words --------------------------------------------------------------------------------------
def head_of(agreement: Agreement) -> Letterhead:
    """The letterhead of an agreement; what it leaves empty is told as the territory knows the organisation."""
    known = letterhead(agreement.organisation_id)
    lines = tuple(line.strip() for line in agreement.address.splitlines() if line.strip())
    return Letterhead(
        agreement.name or known.name,
        lines or known.address,
        agreement.phone or known.phone,
        agreement.email or known.email,
        known.city,
        agreement.logo.sha256 if agreement.logo else "",
    )


def handler_of(case: Case) -> Letterhead:
    """The body that handles a case: its name and contacts, for papers, notices and the applicant's page."""
    if case.custody == Custody.HELD and case.agreement is not None:
        return head_of(case.agreement)
    return letterhead(case.handler_id)


def sender_of(case: Case) -> dict[str, Any]:
    """What a notice about a case says of its sender, for ``notify``: the body, its letterhead, who may see it."""
    head = head_of(case.agreement) if case.custody == Custody.HELD and case.agreement is not None else None
    return {"organisation_id": case.handler_id, "apart": case.apart, "head": head}
