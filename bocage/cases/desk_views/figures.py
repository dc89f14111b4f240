"""Figures of communes without any name: what an elected person sees of cases."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bocage.cases.desk_queries import Figure, figures
from bocage.cases.desk_views.common import scope_of_request
from bocage.territory.models import Commune


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
        "tables": [
            {"title": _("Par démarche"), "rows": _bars(told.by_procedure)},
            {"title": _("En cours, par état"), "rows": _bars(told.by_state)},
            {"title": _("Par canal"), "rows": _bars(told.by_channel)},
        ],
    }
    return render(request, "cases/desk/figures.html", context)
