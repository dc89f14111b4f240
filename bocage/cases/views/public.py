"""What everyone may read of cases: the public list of a procedure, its open data; and « Moi aussi » on a draft."""

import csv
import io
import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import storages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_POST, require_safe

from bocage.cases.engine import Form, evaluate_form
from bocage.cases.forms import shown_values
from bocage.cases.models import Case, Procedure
from bocage.cases.operations.joining import join_draft
from bocage.cases.operations.showing import path_of
from bocage.cases.operations.store import moment
from bocage.cases.public import COLUMNS, Line, joined_to, lines, listed, near, public_procedure, records
from bocage.cases.queries import open_procedures
from bocage.cases.schema import ProcedureDocument
from bocage.cases.views.guard import case_view
from bocage.identity.actors import actor_of
from bocage.territory.contours import communes_map
from bocage.territory.opendata import LICENCE
from bocage.territory.queries import commune_names

PER_PAGE = 20
MOST_POINTS = 200  # on the drawing: those of the page beside it, and what is filtered


def _procedure(slug: str) -> tuple[Procedure, ProcedureDocument]:
    procedure = open_procedures().filter(slug=slug).first()
    if procedure is None or procedure.current is None or public_procedure(procedure) is None:
        raise Http404
    return procedure, procedure.current.document


@login_not_required
@require_safe
def public_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The list, its filters, and the same on a drawing of the communes."""
    procedure, document = _procedure(slug)
    told = document.public_list
    assert told is not None
    category, commune, when = (request.GET.get(key, "") for key in ("genre", "commune", "etat"))
    found = listed(procedure)
    if category:
        found = found.filter(category=category)
    if commune:
        found = found.filter(commune__insee=commune)
    if when in ("ouverts", "finis"):
        found = found.filter(case__outcome="") if when == "ouverts" else found.exclude(case__outcome="")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(lines(page))
    names = commune_names()
    context = {
        "procedure": procedure,
        "told": told,
        "page": page,
        "lines": shown,
        "drawing": _drawing(shown),
        "categories": [{"value": one.value, "label": one.label} for one in document.by_id[told.category].options],
        "communes": [{"value": insee, "label": name} for insee, name in names.items()],
        "states": [{"value": "ouverts", "label": _("En cours")}, {"value": "finis", "label": _("Terminés")}],
        "chosen": {"category": category, "commune": commune, "when": when},
    }
    return render(request, "cases/public_list.html", context)


@login_not_required
@require_safe
def public_case(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One case as everyone may read it, with its photo if an agent showed it."""
    procedure, document = _procedure(slug)
    row = listed(procedure).filter(pk=pk).first()
    if row is None:
        raise Http404
    line = next(lines([row]))
    context = {"procedure": procedure, "told": document.public_list, "line": line, "drawing": _drawing([line])}
    return render(request, "cases/public_case.html", context)


@login_not_required
@require_safe
def public_photo(request: HttpRequest, slug: str, pk: int, key: str) -> HttpResponse:
    """A copy of the photo that an agent shows. Once it is withdrawn nobody has it: browsers ask again each time."""
    procedure, _document = _procedure(slug)
    row = listed(procedure).filter(Q(photo__key=key) | Q(photo__small_key=key), pk=pk).first()
    if row is None or not storages["private"].exists(path_of(key)):
        raise Http404
    return _photo(request, key)


@condition(etag_func=lambda request, key: f'"{key}"')
def _photo(request: HttpRequest, key: str) -> HttpResponse:
    with storages["private"].open(path_of(key)) as stream:
        response = HttpResponse(stream.read(), content_type="image/jpeg")
    response["Cache-Control"] = "no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _drawing(shown: list[Line]) -> dict[str, Any] | None:
    drawing = communes_map()
    points = []
    for line in shown:
        if line.lat is not None and line.lon is not None:
            x, y = drawing.at(line.lat, line.lon)
            points.append({"x": x, "y": y, "over": line.over})
    if not points:
        return None
    url = reverse("communes_svg")
    return {"url": url, "width": drawing.width, "height": drawing.height, "points": points[:MOST_POINTS]}


@login_not_required
@require_safe
@cache_control(public=True, max_age=600)
def public_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The list as a table: UTF-8, commas, one header line. No cell holds what people typed."""
    procedure, _document = _procedure(slug)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in records(procedure):
        writer.writerow({**row, "termine": "oui" if row["termine"] else "non"})
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}.csv"'
    return response


@login_not_required
@require_safe
@cache_control(public=True, max_age=600)
def public_geojson(request: HttpRequest, slug: str) -> HttpResponse:
    """The list as GeoJSON (RFC 7946); what has no point has a null geometry."""
    procedure, _document = _procedure(slug)
    features = []
    for row in records(procedure):
        lat, lon = row.pop("latitude"), row.pop("longitude")
        point = None if lat is None else {"type": "Point", "coordinates": [lon, lat]}
        features.append({"type": "Feature", "id": row["id"], "properties": row, "geometry": point})
    body = json.dumps(
        {"type": "FeatureCollection", "licence": LICENCE, "features": features},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return HttpResponse(body, content_type="application/geo+json; charset=utf-8")


def near_context(case: Case, form: Form) -> dict[str, Any]:
    """What a draft's pages say of the same matter told before: what lies near, and what it joins."""
    if case.version.document.public_list is None:
        return {}
    first = joined_to(case)
    if first is not None:
        return {"joins": first}
    found = near(case, form.values)
    told = lines([item.row for item in found])
    return {"near": [{"metres": item.metres, "line": line} for item, line in zip(found, told, strict=True)]}


def _form_of(case: Case) -> Form:
    return evaluate_form(case.version.document, shown_values(case), moment(timezone.now()))


@require_POST
@case_view
def case_join(request: HttpRequest, case: Case) -> HttpResponse:
    """« Moi aussi »: the draft joins one of those proposed; without one, it no longer joins any."""
    if not case.is_draft:
        return redirect("case_page", case.reference)
    wanted = request.POST.get("other", "")
    rows = {str(item.row.pk): item.row for item in near(case, _form_of(case).values)} if wanted else {}
    if wanted and wanted not in rows:
        messages.warning(request, _("Ce signalement vient de se terminer, ou n’est plus près d’ici."))
        return redirect("case_check", case.reference)
    join_draft(case, rows.get(wanted), actor=actor_of(request), now=timezone.now())
    text = _("C’est noté. Finissez et envoyez : vous aurez des nouvelles en même temps que les autres.")
    messages.success(request, text if wanted else _("Votre signalement reste à part."))
    return redirect("case_resume", case.reference)
