"""« Membres d’un organisme »: who acts for an association, a company, a body. The administrator's alone."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bocage.identity import operations
from bocage.identity.actors import actor_of
from bocage.identity.models import OrganisationMembership, Person
from bocage.identity.queries import find_people, request_scope
from bocage.territory.models import Organisation
from bocage.territory.queries import today

PER_PAGE = 50
LONGEST_ROLE = 80


@require_safe
def members(request: HttpRequest, pk: int) -> HttpResponse:
    """The members, and whom a search finds to add."""
    organisation = get_object_or_404(Organisation, pk=pk)
    return _show(request, organisation, {})


def _show(request: HttpRequest, organisation: Organisation, told: dict[str, Any], status: int = 200) -> HttpResponse:
    on, text = today(timezone.now()), request.GET.get("q", "")[:200].strip()
    found = organisation.memberships.filter(ends=None, person__merged_into=None)
    page = Paginator(
        found.select_related("person").order_by("person__birth_name", "person__given_names", "pk"), PER_PAGE
    ).get_page(request.GET.get("page"))
    context = {
        "organisation": organisation,
        "page": page,
        "text": text,
        "people": find_people(text, request_scope(request, on)) if text else [],
        "role": "",
        "error": "",
        **told,
    }
    return render(request, "identity/desk/members.html", context, status=status)


@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Let someone act for the organisation."""
    organisation, now = get_object_or_404(Organisation, pk=pk), timezone.now()
    role = " ".join(request.POST.get("role", "").split())[:LONGEST_ROLE]
    scope, wanted = request_scope(request, today(now)), request.POST.get("person", "")
    people = Person.objects.filter(scope.people_q(), merged_into=None)
    person = people.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 16 else None
    if person is None or not role:
        told = _("Choisissez la personne et indiquez son rôle. Exemple : trésorière")
        return _show(request, organisation, {"error": told, "role": role, "people": [person] if person else []}, 422)
    try:
        operations.add_organisation_member(
            organisation, person, role=role, starts=today(now), actor=actor_of(request), now=now
        )
    except ValidationError as error:
        return _show(request, organisation, {"error": error.messages[0], "role": role}, 409)
    told = _("%(name)s peut agir pour %(organisation)s.")
    messages.success(request, told % {"name": person.full_name, "organisation": organisation.name})
    return redirect("identity_members:list", pk)


@require_POST
def end(request: HttpRequest, pk: int, member_pk: int) -> HttpResponse:
    """Someone no longer acts for the organisation, from today."""
    part = get_object_or_404(OrganisationMembership.objects.select_related("person"), pk=member_pk, organisation=pk)
    now = timezone.now()
    if operations.end_organisation_member(part, on=today(now), actor=actor_of(request), now=now):
        messages.success(request, _("%s n’agit plus pour cet organisme.") % part.person.full_name)
    return redirect("identity_members:list", pk)


@require_POST
def helper(request: HttpRequest, pk: int, member_pk: int) -> HttpResponse:
    """Let a member help residents in the organisation's name, with their mandates; or no longer, at once."""
    part = get_object_or_404(OrganisationMembership.objects.select_related("person"), pk=member_pk, organisation=pk)
    yes = request.POST.get("helps") == "yes"
    if operations.set_helper(part, is_helper=yes, actor=actor_of(request), now=timezone.now()):
        told = _("%s peut aider les habitants au nom de cet organisme, avec leur mandat.")
        ended = _("%s n’aide plus les habitants au nom de cet organisme : ses mandats s’arrêtent.")
        messages.success(request, (told if yes else ended) % part.person.full_name)
    return redirect("identity_members:list", pk)
