"""Who may open a case from the portal: its account, whoever holds a mandate, or whoever gave its tracking code.

Someone else's reference and one that does not exist get the same answer: nobody learns that a case exists.
"""

from django.http import Http404, HttpRequest
from django.utils import timezone

from bocage.cases.models import Case
from bocage.cases.queries import case_by_reference, own_cases
from bocage.identity.models import Account
from bocage.identity.queries import person_of

SESSION_KEY = "cases"
MAX_KEPT = 20


class SignInNeeded(Exception):
    """Nobody is signed in and this browser has not shown the case's code: the session ran out, or a stranger asks."""


def remember(request: HttpRequest, case: Case) -> None:
    """Let this browser open the case until its session ends."""
    kept = [reference for reference in request.session.get(SESSION_KEY, []) if reference != case.reference]
    request.session[SESSION_KEY] = [*kept, case.reference][-MAX_KEPT:]


def account_of_request(request: HttpRequest) -> Account | None:
    """The signed-in account."""
    return request.user if request.user.is_authenticated else None


def opened(request: HttpRequest, reference: str) -> Case:
    """The case, if this visitor may open it. Raises Http404, or SignInNeeded for an account's case."""
    case = case_by_reference(reference)
    if case is not None and case.reference in request.session.get(SESSION_KEY, []):
        return case
    account = account_of_request(request)
    if account is None:
        raise SignInNeeded  # whether the case exists or not
    if case is None:
        raise Http404
    if case.account_id == account.pk and case.mandate_id is None and not (case.is_draft and case.entered_by_id):
        return case  # what own_cases would say of it, without asking
    person = person_of(account)
    if own_cases(account, person, timezone.now()).filter(pk=case.pk).exists():
        return case
    raise Http404
