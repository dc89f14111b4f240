"""Appointments and payments of a case, settled by hand at the desk. POST only."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bocage.cases.desk_views.common import CHANGED, desk_case, text_of
from bocage.cases.engine import Refused
from bocage.cases.models import Case
from bocage.cases.operations import Conflict
from bocage.cases.operations.ports import settle
from bocage.identity.actors import actor_of

PARTS = ("on", "at", "where", "paid", "reference")


@require_POST
@desk_case
def settled(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Note the day of an appointment, or a sum paid at the counter."""
    told = {part: text_of(request, part, 200) for part in PARTS}
    try:
        settle(case, text_of(request, "field", 60), told, actor=actor_of(request), now=timezone.now())
    except Refused as refused:
        messages.warning(request, refused.message)
    except Conflict:
        messages.warning(request, CHANGED)
    else:
        messages.success(request, _("C’est noté sur le dossier. Écrivez à la personne si elle doit le savoir."))
    return redirect(reverse("cases_desk", args=[case.reference]) + "#a-regler")
