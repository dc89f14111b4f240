"""The day's page and the absences."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bocage.base.dates import french_date
from bocage.desk import day
from bocage.desk.access import may_open
from bocage.desk.forms import AbsenceForm
from bocage.identity.actors import actor_of
from bocage.identity.models import Absence, Account
from bocage.identity.operations import set_absence
from bocage.identity.queries import request_scope
from bocage.territory.queries import today


@require_safe
def today_page(request: HttpRequest) -> HttpResponse:
    """« À faire aujourd’hui »; elected people get their figures, editors their pages."""
    now = timezone.now()
    account = cast(Account, request.user)
    scope = request_scope(request, today(now))
    if not scope.sees_cases:
        for name in ("cases_figures", "wagtailadmin_explore_root"):
            if may_open(scope.roles, name):
                return redirect(name)
    context = {
        "day": french_date(today(now), weekday=True),
        "parts": day.parts(account, now),
        "lines": day.lines(account, now),
        "covered": day.covered(account, today(now)),
    }
    return render(request, "desk/today.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    """Say when one is away and who stands in."""
    now = timezone.now()
    account = cast(Account, request.user)
    colleagues = day.colleagues(account, today(now))
    form = AbsenceForm(request.POST or None, colleagues=colleagues)
    if request.method == "POST" and form.is_valid():
        try:
            told = set_absence(account, actor=actor_of(request), now=now, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error) if not hasattr(error, "error_dict") else form.add_error(None, error.messages)
        else:
            text = _("C’est noté : du %(starts)s au %(ends)s, %(name)s voit votre travail dans sa journée.")
            messages.success(
                request,
                text % {"starts": french_date(told.starts), "ends": french_date(told.ends), "name": told.substitute},
            )
            return redirect("desk_absences")
    own = Absence.objects.filter(account=account, ends__gte=today(now)).select_related("substitute")
    context: dict[str, Any] = {
        "form": form,
        "own": own.order_by("starts", "pk"),
        "covering": Absence.objects.filter(substitute=account, ends__gte=today(now))
        .select_related("account")
        .order_by("starts", "pk"),
        "has_colleagues": bool(colleagues),
    }
    return render(request, "desk/absences.html", context, status=422 if form.is_bound and form.errors else 200)
