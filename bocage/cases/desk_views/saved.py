"""Columns of the worklist and saved views: choosing, naming, sharing, forgetting."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bocage.cases.desk_tools.columns import chosen, columns_for, usual
from bocage.cases.desk_tools.views import may_change, remove_view, save_view, views_for
from bocage.cases.desk_views.common import agent_of, scope_of_request, text_of
from bocage.cases.desk_views.exports import in_words
from bocage.cases.desk_views.worklist import KEPT, filters_of
from bocage.cases.engine import Refused
from bocage.cases.models import SavedView
from bocage.identity.actors import actor_of
from bocage.identity.scope import Scope
from bocage.identity.staff import services


def _shareable(scope: Scope) -> list[dict[str, str]]:
    found = [{"value": "", "label": _("Moi seul")}]
    names = services().items()
    return found + [
        {"value": slug, "label": _("Le service %(name)s") % {"name": name}}
        for slug, name in names
        if scope.services is None or slug in scope.services
    ]


def _asked(told: Any) -> dict[str, str]:
    filters = filters_of(told)
    return {"situation": filters.situation} | {key: value for key in KEPT if (value := getattr(filters, key))}


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose columns for the list as filtered, look at it so, or keep it under a name."""
    scope, account = scope_of_request(request), agent_of(request)
    told = request.POST if request.method == "POST" else request.GET
    asked, filters = _asked(told), filters_of(told)
    wanted = request.POST.getlist("column") if request.method == "POST" else told.get("columns", "").split(",")
    columns = chosen(",".join(wanted), filters.procedure)
    typed = {"name": text_of(request, "name", 200), "service": text_of(request, "service", 40)}
    errors: dict[str, str] = {}
    if request.method == "POST":
        # The usual columns in their usual order are the usual list, at its usual speed.
        if columns and [column.key for column in columns] != [column.key for column in usual()]:
            asked["columns"] = ",".join(column.key for column in columns)
        query = urlencode(sorted(asked.items()))
        if request.POST.get("do") == "show":
            return redirect(f"{reverse('cases_worklist')}?{query}")
        try:
            view = save_view(
                account,
                typed["name"],
                query,
                service=typed["service"],
                scope=scope,
                actor=actor_of(request),
                now=timezone.now(),
            )
        except Refused as refused:
            errors = refused.errors or {"name": refused.message}
        else:
            messages.success(request, _("La vue « %(name)s » est enregistrée.") % {"name": view.name})
            return redirect(f"{reverse('cases_worklist')}?{query}")
    picked = {column.key for column in (columns or usual())}
    context = {
        "asked": _asked(told),
        "back": urlencode(_asked(told)),
        "words": in_words(filters),
        "columns": [{"value": one.key, "label": one.label} for one in columns_for(filters.procedure)],
        "picked": list(picked),
        "services": _shareable(scope),
        "typed": typed,
        "errors": {"name": "", "service": "", **errors},
        "own": [
            {
                "view": one,
                "words": in_words(filters_of(dict(parse_qsl(one.query)))),
                "service": services().get(one.service),
            }
            for one in views_for(account, scope)
            if may_change(one, account, scope)
        ],
    }
    return render(request, "cases/desk/view_new.html", context, status=422 if errors else 200)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view: one's own, or of a service one manages."""
    view = SavedView.objects.filter(pk=pk).first()
    if view is None or not may_change(view, agent_of(request), scope_of_request(request)):
        raise Http404
    remove_view(view, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("La vue est effacée."))
    return redirect("cases_view_new")
