"""Links that open a case without an account: signed, for one case, for thirty days.

A link was sent to one mailbox: once the case has another, or an account has taken it, the link opens nothing.
"""

import hmac
from datetime import datetime, timedelta

from django.core import signing
from django.urls import reverse
from django.utils.crypto import salted_hmac

from bocage.cases.models import Case
from bocage.cases.queries import case_by_reference

LINK_DAYS = 30
_SALT = "cases.track"


class Expired(ValueError):
    """The link was good, and is too old."""


class Unknown(ValueError):
    """The link was never ours."""


def path_for(case: Case) -> str:
    """The address to put in an e-mail."""
    return reverse("track_link", args=[signing.dumps([case.reference, _holder(case)], salt=_SALT, compress=False)])


def _holder(case: Case) -> str:
    """Whom the case's links were made for, told without naming them: the link lies in mailboxes and logs."""
    text = f"{case.account_id or ''}:{case.contact_email.lower()}"
    return salted_hmac(_SALT, f"{case.reference}:{text}", algorithm="sha256").hexdigest()[:16]


def expires(now: datetime) -> datetime:
    """Until when a link made now is good."""
    return now + timedelta(days=LINK_DAYS)


def case_of(token: str) -> Case:
    """The case that a link opens. Raises Expired, also when the case has changed hands since, or Unknown."""
    try:
        told = signing.loads(token, salt=_SALT, max_age=timedelta(days=LINK_DAYS))
    except signing.SignatureExpired:
        raise Expired from None
    except signing.BadSignature:
        raise Unknown from None
    # The first links told the reference alone: they end with their thirty days.
    reference, holder = told if isinstance(told, list) else (told, None)
    case = case_by_reference(str(reference))
    if case is None:
        raise Unknown
    if holder is None:
        if case.account_id is not None:
            raise Expired
    elif not hmac.compare_digest(holder, _holder(case)):
        raise Expired
    return case
