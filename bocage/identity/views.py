"""« Mon compte »: one's details, protection, household, mandates. Sign-in pages are django-allauth's."""

from typing import Any, cast

from allauth.idp.oidc.models import Client
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from bocage.base.shown import ChangedMeanwhile
from bocage.base.way_back import way_back
from bocage.identity import operations
from bocage.identity.actors import actor_of
from bocage.identity.forms import DetailsForm, EditDetailsForm
from bocage.identity.hats import chosen_first
from bocage.identity.models import Account, IdentityLevel, Mandate
from bocage.identity.queries import active_mandates, allowed_sites, household_members, person_of, ways_in
from bocage.identity.second_factor import has_second_factor
from bocage.territory.queries import today


def _account(request: HttpRequest) -> Account:
    return cast(Account, request.user)


@require_http_methods(["GET", "HEAD"])
def home(request: HttpRequest) -> HttpResponse:
    """« Mon compte »."""
    account, now = _account(request), timezone.now()
    day = today(now)
    person = person_of(account)
    context: dict[str, Any] = {"account": account, "person": person, "has_second_factor": has_second_factor(account)}
    context["ways"], context["sites"] = ways_in(account), allowed_sites(account)
    if person is not None:
        context["members"] = household_members(person, day)
        context["mandates"] = active_mandates(day, now, principal=person)
        context["helps"] = active_mandates(day, now, holder=person)
    return render(request, "identity/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def details(request: HttpRequest) -> HttpResponse:
    """« Mes coordonnées »: read and correct one's own."""
    account = _account(request)
    person = person_of(account)
    if person is None:
        raise Http404
    names = list(DetailsForm.base_fields)
    form = EditDetailsForm(request.POST or None, initial={name: getattr(person, name) for name in names})
    if person.identity_level != IdentityLevel.DECLARED:
        form.civil_status_is_certain()
    if request.method == "POST" and form.is_valid():
        try:
            operations.update_person(person, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        except ChangedMeanwhile:  # this very moment: compared again, the form now says so
            return details(request)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            operations.change_account_name(
                account,
                first_name=person.given_names,
                last_name=person.name,
                actor=actor_of(request),
                now=timezone.now(),
            )
            messages.success(request, _("Vos coordonnées sont enregistrées."))
            return redirect("identity_home")
    return render(request, "identity/details.html", {"form": form}, status=form.status)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a mandate that one gave; another's does not exist."""
    person = person_of(_account(request))
    mandate = get_object_or_404(Mandate, pk=pk, principal=person) if person else None
    if mandate is None:
        raise Http404
    operations.revoke_mandate(mandate, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("C’est fait : cette personne ne peut plus agir pour vous."))
    return redirect("identity_home")


@require_POST
def withdraw_site(request: HttpRequest, key: str) -> HttpResponse:
    """Take back what one allowed a site."""
    account = _account(request)
    client = get_object_or_404(Client, pk=key, consents__account=account, consents__withdrawn_at=None)
    operations.withdraw_site(account, client, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("C’est fait : %s ne vous reconnaît plus.") % client.name)
    return redirect("identity_home")


@login_not_required
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """« Essayer en tant que »: sign in as a persona. Does not exist outside the demonstration."""
    if not settings.DEMO:
        raise Http404
    return _demo_sign_in(request)


@require_POST
def _demo_sign_in(request: HttpRequest) -> HttpResponse:
    account = operations.demo_account(request.POST.get("username", ""))
    if account is None:
        raise Http404
    login(request, account, backend="allauth.account.auth_backends.AuthenticationBackend")
    UserSession.objects.create_from_request(request)  # django-allauth lists the devices of its own sign-ins only
    home = reverse("wagtailadmin_home") if account.posts.exists() else settings.LOGIN_REDIRECT_URL
    return redirect(chosen_first(request, way_back(request, request.POST.get("next", ""), home)))
