"""Links that open a case without an account: signed, for one case, for thirty days."""

from datetime import datetime, timedelta

from django.core import signing
from django.urls import reverse

from bocage.cases.models import Case

LINK_DAYS = 30
_SALT = "cases.track"


class Expired(ValueError):
    """The link was good, and is too old."""


class Unknown(ValueError):
    """The link was never ours."""


def path_for(case: Case) -> str:
    """The address to put in an e-mail."""
    return reverse("track_link", args=[signing.dumps(case.reference, salt=_SALT, compress=False)])


def expires(now: datetime) -> datetime:
    """Until when a link made now is good."""
    return now + timedelta(days=LINK_DAYS)


def reference_of(token: str) -> str:
    """The reference that a link opens. Raises Expired or Unknown."""
    try:
        return str(signing.loads(token, salt=_SALT, max_age=timedelta(days=LINK_DAYS)))
    except signing.SignatureExpired:
        raise Expired from None
    except signing.BadSignature:
        raise Unknown from None
