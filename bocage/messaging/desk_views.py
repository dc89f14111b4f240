"""The agents' letters: to print, printed, posted, returned. Everything is bounded by the agent's scope."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.core.files.storage import storages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base import pdf, registry
from bocage.identity.actors import actor_of
from bocage.identity.models import Account
from bocage.identity.queries import request_scope
from bocage.identity.scope import Scope
from bocage.messaging import operations, queries
from bocage.messaging.forms import AddressForm, FilterForm, PostingForm, ReturnForm, SearchForm
from bocage.messaging.models import Letter, LetterBatch
from bocage.messaging.operations.letters import LetterProblem
from bocage.territory.queries import today

PER_PAGE = 50
RECENT = timedelta(days=60)


def _scope(request: HttpRequest) -> Scope:
    return request_scope(request, today(timezone.now()))


def _services(scope: Scope) -> dict[str, str]:
    """The services that the agent may see, by their names for people."""
    return {
        manifest.name: manifest.label
        for manifest in registry.manifests()
        if manifest.service and (scope.services is None or manifest.name in scope.services)
    }


@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """Letters to print."""
    scope = _scope(request)
    services = _services(scope)
    form = FilterForm(request.GET or None, services=services)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    commune = chosen.get("commune")
    found = queries.letters_to_print(
        scope, service=chosen.get("service", ""), commune_id=commune.pk if commune else None
    )
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "form": form,
        "services": services,
        "why_not": pdf.why_not(),
        "batches": queries.batches_visible_to(scope).filter(posted_on=None)[:7],
    }
    return render(request, "messaging/desk/letters.html", context)


@require_POST
def print_letters(request: HttpRequest) -> HttpResponse:
    """Make a batch of the letters chosen."""
    chosen = [int(pk) for pk in request.POST.getlist("letter") if pk.isascii() and pk.isdigit() and len(pk) < 19]
    found = queries.letters_printable(_scope(request)).filter(pk__in=chosen)
    try:
        batch = operations.print_batch(
            found, account=cast(Account, request.user), actor=actor_of(request), now=timezone.now()
        )
    except LetterProblem as problem:
        messages.error(request, str(problem))
        return redirect("messaging_desk:letters")
    return redirect("messaging_desk:batch", batch.pk)


@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """Batches, newest first."""
    page = Paginator(queries.batches_visible_to(_scope(request)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "messaging/desk/batches.html", {"page": page})


def _batch(request: HttpRequest, pk: int) -> LetterBatch:
    return get_object_or_404(queries.batches_visible_to(_scope(request)), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """A batch: its PDF, its letters, and its posting."""
    found = _batch(request, pk)
    printed = list(found.letters.select_related("delivery__notice").order_by("delivery_id"))
    registered = [letter for letter in printed if letter.registered]
    form = PostingForm(request.POST or None, letters=registered, today=today(timezone.now()))
    if request.method == "POST" and form.is_valid():
        try:
            posted = operations.post_batch(
                found,
                posted_on=form.cleaned_data["posted_on"],
                numbers=form.numbers,
                actor=actor_of(request),
                now=timezone.now(),
            )
        except LetterProblem as problem:
            form.add_error("posted_on", str(problem))
        else:
            told = ngettext("%d courrier noté comme posté.", "%d courriers notés comme postés.", posted) % posted
            messages.success(request, told)
            return redirect("messaging_desk:batch", pk)
    status = 422 if form.is_bound else 200
    rows = [(letter, queries.sentence(letter.delivery)) for letter in printed]
    return render(request, "messaging/desk/batch.html", {"batch": found, "rows": rows, "form": form}, status=status)


@require_safe
def batch_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The PDF to print."""
    found = _batch(request, pk)
    if not found.pdf:
        raise Http404
    return _file(found.pdf, f"courriers-lot-{found.pk}.pdf")


@require_safe
def letter_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One letter, to be read before it is printed or after it came back."""
    found = get_object_or_404(queries.letters_visible_to(_scope(request)).exclude(pdf=""), pk=pk)
    return _file(found.pdf, f"courrier-{found.reference}.pdf")


def _file(key: str, name: str) -> FileResponse:
    if not storages["private"].exists(key):
        raise Http404
    answer = FileResponse(storages["private"].open(key), content_type="application/pdf", filename=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def returns(request: HttpRequest) -> HttpResponse:
    """A letter that came back: found by its reference, its QR or its recipient's name, then noted with its reason."""
    scope = _scope(request)
    asked = request.GET.get("reference", "").strip()[:400]
    letter: Letter | None = queries.find_letter(asked, scope) if asked else None
    named = queries.find_letters(asked[:80], scope) if asked and letter is None else []
    if len(named) == 1:
        letter, named = named[0], []
    form = ReturnForm(request.POST or None, initial={"returned_on": today(timezone.now())})
    if request.method == "POST" and letter is not None and form.is_valid():
        try:
            noted = operations.record_return(letter, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        except LetterProblem as problem:
            form.add_error(None, str(problem))
        else:
            if noted:
                messages.success(request, _("Retour noté. Le dossier le signale."))
            else:
                messages.info(request, _("Ce retour était déjà noté."))
            return redirect("messaging_desk:send_again", letter.pk)
    since = today(timezone.now()) - RECENT
    context: dict[str, Any] = {
        "asked": asked,
        "search": SearchForm(initial={"reference": asked})["reference"],
        "letter": letter,
        "told": queries.sentence(letter.delivery) if letter else "",
        "to": queries.destination(letter.delivery) if letter else "",
        "named": [(one, queries.sentence(one.delivery)) for one in named],
        "form": form,
        "recent": queries.letters_returned(scope, since)[:20],
    }
    return render(request, "messaging/desk/returns.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a letter that came back once more, its address corrected first."""
    letter = get_object_or_404(queries.returned_letters(_scope(request)), pk=pk)
    delivery, person = letter.delivery, letter.delivery.person
    known = queries.written_address(person) if person else ""
    form = AddressForm(request.POST or None, initial={"address": known or delivery.address})
    if request.method == "POST" and form.is_valid():
        try:
            operations.send_again(letter, address_lines=form.lines, actor=actor_of(request), now=timezone.now())
        except LetterProblem as problem:
            form.add_error("address", str(problem))
        else:
            messages.success(request, _("Le courrier est prêt à la nouvelle adresse : imprimez-le avec les autres."))
            return redirect("messaging_desk:letters")
    again = queries.sent_again(letter)
    context: dict[str, Any] = {
        "letter": letter,
        "to": queries.destination(delivery),
        "told": queries.sentence(delivery),
        "form": form,
        "again": queries.sentence(again) if again else "",
        "person": person,
    }
    return render(request, "messaging/desk/send_again.html", context, status=422 if form.is_bound else 200)
