"""« Protection juridique »: a judge's decision seen by an agent, on the record of whom it protects."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bocage.base.forms import give_errors
from bocage.identity import operations
from bocage.identity.actors import actor_of
from bocage.identity.desk_forms import RepresentationForm
from bocage.identity.models import Person, Representation
from bocage.identity.queries import find_people, request_scope
from bocage.identity.representing import now_or_later
from bocage.territory.queries import today


def _protected(request: HttpRequest, pk: int) -> Person:
    """Someone within the agent's reach. Raises Http404."""
    scope = request_scope(request, today(timezone.now()))
    person = Person.objects.filter(scope.people_q(), pk=pk, merged_into=None).first()
    if person is None:
        raise Http404
    return person


def _representative(request: HttpRequest) -> Person | None:
    wanted = request.POST.get("person", "")
    scope = request_scope(request, today(timezone.now()))
    people = Person.objects.filter(scope.people_q(), merged_into=None)
    return people.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 16 else None


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """The measures of someone, and the form of another."""
    protected, now = _protected(request, pk), timezone.now()
    form = RepresentationForm(request.POST if request.method == "POST" else None)
    text = request.GET.get("q", "")[:200].strip()
    chosen, error = _representative(request), ""
    if request.method == "POST" and form.is_valid():
        told: dict[str, Any] = dict(form.cleaned_data)
        representative = told.pop("organisation") or chosen
        if representative is None:
            error = _("Cherchez et choisissez qui représente la personne, ou l’organisme nommé par le juge.")
        else:
            try:
                operations.record_representation(
                    protected, representative, **told, actor=actor_of(request, "counter"), now=now
                )
            except ValidationError as refused:
                errors = refused.message_dict if hasattr(refused, "error_dict") else {}
                error = " ".join(errors.pop("representative", []))
                give_errors(form, ValidationError(errors)) if errors else None
            else:
                messages.success(request, _("La mesure est enregistrée."))
                return redirect("identity_protection:person", pk)
    people = find_people(text, request_scope(request, today(now))) if text else [chosen] if chosen else []
    context = {
        "person": protected,
        "links": now_or_later(protected, now, today(now)),
        "form": form,
        "text": text,
        "people": [one for one in people if one.pk != protected.pk],
        "chosen": chosen,
        "error": error,
    }
    failed = error or (form.is_bound and form.errors)
    return render(request, "identity/desk/protection.html", context, status=422 if failed else 200)


@require_POST
def end(request: HttpRequest, pk: int, link_pk: int) -> HttpResponse:
    """A measure is lifted, or another decision replaces it."""
    protected = _protected(request, pk)
    link = get_object_or_404(Representation, pk=link_pk, protected=protected)
    if operations.end_representation(link, actor=actor_of(request, "counter"), now=timezone.now()):
        messages.success(request, _("C’est noté : cette mesure a pris fin."))
    return redirect("identity_protection:person", pk)
