"""Figures of communes without any name: what an elected person sees of cases."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bocage.cases import printing
from bocage.cases.desk_queries import Figure, figures
from bocage.cases.desk_views.common import scope_of_request
from bocage.cases.results import commune_year
from bocage.territory.contours import communes_map
from bocage.territory.models import Commune
from bocage.territory.queries import territory


def _bars(found: list[Figure]) -> list[dict[str, str | int]]:
    return [{"label": one.label.capitalize(), "value": one.count, "shown": one.shown} for one in found if one.count]


@require_safe
def my_commune(request: HttpRequest) -> HttpResponse:
    """« Ma commune en chiffres », over twelve months."""
    reach = scope_of_request(request).figures_communes
    communes = list(Commune.objects.order_by("name") if reach is None else Commune.objects.filter(pk__in=reach))
    asked = request.GET.get("commune", "")
    chosen = [one for one in communes if one.insee == asked] or communes
    told = figures(chosen, timezone.now())
    context = {
        "told": told,
        "title": told.commune.name if told.commune else _("Mes communes"),
        "communes": [{"value": one.insee, "label": one.name} for one in sorted(communes, key=lambda one: one.name)],
        "asked": told.commune.insee if told.commune and len(communes) > 1 else "",
        "year": reverse("cases_year", args=[told.commune.insee]) if told.commune else "",
        "tables": [
            {"title": _("Par démarche"), "rows": _bars(told.by_procedure)},
            {"title": _("En cours, par état"), "rows": _bars(told.by_state)},
            {"title": _("Par canal"), "rows": _bars(told.by_channel)},
        ],
    }
    return render(request, "cases/desk/figures.html", context)


@require_safe
def year(request: HttpRequest, insee: str) -> HttpResponse:
    """« Votre commune en un an », on one page for its mayor; where PDF is off, as a page to print."""
    reach = scope_of_request(request).figures_communes
    commune = Commune.objects.filter(insee=insee).first()
    if commune is None or (reach is not None and commune.pk not in reach):
        raise Http404
    context = {"year": commune_year(commune, timezone.now()), "territory": territory(), "map": communes_map()}
    if not printing.available():
        return render(request, "cases/desk/year.html", context)
    response = HttpResponse(printing.year(context), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{commune.slug}-en-un-an.pdf"'
    return response
