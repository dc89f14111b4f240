"""« Sites reliés »: the software that shares the account. The administrator's alone (``bocage.desk.access``)."""

from typing import Any

from allauth.idp.oidc.models import Client
from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.identity import operations
from bocage.identity.actors import actor_of
from bocage.identity.provider.desk_forms import SiteForm


@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    """The sites, with how many people use each."""
    standing = Count("consents", filter=Q(consents__withdrawn_at=None))
    found = Client.objects.annotate(people=standing).order_by("name", "pk")[:200]
    return render(request, "identity/sites/list.html", {"sites": found})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register a site; its secret is shown on the page that follows, once."""
    form = SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        client, secret = operations.register_site(**form.cleaned_data, actor=actor_of(request), now=timezone.now())
        return _with_secret(request, client, secret)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "identity/sites/new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def site(request: HttpRequest, key: str) -> HttpResponse:
    """Change a site."""
    client = get_object_or_404(Client, pk=key)
    form = SiteForm(request.POST or None, initial=_told(client))
    del form.fields["public"]
    if request.method == "POST" and form.is_valid():
        operations.change_site(client, **form.cleaned_data, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("Le site « %s » est enregistré.") % client.name)
        return redirect("identity_sites:list")
    context = {"form": form, "site": client, "keeps_secret": client.type == Client.Type.CONFIDENTIAL}
    return render(request, "identity/sites/site.html", context, status=422 if form.is_bound and form.errors else 200)


@require_POST
def renew(request: HttpRequest, key: str) -> HttpResponse:
    """Draw another secret; the former serves no more."""
    client = get_object_or_404(Client, pk=key, type=Client.Type.CONFIDENTIAL)
    return _with_secret(request, client, operations.renew_secret(client, actor=actor_of(request), now=timezone.now()))


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, key: str) -> HttpResponse:
    """Close a site, once confirmed."""
    client = get_object_or_404(Client, pk=key)
    if request.method == "POST":
        operations.close_site(client, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("Le site « %s » n’est plus relié.") % client.name)
        return redirect("identity_sites:list")
    people = client.consents.filter(withdrawn_at=None).count()
    return render(request, "identity/sites/close.html", {"site": client, "people": people})


def _told(client: Client) -> dict[str, Any]:
    return {
        "name": client.name,
        "redirect_uris": "\n".join(client.get_redirect_uris()),
        "logout_uris": "\n".join(client.get_post_logout_redirect_uris()),
        "scopes": [scope for scope in client.get_scopes() if scope != "openid"],
    }


def _with_secret(request: HttpRequest, client: Client, secret: str) -> HttpResponse:
    context = {"site": client, "secret": secret, "issuer": settings.ENV.base_url}
    response = render(request, "identity/sites/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response
