"""Opening a case without an account: its reference and its tracking code, or a link sent by e-mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bocage.base import ratelimit
from bocage.base.way_back import way_back
from bocage.cases import links
from bocage.cases.access import close, remember
from bocage.cases.engine.fields import FieldError, clean
from bocage.cases.models import Case
from bocage.cases.operations import tracking
from bocage.cases.operations.waiting import send_lost_links
from bocage.cases.queries import case_by_reference
from bocage.cases.views.guard import case_view
from bocage.cases.views.limits import EMAIL, may_mail
from bocage.identity.actors import actor_of
from bocage.messaging.recipients import BadRecipient, checked_email
from bocage.territory.queries import today


def _next(request: HttpRequest, case: Case) -> str:
    own = f"/dossiers/{case.reference}/"
    target = way_back(request, request.POST.get("next") or request.GET.get("next", ""), own)
    return target if case.reference in target else own


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """« Suivre ma demande »."""
    reference = request.POST.get("reference", request.GET.get("reference", ""))[:20]
    error = ""
    status = 200
    if request.method == "POST":
        case = case_by_reference(reference)
        # Right codes are not counted and open whatever wrong ones came before, up to what no person types: a machine
        # goes no further. Wrong ones are counted for a case and an address together (nobody shuts someone else's case)
        # and for the address, behind which a whole building may be.
        machine = {"limit": 200, "per_seconds": 3600}
        if not ratelimit.allow(request, "track-machine", count=False, **machine):
            return render(request, "cases/too_many.html", status=429)
        if case is not None and tracking.opens(case, request.POST.get("code", "")[:40]):
            remember(request, case)
            return redirect(_next(request, case))
        ratelimit.allow(request, "track-machine", **machine)
        key = f"{case.reference if case is not None else reference.upper()} {ratelimit.client_ip(request)}"
        few = ratelimit.allow(request, "track-case", limit=10, per_seconds=3600, key=key)
        if not few or not ratelimit.allow(request, "track", limit=40, per_seconds=3600):
            return render(request, "cases/too_many.html", status=429)
        error = _(
            "Cette référence et ce code ne vont pas ensemble. Vérifiez-les sur votre récépissé, "
            "ou appelez-nous : nous retrouverons votre demande."
        )
        status = 422
    context = {"reference": reference, "error": error, "next": request.POST.get("next", request.GET.get("next", ""))}
    return render(request, "cases/track.html", context, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def track_lost(request: HttpRequest) -> HttpResponse:
    """« J’ai perdu mon code »: links to the mailbox of the requests. The answer is the same whether there are any."""
    typed, error = request.POST.get("email", "").strip(), ""
    if request.method == "POST":
        try:
            email = checked_email(clean(EMAIL, typed, today(timezone.now())) or "")
        except (FieldError, BadRecipient) as wrong:
            error = str(wrong)
        else:
            if not ratelimit.allow(request, "lost", limit=20, per_seconds=3600) or not may_mail(request, email):
                return render(request, "cases/too_many.html", status=429)
            send_lost_links(email, actor=actor_of(request), now=timezone.now())
            text = _(
                "Si des demandes sans compte ont été faites avec %(email)s, un lien pour chacune des dernières vient "
                "de partir à cette adresse."
            )
            messages.success(request, text % {"email": email})
            return redirect("track")
    context = {"typed": typed, "error": error, "links": [{"target": "f-email", "message": error}] if error else []}
    return render(request, "cases/track_lost.html", context, status=422 if error else 200)


@login_not_required
@require_GET
def track_link(request: HttpRequest, token: str) -> HttpResponse:
    """Follow a link sent by e-mail; one that is too old says how to get another."""
    try:
        case = links.case_of(token)
    except links.Expired:
        return render(request, "cases/expired.html", status=410)
    except links.Unknown:
        return render(request, "cases/expired.html", {"altered": True}, status=404)
    remember(request, case)
    return redirect("case_page" if not case.is_draft else "case_resume", case.reference)


@require_POST
@case_view
def case_close(request: HttpRequest, case: Case) -> HttpResponse:
    """« Fermer cette demande »: on a computer that others use, nobody opens it after oneself."""
    close(request, case)
    text = _("La demande %(reference)s est fermée sur cet appareil. Pour la rouvrir : sa référence et son code.")
    messages.success(request, text % {"reference": case.reference})
    return redirect("home")
