"""A case's opinions, reminders and linked cases, on one page beside its own."""

from datetime import date
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.base.once import key_of
from bocage.base.typed_dates import BadDate, parse_french_date
from bocage.cases import opinions
from bocage.cases.desk_queries import colleagues
from bocage.cases.desk_tools.together import duplicates, finish, link, linked, remind, reminders_of, unlink
from bocage.cases.desk_views.common import agent_of, desk_case, number_of, text_of
from bocage.cases.engine import Refused
from bocage.cases.models import Case
from bocage.cases.operations import Conflict
from bocage.cases.operations.joining import join_case
from bocage.cases.queries import agent_case
from bocage.identity.actors import actor_of
from bocage.territory.queries import today

FIELDS = ("question", "colleague", "name", "email", "days", "on", "reminder", "other")


def _day(text: str) -> date:
    try:
        return parse_french_date(text)
    except BadDate:
        wrong = _("Indiquez un jour. Exemple : 02/03/2026")
        raise Refused(wrong, {"on": wrong}) from None


def _do(request: HttpRequest, case: Case) -> str:
    """What the posted form asks; says what was done. Raises Refused, and Http404 for what is not of this case."""
    now, account, actor = timezone.now(), agent_of(request), actor_of(request)
    act = request.POST.get("do", "")
    if act == "ask":
        mates = {str(one.pk): one for one in colleagues(case, today(now))}
        asked = opinions.Asked(
            name=text_of(request, "name", 120),
            question=text_of(request, "question", 10_000),
            email=text_of(request, "email", 254),
            colleague=mates.get(request.POST.get("colleague", "")),
            days=number_of(text_of(request, "days", 4)),
        )
        key = f"opinion:{case.pk}:{key_of(request) or uuid4()}"  # the same form sent twice asks once
        opinions.ask(case, asked, key=key, account_id=account.pk, actor=actor, now=now)
        return _("L’avis est demandé.")
    if act == "remind":
        day, shared = _day(text_of(request, "on", 20)), bool(request.POST.get("shared"))
        remind(
            case,
            day,
            text_of(request, "reminder"),
            shared=shared,
            author=account,
            actor=actor,
            now=now,
            once=key_of(request),
        )
        return _("Le rappel est noté : il paraîtra ce jour-là dans « À faire aujourd’hui ».")
    if act == "finish":
        wanted = next((one for one in reminders_of(case, account) if str(one.pk) == request.POST.get("id")), None)
        if wanted is None:
            raise Http404
        finish(wanted, actor=actor, now=now)
        return _("Le rappel est fait.")
    if act == "link":
        link(case, text_of(request, "other", 40), account=account, actor=actor, now=now)
        return _("Les deux dossiers sont liés.")
    other = agent_case(account, text_of(request, "other", 40), today(now))
    if act == "join" and other is not None:
        try:
            join_case(case, other, actor=actor, now=now)
        except Conflict:
            raise Refused(_("Ce dossier vient de changer : relisez-le.")) from None
        return _("Le dossier est joint : qui l’a envoyé aura les mêmes nouvelles.")
    if act != "unlink" or other is None:
        raise Http404
    unlink(case, other, actor=actor, now=now)
    return _("Le lien est retiré.")


@require_http_methods(["GET", "HEAD", "POST"])
@desk_case
def together(request: HttpRequest, case: Case) -> HttpResponseBase:
    """The page, and what its forms ask."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            done = _do(request, case)
        except Refused as refused:
            errors = refused.errors or {"question": refused.message}
        else:
            messages.success(request, done)
            return redirect("cases_together", case.reference)
    return _show(request, case, errors)


def _show(request: HttpRequest, case: Case, errors: dict[str, str]) -> HttpResponse:
    now, account = timezone.now(), agent_of(request)
    day = today(now)
    context: dict[str, Any] = {
        "case": case,
        "procedure": case.procedure,
        "opinions": [
            {"opinion": one, "verdict": opinions.verdict_label(one.verdict), "late": opinions.is_late(one, now)}
            for one in case.opinions.order_by("-id")
        ],
        "reminders": reminders_of(case, account),
        "linked": linked(case, account, day),
        "duplicates": duplicates(case, account, day),
        "colleagues": [{"value": str(one.pk), "label": str(one)} for one in colleagues(case, day) if one != account],
        "typed": {name: text_of(request, name, 10_000) for name in FIELDS},
        "errors": dict.fromkeys(FIELDS, "") | errors,
        "links": [{"target": f"f-{key}", "message": errors[key]} for key in errors],
    }
    context["typed"]["days"] = context["typed"]["days"] or str(opinions.DAYS)
    return render(request, "cases/desk/together.html", context, status=422 if errors else 200)
