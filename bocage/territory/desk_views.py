"""The agents' screens for places: hours and closures, within what their posts allow.

``identity`` is above this app: the scope comes on the request, left there by the desk's guard, and its roles are read
by their names. Opening hours hold no personal data: a manager reaches every place of the community whatever the
service; a reception, the places that its own communes run.
"""

from collections.abc import Iterable
from typing import Any, Protocol, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base.actors import Actor
from bocage.base.forms import give_errors
from bocage.base.once import key_of
from bocage.base.opening_hours import Closed
from bocage.base.shown import ChangedMeanwhile
from bocage.territory import operations, queries
from bocage.territory.forms import ClosureForm, NewPlaceForm, PlaceForm
from bocage.territory.models import Closure, Organisation, Place
from bocage.territory.sheets import told

PER_PAGE = 60


class _Post(Protocol):
    role: str
    commune_id: int | None
    organisation_id: int | None


def editable(posts: Iterable[_Post]) -> Q:
    """The places that these posts may change; none when there is no post."""
    allowed = Q(pk__in=[])
    for post in posts:
        if post.role == "administrator":
            return ~Q(pk__in=[])
        bounds = Q()
        if post.commune_id is not None:
            bounds &= Q(commune_id=post.commune_id)
        if post.organisation_id is not None:
            bounds &= Q(run_by_id=post.organisation_id)
        if post.role == "manager":
            allowed |= bounds & (Q(run_by=None) | ~Q(run_by__kind=Organisation.Kind.COMMUNE))
        elif post.role == "reception" and post.commune_id is not None:
            allowed |= bounds & Q(run_by__kind=Organisation.Kind.COMMUNE)
    return allowed


def _posts(request: HttpRequest) -> tuple[_Post, ...]:
    scope = getattr(request, "scope", None)
    if scope is None:
        raise PermissionDenied
    return cast(tuple[_Post, ...], scope.posts)


def _places(request: HttpRequest) -> QuerySet[Place]:
    return queries.places().filter(editable(_posts(request))).order_by("commune__slug", "kind", "slug")


def _creates(request: HttpRequest) -> bool:
    """Who may add places: administrators and managers not bounded by a commune or an organisation."""
    return any(
        post.role == "administrator"
        or (post.role == "manager" and post.commune_id is None and post.organisation_id is None)
        for post in _posts(request)
    )


HOURS = {"opening_hours": "osm"}
"""What the form asks under another name."""


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in agent (identity's own ``actor_of`` is a floor above)."""
    return Actor("account", request.user.pk, str(request.user))


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """The places that the agent may change, with their state now."""
    text = request.GET.get("q", "")[:80].strip()
    found = _places(request)
    if text:
        communes = [commune.pk for commune in queries.find_communes(text)]
        found = found.filter(Q(name__icontains=text) | Q(commune_id__in=communes))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [(place, hours.status(now)) for place, hours in queries.hours_of_all(page.object_list)]
    context = {"page": page, "rows": rows, "text": text, "creates": _creates(request)}
    return render(request, "territory/desk/places.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_place(request: HttpRequest) -> HttpResponse:
    """Add a place of the community."""
    if not _creates(request):
        raise PermissionDenied
    form = NewPlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, "run_by": queries.community()}
        try:
            place = operations.save_place(
                None, values, actor=actor_of(request), now=timezone.now(), once=key_of(request)
            )
        except ValidationError as error:
            give_errors(form, error, HOURS)
        else:
            messages.success(request, _("Le lieu est ajouté. Donnez maintenant ses horaires."))
            return redirect("territory_desk:place", place.pk)
    status = 422 if form.errors else 200
    return render(request, "territory/desk/new_place.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """A place's hours and practical facts, and its closures."""
    found = get_object_or_404(_places(request), pk=pk)
    form = PlaceForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            operations.save_place(found, form.cleaned_data, actor=actor_of(request), now=timezone.now())
        except ChangedMeanwhile:  # this very moment: compared again, the form now says by whom
            return place(request, pk)
        except ValidationError as error:
            give_errors(form, error, HOURS)
        else:
            messages.success(request, _("C’est enregistré. Les habitants voient déjà le changement."))
            return redirect("territory_desk:place", found.pk)
    return _place_page(request, found, form, ClosureForm(), status=form.status)


def _place_page(
    request: HttpRequest, found: Place, form: BaseForm, closure_form: BaseForm, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    hours = queries.hours_of(found)
    day = queries.today(now)
    context: dict[str, Any] = {
        "place": found,
        "form": form,
        "closure_form": closure_form,
        "state": hours.status(now),
        "usual": hours.usual(day),
        "closures": [
            {"pk": closure.pk, "told": told(Closed(closure.starts, closure.ends, closure.reason))}
            for closure in found.closures.all()
            if closure.ends >= day
        ],
    }
    return render(request, "territory/desk/place.html", context, status=status)


@require_POST
def add_closure(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a place for some days."""
    found = get_object_or_404(_places(request), pk=pk)
    form = ClosureForm(request.POST)
    if form.is_valid():
        try:
            operations.add_closure(found, **form.cleaned_data, actor=actor_of(request), now=timezone.now())
        except ValidationError as error:
            give_errors(form, error, HOURS)
        else:
            messages.success(request, _("La fermeture est enregistrée."))
            return redirect("territory_desk:place", found.pk)
    return _place_page(request, found, PlaceForm(instance=found), form, status=422)


@require_POST
def remove_closure(request: HttpRequest, pk: int, closure_pk: int) -> HttpResponse:
    """Take a closure away."""
    found = get_object_or_404(_places(request), pk=pk)
    closure = Closure.objects.filter(pk=closure_pk).first()
    if closure is not None and closure.place_id != found.pk:
        raise Http404
    if closure is not None:  # otherwise pressed twice, or by two people: it is taken away all the same
        operations.remove_closure(closure, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("La fermeture est retirée."))
    return redirect("territory_desk:place", found.pk)
