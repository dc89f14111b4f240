"""« Papiers à saisir »: scans put themselves in their place by their QR; those that await an entry are listed."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.base.once import key_of
from bocage.cases.applicant import name_told
from bocage.cases.desk_queries import entry_draft, entry_drafts, open_to_agents
from bocage.cases.desk_views.common import agent_of, told_follower
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Channel, Procedure
from bocage.cases.operations import add_document, start_draft
from bocage.cases.queries import agent_case, case_role
from bocage.cases.scans import Target, target_of
from bocage.identity.actors import actor_of
from bocage.territory.queries import today

MAX_LOOKED_AT = 12 * 1024 * 1024  # bytes; larger ones are refused when they are taken in


@dataclass(frozen=True)
class Placed:
    """What became of a file: a sentence, and where it went."""

    name: str
    text: str
    url: str = ""
    done: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
def scans(request: HttpRequest) -> HttpResponse:
    """Send scans, see what waits."""
    now = timezone.now()
    procedures = open_to_agents(agent_of(request), today(now), closed=True)
    placed: list[Placed] = []
    error, fallback = "", request.POST.get("procedure", "")[:60]
    if request.method == "POST":
        uploads = request.FILES.getlist("files")
        otherwise = next((one for one in procedures if one.slug == fallback), None)
        if not uploads:
            error = _("Choisissez au moins un fichier : une image ou un PDF par demande.")
        placed = [_place(request, upload, procedures, otherwise) for upload in uploads]
        if len(placed) == 1 and placed[0].done:
            messages.success(request, f"{placed[0].name} : {placed[0].text}")
            return redirect(placed[0].url)
    page = Paginator(entry_drafts(agent_of(request), today(now)), 30).get_page(request.GET.get("page"))
    for draft in page.object_list:
        draft.told_name = name_told(draft)
    context = {
        "page": page,
        "placed": placed,
        "error": error,
        "procedures": [{"value": one.slug, "label": one.title} for one in procedures],
        "fallback": fallback,
    }
    refused = error or any(not one.done for one in placed)
    return render(request, "cases/desk/scans.html", context, status=422 if refused else 200)


def _place(request: HttpRequest, upload: Any, procedures: list[Procedure], otherwise: Procedure | None) -> Placed:
    """Put one file where its QR says, or with the procedure chosen for those without."""
    name = str(upload.name)[:80]
    target = target_of(upload.read()) if upload.size <= MAX_LOOKED_AT else None
    upload.seek(0)
    try:
        if target is None:
            if otherwise is None:
                text = _(
                    "aucun code n’a été lu. Scannez à plat, en 300 points par pouce, "
                    "ou choisissez la démarche ci-dessous."
                )
                return Placed(name, text)
            return _await_entry(request, upload, name, otherwise)
        if target.kind == "entry":
            procedure = next((one for one in procedures if one.slug == target.value), None)
            if procedure is None:
                return Placed(name, _("cette démarche n’est pas de votre service, ou elle est fermée."))
            return _await_entry(request, upload, name, procedure)
        return _attach(request, upload, name, target)
    except Refused as refused:
        return Placed(name, refused.message)


def _await_entry(request: HttpRequest, upload: Any, name: str, procedure: Procedure) -> Placed:
    """A filled form: a draft holds it until someone enters it."""
    now = timezone.now()
    actor = actor_of(request, Channel.POST)
    with transaction.atomic():
        draft, _code = start_draft(
            procedure,
            actor=actor,
            now=now,
            channel=Channel.POST,
            received_on=today(now),
            entered_by=agent_of(request),
            once=key_of(request, name, str(upload.size)),
        )
        if not draft.documents.exists():  # otherwise sent twice
            add_document(draft, upload, actor=actor, now=now, source="scan")
    text = _("formulaire « %(title)s », à saisir.") % {"title": procedure.title}
    return Placed(name, text, reverse("cases_entry_form", args=[procedure.slug, draft.reference]), done=True)


def _attach(request: HttpRequest, upload: Any, name: str, target: Target) -> Placed:
    """A page that names a case: it goes with the case."""
    now = timezone.now()
    if target.kind != "case":
        text = _("c’est un courrier revenu : notez son retour dans « Courriers ».")
        return Placed(name, text, f"{reverse('messaging_desk:returns')}?reference={target.value}")
    case: Case | None = agent_case(agent_of(request), target.value, today(now))
    url = reverse("cases_desk", args=[target.value])
    if case is not None and case_role(agent_of(request), case, today(now)) == "follower":
        return Placed(name, told_follower(case), url)
    if case is None:
        case = entry_draft(agent_of(request), target.value, today(now))
        if case is None:
            return Placed(name, _("ce dossier n’est pas de votre service : transmettez-lui le papier."))
        url = reverse("cases_entry_form", args=[case.procedure.slug, case.reference])
    add_document(case, upload, actor=actor_of(request, Channel.POST), now=now, source="scan")
    return Placed(name, _("joint au dossier %(reference)s.") % {"reference": case.reference}, url, done=True)
