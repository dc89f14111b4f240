"""« Aider quelqu’un » at the desk: ask for a mandate, receive consent, take a mandate back for someone who calls."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base import pdf
from bocage.base.once import key_of
from bocage.cases.desk_views.common import agent_of
from bocage.cases.desk_views.counter import person_in_reach
from bocage.cases.helping import operations
from bocage.cases.helping.forms import WAYS, AskForm, CodeForm, SheetForm
from bocage.cases.helping.telling import recipient_of_person
from bocage.cases.helping.wording import holder_name
from bocage.cases.printing import CSS
from bocage.identity import acting
from bocage.identity.actors import actor_of
from bocage.identity.models import Mandate, MandateAsk
from bocage.identity.operations import NotConsented, drop_ask
from bocage.identity.queries import helping_bodies
from bocage.messaging.letterhead import letterhead
from bocage.messaging.recipients import BadRecipient
from bocage.territory.queries import today


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the person to let one's organisation act for them."""
    person, agent, now = person_in_reach(request, pk), agent_of(request), timezone.now()
    bodies = list(helping_bodies(agent, today(now)).order_by("name"))
    form = AskForm(request.POST or None, recipient=recipient_of_person(person), bodies=bodies)
    if request.method == "POST" and form.is_valid():
        channel, way, _label = WAYS[form.cleaned_data["how"]]
        try:
            made = operations.ask_consent(
                person,
                form.cleaned_data["body"],
                helper=agent,
                scopes=form.cleaned_data["scopes"],
                days=form.cleaned_data["days"],
                way=way,
                told_by=form.cleaned_data.get("told_by", ""),
                asked_by=agent,
                actor=actor_of(request, channel),
                now=now,
                once=key_of(request),
            )
        except ValidationError as error:
            form.add_error(None, error)
        except BadRecipient as error:
            form.add_error("how", str(error))
        else:
            return redirect("cases_mandate_ask", made.pk)
    context = {"form": form, "person": person, "bodies": bodies}
    return render(request, "cases/helping/desk/ask.html", context, status=422 if form.is_bound else 200)


def _ask(request: HttpRequest, pk: int) -> MandateAsk:
    """A consent that waits, asked by this agent; others' do not exist."""
    found = get_object_or_404(
        MandateAsk.objects.select_related("principal", "mandate", "holder_organisation", "helper"), pk=pk
    )
    if found.asked_by_id != agent_of(request).pk or found.helper_id != found.asked_by_id:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """The code told back, or the sheet signed; then one acts."""
    asked, now = _ask(request, pk), timezone.now()
    if asked.mandate is not None and request.method != "POST":
        return redirect("cases_mandate_use", asked.mandate.pk)
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
            return redirect("cases_mandate_use", mandate.pk)
    asked.refresh_from_db()
    context = {"ask": asked, "form": form, "person": asked.principal, "is_open": asked.is_open(now)}
    return render(request, "cases/helping/desk/consent.html", context, status=422 if form.is_bound else 200)


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """The person does not consent, or not now."""
    asked = _ask(request, pk)
    drop_ask(asked, actor=actor_of(request, asked.channel), now=timezone.now())
    messages.success(request, _("C’est noté : aucun mandat n’est donné."))
    return redirect("cases_person", asked.principal_id)


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


@require_http_methods(["GET", "HEAD", "POST"])
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """The mandate holds: act under it on the portal, as the person would."""
    mandate = next((one for one in acting.usable(agent_of(request), timezone.now()) if one.pk == pk), None)
    if mandate is None:
        raise Http404
    if request.method == "POST":
        acting.take_up(request, mandate)
        return redirect("helping_person", mandate.pk)
    context = {"mandate": mandate, "person": mandate.principal}
    return render(request, "cases/helping/desk/use.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a mandate for its principal, who calls or came: any agent who sees them may."""
    mandate = get_object_or_404(
        Mandate.objects.select_related("principal", "holder_person", "holder_organisation", "helper"), pk=pk
    )
    person = person_in_reach(request, mandate.principal_id)
    if request.method == "POST":
        channel = "phone" if request.POST.get("channel") == "phone" else "counter"
        operations.take_back(mandate, actor=actor_of(request, channel), now=timezone.now())
        messages.success(request, _("Le mandat est retiré. La personne en est prévenue."))
        return redirect("cases_person", person.pk)
    context = {"mandate": mandate, "person": person, "holder": holder_name(mandate)}
    return render(request, "cases/helping/desk/revoke.html", context)
