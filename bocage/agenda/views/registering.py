"""Registering from the portal: one page, one press; full: the waiting list is one press further."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.agenda import queries, wording
from bocage.agenda.access import people, remember
from bocage.agenda.forms import RegistrationForm
from bocage.agenda.models import OfferState, Series, Session
from bocage.agenda.operations import By, enrol
from bocage.agenda.refusals import Refused
from bocage.agenda.terms import Terms
from bocage.base import ratelimit
from bocage.base.once import ONCE, key_of
from bocage.identity.acting import act_under
from bocage.identity.actors import actor_of
from bocage.identity.models import Account
from bocage.territory.queries import time_zone

PER_HOUR = 60
"""Registrations of one account in an hour, or without one from one address: a whole library, not a machine."""


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Register for one session."""
    rows = Session.objects.select_related("offer__terms", "place", "commune", "series")
    return _register(request, get_object_or_404(rows, pk=pk, offer__slug=slug))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def series(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Register for all that is to come of a series."""
    rows = Series.objects.select_related("offer__terms", "place")
    return _register(request, get_object_or_404(rows, pk=pk, offer__slug=slug))


def _register(request: HttpRequest, what: Session | Series) -> HttpResponse:
    offer = what.offer
    if offer.state == OfferState.DRAFT:
        raise Http404
    account = request.user if isinstance(request.user, Account) else None

    def form_for(only: str | None = None) -> RegistrationForm:
        known = people(request, offer.service, offer.slug, only=only)
        left = (
            {pool.name: pool.left for pool in what.pools.all()} if isinstance(what, Session) and only is None else None
        )
        return RegistrationForm(request.POST or None, offer=offer, people=known, known=account is not None, left=left)

    if request.method != "POST":
        return _page(request, what, form_for())
    form = form_for(only=request.POST.get("who", ""))
    if not form.is_valid():
        return _page(request, what, form_for(), status=422)
    key = f"account:{account.pk}" if account else ""
    if not ratelimit.allow(request, "agenda", limit=PER_HOUR, per_seconds=3600, key=key):
        messages.error(request, _("Beaucoup d’inscriptions sont venues d’ici. Attendez un peu, ou appelez-nous."))
        return _page(request, what, form_for(), status=429)
    one = form.one()
    mandate = one.mandate if one else None
    if mandate is not None:
        act_under(request, mandate)
    try:
        made = enrol(
            what,
            form.participant(email=account.email if account else ""),
            by=By(actor=actor_of(request), account=account, mandate=mandate),
            now=timezone.now(),
            option=form.cleaned_data.get("option", ""),
            wait="wait" in request.POST,
            once=key_of(request),
        )
    except Refused as refusal:
        if refusal.code == "full":
            return _full(request, what, form.terms, refusal)
        return _page(request, what, form_for(), refusal=refusal, status=409)
    if account is None:
        remember(request, made)
    return redirect("registration", made.reference)


def _full(request: HttpRequest, what: Session | Series, terms: Terms, refusal: Refused) -> HttpResponse:
    """It is full: what was typed goes on to the waiting list with one press.

    A page of its own, and light: when registration opens it is what most people get, all at once.
    """
    kept = [(name, values[0]) for name, values in request.POST.lists() if name not in {"csrfmiddlewaretoken", ONCE}]
    context = {
        "offer": what.offer,
        "refusal": refusal,
        "kept": kept,
        "another": request.path if len(terms.options) > 1 else "",
        "wait": terms.rules.waiting,
        "accept_hours": terms.rules.accept_hours,
    }
    return render(request, "agenda/full.html", context, status=409)


def _page(
    request: HttpRequest,
    what: Session | Series,
    form: RegistrationForm,
    *,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    zone = time_zone()
    coming = [what] if isinstance(what, Session) else list(queries.coming_of(what, timezone.now()))
    full = (
        request.method != "POST" and isinstance(what, Session) and not wording.left(list(what.pools.all()), form.terms)
    )
    context = {
        "offer": what.offer,
        "form": form,
        "dates": [(wording.when(one, zone), wording.where(one)) for one in coming],
        "refusal": refusal,
        "over": refusal is not None and refusal.code not in {"size", "option"},
        "full": full,
        "wait": (full and form.terms.rules.waiting) or "wait" in request.POST,
        "accept_hours": form.terms.rules.accept_hours,
    }
    return render(request, "agenda/register.html", context, status=status)
