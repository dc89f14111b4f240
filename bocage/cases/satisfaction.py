"""Two questions once a case is over: whose case may answer, through which link, once.

The link is signed, for one case and sixty days, and opens nothing of the case itself.
"""

from datetime import datetime, timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.cases.engine import Refused
from bocage.cases.links import Expired, Unknown
from bocage.cases.models import Case, Satisfaction

STREAM = "cases"
LINK_DAYS = 60
_SALT = "cases.satisfaction"


def asks(case: Case) -> bool:
    """Whether people are asked: the service answered, or the case is over otherwise than by their own will."""
    return case.outcome in {"accepted", "rejected", "closed"}


def path_for(case: Case) -> str:
    """The address of the two questions."""
    return reverse("satisfaction", args=[signing.dumps(case.reference, salt=_SALT, compress=False)])


def reference_of(token: str) -> str:
    """The reference of a link. Raises Expired or Unknown."""
    try:
        return str(signing.loads(token, salt=_SALT, max_age=timedelta(days=LINK_DAYS)))
    except signing.SignatureExpired:
        raise Expired from None
    except signing.BadSignature:
        raise Unknown from None


def answered(case: Case) -> bool:
    """Whether the two questions of a case have their answer."""
    return Satisfaction.objects.filter(case=case).exists()


def tell(case: Case, *, easy: int, content: int, actor: Actor, now: datetime) -> None:
    """Keep the two answers, once. The journal says that they came, never what they were.

    Raises Refused for a case that is not over, a value out of 1 to 4, or a second answer.
    """
    if not asks(case):
        raise Refused(_("Cette demande n’est pas terminée : nous vous poserons ces questions à la fin."))
    told = {"easy": easy, "content": content}
    errors = {key: _("Choisissez une réponse.") for key, value in told.items() if not 1 <= value <= 4}
    if errors:
        raise Refused(_("Il manque une réponse."), errors)
    try:
        with transaction.atomic():
            Satisfaction.objects.create(case=case, at=now, **told)
            journal.record(stream=STREAM, kind="cases.satisfaction", subject=case.subject, actor=actor, now=now)
    except IntegrityError:
        raise Refused(_("Vous avez déjà répondu : merci.")) from None
