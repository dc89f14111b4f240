"""« Agents et accès »: agents' accounts and their posts. The administrator's alone (``bocage.desk.access``)."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base.dates import french_date, french_datetime
from bocage.base.forms import give_errors
from bocage.base.once import key_of
from bocage.identity import operations, staff
from bocage.identity.actors import actor_of
from bocage.identity.desk_forms import CardForm, EndPostForm, InviteForm, PostForm
from bocage.identity.models import Absence, Account, Post
from bocage.identity.second_factor import has_second_factor
from bocage.territory.queries import territory, today

PER_PAGE = 50


def _agent(pk: int) -> Account:
    """An agent's account: one that holds or held a post. Residents' accounts are no business of this page."""
    return get_object_or_404(Account.objects.filter(posts__isnull=False).distinct(), pk=pk)


@require_safe
def agents(request: HttpRequest) -> HttpResponse:
    """Agents with their posts."""
    day = today(timezone.now())
    text, situation = request.GET.get("q", "")[:80].strip(), request.GET.get("situation", "")
    situation = situation if situation in staff.SITUATIONS else "current"
    page = Paginator(staff.agents(text, situation, day), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": staff.lines(list(page.object_list), day),
        "text": text,
        "situation": situation,
    }
    return render(request, "identity/desk/agents.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Open an account with its first post; the invitation leaves by e-mail."""
    now = timezone.now()
    form = InviteForm(request.POST or None, today=today(now))
    if request.method == "POST" and form.is_valid():
        names = {name: form.cleaned_data[name] for name in ("first_name", "last_name", "email")}
        try:
            account = operations.invite_agent(**names, **form.post(), actor=actor_of(request), now=now)
        except ValidationError as error:
            give_errors(form, error)
        else:
            messages.success(request, _("Le poste est donné, et l’invitation part à %s.") % account.email)
            return redirect("identity_desk:agent", account.pk)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "identity/desk/invite.html", {"form": form}, status=status)


@require_safe
def agent(request: HttpRequest, pk: int) -> HttpResponse:
    """An agent: account, posts, absences."""
    account, day = _agent(pk), today(timezone.now())
    word, kind = staff.state_of(account)
    protected = has_second_factor(account)
    last = french_datetime(account.last_login) if account.last_login else _("jamais")
    facts = [
        {"label": _("Adresse e-mail"), "value": account.email or _("aucune")},
        {"label": _("Dernière connexion"), "value": last},
        {"label": _("Seconde protection"), "value": _("en place") if protected else _("pas encore")},
    ]
    context = {
        "account": account,
        "state": {"label": word, "kind": kind},
        "facts": facts,
        "posts": staff.posts_of(account, day),
        "absences": Absence.objects.filter(account=account, ends__gte=day)
        .select_related("substitute")
        .order_by("starts"),
        "waits": account.is_active and bool(account.email) and account.last_login is None,
        "oneself": account.pk == request.user.pk,
    }
    return render(request, "identity/desk/agent.html", context)


@require_POST
def invite_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the invitation once more."""
    account = _agent(pk)
    try:
        operations.send_invitation(account, actor=actor_of(request), now=timezone.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("L’invitation repart à %s.") % account.email)
    return redirect("identity_desk:agent", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a post."""
    account, now = _agent(pk), timezone.now()
    form = PostForm(request.POST or None, today=today(now), account=account)
    if request.method == "POST" and form.is_valid():
        try:
            operations.grant_post(account, **form.post(), actor=actor_of(request), now=now)
        except ValidationError as error:
            give_errors(form, error)
        else:
            messages.success(request, _("Le poste est donné."))
            return redirect("identity_desk:agent", pk)
    context = {"form": form, "account": account}
    return render(request, "identity/desk/grant.html", context, status=422 if form.is_bound and form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def end_post(request: HttpRequest, pk: int, post_pk: int) -> HttpResponse:
    """End a post on a day."""
    now = timezone.now()
    posts = Post.objects.select_related("account", "commune", "organisation").defer("commune__contour")
    post = get_object_or_404(posts.filter(staff.held(today(now))), pk=post_pk, account=pk)
    form = EndPostForm(request.POST or None, post=post, today=today(now))
    if request.method == "POST" and form.is_valid():
        last = form.cleaned_data["last"]
        try:
            done = operations.end_post(post, on=last + timedelta(days=1), actor=actor_of(request), now=now)
        except ValidationError as error:
            give_errors(form, error)
        else:
            if done:
                messages.success(request, _("Le poste finit le %s.") % french_date(last))
            else:
                messages.info(request, _("Ce poste était déjà fini."))
            return redirect("identity_desk:agent", pk)
    context: dict[str, Any] = {
        "form": form,
        "account": post.account,
        "post": staff.told(post, today(now), staff.services()),
    }
    return render(request, "identity/desk/end_post.html", context, status=422 if form.is_bound and form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an agent's account, once confirmed; its sessions end at once."""
    account, problem = _agent(pk), ""
    if request.method == "POST":
        try:
            operations.close_account(account, actor=actor_of(request), now=timezone.now())
        except operations.LastAdministrator as error:
            problem = error.messages[0]
        else:
            messages.success(request, _("Le compte de %s est fermé.") % account)
            return redirect("identity_desk:agents")
    context = {"account": account, "problem": problem, "oneself": account.pk == request.user.pk}
    return render(request, "identity/desk/close.html", context, status=409 if problem else 200)


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed account again."""
    account = _agent(pk)
    if operations.reopen_account(account, actor=actor_of(request), now=timezone.now()):
        messages.success(request, _("Le compte de %s est rouvert.") % account)
    return redirect("identity_desk:agent", pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """A card of codes as second protection, for an agent without telephone nor key; shown once, to be printed."""
    account = _agent(pk)
    form = CardForm(request.POST or None)
    problem = (
        _("Une autre personne de l’administration vous remet votre carte.") if account.pk == request.user.pk else ""
    )
    if not account.is_active:
        problem = _("Ce compte est fermé : personne n’entre avec.")
    if request.method == "POST" and not problem and form.is_valid():
        _card, codes = operations.give_agent_card(
            account,
            issued_by=cast(Account, request.user),
            actor=actor_of(request),
            now=timezone.now(),
            once=key_of(request),
        )
        house = territory()
        context = {"account": account, "codes": codes, "name": str(account), "head": house}
        return render(request, "identity/entrance/card_sheet.html", context)
    context = {"form": form, "account": account, "problem": problem}
    return render(request, "identity/desk/card.html", context, status=422 if form.is_bound else 200)


@require_POST
def card_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """An agent's card opens nothing any more."""
    account = _agent(pk)
    if operations.revoke_card(account, actor=actor_of(request), now=timezone.now()):
        messages.success(request, _("La carte n’ouvre plus rien."))
    return redirect("identity_desk:agent", pk)
