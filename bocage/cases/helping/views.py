"""The residents' screens: « J’aide » for helpers, « Mes mandats » for those who are helped."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base import ratelimit
from bocage.base.once import key_of
from bocage.cases.helping import operations, queries
from bocage.cases.helping.forms import NameForm, RevokeForm
from bocage.cases.helping.partners import bodies_of
from bocage.cases.helping.wording import is_revocation_code
from bocage.identity import acting
from bocage.identity.actors import actor_of
from bocage.identity.models import Account, Mandate, MandateAsk, Person
from bocage.identity.operations import NotConsented, drop_ask
from bocage.identity.queries import person_of
from bocage.identity.representing import Represented
from bocage.territory.chosen import chosen_commune
from bocage.territory.queries import counters


def _account(request: HttpRequest) -> Account:
    return cast(Account, request.user)


def _person(request: HttpRequest) -> Person:
    person = person_of(_account(request))
    if person is None:
        raise Http404
    return person


# --- Helping -------------------------------------------------------------------------------------------------------
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """« J’aide »: whom one helps, what waits there, what is offered, one's rights and duties."""
    account, now = _account(request), timezone.now()
    people = [queries.helped(mandate, now) for mandate in acting.usable(account, now)]
    represented = [queries.helped(one, now) for one in acting.represented(account, now)]
    everyone = represented + people
    context = {
        "people": people,
        "represented": represented,
        "pressing": queries.pressing(everyone) if len(everyone) > 1 else [],
        "rights": queries.rights_of_helpers(),
        "counters": counters(chosen_commune(request), now)[:3],
        "proposals": queries.proposals(account, now) if account.person_id else [],
        "bodies": bodies_of(request),
        "asked": queries.asked_by(account, now),
    }
    return render(request, "cases/helping/home.html", context)


def _usable(request: HttpRequest, pk: int) -> Mandate:
    now = timezone.now()
    found = next((one for one in acting.usable(_account(request), now) if one.pk == pk), None)
    if found is None:
        if acting.lost(request) is not None:
            raise acting.MandateOver
        raise Http404
    return found


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone helped: their requests within the mandate, and what may be begun for them."""
    mandate = _usable(request, pk)
    now = timezone.now()
    context = {"told": queries.helped(mandate, now), "procedures": queries.procedures_under(mandate)}
    return render(request, "cases/helping/person.html", context)


@require_POST
def take_up(request: HttpRequest, pk: int) -> HttpResponse:
    """« Agir pour »: from now on, and on every screen, until one stops."""
    mandate = _usable(request, pk)
    acting.take_up(request, mandate)
    return redirect("helping_person", mandate.pk)


def _represented(request: HttpRequest, key: str) -> Represented:
    found = next((one for one in acting.represented(_account(request), timezone.now()) if one.pk == key), None)
    if found is None:
        if acting.lost(request) is not None:
            raise acting.MandateOver
        raise Http404
    return found


@require_safe
def represented(request: HttpRequest, key: str) -> HttpResponse:
    """Someone whom one represents by law, or assists: their requests, and what may be begun for them."""
    found, now = _represented(request, key), timezone.now()
    context = {"told": queries.helped(found, now), "procedures": queries.procedures_under(found)}
    return render(request, "cases/helping/person.html", context)


@require_POST
def represent(request: HttpRequest, key: str) -> HttpResponse:
    """« Agir pour » someone whom one represents by law."""
    found = _represented(request, key)
    acting.take_up(request, found)
    return redirect("helping_represented", found.pk)


@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """« Arrêter »."""
    acting.stop(request)
    messages.success(request, _("Vous n’agissez plus pour une autre personne."))
    return redirect("helping_home")


@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """A mandate offered online: read its text, accept or refuse."""
    account, now = _account(request), timezone.now()
    ask = next((one for one in queries.proposals(account, now) if one.pk == pk), None)
    if ask is None or account.person_id is None:
        raise Http404
    if request.method != "POST":
        return render(request, "cases/helping/proposal.html", {"ask": ask})
    if request.POST.get("answer") != "yes":
        drop_ask(ask, actor=actor_of(request), now=now)
        messages.success(request, _("C’est noté : vous n’agirez pas pour cette personne."))
        return redirect("helping_home")
    try:
        mandate = operations.accept(ask, account, actor=actor_of(request), now=now)
    except NotConsented as error:
        messages.error(request, error.message)
        return redirect("helping_home")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("helping_home")
    messages.success(request, _("Vous pouvez maintenant agir pour %s.") % mandate.principal.full_name)
    return redirect("helping_person", mandate.pk)


# --- Being helped --------------------------------------------------------------------------------------------------
@require_safe
def given(request: HttpRequest) -> HttpResponse:
    """« Mes mandats »: who may act for me, and all that they did."""
    me, now = _person(request), timezone.now()
    context = {"given": queries.given(me, now), "offered": queries.offered(me, now)}
    return render(request, "cases/helping/given.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def name(request: HttpRequest) -> HttpResponse:
    """Name a relative."""
    me, account = _person(request), _account(request)
    form = NameForm(request.POST or None, principal=me, own_email=account.email)
    if request.method == "POST" and form.is_valid():
        try:
            operations.name_relative(
                me,
                form.cleaned_data["email"],
                scopes=form.cleaned_data["scopes"],
                days=form.cleaned_data["days"],
                asked_by=account,
                actor=actor_of(request),
                now=timezone.now(),
                once=key_of(request),
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Votre proposition est partie. Rien ne change avant la réponse."))
            return redirect("helping_given")
    return render(request, "cases/helping/name.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a proposal back before it is answered."""
    ask = get_object_or_404(MandateAsk, pk=pk, principal=_person(request), way=MandateAsk.Way.ONLINE)
    drop_ask(ask, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("Votre proposition est retirée."))
    return redirect("helping_given")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_by_code(request: HttpRequest) -> HttpResponse:
    """Take a mandate back with the number and code of a letter: no account needed."""
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not ratelimit.allow(request, "mandate-revoke", limit=20, per_seconds=3600):
            return render(request, "cases/too_many.html", status=429)
        mandate = Mandate.objects.select_related("principal").filter(pk=form.cleaned_data["number"]).first()
        if mandate is not None and is_revocation_code(mandate, form.cleaned_data["code"]):
            operations.take_back(mandate, actor=actor_of(request), now=timezone.now())
            return render(request, "cases/helping/revoked.html")
        form.add_error(None, _("Ce numéro et ce code ne vont pas ensemble. Relisez le courrier, ou appelez-nous."))
    status = 422 if form.is_bound else 200
    return render(request, "cases/helping/revoke.html", {"form": form}, status=status)
