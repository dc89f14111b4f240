"""« Données personnelles » at the desk: people's rights, who looked, what goes in time."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base.dates import french_date
from bocage.base.once import key_of
from bocage.identity.actors import actor_of
from bocage.identity.models import Account
from bocage.identity.queries import find_people
from bocage.identity.scope import Scope
from bocage.privacy import looking, operations, queries, report
from bocage.privacy.forms import EraseForm
from bocage.privacy.models import Breach, Erasure, ErasureState
from bocage.privacy.operations.erasing import COOLING_OFF, AlreadyAsked
from bocage.privacy.views import by_fate
from bocage.territory.queries import today

PER_PAGE = 50


def _scope(request: HttpRequest) -> Scope:
    """The agent's reach: the desk's door put it there."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    return scope


def _officer(request: HttpRequest) -> bool:
    """Whether the agent answers for personal data: who looked is for them alone, with names."""
    return _scope(request).is_administrator


def _agent(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)
    return request.user


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits, and the ways to everything else."""
    waiting = Erasure.objects.filter(state=ErasureState.WAITING).select_related("person", "asked_by").order_by("due_at")
    context = {
        "waiting": waiting[:100],
        "breaches": Breach.objects.filter(closed_at=None)[:20],
        "nights": report.nights(timezone.now(), most=1),
    }
    return render(request, "privacy/desk/home.html", context)


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Find the person who asks."""
    text = request.GET.get("q", "")[:200].strip()
    found = find_people(text, _scope(request)) if text else []
    return render(request, "privacy/desk/people.html", {"text": text, "people": found, "officer": _officer(request)})


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone's rights: what they agreed to, who looked, what erasing would do."""
    found, officer = get_object_or_404(queries.people_in_reach(_scope(request)), pk=pk), _officer(request)
    context = {
        "person": found,
        "officer": officer,
        "account": Account.objects.filter(person=found, is_active=True).first(),
        "fates": by_fate(found),
        "agreed": queries.agreed_by(found),
        "looks": looking.looks_at(found)[:PER_PAGE] if officer else [],
        "erasure": queries.erasure_of(found),
        "past": Erasure.objects.filter(person=found).exclude(state=ErasureState.WAITING).order_by("-pk")[:10],
    }
    return render(request, "privacy/desk/person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase for someone who came, called or wrote, the proof of who they are noted."""
    found, now = get_object_or_404(queries.people_in_reach(_scope(request)), pk=pk), timezone.now()
    if queries.erasure_of(found):
        return redirect("privacy_desk:person", found.pk)
    form, problem = EraseForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        actor = replace(actor_of(request), channel=form.cleaned_data["channel"])
        proof = form.cleaned_data["proof"]
        try:
            asked = operations.ask_erasure(
                found, agent=_agent(request), proof=proof, actor=actor, now=now, once=key_of(request)
            )
        except operations.Blocked as blocked:
            problem = str(blocked)
        except AlreadyAsked:
            return redirect("privacy_desk:person", found.pk)
        else:
            messages.success(request, _("Ses données seront effacées le %s.") % french_date(today(asked.due_at)))
            return redirect("privacy_desk:person", found.pk)
    context = {
        "person": found,
        "form": form,
        "problem": problem,
        "fates": by_fate(found),
        "day": today(now + COOLING_OFF),
    }
    wrong = problem or (form.is_bound and form.errors)
    return render(request, "privacy/desk/erase.html", context, status=422 if wrong else 200)


@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an erasure back, at the person's word."""
    erasure = get_object_or_404(Erasure, pk=pk, person__in=queries.people_in_reach(_scope(request)))
    if operations.withdraw_erasure(erasure, actor=actor_of(request), now=timezone.now()):
        messages.success(request, _("L’effacement est annulé."))
    else:
        messages.error(request, _("Il est trop tard : cet effacement n’attendait plus."))
    return redirect("privacy_desk:person", erasure.person_id)


@require_safe
def looks(request: HttpRequest) -> HttpResponse:
    """What one agent read or took away."""
    text = request.GET.get("q", "")[:254].strip()
    agent: Account | None = None
    found: list[looking.Look] = []
    if text:
        agents = Account.objects.filter(posts__isnull=False)
        agent = agents.filter(email__iexact=text).first() or agents.filter(username__iexact=text).first()
        found = looking.looks_by(agent) if agent else []
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "privacy/desk/looks.html", {"text": text, "agent": agent, "page": page})


@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """What would go tonight, and what went, kind by kind."""
    now = timezone.now()
    context: dict[str, Any] = {"tonight": report.tonight(now), "nights": report.nights(now)}
    return render(request, "privacy/desk/retention.html", context)
