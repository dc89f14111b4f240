"""Signatures of several people, at the desk: noted from paper, links sent again. POST only."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from bocage.cases.desk_views.common import desk_case, telling, text_of
from bocage.cases.models import Case
from bocage.cases.operations.signers import ask_again, sign
from bocage.identity.actors import actor_of


@require_POST
@desk_case
def signers(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Note the signature of the person that the button names; without one, send the links again."""
    actor, now = actor_of(request), timezone.now()
    field, _colon, signer = text_of(request, "signer", 80).partition(":")
    if signer:
        with telling(request, _("La signature sur papier est notée. Gardez le papier au dossier.")):
            sign(case, field, signer, name=text_of(request, "name", 200), channel="paper", actor=actor, now=now)
    else:
        with telling(request):
            count = ask_again(case, actor=actor, now=now)
            told = ngettext("Un lien est reparti.", "%(count)s liens sont repartis.", count) % {"count": count}
            if not count:
                told = _("Aucun lien n’est reparti : chaque personne joignable a déjà reçu le sien aujourd’hui.")
            messages.success(request, told)
    return redirect(reverse("cases_desk", args=[case.reference]) + "#signatures")
