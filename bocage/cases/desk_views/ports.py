"""Appointments and payments of a case, settled by hand at the desk. POST only."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bocage.cases.desk_views.common import desk_case, telling, text_of
from bocage.cases.models import Case
from bocage.cases.operations.ports import settle
from bocage.identity.actors import actor_of

PARTS = ("on", "at", "where", "paid", "reference")


@require_POST
@desk_case
def settled(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Note the day of an appointment, or a sum paid at the counter."""
    told = {part: text_of(request, part, 200) for part in PARTS}
    with telling(request, _("C’est noté sur le dossier. Écrivez à la personne si elle doit le savoir.")):
        settle(case, text_of(request, "field", 60), told, actor=actor_of(request), now=timezone.now())
    return redirect(reverse("cases_desk", args=[case.reference]) + "#a-regler")
