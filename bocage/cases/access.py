"""Who may open a case from the portal: its account, whoever holds a mandate, or whoever gave its tracking code.

Someone else's reference and one that does not exist get the same answer: nobody learns that a case exists.
What a code or a link opened closes with the browser, or by a button, and does not follow whoever signs in next: the
computer may be a library's.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from bocage.cases.helping.typed import typed_in
from bocage.cases.models import Case
from bocage.cases.queries import case_by_reference, opens_under, own_cases
from bocage.identity.acting import MandateOver, NotCovered, act_under, acting, lost
from bocage.identity.models import Account
from bocage.identity.queries import mandate_for, person_of
from bocage.identity.representing import represented_by
from bocage.territory.queries import today

SESSION_KEY = "cases"
MAX_KEPT = 20


class SignInNeeded(Exception):
    """Nobody is signed in and this browser has not shown the case's code: the session ran out, or a stranger asks."""


def remember(request: HttpRequest, case: Case) -> None:
    """Let this browser open the case until it is closed, or until whoever is signed in signs out.

    The session changes its key, as at sign-in: one that was planted beforehand opens nothing.
    """
    request.session.cycle_key()
    if not request.user.is_authenticated:
        request.session.set_expiry(0)  # with the browser; the account's own choice holds once one is signed in
    kept = [reference for reference in request.session.get(SESSION_KEY, []) if reference != case.reference]
    request.session[SESSION_KEY] = [*kept, case.reference][-MAX_KEPT:]


def opens(request: HttpRequest, case: Case) -> bool:
    """Whether this browser opens the case by its code or a link, not by an account."""
    return case.reference in request.session.get(SESSION_KEY, [])


def references_opened(request: HttpRequest) -> list[str]:
    """What this browser opens by a code or a link."""
    return list(request.session.get(SESSION_KEY, []))


def close(request: HttpRequest, case: Case) -> None:
    """Forget in this browser the case, its code and what was being typed in it."""
    kept = [reference for reference in request.session.get(SESSION_KEY, []) if reference != case.reference]
    request.session[SESSION_KEY] = kept
    for key in ("tracking", "stash"):
        request.session.pop(key, None)


def keep_own(sender: Any, request: HttpRequest, user: Account, **told: Any) -> None:
    """At sign-in: of the cases this browser had opened by their codes, keep those of whoever signs in."""
    opened_here = request.session.get(SESSION_KEY)
    if not opened_here:
        return
    own = {
        case.reference
        for case in Case.objects.filter(reference__in=opened_here).only(
            "reference", "account_id", "applicant_id", "contact_email"
        )
        if case.account_id == user.pk
        or (user.person_id is not None and case.applicant_id == user.person_id)
        or (user.email and case.contact_email.lower() == user.email.lower())
    }
    request.session.pop("tracking", None)
    request.session[SESSION_KEY] = [reference for reference in opened_here if reference in own]
    if len(own) < len(opened_here):
        text = _("Les demandes ouvertes ici avec un code se sont refermées. Rouvrez la vôtre avec son code de suivi.")
        messages.info(request, text, fail_silently=True)


def account_of_request(request: HttpRequest) -> Account | None:
    """The signed-in account."""
    return request.user if request.user.is_authenticated else None


def opened(request: HttpRequest, reference: str) -> Case:
    """The case, if this visitor may open it. Raises Http404, or SignInNeeded for an account's case.

    Raises MandateOver for a helper who no longer acts for its applicant.
    """
    case = case_by_reference(reference)
    if case is not None and opens(request, case):
        return case
    account = account_of_request(request)
    if account is None:
        raise SignInNeeded  # whether the case exists or not
    if case is None:
        raise Http404
    return _by_account(request, case, account)


def _by_account(request: HttpRequest, case: Case, account: Account) -> Case:
    """For a signed-in account: its own, or its principal's under a mandate. Raises Http404, MandateOver, NotCovered.

    While one acts for someone, only that person's cases open, so that no screen leaves a doubt. To a helper, what the
    mandate does not cover does not exist: whether the person has other requests is none of their business.
    """
    taken_up, gone = acting(request), lost(request)
    if gone is not None:
        if not (opens_under(gone, case) or _is_own(account, case)):
            raise Http404
        raise MandateOver(gone.principal.full_name, typed_in(request, case))
    entered = case.is_draft and case.entered_by_id is not None
    if taken_up is not None:
        if opens_under(taken_up, case):
            act_under(request, taken_up)
            return case
        if _is_own(account, case):
            raise NotCovered(taken_up.principal.full_name)  # their own, or someone else's whom they help
        raise Http404
    if case.account_id == account.pk and case.mandate_id is None and not entered:
        return case  # what own_cases would say of it, without asking
    person, now = person_of(account), timezone.now()
    if own_cases(account, person, now).filter(pk=case.pk).exists():
        if case.applicant is not None and (person is None or case.applicant_id != person.pk):
            day, procedure = today(now), case.procedure
            by_law = (one for one in represented_by(person, day) if one.principal == case.applicant)
            found = next(by_law, None) or mandate_for(
                case.applicant, person, procedure.slug, day, now, account=account, service=procedure.service
            )
            if found is not None:
                act_under(request, found)
        return case
    if case.account_id == account.pk and case.mandate_id is not None and case.applicant is not None:
        raise MandateOver(case.applicant.full_name, typed_in(request, case))  # they began it: nothing is given away
    raise Http404


def _is_own(account: Account, case: Case) -> bool:
    """Whether an account opens a case once it no longer acts for the person it acts for now."""
    return own_cases(account, person_of(account), timezone.now()).filter(pk=case.pk).exists()
