"""Going to a provider and coming back: to sign in, to tie an identity to one's account, and to sign out at both ends.

The account that is signed in is django-allauth's affair (stages, second factor, devices): we only say which it is.
"""

import logging
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bocage.base.readonly import allow_write
from bocage.base.way_back import way_back
from bocage.identity import operations
from bocage.identity.actors import actor_of
from bocage.identity.federation import protocol
from bocage.identity.federation.claims import Incomplete, Pivot
from bocage.identity.federation.leaving import LEFT, SIGNED_IN, address, theirs
from bocage.identity.federation.providers import FRANCECONNECT, PROCONNECT, Provider, provider
from bocage.identity.models import Account
from bocage.identity.second_factor import proved_elsewhere
from bocage.identity.stages import PROVED

logger = logging.getLogger(__name__)

PENDING = "federation_pending"
"""In the session: sign-ins that have left for a provider, by state."""
AT_ONCE = 4  # windows in which one may be signing in at the same time


def _provider(key: str) -> Provider:
    found = provider(key)
    if found is None:
        raise Http404
    return found


def _callback(request: HttpRequest, asked: Provider) -> str:
    return address(request, asked, "federation_callback")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD"])
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Leave for the provider; someone signed in comes back to tie this identity to their account."""
    asked = _provider(key)
    next_url = way_back(request, request.GET.get("next", ""), "")
    try:
        url, pending = protocol.begin(asked, _callback(request, asked), next_url)
    except protocol.Unreachable as error:
        return _trouble(request, asked, error)
    waiting: dict[str, Any] = request.session.get(PENDING, {})
    kept = dict(list(waiting.items())[-(AT_ONCE - 1) :])
    request.session[PENDING] = {**kept, pending.state: asdict(pending)}
    return redirect(theirs(request, asked, url))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD"])
def callback(request: HttpRequest, key: str) -> HttpResponse:
    """Come back: check everything, find the account, sign in."""
    asked = _provider(key)
    pending = _take(request, asked)
    if pending is None:
        return _sorry(
            request,
            asked,
            _("Cette connexion n’a pas été commencée ici, a déjà servi, ou a trop attendu. Recommencez."),
            400,
        )
    if said := request.GET.get("error", ""):
        if said == "access_denied":
            told = _("Vous n’avez pas continué avec %(name)s. Rien n’a changé.")
            messages.info(request, told % {"name": asked.label})
            return redirect(_entrance(request, pending.next))
        return _trouble(request, asked, protocol.Unreachable(f"it answers {said[:40]!r}"))
    now = timezone.now()
    try:
        proof = protocol.finish(
            asked,
            pending,
            request.GET.get("code", "")[:2000],
            _callback(request, asked),
            int(now.timestamp()),
        )
        pivot = Pivot.read(proof.claims) if key == FRANCECONNECT else None
    except protocol.Unreachable as error:
        return _trouble(request, asked, error)
    except (protocol.Refused, Incomplete) as error:
        logger.warning("%s refused: %s", key, error)
        return _sorry(
            request,
            asked,
            _("La réponse de %(name)s n’est pas valable : par prudence, nous ne l’acceptons pas. Recommencez.")
            % {"name": asked.label},
            400,
        )
    signed_in = request.user if request.user.is_authenticated else None
    with allow_write("coming back from an identity provider opens or ties an account"):
        try:
            if pivot is not None:
                opened = operations.open_with_franceconnect(
                    asked.issuer, proof.subject, pivot, signed_in=signed_in, now=now
                )
            else:
                opened = operations.open_with_proconnect(asked.issuer, proof.subject, signed_in=signed_in, now=now)
        except operations.NotLinked as error:
            return _sorry(request, asked, str(error), 409)
        if signed_in is not None and opened.how == "known":  # who they are, proved once more
            request.session[SIGNED_IN] = _session_of(proof, opened.account, now)
            return redirect(pending.next or "identity_home")
        if signed_in is not None:
            messages.success(request, _("%(name)s ouvre désormais ce compte.") % {"name": asked.label})
            return redirect("identity_home")
        request.session[SIGNED_IN] = _session_of(proof, opened.account, now)
        setattr(request, PROVED, key == PROCONNECT and proved_elsewhere(proof.amr))
        response: HttpResponse = perform_login(
            request,
            opened.account,
            # The e-mail it tells is not proved: the account has none until its holder gives and proves it.
            email_verification=EmailVerificationMethod.NONE,
            redirect_url=pending.next or _first_page(opened),
        )
    return response


def _session_of(proof: protocol.Proof, account: Account, now: datetime) -> dict[str, Any]:
    """What the session keeps of a sign-in through a provider."""
    return {
        "provider": proof.provider.key,
        "account": account.pk,  # what was proved is of no use to another account in the same browser
        "id_token": proof.id_token,
        "amr": list(proof.amr),
        "at": int(now.timestamp()),
    }


def _first_page(opened: operations.Opened) -> str:
    if opened.how == "new":
        return reverse("federation_welcome")
    return reverse("wagtailadmin_home") if opened.account.posts.exists() else str(settings.LOGIN_REDIRECT_URL)


@require_http_methods(["GET", "HEAD"])
def welcome(request: HttpRequest) -> HttpResponse:
    """The first time: what FranceConnect told us, and what helps to be reached."""
    account = cast(Account, request.user)
    return render(request, "identity/welcome.html", {"person": account.person})


@require_POST
def unlink(request: HttpRequest, key: str) -> HttpResponse:
    """Let this provider open the account no more."""
    asked = _provider(key)
    try:
        operations.unlink(cast(Account, request.user), asked.issuer, actor=actor_of(request), now=timezone.now())
    except operations.NotLinked as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(name)s n’ouvre plus ce compte.") % {"name": asked.label})
    return redirect("identity_home")


@login_not_required
@require_http_methods(["GET", "HEAD"])
def left(request: HttpRequest, key: str) -> HttpResponse:
    """Back from the provider, where the session has ended too."""
    asked = _provider(key)
    if request.session.pop(LEFT, None) == request.GET.get("state", ""):
        messages.success(request, _("Votre session %(name)s est fermée aussi.") % {"name": asked.label})
    return redirect(settings.LOGOUT_REDIRECT_URL)


# --- What the visitor is told --------------------------------------------------------------------------------------
def _take(request: HttpRequest, asked: Provider) -> protocol.Pending | None:
    """The sign-in of this session that bears this state, which serves once."""
    waiting: dict[str, Any] = request.session.get(PENDING, {})
    found = waiting.pop(request.GET.get("state", ""), None)
    request.session[PENDING] = waiting
    pending = protocol.Pending(**found) if found else None
    return pending if pending and pending.provider == asked.key else None


def _entrance(request: HttpRequest, next_url: str) -> str:
    if request.user.is_authenticated:
        return reverse("identity_home")
    return f"{reverse('account_login')}?next={next_url}" if next_url else reverse("account_login")


def _trouble(request: HttpRequest, asked: Provider, error: protocol.Refused) -> HttpResponse:
    logger.warning("%s: %s", asked.key, error.reason)
    return _sorry(
        request,
        asked,
        _("%(name)s ne répond pas pour le moment. Réessayez dans quelques minutes, ou entrez autrement.")
        % {"name": asked.label},
        503,
    )


def _sorry(request: HttpRequest, asked: Provider, text: str, status: int) -> HttpResponse:
    return render(request, "identity/federation_sorry.html", {"provider": asked, "text": text}, status=status)
