"""Exports of the worklist: asking for one, watching it being made, taking it away. Each agent sees their own."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base.once import key_of
from bocage.base.readonly import allow_write
from bocage.base.tables import CONTENT_TYPES
from bocage.cases.desk_views.common import agent_of, scope_of_request
from bocage.cases.desk_views.worklist import LABELS, NARROWING, filters_of
from bocage.cases.engine import Refused
from bocage.cases.exports.operations import (
    ask_export,
    may_ask_sensitive,
    record_download,
    remove_export,
    still_reaches,
)
from bocage.cases.models import Channel, Export, Procedure
from bocage.cases.models_desk import ExportFormat, ExportState
from bocage.cases.queries import Filters
from bocage.cases.rows import state_label
from bocage.identity.actors import actor_of
from bocage.territory.queries import commune_names


def in_words(filters: Filters) -> str:
    """What a list was narrowed to, as one reads it."""
    parts = [str(LABELS[filters.situation])]
    if filters.q:
        parts.append(f"« {filters.q} »")
    named = Procedure.objects.select_related("current").defer("current__body").filter(slug=filters.procedure)
    procedure = named.first() if filters.procedure else None
    if procedure is not None:
        parts.append(procedure.title)
    if filters.commune:
        parts.append(commune_names().get(filters.commune, filters.commune))
    if filters.channel:
        parts.append(str(Channel(filters.channel).label))
    if filters.state:
        known = procedure.current if procedure is not None else None
        parts.append(state_label(known, filters.state) if known is not None else filters.state)
    return ", ".join(parts)


def _own(request: HttpRequest, pk: int) -> Export:
    """One's own export, while it is kept. Raises Http404: nobody learns that another's exists."""
    found = Export.objects.filter(pk=pk, account=agent_of(request), expires_at__gt=timezone.now()).first()
    if found is None:
        raise Http404
    return found


@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """One's exports, the latest first, with how far each is."""
    scope = scope_of_request(request)
    own = Export.objects.filter(account=agent_of(request), expires_at__gt=timezone.now()).order_by("-id")[:50]
    rows = [
        {
            "export": one,
            "words": in_words(filters_of(one.filters)),
            "share": round(100 * one.written / one.total) if one.total else 0,
            "lost": one.state == ExportState.READY and not still_reaches(one, scope),
        }
        for one in own
    ]
    making = any(row["export"].state == ExportState.WAITING for row in rows)  # type: ignore[attr-defined]
    return render(request, "cases/desk/exports.html", {"rows": rows, "making": making})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose how the list as filtered is written, then ask for it."""
    told = request.POST if request.method == "POST" else request.GET
    filters, scope = filters_of(told), scope_of_request(request)
    format_ = told.get("format", ExportFormat.ODS)
    error = ""
    if request.method == "POST":
        if format_ not in ExportFormat.values:
            error = _("Choisissez un format.")
        else:
            try:
                ask_export(
                    agent_of(request),
                    filters,
                    format_=format_,
                    sensitive=bool(filters.procedure and told.get("sensitive")),
                    actor=actor_of(request),
                    now=timezone.now(),
                    once=key_of(request),
                )
            except Refused as refused:
                error = refused.message
            else:
                messages.success(request, _("L’export se prépare. Vous pouvez continuer à travailler."))
                return redirect("cases_exports")
    asked = {"situation": filters.situation} | {key: value for key in NARROWING if (value := getattr(filters, key))}
    context: dict[str, Any] = {
        "asked": asked,
        "back": urlencode(asked),
        "words": in_words(filters),
        "formats": [{"value": value, "label": label} for value, label in ExportFormat.choices],
        "format": format_,
        "answers": bool(filters.procedure),
        "may_sensitive": bool(filters.procedure) and may_ask_sensitive(scope),
        "error": error,
    }
    return render(request, "cases/desk/export_new.html", context, status=422 if error else 200)


@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file: for whoever asked for it, while they still hold the posts under which it was made."""
    export = _own(request, pk)
    if export.state != ExportState.READY or not still_reaches(export, scope_of_request(request)):
        raise Http404
    if not storages["private"].exists(export.path):
        raise Http404
    with allow_write("access journal: an agent takes an export away"):
        record_download(export, actor=actor_of(request), now=timezone.now())
    response = FileResponse(
        storages["private"].open(export.path),
        content_type=CONTENT_TYPES[export.format],
        as_attachment=True,
        filename=export.name,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase one's export before its time."""
    remove_export(_own(request, pk), actor=actor_of(request), now=timezone.now())
    messages.success(request, _("L’export est effacé."))
    return redirect("cases_exports")
