"""« La photo sur la page publique »: look at the photos of a report, show one to everyone, withdraw it."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.cases.desk_views.common import CHANGED, agent_of, desk_case, seen_revision, text_of
from bocage.cases.engine import Refused
from bocage.cases.models import Case, PublicPhoto
from bocage.cases.operations import Conflict
from bocage.cases.operations.showing import MAX_ALT, hide_photo, may_show, show_photo, showable
from bocage.identity.actors import actor_of

FIELDS = ("photo", "alt", "looked")


def _do(request: HttpRequest, case: Case) -> str:
    """What the posted form asks; says what was done. Raises Refused and Conflict."""
    now, account, actor = timezone.now(), agent_of(request), actor_of(request)
    if not may_show(account, case, now):
        raise Refused(_("Une photo se montre et se retire par un agent ou un responsable du service."))
    if request.POST.get("do") == "hide":
        hide_photo(case, actor=actor, now=now)
        return _("La photo est retirée : plus personne ne la voit.")
    looked = bool(request.POST.get("looked"))
    key, alt = text_of(request, "photo", 32), text_of(request, "alt", MAX_ALT + 1)
    show_photo(case, key, alt, looked=looked, agent=account, actor=actor, now=now)
    return _("La photo est sur la page publique.")


@require_http_methods(["GET", "HEAD", "POST"])
@desk_case
def photo(request: HttpRequest, case: Case) -> HttpResponseBase:
    """The page, and what its forms ask."""
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST" and not seen_revision(request, case):
        messages.warning(request, CHANGED)
        status = 409
    elif request.method == "POST":
        try:
            done = _do(request, case)
        except Refused as refused:
            errors, status = refused.errors or {"photo": refused.message}, 422
        except Conflict:
            messages.warning(request, CHANGED)
            return redirect("cases_photo", case.reference)
        else:
            messages.success(request, done)
            return redirect("cases_photo", case.reference)
    told = case.version.document.public_list
    photos = showable(case)
    waiting = told is not None and case.documents.filter(field=told.photo or "", scan_state="quarantine").exists()
    context = {
        "case": case,
        "procedure": case.procedure,
        "asked": told is not None and told.photo is not None,
        "photos": [{"document": one, "rank": rank} for rank, one in enumerate(photos, 1)],
        "options": [
            {"value": one.key, "label": _("Photo %(rank)s") % {"rank": rank}} for rank, one in enumerate(photos, 1)
        ],
        "waiting": waiting,
        "shown": PublicPhoto.objects.filter(of__case=case).select_related("of", "shown_by").first(),
        "may": may_show(agent_of(request), case, timezone.now()),
        "typed": {
            "photo": text_of(request, "photo", 32) or (photos[0].key if len(photos) == 1 else ""),
            "alt": text_of(request, "alt", MAX_ALT + 1),
        },
        "errors": dict.fromkeys(FIELDS, "") | errors,
        "links": [{"target": f"f-{key}", "message": text} for key, text in errors.items()],
    }
    return render(request, "cases/desk/photo.html", context, status=status)
