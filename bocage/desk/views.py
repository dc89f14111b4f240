"""The day's page, the absences, and what the machines could not send."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base import operations as base
from bocage.base.dates import french_date
from bocage.base.models import Outbox, OutboxState
from bocage.desk import day, troubles
from bocage.desk import failures as failing
from bocage.desk.access import may_open
from bocage.desk.forms import AbsenceForm, ReturnForm
from bocage.identity.actors import actor_of
from bocage.identity.models import Absence, Account
from bocage.identity.operations import end_absence, set_absence
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


@require_http_methods(["GET", "HEAD", "POST"])
def end_absence_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Come back earlier than said; before it begins, the absence is taken away."""
    now = timezone.now()
    absence = get_object_or_404(Absence, pk=pk, account=cast(Account, request.user), ends__gte=today(now))
    form = ReturnForm(request.POST or None, absence=absence, today=today(now))
    if request.method == "POST" and form.is_valid():
        back = form.cleaned_data["back"]
        if not end_absence(absence, back=back, actor=actor_of(request), now=now):
            messages.info(request, _("Cette absence a changé entre-temps. Regardez-la de nouveau."))
        elif back <= absence.starts:
            messages.success(request, _("Votre absence est retirée."))
        else:
            messages.success(request, _("C’est noté : vous reprenez le %s.") % french_date(back))
        return redirect("desk_absences")
    context = {"form": form, "absence": absence, "begun": absence.starts < today(now)}
    return render(request, "desk/end_absence.html", context, status=422 if form.is_bound else 200)


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Wagtail's « Compte » leads to ours: there is one account, and one page for it."""
    return redirect("identity_home")


@require_safe
def troubles_page(request: HttpRequest) -> HttpResponse:
    """« Ce qui n’a pas marché »."""
    now = timezone.now()
    found = troubles.groups(request_scope(request, today(now)), now)
    return render(request, "desk/troubles.html", {"groups": found, "cap": troubles.CAP})


@require_safe
def failures_page(request: HttpRequest) -> HttpResponse:
    """« Envois en échec »."""
    return render(request, "desk/failures.html", {"rows": failing.failures()})


def _failure(pk: int) -> Outbox:
    """Any effect by its number, settled meanwhile or not: the operations say whether it still waits."""
    return get_object_or_404(Outbox.objects.defer("payload"), pk=pk)


@require_POST
def retry_failure(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand it over again, with all its attempts."""
    row, actor, now = _failure(pk), actor_of(request), timezone.now()
    try:
        if row.state == OutboxState.UNCERTAIN:
            base.release(row.pk, actor, now, delivered=False)
        else:
            base.retry(row.pk, actor, now)
    except base.NotInThatState:
        return _settled_meanwhile(request)
    messages.success(request, _("C’est reparti. S’il échoue encore, il reviendra ici."))
    return redirect("desk_failures")


@require_POST
def abandon_failure(request: HttpRequest, pk: int) -> HttpResponse:
    """It will not leave; or, cut in the middle, it did arrive."""
    row, actor, now = _failure(pk), actor_of(request), timezone.now()
    try:
        if row.state == OutboxState.UNCERTAIN:
            base.release(row.pk, actor, now, delivered=True)
            told = _("C’est noté comme arrivé.")
        else:
            base.abandon(row.pk, actor, now)
            told = _("L’envoi est abandonné : il ne partira pas.")
    except base.NotInThatState:
        return _settled_meanwhile(request)
    messages.success(request, told)
    return redirect("desk_failures")


def _settled_meanwhile(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("Cet envoi a déjà été réglé, par quelqu’un d’autre ou par les machines."))
    return redirect("desk_failures")
