"""The catalogue's page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.views.decorators.http import require_safe

from bocage.ui import catalogue


@login_not_required
@require_safe
def charte(request: HttpRequest) -> HttpResponse:
    """Every component in its states, with the template code that makes it."""
    families = []
    for family in catalogue.FAMILIES:
        samples = []
        for sample in family.samples:
            template = get_template(sample.template)
            html = template.render(catalogue.CONTEXT, request)
            samples.append({"name": sample.name, "html": html, "code": template.template.source.strip()})
        families.append({"slug": family.slug, "title": family.title, "samples": samples})
    context = {"families": families, "icons": catalogue.ICONS, "colours": catalogue.COLOURS}
    return render(request, "ui/charte/charte.html", context)
