"""« Mon foyer »: who lives with one, who joins or leaves; an agent checks what gives rights over a child."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bocage.base.once import key_of
from bocage.identity import operations
from bocage.identity.actors import actor_of
from bocage.identity.forms import JoinForm
from bocage.identity.models import Account, HomeAsk, Membership, Person
from bocage.identity.queries import household_members, person_of
from bocage.territory.queries import today

SHOWN = 20  # asks of one person


def _person(request: HttpRequest) -> Person:
    person = person_of(cast(Account, request.user))
    if person is None:
        raise Http404
    return person


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """My households, what I asked, and the form to add someone."""
    me, now = _person(request), timezone.now()
    members = list(household_members(me, today(now)))
    homes = {one.household_id: one.household for one in members}
    form = JoinForm(request.POST if request.method == "POST" else None, homes=list(homes.values()))
    if request.method == "POST" and form.is_valid():
        told = {**form.cleaned_data, "household": homes.get(int(form.cleaned_data["household"] or 0))}
        try:
            operations.ask_to_join(me, **told, actor=actor_of(request), now=now, once=key_of(request))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("C’est demandé. Un agent vérifie, puis vous le verrez ici."))
            return redirect("identity_household")
    asks = HomeAsk.objects.filter(asked_by=me).exclude(state=HomeAsk.State.DROPPED)
    context = {
        "me": me,
        "members": members,
        "asks": list(asks.select_related("membership__person").order_by("-pk")[:SHOWN]),
        "form": form,
    }
    return render(request, "identity/household.html", context, status=422 if form.errors else 200)


@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone of my household leaves it."""
    me, now = _person(request), timezone.now()
    parts = Membership.objects.select_related("household", "person").filter(ends=None)
    part = get_object_or_404(
        parts, pk=pk, household__in=[one.household_id for one in household_members(me, today(now))]
    )
    try:
        asked = operations.leave_home(part, me, actor=actor_of(request), now=now)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        done = _("C’est fait : vous n’êtes plus dans ce foyer.")
        messages.success(request, _("C’est demandé. Un agent vérifie, puis vous le verrez ici.") if asked else done)
    return redirect("identity_household")


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """I no longer ask."""
    ask = get_object_or_404(HomeAsk, pk=pk, asked_by=_person(request))
    if operations.drop_home_ask(ask, actor=actor_of(request), now=timezone.now()):
        messages.success(request, _("Votre demande est retirée."))
    return redirect("identity_household")
