"""The administrator's screens: organisations with their numbers, and which services are switched on.

A room of its own beside ``desk_views``, which is bounded by posts: these are the administrator's alone, as
``bocage.desk.access`` says.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base import registry
from bocage.base.forms import give_errors
from bocage.base.identifiers import compact
from bocage.base.manifest import Manifest
from bocage.base.once import key_of
from bocage.base.shown import ChangedMeanwhile
from bocage.territory import operations, queries
from bocage.territory.desk_views import PER_PAGE, actor_of
from bocage.territory.forms import OrganisationForm
from bocage.territory.models import Organisation


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """Every organisation, found by its name or one of its numbers."""
    text = request.GET.get("q", "")[:80].strip()
    found = Organisation.objects.select_related("commune").defer("commune__contour").order_by("name", "pk")
    if text:
        number = compact(text)
        found = found.filter(
            Q(name__icontains=text) | Q(siren=number) | Q(siret=number) | Q(rna=number) | Q(commune__name__iexact=text)
        )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "territory/desk/organisations.html", {"page": page, "text": text})


@require_http_methods(["GET", "HEAD", "POST"])
def new_organisation(request: HttpRequest) -> HttpResponse:
    """Add an organisation."""
    return _organisation(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an organisation."""
    found = Organisation.objects.select_related("commune").defer("commune__contour")
    return _organisation(request, get_object_or_404(found, pk=pk))


def _organisation(request: HttpRequest, known: Organisation | None) -> HttpResponse:
    form = OrganisationForm(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        try:
            saved = operations.save_organisation(
                known,
                form.cleaned_data,
                actor=actor_of(request),
                now=timezone.now(),
                once=None if known else key_of(request),
            )
        except ChangedMeanwhile:  # this very moment: compared again, the form now says so
            assert known is not None
            return organisation(request, known.pk)
        except ValidationError as error:
            give_errors(form, error)
        else:
            messages.success(request, _("%s : c’est enregistré.") % saved.name)
            return redirect("territory_desk:organisations")
    context = {"form": form, "organisation": known}
    return render(request, "territory/desk/organisation.html", context, status=form.status)


def _services() -> list[Manifest]:
    ours = (manifest for manifest in registry.manifests() if manifest.service)
    return sorted(ours, key=lambda manifest: manifest.label)


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """The services of the house, each on or off for this territory."""
    rows: list[dict[str, Any]] = [
        {"service": manifest, "enabled": queries.is_enabled(manifest.name)} for manifest in _services()
    ]
    return render(request, "territory/desk/services.html", {"rows": rows})


@require_POST
def switch(request: HttpRequest, service: str) -> HttpResponse:
    """Turn a service on or off."""
    manifest = next((one for one in _services() if one.name == service), None)
    if manifest is None:
        raise Http404
    enabled = request.POST.get("enabled") == "yes"
    if queries.is_enabled(service) != enabled:
        operations.switch_service(service, enabled, actor=actor_of(request), now=timezone.now())
    told = _("%s : ouvert, les habitants le voient.") if enabled else _("%s : fermé, les habitants ne le voient plus.")
    messages.success(request, told % manifest.label)
    return redirect("territory_desk:services")
