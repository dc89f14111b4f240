"""What an agent does on a case: notes, messages, assignment, the service's part, documents, letters. POST only."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from bocage.base.dates import french_date
from bocage.base.once import key_of
from bocage.cases.desk_queries import colleagues
from bocage.cases.desk_views.common import (
    CHANGED,
    agent_of,
    desk_case,
    followed_case,
    number_of,
    seen_answer,
    seen_revision,
    text_of,
)
from bocage.cases.desk_views.page import show
from bocage.cases.engine import Refused
from bocage.cases.forms import posted_answers
from bocage.cases.models import Case, Urgency
from bocage.cases.operations import (
    Conflict,
    add_document,
    add_note,
    assign_case,
    mark_read,
    save_agent_answers,
    send_as_letter,
    send_message,
    set_urgency,
)
from bocage.cases.queries import case_by_reference
from bocage.cases.signature_book import last_proposal
from bocage.identity.actors import actor_of
from bocage.identity.models import Absence
from bocage.territory.queries import today


def _back(case: Case, anchor: str = "") -> HttpResponse:
    return redirect(reverse("cases_desk", args=[case.reference]) + (f"#{anchor}" if anchor else ""))


def again(request: HttpRequest, case: Case, typed: dict[str, Any] | None = None) -> HttpResponse:
    """Someone was quicker: the page as it is now, with what was typed still in its place."""
    messages.warning(request, CHANGED)
    fresh = case_by_reference(case.reference)
    assert fresh is not None  # cases are never deleted once filed
    return show(request, fresh, typed=typed, status=409)


@require_POST
@followed_case
def note(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Write an internal note."""
    body = text_of(request, "note")
    try:
        add_note(
            body,
            author=agent_of(request),
            actor=actor_of(request),
            now=timezone.now(),
            case=case,
            once=key_of(request),
        )
    except Refused as refused:
        return show(request, case, errors={"note": refused.message}, status=422)
    messages.success(request, _("Note enregistrée. Seuls les agents la voient."))
    return _back(case, "notes")


@require_POST
@desk_case
def message(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Write to the applicant."""
    body = text_of(request, "message")
    try:
        send_message(
            case,
            body,
            from_agent=True,
            author=agent_of(request),
            actor=actor_of(request),
            now=timezone.now(),
            seen=seen_answer(request, case),
            once=key_of(request),
        )
    except Refused as refused:
        return show(request, case, typed={"message": body}, errors={"message": refused.message}, status=422)
    except Conflict:
        return again(request, case, {"message": body})
    messages.success(request, _("Message envoyé. La rubrique « Avis et courriers » dit s’il est arrivé."))
    return _back(case, "messages")


@require_POST
@desk_case
def read(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Say that the applicant's answer has been read."""
    try:
        mark_read(case, seen=seen_answer(request, case), actor=actor_of(request), now=timezone.now())
    except Conflict:
        return again(request, case)
    messages.success(request, _("Réponse marquée comme lue."))
    return _back(case)


@require_POST
@desk_case
def urgency(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Say how much the case presses."""
    wanted = number_of(request.POST.get("level", ""), default=-1)
    if wanted not in Urgency.values:
        messages.error(request, _("Choisissez une urgence de la liste."))
        return show(request, case, status=422)
    if not seen_revision(request, case):
        return again(request, case)
    try:
        set_urgency(case, wanted, actor=actor_of(request), now=timezone.now())
    except Refused as refused:
        messages.error(request, refused.message)
        return show(request, case, status=422)
    except Conflict:
        return again(request, case)
    messages.success(request, _("Urgence : %(level)s.") % {"level": Urgency(wanted).label})
    return _back(case)


@require_POST
@desk_case
def assign(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Give the case to oneself, to a colleague, or to nobody."""
    now, account = timezone.now(), agent_of(request)
    wanted = request.POST.get("assignee", "")
    mates = {str(one.pk): one for one in colleagues(case, today(now))}
    if wanted == "me":
        wanted = str(account.pk)
    if wanted and wanted not in mates:
        messages.error(request, _("Choisissez un ou une collègue de la liste."))
        return show(request, case, status=422)
    if not seen_revision(request, case):
        return again(request, case)
    chosen = mates.get(wanted)
    try:
        assign_case(case, chosen, actor=actor_of(request), now=now)
    except Refused as refused:
        messages.error(request, refused.message)
        return show(request, case, status=422)
    except Conflict:
        return again(request, case)
    if chosen is None:
        messages.success(request, _("Ce dossier n’est confié à personne."))
    elif chosen.pk == account.pk:
        messages.success(request, _("Ce dossier est le vôtre."))
    else:
        messages.success(request, _("Dossier confié à %(name)s.") % {"name": chosen})
        away = Absence.objects.filter(account=chosen, starts__lte=today(now), ends__gte=today(now))
        for absence in away.select_related("substitute")[:1]:
            told = {"name": chosen, "until": french_date(absence.ends), "other": absence.substitute}
            text = _("%(name)s est en congé jusqu’au %(until)s : %(other)s verra ce dossier dans sa journée.")
            messages.info(request, text % told)
    return _back(case)


@require_POST
@desk_case
def service_part(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Keep the service's own fields."""
    values = posted_answers(case.version.document, request.POST)
    if not seen_revision(request, case):
        return again(request, case, values)
    prepared = last_proposal(case)
    try:
        errors = save_agent_answers(case, values, agent=agent_of(request), actor=actor_of(request), now=timezone.now())
    except Refused as refused:
        messages.error(request, refused.message)
        return show(request, case, status=422)
    except Conflict:
        return again(request, case, values)
    if errors:
        return show(request, case, typed=values, errors=errors, status=422)
    messages.success(request, _("La partie du service est enregistrée."))
    if prepared is not None and last_proposal(case) != prepared:
        messages.warning(
            request, _("La décision préparée ne tenait pas compte de ce changement : préparez-la à nouveau.")
        )
    return _back(case, "service")


@require_POST
@desk_case
def add_documents(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Add scanned pieces to a case."""
    uploads = request.FILES.getlist("files")
    if not uploads:
        return show(request, case, errors={"file": _("Choisissez au moins un fichier.")}, status=422)
    refusals, added = [], 0
    for upload in uploads:
        try:
            add_document(case, upload, actor=actor_of(request), now=timezone.now(), source="scan")
        except Refused as refused:
            refusals.append(f"{str(upload.name)[:80]} : {refused.message}")
        else:
            added += 1
    if added:
        messages.success(request, ngettext("%d document ajouté.", "%d documents ajoutés.", added) % added)
    if refusals:
        return show(request, case, errors={"file": " ".join(refusals)}, status=422)
    return _back(case, "documents")


@require_POST
@desk_case
def letter(request: HttpRequest, case: Case) -> HttpResponseBase:
    """Send one of the case's notices by post."""
    try:
        send_as_letter(case, request.POST.get("notice", "")[:40], actor=actor_of(request), now=timezone.now())
    except Refused as refused:
        messages.error(request, refused.message)
        return show(request, case, status=422)
    messages.success(request, _("Le courrier est prêt : imprimez-le depuis « Courriers »."))
    return _back(case, "avis")
