"""« À quel titre venez-vous ? »: one account, several hats, one worn at a time."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.base.way_back import way_back
from bocage.identity import acting, hats
from bocage.identity.models import Account
from bocage.territory.queries import today


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Choose a hat: after signing in, or from the header of any page; for the session."""
    found = hats.hats_of(cast(Account, request.user), today(timezone.now()))
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    if request.method != "POST":
        context = {"hats": found, "worn": hats.worn(request), "next": way_back(request, wanted, "")}
        return render(request, "identity/hat.html", context)
    hat = next((one for one in found if one.key == request.POST.get("hat")), None)
    if hat is None:
        messages.info(request, _("Ce rôle n’est plus le vôtre : choisissez parmi ceux-ci."))
        return redirect("identity_hat")
    hats.put_on(request, hat, found)
    acting.stop(request)  # whom one acts for goes with the hat
    return redirect(_home(request, hat, wanted))


def _home(request: HttpRequest, hat: hats.Hat, wanted: str) -> str:
    """Where one wanted to go, when that hat goes there; else its own first page."""
    desk, space = reverse("wagtailadmin_home"), str(settings.LOGIN_REDIRECT_URL)
    home, others = (desk, space) if hat.is_agents else (space, desk)
    return home if wanted.startswith(others) else way_back(request, wanted, home)
