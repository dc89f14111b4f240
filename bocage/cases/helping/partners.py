"""A partner's helper: of an association, not an agent, without the desk. They ask for a mandate from « J’aide ».

They search nobody: they say who is in front of them, and the person consents as at the counter.
"""

from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base import pdf, ratelimit
from bocage.base.once import key_of
from bocage.cases.helping import operations
from bocage.cases.helping.forms import WAYS, CodeForm, PartnerForm, SheetForm
from bocage.cases.printing import CSS
from bocage.identity.actors import actor_of
from bocage.identity.models import Account, MandateAsk
from bocage.identity.operations import NotConsented
from bocage.identity.queries import partner_bodies
from bocage.messaging.letterhead import letterhead
from bocage.messaging.recipients import BadRecipient
from bocage.territory.models import Organisation
from bocage.territory.queries import today

ASKS_A_DAY, CODES_A_DAY = 40, 5


def bodies_of(request: HttpRequest) -> list[Organisation]:
    """The organisations in whose name one helps; empty for anyone else."""
    account = cast(Account, request.user)
    return list(partner_bodies(account, today(timezone.now())).order_by("name"))


def _may_ask(request: HttpRequest, phone: str) -> bool:
    """Nobody opens records all day, nor makes a telephone ring, by changing a name."""
    one = ratelimit.allow(request, "partner-ask", limit=ASKS_A_DAY, per_seconds=86400, key=str(request.user.pk))
    return one and (
        not phone or ratelimit.allow(request, "partner-code", limit=CODES_A_DAY, per_seconds=86400, key=phone)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Who is in front of me, and what I ask them. Raises Http404 for who is of no partner."""
    bodies = bodies_of(request)
    if not bodies:
        raise Http404
    form = PartnerForm(request.POST or None, bodies=bodies)
    if request.method == "POST" and form.is_valid():
        channel, way, _label = WAYS[form.cleaned_data["how"]]
        told = form.person()
        if not _may_ask(request, told["phone"] if way == MandateAsk.Way.SMS else ""):
            return render(request, "cases/too_many.html", status=429)
        try:
            ask = operations.ask_as_partner(
                told,
                form.cleaned_data["body"],
                helper=cast(Account, request.user),
                way=way,
                scopes=form.cleaned_data["scopes"],
                days=form.cleaned_data["days"],
                told_by=form.cleaned_data["told_by"],
                actor=actor_of(request, channel),
                now=timezone.now(),
                once=key_of(request),
            )
        except ValidationError as error:
            form.take(error)
        except BadRecipient as error:
            form.add_error("how", str(error))
        else:
            return redirect("helping_consent", ask.pk)
    context = {"form": form, "body": bodies[0] if len(bodies) == 1 else None}
    return render(request, "cases/helping/partner.html", context, status=422 if form.is_bound else 200)


def _ask(request: HttpRequest, pk: int) -> MandateAsk:
    """A consent that this helper asked in the name of a partner of theirs. Raises Http404 for any other."""
    mine = MandateAsk.objects.select_related("principal", "mandate", "holder_organisation", "helper")
    found = get_object_or_404(mine, pk=pk, asked_by=cast(Account, request.user), helper=request.user)
    if found.holder_organisation not in bodies_of(request):
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """The code told back, or the sheet signed."""
    asked, now = _ask(request, pk), timezone.now()
    if asked.mandate is not None and request.method != "POST":
        return redirect("helping_home")
    on_paper = asked.way == MandateAsk.Way.PAPER
    form = (SheetForm if on_paper else CodeForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request, asked.channel)
        try:
            if on_paper:
                mandate = operations.consent_on_paper(asked, evidence="", actor=actor, now=now)
            else:
                mandate = operations.consent_by_code(asked, form.cleaned_data["code"], actor=actor, now=now)
        except NotConsented as error:
            form.add_error(None if on_paper else "code", error.message)
        else:
            messages.success(request, _("L’accord est reçu : le mandat commence."))
            return redirect("helping_person", mandate.pk)
    asked.refresh_from_db()
    context = {"ask": asked, "form": form, "person": asked.principal, "is_open": asked.is_open(now)}
    return render(request, "cases/helping/partner_consent.html", context, status=422 if form.is_bound else 200)


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """The person does not consent, or not now."""
    asked = _ask(request, pk)
    operations.drop_as_partner(asked, actor=actor_of(request, asked.channel), now=timezone.now())
    messages.success(request, _("C’est noté : aucun mandat n’est donné, et rien n’est gardé."))
    return redirect("helping_home")


@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet to sign, as PDF; where PDF is off, as a page to print."""
    asked = _ask(request, pk)
    context = {"ask": asked, "person": asked.principal, "head": letterhead(asked.holder_organisation_id)}
    if not pdf.available():
        return render(request, "cases/helping/sheet_page.html", context)
    response = HttpResponse(pdf.render("cases/helping/sheet.html", context, css=CSS), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="mandat-{asked.pk}.pdf"'
    return response
