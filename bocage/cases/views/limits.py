"""How often residents' pages may be asked for what costs us: uploads, messages, PDFs, whole archives.

Generous, for a whole household or a library's computers share an address: they stop machines, not people. Counted for
each client address (``bocage.base.ratelimit``).
"""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base import ratelimit
from bocage.cases.access import account_of_request
from bocage.cases.engine import evaluate_form
from bocage.cases.engine.signatures import signers
from bocage.cases.forms import shown_values
from bocage.cases.models import Case
from bocage.cases.operations.store import moment
from bocage.cases.schema import FormField
from bocage.cases.signers import Asked, may_send

EMAIL = FormField(id="contact_email", kind="email", label="email", required=False)
"""What an address that is typed outside any procedure must look like."""
HOUR, TEN_MINUTES, DAY = 3_600, 600, 86_400
_FROM = {"limit": 60, "per_seconds": DAY}
TOO_MANY_FILES = gettext_lazy(
    "Vous avez joint beaucoup de fichiers en peu de temps. Vos réponses sont gardées : joignez la suite dans une heure."
)


def may_upload(request: HttpRequest) -> bool:
    """Count one file joined; 60 an hour."""
    return ratelimit.allow(request, "upload", limit=60, per_seconds=HOUR)


def may_write(request: HttpRequest) -> bool:
    """Count one message to a service; 30 an hour."""
    return ratelimit.allow(request, "message", limit=30, per_seconds=HOUR)


def may_stash(request: HttpRequest) -> bool:
    """Count one form kept for someone whose session ran out; 30 an hour."""
    return ratelimit.allow(request, "stash", limit=30, per_seconds=HOUR)


def may_print(request: HttpRequest) -> bool:
    """Count one PDF made, or one archive put together; 30 in ten minutes."""
    return ratelimit.allow(request, "pdf", limit=30, per_seconds=TEN_MINUTES)


def links_asked(case: Case) -> list[Asked]:
    """Everyone to whom sending a draft sends a link to sign."""
    document = case.version.document
    if not any(field.kind == "signatures" for field in document.by_id.values()):
        return []
    form = evaluate_form(document, shown_values(case), moment(timezone.now()))
    named = (Asked(case, field, row) for field, row in signers(document, form.values))
    return [one for one in named if one.reached_at]


def links_refused(request: HttpRequest, asked: list[Asked]) -> dict[str, str]:
    """Why these links cannot leave now, by field; empty when they can. Counts nothing."""
    if asked and not ratelimit.allow(request, "sign-from", **_FROM, key=_sender(request), count=False):
        told = _("Vous avez demandé beaucoup de signatures en un jour. Votre demande est gardée : envoyez-la demain.")
        return {asked[0].field: told}
    told = _(
        "%(address)s a déjà reçu beaucoup de demandes de signature aujourd’hui. Votre demande est gardée : envoyez-la "
        "demain, ou appelez-nous, cette personne peut signer sur papier."
    )
    return {one.field: told % {"address": one.reached_at} for one in asked if not may_send(one.reached_at)}


def count_links(request: HttpRequest, asked: list[Asked]) -> None:
    """Count the links that sending a draft has just sent; 60 a day for one sender."""
    for _link in asked:
        ratelimit.allow(request, "sign-from", **_FROM, key=_sender(request))


def _sender(request: HttpRequest) -> str:
    account = account_of_request(request)
    return f"account:{account.pk}" if account is not None else f"ip:{ratelimit.client_ip(request)}"


def may_mail(request: HttpRequest, mailbox: str) -> bool:
    """Count one mail asked for by whoever has no account; 5 an hour to one mailbox, whoever asks: a family begins
    several requests, nobody floods a stranger."""
    return ratelimit.allow(request, "start-mail", limit=5, per_seconds=HOUR, key=mailbox.lower())
