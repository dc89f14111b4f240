"""Signing in without password: by the link of a mail, by a card of printed codes."""

from typing import Any

from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.stages import AuthenticateStage
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from bocage.base import ratelimit, security_log
from bocage.base.way_back import way_back
from bocage.identity import operations
from bocage.identity.actors import actor_of
from bocage.identity.entrance import CardCodeForm, CardForm, LinkForm
from bocage.identity.models import Account
from bocage.identity.queries import code_card, codes_left, named_at_the_door
from bocage.identity.second_factor import has_machine

SENT_TO = "identity_link_sent_to"
"""In the session: where the last link went, to be told on the next page."""

_BY_CARD = "card"


# --- By a link -----------------------------------------------------------------------------------------------------
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask_link(request: HttpRequest) -> HttpResponse:
    """Ask for a link; the answer is the same whether an account has that address or not."""
    next_url = way_back(request, request.POST.get("next", "") or request.GET.get("next", ""), "")
    if request.user.is_authenticated:
        return redirect(next_url or "identity_home")
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if not (
            ratelimit.allow(request, "link", limit=20, per_seconds=3600)
            and ratelimit.allow(request, "link-to", limit=5, per_seconds=1800, key=email.lower())
        ):
            return render(request, "429.html", status=429)
        operations.ask_link(email, next_url=next_url, now=timezone.now())
        request.session[SENT_TO] = email
        return redirect("identity_link_sent")
    context = {"form": form, "next_url": next_url}
    return render(request, "identity/entrance/link_ask.html", context, status=422 if form.is_bound else 200)


@login_not_required
@require_http_methods(["GET", "HEAD"])
def link_sent(request: HttpRequest) -> HttpResponse:
    """Look into your mailbox."""
    email = request.session.get(SENT_TO, "")
    if not email:
        return redirect("identity_link_ask")
    return render(request, "identity/entrance/link_sent.html", {"email": email})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a mail. Opened, it shows a button: what scans mails opens links, and must not use them up."""
    now = timezone.now()
    if request.method != "POST":
        link = operations.link_of(token, now)
        if link is None:
            return render(request, "identity/entrance/link_over.html", status=410)
        context = {"link": link, "other": request.user.is_authenticated and request.user.pk != link.account_id}
        return render(request, "identity/entrance/link.html", context)
    try:
        account, link = operations.use_link(token, now=now)
    except operations.LinkOver:
        return render(request, "identity/entrance/link_over.html", status=410)
    where = way_back(request, link.next_url, "")
    if request.user.is_authenticated and request.user.pk == account.pk:
        return redirect(where or "identity_home")
    record_authentication(request, account, method="code", email=link.email)
    response: HttpResponse = perform_login(request, account, redirect_url=where or None, email=link.email)
    return response


# --- By a card -----------------------------------------------------------------------------------------------------
def _allowed(request: HttpRequest, name: str) -> bool:
    """Count one try: for a client, and for the account that is being opened."""
    return ratelimit.allow(request, "card", limit=30, per_seconds=3600) and ratelimit.allow(
        request, "card-of", limit=6, per_seconds=300, key=name
    )


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: HttpRequest) -> HttpResponse:
    """The name printed on the card and one of its codes: for people without telephone nor e-mail."""
    next_url = way_back(request, request.POST.get("next", "") or request.GET.get("next", ""), "")
    if request.user.is_authenticated:
        return redirect(next_url or "identity_home")
    form = CardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login = form.cleaned_data["login"]
        if not _allowed(request, login.strip().lower()):
            return render(request, "429.html", status=429)
        account = named_at_the_door(login)
        try:
            operations.use_card_code(account, form.cleaned_data["code"], alone=True, now=timezone.now())
        except operations.NoSuchCode:
            security_log.tell("code_refused", request, way=_BY_CARD)
            form.add_error(
                "code",
                _("Cet identifiant et ce code ne vont pas ensemble, ou ce code a déjà servi. Essayez le suivant."),
            )
        else:
            record_authentication(request, account, method=_BY_CARD)
            response: HttpResponse = perform_login(
                request,
                account,
                email_verification=EmailVerificationMethod.NONE,  # an agent saw its holder
                redirect_url=next_url or None,
            )
            return response
    context = {"form": form, "next_url": next_url}
    return render(request, "identity/entrance/card.html", context, status=422 if form.is_bound else 200)


@login_not_required
@login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def card_second(request: HttpRequest) -> HttpResponse:
    """A code of the card after the password. What already came in by the card proves itself otherwise."""
    stage: Any = request._login_stage  # type: ignore[attr-defined]
    account: Account = stage.login.user
    held = code_card(account)
    came = [record.get("method") for record in get_authentication_records(request, account)]
    if held is None or _BY_CARD in came:
        return redirect("mfa_authenticate")
    form = CardCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not _allowed(request, account.username):
            return render(request, "429.html", status=429)
        try:
            operations.use_card_code(account, form.cleaned_data["code"], alone=False, now=timezone.now())
        except operations.NoSuchCode:
            security_log.tell("code_refused", request, way=_BY_CARD)
            form.add_error("code", _("Ce n’est pas un code de votre carte, ou il a déjà servi. Essayez le suivant."))
        else:
            record_authentication(request, account, method="mfa", type=_BY_CARD)
            response: HttpResponse = stage.exit()
            return response
    context = {"form": form, "left": codes_left(held), "has_machine": has_machine(account)}
    return render(request, "identity/entrance/card_second.html", context, status=422 if form.is_bound else 200)


@require_POST
def revoke_card(request: HttpRequest) -> HttpResponse:
    """One's own card opens nothing any more. Raises Http404 without one."""
    if not isinstance(request.user, Account):
        raise Http404
    if operations.revoke_card(request.user, actor=actor_of(request), now=timezone.now()):
        messages.success(request, _("C’est fait : votre carte n’ouvre plus rien. Vous pouvez la jeter."))
    return redirect(reverse("mfa_index"))
